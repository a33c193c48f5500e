# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_duration
from odoo.tools.misc import formatLang

from odoo.addons.cdg47_convention.lib.dates import noon, today_in_paris
from odoo.addons.cdg47_convention.reading.tariff import price_at

from ...lib.time_split import rounded_up
from ...reading.ticket_verdict import TicketVerdict
from ..ticket.helpdesk_ticket import BILLED

# Priced services by coverage: by the hour, by the day.
TIME_SERVICES = {
    "ttim": ("service_ttim", "service_ttim_j"),
    "exceptional": ("service_assist_exc", "service_assist_exc_j"),
}
BILLING_STEPS = [
    ("none", "Nothing to bill"),
    ("to_estimate", "To be estimated"),
    ("draft", "Estimate to be sent"),
    ("awaiting", "Awaiting acceptance"),
    ("accepted", "Accepted"),
    ("to_invoice", "To invoice"),
    ("invoiced", "Invoiced"),
]


class HelpdeskTicket(models.Model):
    """Estimate, then acceptance in writing, then work (Annexe 3 V and VI, R7)."""

    _inherit = "helpdesk.ticket"

    estimate_unit = fields.Selection(
        [("hour", "By the hour"), ("day", "By the day")],
        default="hour",
        required=True,
    )
    estimated_hours = fields.Float(
        string="Estimated time",
        tracking=True,
        help="Hours the technician evaluates (Annexe 3 V).",
    )
    estimate_product_id = fields.Many2one(
        "product.product",
        string="Priced as",
        compute="_compute_estimate_product_id",
        store=True,
        readonly=False,
        ondelete="restrict",
        domain=[("cdg47_is_service", "=", True), ("sale_ok", "=", True)],
    )
    estimate_by_hour = fields.Monetary(
        string="Total by the hour", compute="_compute_estimate_totals", store=True
    )
    estimate_by_day = fields.Monetary(
        string="Total by the day",
        compute="_compute_estimate_totals",
        store=True,
        help="At the tariff of the day it was estimated.",
    )
    sale_line_ids = fields.One2many(
        "sale.order.line", "helpdesk_ticket_id", string="Estimate lines"
    )
    order_ids = fields.Many2many(
        "sale.order", compute="_compute_order_ids", string="Estimates"
    )
    order_count = fields.Integer(compute="_compute_order_ids")
    billing_step = fields.Selection(
        BILLING_STEPS,
        compute="_compute_billing_step",
        store=True,
        index=True,
        string="Billing",
    )

    # === Computes ===
    @api.depends("coverage", "service_id", "estimate_unit")
    def _compute_estimate_product_id(self):
        for ticket in self:
            hour, day = ticket._time_products(ticket.coverage)
            ticket.estimate_product_id = day if ticket.estimate_unit == "day" else hour

    def _time_products(self, coverage):
        """Return the services that price the time of this ticket: by hour, by day.

        A complementary service has the unit of the tariff only.

        :rtype: tuple[product.product, product.product]
        """
        if coverage in TIME_SERVICES:
            return tuple(
                self.env.ref(f"cdg47_convention.{name}")
                for name in TIME_SERVICES[coverage]
            )
        service = self.service_id
        is_priced = coverage == "complementary" and service.sale_ok
        if not (is_priced and service.uom_id._cdg47_is_time()):
            service = service.browse()
        return service, service

    @api.depends("estimated_hours", "coverage", "service_id", "estimate_product_id")
    def _compute_estimate_totals(self):
        for ticket in self:
            hour, day = ticket._time_products(ticket.coverage)
            hourly = hour.uom_id == self.env.ref("uom.product_uom_hour")
            ticket.estimate_by_hour = hourly and ticket._estimate_total(hour)
            ticket.estimate_by_day = ticket._estimate_total(day) if day else 0.0

    def _estimate_total(self, product):
        price = self._price_of(product) or 0.0
        return self.currency_id.round(price * self._estimate_quantity(product))

    def _price_of(self, product):
        """Return the price of a service on the day of the request, None if none.

        :rtype: float or None
        """
        tariff = self.company_id._cdg47_tariff().sudo()
        return price_at(tariff, product, self._request_day())

    def _money(self, amount):
        currency = self.company_id._cdg47_tariff().sudo().currency_id
        return formatLang(self.env, amount, currency_obj=currency)

    def _estimate_quantity(self, product):
        """Return the estimate in the unit of a service, rounded up to its step.

        By the hour the step is a setting, by the day it is the half-day.

        :rtype: float
        """
        minutes = round(self.estimated_hours * 60)
        if product.uom_id == self.env.ref("uom.product_uom_hour"):
            step = self.company_id.cdg47_billing_step
        else:
            step = self.env.ref("cdg47_convention.uom_half_day")._cdg47_amount(1)
        return product.uom_id._cdg47_quantity(rounded_up(minutes, step))

    @api.depends("sale_line_ids.order_id")
    def _compute_order_ids(self):
        for ticket in self:
            ticket.order_ids = ticket.sale_line_ids.order_id
            ticket.order_count = len(ticket.order_ids)

    @api.depends(
        "coverage",
        "collectivite_id",
        "sale_line_ids.state",
        "sale_line_ids.qty_to_invoice",
        "sale_line_ids.qty_invoiced",
    )
    def _compute_billing_step(self):
        for ticket in self:
            ticket.billing_step = ticket._billing_step()

    def _billing_step(self):
        lines = self.sale_line_ids.filtered(lambda line: line.state != "cancel")
        if not lines:
            return "to_estimate" if self.coverage in BILLED else "none"
        states = set(lines.mapped("state"))
        if "sent" in states:
            return "awaiting"
        if "draft" in states:
            return "draft"
        if any(line.qty_to_invoice > 0 for line in lines):
            return "to_invoice"
        if any(line.qty_invoiced > 0 for line in lines):
            return "invoiced"
        return "accepted"

    # === Estimate ===
    def action_estimate(self):
        """Draw the quotation of the estimated time, and open it."""
        self.ensure_one()
        self._check_technician()
        self._check_estimable()
        order = self.convention_id._quote_services([self._prepare_estimate_line()])
        order.order_line.helpdesk_ticket_id = self
        self.message_post(
            body=self.env._(
                "Estimate %(order)s drawn: %(amount)s.",
                order=order.name,
                amount=self._money(order.amount_total),
            )
        )
        return self._open_orders(order)

    def _check_estimable(self):
        if self.coverage not in BILLED:
            raise UserError(
                self.env._("Qualify the request first: nothing is billed for it.")
            )
        if not self.convention_id:
            raise UserError(TicketVerdict(self).no_convention())
        if round(self.estimated_hours * 60) <= 0:
            raise UserError(self.env._("Enter the estimated time."))
        if not self.estimate_product_id:
            raise UserError(
                self.env._("Choose the priced service this time is sold as.")
            )
        pending = self.sale_line_ids.filtered(lambda ln: ln.state in ("draft", "sent"))
        if pending:
            raise UserError(
                self.env._(
                    "The estimate %(order)s is not answered yet: cancel it before "
                    "drawing another.",
                    order=pending.order_id[:1].name,
                )
            )

    def _prepare_estimate_line(self):
        product = self.estimate_product_id
        return {
            "product_id": product,
            "quantity": self._estimate_quantity(product),
            "kind": "time",
            "explanation": self._estimate_explanation(),
            "name": self.with_context(
                lang=self.collectivite_id._cdg47_lang()
            )._estimate_line_name(),
        }

    def _estimate_explanation(self):
        """Say the verdict again, now with the sum of the estimate."""
        ticket = self.with_context(lang=self.collectivite_id._cdg47_lang()).sudo()
        said = TicketVerdict(ticket).sentence_for(self.coverage) or self.verdict
        worked = ticket._unbilled_minutes()
        if not worked or not self.company_id.cdg47_acceptance_required:
            return said
        early = ticket.env._(
            "%(time)s were worked already: what is done before the day of the "
            "acceptance is not invoiced.",
            time=format_duration(worked / 60),
        )
        return f"{said or ''} {early}".strip()

    def _estimate_line_name(self):
        """Name what is estimated; a complementary estimate says that it is one."""
        name = self.estimate_product_id.with_env(self.env).name
        pattern = self.env._("%(service)s: %(ticket)s, %(title)s")
        if self._accepted_lines():
            pattern = self.env._(
                "%(service)s, complementary estimate: %(ticket)s, %(title)s"
            )
        return pattern % {
            "service": name,
            "ticket": self.number,
            "title": self.name,
        }

    def action_send_estimate(self):
        """Send the drawn estimates: they are signed in the portal."""
        self._check_technician()
        for ticket in self:
            orders = ticket.order_ids.filtered(lambda order: order.state == "draft")
            if not orders:
                raise UserError(self.env._("There is no estimate to send."))
            for order in orders:
                ticket._send_estimate(order)
        return True

    def _send_estimate(self, order):
        signatories = self.collectivite_id._cdg47_signatories()
        order.action_quotation_sent()
        order.message_subscribe((signatories | self.partner_id).ids)
        template = self.env.ref("cdg47_helpdesk.mail_template_estimate")
        template.with_context(lang=self.collectivite_id._cdg47_lang()).send_mail(
            order.id, email_values=self._from_the_cdg()
        )
        self.stage_id = self.env.ref("cdg47_helpdesk.stage_acceptance")

    def action_view_orders(self):
        self.ensure_one()
        return self._open_orders(self.order_ids)

    def _open_orders(self, orders):
        action = self.env["ir.actions.act_window"]._for_xml_id("sale.action_quotations")
        action.update(context={}, domain=[("id", "in", orders.ids)])
        if len(orders) == 1:
            action.update(res_id=orders.id, views=[(False, "form")], view_mode="form")
        return action

    def action_estimate_beyond(self):
        """Estimate the work of today beyond the accepted time, to be accepted today.

        What was worked on another day, nobody had accepted: it is never invoiced, and
        no estimate sells it afterwards (R15).
        """
        self.ensure_one()
        pending = self.timesheet_ids.filtered(
            lambda line: line.time_state in ("beyond", "unaccepted")
        )
        if not pending:
            raise UserError(self.env._("No time is waiting for an estimate."))
        if self.company_id.cdg47_acceptance_required:
            pending = pending.filtered(lambda line: line.date >= today_in_paris())
        minutes = sum(pending.mapped("real_minutes"))
        if not minutes:
            raise UserError(
                self.env._(
                    "%(time)s were worked before anybody accepted them: never "
                    "invoiced. Enter in « Estimated time » the work still to come, "
                    "then « Estimate the work to come »; or mark the time as not "
                    "counted.",
                    time=format_duration(self._unbilled_minutes() / 60),
                )
            )
        if self._accepted_lines():
            self.estimated_hours = minutes / 60
        return self.action_estimate()

    def _take_request(self, order, quantity):
        """Make the quotation of a request the estimate of this ticket.

        What is not sold by time is delivered by its order, and only named here.

        :param sale.order order: the draft quotation of the request
        :param float quantity: what is asked for, in the unit of the service
        """
        self.ensure_one()
        unit = self.service_id.uom_id
        if unit._cdg47_is_time():
            self.estimated_hours = unit._cdg47_amount(quantity) / 60
            # Sold by time, it is delivered by time: decided here, entered by nobody.
            order.order_line.sudo().write(
                {"cdg47_kind": "time", "helpdesk_ticket_id": self.id}
            )
        self.message_post(
            body=self.env._("Quotation of this request: %(order)s.", order=order.name)
        )

    # === Acceptance, in writing: signed, or asked for by a document ===
    def _accepted_lines(self):
        """Return the accepted lines of time, the oldest acceptance first.

        :rtype: sale.order.line
        """
        return self.sale_line_ids.filtered(
            lambda line: line.state == "sale" and line.cdg47_kind == "time"
        ).sorted(lambda line: (line.order_id.signed_on or line.create_date, line.id))

    def _on_estimate_accepted(self, order):
        """Open the work: the time kept until now is shared among what is accepted."""
        for ticket in self:
            if order.signed_by and not ticket.written_request_on:
                ticket._record_written_request(order.signed_by, order.signed_on.date())
            ticket.message_post(
                body=self.env._(
                    "Estimate %(order)s accepted by %(name)s.",
                    order=order.name,
                    name=order.signed_by or self.env.user.name,
                )
            )
            if ticket.stage_id == self.env.ref("cdg47_helpdesk.stage_acceptance"):
                ticket.stage_id = self.env.ref(
                    "helpdesk_mgmt.helpdesk_ticket_stage_in_progress"
                )
        self._settle_time()

    def _on_estimate_refused(self, order):
        """Tell who handles it: without an agreement, no work starts."""
        for ticket in self:
            ticket.message_post(
                body=self.env._(
                    "Estimate %(order)s refused by %(name)s.",
                    order=order.name,
                    name=self.env.user.name,
                )
            )
            ticket._tell_who_handles(
                self.env._("Estimate refused: %(order)s", order=order.name)
            )

    def _record_written_request(self, name, day, document=None):
        """Keep who asked in writing, when, and the document (Annexe 3 VI)."""
        self.ensure_one()
        # Users do not write the trace of a request: recording it is its one cause.
        self.sudo().write(
            {
                "written_request_by": name,
                "written_request_on": day,
                "written_request_document_id": document.id if document else False,
            }
        )

    def _accept_in_writing(self, name, day, document):
        """Record a written request, and accept with it the estimate that was sent.

        :param str name: who asked, for the collectivité
        :param datetime.date day: when
        :param ir.attachment document: the request itself
        """
        self.ensure_one()
        self._check_technician()
        self._record_written_request(name, day, document)
        self.message_post(
            body=self.env._(
                "Written request of %(name)s, recorded by %(user)s.",
                name=name,
                user=self.env.user.name,
            ),
            attachment_ids=document.ids,
        )
        for order in self.order_ids.filtered(lambda o: o.state == "sent"):
            # Users do not write a signature: the document recorded is its cause.
            order.sudo().write({"signed_by": name, "signed_on": noon(day)})
            order.action_confirm()
