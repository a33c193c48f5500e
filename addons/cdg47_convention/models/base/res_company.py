# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.http import request

from ...portal.legal_pages import statement_status
from ...portal.page_title import entrance_title, page_title

# Of papers and mails; the pages have it in static/src/scss/portal.scss.
COLOUR = "#1d4e89"


class ResCompany(models.Model):
    """Settings of the convention.

    Its body and Annexe 2 are not public: each of their rules is a parameter here, with
    the default written in the README.
    """

    _inherit = "res.company"

    cdg47_population_basis = fields.Selection(
        [("total", "Total population"), ("municipal", "Municipal population")],
        string="Population of the strata",
        default="total",
        required=True,
    )
    cdg47_first_year_fee = fields.Selection(
        [("month", "By month, the month of start counted"), ("full", "Whole year")],
        string="Fee of the first year",
        default="month",
        required=True,
    )
    cdg47_first_year_quota = fields.Selection(
        [("full", "In full"), ("month", "By month, rounded up")],
        string="Yearly quotas of the first year",
        default="full",
        required=True,
    )
    cdg47_max_years = fields.Integer(string="Longest duration (civil years)", default=6)
    cdg47_notice_months = fields.Integer(string="Notice (months)", default=3)
    cdg47_deliberation_required = fields.Boolean(
        string="No activation without a deliberation", default=True
    )
    cdg47_reminder_days = fields.Char(
        string="Reminders of certificates (days before)",
        default="90, 60, 30",
        help="Days before the expiry, separated by commas; empty: no reminder.",
    )
    cdg47_alert_by_mail = fields.Boolean(
        string="Tell the collectivités at 80 and 100 % of a right", default=True
    )
    cdg47_agents_follow_all = fields.Boolean(
        string="Agents follow all the affairs of their collectivité",
        help="Otherwise an agent reads their own requests, registrations and "
        "attestations, and the rights without prices.",
    )
    cdg47_rights_year = fields.Selection(
        [("civil", "Civil year"), ("anniversary", "Anniversary of the convention")],
        string="Year of the yearly rights",
        default="civil",
        required=True,
    )
    cdg47_three_years_window = fields.Selection(
        [
            ("first_use", "From the first use"),
            ("fixed", "Fixed, from the first convention"),
        ],
        string="Three years of a right",
        default="first_use",
        required=True,
    )
    cdg47_install_scope = fields.Selection(
        [("software", "Once per software"), ("collectivite", "Once per collectivité")],
        string="First commissioning of Métiers software",
        default="software",
        required=True,
    )
    cdg47_acceptance_required = fields.Boolean(
        string="Acceptance before billing",
        default=True,
        help="What is beyond the forfaits is billed once the collectivité accepted it.",
    )
    cdg47_sells_outside = fields.Boolean(
        string="Sell services without a convention",
        help="A collectivité without a convention may be quoted the services of the "
        "tariff; the forfaits always need one.",
    )
    cdg47_debt_floor = fields.Monetary(
        string="Smallest debt invoiced",
        default=15.0,
        help="Below it, nothing is invoiced to a debtor: it joins the next invoice "
        "(art. D1611-1 of the CGCT).",
    )
    cdg47_payment_term_id = fields.Many2one(
        "account.payment.term",
        string="Payment term of the conventions",
        help="Thirty days when empty.",
    )
    cdg47_pricelist_id = fields.Many2one(
        "product.pricelist", string="Tariff of the convention"
    )
    cdg47_president_title = fields.Char(
        string="Office of the CDG's signatory", default="Le président du CDG 47"
    )

    # === What the law asks a public site to say ===
    cdg47_accessibility = fields.Selection(
        [
            ("full", "Fully compliant"),
            ("partial", "Partially compliant"),
            ("none", "Not compliant"),
        ],
        string="Accessibility (RGAA)",
        default="partial",
        required=True,
    )
    cdg47_accessibility_on = fields.Date(
        string="Date of the accessibility statement", default=fields.Date.today
    )
    cdg47_accessibility_issues = fields.Text(
        string="What is not accessible",
        help="One a line; empty: what is known of this software.",
    )
    cdg47_publication_director = fields.Char(
        string="Director of the publication",
        help="Empty: the office of the CDG's signatory.",
    )
    cdg47_host = fields.Text(
        string="Host", help="Name, address and telephone; empty: the company itself."
    )
    cdg47_dpo = fields.Char(
        string="Data protection officer", help="Empty: the address of the company."
    )
    cdg47_processors = fields.Text(
        string="Processors of personal data",
        help="One a line: « name ; what for ; where ».",
    )

    _cdg47_max_years_positive = models.Constraint(
        "CHECK (cdg47_max_years > 0)", "A convention lasts at least one year."
    )
    _cdg47_notice_positive = models.Constraint(
        "CHECK (cdg47_notice_months BETWEEN 0 AND 12)",
        "The notice lasts from 0 to 12 months.",
    )

    _cdg47_debt_floor_positive = models.Constraint(
        "CHECK (cdg47_debt_floor >= 0)", "The smallest debt cannot be negative."
    )

    @api.constrains("cdg47_reminder_days")
    def _check_cdg47_reminder_days(self):
        for company in self:
            try:
                days = company._cdg47_reminder_thresholds()
            except ValueError:
                days = [0]
            if any(day < 1 for day in days):
                raise ValidationError(
                    self.env._(
                        "The reminders are numbers of days separated by commas, such "
                        "as « 90, 60, 30 »."
                    )
                )

    def _cdg47_reminder_thresholds(self):
        """Return the days before an expiry at which to remind, the nearest first.

        :rtype: list[int]
        """
        self.ensure_one()
        texts = (self.cdg47_reminder_days or "").split(",")
        return sorted({int(text) for text in texts if text.strip()})

    def _cdg47_taxes_by_regime(self):
        """Return the two 0 % taxes of this company, by VAT regime (R12).

        :rtype: dict[str, account.tax]
        """
        self.ensure_one()
        chart = self.env["account.chart.template"].with_company(self)
        return {
            regime: tax
            for regime in ("out_of_scope", "exempt")
            if (tax := chart.ref(f"cdg47_tax_{regime}", raise_if_not_found=False))
        }

    def _cdg47_payment_term(self):
        """Return in how much time the invoices of conventions are due.

        :rtype: account.payment.term
        """
        self.ensure_one()
        return self.cdg47_payment_term_id or self.env.ref(
            "account.account_payment_term_30days", raise_if_not_found=False
        )

    def _cdg47_tariff(self):
        """Return the pricelist of the convention.

        :rtype: product.pricelist
        """
        self.ensure_one()
        if self.cdg47_pricelist_id:
            return self.cdg47_pricelist_id
        # Asked by every verdict: unlike `ref`, this stays in memory.
        tariff_id = self.env["ir.model.data"]._xmlid_to_res_id(
            "cdg47_convention.pricelist_cdg47", raise_if_not_found=True
        )
        return self.env["product.pricelist"].browse(tariff_id)

    # === Pages ===
    @api.model
    def _cdg47_accessibility_word(self):
        # Under every page, whoever reads it: only this setting is read.
        return statement_status(self.env.company.sudo())

    @api.model
    def _cdg47_page_title(self, name, page_name, place):
        return page_title(self.env.company, name, page_name, place)

    @api.model
    def _cdg47_entrance_title(self):
        return entrance_title(self.env, request.httprequest.path)

    # === Looks ===
    @api.model
    def _cdg47_colour(self):
        return COLOUR

    @api.model
    def _cdg47_reply_to(self):
        """Return the address at which answers to automatic mails are read."""
        self.ensure_one()
        return self.email_formatted

    def _cdg47_button_style(self):
        """Return the style of a link that a mail shows as a button."""
        return (
            f"background-color: {COLOUR}; padding: 10px 18px; text-decoration: none; "
            "color: #ffffff; border-radius: 4px;"
        )
