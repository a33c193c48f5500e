# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Collectivités with everything a portal may leak, and the users who read them."""

import base64
from datetime import date

from odoo.fields import Command
from odoo.tests import TransactionCase

from odoo.addons.cdg47_convention.lib.dates import today_in_paris

from ..models.money.quoting import quote_fees
from .common import MODULE, SIGNATURE, ConventionMixin

PIXEL = base64.b64decode(SIGNATURE)


class PortalCase(ConventionMixin, TransactionCase):
    """Two communes A and B with full data, an annexed budget of A, an EPCI."""

    # Does the test read sentences? They are then those of the sources.
    in_english = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.in_english:
            cls.env["res.lang"]._activate_lang("en_US")
        cls.env = cls.env(context={**cls.env.context, "lang": "en_US"})
        cls._set_up_convention()
        cls.today = today_in_paris()
        cls.env.company.write({"email": "cdg@example.com", "phone": "05 53 00 00 00"})
        cls.commune_a = cls._new_commune("Commune A", 450)
        cls.commune_b = cls._new_commune("Commune B", 1200)
        cls.annexe_a = cls.make_annexe(
            cls.commune_a, agents=2, name="Budget annexe de A", lang="en_US"
        )
        cls.epci = cls.make_establishment(agents=12, name="EPCI", lang="en_US")
        cls.user_a = cls.new_contact("secretary_a", cls.commune_a)
        cls.user_b = cls.new_contact("secretary_b", cls.commune_b)
        cls.user_ab = cls.new_contact("secretary_ab", cls.commune_a, cls.commune_b)
        cls.user_annexe = cls.new_contact("secretary_annexe", cls.annexe_a)
        cls.user_epci = cls.new_contact("secretary_epci", cls.epci)
        cls.user_former = cls.new_contact("former_a", cls.commune_a)
        cls.user_former.partner_id.own_mandate_ids.write(
            {"date_start": date(2020, 1, 1), "date_end": cls._days_ago(1)}
        )
        cls.user_nobody = cls.new_contact("nobody")
        cls.data_a = cls._full_data(cls.commune_a)
        cls.data_b = cls._full_data(cls.commune_b, invoiced_to=cls.epci)
        cls.data_annexe = cls._full_data(cls.annexe_a)
        cls.env.flush_all()

    # === Collectivités and contacts ===
    @classmethod
    def _days_ago(cls, days):
        return date.fromordinal(cls.today.toordinal() - days)

    @classmethod
    def _new_commune(cls, name, population):
        # Group trainings depend on the editor (R9).
        editor = cls.env.ref(f"{MODULE}.software_editor_partner")
        return cls.make_commune(
            population, name=name, lang="en_US", software_editor_id=editor.id
        )

    # === What a portal may leak ===
    @classmethod
    def _new_convention(cls, partner, invoiced_to=None, signed=True, **values):
        """Create a convention of this year, its quotation sent, then signed."""
        convention = cls.env["cdg47.convention"].create(
            {
                "partner_id": partner.id,
                "invoice_partner_id": (invoiced_to or partner).id,
                "date_start": date(cls.today.year, 1, 1),
                "deliberation_number": "2026-12",
                "deliberation_date": date(cls.today.year, 1, 1),
                "line_ids": [
                    Command.create(
                        {
                            "forfait_id": forfait.id,
                            "date_start": date(cls.today.year, 1, 1),
                        }
                    )
                    for forfait in cls.metiers | cls.techno
                ],
                **values,
            }
        )
        order = convention._propose()
        order.action_quotation_sent()
        convention.state = "sent"
        if signed:
            cls.sign(convention)
        return convention

    @classmethod
    def _new_attachment(cls, name, record):
        return cls.env["ir.attachment"].create(
            {
                "name": name,
                "raw": f"secret of {record.display_name}".encode(),
                "mimetype": "text/plain",
                "res_model": record._name,
                "res_id": record.id,
            }
        )

    @classmethod
    def _full_data(cls, partner, invoiced_to=None):
        """Give a collectivité one record of every kind.

        :return: records by name: ``convention``, ``draft_convention``, ``term``,
            ``line``, ``activation``, ``step``, ``deliverable``, ``signed_copy``,
            ``allocation``, ``duty``, ``mandate``, ``census``, ``order``,
            ``sent_order``, ``draft_order``, ``invoice``, ``order_line``,
            ``invoice_line``
        :rtype: dict
        """
        convention = cls._new_convention(partner, invoiced_to)
        order = convention.order_ids
        invoice = order._create_invoices()
        invoice.action_post()
        activation = convention.activation_ids[0]
        activation.step_ids[:1].done = True
        deliverable = cls._new_attachment(f"Deliverable {partner.name}", activation)
        activation.deliverable_ids = deliverable
        signed_copy = cls._new_attachment(f"Signed {partner.name}", convention)
        convention.signed_document_id = signed_copy
        draft_convention = cls.env["cdg47.convention"].create(
            {"partner_id": partner.id, "date_start": date(cls.today.year + 9, 1, 1)}
        )
        start = date(cls.today.year, 12, 1)
        sent_order = quote_fees(convention, convention.term_ids, cls.parapheur, start)
        sent_order.action_quotation_sent()
        return {
            "convention": convention,
            "draft_convention": draft_convention,
            "term": convention.term_ids,
            "line": convention.line_ids[0],
            "activation": activation,
            "step": activation.step_ids[0],
            "deliverable": deliverable,
            "signed_copy": signed_copy,
            "allocation": cls._new_allocation(partner),
            "duty": cls.env["cdg47.duty"]._render(
                convention, cls.service("VEILLE-TECHNO"), cls.today, "Letter", partner
            ),
            "mandate": partner.mandate_ids[:1],
            "census": partner.census_ids,
            "order": order,
            "order_line": order.order_line[0],
            "sent_order": sent_order,
            "draft_order": quote_fees(
                convention, convention.term_ids, cls.parapheur, start
            ),
            "invoice": invoice,
            "invoice_line": invoice.invoice_line_ids[0],
        }

    @classmethod
    def _new_allocation(cls, partner):
        return cls.env["cdg47.allocation"].create(
            {
                "partner_id": partner.id,
                "product_id": cls.service("EPP").id,
                "identifier": f"EPP of {partner.name}",
                "date_start": date(cls.today.year, 1, 1),
                "state": "active",
            }
        )
