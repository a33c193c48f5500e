# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.tools import plaintext2html

from odoo.addons.cdg47_convention.lib.dates import today_in_paris


class Cdg47Convention(models.Model):
    """A service asked for in the portal becomes a ticket (Annexe 3 IV).

    Its quotation, where the service is sold by time, is the estimate of the ticket.
    """

    _inherit = "cdg47.convention"

    def _schedule_request(self, document, product, quantity, note, author):
        result = super()._schedule_request(document, product, quantity, note, author)
        # A portal contact may not create tickets: what they ask for is one.
        tickets_sudo = self.env["helpdesk.ticket"].sudo()
        ticket_sudo = tickets_sudo.create(
            [self._prepare_request_ticket(product, quantity, note, author)]
        )
        ticket_sudo._record_written_request(author.name, today_in_paris())
        if document._name == "sale.order":
            ticket_sudo._take_request(document.sudo(), quantity)
        return result

    def _prepare_request_ticket(self, product, quantity, note, author):
        name = self.env._(
            "Service asked for: %(service)s, %(quantity)s",
            service=product.name,
            quantity=product.uom_id._cdg47_format(quantity),
        )
        return {
            "name": name,
            "description": plaintext2html(note or name),
            "collectivite_id": self.partner_id.id,
            "service_id": product.id,
            "category_id": self.env.ref("cdg47_helpdesk.category_paid").id,
            "channel_id": self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_web").id,
            "company_id": self.company_id.id,
            "partner_id": author.id,
            "partner_name": author.name,
            "partner_email": author.email,
            "user_id": False,
        }
