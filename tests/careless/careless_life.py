# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Conventions proposed, amended, ended, renewed; collectivités that change."""

from datetime import date, timedelta

from careless_play import WHICH, Careless, gesture
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.cdg47_convention.lib.dates import today_in_paris

LAST_DAY = date(2025, 6, 30)
FORFAITS = st.sampled_from(("metiers", "techno", "parapheur"))
POPULATIONS = st.sampled_from((90, 240, 750, 1800))


class LifeGestures(Careless):
    # Tacit renewal, and what the convention says of a change of stratum.
    ACCEPTORS = Careless.ACCEPTORS | {"campaign_run", "stratum_changed"}

    def begin(self):
        super().begin()
        self.merged = []

    def heirs(self, partner_id):
        """Mergers follow one another: what one took over goes to the next."""
        found, before = {partner_id}, set()
        while found != before:
            before = found
            found = found.union(*(pair for pair in self.merged if found & set(pair)))
        return found

    @gesture(often=2, days=st.sampled_from((1, 20, 100)))
    def time_passes(self, days):
        if today_in_paris() < LAST_DAY:
            self.case.clock.tick(timedelta(days=days))
            self.env["cdg47.convention"]._cron_expire()

    # === Convention ===
    @gesture(partner=WHICH, forfait=FORFAITS, when=st.sampled_from((0, 20, 200)))
    def proposed(self, partner, forfait, when):
        chosen = getattr(self.case, forfait)
        wizard = self.env["cdg47.convention.propose"].with_user(self.case.user_manager)
        kind = "option_ids" if chosen.cdg47_is_option else "forfait_ids"
        wizard.create(
            {
                "partner_id": self.collectivite(partner).id,
                kind: [Command.set(chosen.ids)],
                "date_start": today_in_paris() + timedelta(days=when),
            }
        ).action_propose()
        convention = self.convention(partner)
        convention.write(
            {"deliberation_number": "2024-9", "deliberation_date": "2024-03-20"}
        )
        convention.action_send()

    @gesture(partner=WHICH, forfait=FORFAITS, when=st.sampled_from((0, 20)))
    def amended(self, partner, forfait, when):
        day = today_in_paris() + timedelta(days=when)
        self.case.amend(self.convention(partner), getattr(self.case, forfait), day)

    @gesture(partner=WHICH)
    def countersigned(self, partner):
        self.convention(partner).action_countersign()

    @gesture(partner=WHICH, kind=st.sampled_from(("notice", "date")),
             days=st.sampled_from((0, 30, -20)))  # fmt: skip
    def ended(self, partner, kind, days):
        wizard = self.env["cdg47.convention.terminate"].with_user(
            self.case.user_manager
        )
        values = {
            "convention_id": self.convention(partner).id,
            "kind": kind,
            "end_reason_id": self.case.env.ref(
                "cdg47_convention.end_reason_withdrawal"
            ).id,
        }
        if kind == "date":
            values["end_date"] = today_in_paris() + timedelta(days=days)
        wizard.create(values).action_terminate()

    @gesture(partner=WHICH, before=st.integers(0, 1))
    def end_withdrawn(self, partner, before):
        conventions = self.collectivite(partner).convention_ids.sorted("id")
        convention = (conventions[-1 - before :] or conventions)[:1]
        convention.with_user(self.case.user_manager).action_cancel_termination()

    # === Stratum ===
    @gesture(partner=WHICH, population=POPULATIONS)
    def counted_anew(self, partner, population):
        commune = self.collectivite(partner)
        size = (
            {"agents": population // 10}
            if commune.collectivite_type == "budget_annexe"
            else {"population_total": population, "population_municipal": population}
        )
        censuses = self.env["cdg47.census"].with_user(self.case.user_manager)
        censuses.create(
            {"partner_id": commune.id, "date_from": today_in_paris(), **size}
        )

    @gesture(partner=WHICH, when=st.sampled_from(("renewal", "date")))
    def stratum_changed(self, partner, when):
        wizard = self.env["cdg47.stratum.change"].with_user(self.case.user_manager)
        wizard.create(
            {"convention_id": self.convention(partner).id, "when": when}
        ).action_change()

    # === Campaign ===
    def campaign(self):
        campaigns = self.env["cdg47.campaign"].with_user(self.case.user_manager)
        return campaigns.search([("year", "=", 2025)], limit=1)

    @gesture()
    def campaign_run(self):
        campaign = self.campaign()
        campaign = campaign or campaign.create({"year": 2025})
        if campaign.state == "draft":
            campaign.action_simulate()
        self.case.run_all(campaign)

    @gesture()
    def campaign_undone(self):
        campaign = self.campaign()
        if not campaign:
            raise UserError("Rien de tel")
        campaign.action_undo()
        while campaign._run_batch(50):
            pass

    # === Collectivités ===
    @gesture(partner=WHICH, former=WHICH, soon=st.booleans())
    def merger(self, partner, former, soon):
        new, old = self.collectivite(partner), self.collectivite(former)
        if new == old:
            raise UserError("Rien de tel")
        wizard = self.env["cdg47.collectivite.merge"].with_user(self.case.user_manager)
        values = {"partner_id": new.id, "former_ids": [Command.set(old.ids)]}
        if soon:
            values["date"] = today_in_paris()
        wizard.create(values).action_merge()
        self.merged.append((new.id, old.id))

    @gesture(partner=WHICH)
    def archived(self, partner):
        commune = self.collectivite(partner).with_user(self.case.user_manager)
        if commune.active:
            commune.action_archive()
        else:
            commune.action_unarchive()
