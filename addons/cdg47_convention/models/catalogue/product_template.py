# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...reading.rule_use import check_service_kept


class ProductTemplate(models.Model):
    _inherit = "product.template"

    cdg47_is_forfait = fields.Boolean(
        string="Forfait",
        help="Yearly package of the convention, with one variant per stratum.",
    )
    cdg47_is_option = fields.Boolean(
        string="Option of a forfait", help="Yearly option, only sold with its forfait."
    )
    cdg47_required_forfait_id = fields.Many2one(
        "product.template",
        string="Only with",
        domain=[("cdg47_is_forfait", "=", True)],
        help="The forfait without which this option cannot be held.",
    )
    cdg47_is_service = fields.Boolean(
        string="Service of the convention",
        help="Service named by the annexes: included, complementary or both.",
    )
    cdg47_family = fields.Char(
        string="Heading",
        help="Heading of the annex under which the service is printed.",
    )
    cdg47_article = fields.Char(
        string="Article", help="Article of the annexes that includes the service."
    )
    cdg47_tariff_article = fields.Char(
        string="Article of the tariff",
        help="Article of the annexes that prices the service.",
    )
    cdg47_tariff_note = fields.Char(string="Remark of the tariff")
    cdg47_is_yearly = fields.Boolean(
        string="Yearly price", help="The price is for a civil year."
    )
    cdg47_on_study = fields.Boolean(
        string="Quotation after a study", help="No public price: quoted after a study."
    )
    cdg47_vat_regime = fields.Selection(
        [
            ("out_of_scope", "Out of scope of VAT (art. 256 B of the CGI)"),
            ("exempt", "Exempt from VAT (art. 261-4-4° a of the CGI)"),
        ],
        string="VAT regime",
        help="Decides which of the two 0 % taxes is set on the product by default.",
    )
    cdg47_account_code = fields.Char(
        string="M57 account", help="Imputation printed on the list of titres to issue."
    )

    @api.depends("product_variant_ids.default_code")
    def _compute_default_code(self):
        """Keep the code of a forfait, which Odoo would empty as it has variants."""
        forfaits = self.filtered("cdg47_is_forfait")
        for forfait in forfaits:
            forfait.default_code = forfait._origin.default_code or forfait.default_code
        return super(ProductTemplate, self - forfaits)._compute_default_code()

    def _set_default_code(self):
        """Leave the variants of a forfait their own codes."""
        forfaits = self.filtered("cdg47_is_forfait")
        return super(ProductTemplate, self - forfaits)._set_default_code()

    @api.constrains("cdg47_is_option", "cdg47_is_forfait")
    def _check_option_is_forfait(self):
        for template in self:
            if template.cdg47_is_option and not template.cdg47_is_forfait:
                raise ValidationError(
                    self.env._(
                        "%(product)s: an option of the convention is a forfait too.",
                        product=template.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        templates = super().create(vals_list)
        templates.filtered("cdg47_vat_regime")._cdg47_apply_vat_regime()
        return templates

    def write(self, vals):
        result = super().write(vals)
        if vals.get("cdg47_vat_regime"):
            self._cdg47_apply_vat_regime()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_given(self):
        """The database deletes its variants by itself."""
        check_service_kept(self.with_context(active_test=False).product_variant_ids)

    def _cdg47_variant_for(self, stratum):
        """Return the variant of a forfait sold to a stratum.

        :param cdg47.stratum stratum: the stratum, not empty
        :rtype: product.product
        """
        self.ensure_one()
        return self.product_variant_ids.filtered(lambda p: p.stratum_id == stratum)

    def _cdg47_check_sold_with(self, forfaits):
        """Refuse the options among these whose own forfait is missing."""
        for option in self:
            needed = option.cdg47_required_forfait_id
            if needed and needed not in forfaits:
                raise ValidationError(
                    self.env._(
                        "%(option)s is only sold with %(forfait)s: add it too.",
                        option=option.name,
                        forfait=needed.name,
                    )
                )

    def _cdg47_sold_to(self, stratum):
        """Return the variant of a forfait sold to a stratum, or say there is none.

        :rtype: product.product
        :raise UserError: when the forfait has no variant for the stratum
        """
        variant = self._cdg47_variant_for(stratum)
        if not variant:
            raise UserError(
                self.env._(
                    "%(forfait)s is not sold to stratum %(stratum)s: add its variant "
                    "and its price.",
                    forfait=self.name,
                    stratum=stratum.code,
                )
            )
        return variant

    def _cdg47_apply_vat_regime(self, companies=None):
        """Set the 0 % tax of their regime on these products.

        :param res.company companies: companies whose French chart is loaded, those of
            the current user by default
        """
        companies = self.env.companies if companies is None else companies
        for company in companies:
            taxes = company._cdg47_taxes_by_regime()
            for template in self.filtered("cdg47_vat_regime"):
                tax = taxes.get(template.cdg47_vat_regime)
                others = template.taxes_id.filtered(
                    lambda t, c=company: t.company_id == c
                )
                if tax and others != tax:
                    template.taxes_id = template.taxes_id - others + tax
