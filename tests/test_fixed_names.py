# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The names that other programs call: models, fields, selections, methods, codes.

A name that goes away breaks programs that no test of ours runs: it fails here first.
"""

import inspect

from odoo.tests import TransactionCase, tagged

FIELDS = {
    "res.partner": """collectivite_type insee_code census_ids software_editor_id
        predecessor_ids stratum_id stratum_reason is_affiliated hosted_by_id
        company_registry""",
    "cdg47.census": """partner_id date_from population_total population_municipal
        has_population agents has_agents affiliation hosting hosted_by_id source""",
    "cdg47.mandate": "contact_id collectivite_id role date_start date_end",
    "cdg47.quota.rule": """forfait_id product_ids coverage measure quantity uom_id
        period on_request condition line_ids overage_product_id article date_from
        date_to""",
    "cdg47.quota.rule.line": "stratum_id quantity",
    "cdg47.convention": """partner_id invoice_partner_id forfait_ids option_ids
        date_start date_end term_ids state""",
    "cdg47.convention.term": """convention_id date_start date_end stratum_id
        stratum_reason order_id""",
    "cdg47.entitlement": """partner_id product_ids scope date_start date_end granted
        consumed left over uom_id""",
    "cdg47.consumption": """entitlement_id product_id date quantity uom_id covered
        billable frozen verdict sale_line_id invoice_line_id origin""",
    "cdg47.allocation": """partner_id product_id quantity holder_id identifier
        device_kind date_start date_end verdict sale_line_id state""",
    "cdg47.campaign": "year state line_ids",
    "cdg47.campaign.line": "convention_id state reason",
    "sale.order": "convention_id term_id",
    "sale.order.line": "cdg47_kind",
    "product.product": "stratum_id default_code",
    "helpdesk.ticket": """collectivite_id convention_id service_id coverage cause
        cause_actor ttim_kind estimated_hours sale_line_ids timesheet_ids verdict""",
    "account.analytic.line": "helpdesk_ticket_id real_minutes consumption_id",
    "event.event": "training_kind half_day_ids",
    "event.registration": "collectivite_id coverage verdict convocation_ids",
}
# Values that a selection has at least.
SELECTIONS = {
    ("res.partner", "collectivite_type"): "commune etablissement budget_annexe",
    ("cdg47.census", "affiliation"): "affiliated non_affiliated",
    ("cdg47.census", "hosting"): "own hosted",
    ("cdg47.mandate", "role"): "agent secretary signatory",
    ("cdg47.quota.rule", "coverage"): "included limited option study excluded",
    ("cdg47.quota.rule", "measure"): "access flow level duty",
    ("cdg47.quota.rule", "period"): "once year three_years",
    ("cdg47.convention", "state"): "draft sent active terminated expired",
    ("cdg47.allocation", "state"): "requested active expired revoked",
    ("cdg47.campaign", "state"): "draft simulated running done",
    ("cdg47.campaign.line", "state"): "todo done parked",
    ("sale.order.line", "cdg47_kind"): "fee supplement overage time",
    ("helpdesk.ticket", "coverage"): """undetermined included quota complementary
        exceptional ttim""",
    ("event.event", "training_kind"): "group workshop mandatory regulatory custom",
    ("event.registration", "coverage"): "included partial billed refused",
}
METHODS = {
    ("res.partner", "_cdg47_stratum_at"): "date",
    ("cdg47.convention", "_check_coverage"): "product quantity uom date scope",
    ("cdg47.convention", "_consume"): "product quantity uom date origin scope",
    ("cdg47.consumption", "_reverse"): "reason",
    ("cdg47.campaign", "action_simulate"): "",
    ("cdg47.campaign", "action_run"): "",
}
STRATA = (*(f"S{rank}" for rank in range(1, 10)), "HEB")
FORFAITS = ("FORFAIT-METIERS", "FORFAIT-TECHNO", "FORFAIT-PARAPHEUR")


@tagged("standard", "post_install", "-at_install")
class TestFixedNames(TransactionCase):
    def test_fields(self):
        for model, names in FIELDS.items():
            known = set(self.env[model]._fields)
            with self.subTest(model):
                self.assertEqual(set(names.split()) - known, set())

    def test_selections(self):
        for (model, name), values in SELECTIONS.items():
            with self.subTest(f"{model}.{name}"):
                field = self.env[model]._fields[name]
                self.assertLessEqual(
                    set(values.split()), set(field.get_values(self.env))
                )

    def test_methods(self):
        for (model, name), parameters in METHODS.items():
            with self.subTest(f"{model}.{name}"):
                method = getattr(self.env.registry[model], name)
                known = list(inspect.signature(method).parameters)[1:]
                self.assertEqual(known, parameters.split())

    def test_codes(self):
        strata = self.env["cdg47.stratum"].search([])
        self.assertEqual(set(strata.mapped("code")), set(STRATA))
        forfaits = self.env["product.template"].search(
            [("cdg47_is_forfait", "=", True)]
        )
        self.assertEqual(set(forfaits.mapped("default_code")), set(FORFAITS))
        for forfait in forfaits:
            codes = forfait.product_variant_ids.stratum_id.mapped("code")
            with self.subTest(forfait.default_code):
                self.assertEqual(sorted(codes), sorted(STRATA))
