# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import models

from ..imports.volume_planner import LAYOUTS, VolumePlanner, volumes_model
from ..lib.dates import today_in_paris
from ..models.holdings.carrying import carried


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
        # What was accepted goes on with what is measured: nobody enters it (R15).
        allocations = self.env["cdg47.allocation"].sudo()
        created = []
        for known, values in plan.todo:
            known_sudo = known.with_env(allocations.env)
            if not known:
                created.append(values)
            elif values["quantity"] == sum(
                known.filtered(lambda a: a.state == "active").mapped("quantity")
            ):
                known_sudo.measured_on = values["measured_on"]
            elif known.mapped("date_start") == [values["date_start"]]:
                known_sudo.write(
                    {name: values[name] for name in ("quantity", "measured_on")}
                )
            else:
                created.append(self._follow(known_sudo, values))
        allocations.create(created)

    def _follow(self, known, values):
        """Close what was held on the eve; return what is held from the day on."""
        following = carried(known, **values, date_end=False, replaces_id=known[-1:].id)
        eve = values["date_start"] - timedelta(days=1)
        past = known.filtered(lambda a: a.date_start <= eve)
        past.write({"state": "expired", "date_end": eve})
        for allocation in known - past:
            allocation._revoke(allocation.date_start)
        return following
