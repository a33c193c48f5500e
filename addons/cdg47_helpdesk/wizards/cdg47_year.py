# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

# What waits for somebody of the CDG: where it is shown, and its words.
WAITING = ("triage", "estimate", "acceptance", "invoice")


class Cdg47Year(models.TransientModel):
    _inherit = "cdg47.year"

    def _steps(self):
        return [*super()._steps(), *self._steps_of_requests()]

    def _steps_of_requests(self):
        year_round, tickets = self._year_round(), self.env["helpdesk.ticket"]
        if not tickets.has_access("read"):
            return
        words = {
            "triage": self.env._(
                "%(count)s to sort out: a sender unknown, or who acts for several."
            ),
            "estimate": self.env._("%(count)s without their estimate."),
            "acceptance": self.env._(
                "%(count)s awaiting the answer of the collectivité."
            ),
            "invoice": self.env._("%(count)s worked, not invoiced."),
        }
        for key in WAITING:
            action = year_round.known(f"cdg47_helpdesk.helpdesk_ticket_{key}_action")
            yield year_round.counted(
                key,
                "money" if key == "invoice" else "year",
                self.env._("Requests: %(name)s", name=action["name"].lower()),
                tickets.search_count(Domain(safe_eval(action["domain"]))),
                words[key],
                self.env._("None."),
                action,
            )
