# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.cdg47_convention.lib.dates import today_in_paris


class Cdg47TrainingRequest(models.Model):
    """A training asked for by a collectivité: « à l'appréciation du CDG » (III)."""

    _name = "cdg47.training.request"
    _description = "Training on request"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _cdg47_portal_thread = False
    _order = "create_date desc, id desc"

    name = fields.Char(string="Subject", required=True, tracking=True)
    collectivite_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("collectivite_type", "!=", False)],
    )
    contact_id = fields.Many2one(
        "res.partner",
        string="Asked by",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env.user.partner_id,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    description = fields.Text(string="Needs")
    agents = fields.Integer(string="Number of agents", default=1)
    half_days = fields.Integer(string="Half-days", default=2)
    location_kind = fields.Selection(
        [
            ("cdg", "At the centre de gestion"),
            ("onsite", "On site"),
            ("remote", "Remote"),
        ],
        string="Place",
        default="onsite",
        required=True,
    )
    wished_dates = fields.Char(string="Dates wished")
    state = fields.Selection(
        [
            ("requested", "To study"),
            ("declined", "Declined"),
            ("quoted", "Quoted"),
        ],
        default="requested",
        required=True,
        readonly=True,
        tracking=True,
    )
    reason = fields.Text(string="Answer", tracking=True)
    order_id = fields.Many2one(
        "sale.order", string="Quotation", readonly=True, index="btree_not_null"
    )
    event_id = fields.Many2one(
        "event.event", string="Session", readonly=True, index="btree_not_null"
    )

    _positive = models.Constraint(
        "CHECK (agents > 0 AND half_days > 0)",
        "At least one agent and one half-day.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        requests = super().create(vals_list)
        for request in requests:
            convention = request._convention()
            user = convention.user_id or self.env.ref("base.user_admin")
            request.sudo().activity_schedule(
                "mail.mail_activity_data_todo", user_id=user.id
            )
        return requests

    def _convention(self):
        today = today_in_paris()
        partner_sudo = self.collectivite_id.sudo()
        return partner_sudo._cdg47_conventions_at(today).get(
            partner_sudo, self.env["cdg47.convention"].sudo()
        )

    def _check_open(self):
        self.check_access("write")
        if any(request.state != "requested" for request in self):
            raise UserError(self.env._("This request is answered already."))

    def action_decline(self):
        """Refuse, with the reason, told to who asked."""
        self._check_open()
        for request in self:
            if not (request.reason or "").strip():
                raise UserError(self.env._("Write the answer: why it is declined."))
            request.state = "declined"
            request._tell()

    def action_accept(self):
        """Accept: a session reserved for it, and the quotation of its days."""
        self._check_open()
        template = self.env.ref("cdg47_training.event_type_custom")
        for request in self:
            convention = request._convention()
            if not convention:
                raise UserError(
                    self.env._(
                        "%(name)s has no convention in force: propose one first.",
                        name=request.collectivite_id.name,
                    )
                )
            order = convention.sudo(False)._quote_services(
                [
                    {
                        "product_id": template.training_product_id,
                        "quantity": request.half_days / 2,
                        "kind": False,
                        "name": request.name,
                        "explanation": request._explanation(template),
                    }
                ]
            )
            session = self.env["event.event"].create(
                {
                    "name": request.name,
                    "event_type_id": template.id,
                    "location_kind": request.location_kind,
                    "reserved_partner_ids": request.collectivite_id.ids,
                    "seats_min": 1,
                    "date_begin": fields.Datetime.now(),
                    "date_end": fields.Datetime.now(),
                    "training_audience": request.description,
                }
            )
            request.write(
                {"state": "quoted", "order_id": order.id, "event_id": session.id}
            )
            order.action_quotation_sent()
            request._tell()

    # === Its quotation and its session are one ===
    def _line_of(self, collectivite):
        """Return the line that sells this training, until it is refused.

        :rtype: sale.order.line
        """
        mine = self.filtered(lambda r: r.collectivite_id == collectivite)
        orders = mine.order_id.filtered(lambda order: order.state != "cancel")
        return orders.order_line.filtered(lambda line: not line.display_type)[:1]

    def _is_refused(self):
        """Tell whether nothing sells these trainings any more."""
        return bool(self) and all(o.state == "cancel" for o in self.order_id)

    def _name_order(self):
        """Have the quotation say the half-days, until it is invoiced."""
        for request in self:
            line = request._line_of(request.collectivite_id)
            if line.invoice_lines or not line:
                continue
            half_days = request.event_id.half_day_ids.sorted("start")
            half_days = half_days.with_context(
                lang=request.collectivite_id._cdg47_lang()
            )
            line.name = "\n".join([request.name, *(h._label() for h in half_days)])

    def _drop_order(self, reason):
        """Cancel what sells a session not held; what is invoiced is credited."""
        for order in self.order_id.filtered(lambda o: o.state != "cancel"):
            order.message_post(body=reason)
            if order.order_line.filtered("qty_invoiced"):
                order.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=self.env._("Training given back after its invoice"),
                )
            else:
                order._action_cancel()

    def _explanation(self, template):
        product = template.training_product_id
        return self.env._(
            "%(article)s: training asked for by the collectivité, %(days)s days.",
            article=product.cdg47_tariff_article or product.name,
            days=f"{self.half_days / 2:g}",
        )

    def _tell(self):
        """Answer who asked, in the language of the collectivité."""
        self.activity_feedback(["mail.mail_activity_data_todo"])
        template = self.env.ref("cdg47_training.mail_template_request_answer")
        template.send_mail(self.id)
