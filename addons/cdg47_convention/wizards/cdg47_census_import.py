# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo import api, fields, models
from odoo.tools import split_every

from ..imports.census_dates import reference_year, tells_no_year, year_in_force
from ..imports.census_model import facts_model, registry_model
from ..imports.census_planner import CensusPlan, CensusPlanner
from ..imports.census_sheet import (
    COMMUNES,
    ESTABLISHMENTS,
    FACTS,
    LAYOUTS,
    REGISTRY,
    read_census_sheet,
)
from ..lib.dates import today_in_paris
from ..lib.table import TableIssue
from ..reading.company import values_of_new

# Collectivités written at once.
BATCH = 1000


class Cdg47CensusImport(models.TransientModel):
    """Imports a census: communes, établissements, or a sheet of facts."""

    _name = "cdg47.census.import"
    _inherit = "cdg47.csv.import"
    _description = "Import a census"

    date_from = fields.Date(
        string="In force from",
        compute="_compute_date_from",
        store=True,
        readonly=False,
        precompute=True,
        help="Day from which these facts decide the stratum: 1 January of the year "
        "in force that the file name tells. A year of reference alone tells nothing.",
    )
    create_missing = fields.Boolean(
        string="Create the missing collectivités",
        default=True,
        help="Otherwise a commune or establishment that is not known yet is an error. "
        "A sheet of facts never creates any.",
    )
    kind = fields.Selection(
        [
            (COMMUNES, "Communes"),
            (ESTABLISHMENTS, "Public establishments"),
            (FACTS, "Sheet of facts"),
            (REGISTRY, "Sheet of SIRET"),
        ],
        string="Kind of file",
        readonly=True,
        help="Recognised from the columns.",
    )
    # Plain lists of ids: they only serve to open the collectivités at the end.
    partner_ids_json = fields.Json(readonly=True)
    changed_partner_ids_json = fields.Json(readonly=True)

    @api.depends("filename")
    def _compute_date_from(self):
        for wizard in self:
            year = year_in_force(wizard.filename)
            if tells_no_year(wizard.filename):
                year = today_in_paris().year
            wizard.date_from = date(year, 1, 1) if year else False

    # === Buttons ===
    def action_view_collectivites(self):
        """Open the collectivités of the file."""
        self.ensure_one()
        return self._open_partners(self.partner_ids_json)

    def action_view_changes(self):
        """Open the collectivités whose stratum changes."""
        self.ensure_one()
        return self._open_partners(self.changed_partner_ids_json)

    def _open_partners(self, partner_ids):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_convention.cdg47_collectivite_action"
        )
        action["domain"] = [("id", "in", partner_ids or [])]
        action["target"] = "main"
        return action

    def action_registry_model(self):
        """Download the collectivités whose SIRET is missing, to be filled in."""
        self.ensure_one()
        return self._download_model(*registry_model(self.env))

    # === What the file would do ===
    def _layouts(self):
        return LAYOUTS

    def _model_sheet(self):
        return facts_model(self.env)

    def _plan(self):
        self.ensure_one()
        table = self._read_table()
        undated = self._date_fault()
        if undated:
            return CensusPlan(errors=[TableIssue(0, self.filename or "", undated)])
        sheet = read_census_sheet(self.env, table)
        self.kind = sheet.kind
        plan = CensusPlanner(
            self.env, sheet, self.date_from, self.filename or "", self.create_missing
        ).run()
        plan.errors.sort(key=lambda issue: issue.line)
        return plan

    def _date_fault(self):
        """Say what is wrong with the date of these facts, empty when nothing is."""
        reference = reference_year(self.filename)
        if not self.date_from:
            return self.env._(
                "Give the day from which these facts are in force: the name of the "
                "file does not tell it (INSEE's populations of 2022 are in force from "
                "1 January 2025)."
            )
        if self.date_from.year == reference:
            return self.env._(
                "%(year)s is the year of reference of these populations, not the year "
                "they are in force: INSEE puts them in force three years later.",
                year=reference,
            )
        return ""

    # === Doing it ===
    def _execute(self, plan):
        """Write a plan by batches, in the current transaction.

        Creations are not logged in the chatter: the source of each census row says
        where the facts come from.
        """
        quiet = self.with_context(
            tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True
        )
        created = [change for change in plan.todo if not change.partner_id]
        known = [change for change in plan.todo if change.partner_id]
        for batch in split_every(BATCH, created):
            plan.partner_ids += quiet._create_collectivites(batch)
            self._forget()
        for batch in split_every(BATCH, known):
            quiet._update_collectivites(batch)
            self._forget()
        self.write(
            {
                "partner_ids_json": plan.partner_ids,
                "changed_partner_ids_json": plan.changed_partner_ids,
            }
        )

    def _forget(self):
        """Free the memory of what is written: a file may hold all the communes."""
        self.env.flush_all()
        self.env.invalidate_all()

    def _create_collectivites(self, changes):
        company = values_of_new(self.env)
        partners = self.env["res.partner"].create(
            [{**change.partner_vals, **company} for change in changes]
        )
        self.env["cdg47.census"].create(
            [
                {"partner_id": partner.id, **change.census_vals}
                for partner, change in zip(partners, changes, strict=True)
                if change.census_vals
            ]
        )
        return partners.ids

    def _update_collectivites(self, changes):
        partners = self.env["res.partner"].browse([c.partner_id for c in changes])
        # The strata are reviewed once for all, below.
        census = self.env["cdg47.census"].with_context(cdg47_no_review=True)
        rows = census.browse([c.census_id for c in changes if c.census_id])
        # Asked once for the batch, not by each write.
        rows.check_access("write")
        rows._check_unused(
            {name for c in changes if c.census_id for name in c.census_vals}
        )
        rows_by_id = {row.id: row for row in rows.sudo()}
        new_rows = []
        for partner, change in zip(partners, changes, strict=True):
            if change.partner_vals:
                partner.write(change.partner_vals)
            if change.census_id and change.census_vals:
                rows_by_id[change.census_id].write(change.census_vals)
            elif change.census_vals:
                new_rows.append({"partner_id": partner.id, **change.census_vals})
        census.create(new_rows)
        partners._cdg47_review_strata()
