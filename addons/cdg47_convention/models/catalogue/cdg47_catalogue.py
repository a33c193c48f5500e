# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import csv

from odoo import api, models
from odoo.fields import Command
from odoo.tools import file_open

MODULE = "cdg47_convention"
ANNEXES = f"{MODULE}/data/annexes"

# Wordings of the CSV files → values of the fields.
COVERAGES = {
    "inclus": "included",
    "limite": "limited",
    "option": "option",
    "etude": "study",
    "non_inclus": "excluded",
}
CONDITIONS = {
    "domaine_cdg": "cdg_domain",
    "domaine_propre": "own_domain",
    "si_sans_domaine": "no_domain",
}
MEASURES = {"acces": "access", "flux": "flow", "niveau": "level", "obligation": "duty"}
PERIODS = {"an": "year", "trois_ans": "three_years", "une_fois": "once"}
STEP_KINDS = {
    "mise_en_service": "commissioning",
    "recurrent": "recurrent",
    "option": "option",
    "exclusion": "exclusion",
}
UNITS = {
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
}
# What each service is held as, and the devices a licence admits (Annexe 3 II 1).
ALLOCATION_KINDS = {
    "licence": ("EPP", "EDR", "VPN"),
    "certificate": ("CERT",),
    "storage": ("BACKUP", "PARTAGE-GO"),
    "account": ("MAIL", "MAIL-5", "MAIL-10", "MAIL-25", "PARTAGE", "PARTAGE-OFFICE"),
    "address": ("MAIL-EXT", "MAIL-CHALLENGE"),
    "domain": ("DOMAINE", "DOMAINE-CDG"),
}
DEVICES = {
    "cdg47_for_workstation": ("EPP", "EDR", "VPN"),
    "cdg47_for_server": ("EPP", "EDR", "VPN"),
    "cdg47_for_mobile": ("EPP", "VPN"),
    "cdg47_can_delegate": ("EPP-ADMIN",),
}
ONE_AT_MOST = ("MAIL-EXT",)
ON_STUDY = ("etude", "étude")
# Continuing training by a public body is exempt; all the rest is out of scope.
TRAINING_FAMILIES = ("Formation", "Formations")


class Cdg47Catalogue(models.AbstractModel):
    """Turns the CSV files of the annexes into records, once, at installation.

    The CSV copies in ``data/annexes`` are the source; the records carry stable external
    ids and are never updated behind the managers' back (``noupdate``).
    """

    _name = "cdg47.catalogue"
    _description = "Catalogue of the annexes"

    @api.model
    def _load_annexes(self):
        """Create strata, services, forfaits, quota rules and contents.

        Prices are entered by the managers: Annexe 2 is not public.
        """
        services = self._read_annexe("annexe1_services.csv")
        prices = self._read_annexe("annexe2_tarif_demo.csv")
        strata = self._read_annexe("annexe1_strates.csv")
        self._load_strata(strata)
        self._load_services(services, prices)
        self._load_forfait_variants(strata)
        self._load_rules(services, strata)
        self._load_steps(self._read_annexe("annexe3_etapes.csv"))
        self._load_editors()
        self._load_taxes()

    @api.model
    def _load_demo_tariff(self):
        """Give invented prices to a demonstration, whose papers say that they are."""
        self._load_prices(self._read_annexe("annexe2_tarif_demo.csv"))
        self._load_forfait_prices(self._read_annexe("annexe2_tarif_strates_demo.csv"))
        self.env.ref(f"{MODULE}.pricelist_cdg47").cdg47_is_demo = True

    @api.model
    def _read_annexe(self, filename):
        with file_open(f"{ANNEXES}/{filename}", "r") as stream:
            return list(csv.DictReader(stream))

    # === Helpers ===
    @api.model
    def _xml_id(self, prefix, *codes):
        parts = "_".join(code.lower().replace("-", "_") for code in codes)
        return f"{MODULE}.{prefix}_{parts}"

    @api.model
    def _load(self, model, values_by_xml_id):
        """Create records with their external ids, in one batch."""
        return self.env[model]._load_records(
            [
                {"xml_id": xml_id, "values": values, "noupdate": True}
                for xml_id, values in values_by_xml_id.items()
            ]
        )

    @api.model
    def _service(self, code):
        return self.env.ref(self._xml_id("service", code))

    @api.model
    def _forfait(self, code):
        return self.env.ref(self._xml_id("forfait", code.removeprefix("FORFAIT-")))

    @api.model
    def _priced(self, code):
        """Return the product that carries a price: a service or a variant."""
        if code.startswith("FORFAIT-"):
            return self._forfait(code).product_variant_ids[:1]
        return self._service(code)

    @api.model
    def _unit(self, name):
        return self.env.ref(UNITS.get(name.removesuffix("/an"), "uom.product_uom_unit"))

    # === Annexe 1: strata ===
    @api.model
    def _load_strata(self, rows):
        strata = self._load(
            "cdg47.stratum",
            {self._xml_id("stratum", row["code"]): self._stratum(row) for row in rows},
        )
        attribute = self.env.ref(f"{MODULE}.attribute_stratum")
        self._load(
            "product.attribute.value",
            {
                self._xml_id("attribute_value", stratum.code): {
                    "name": stratum.code,
                    "sequence": stratum.sequence,
                    "attribute_id": attribute.id,
                    "stratum_id": stratum.id,
                }
                for stratum in strata
            },
        )

    @api.model
    def _stratum(self, row):
        return {
            "code": row["code"],
            "sequence": int(row["sequence"]),
            "name": row["libelle"],
            **self._bounds(row, "commune", "population"),
            **self._bounds(row, "agents", "agents"),
            "for_hosted": bool(row["hebergee"]),
            "for_non_affiliated": bool(row["non_affiliee"]),
        }

    @api.model
    def _bounds(self, row, column, size):
        low, high = row[f"{column}_min"], row[f"{column}_max"]
        return {
            f"has_{size}_bounds": low != "",
            f"{size}_min": int(low or 0),
            f"{size}_max": int(high or 0),
            f"{size}_unbounded": low != "" and high == "",
        }

    # === Services ===
    @api.model
    def _load_services(self, services, prices):
        values = {}
        for row in services:
            values.setdefault(row["code"], self._included_service(row))
        for row in prices:
            values[row["code"]] = {
                **values.get(row["code"], {"name": row["libelle"]}),
                **self._complementary_service(row),
            }
        self._load(
            "product.product",
            {self._xml_id("service", code): vals for code, vals in values.items()},
        )

    @api.model
    def _included_service(self, row):
        return {
            **self._service_defaults(row["code"], row["rubrique"]),
            "name": row["libelle"],
            "uom_id": self._unit(row["unite"]).id,
            "sale_ok": False,
            "cdg47_article": row["article"],
        }

    @api.model
    def _complementary_service(self, row):
        return {
            **self._service_defaults(row["code"], row["famille"]),
            "description_sale": row["libelle"],
            "uom_id": self._unit(row["unite"]).id,
            "sale_ok": True,
            "cdg47_is_yearly": row["unite"].endswith("/an"),
            "cdg47_on_study": row["unite"] in ON_STUDY,
            "cdg47_tariff_note": row["remarque"],
            "cdg47_tariff_article": row["article"],
        }

    @api.model
    def _service_defaults(self, code, family):
        is_training = family in TRAINING_FAMILIES
        return {
            "default_code": code,
            "type": "service",
            "categ_id": self.env.ref("product.product_category_services").id,
            "list_price": 0.0,
            "purchase_ok": False,
            "invoice_policy": "delivery",
            "taxes_id": [Command.clear()],
            "supplier_taxes_id": [Command.clear()],
            "cdg47_is_service": True,
            "cdg47_family": family,
            "cdg47_vat_regime": "exempt" if is_training else "out_of_scope",
            **self._held_as(code),
        }

    @api.model
    def _held_as(self, code):
        """Return how a service is allocated, by its code."""
        kinds = [kind for kind, codes in ALLOCATION_KINDS.items() if code in codes]
        return {
            "cdg47_allocation_kind": kinds[0] if kinds else False,
            "cdg47_max_held": 1 if code in ONE_AT_MOST else 0,
            **{name: code in codes for name, codes in DEVICES.items()},
        }

    # === Forfaits ===
    @api.model
    def _load_forfait_variants(self, strata):
        """Give each forfait one variant per stratum, with its own external id."""
        attribute = self.env.ref(f"{MODULE}.attribute_stratum")
        for code in ("METIERS", "TECHNO", "PARAPHEUR"):
            forfait = self._forfait(code)
            forfait.attribute_line_ids = [
                Command.create(
                    {
                        "attribute_id": attribute.id,
                        "value_ids": [Command.set(attribute.value_ids.ids)],
                    }
                )
            ]
            xml_ids = []
            for row in strata:
                stratum = self.env.ref(self._xml_id("stratum", row["code"]))
                variant = forfait._cdg47_variant_for(stratum)
                variant.default_code = f"FORFAIT-{code}-{row['code']}"
                xml_id = self._xml_id("forfait", code, row["code"])
                xml_ids.append({"xml_id": xml_id, "record": variant, "noupdate": True})
            self.env["ir.model.data"]._update_xmlids(xml_ids)

    # === Annexe 1: quota rules ===
    @api.model
    def _load_rules(self, services, strata):
        values = {}
        for sequence, row in enumerate(services, start=1):
            shared_with = row["quantite"].removeprefix("avec:")
            if shared_with != row["quantite"]:
                shared = values[self._xml_id("rule", shared_with)]
                service = self._service(row["code"])
                shared["product_ids"].append(Command.link(service.id))
                service.cdg47_overage_product_id = self._service(row["code_hors_quota"])
                continue
            codes = [row["code"]] + ([row["condition"]] if row["condition"] else [])
            values[self._xml_id("rule", *codes)] = self._rule(row, sequence, strata)
        self._load("cdg47.quota.rule", values)

    @api.model
    def _rule(self, row, sequence, strata):
        needs = [token for token in row["prerequis"].split("|") if token]
        overage = row["code_hors_quota"]
        return {
            "forfait_id": self._forfait(row["forfait"]).id,
            "product_ids": [Command.link(self._service(row["code"]).id)],
            "name": row["libelle"],
            "heading": row["rubrique"],
            "sequence": sequence,
            "coverage": COVERAGES[row["couverture"]],
            "condition": CONDITIONS.get(row["condition"]),
            "measure": MEASURES.get(row["mesure"]),
            "uom_id": row["unite"] and self._unit(row["unite"]).id,
            "period": PERIODS.get(row["periode"]),
            "on_request": bool(row["sur_demande"]),
            "needs_editor": "EDITEUR" in needs,
            "prerequisite_ids": [
                Command.link(self._service(code).id)
                for code in needs
                if code != "EDITEUR"
            ],
            "overage_product_id": overage and self._priced(overage).id,
            "article": row["article"],
            **self._quota(row["quantite"], strata),
        }

    @api.model
    def _quota(self, quantity, strata):
        """Read a quota: a number, or « strate:x », the column x of the strata."""
        column = quantity.removeprefix("strate:")
        if column == quantity:
            return {"quantity": float(quantity or 0)}
        return {
            "line_ids": [
                Command.create(
                    {
                        "stratum_id": self.env.ref(
                            self._xml_id("stratum", row["code"])
                        ).id,
                        "quantity": float(row[column]),
                    }
                )
                for row in strata
            ]
        }

    # === Annexe 3 ===
    @api.model
    def _load_steps(self, rows):
        self._load(
            "cdg47.service.step",
            {
                self._xml_id("step", row["service_code"], row["ordre"]): {
                    "product_id": self._service(row["service_code"]).id,
                    "sequence": int(row["ordre"]),
                    "name": row["etape"],
                    "kind": STEP_KINDS[row["nature"]],
                    "article": row["article"],
                }
                for row in rows
            },
        )

    # === Annexe 2 (demonstration) ===
    @api.model
    def _load_prices(self, rows):
        self._load(
            "product.pricelist.item",
            {
                self._xml_id("price", row["code"]): self._price(
                    self._service(row["code"]), row["prix_eur"]
                )
                for row in rows
                if row["prix_eur"]
            },
        )

    @api.model
    def _load_forfait_prices(self, rows):
        values = {}
        for row in rows:
            code = row["code"].removeprefix("FORFAIT-")
            variant = self.env.ref(self._xml_id("forfait", code, row["strate"]))
            xml_id = self._xml_id("price", row["code"], row["strate"])
            values[xml_id] = self._price(variant, row["prix_eur_an"])
        self._load("product.pricelist.item", values)

    @api.model
    def _price(self, product, price):
        return {
            "pricelist_id": self.env.ref(f"{MODULE}.pricelist_cdg47").id,
            "applied_on": "0_product_variant",
            "product_tmpl_id": product.product_tmpl_id.id,
            "product_id": product.id,
            "compute_price": "fixed",
            "fixed_price": float(price),
        }

    # === Taxes ===
    @api.model
    def _load_taxes(self):
        """Add the two 0 % taxes to charts already loaded, and set them on the products.

        A chart loaded later brings them by itself.
        """
        companies = self.env["res.company"].search([("chart_template", "=", "fr")])
        self.env["account.chart.template"]._cdg47_load_taxes(companies)
        products = self.env["product.template"].with_context(active_test=False)
        products.search([("cdg47_vat_regime", "!=", False)])._cdg47_apply_vat_regime(
            companies
        )

    # === Editors ===
    @api.model
    def _load_editors(self):
        """Let the partner editor support every service that depends on the editor."""
        dependent = self.env["cdg47.quota.rule"].search([("needs_editor", "=", True)])
        editor = self.env.ref(f"{MODULE}.software_editor_partner")
        editor.product_ids = dependent.product_ids
