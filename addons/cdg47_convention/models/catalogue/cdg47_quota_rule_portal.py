# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class Cdg47QuotaRule(models.Model):
    """A line of Annexe 1 as a collectivité reads it in the portal."""

    _inherit = "cdg47.quota.rule"

    def _portal_row(self, stratum):
        """Return this line as the portal shows it to a collectivité.

        :param cdg47.stratum stratum: the collectivité's
        :return: ``rule``, ``limit``, ``tone`` ("in", "ask" or "out"), ``notes`` and
            ``contents``: the words of Annexe 3 by kind
        :rtype: dict
        """
        self.ensure_one()
        none = self.by_stratum and stratum and not self._quantity_for(stratum)
        tones = {"included": "in", "limited": "in", "excluded": "out"}
        return {
            "rule": self,
            "limit": self._limit_for(stratum),
            "tone": "out" if none else tones.get(self.coverage, "ask"),
            "notes": self._portal_notes(),
            "contents": self._portal_contents(),
        }

    def _portal_notes(self):
        """Return the sentences that restrict this line: condition, needs, editor."""
        notes = []
        if self.condition:
            labels = dict(self._fields["condition"]._description_selection(self.env))
            notes.append(
                self.env._(
                    "When the collectivité: %(condition)s",
                    condition=labels[self.condition],
                )
            )
        if self.prerequisite_ids:
            notes.append(
                self.env._(
                    "Needs one of: %(services)s",
                    services=", ".join(self.prerequisite_ids.mapped("name")),
                )
            )
        if self.needs_editor:
            notes.append(self.env._("Depends on your Métiers software editor"))
        return notes

    def _portal_contents(self):
        """Return the words of Annexe 3 for these services, by kind, in the annex order.

        :return: list of (label of the kind, wordings)
        :rtype: list[tuple[str, list[str]]]
        """
        kinds = self.env["cdg47.service.step"]._fields["kind"]
        steps = self.product_ids.cdg47_step_ids.grouped("kind")
        return [
            (label, steps[kind].mapped("name"))
            for kind, label in kinds._description_selection(self.env)
            if kind in steps
        ]
