# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Conventions in force since 2024, and short ways to use their rights."""

from odoo.fields import Command

from .common import MODULE, ConventionCase


class LedgerMixin:
    """Helpers shared by the transaction tests and those with real cursors."""

    @classmethod
    def make_convention_since(cls, date_start, partner=None, forfaits=None, **values):
        """Create a convention taken over, in force, with one term a civil year."""
        partner = partner or cls.make_commune(750)
        if not partner.software_editor_id:
            # Group trainings depend on it (R9).
            partner.software_editor_id = cls.env.ref(
                f"{MODULE}.software_editor_partner"
            )
        forfaits = cls.metiers | cls.techno if forfaits is None else forfaits
        year = int(date_start[:4])
        return cls.env["cdg47.convention"].create(
            {
                "partner_id": partner.id,
                "date_start": date_start,
                "state": "active",
                "signature_kind": "import",
                "line_ids": [
                    Command.create({"forfait_id": f.id, "date_start": date_start})
                    for f in forfaits
                ],
                "term_ids": [
                    Command.create(
                        {
                            "date_start": date_start,
                            "date_end": f"{year}-12-31",
                            "stratum_id": cls.stratum("S4").id,
                            "stratum_reason": "750 habitants",
                            "state": "open",
                        }
                    )
                ],
                **values,
            }
        )

    @classmethod
    def unit(cls, name):
        return cls.env.ref(f"{MODULE}.uom_{name}")

    @classmethod
    def set_price(cls, code, price, date_start=False):
        product = cls.service(code)
        return cls.env["product.pricelist.item"].create(
            {
                "pricelist_id": cls.tariff.id,
                "applied_on": "0_product_variant",
                "product_id": product.id,
                "compute_price": "fixed",
                "fixed_price": price,
                "date_start": date_start,
            }
        )

    def use(self, convention, code, quantity, unit, date, **values):
        return convention._consume(
            self.service(code), quantity, self.unit(unit), date, **values
        )

    def check(self, convention, code, quantity, unit, date, **values):
        return convention._check_coverage(
            self.service(code), quantity, self.unit(unit), date, **values
        )

    @staticmethod
    def splits(facts):
        """Return exact (covered, billable) amounts, in the order of the facts."""
        return [(fact.covered_amount, fact.billable_amount) for fact in facts]


class LedgerCase(LedgerMixin, ConventionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Sentences are read as the CDG and the collectivités read them.
        cls.env = cls.env(context={**cls.env.context, "lang": "fr_FR"})
        cls.tariff.item_ids.unlink()
        cls.set_price("AUDIT-SECU", 420)
        cls.convention = cls.make_convention_since("2024-01-01")
        cls.commune = cls.convention.partner_id
        editor = cls.env["cdg47.software.editor"].create({"name": "Éditeur d'essai"})
        cls.payroll, cls.registry_office = cls.env["cdg47.software"].create(
            [{"name": name, "editor_id": editor.id} for name in ("Paie", "État civil")]
        )

    def assertNoDifference(self):
        self.assertEqual(self.env["cdg47.ledger"]._differences(), [])
