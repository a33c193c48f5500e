# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import models

from ..imports.volume_planner import LAYOUTS, VolumePlanner, volumes_model
from ..lib.dates import today_in_paris


class Cdg47VolumeImport(models.TransientModel):
    """Imports the Go measured on the platforms: backup, shared files."""

    _name = "cdg47.volume.import"
    _inherit = "cdg47.csv.import"
    _description = "Import measured volumes"

    def _layouts(self):
        return LAYOUTS

    def _model_sheet(self):
        return volumes_model(self.env)

    def _plan(self):
        self.ensure_one()
        return VolumePlanner(self.env, self._read_table(), today_in_paris()).run()

    def _execute(self, plan):
        """Write a plan: a level that changes closes the former and opens another.

        The level of a past day therefore stays what it was (R8).
        """
        allocations = self.env["cdg47.allocation"]
        created = []
        for known, values in plan.todo:
            if not known:
                created.append(values)
            elif values["quantity"] == known.quantity:
                known.measured_on = values["measured_on"]
            elif values["date_start"] == known.date_start:
                known.write(
                    {name: values[name] for name in ("quantity", "measured_on")}
                )
            else:
                created.append(
                    known._carried(**values, date_end=False, replaces_id=known.id)
                )
                eve = values["date_start"] - timedelta(days=1)
                known.write({"state": "expired", "date_end": eve})
        allocations.create(created)
