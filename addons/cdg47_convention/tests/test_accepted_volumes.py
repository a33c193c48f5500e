# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What was accepted of a volume stays accepted, whatever carries it on (R8, R15)."""

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .test_overage import OverageCase


@freeze_time("2024-06-20 10:00:00")
@tagged("post_install", "-at_install")
class TestAcceptedVolumes(OverageCase):
    """9 Go in the quota of stratum S3; 14 held: 5 beyond."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.commune.insee_code = "47001"
        cls.convention.term_ids.stratum_id = cls.stratum("S3")
        cls.set_price("EPP", 28)

    def measure(self, quantity, day, code="47001"):
        content = f"collectivite,code,quantite,date\n{code},BACKUP,{quantity},{day}"
        wizard = self.env["cdg47.volume.import"].with_user(self.user_manager)
        wizard._import_file(content.encode(), "mesures.csv")
        return self.commune.allocation_ids.filtered(lambda a: a.state == "active")

    def to_settle(self, partner=None):
        return sum(self.rows(partner).mapped("over"))

    def accepted(self, quantity=14):
        backup = self.hold("BACKUP", quantity)
        self.accept(self.quoted())
        self.assertFalse(self.rows())
        return backup

    def merge(self, new, *former, date="2024-07-01"):
        self.env["cdg47.collectivite.merge"].with_user(self.user_manager).create(
            {
                "partner_id": new.id,
                "former_ids": [Command.set([partner.id for partner in former])],
                "date": date,
            }
        ).action_merge()

    # === Measured again ===
    def test_more_then_less_then_more(self):
        self.accepted()
        self.measure(20, "2024-06-10")
        self.assertEqual(self.to_settle(), 6)
        self.accept(self.quoted())
        for quantity, day in ((10, "2024-06-12"), (20, "2024-06-14")):
            with self.subTest(quantity=quantity):
                held = self.measure(quantity, day)
                self.assertEqual(held.accepted_quantity, 11)
                self.assertFalse(self.rows())
        self.measure(21, "2024-06-16")
        self.assertEqual(self.to_settle(), 1)

    def test_less_at_once(self):
        self.accepted()
        held = self.measure(8, "2024-06-10")
        self.assertEqual((held.over_quantity, held.accepted_quantity), (0, 5))
        self.assertFalse(self.rows())
        self.measure(14, "2024-06-12")
        self.assertFalse(self.rows())

    def test_by_form_and_rpc(self):
        backup = self.accepted().with_user(self.user_user)
        for quantity, due in ((8, 0), (14, 0), (16, 2)):
            with self.subTest(quantity=quantity):
                backup.write({"quantity": quantity})
                self.assertEqual(self.to_settle(), due)

    def test_measured_before_anything_is_accepted(self):
        """The same Go are not due by each measure of them."""
        self.hold("BACKUP", 14)
        self.measure(15, "2024-06-10")
        self.assertEqual(self.to_settle(), 6)
        self.measure(12, "2024-06-12")
        self.assertEqual(self.to_settle(), 6)
        self.measure(17, "2024-06-14")
        self.assertEqual(self.to_settle(), 8)
        self.accept(self.quoted())
        self.assertFalse(self.rows())
        self.measure(18, "2024-06-16")
        self.assertEqual(self.to_settle(), 1)

    def test_measured_while_its_quotation_awaits(self):
        self.hold("BACKUP", 14)
        order = self.quoted()
        self.measure(15, "2024-06-10")
        self.accept(order)
        self.assertEqual(self.to_settle(), 1)

    def test_bought_before_it_is_measured(self):
        """9 Go held and 5 bought are 14, opened by a technician or not."""
        for is_opened in (False, True):
            with self.subTest(is_opened=is_opened), self.env.cr.savepoint():
                self.hold("BACKUP", 9)
                self.accept(self.quote("BACKUP", 5, "supplement"))
                if is_opened:
                    bought = self.commune.allocation_ids.filtered("sale_line_id")
                    bought.date_start = "2024-06-05"
                    bought.action_activate()
                self.measure(9, "2024-06-10")
                held = self.measure(14, "2024-06-12")
                self.assertEqual((held.quantity, held.accepted_quantity), (14, 5))
                self.assertFalse(self.rows())
                self.measure(15, "2024-06-14")
                self.assertEqual(self.to_settle(), 1)
                self.commune.allocation_ids.sudo().write({"sale_line_id": False})
                self.commune.allocation_ids.unlink()

    def test_what_was_accepted_twice_goes_on_whole(self):
        """5 then 6 Go accepted: the next year renews 11, by both orders."""
        self.convention.date_end = "2029-12-31"
        self.accepted()
        self.measure(20, "2024-06-10")
        self.accept(self.quoted())
        with freeze_time("2024-12-05 10:00:00"):
            campaign = self.env["cdg47.campaign"].create({"year": 2025})
            for forfait in self.metiers | self.techno:
                self.price_of(forfait)
            campaign.action_simulate()
            fees = campaign.line_ids.filtered(
                lambda line: line.convention_id == self.convention
            ).fee_ids.filtered(lambda fee: fee.kind == "supplement")
            quota = self.backup_quota(self.commune.stratum_id)
            self.assertEqual(sum(fees.mapped("quantity")), min(11, 20 - quota))
            self.assertEqual(len(fees.continues_id), 2)

    def price_of(self, forfait):
        self.env["product.pricelist.item"].create(
            {
                "pricelist_id": self.tariff.id,
                "applied_on": "1_product",
                "product_tmpl_id": forfait.id,
                "compute_price": "fixed",
                "fixed_price": 500,
            }
        )

    def backup_quota(self, stratum):
        rule = self.env.ref("cdg47_convention.rule_backup")
        return rule._quantity_for(stratum)

    # === Replaced ===
    def test_replaced_it_is_not_accepted_again(self):
        for code in ("BACKUP", "EPP"):
            with self.subTest(code=code):
                former = self.hold(code, 14)
                self.accept(self.quoted())
                new = self.hold(code, 14, state="requested", replaces_id=former.id)
                new.with_user(self.user_user).action_activate()
                self.assertEqual(new.accepted_quantity, former.accepted_quantity)
                self.assertFalse(self.rows())

    def test_a_replaced_certificate_is_a_new_one(self):
        self.hold("CERT")
        former = self.hold("CERT")
        self.accept(self.quoted())
        new = self.hold("CERT", state="requested", replaces_id=former.id)
        new.action_activate()
        self.assertEqual(self.to_settle(), 1)

    # === Merged ===
    def of_new(self, quota_stratum="S3"):
        new = self.make_commune(1500, name="Commune nouvelle", insee_code="47999")
        convention = self.make_convention_since("2024-07-01", new)
        convention.term_ids.stratum_id = self.stratum(quota_stratum)
        return new

    def test_two_volumes_become_one(self):
        """14 and 12 held, 5 and 3 accepted: 26 for a quota of 18 or more, none due."""
        self.accepted()
        other = self.make_convention_since("2024-01-01", self.make_commune(700))
        other.term_ids.stratum_id = self.stratum("S3")
        second = other.partner_id
        self.make_signatory(second)
        self.hold("BACKUP", 12, partner_id=second.id)
        self.accept(self.quoted(self.rows(second)))
        new = self.of_new()
        self.merge(new, self.commune, second)
        held = new.allocation_ids
        self.assertEqual((held.quantity, held.accepted_quantity), (26, 8))
        self.assertEqual(self.to_settle(new), held.over_quantity - 8)
        with freeze_time("2024-08-01 10:00:00"):
            self.measure(30, "2024-07-20", "47999")
            held = new.allocation_ids.filtered(lambda a: a.state == "active")
            self.assertEqual((held.quantity, held.accepted_quantity), (30, 8))

    def test_merged_before_anything_is_accepted(self):
        self.hold("BACKUP", 14)
        new = self.of_new()
        self.merge(new, self.commune)
        self.assertEqual(self.to_settle() + self.to_settle(new), 5)

    def test_into_one_that_holds_some(self):
        self.accepted()
        new = self.of_new()
        self.make_signatory(new)
        self.hold("BACKUP", 9, partner_id=new.id, date_start="2024-06-02")
        self.merge(new, self.commune)
        held = new.allocation_ids.filtered(lambda a: a.state == "active")
        self.assertEqual((held.quantity, held.accepted_quantity), (23, 5))

    # === Never entered (R15) ===
    def test_what_was_accepted_is_never_entered(self):
        backup = self.accepted()
        for user in (self.user_user, self.user_manager):
            mine = backup.with_user(user)
            for values in ({"accepted_quantity": 0}, {"accepted_quantity": 9}):
                with self.assertRefused(AccessError, "accept"):
                    mine.write(values)
            with self.assertRefused(AccessError, "accept"):
                mine.create(
                    {
                        "partner_id": self.commune.id,
                        "product_id": backup.product_id.id,
                        "accepted_quantity": 3,
                    }
                )
            mine.write({"accepted_quantity": 5})  # an export imported again

    def test_ordered_it_keeps_its_order(self):
        """Without its order line, what it accepted would go on in no campaign."""
        backup = self.accepted().with_user(self.user_manager)
        with self.assertRefused(AccessError, "accept"):
            backup.write({"sale_line_id": False})
