# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo import api, models
from odoo.fields import Domain

# A session in preparation is no activity yet.
SHOWN = ("published", "held", "cancelled")


class ReportActivity(models.AbstractModel):
    """The trainings and the letters of the year, in the activity report."""

    _inherit = "report.cdg47_convention.report_activity"

    @api.model
    def _sections(self, company, year):
        return [
            *super()._sections(company, year),
            self._trainings(company, year),
            self._letters(company, year),
        ]

    # === Trainings ===
    @api.model
    def _trainings(self, company, year):
        """Count sessions and participants by kind: Annexe 3 I b and III."""
        # The report gives sums, whoever reads it.
        sessions_sudo = self.env["event.event"].sudo().search(
            Domain("company_id", "in", (company.id, False))
            & Domain("training_kind", "!=", False)
            & Domain("training_state", "in", SHOWN)
            & Domain("half_day_ids.date", ">=", date(year, 1, 1))
            & Domain("half_day_ids.date", "<=", date(year, 12, 31))
        )  # fmt: skip
        sessions_sudo = sessions_sudo.filtered(lambda s: s._training_day().year == year)
        kinds = sessions_sudo._fields["training_kind"]._description_selection(self.env)
        present = self._present_by_session(sessions_sudo)
        rows = [
            [label, *self._figures(of_kind, present)]
            for kind, label in kinds
            if (
                of_kind := sessions_sudo.filtered(
                    lambda s, k=kind: s.training_kind == k
                )
            )
        ]
        if rows:
            rows.append([self.env._("Total"), *self._figures(sessions_sudo, present)])
        return {
            "title": self.env._("Trainings"),
            "head": [
                self.env._("Kind of training"),
                self.env._("Sessions"),
                self.env._("Cancelled sessions"),
                self.env._("Half-days"),
                self.env._("Agents registered"),
                self.env._("Agents present"),
                self.env._("Filling"),
            ],
            "rows": rows,
            "has_total": True,
            "empty": self.env._("No session was open in this year."),
        }

    @api.model
    def _present_by_session(self, sessions_sudo):
        return dict(
            self.env["event.registration"]
            .sudo()
            ._read_group(
                [("event_id", "in", sessions_sudo.ids), ("state", "=", "done")],
                ["event_id"],
                ["__count"],
            )
        )

    @api.model
    def _figures(self, sessions_sudo, present):
        cancelled = sessions_sudo.filtered(lambda s: s.training_state == "cancelled")
        living = sessions_sudo - cancelled
        limited = living.filtered(lambda s: s.seats_limited and s.seats_max)
        seats = sum(limited.mapped("seats_max"))
        taken = sum(limited.mapped("participant_count"))
        return [
            str(len(living)),
            str(len(cancelled)),
            str(sum(living.mapped("half_day_count"))),
            str(sum(living.mapped("participant_count"))),
            str(sum(present.get(session, 0) for session in living)),
            f"{100 * taken / seats:.0f}\N{NO-BREAK SPACE}%" if seats else "-",
        ]

    # === Letters ===
    @api.model
    def _letters(self, company, year):
        """Say how many letters of the ten were sent, forfait by forfait."""
        # The report gives sums, whoever reads it.
        mailings_sudo = self.env["mailing.mailing"].sudo()
        sent = dict(
            mailings_sudo._read_group(
                [("letter_year", "=", year), ("state", "=", "done")],
                ["cdg47_forfait_id"],
                ["__count"],
            )
        )
        served = self._collectivites_served(company, year)
        lists_sudo = self.env["mailing.list"].sudo()
        forfaits = lists_sudo.search(
            [("cdg47_forfait_id", "!=", False)]
        ).cdg47_forfait_id
        rows = []
        for forfait in forfaits if sent else ():
            rule = mailings_sudo._rule_of_letters(forfait, date(year, 12, 31))
            owed = mailings_sudo._letters_owed_by(forfait, date(year, 12, 31))
            reached = sum(served.get(service, 0) for service in rule.product_ids)
            row = [forfait.with_env(self.env).name, f"{sent.get(forfait, 0)}/{owed}"]
            rows.append([*row, str(reached)])
        return {
            "title": self.env._("Letters"),
            "head": [
                self.env._("Forfait"),
                self.env._("Letters sent"),
                self.env._("Collectivités served"),
            ],
            "rows": rows,
            "empty": self.env._("No letter was sent in this year."),
        }

    @api.model
    def _collectivites_served(self, company, year):
        """Return how many collectivités received something, by service."""
        return dict(
            self.env["cdg47.duty"]
            .sudo()
            ._read_group(
                [
                    ("convention_id.company_id", "=", company.id),
                    ("date", ">=", date(year, 1, 1)),
                    ("date", "<=", date(year, 12, 31)),
                ],
                ["product_id"],
                ["partner_id:count_distinct"],
            )
        )
