# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.tools import formataddr


class ResCompany(models.Model):
    _inherit = "res.company"

    cdg47_outside_forfait_quoted = fields.Boolean(
        string="Services outside the forfaits may be quoted", default=True
    )
    cdg47_billing_step = fields.Integer(string="Billing step (minutes)", default=15)
    cdg47_reopen_days = fields.Integer(string="Reopening (days)", default=15)
    cdg47_time_project_id = fields.Many2one(
        "project.project",
        string="Project of the assistance",
        help="Where the time of tickets is entered.",
    )

    _cdg47_billing_step_positive = models.Constraint(
        "CHECK (cdg47_billing_step BETWEEN 1 AND 60)",
        "The billing step lasts from 1 to 60 minutes.",
    )
    _cdg47_reopen_days_positive = models.Constraint(
        "CHECK (cdg47_reopen_days >= 0)",
        "The days to reopen a request are not below zero.",
    )

    def _cdg47_time_project(self):
        """Return the project where the time of tickets is entered.

        :rtype: project.project
        """
        self.ensure_one()
        # Technicians do not manage projects: this one is theirs to use.
        company_sudo = self.sudo()
        if company_sudo.cdg47_time_project_id:
            return company_sudo.cdg47_time_project_id
        project_id = self.env["ir.model.data"]._xmlid_to_res_id(
            "cdg47_helpdesk.project_assistance", raise_if_not_found=True
        )
        return company_sudo.env["project.project"].browse(project_id)

    def _cdg47_reply_to(self):
        """Answers make a request, which is followed, of the first team that reads."""
        team = self.env.ref("cdg47_helpdesk.team_software", raise_if_not_found=False)
        # Whoever sends may read no team.
        alias_sudo = team and team.sudo().alias_id
        if not (alias_sudo and alias_sudo.alias_domain_id and alias_sudo.alias_name):
            return super()._cdg47_reply_to()
        return formataddr((self.name, alias_sudo.alias_full_name))
