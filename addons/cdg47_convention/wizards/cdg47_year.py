# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import json
from datetime import date

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import format_date

from ..lib.dates import today_in_paris
from ..reading.year_round import YearRound

SHOWN = ("key", "heading", "name", "sentence", "left")


class Cdg47Year(models.TransientModel):
    """« L'année »: what a manager has to do, where it stands, and its money."""

    _name = "cdg47.year"
    _description = "The year"
    _rec_name = "year"

    year = fields.Integer(
        required=True, default=lambda self: today_in_paris().year, aggregator=None
    )
    step_ids = fields.One2many("cdg47.year.step", "year_id")
    setup_ids = fields.One2many(
        "cdg47.year.step", "year_id", domain=[("heading", "=", "setup")]
    )
    round_ids = fields.One2many(
        "cdg47.year.step", "year_id", domain=[("heading", "=", "year")]
    )
    money_ids = fields.One2many(
        "cdg47.year.step", "year_id", domain=[("heading", "=", "money")]
    )
    progress = fields.Float(string="Done (%)", compute="_compute_progress")
    billed_graph = fields.Text(string="Invoiced by month", readonly=True)

    @api.depends("step_ids.left")
    def _compute_progress(self):
        for page in self:
            done = page.step_ids.filtered(lambda step: not step.left)
            page.progress = 100 * len(done) / (len(page.step_ids) or 1)

    @api.depends("year")
    def _compute_display_name(self):
        for page in self:
            page.display_name = self.env._("The year %(year)s", year=page.year)

    def _year_round(self):
        """Return the reader of this page. Other add-ons give it their own steps."""
        self.ensure_one()
        return YearRound(self.env, self.year)

    def _steps(self):
        return self._year_round().steps()

    # === Buttons ===
    @api.model
    def action_open(self, year=None):
        """Open the page of a year, read anew.

        :param int year: this year by default
        :raise AccessError: for who manages no convention
        """
        page = self.create([{"year": year or today_in_paris().year}])
        page.write(
            {
                "step_ids": [
                    Command.create({name: getattr(step, name) for name in SHOWN})
                    for step in page._steps()
                ],
                "billed_graph": page._billed_graph(),
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": page.display_name,
            "res_model": self._name,
            "res_id": page.id,
            "views": [(False, "form")],
            "target": "main",
        }

    def action_previous(self):
        return self.action_open(self.year - 1)

    def action_next(self):
        return self.action_open(self.year + 1)

    def action_refresh(self):
        return self.action_open(self.year)

    def _billed_graph(self):
        """Return the money of the year as the graph of Odoo's dashboards reads it."""
        billed = self._year_round().billed()
        if not any(billed):
            return False
        months = [
            format_date(self.env, date(self.year, month, 1), date_format="MMM y")
            for month in range(1, 13)
        ]
        values = [
            {"x": month, "y": amount, "name": month, "label": month, "value": amount}
            for month, amount in zip(months, billed, strict=True)
        ]
        return json.dumps(
            [
                {
                    "values": values,
                    "key": self.env._("Invoiced, excluding taxes"),
                    "is_sample_data": False,
                }
            ]
        )
