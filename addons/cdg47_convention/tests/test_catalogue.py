# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import re
from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools.convert import convert_file

from ..reading.annexe1 import continuation
from .common import MODULE, ConventionCase, annexe

DAY = date(2027, 1, 1)

COVERAGES = {
    "inclus": "included",
    "limite": "limited",
    "option": "option",
    "etude": "study",
    "non_inclus": "excluded",
}
CONDITIONS = {
    "": False,
    "domaine_cdg": "cdg_domain",
    "domaine_propre": "own_domain",
    "si_sans_domaine": "no_domain",
}
MEASURES = {
    "": False,
    "acces": "access",
    "flux": "flow",
    "niveau": "level",
    "obligation": "duty",
}
PERIODS = {"": False, "an": "year", "trois_ans": "three_years", "une_fois": "once"}
KINDS = {
    "mise_en_service": "commissioning",
    "recurrent": "recurrent",
    "option": "option",
    "exclusion": "exclusion",
}
UNITS = {
    "": False,
    "heure": "uom.product_uom_hour",
    "jour": f"{MODULE}.uom_day",
    "demi-journee": f"{MODULE}.uom_half_day",
    "Go": f"{MODULE}.uom_go",
    "licence": f"{MODULE}.uom_licence",
    "certificat": f"{MODULE}.uom_certificate",
    "compte": f"{MODULE}.uom_account",
    "adresse": f"{MODULE}.uom_address",
    "domaine": f"{MODULE}.uom_domain_name",
    "envoi": f"{MODULE}.uom_letter",
    "etude": "uom.product_uom_unit",
    "étude": "uom.product_uom_unit",
}
NOUPDATE_FILES = (
    "data/ir_sequence_data.xml",
    "data/uom_data.xml",
    "data/product_data.xml",
    "data/catalogue_data.xml",
    "data/ir_cron_data.xml",
    "data/mail_template_data.xml",
    "security/portal_rules_of_odoo.xml",
)


@tagged("post_install", "-at_install")
class TestAnnexes(ConventionCase):
    """Every row of the CSV copies equals what the database sells."""

    def unit(self, name):
        xml_id = UNITS[name.removesuffix("/an")]
        return self.env.ref(xml_id) if xml_id else self.env["uom.uom"]

    def count_of(self, model, prefix):
        return self.env["ir.model.data"].search_count(
            [
                ("module", "=", MODULE),
                ("model", "=", model),
                ("name", "=like", f"{prefix}\\_%"),
            ]
        )

    def rule_of(self, row):
        rules = self.env["cdg47.quota.rule"].search(
            [
                ("product_ids", "=", self.service(row["code"]).id),
                ("condition", "=", CONDITIONS[row["condition"]]),
            ]
        )
        self.assertEqual(len(rules), 1, row["code"])
        return rules

    # === Annexe 1: strata ===
    def test_strata(self):
        rows = annexe("annexe1_strates")
        self.assertEqual(len(rows), 10)
        for row in rows:
            with self.subTest(row["code"]):
                stratum = self.stratum(row["code"])
                self.assertEqual(stratum.code, row["code"])
                self.assertEqual(stratum.name, row["libelle"])
                self.assertEqual(stratum.sequence, int(row["sequence"]))
                self.assertEqual(stratum.for_hosted, row["hebergee"] == "1")
                self.assertEqual(stratum.for_non_affiliated, row["non_affiliee"] == "1")
                self.assert_bounds(stratum, "population", row, "commune")
                self.assert_bounds(stratum, "agents", row, "agents")

    def assert_bounds(self, stratum, size, row, column):
        low, high = row[f"{column}_min"], row[f"{column}_max"]
        self.assertEqual(stratum[f"has_{size}_bounds"], bool(low))
        if low:
            self.assertEqual(stratum[f"{size}_min"], int(low))
            self.assertEqual(stratum[f"{size}_unbounded"], not high)
        if high:
            self.assertEqual(stratum[f"{size}_max"], int(high))

    def test_volumes_by_stratum(self):
        columns = {"EPP": "licences", "BACKUP": "sauvegarde_go", "CERT": "certificats"}
        for code, column in columns.items():
            rule = self.rule_of({"code": code, "condition": ""})
            self.assertEqual(len(rule.line_ids), 10)
            for row in annexe("annexe1_strates"):
                with self.subTest(code, stratum=row["code"]):
                    quantity = rule._quantity_for(self.stratum(row["code"]))
                    self.assertEqual(quantity, float(row[column]))

    # === Annexe 1: services ===
    def test_services(self):
        rows = annexe("annexe1_services")
        self.assertEqual(len(rows), 45)
        shared = [row for row in rows if row["quantite"].startswith("avec:")]
        self.assertEqual([row["code"] for row in shared], ["ACHAT"])
        self.assertEqual(
            self.count_of("cdg47.quota.rule", "rule"), len(rows) - len(shared)
        )
        for row in rows:
            with self.subTest(row["code"], condition=row["condition"]):
                self.assert_service(row)

    def assert_service(self, row):
        service = self.service(row["code"])
        self.assertEqual(service.default_code, row["code"])
        self.assertEqual(service.list_price, 0)
        self.assertTrue(service.cdg47_is_service)
        rule = self.rule_of(row)
        self.assertEqual(rule.forfait_id.default_code, f"FORFAIT-{row['forfait']}")
        self.assert_overage(rule, service, row["code_hors_quota"])
        self.assertEqual(rule.coverage, COVERAGES[row["couverture"]])
        self.assertEqual(rule.measure, MEASURES[row["mesure"]])
        self.assertEqual(rule.period, PERIODS[row["periode"]])
        self.assertEqual(rule.uom_id, self.unit(row["unite"]))
        self.assertEqual(rule.on_request, row["sur_demande"] == "1")
        self.assertEqual(rule.heading, row["rubrique"])
        self.assertEqual(rule.article, row["article"])
        self.assert_prerequisites(rule, row["prerequis"])
        if not row["quantite"].startswith("avec:"):
            self.assertEqual(rule.name, row["libelle"])
            self.assertEqual(service.name, self.first_label(row["code"]))
            self.assert_quantity(rule, row["quantite"])

    def assert_overage(self, rule, service, code):
        if not code.startswith("FORFAIT-"):
            overage = continuation(service, DAY, rule)
            self.assertEqual(overage.default_code or "", code)
            return
        for stratum in self.env["cdg47.stratum"].search([]):
            overage = continuation(service, DAY, rule, stratum)
            self.assertEqual(overage.default_code, f"{code}-{stratum.code}")

    def first_label(self, code):
        return next(
            row["libelle"] for row in annexe("annexe1_services") if row["code"] == code
        )

    def assert_prerequisites(self, rule, text):
        needs = {token for token in text.split("|") if token}
        self.assertEqual(rule.needs_editor, "EDITEUR" in needs)
        self.assertEqual(
            set(rule.prerequisite_ids.mapped("default_code")), needs - {"EDITEUR"}
        )

    def assert_quantity(self, rule, text):
        self.assertEqual(rule.by_stratum, text.startswith("strate:"))
        if not rule.by_stratum:
            self.assertEqual(rule.quantity, float(text or 0))

    def test_achat_shares_the_half_day_of_the_specifications(self):
        rule = self.rule_of({"code": "ACHAT", "condition": ""})
        self.assertEqual(
            rule.product_ids, self.service("ACHAT") | self.service("CAHIER-CHARGES")
        )
        self.assertEqual((rule.quantity, rule.uom_id), (0.5, self.unit("jour")))
        overages = {
            product.default_code: continuation(product, DAY, rule).default_code
            for product in rule.product_ids
        }
        self.assertEqual(overages, {"ACHAT": "ACHAT", "CAHIER-CHARGES": "CDC-INFO"})

    def test_partner_editor_allows_what_depends_on_it(self):
        dependent = {
            row["code"]
            for row in annexe("annexe1_services")
            if "EDITEUR" in row["prerequis"]
        }
        partner_editor = self.env.ref(f"{MODULE}.software_editor_partner")
        self.assertEqual(
            set(partner_editor.product_ids.mapped("default_code")), dependent
        )
        other = self.env.ref(f"{MODULE}.software_editor_other")
        self.assertFalse(other.product_ids)

    # === Annexe 2 ===
    def test_tariff(self):
        rows = annexe("annexe2_tarif_demo")
        self.assertEqual(len(rows), 35)
        labels = {row["code"]: row["libelle"] for row in annexe("annexe1_services")}
        for row in rows:
            with self.subTest(row["code"]):
                service = self.service(row["code"])
                self.assertEqual(service.description_sale, row["libelle"])
                if row["code"] not in labels:
                    self.assertEqual(service.name, row["libelle"])
                self.assertEqual(service.uom_id, self.unit(row["unite"]))
                self.assertEqual(service.cdg47_is_yearly, row["unite"].endswith("/an"))
                self.assertEqual(service.cdg47_family, row["famille"])
                self.assertEqual(service.cdg47_tariff_article, row["article"])
                self.assertEqual(service.cdg47_tariff_note or "", row["remarque"])
                self.assertTrue(service.sale_ok)
                self.assert_price(service, row["prix_eur"])

    def assert_price(self, service, price):
        self.assertEqual(service.cdg47_on_study, not price)
        if price:
            self.assertEqual(self.tariff._cdg47_price(service, DAY), float(price))
        else:
            with self.assertRefused(UserError, "Price missing"):
                self.tariff._cdg47_price(service, DAY)

    def test_forfaits_by_stratum(self):
        rows = annexe("annexe2_tarif_strates_demo")
        self.assertEqual(len(rows), 30)
        for row in rows:
            with self.subTest(row["code"], stratum=row["strate"]):
                code = row["code"].removeprefix("FORFAIT-")
                forfait = self.env.ref(f"{MODULE}.forfait_{code.lower()}")
                variant = forfait._cdg47_variant_for(self.stratum(row["strate"]))
                self.assertEqual(len(variant), 1)
                self.assertEqual(variant.default_code, f"{row['code']}-{row['strate']}")
                self.assertEqual(variant.stratum_id.code, row["strate"])
                self.assertEqual(
                    self.tariff._cdg47_price(variant, DAY), float(row["prix_eur_an"])
                )

    def test_tariff_holds_nothing_else(self):
        priced = [row for row in annexe("annexe2_tarif_demo") if row["prix_eur"]]
        self.assertEqual(
            self.count_of("product.pricelist.item", "price"), len(priced) + 30
        )
        self.assertTrue(self.tariff.cdg47_is_demo)

    # === Annexe 3 ===
    def test_steps(self):
        rows = annexe("annexe3_etapes")
        self.assertEqual(len(rows), 118)
        self.assertEqual(self.count_of("cdg47.service.step", "step"), 118)
        for row in rows:
            with self.subTest(row["service_code"], order=row["ordre"]):
                service = self.service(row["service_code"])
                step = service.cdg47_step_ids.filtered(
                    lambda step, row=row: step.sequence == int(row["ordre"])
                )
                self.assertRecordValues(
                    step,
                    [
                        {
                            "name": row["etape"],
                            "kind": KINDS[row["nature"]],
                            "article": row["article"],
                        }
                    ],
                )


@tagged("post_install", "-at_install")
class TestCatalogue(ConventionCase):
    # === As printed ===
    def numbers_of(self, code, condition=False):
        rule = self.env["cdg47.quota.rule"].search(
            [
                ("product_ids", "=", self.service(code).id),
                ("condition", "=", condition),
            ]
        )
        return [
            float(number.replace(",", "."))
            for number in re.findall(r"\d+(?:[.,]\d+)?", rule.limit_text)
        ]

    def test_limits_come_from_the_table(self):
        """The annex prints « de 1 à 10 » licences; its table says 0 to 15."""
        self.assertEqual(self.numbers_of("EPP"), [0, 15])
        self.assertEqual(self.numbers_of("BACKUP"), [4, 27])
        self.assertEqual(self.numbers_of("CERT"), [0, 2])
        self.assertEqual(self.numbers_of("FORM-GROUPE"), [2])
        self.assertEqual(self.numbers_of("RECUEIL"), [0.5])
        self.assertEqual(self.numbers_of("INSTALL-METIERS"), [1])
        self.assertEqual(self.numbers_of("PARAPHEUR"), [])

    def test_limit_follows_the_data(self):
        rule = self.env["cdg47.quota.rule"].search(
            [("product_ids", "=", self.service("EPP").id)]
        )
        rule.line_ids.filtered(lambda line: line.stratum_id.code == "S9").quantity = 20
        self.assertEqual(self.numbers_of("EPP"), [0, 20])

    # === Forfaits ===
    def test_forfait_code_survives(self):
        """Odoo empties the code of a template that has variants; ours stays."""
        forfait = self.techno
        self.assertEqual(len(forfait.product_variant_ids), 10)
        self.assertEqual(forfait.default_code, "FORFAIT-TECHNO")
        value = self.env["product.attribute.value"].create(
            {
                "name": "S10",
                "attribute_id": self.env.ref(f"{MODULE}.attribute_stratum").id,
            }
        )
        forfait.attribute_line_ids.value_ids = [Command.link(value.id)]
        self.assert_code_kept(forfait)
        self.assertEqual(len(forfait.product_variant_ids), 11)
        forfait.product_variant_ids[-1].default_code = "FORFAIT-TECHNO-S10"
        self.assert_code_kept(forfait)
        forfait.product_variant_ids[1:].action_archive()
        self.assert_code_kept(forfait)
        forfait.with_context(active_test=False).product_variant_ids.action_unarchive()
        self.assert_code_kept(forfait)

    def assert_code_kept(self, forfait):
        field = forfait._fields["default_code"]
        self.env.add_to_compute(field, forfait)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(forfait.default_code, "FORFAIT-TECHNO")
        first = forfait.with_context(active_test=False).product_variant_ids[:1]
        self.assertRegex(first.default_code, "^FORFAIT-TECHNO-")

    def test_ordinary_template_keeps_odoo_behaviour(self):
        template = self.env["product.template"].create(
            {"name": "Chair", "default_code": "CHAIR"}
        )
        self.assertEqual(template.product_variant_id.default_code, "CHAIR")
        template.product_variant_id.default_code = "CHAIR-2"
        self.assertEqual(template.default_code, "CHAIR-2")

    def test_option_is_a_forfait(self):
        self.assertTrue(self.parapheur.cdg47_is_option)
        self.assertEqual(self.parapheur.cdg47_required_forfait_id, self.techno)
        with self.assertRaises(ValidationError):
            self.parapheur.cdg47_is_forfait = False

    # === Units ===
    def test_units(self):
        hour = self.env.ref("uom.product_uom_hour")
        day = self.env.ref(f"{MODULE}.uom_day")
        half_day = self.env.ref(f"{MODULE}.uom_half_day")
        self.assertEqual(day._compute_quantity(1, hour), 7)
        self.assertEqual(half_day._compute_quantity(1, hour), 3.5)
        self.assertEqual(half_day._compute_quantity(2, day), 1)

    def test_twenty_minutes_cost_twenty_euros(self):
        precision = self.env["decimal.precision"].precision_get("Product Unit")
        self.assertEqual(precision, 6)
        self.company.cdg47_sells_outside = True
        order = self.env["sale.order"].create(
            {
                "partner_id": self.make_commune().id,
                "pricelist_id": self.tariff.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.service("ASSIST-EXC").id,
                            "product_uom_qty": 20 / 60,
                        }
                    )
                ],
            }
        )
        self.assertEqual(order.order_line.price_unit, 60.0)
        self.assertEqual(order.amount_total, 20.0)

    # === Taxes (R12) ===
    def test_two_explicit_taxes(self):
        taxes = self.company._cdg47_taxes_by_regime()
        mentions = {"out_of_scope": "256 B", "exempt": "261-4-4° a"}
        codes = {"out_of_scope": "O", "exempt": "E"}
        self.assertEqual(set(taxes), set(mentions))
        for regime, tax in taxes.items():
            with self.subTest(regime):
                self.assertEqual((tax.amount, tax.type_tax_use), (0, "sale"))
                self.assertIn(mentions[regime], tax.invoice_legal_notes)
                self.assertEqual(tax.ubl_cii_tax_category_code, codes[regime])

    def test_every_product_has_the_tax_of_its_regime(self):
        taxes = self.company._cdg47_taxes_by_regime()
        products = self.env["product.template"].search(
            ["|", ("cdg47_is_service", "=", True), ("cdg47_is_forfait", "=", True)]
        )
        own_domain = self.env.ref(f"{MODULE}.service_domaine_propre")
        for product in products - own_domain.product_tmpl_id:
            with self.subTest(product.name):
                is_training = product.cdg47_family in ("Formation", "Formations")
                regime = "exempt" if is_training else "out_of_scope"
                self.assertEqual(product.cdg47_vat_regime, regime)
                taxes_here = product.taxes_id.filtered(
                    lambda tax: tax.company_id == self.company
                )
                self.assertEqual(taxes_here, taxes[regime])

    def test_new_service_gets_the_tax_of_its_regime(self):
        taxes = self.company._cdg47_taxes_by_regime()
        service = (
            self.env["product.template"]
            .with_user(self.user_manager)
            .create(
                {
                    "name": "Atelier",
                    "cdg47_is_service": True,
                    "cdg47_vat_regime": "exempt",
                }
            )
        )
        self.assertEqual(service.taxes_id, taxes["exempt"])
        service.cdg47_vat_regime = "out_of_scope"
        self.assertEqual(service.taxes_id, taxes["out_of_scope"])
        ordinary = self.env["product.template"].create({"name": "Chair"})
        self.assertEqual(ordinary.taxes_id, self.company.account_sale_tax_id)

    # === Dated rules and prices ===
    def test_price_of_the_day(self):
        variant = self.metiers._cdg47_variant_for(self.stratum("S4"))
        first = self.env.ref(f"{MODULE}.price_forfait_metiers_s4")
        first.date_end = "2026-12-31 22:59:59"
        self.env["product.pricelist.item"].create(
            {
                "pricelist_id": self.tariff.id,
                "applied_on": "0_product_variant",
                "product_tmpl_id": self.metiers.id,
                "product_id": variant.id,
                "compute_price": "fixed",
                "fixed_price": 910,
                "date_start": "2026-12-31 23:00:00",
            }
        )
        price = self.tariff._cdg47_price
        self.assertEqual(price(variant, date(2026, 12, 31)), 880)
        self.assertEqual(price(variant, date(2027, 1, 1)), 910)

    def test_a_missing_price_is_refused(self):
        variant = self.metiers._cdg47_variant_for(self.stratum("S4"))
        self.env.ref(f"{MODULE}.price_forfait_metiers_s4").unlink()
        with self.assertRefused(UserError, "Price missing.*S4"):
            self.tariff._cdg47_price(variant, DAY)

    def test_two_rules_never_overlap(self):
        rule = self.env.ref(f"{MODULE}.rule_recueil")
        with self.assertRaises(ValidationError):
            rule.copy()
        rule.date_to = "2026-12-31"
        copy = rule.copy({"date_from": "2027-01-01", "date_to": False})
        with self.assertRaises(ValidationError):
            copy.date_from = "2026-12-31"

    def test_revised_rule(self):
        rule = self.env.ref(f"{MODULE}.rule_epp")
        revised = rule._revise(date(2028, 1, 1))
        self.assertEqual(rule.date_to, date(2027, 12, 31))
        self.assertEqual(revised.date_from, date(2028, 1, 1))
        self.assertEqual(
            [(line.stratum_id, line.quantity) for line in revised.line_ids],
            [(line.stratum_id, line.quantity) for line in rule.line_ids],
        )
        with self.assertRaises(ValidationError):
            rule._revise(date(2028, 1, 1))

    # === Upgrade ===
    def test_upgrade_leaves_what_was_edited(self):
        """-u loads the data files again: nothing a manager edited may come back."""
        edited = {
            "stratum_s1": ("name", "Communes de moins de 120 habitants"),
            "service_recueil": ("name", "Recueil des besoins, à distance"),
            "forfait_metiers": ("name", "Forfait Logiciels"),
            "rule_recueil": ("quantity", 1.0),
            "step_backup_1": ("name", "Sauvegarde"),
            "price_ttim": ("fixed_price", 61.0),
            "pricelist_cdg47": ("cdg47_is_demo", False),
            "uom_day": ("relative_factor", 8.0),
            "cron_expire_conventions": ("active", False),
            "mail_template_convention_to_sign": ("subject", "À signer"),
            "software_editor_other": ("name", "Éditeur"),
            "sequence_convention": ("padding", 6),
        }
        for xml_id, (name, value) in edited.items():
            self.env.ref(f"{MODULE}.{xml_id}")[name] = value
        self.env.flush_all()
        rules_before = self.env["cdg47.quota.rule"].search_count([])
        for filename in NOUPDATE_FILES:
            convert_file(self.env, MODULE, filename, {}, mode="update")
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.env["cdg47.quota.rule"].search_count([]), rules_before)
        for xml_id, (name, value) in edited.items():
            with self.subTest(xml_id):
                self.assertEqual(self.env.ref(f"{MODULE}.{xml_id}")[name], value)
