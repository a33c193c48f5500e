# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

TIME_STATES = [
    ("included", "Included"),
    ("covered", "Covered by a right"),
    ("billable", "Accepted, to be invoiced"),
    ("overage", "Beyond the right, accepted"),
    ("unaccepted", "No accepted estimate yet"),
    ("beyond", "To be regularised"),
    ("waived", "Not counted"),
    ("undecided", "Request to be qualified"),
]


class AccountAnalyticLine(models.Model):
    """Time worked on a ticket: real and accounted, and why it is invoiced or not.

    ``unit_amount`` is what is accounted: that is what ``sale_timesheet`` delivers and
    invoices. An entry that several things admit is a main line and its parts.
    """

    _inherit = "account.analytic.line"

    helpdesk_ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Ticket",
        index="btree_not_null",
        ondelete="restrict",
    )
    collectivite_id = fields.Many2one(
        related="helpdesk_ticket_id.collectivite_id", store=True, string="Collectivité"
    )
    ticket_coverage = fields.Selection(
        related="helpdesk_ticket_id.coverage", store=True, string="Coverage"
    )
    ticket_service_id = fields.Many2one(
        related="helpdesk_ticket_id.service_id", store=True, string="Service"
    )
    real_minutes = fields.Integer(
        string="Worked minutes", help="Fixed at entry, never rounded."
    )
    real_hours = fields.Float(
        string="Worked",
        compute="_compute_real_hours",
        inverse="_inverse_real_hours",
        store=True,
        help="Hours and minutes really worked.",
    )
    real_total = fields.Integer(
        compute="_compute_real_total",
        help="Worked minutes of the whole entry, its parts included.",
    )
    time_state = fields.Selection(
        TIME_STATES, string="Becomes", readonly=True, copy=False, index=True
    )
    is_not_counted = fields.Boolean(
        string="Not counted", help="A gesture of the CDG: neither counted nor billed."
    )
    not_counted_reason = fields.Char(string="Why not counted")
    split_of_id = fields.Many2one(
        "account.analytic.line",
        string="Part of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="cascade",
    )
    split_ids = fields.One2many(
        "account.analytic.line", "split_of_id", string="Parts", readonly=True
    )
    consumption_id = fields.Many2one(
        "cdg47.consumption",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    _real_minutes_positive = models.Constraint(
        "CHECK (real_minutes IS NULL OR real_minutes >= 0)",
        "Worked time is never below zero.",
    )

    # === Computes ===
    @api.depends("real_minutes")
    def _compute_real_hours(self):
        for line in self:
            line.real_hours = line.real_minutes / 60

    def _inverse_real_hours(self):
        for line in self:
            line.real_minutes = round(line.real_hours * 60)

    @api.depends("real_minutes", "split_ids.real_minutes")
    def _compute_real_total(self):
        for line in self:
            line.real_total = line.real_minutes + sum(
                line.split_ids.mapped("real_minutes")
            )

    def _compute_so_line(self):
        """Leave the time of a ticket to what was accepted for it."""
        tickets = self.filtered("helpdesk_ticket_id")
        for line in tickets:
            line.so_line = line.so_line
        return super(AccountAnalyticLine, self - tickets)._compute_so_line()

    @api.depends("helpdesk_ticket_id.collectivite_id")
    def _compute_partner_id(self):
        result = super()._compute_partner_id()
        for line in self.filtered("helpdesk_ticket_id"):
            line.partner_id = line.helpdesk_ticket_id.collectivite_id
        return result

    # === Constraints ===
    @api.constrains("so_line", "helpdesk_ticket_id")
    def _check_same_collectivite(self):
        """Refuse the time of one collectivité on the order of another."""
        for line in self.filtered("helpdesk_ticket_id"):
            ticket, order = line.helpdesk_ticket_id, line.so_line.order_id
            if order and order.partner_id != ticket.collectivite_id:
                raise ValidationError(
                    self.env._(
                        "%(order)s is an order of %(other)s: time worked for %(name)s "
                        "cannot be invoiced on it.",
                        order=order.name,
                        other=order.partner_id.name,
                        name=ticket.collectivite_id.name,
                    )
                )

    @api.constrains("is_not_counted", "not_counted_reason")
    def _check_not_counted_reason(self):
        for line in self:
            if line.is_not_counted and not (line.not_counted_reason or "").strip():
                raise ValidationError(self.env._("Say why this time is not counted."))

    # === Screens ===
    def action_open_ticket(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "helpdesk.ticket",
            "res_id": self.helpdesk_ticket_id.id,
            "view_mode": "form",
        }
