# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Rights used and given back, things held, and what is « à régulariser »."""

from datetime import timedelta

from careless_play import WHICH, Careless, gesture
from hypothesis import strategies as st

from odoo.exceptions import UserError

from odoo.addons.cdg47_convention.lib.dates import today_in_paris

HELD = st.sampled_from(("CERT", "BACKUP", "EPP", "VPN"))
USED = st.sampled_from(("AUDIT-SECU", "CAHIER-CHARGES", "RECUEIL", "FORM-GROUPE"))


class HeldGestures(Careless):
    def held_thing(self, which):
        row = self.pick("held", which)
        return self.record("cdg47.allocation", row, self.case.user_manager)

    # === Uses ===
    @gesture(often=2, partner=WHICH, service=USED,
             quantity=st.sampled_from((0.5, 1, 3)),
             before=st.sampled_from((0, 10, 200)))  # fmt: skip
    def used(self, partner, service, quantity, before):
        self.convention(partner)._consume(
            self.product(service),
            quantity,
            self.case.unit("day"),
            today_in_paris() - timedelta(days=before),
        )

    @gesture("facts", which=WHICH)
    def use_reversed(self, which):
        fact = self.pick("facts", which)
        wizard = self.env["cdg47.consumption.reverse"].with_user(self.case.user_manager)
        wizard.create(
            {"consumption_id": fact.id, "reason": "Saisie en double"}
        ).action_reverse()

    @gesture("facts", which=WHICH, quantity=st.sampled_from((0.5, 1)))
    def goodwill_given(self, which, quantity):
        fact = self.record(
            "cdg47.consumption", self.pick("facts", which), self.case.user_manager
        )
        if not fact.entitlement_id:
            raise UserError("Rien de tel")
        fact.entitlement_id._grant_goodwill(quantity, "Panne de notre côté")

    # === « À régulariser » ===
    @gesture(often=3, partner=WHICH)
    def overage_quoted(self, partner):
        rows = self.env["cdg47.overage"].with_user(self.case.user_manager)
        rows = rows.search([("partner_id", "=", self.collectivite(partner).id)])
        if not rows:
            raise UserError("Rien de tel")
        rows.action_quote()

    # === Held ===
    @gesture(often=2, partner=WHICH, service=HELD, quantity=st.sampled_from((1, 3, 20)))
    def put_in_service(self, partner, service, quantity):
        held = self.env["cdg47.allocation"].with_user(self.case.user_manager)
        is_volume = service == "BACKUP"
        held.create(
            {
                "partner_id": self.collectivite(partner).id,
                "product_id": self.product(service).id,
                "quantity": quantity if is_volume else 1,
                "identifier": f"N° {len(self.history)}",
            }
        ).action_activate()

    @gesture("held", which=WHICH)
    def revoked(self, which):
        self.held_thing(which).action_revoke()

    @gesture("held", which=WHICH, quantity=st.sampled_from((1, 5, 30)))
    def volume_typed(self, which, quantity):
        self.held_thing(which).quantity = quantity

    @gesture("held", which=WHICH)
    def held_deleted(self, which):
        self.held_thing(which).unlink()
