# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    cdg47_population_basis = fields.Selection(
        related="company_id.cdg47_population_basis", readonly=False
    )
    cdg47_first_year_fee = fields.Selection(
        related="company_id.cdg47_first_year_fee", readonly=False
    )
    cdg47_first_year_quota = fields.Selection(
        related="company_id.cdg47_first_year_quota", readonly=False
    )
    cdg47_max_years = fields.Integer(
        related="company_id.cdg47_max_years", readonly=False
    )
    cdg47_notice_months = fields.Integer(
        related="company_id.cdg47_notice_months", readonly=False
    )
    cdg47_deliberation_required = fields.Boolean(
        related="company_id.cdg47_deliberation_required", readonly=False
    )
    cdg47_reminder_days = fields.Char(
        related="company_id.cdg47_reminder_days", readonly=False
    )
    cdg47_alert_by_mail = fields.Boolean(
        related="company_id.cdg47_alert_by_mail", readonly=False
    )
    cdg47_agents_follow_all = fields.Boolean(
        related="company_id.cdg47_agents_follow_all", readonly=False
    )
    cdg47_rights_year = fields.Selection(
        related="company_id.cdg47_rights_year", readonly=False
    )
    cdg47_three_years_window = fields.Selection(
        related="company_id.cdg47_three_years_window", readonly=False
    )
    cdg47_install_scope = fields.Selection(
        related="company_id.cdg47_install_scope", readonly=False
    )
    cdg47_acceptance_required = fields.Boolean(
        related="company_id.cdg47_acceptance_required", readonly=False
    )
    cdg47_sells_outside = fields.Boolean(
        related="company_id.cdg47_sells_outside", readonly=False
    )
    cdg47_debt_floor = fields.Monetary(
        related="company_id.cdg47_debt_floor", readonly=False
    )
    cdg47_payment_term_id = fields.Many2one(
        related="company_id.cdg47_payment_term_id", readonly=False
    )
    cdg47_pricelist_id = fields.Many2one(
        related="company_id.cdg47_pricelist_id", readonly=False
    )
    cdg47_president_title = fields.Char(
        related="company_id.cdg47_president_title", readonly=False
    )
    cdg47_accessibility = fields.Selection(
        related="company_id.cdg47_accessibility", readonly=False
    )
    cdg47_accessibility_on = fields.Date(
        related="company_id.cdg47_accessibility_on", readonly=False
    )
    cdg47_accessibility_issues = fields.Text(
        related="company_id.cdg47_accessibility_issues", readonly=False
    )
    cdg47_publication_director = fields.Char(
        related="company_id.cdg47_publication_director", readonly=False
    )
    cdg47_host = fields.Text(related="company_id.cdg47_host", readonly=False)
    cdg47_dpo = fields.Char(related="company_id.cdg47_dpo", readonly=False)
    cdg47_processors = fields.Text(
        related="company_id.cdg47_processors", readonly=False
    )
