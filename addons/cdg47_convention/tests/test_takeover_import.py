# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import csv
import io

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import file_open

from ..imports.collectivite_index import french_context

COLUMNS = (
    "collectivite", "nature", "code", "date_debut", "date_fin", "quantite", "unite",
    "titulaire", "identifiant", "perimetre", "renouvellement", "deliberation",
    "date_deliberation", "signataire", "strate", "numero", "note",
)  # fmt: skip
AGEN, AGME = "99001", "99002"


@freeze_time("2026-06-15")
class TakeoverImportCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            login="takeover_manager",
            groups="cdg47_convention.group_convention_manager",
        )
        cls.importer = cls.env["cdg47.takeover.import"].with_user(cls.manager)
        cls.agen, cls.agme = cls.env["res.partner"].create(
            [
                {
                    "name": name,
                    "is_company": True,
                    "collectivite_type": "commune",
                    "insee_code": code,
                    "email": f"mairie@{code}.example.com",
                }
                for name, code in (("Commune A", AGEN), ("Commune B", AGME))
            ]
        )
        cls.env["cdg47.census"].create(
            [
                {
                    "partner_id": partner.id,
                    "date_from": date_from,
                    "population_total": population,
                    "population_municipal": population,
                }
                for partner, date_from, population in (
                    (cls.agen, "2024-01-01", 99),
                    (cls.agen, "2025-01-01", 100),
                    (cls.agme, "2024-01-01", 600),
                )
            ]
        )
        editor = cls.env["cdg47.software.editor"].create({"name": "Éditeur d'essai"})
        cls.software = cls.env["cdg47.software"].create(
            {"name": "Paie d'essai", "editor_id": editor.id}
        )

    # === Helpers ===
    def line(self, collectivite, nature, code, date_debut, **values):
        cells = {
            "collectivite": collectivite,
            "nature": nature,
            "code": code,
            "date_debut": date_debut,
            **values,
        }
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow(
            cells.get(name, "") for name in COLUMNS
        )
        return line.getvalue()

    def file(self, *lines):
        return "\n".join((",".join(COLUMNS), *lines)) + "\n"

    def wizard(self, *lines):
        content = base64.b64encode(self.file(*lines).encode())
        wizard = self.importer.create({"file": content, "filename": "reprise.csv"})
        wizard.action_preview()
        return wizard

    def apply(self, *lines):
        wizard = self.wizard(*lines)
        self.assertFalse([(e.line, e.message) for e in wizard.error_ids])
        wizard.action_apply()
        self.assertEqual(wizard.state, "done")
        return wizard

    def counts(self, wizard):
        return (wizard.created_count, wizard.updated_count, wizard.unchanged_count)


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestTakeoverImport(TakeoverImportCase):
    def whole(self):
        """Return the lines of a whole take-over."""
        return (
            self.line(
                AGEN, "convention", "FORFAIT-METIERS", "2024-05-15",
                renouvellement="tacite", deliberation="2024-12",
                date_deliberation="12/04/2024", signataire="Le maire",
            ),
            self.line(AGEN, "convention", "FORFAIT-TECHNO", "2024-05-15"),
            self.line(AGEN, "convention", "FORFAIT-PARAPHEUR", "2025-03-01"),
            self.line(AGEN, "activation", "ACTES", "2024-06-03", note="Sur site"),
            self.line(
                AGEN, "dotation", "CERT", "2024-06-03", date_fin="2027-06-02",
                titulaire="Le maire", identifiant="CERT-1",
            ),
            self.line(
                AGEN, "dotation", "CERT", "2021-06-03", date_fin="2024-06-02",
                titulaire="Le maire", identifiant="CERT-0",
            ),
            self.line(
                AGEN, "droit_utilise", "INSTALL-METIERS", "2024-06-10", quantite="1",
                unite="jour", perimetre="paie d'essai",
            ),
            self.line(
                AGEN, "droit_utilise", "AUDIT-SECU", "2025-02-04", quantite="0,5",
                note="Dernier audit",
            ),
        )  # fmt: skip

    def written(self):
        self.env.flush_all()
        return [
            self.env[model].search_count([])
            for model in (
                "cdg47.convention",
                "cdg47.convention.term",
                "cdg47.convention.line",
                "cdg47.service.activation",
                "cdg47.allocation",
                "cdg47.consumption",
            )
        ]

    def assertErrors(self, *lines, errors):
        """Assert the errors as (line, words) and that nothing is written."""
        before = self.written()
        wizard = self.wizard(*lines)
        found = [(e.line, e.message) for e in wizard.error_ids]
        self.assertEqual(len(found), len(errors), found)
        for (line, message), (number, words) in zip(found, errors, strict=True):
            self.assertEqual(line, number, message)
            self.assertIn(words, message)
        wizard.action_apply()
        self.assertEqual(wizard.state, "preview")
        self.assertEqual(self.written(), before)

    # === What is taken over ===
    def test_a_whole_convention(self):
        before = self.written()
        wizard = self.wizard(*self.whole())
        self.assertEqual(self.written(), before, "a preview writes nothing")
        self.assertEqual(self.counts(wizard), (8, 0, 0))
        wizard.action_apply()
        convention = self.agen.convention_ids
        self.assertRecordValues(
            convention,
            [
                {
                    "state": "active",
                    "signature_kind": "import",
                    "signed_by": "Le maire",
                    "deliberation_number": "2024-12",
                    "renewal": "tacit",
                    "invoice_partner_id": self.agen.id,
                }
            ],
        )
        self.assertEqual(str(convention.date_end), "2029-12-31")
        self.assertTrue(convention.name.startswith("CONV-2024-"))
        self.assertEqual(
            sorted(
                (line.forfait_id.default_code, str(line.date_start))
                for line in convention.line_ids
            ),
            [
                ("FORFAIT-METIERS", "2024-05-15"),
                ("FORFAIT-PARAPHEUR", "2025-03-01"),
                ("FORFAIT-TECHNO", "2024-05-15"),
            ],
        )
        self.assertEqual(self.agen.active_convention_id, convention)

    def test_a_term_for_each_civil_year(self):
        self.apply(*self.whole())
        terms = self.agen.convention_ids.term_ids.sorted("date_start")
        self.assertEqual(
            [
                (str(t.date_start), str(t.date_end), t.stratum_id.code, t.state)
                for t in terms
            ],
            [
                ("2024-05-15", "2024-12-31", "S1", "open"),
                ("2025-01-01", "2025-12-31", "S2", "open"),
                ("2026-01-01", "2026-12-31", "S2", "open"),
            ],
        )
        self.assertIn("99", terms[0].stratum_reason)
        self.assertFalse(terms.order_id)

    def test_accesses_allocations_and_rights(self):
        self.apply(*self.whole())
        actes = self.agen.convention_ids.activation_ids.filtered(
            lambda a: a.product_id.default_code == "ACTES"
        )
        self.assertEqual(
            (actes.state, str(actes.date_active)), ("active", "2024-06-03")
        )
        self.assertIn("Sur site", actes.message_ids.body)
        allocations = self.env["cdg47.allocation"].search(
            [("partner_id", "=", self.agen.id)], order="date_start"
        )
        self.assertEqual(allocations.mapped("state"), ["expired", "active"])
        self.assertEqual(allocations[1].holder_name, "Le maire")
        used = self.env["cdg47.consumption"].search(
            [("partner_id", "=", self.agen.id)], order="date"
        )
        self.assertEqual(used.mapped("quantity"), [1, 0.5])
        self.assertEqual(used[0].scope_id, self.software)
        self.assertEqual(used[0].note, "reprise.csv")
        self.assertEqual(used[1].note, "Dernier audit")
        self.assertEqual(used[1].uom_id, self.env.ref("cdg47_convention.uom_day"))
        # They count against the rights, by the same ledger as any other use.
        self.assertEqual([fact.entitlement_id.left for fact in used], [0, 0.5])
        self.assertEqual(self.env["cdg47.ledger"]._differences(self.agen), [])

    def test_nobody_is_told_and_nothing_is_sold(self):
        def told():
            self.env.flush_all()
            return [
                self.env[model].sudo().search_count([])
                for model in (
                    "mail.mail",
                    "mail.notification",
                    "mail.activity",
                    "sale.order",
                    "account.move",
                )
            ]

        before = told()
        self.apply(*self.whole())
        self.assertEqual(told(), before)
        self.assertFalse(
            self.env["mail.followers"].search(
                [
                    ("res_model", "=", "cdg47.convention"),
                    ("res_id", "in", self.agen.convention_ids.ids),
                ]
            )
        )

    def test_what_was_used_before_is_no_news(self):
        """A right already used up is not told as if it had just been."""
        self.apply(*self.whole())
        rights = self.env["cdg47.entitlement"]
        used = rights.search([("partner_id", "=", self.agen.id)])
        self.assertIn(100, used.mapped("threshold"))
        self.assertFalse(rights.search(rights._domain_to_alert()) & used)

    def test_importing_again_changes_nothing(self):
        self.apply(*self.whole())
        before = self.written()
        again = self.wizard(*self.whole())
        self.assertEqual(self.counts(again), (0, 0, 8))
        again.action_apply()
        self.assertEqual(self.written(), before)

    def test_a_later_file_completes_the_first(self):
        self.apply(*self.whole()[:1])
        self.apply(*self.whole())
        self.assertEqual(len(self.agen.convention_ids), 1)
        self.assertEqual(len(self.agen.convention_ids.line_ids), 3)
        wizard = self.apply(
            self.line(
                AGEN,
                "dotation",
                "CERT",
                "2024-06-03",
                date_fin="2026-01-31",
                titulaire="Le maire",
                identifiant="CERT-1",
            )
        )
        self.assertEqual(self.counts(wizard), (0, 1, 0))
        allocation = self.env["cdg47.allocation"].search(
            [("identifier", "=", "CERT-1")]
        )
        self.assertEqual(allocation.state, "expired")

    def test_two_conventions_in_a_row_and_a_number(self):
        self.apply(
            self.line(
                AGEN, "convention", "FORFAIT-METIERS", "2024-01-01",
                date_fin="2024-12-31", numero="47-2024-1", strate="S5",
            ),
            self.line(AGEN, "convention", "FORFAIT-METIERS", "2025-01-01"),
        )  # fmt: skip
        first, second = self.agen.convention_ids.sorted("date_start")
        self.assertEqual((first.state, first.name), ("expired", "47-2024-1"))
        self.assertEqual(first.term_ids.stratum_id.code, "S5")
        reason = french_context(self.env)._("Taken over")
        self.assertEqual(first.term_ids.stratum_reason, reason)
        self.assertEqual(second.state, "active")
        self.assertEqual(len(second.term_ids), 2)

    def test_the_model_file_explains_itself(self):
        path = "cdg47_convention/static/takeover/modele_reprise.csv"
        with file_open(path, "r") as file:
            model = file.read()
        header, *comments = model.splitlines()
        self.assertEqual(tuple(header.split(",")), COLUMNS)
        self.assertTrue(all(line.startswith("# ") for line in comments))
        examples = [line.removeprefix("# ") for line in comments[2:]]
        for example in examples:
            self.assertEqual(example.count(","), header.count(","), example)
        lines = [e.replace("47001", AGEN) for e in examples]
        lines = [e.replace("Nom du logiciel", self.software.name) for e in lines]
        self.apply(*lines)

    # === Refusals ===
    def test_cells(self):
        self.assertErrors(
            self.line("1", "convention", "FORFAIT-METIERS", "2024-01-01"),
            self.line(AGEN, "autre", "FORFAIT-METIERS", "2024-01-01"),
            self.line(AGEN, "convention", "", "2024-01-01"),
            self.line(AGEN, "convention", "FORFAIT-METIERS", "2024-13-01"),
            self.line(AGEN, "dotation", "CERT", "2024-06-01", quantite="-1"),
            self.line(AGEN, "dotation", "CERT", "2024-06-01", quantite="1,5"),
            self.line(AGEN, "dotation", "CERT", "2024-06-01", date_fin="2024-01-01"),
            errors=[
                (2, "five characters"),
                (3, "must be one of"),
                (4, "is empty"),
                (5, "must be a date"),
                (6, "negative"),
                (7, "whole units"),
                (8, "before"),
            ],
        )

    def test_access_that_the_editor_does_not_support(self):
        """R9: an access is not taken over against the editor of the collectivité."""
        other = self.env.ref("cdg47_convention.software_editor_other")
        for editor, message in (
            (self.env["cdg47.software.editor"], "choose the one"),
            (other, other.name),
        ):
            self.agen.software_editor_id = editor
            self.assertErrors(
                self.line(AGEN, "convention", "FORFAIT-TECHNO", "2024-01-01"),
                self.line(AGEN, "activation", "PES", "2024-01-01"),
                errors=[(3, message)],
            )
        partner_editor = self.env.ref("cdg47_convention.software_editor_partner")
        self.agen.software_editor_id = partner_editor
        self.apply(
            self.line(AGEN, "convention", "FORFAIT-TECHNO", "2024-01-01"),
            self.line(AGEN, "activation", "PES", "2024-01-01"),
        )
        opened = self.agen.convention_ids.activation_ids
        self.assertIn("PES", opened.product_id.mapped("default_code"))

    def test_unknown_things(self):
        self.assertErrors(
            self.line("99999", "convention", "FORFAIT-METIERS", "2024-01-01"),
            self.line(AGEN, "convention", "FORFAIT-X", "2024-01-01"),
            self.line(AGEN, "convention", "FORFAIT-TECHNO", "2024-01-01", strate="S0"),
            self.line(AGEN, "activation", "RIEN", "2024-01-01"),
            self.line(AGME, "activation", "ACTES", "2024-01-01"),
            self.line(AGEN, "droit_utilise", "CERT", "2024-01-01"),
            self.line(AGEN, "droit_utilise", "AUDIT-SECU", "2024-01-01", perimetre="?"),
            self.line(AGEN, "droit_utilise", "AUDIT-SECU", "2024-01-01", unite="unite"),
            errors=[
                (2, "No collectivité"),
                (3, "No forfait"),
                (4, "stratum does not exist"),
                (5, "No service"),
                (6, "has no convention"),
                (7, "No right of Annexe 1"),
                (8, "software is unknown"),
                (9, "counted in"),
            ],
        )

    def test_an_unknown_stratum_asks_for_it(self):
        lines = {"nature": "convention", "code": "FORFAIT-METIERS"}
        self.assertErrors(
            self.line(AGEN, date_debut="2023-01-01", **lines),
            errors=[(2, "give the stratum")],
        )
        self.apply(self.line(AGEN, date_debut="2023-01-01", strate="S1", **lines))

    def test_an_option_needs_its_forfait(self):
        option = self.line(AGEN, "convention", "FORFAIT-PARAPHEUR", "2024-01-01")
        self.assertErrors(option, errors=[(2, "only sold with")])

    def test_a_convention_before_another_needs_an_end(self):
        self.apply(self.line(AGEN, "convention", "FORFAIT-METIERS", "2025-01-01"))
        self.assertErrors(
            self.line(AGEN, "convention", "FORFAIT-METIERS", "2024-01-01"),
            errors=[(2, "date_fin")],
        )

    def test_lines_that_say_the_same_or_disagree(self):
        used = self.line(AGEN, "droit_utilise", "AUDIT-SECU", "2024-03-01")
        convention = self.line(AGEN, "convention", "FORFAIT-TECHNO", "2024-01-01")
        self.assertErrors(
            convention, used, used, errors=[(4, "already said on line 3")]
        )
        forfait = self.line(AGEN, "convention", "FORFAIT-METIERS", "2024-01-01")
        self.assertErrors(forfait, forfait, errors=[(3, "already on line 2")])
        self.assertErrors(
            self.line(AGEN, "convention", "FORFAIT-METIERS", "2024-01-01", numero="A"),
            self.line(AGEN, "convention", "FORFAIT-TECHNO", "2024-01-01", numero="B"),
            errors=[(2, "must say the same")],
        )

    def test_a_number_already_given(self):
        self.apply(
            self.line(AGEN, "convention", "FORFAIT-METIERS", "2024-01-01", numero="A1")
        )
        self.assertErrors(
            self.line(AGME, "convention", "FORFAIT-METIERS", "2024-01-01", numero="A1"),
            errors=[(2, "has this number")],
        )

    def test_missing_columns(self):
        content = base64.b64encode(b"collectivite,nature\n47001,convention\n")
        wizard = self.importer.create({"file": content, "filename": "x.csv"})
        wizard.action_preview()
        self.assertEqual(wizard.error_ids.name, "code, date_debut")

    def test_only_managers_take_over(self):
        user = new_test_user(
            self.env,
            login="takeover_user",
            groups="cdg47_convention.group_convention_user",
        )
        with self.assertRaises(AccessError):
            self.env["cdg47.takeover.import"].with_user(user).create({})
