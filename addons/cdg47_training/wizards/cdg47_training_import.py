# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from ..imports.registrations import (
    LAYOUTS,
    RegistrationPlanner,
    registrations_model,
)


class Cdg47TrainingImport(models.TransientModel):
    """Registers the agents of a list, as « Register agents » does one by one.

    What is beyond a forfait is left to regularise: a list accepts no price (R7).
    """

    _name = "cdg47.training.import"
    _inherit = "cdg47.csv.import"
    _description = "Import registrations"

    event_id = fields.Many2one(
        "event.event",
        string="Session",
        required=True,
        domain=[("training_state", "=", "published")],
    )
    is_waiting = fields.Boolean(string="Those without a seat wait")

    def _layouts(self):
        return LAYOUTS

    def _model_sheet(self):
        return registrations_model(self.env, self.event_id)

    def _plan(self):
        self.ensure_one()
        return RegistrationPlanner(
            self.env, self._read_table(), self.event_id, self.is_waiting
        ).run()

    def _execute(self, plan):
        registrations = self.env["event.registration"]
        for partner, lines, shown in plan.todo:
            agents = self.env["res.partner"].union(
                *(
                    registrations._training_agent(partner, line.name, line.email)
                    for line in lines
                )
            )
            self.event_id._training_register(
                partner, agents, shown=shown, waiting="any" if self.is_waiting else None
            )
