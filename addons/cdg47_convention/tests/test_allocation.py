# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Allocations: what is held, against which quota, and what must be held first."""

from datetime import date

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import RedirectWarning, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..reading.held_levels import HeldLevels
from .common import MODULE, ConventionCase


class AllocationCase(ConventionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "lang": "fr_FR"})
        cls.commune = cls.make_signed_commune(2500)

    @classmethod
    def make_signed_commune(cls, population, forfaits=None):
        commune = cls.make_commune(population)
        cls.make_signatory(commune)
        cls.make_signed_convention(commune, forfaits or cls.metiers | cls.techno)
        return commune

    @classmethod
    def allocate(cls, code, partner=None, user=None, **values):
        values = {"date_start": "2027-01-02", "state": "active", **values}
        allocations = cls.env["cdg47.allocation"].with_user(user or cls.user_user)
        return allocations.create(
            {
                "partner_id": (partner or cls.commune).id,
                "product_id": cls.service(code).id,
                **values,
            }
        )

    @classmethod
    def quota_of(cls, code, partner=None, day=date(2027, 1, 5)):
        partner = partner or cls.commune
        levels = HeldLevels(cls.env, partner)
        return levels.quota_at(
            partner, levels.rules_at(partner, cls.service(code), day), day
        )


@freeze_time("2027-01-05 10:00:00")
@tagged("post_install", "-at_install")
class TestLifecycle(AllocationCase):
    def test_from_request_to_revocation(self):
        certificate = self.allocate(
            "CERT",
            state="requested",
            holder_name="Maire",
            authority="Autorité de certification",
            certificate_level="2",
            date_end="2030-01-01",
        )
        self.assertFalse(certificate._is_held_on(date(2027, 1, 5)))
        certificate.action_activate()
        self.assertEqual(certificate.state, "active")
        self.assertTrue(certificate._is_held_on(date(2027, 1, 5)))
        certificate.action_revoke()
        self.assertEqual(certificate.state, "revoked")
        self.assertEqual(certificate.revoked_on, date(2027, 1, 5))
        self.assertTrue(certificate._is_held_on(date(2027, 1, 4)))
        self.assertFalse(certificate._is_held_on(date(2027, 1, 5)))

    def test_buttons_twice_change_nothing_more(self):
        certificate = self.allocate("CERT")
        certificate.action_revoke()
        with freeze_time("2027-02-01 10:00:00"):
            certificate.action_revoke()
            certificate.action_activate()
        self.assertEqual(certificate.revoked_on, date(2027, 1, 5))
        self.assertEqual(certificate.state, "revoked")

    def test_replacement_is_a_new_one_that_frees_the_slot(self):
        former, second = self.allocate("CERT"), self.allocate("CERT")
        context = former.action_replace()["context"]
        new = self.env["cdg47.allocation"].with_context(**context).create({})
        self.assertEqual(new.replaces_id, former)
        self.assertTrue(new.is_over, "the former one still holds its place")
        new.action_activate()
        self.assertEqual(former.state, "revoked")
        self.assertFalse(new.is_over)
        self.assertFalse(second.is_over)
        self.assertEqual(former.replaced_by_ids, new)

    def test_replacement_is_of_the_same_service(self):
        former = self.allocate("CERT")
        with self.assertRefused(ValidationError, "remplacer"):
            self.allocate("EPP", replaces_id=former.id)

    def test_devices_a_licence_admits(self):
        for code, admitted in (
            ("EPP", ("workstation", "server", "mobile")),
            ("EDR", ("workstation", "server")),
            ("VPN", ("workstation", "server", "mobile")),
        ):
            for kind in admitted:
                self.assertTrue(self.allocate(code, device_kind=kind))
        with self.assertRefused(ValidationError, "Poste de travail, Serveur"):
            self.allocate("EDR", device_kind="mobile")
        with self.assertRefused(ValidationError, "aucun"):
            self.allocate("CERT", device_kind="mobile")

    @mute_logger("odoo.sql_db")
    def test_constraints_of_the_database(self):
        for values in (
            {"quantity": 0},
            {"date_end": "2027-01-01"},
            {"state": "revoked"},
            {"state": "revoked", "revoked_on": "2027-01-01"},
        ):
            with self.subTest(values), self.assertRaises(IntegrityError):
                self.allocate("CERT", **values)

    def test_ordered_is_kept(self):
        line = self.commune.convention_ids.order_ids.order_line[0]
        ordered = self.allocate("CERT", sale_line_id=line.id)
        with self.assertRefused(UserError, "révoquez-la"):
            ordered.with_user(self.user_manager).unlink()
        ordered.sale_line_id = False
        ordered.with_user(self.user_manager).unlink()

    def test_imported_and_exported_by_odoo(self):
        """Odoo's own import: good lines in, a faulty one says why; a round trip."""
        columns = [
            "id", "partner_id/.id", "product_id/id", "identifier", "date_start",
            "state", "device_kind", "verdict",
        ]  # fmt: skip
        service = f"{MODULE}.service_epp"
        rows = [
            [f"__import__.epp_{n}", str(self.commune.id), service, f"EPP {n}",
             "2027-01-02", "active", "workstation", "forged"]
            for n in range(3)
        ]  # fmt: skip
        allocations = self.env["cdg47.allocation"].with_user(self.user_user)
        allocations = allocations.with_context(import_file=True, lang="en_US")
        result = allocations.load(columns, rows)
        self.assertFalse(result["messages"])
        found = allocations.browse(result["ids"])
        self.assertEqual(len(found), 3)
        self.assertNotIn("forged", found.mapped("verdict"))
        # Odoo keeps exports for a group of its own, which nobody has by default.
        exported = found.sudo().export_data(columns)["datas"]
        self.assertEqual([row[3] for row in exported], ["EPP 0", "EPP 1", "EPP 2"])
        bad = ["__import__.mail", str(self.commune.id), f"{MODULE}.service_mail"]
        bad += ["x@example.com", "2027-01-02", "active", "", ""]
        result = allocations.load(columns, [bad])
        self.assertFalse(result["ids"])
        self.assertEqual(result["messages"][0]["type"], "error")
        self.assertIn("must first hold", result["messages"][0]["message"])


@freeze_time("2027-01-05 10:00:00")
@tagged("post_install", "-at_install")
class TestHeldLevels(AllocationCase):
    def test_third_certificate_of_an_s6_commune(self):
        self.assertEqual(self.commune.stratum_id.code, "S6")
        self.assertEqual(self.quota_of("CERT"), 2)
        first, second = self.allocate("CERT"), self.allocate("CERT")
        self.assertRegex(
            first.verdict,
            r"^C'est compris\xa0: .*\. Couvert par le quota de 2\xa0certificats",
        )
        self.assertRegex(second.verdict, "Détenu auparavant\xa0: 1\xa0certificat")
        form = Form(self.env["cdg47.allocation"].with_user(self.user_user))
        form.partner_id = self.commune
        form.product_id = self.service("CERT")
        self.assertTrue(form.is_over, "told before saving")
        self.assertIn("180,00\xa0€", form.verdict)
        third = form.save()
        third.action_activate()
        self.assertTrue(third.is_over)
        self.assertEqual((third.over_quantity, third.unit_price), (1, 180.0))
        self.assertRegex(
            third.verdict,
            r"^Ce n'est pas compris\xa0: 180,00\xa0€ \(1\xa0certificat × 180,00\xa0€ "
            r"par certificat\), à accepter par le maire\. Au-delà du quota de 2"
            "\xa0certificats\xa0: .*Annexe 1 ; Annexe 3 II 2 a.* Détenu "
            "auparavant\xa0: 2\xa0certificats.$",
        )
        self.assertFalse(first.is_over | second.is_over)

    def test_the_latest_are_over(self):
        """By start, then by entry: an earlier start entered late pushes the last."""
        first = self.allocate("CERT", date_start="2027-01-03")
        second = self.allocate("CERT", date_start="2027-01-03")
        third = self.allocate("CERT", date_start="2027-01-02")
        self.assertEqual(
            [a.is_over for a in (first, second, third)], [False, True, False]
        )
        third.action_revoke()
        self.assertFalse(second.is_over)

    def test_partly_over(self):
        small = self.make_signed_commune(750)
        quota = self.quota_of("BACKUP", small)
        volume = self.allocate("BACKUP", small, quantity=quota + 3)
        self.assertEqual(volume.over_quantity, 3)
        self.assertRegex(
            volume.verdict,
            r"^C'est compris en partie\xa0; pour le reste\xa0: 36,00\xa0€ \(3\xa0Go ×",
        )
        self.assertIn("Au-delà du quota pour 3\xa0Go", volume.verdict)
        self.assertIn("par Go et par an", volume.verdict)

    def test_obtained_elsewhere_is_outside(self):
        self.allocate("CERT"), self.allocate("CERT")
        own = self.allocate("CERT", obtained_elsewhere=True)
        self.assertFalse(own.is_over)
        self.assertIn("hors quota", own.verdict)
        own.obtained_elsewhere = False
        self.assertTrue(own.is_over)

    def test_quota_of_zero_is_none(self):
        host = self.make_signed_commune(5000)
        hosted = self.make_collectivite(
            "commune", {"hosting": "hosted", "hosted_by_id": host.id}
        )
        self.make_signatory(hosted)
        self.make_signed_convention(hosted, self.metiers | self.techno)
        self.assertEqual(self.quota_of("EPP", hosted), 0)
        licence = self.allocate("EPP", hosted)
        self.assertTrue(licence.is_over)
        self.assertIn("28,00\xa0€ par licence et par an", licence.verdict)

    def test_option_and_no_forfait(self):
        edr = self.allocate("EDR", device_kind="server")
        self.assertEqual((edr.over_quantity, edr.unit_price), (1, 45.0))
        stranger = self.make_commune(750)
        outside = self.allocate("CERT", stranger)
        self.assertRegex(outside.verdict, "^Ce n'est pas compris\xa0: 180,00")
        self.assertIn("Hors des forfaits détenus", outside.verdict)

    def test_a_quota_that_drops_is_over_from_that_day(self):
        """The term of 2028 has a smaller stratum: nothing in 2027, over in 2028."""
        first, second = self.allocate("CERT"), self.allocate("CERT")
        convention = self.commune.convention_ids
        term = convention.term_ids
        self.assertEqual(self.quota_of("CERT", day=date(2028, 1, 1)), 2)
        term.copy(
            {
                "date_start": date(2028, 1, 1),
                "date_end": date(2028, 12, 31),
                "stratum_id": self.stratum("S1").id,
                "state": "open",
            }
        )
        quota = int(self.rule_quota("CERT", "S1"))
        self.assertLess(quota, 2)
        self.assertEqual(self.quota_of("CERT", day=date(2027, 12, 31)), 2)
        self.assertEqual(self.quota_of("CERT", day=date(2028, 1, 1)), quota)
        self.assertFalse((first | second).filtered("is_over"))
        with freeze_time("2028-01-01 10:00:00"):
            (first | second)._mark_verdicts()
            self.assertTrue(second.is_over)

    def rule_quota(self, code, stratum):
        rule = self.env.ref(f"{MODULE}.rule_{code.lower()}")
        return rule._quantity_for(self.stratum(stratum))

    def test_a_revised_rule_changes_the_verdict(self):
        first, second = self.allocate("CERT"), self.allocate("CERT")
        rule = self.env.ref(f"{MODULE}.rule_cert")
        line = rule.line_ids.filtered(lambda ln: ln.stratum_id.code == "S6")
        line.quantity = 1
        self.assertEqual([first.is_over, second.is_over], [False, True])

    def test_beyond_the_last_term_todays_stratum(self):
        self.make_census(self.commune, date_from="2027-01-04", population_total=90,
                         population_municipal=90)  # fmt: skip
        self.assertEqual(self.quota_of("CERT"), 2, "the term keeps its stratum")
        quota = int(self.rule_quota("CERT", self.commune.stratum_id.code))
        self.assertEqual(self.quota_of("CERT", day=date(2029, 6, 1)), quota)

    def test_mail_is_one_account(self):
        self.allocate("DOMAINE-CDG")
        first, second = self.allocate("MAIL"), self.allocate("MAIL")
        self.assertFalse(first.is_over)
        self.assertIn("30,00\xa0€ par compte et par an", second.verdict)

    def test_price_missing_is_said(self):
        self.env.ref(f"{MODULE}.price_edr").unlink()
        self.assertIn("prix absent du tarif", self.allocate("EDR").verdict)

    def test_guarded(self):
        ledger = self.commune.ledger_ids
        self.env.flush_all()
        before = ledger.seq
        self.allocate("CERT")
        self.env.flush_all()
        ledger.invalidate_recordset()
        self.assertGreater(ledger.seq, before)

    def test_constant_number_of_queries(self):
        counts = []
        for more in (12, 30):
            for _n in range(more):
                self.allocate("EPP")
            held = self.env["cdg47.allocation"].search(
                [("partner_id", "=", self.commune.id)]
            )
            with self.counted_queries() as queries:
                held._mark_verdicts()
            counts.append(queries.number)
        self.assertEqual(*counts)

    def test_daily_job_renews(self):
        second = (self.allocate("CERT") | self.allocate("CERT"))[1]
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE cdg47_allocation SET verdict = 'old' WHERE id = %s", [second.id]
        )
        self.env.invalidate_all()
        with self.enter_registry_test_mode():
            self.env.ref(f"{MODULE}.cron_refresh_verdicts").method_direct_trigger()
        self.assertIn("Couvert", second.verdict)


@freeze_time("2027-01-05 10:00:00")
@tagged("post_install", "-at_install")
class TestPrerequisites(AllocationCase):
    def refusal(self, code, **values):
        """Return the arguments of the refusal: sentence, action, button."""
        with self.assertRaises(RedirectWarning) as caught:
            self.allocate(code, **values)
        return caught.exception.args

    def click(self, action):
        """Run a server action as the web client does, by a plain user."""
        server_action = self.env["ir.actions.server"].browse(action["id"])
        return (
            server_action.with_user(self.user_user)
            .with_context(**action["context"])
            .run()
        )

    def test_mail_offers_the_cdg_domain(self):
        message, action, button = self.refusal("MAIL")[:3]
        self.assertIn("abord détenir", message)
        self.assertIn("CDG", button)
        self.click(action)
        self.click(action)
        held = self.commune.allocation_ids
        self.assertEqual(held.product_id, self.service("DOMAINE-CDG"))
        self.assertEqual(len(held), 1)
        self.assertTrue(self.allocate("MAIL"))

    def test_mail_with_a_domain_of_its_own(self):
        for code in ("DOMAINE", "DOMAINE-PROPRE"):
            with self.subTest(code):
                domain = self.allocate(code)
                self.assertTrue(self.allocate("MAIL"))
                domain.action_revoke()

    def test_request_is_refused_too(self):
        self.refusal("MAIL", state="requested")

    def test_extension_needs_the_mailbox_and_the_cdg_domain(self):
        self.allocate("DOMAINE-PROPRE")
        self.allocate("MAIL")
        self.refusal("MAIL-EXT")

    def test_one_extension_at_most(self):
        self.allocate("DOMAINE-CDG")
        _message, action, _button = self.refusal("MAIL-EXT")[:3]
        self.assertEqual(
            action["context"]["default_product_id"], self.service("MAIL").id
        )
        self.allocate("MAIL")
        extension = self.allocate("MAIL-EXT")
        self.assertEqual(extension.unit_price, 12.0)
        with self.assertRefused(ValidationError, "au plus"):
            self.allocate("MAIL-EXT")
        extension.action_revoke()
        self.assertTrue(self.allocate("MAIL-EXT"))

    def test_challenge_needs_the_cdg_domain(self):
        self.refusal("MAIL-CHALLENGE")
        self.allocate("DOMAINE-CDG")
        self.assertTrue(self.allocate("MAIL-CHALLENGE"))

    def test_cdg_domain_is_for_those_without_their_own(self):
        self.allocate("DOMAINE-PROPRE")
        message = self.refusal("DOMAINE-CDG")[0]
        self.assertIn("déjà", message)

    def access(self, code):
        convention = self.commune.convention_ids
        opened = convention.activation_ids.filtered(
            lambda a: a.product_id == self.service(code)
        )
        return opened or self.env["cdg47.service.activation"].create(
            {
                "convention_id": convention.id,
                "product_id": self.service(code).id,
            }
        )

    def test_parapheur_needs_a_certificate(self):
        access = self.access("PARAPHEUR").with_user(self.user_user)
        with self.assertRaises(RedirectWarning) as caught:
            access.action_activate()
        action = caught.exception.args[1]
        self.assertEqual(
            action["context"]["default_product_id"], self.service("CERT").id
        )
        self.allocate("CERT", obtained_elsewhere=True)
        access.action_activate()
        self.assertEqual(access.state, "active")

    def test_antispam(self):
        access = self.access("ANTISPAM").with_user(self.user_user)
        with self.assertRaises(RedirectWarning):
            access.action_start()
        own = self.allocate("DOMAINE-PROPRE")
        with self.assertRaises(RedirectWarning) as caught:
            access.action_start()
        self.assertIn("étude", caught.exception.args[0])
        for _twice in range(2):
            self.click(caught.exception.args[1])
        self.assertEqual(len(self.commune.activity_ids), 1)
        own.action_revoke()
        self.allocate("DOMAINE-CDG")
        access.action_start()
        self.assertEqual(access.state, "in_progress")

    def test_editor(self):
        partner_editor = self.env.ref(f"{MODULE}.software_editor_partner")
        other = self.env["cdg47.software.editor"].create({"name": "Éditeur inconnu"})
        for code in ("PES", "CHORUS", "COMPTA-ASSIST", "FORM-GROUPE"):
            service = self.service(code)
            with self.subTest(code):
                self.commune.software_editor_id = False
                unknown = self.commune._cdg47_obstacle(service)
                self.assertIn("choisissez", unknown[0])
                self.commune.software_editor_id = other
                self.assertIn(other.name, self.commune._cdg47_obstacle(service)[0])
                self.commune.software_editor_id = partner_editor
                self.assertIsNone(self.commune._cdg47_obstacle(service))

    def test_editor_refuses_the_access(self):
        access = self.access("PES").with_user(self.user_user)
        with self.assertRaises(RedirectWarning):
            access.action_start()
        self.assertEqual(access.state, "todo")

    def test_taken_over_is_a_fact(self):
        allocations = self.env["cdg47.allocation"].with_context(cdg47_takeover=True)
        self.assertTrue(
            allocations.create(
                {
                    "partner_id": self.commune.id,
                    "product_id": self.service("MAIL").id,
                    "state": "active",
                }
            )
        )

    def test_delegation(self):
        epp = self.access("EPP-ADMIN")
        contact = self.make_contact()
        with self.assertRefused(ValidationError, "depuis quand"):
            epp.delegate_id = contact
        epp.write({"delegate_id": contact.id, "delegated_since": "2027-01-05"})
        with self.assertRefused(ValidationError, "CDG"):
            self.access("PARAPHEUR").write(
                {"delegate_id": contact.id, "delegated_since": "2027-01-05"}
            )
