# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.fields import Domain

from odoo.addons.cdg47_convention.lib.dates import noon


class HelpdeskTicket(models.Model):
    """An estimate is accepted in writing: signed, or asked for by a document (R7)."""

    _inherit = "helpdesk.ticket"

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

    def _record_written_request(self, name, day, document=None):
        """Keep who asked in writing, when, and the document (Annexe 3 VI)."""
        self.ensure_one()
        self.write(
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
        # Users do not write the trace of a request: recording it is its one cause.
        self.sudo()._record_written_request(name, day, document)
        self.message_post(
            body=self.env._(
                "Written request of %(name)s, recorded by %(user)s.",
                name=name,
                user=self.env.user.name,
            ),
            attachment_ids=document.ids,
        )
        for order in self.order_ids.filtered(lambda o: o.state == "sent"):
            order.write({"signed_by": name, "signed_on": noon(day)})
            order.action_confirm()

    # === What is left to do, for the menus ===
    @api.model
    def _domain_to_regularise(self):
        """Return the domain of the tickets with time that nothing accepted admits."""
        return Domain("timesheet_ids.time_state", "in", ("beyond", "unaccepted"))
