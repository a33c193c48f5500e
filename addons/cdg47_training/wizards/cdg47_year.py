# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.fields import Domain

from odoo.addons.cdg47_convention.reading.year_round import Step


class Cdg47Year(models.TransientModel):
    _inherit = "cdg47.year"

    def _steps(self):
        return [*super()._steps(), *self._sheets(), *self._letters()]

    def _sheets(self):
        year_round, half_days = self._year_round(), self.env["cdg47.training.half.day"]
        if not half_days.has_access("read"):
            return
        domain = (
            Domain("sheet_state", "=", "open")
            & Domain("training_state", "!=", "cancelled")
            & Domain("stop", "<", fields.Datetime.now())
            & Domain("date", ">=", year_round.first)
            & Domain("date", "<=", year_round.last)
        )
        yield year_round.counted(
            "sheets",
            "year",
            self.env._("Sign-in sheets"),
            half_days.search_count(domain),
            self.env._("%(count)s past and not locked."),
            self.env._("Every sheet is locked."),
            year_round.known(
                "cdg47_training.cdg47_training_half_day_action",
                domain=list(domain),
                context={},
            ),
        )

    def _letters(self):
        """Return a step by forfait whose letters are owed in a year (Annexe 3 I c)."""
        year_round, mailings = self._year_round(), self.env["mailing.mailing"]
        if not mailings.has_access("read"):
            return
        day = min(year_round.last, max(year_round.first, year_round.today))
        lists = self.env["mailing.list"].search([("cdg47_forfait_id", "!=", False)])
        sent = dict(
            mailings._read_group(
                Domain("cdg47_forfait_id", "in", lists.cdg47_forfait_id.ids)
                & Domain("letter_year", "=", self.year),
                ["cdg47_forfait_id"],
                ["__count"],
            )
        )
        for forfait in lists.cdg47_forfait_id:
            owed = mailings._letters_owed_by(forfait, day)
            done = sent.get(forfait, 0)
            late = max(mailings._letters_expected(day, owed) - done, 0)
            yield Step(
                f"letters_{forfait.id}",
                "year",
                self.env._("Letters of %(forfait)s", forfait=forfait.name),
                self.env._(
                    "%(sent)s of %(owed)s sent, %(late)s late.",
                    sent=done,
                    owed=owed,
                    late=late,
                ),
                late,
                year_round.known("cdg47_training.training_letter_action"),
            )
