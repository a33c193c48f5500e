# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the collectivité has is beside each of its requests, and costs no list."""

from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import HelpdeskCase

PANEL = [
    "mandate_ids", "contact_ids", "phone", "software_editor_id", "software_names",
    "forfait_names", "entitlement_ids", "allocation_ids", "recent_ids",
]  # fmt: skip


@tagged("post_install", "-at_install")
class TestPanel(HelpdeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contact = cls.make_contact("Madame Dupont", phone="05 53 00 00 01")
        cls.make_mandate(cls.contact, cls.commune)
        cls.commune.software_editor_id = cls.payroll.editor_id

    def shown_by(self, kind, user, view=None):
        view_id = view and self.env.ref(f"cdg47_helpdesk.{view}").id
        tickets = self.env["helpdesk.ticket"].with_user(user)
        arch = tickets.get_view(view_id, view_type=kind)
        root = etree.fromstring(arch["arch"])
        return {field.get("name") for field in root.iter("field")}

    def test_the_same_on_a_request_as_in_a_call(self):
        tickets = [self.make_ticket(name=f"Demande {n}") for n in range(7)]
        call = Form(self.env["cdg47.call"].with_user(self.technician))
        call.collectivite_id = self.commune
        called = call.save()
        ticket = tickets[0].with_user(self.technician)
        for name in set(PANEL) - {"recent_ids"}:
            self.assertEqual(ticket[name], called[name], name)
        self.assertEqual(ticket.mandate_ids.contact_id, self.contact)
        self.assertIn(self.metiers.name, ticket.forfait_names)
        self.assertEqual(ticket.recent_ids.ids, [t.id for t in tickets[:1:-1]])

    def test_the_one_shown_is_not_a_former_one(self):
        former, shown = self.make_ticket(), self.make_ticket()
        shown = shown.with_user(self.technician)
        self.assertEqual(shown.recent_ids, former.with_user(self.technician))

    def test_nobody_in_particular_has_nothing(self):
        """A request to be sorted out shows no other one to be sorted out."""
        one, other = (
            self.env["helpdesk.ticket"].create({"name": n, "description": n})
            for n in ("Un", "Deux")
        )
        self.assertFalse((one | other).recent_ids)
        self.assertFalse(one.entitlement_ids or one.mandate_ids)

    def test_in_the_tab_that_a_technician_opens_only(self):
        """A request is opened without it: its tab reads it when it is opened."""
        self.assertEqual(
            set(PANEL) - {"contact_ids"},
            set(PANEL)
            & self.shown_by("form", self.technician, "helpdesk_ticket_view_form_panel"),
        )
        for kind in ("form", "list", "kanban"):
            self.assertFalse(set(PANEL) & self.shown_by(kind, self.technician), kind)

    def test_not_to_who_follows_a_request(self):
        employee = self.env["res.users"].create(
            {"name": "Employé", "login": "employe-essai"}
        )
        ticket = self.make_ticket()
        ticket.message_subscribe(employee.partner_id.ids)
        self.assertEqual(ticket.with_user(employee).read(["name"])[0]["id"], ticket.id)
        with self.assertRaises(AccessError):
            ticket.with_user(employee).read(["entitlement_ids"])

    def test_the_list_pays_nothing_for_it(self):
        """Six requests or sixty: the list reads none of it; asked, it costs."""
        lists = {}
        for count in (6, 54):
            for number in range(count):
                self.make_ticket(name=f"Demande {number}")
            self.env.flush_all()
            shown = self.shown_by("list", self.technician)
            self.reading(shown)
            lists[count] = [self.reading(shown), self.reading({"recent_ids"})]
        self.assertEqual(lists[6][0], lists[54][0])
        self.assertGreater(lists[54][1], lists[6][1] + 40)

    def reading(self, names):
        tickets = self.env["helpdesk.ticket"].with_user(self.technician)
        specification = {name: {} for name in names}
        with self.counted_queries() as queries:
            tickets.web_search_read(
                [("collectivite_id", "=", self.commune.id)], specification
            )
        return queries.number
