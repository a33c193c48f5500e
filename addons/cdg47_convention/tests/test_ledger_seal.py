# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Facts hold against SQL written by hand, and their chain tells what was touched."""

from freezegun import freeze_time
from psycopg2.errors import RestrictViolation

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.cdg47_convention.hooks import uninstall_hook

from .ledger_common import LedgerCase


@freeze_time("2027-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestSeal(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        day = cls.unit("day")
        audit = cls.service("AUDIT-SECU")
        cls.facts = cls.env["cdg47.consumption"].union(
            *(
                cls.convention._consume(audit, 0.5, day, f"2026-0{month}-10")
                for month in (1, 2, 3)
            )
        )
        cls.env.flush_all()

    def refuse(self, query):
        self.env.flush_all()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(RestrictViolation),
            self.env.cr.savepoint(flush=False),
        ):
            self.env.cr.execute(query, [self.facts[0].id])

    def test_facts_hold_against_sql(self):
        for change in (
            "quantity = 2", "amount = 1", "date = '2020-01-01'", "hash = ''",
            "rank = 9", "note = 'x'", "origin = 'res.partner,1'",
        ):  # fmt: skip
            with self.subTest(change):
                self.refuse(f"UPDATE cdg47_consumption SET {change} WHERE id = %s")
        self.refuse("DELETE FROM cdg47_consumption WHERE id = %s")
        self.refuse("TRUNCATE cdg47_consumption CASCADE -- %s")

    def test_frozen_split_holds_against_sql(self):
        derived = ("covered_amount = 7", "shares = '{}'", "verdict = 'x'")
        self.facts[0]._freeze()
        for change in (*derived, "frozen = false", "entitlement_id = NULL"):
            with self.subTest(change):
                self.refuse(f"UPDATE cdg47_consumption SET {change} WHERE id = %s")
        for change in derived:
            self.env.cr.execute(
                f"UPDATE cdg47_consumption SET {change} WHERE id = %s",
                [self.facts[1].id],
            )

    def test_chain(self):
        self.assertEqual(self.facts.mapped("rank"), [1, 2, 3])
        self.assertEqual(self.commune.ledger_ids.rank, 3)
        self.assertEqual(self.commune.ledger_ids.head, self.facts[2].hash)
        self.assertNoDifference()

    def tamper(self, query):
        cr = self.env.cr
        cr.execute("ALTER TABLE cdg47_consumption DISABLE TRIGGER USER")
        cr.execute(query, [self.facts[1].id])
        cr.execute("ALTER TABLE cdg47_consumption ENABLE TRIGGER USER")
        return self.env["cdg47.ledger"]._differences(self.commune)

    def test_tampered_fact_is_found(self):
        found = self.tamper("UPDATE cdg47_consumption SET note = 'x' WHERE id = %s")
        self.assertEqual(len(found), 1)
        self.assertIn("2", found[0])

    def test_resealed_fact_is_found_by_the_next(self):
        found = self.tamper(
            "UPDATE cdg47_consumption SET note = 'x', hash = 'y' WHERE id = %s"
        )
        self.assertEqual(len(found), 2)

    def test_removed_fact_is_found(self):
        self.assertTrue(self.tamper("DELETE FROM cdg47_consumption WHERE id = %s"))

    def test_removed_last_fact_is_found(self):
        self.facts = self.facts[2] + self.facts[2]
        found = self.tamper("DELETE FROM cdg47_consumption WHERE id = %s")
        self.assertTrue(any("dernière" in line for line in found), found)

    def test_uninstalls(self):
        uninstall_hook(self.env)
        self.env.cr.execute("SELECT count(*) FROM pg_proc WHERE proname ~ '^cdg47_'")
        self.assertEqual(self.env.cr.fetchone()[0], 0)
        self.env.cr.execute("DROP TABLE cdg47_consumption CASCADE")


@freeze_time("2027-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestQueries(LedgerCase):
    def count(self, action):
        """Return the queries of an action, catalogue and convention in memory."""
        self.env.flush_all()
        for model in ("cdg47.consumption", "cdg47.entitlement", "cdg47.grant"):
            self.env[model].invalidate_model()
        self.convention.term_ids.mapped("date_start")
        with self.counted_queries(warm=True) as queries:
            action()
        return queries.number

    def measure(self):
        values = self.service("AUDIT-SECU"), 1, self.unit("hour"), "2027-02-01"

        def check():
            self.convention._check_coverage(*values)

        def consume():
            self.convention._consume(*values)

        check()
        return self.count(check), self.count(consume)

    def test_queries_do_not_grow_with_the_ledger(self):
        self.use(self.convention, "AUDIT-SECU", 9, "hour", "2027-01-02")
        short = self.measure()
        self.env["cdg47.consumption"].create(
            [
                {
                    "partner_id": self.commune.id,
                    "product_id": self.service("AUDIT-SECU").id,
                    "date": f"2027-01-{10 + n % 20}",
                    "quantity": 1 + n % 3,
                    "uom_id": self.unit("hour").id,
                }
                for n in range(60)
            ]
        )
        self.measure()
        self.assertEqual(self.measure(), short)
        self.assertLessEqual(short[0], 3)
