# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..lib.dates import next_first_of_january
from ..reading.authority import check_manager
from ..reading.strata_table import SIZES


class Cdg47StratumRevise(models.TransientModel):
    """Changes the bounds of the strata from a date, the past kept as it was.

    Only where each one starts is asked: it ends where the next one starts, so that
    they always make a table.
    """

    _name = "cdg47.stratum.revise"
    _description = "Change the strata from a date"

    date_from = fields.Date(
        string="New bounds in force from",
        required=True,
        default=lambda self: next_first_of_january(),
    )
    line_ids = fields.One2many("cdg47.stratum.revise.line", "wizard_id")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if "line_ids" in fields:
            values["line_ids"] = [
                Command.create(
                    {
                        "stratum_id": stratum.id,
                        **{
                            name: stratum[field]
                            for size in SIZES
                            for name, field in (
                                (f"has_{size}", f"has_{size}_bounds"),
                                (f"{size}_from", f"{size}_min"),
                            )
                        },
                    }
                )
                for stratum in self.env["cdg47.stratum"].search([])
            ]
        return values

    def action_revise(self):
        self.ensure_one()
        check_manager(self.env)
        bounds = {line.stratum_id: {} for line in self.line_ids}
        for size in SIZES:
            for stratum, values in self._bounds(size).items():
                bounds[stratum].update(values)
        changed = {
            stratum: values
            for stratum, values in bounds.items()
            if any(stratum[name] != value for name, value in values.items())
        }
        if not changed:
            raise UserError(self.env._("No bound has changed."))
        self.env["cdg47.stratum"]._revise(self.date_from, changed)
        return {"type": "ir.actions.act_window_close"}

    def _bounds(self, size):
        """Return the bounds of one size: each row ends where the next one starts.

        :rtype: dict[cdg47.stratum, dict]
        """
        found = {
            line.stratum_id: {f"has_{size}_bounds": False}
            for line in self.line_ids.filtered(lambda ln: not ln[f"has_{size}"])
        }
        sized = self.line_ids.filtered(f"has_{size}").sorted(f"{size}_from")
        starts = sized.mapped(f"{size}_from")
        for line, low, next_low in zip(sized, starts, [*starts[1:], 0], strict=True):
            is_last = line == sized[-1:]
            found[line.stratum_id] = {
                f"has_{size}_bounds": True,
                f"{size}_min": low,
                f"{size}_max": 0 if is_last else next_low - 1,
                f"{size}_unbounded": is_last,
            }
        return found


class Cdg47StratumReviseLine(models.TransientModel):
    _name = "cdg47.stratum.revise.line"
    _description = "Where a stratum starts"

    wizard_id = fields.Many2one(
        "cdg47.stratum.revise", required=True, ondelete="cascade"
    )
    stratum_id = fields.Many2one("cdg47.stratum", required=True, ondelete="cascade")
    has_population = fields.Boolean(string="By inhabitants")
    population_from = fields.Integer(string="Inhabitants from")
    has_agents = fields.Boolean(string="By agents")
    agents_from = fields.Integer(string="Agents from")
