# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Two technicians, or two accountants, at the same second: real transactions (R6)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import tagged
from odoo.tests.common import BaseCase, get_db_name
from odoo.tools import mute_logger

from odoo.addons.cdg47_convention.tests.common import ConventionMixin

from .common import DAY, HelpdeskMixin


@tagged("post_install", "-at_install", "database_breaking")
class TestConcurrency(HelpdeskMixin, ConventionMixin, BaseCase):
    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cr:
            self.create_ticket(api.Environment(cr, SUPERUSER_ID, {"lang": "fr_FR"}))
        self.addCleanup(self.remove_all)

    def create_ticket(self, env):
        """Commit an accepted estimate of one hour, and two technicians."""
        cls = type(self)
        cls.env, cls._numbers, cls.company = env, count(1), env.company
        cls.tariff = env.company._cdg47_tariff()
        cls.metiers = env.ref("cdg47_convention.forfait_metiers")
        cls.techno = env.ref("cdg47_convention.forfait_techno")
        cls.technician = cls.make_technician("technicien-parallele")
        cls.convention = cls.make_convention_since("2024-01-01")
        cls.commune = cls.convention.partner_id
        ticket = cls.ttim(hours=1.0)
        order = cls.accepted(ticket)
        self.user_id, self.employee_id = (
            cls.technician.id,
            cls.technician.employee_id.id,
        )
        self.ticket_id, self.order_id = ticket.id, order.id
        self.convention_id, self.partner_id = cls.convention.id, cls.commune.id

    def remove_all(self):
        """Remove what was committed, the locks of the application set aside."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"cdg47_settling": True})
            order = env["sale.order"].browse(self.order_id)
            invoices = order.invoice_ids
            invoices.timesheet_ids.write({"timesheet_invoice_id": False})
            invoices.unlink()
            ticket = env["helpdesk.ticket"].browse(self.ticket_id)
            ticket.timesheet_ids.unlink()
            cr.execute(
                "UPDATE sale_order SET state = 'cancel', convention_id = NULL, "
                "term_id = NULL WHERE id = %s",
                [order.id],
            )
            env.invalidate_all()
            order.unlink()
            ticket.unlink()
            cr.execute(
                "UPDATE cdg47_convention SET state = 'draft' WHERE id = %s",
                [self.convention_id],
            )
            env.invalidate_all()
            env["cdg47.convention"].browse(self.convention_id).term_ids.unlink()
            env["cdg47.convention"].browse(self.convention_id).unlink()
            env["res.partner"].browse(self.partner_id).unlink()
            env["hr.employee"].browse(self.employee_id).unlink()
            user = env["res.users"].browse(self.user_id)
            partner = user.partner_id
            user.unlink()
            partner.unlink()

    def in_parallel(self, action):
        """Run an action twice, as two web requests whose snapshots are the same."""
        barrier = threading.Barrier(2, timeout=20)

        def run(_number):
            waited = []
            with closing(self.registry.cursor()) as cr:
                env = api.Environment(cr, SUPERUSER_ID, {"lang": "fr_FR"})

                def request():
                    env["helpdesk.ticket"].browse(self.ticket_id).read(["name"])
                    if not waited:
                        waited.append(True)
                        barrier.wait()
                    action(env)

                try:
                    retrying(request, env)
                except UserError as error:
                    return str(error)
                return "done"

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(run, range(2)))

    def enter_time(self, env):
        env["account.analytic.line"].create(
            {
                "helpdesk_ticket_id": self.ticket_id,
                "employee_id": self.employee_id,
                "date": DAY,
                "name": "Intervention",
                "real_minutes": 60,
            }
        )

    def delivered(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            order = env["sale.order"].browse(self.order_id)
            return order.order_line.qty_delivered

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_entries_share_one_hour(self):
        """One hour is accepted: two hours entered at once bill one."""
        self.assertEqual(self.in_parallel(self.enter_time), ["done", "done"])
        self.assertEqual(self.delivered(), 1)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_without_the_shared_rows_both_would_be_billed(self):
        """Negative control: the totals both write, on the ticket and on its order
        line, are what parts them."""
        lines = self.registry["sale.order.line"]
        tickets = self.registry["helpdesk.ticket"]
        with (
            patch.object(
                lines, "_prepare_qty_delivered", lambda self: dict.fromkeys(self, 0.0)
            ),
            patch.object(tickets, "_time_by_ticket", lambda self: ({}, {}, {})),
            patch.object(tickets, "_alert_beyond", lambda *args: None),
        ):
            self.in_parallel(self.enter_time)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            billed = env["account.analytic.line"].search(
                [
                    ("helpdesk_ticket_id", "=", self.ticket_id),
                    ("time_state", "=", "billable"),
                ]
            )
            self.assertEqual(sum(billed.mapped("real_minutes")), 120)

    def invoice(self, env):
        env["sale.order"].browse(self.order_id)._create_invoices()

    def invoiced(self):
        """Return the hours of each invoice of the order."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            invoices = env["sale.order"].browse(self.order_id).invoice_ids
            return [sum(inv.invoice_line_ids.mapped("quantity")) for inv in invoices]

    def remove_invoices(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"cdg47_settling": True})
            env["sale.order"].browse(self.order_id).invoice_ids.unlink()

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_invoiced_once_when_the_button_is_pressed_twice(self):
        with self.registry.cursor() as cr:
            self.enter_time(api.Environment(cr, SUPERUSER_ID, {}))

        outcomes = self.in_parallel(self.invoice)
        self.assertEqual(outcomes.count("done"), 1, outcomes)
        self.assertEqual(self.invoiced(), [1])

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_without_the_guard_it_would_be_invoiced_twice(self):
        """Negative control: each accountant's snapshot hides the other's invoice."""
        with self.registry.cursor() as cr:
            self.enter_time(api.Environment(cr, SUPERUSER_ID, {}))
        with (
            patch.object(self.registry["cdg47.ledger"], "_guard", lambda *args: None),
            # What Odoo writes on the order and its time parts the two by luck only.
            patch.object(
                self.registry["sale.order.line"],
                "_compute_qty_invoiced",
                lambda self: None,
            ),
            patch.object(
                self.registry["account.move"],
                "_link_timesheets_to_invoice",
                lambda *args: None,
            ),
        ):
            for _attempt in range(5):
                self.in_parallel(self.invoice)
                if len(self.invoiced()) > 1:
                    break
                self.remove_invoices()
        self.assertEqual(self.invoiced(), [1, 1])
