# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.fields import Domain
from odoo.tools import email_normalize

from odoo.addons.cdg47_convention.lib.dates import today_in_paris


class HelpdeskTicket(models.Model):
    """Mails: who writes, for which collectivité, and the dated receipt."""

    _inherit = "helpdesk.ticket"

    @api.model
    def message_new(self, msg, custom_values=None):
        """Give a mail to the one collectivité its sender acts for.

        An unknown sender goes to triage; a contact who acts for several is asked. The
        domain of an address says nothing: several collectivités share one.
        """
        contact = self._sender_contact(msg)
        collectivites = self._collectivites_of(contact)
        values = dict(custom_values or {})
        if len(collectivites) == 1:
            values["collectivite_id"] = collectivites.id
        if contact:
            values.update(partner_id=contact.id, partner_name=contact.name)
        else:
            # Odoo's author may be anybody with the same address.
            values.update(partner_name=msg.get("from"))
        ticket = super().message_new(msg, custom_values=values)
        if len(collectivites) > 1:
            ticket._ask_which_collectivite(collectivites)
        return ticket

    @api.model
    def _sender_contact(self, msg):
        """Return the contact with a mandate who sends a mail, empty if none or several.

        :rtype: res.partner
        """
        address = email_normalize(msg.get("email_from") or msg.get("from") or "")
        if not address:
            return self.env["res.partner"]
        mandates = self.env["cdg47.mandate"]
        contacts = mandates.search(
            mandates._domain_at(today_in_paris())
            & Domain("contact_id.email_normalized", "=", address)
        ).contact_id
        return contacts if len(contacts) == 1 else contacts.browse()

    @api.model
    def _collectivites_of(self, contact):
        """Return the collectivités a contact acts for today, annexed budgets apart."""
        if not contact:
            return self.env["res.partner"]
        return self.env["cdg47.mandate"]._of_contact(contact).collectivite_id

    def _ask_which_collectivite(self, collectivites):
        """Ask a shared secretary for which collectivité they write."""
        self.ensure_one()
        template = self.env.ref("cdg47_helpdesk.mail_template_which_collectivite")
        template.with_context(
            lang=self.partner_id.lang or "fr_FR",
            cdg47_collectivites=", ".join(collectivites.mapped("name")),
        ).send_mail(self.id, email_values=self._from_the_cdg())

    def _creation_message(self):
        """Odoo's « %s created » takes no gender, which French needs."""
        if not self.collectivite_id:
            return super()._creation_message()
        return self.env._("Request created")

    def _on_new_request(self):
        """Acknowledge requests of collectivités, at their date."""
        template = self.env.ref("cdg47_helpdesk.mail_template_receipt")
        for ticket in self:
            # A team would drop the technician it does not have.
            if not (ticket.team_id or ticket.user_id):
                ticket.team_id = ticket.category_id.cdg47_team_id
            if ticket.partner_id.email:
                ticket.message_subscribe(ticket.partner_id.ids)
                template.with_context(
                    lang=ticket.collectivite_id._cdg47_lang()
                ).send_mail(ticket.id, email_values=ticket._from_the_cdg())

    def _from_the_cdg(self):
        """Sign an automatic mail by the CDG, not by whoever's request caused it."""
        return {"author_id": self.company_id.partner_id.id}

    def _track_template(self, tracking):
        """Say in our words that a request is finished, with its rating."""
        result = super()._track_template(tracking)
        ticket = self[0]
        if ticket.collectivite_id and "stage_id" in tracking:
            result.pop("stage_id", None)
            if ticket.closed and not ticket.decline_reason:
                template = self.env.ref("cdg47_helpdesk.mail_template_closed")
                result["stage_id"] = (
                    template,
                    {
                        "composition_mode": "mass_mail",
                        "auto_delete_keep_log": False,
                        "subtype_id": self.env["ir.model.data"]._xmlid_to_res_id(
                            "mail.mt_note"
                        ),
                        "email_layout_xmlid": "mail.mail_notification_light",
                    },
                )
        return result

    def _send_ticket_rating_mail(self, force_send=False):
        """A collectivité is asked for its rating in the closing mail."""
        others = self.filtered(lambda ticket: not ticket.collectivite_id)
        return super(HelpdeskTicket, others)._send_ticket_rating_mail(force_send)
