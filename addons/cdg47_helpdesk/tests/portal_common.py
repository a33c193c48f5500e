# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Two communes with requests of every kind, and the contacts who read them."""

from datetime import timedelta

from odoo.http import Request
from odoo.tests import HttpCase

from odoo.addons.cdg47_convention.lib.dates import today_in_paris
from odoo.addons.cdg47_convention.tests.common import PASSWORD, ConventionMixin

from .common import HelpdeskMixin


class HelpdeskPortalCase(HelpdeskMixin, ConventionMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "lang": "fr_FR"})
        cls._set_up_convention()
        cls.tariff.item_ids.unlink()
        cls._set_up_helpdesk()
        cls.env.company.write({"email": "cdg@example.com", "phone": "05 53 00 00 00"})
        cls.convention_a = cls.make_convention_since("2024-01-01", name="A/1")
        cls.convention_b = cls.make_convention_since("2024-01-01", name="B/1")
        cls.commune_a = cls.commune = cls.convention_a.partner_id
        cls.commune_b = cls.convention_b.partner_id
        cls.commune_a.name, cls.commune_b.name = "Commune A", "Commune B"
        cls.user_a = cls.new_contact("secretaire_a", cls.commune_a)
        cls.user_b = cls.new_contact("secretaire_b", cls.commune_b)
        cls.user_ab = cls.new_contact("secretaire_ab", cls.commune_a, cls.commune_b)
        cls.mayor_a = cls.new_contact("maire_a", cls.commune_a, role="signatory")
        cls.user_former = cls.new_contact("ancien_a", cls.commune_a)
        cls.user_former.partner_id.own_mandate_ids.date_end = (
            today_in_paris() - timedelta(days=1)
        )
        cls.user_nobody = cls.new_contact("personne")

    @classmethod
    def full_data(cls, commune, contact):
        """Give a commune a request with everything that may leak."""
        ticket = cls.ttim(hours=2.0, partner=commune)
        ticket.write({"name": f"Secret de {commune.name}", "partner_id": contact.id})
        order = cls.accepted(ticket)
        line = cls.work(ticket, 140, day=today_in_paris())
        attachment = cls.env["ir.attachment"].create(
            {
                "name": f"Capture {commune.name}",
                "raw": f"contenu {commune.name}".encode(),
                "res_model": "helpdesk.ticket",
                "res_id": ticket.id,
            }
        )
        session = cls.env["cdg47.remote.session"].create(
            {"ticket_id": ticket.id, "consent_by": f"Agent de {commune.name}"}
        )
        return {
            "ticket": ticket,
            "order": order,
            "line": line,
            "attachment": attachment,
            "session": session,
            "message": ticket.message_post(
                body=f"Confidence de {commune.name}",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            ),
        }

    def login(self, user):
        self.authenticate(user.login, PASSWORD)

    def post(self, url, data=None, files=None, **kwargs):
        data = {"csrf_token": Request.csrf_token(self), **(data or {})}
        return self.url_open(url, data=data, files=files, **kwargs)
