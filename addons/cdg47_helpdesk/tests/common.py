# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Communes with a convention, a technician, and short ways to a ticket."""

from datetime import date

from odoo.tests import new_test_user

from odoo.addons.cdg47_convention.tests.ledger_common import LedgerCase, LedgerMixin

DAY = date(2026, 6, 15)


class HelpdeskMixin(LedgerMixin):
    """Helpers shared by the transaction, browser and real-cursor tests."""

    @classmethod
    def _set_up_helpdesk(cls):
        cls.set_price("TTIM", 60)
        cls.set_price("TTIM-J", 380)
        cls.set_price("ASSIST-EXC", 60)
        cls.set_price("ASSIST-EXC-J", 380)
        cls.set_price("CONFIG-SI", 380)
        cls.technician = cls.make_technician("technicien-essai")
        cls.coordinator = new_test_user(
            cls.env,
            "coordinateur-essai",
            groups="cdg47_helpdesk.group_helpdesk_coordinator",
        )
        cls.make_employee(cls.coordinator)

    @classmethod
    def make_technician(cls, login):
        user = new_test_user(
            cls.env,
            login,
            groups="cdg47_helpdesk.group_helpdesk_technician",
            lang=cls.env.context.get("lang") or "fr_FR",
        )
        cls.make_employee(user)
        return user

    @classmethod
    def make_employee(cls, user):
        return cls.env["hr.employee"].create(
            {"name": user.name, "user_id": user.id, "company_id": cls.env.company.id}
        )

    @classmethod
    def make_ticket(cls, partner=None, service=None, **values):
        return cls.env["helpdesk.ticket"].create(
            {
                "name": "Le logiciel ne s'ouvre plus",
                "description": "<p>Depuis ce matin.</p>",
                "collectivite_id": (partner or cls.commune).id,
                "service_id": service and cls.service(service).id,
                **values,
            }
        )

    @classmethod
    def qualified(cls, coverage, service=None, partner=None, hours=0.0, **facts):
        """Return a ticket whose verdict is decided, with its estimated hours."""
        ticket = cls.make_ticket(partner, service)
        ticket.with_user(cls.technician)._decide(coverage, facts)
        ticket.estimated_hours = hours
        return ticket

    @classmethod
    def ttim(cls, hours=2.0, partner=None, unit="hour"):
        ticket = cls.qualified("ttim", "TTIM", partner, hours, ttim_kind="repair")
        ticket.estimate_unit = unit
        return ticket

    @classmethod
    def exceptional(cls, hours=2.0, **facts):
        facts = facts or {"cause": "mishandling", "cause_actor": "agent"}
        return cls.qualified("exceptional", "ASSIST-METIERS", hours=hours, **facts)

    @classmethod
    def accepted(cls, ticket, name="Maire"):
        """Estimate a ticket, send it, sign it as the portal does; return the order."""
        ticket.with_user(cls.technician).action_estimate()
        ticket.with_user(cls.technician).action_send_estimate()
        order = ticket.order_ids.filtered(lambda o: o.state == "sent")
        return cls.draw_signature(order, name, "2026-01-10 09:00:00")

    @classmethod
    def work(cls, ticket, minutes, day=DAY, user=None, **values):
        """Enter time as a technician; return the main line of the entry."""
        lines = cls.env["account.analytic.line"].with_user(user or cls.technician)
        return lines.create(
            {
                "helpdesk_ticket_id": ticket.id,
                "date": day,
                "name": "Intervention",
                "real_minutes": minutes,
                **values,
            }
        )

    @staticmethod
    def parts(ticket):
        """Return (state, worked minutes, counted minutes) of each line, sorted."""
        return sorted(
            (line.time_state, line.real_minutes, round(line.unit_amount * 60))
            for line in ticket.sudo().timesheet_ids
        )


class HelpdeskCase(HelpdeskMixin, LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_helpdesk()
