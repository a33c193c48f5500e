# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class Cdg47VisitMixin(models.AbstractModel):
    """A document that visits on site are planned for, in Odoo's own calendar.

    It declares ``visit_ids``, and says which collectivité is visited.
    """

    _name = "cdg47.visit.mixin"
    _description = "Document with visits on site"

    visit_count = fields.Integer(
        string="Number of visits",
        compute="_compute_visit_count",
        # A count tells nothing of a visit: its own rules decide who reads it.
        compute_sudo=True,
        groups="base.group_user",
    )

    def _visited_collectivite(self):
        """Return whom a visit for this document is made to; to be defined.

        :rtype: res.partner
        """
        raise NotImplementedError

    def _visit_link(self):
        """Return the field of a visit that names this document.

        :rtype: str
        """
        return self._fields["visit_ids"].inverse_name

    def _compute_visit_count(self):
        for document in self:
            document.visit_count = len(document.visit_ids)

    def action_view_visits(self):
        """Open the calendar on the visits, ready to plan one with the collectivité."""
        self.ensure_one()
        action = self._visited_collectivite().action_view_visits()
        action["domain"] = [(self._visit_link(), "=", self.id)]
        action["context"] |= {
            f"default_{self._visit_link()}": self.id,
            "default_name": self.display_name,
        }
        return action

    def action_plan_visit(self):
        """Open the form of a visit, filled in with all that is known of it."""
        action = self.action_view_visits()
        action.update(
            name=self.env._("Plan a visit"),
            views=[(False, "form")],
            view_mode="form",
            target="new",
        )
        return action
