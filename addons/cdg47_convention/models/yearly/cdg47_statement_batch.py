# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import io
import zipfile
from base64 import b64encode

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ...lib.dates import today_in_paris


class Cdg47StatementBatch(models.Model):
    """The yearly statements of all the collectivités, made in the background.

    One statement at a time, one commit each: a killed run goes on where it stopped, a
    collectivité that fails is set aside with its reason, one file gathers the others.
    """

    _name = "cdg47.statement.batch"
    _description = "Yearly statements"
    _order = "year desc, id desc"
    _rec_name = "year"

    year = fields.Integer(
        required=True, default=lambda self: today_in_paris().year, aggregator=None
    )
    state = fields.Selection(
        [("draft", "To start"), ("running", "Running"), ("done", "Done")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
    )
    line_ids = fields.One2many(
        "cdg47.statement.line", "batch_id", string="Statements", copy=False
    )
    total_count = fields.Integer(string="Collectivités", compute="_compute_counts")
    parked_count = fields.Integer(
        string="Statements set aside", compute="_compute_counts"
    )
    progress = fields.Float(string="Progress (%)", compute="_compute_counts")
    file = fields.Binary(readonly=True, copy=False, attachment=True)
    filename = fields.Char(compute="_compute_filename")

    @api.depends("year")
    def _compute_display_name(self):
        for batch in self:
            batch.display_name = self.env._("Statements %(year)s", year=batch.year)

    @api.depends("year")
    def _compute_filename(self):
        for batch in self:
            batch.filename = f"{batch.display_name}.zip"

    @api.depends("line_ids.state")
    def _compute_counts(self):
        counts = {}
        for batch, state, count in self.env["cdg47.statement.line"]._read_group(
            [("batch_id", "in", self.ids)], ["batch_id", "state"], ["__count"]
        ):
            counts.setdefault(batch.id, {})[state] = count
        for batch in self:
            by_state = counts.get(batch._origin.id, {})
            total = sum(by_state.values())
            batch.total_count = total
            batch.parked_count = by_state.get("parked", 0)
            todo = by_state.get("todo", 0)
            batch.progress = 100 * (total - todo) / total if total else 0

    @api.constrains("year")
    def _check_year(self):
        for batch in self:
            if not 2000 <= batch.year <= today_in_paris().year:
                raise UserError(self.env._("This year has no statement."))

    # === Buttons ===
    def action_start(self):
        """List the collectivités that had a convention, then make their statements."""
        self.ensure_one()
        missing = self._collectivites() - self.line_ids.partner_id
        if not missing and not self.line_ids:
            raise UserError(
                self.env._(
                    "No convention was in force in %(year)s: there is no statement to "
                    "make.",
                    year=self.year,
                )
            )
        self.line_ids = [Command.create({"partner_id": p.id}) for p in missing]
        self._run()

    def action_retry(self):
        """Try again those set aside."""
        self.ensure_one()
        parked = self.line_ids.filtered(lambda line: line.state == "parked")
        parked.write({"state": "todo", "reason": False})
        self._run()

    def _run(self):
        self.state = "running"
        # The trigger of a job belongs to the system.
        self.env.ref("cdg47_convention.cron_make_statements").sudo()._trigger()

    def _collectivites(self):
        first, last = f"{self.year}-01-01", f"{self.year}-12-31"
        conventions = self.env["cdg47.convention"].search(
            Domain("date_start", "<=", last) & Domain("date_end", ">=", first)
        )
        return conventions.filtered(lambda c: c._is_signed()).partner_id

    # === Background ===
    @api.model
    def _cron_make(self):
        """Make what is waiting, whatever the batch; gather what is over."""
        lines = self.env["cdg47.statement.line"]
        waiting = lines.search(
            [("state", "=", "todo"), ("batch_id.state", "=", "running")]
        )
        if not self.env["ir.cron"]._cdg47_each(waiting, "_make", "_set_aside"):
            return
        for batch in self.search([("state", "=", "running")]):
            batch._gather()
            self.env["ir.cron"]._commit_progress()

    def _gather(self):
        """Put the statements made in one file, by name."""
        self.ensure_one()
        made = self.line_ids.filtered(lambda line: line.state == "done")
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for line in made:
                for attachment_sudo in line._files_sudo():
                    archive.writestr(attachment_sudo.name, attachment_sudo.raw)
        self.write(
            {"file": b64encode(stream.getvalue()) if made else False, "state": "done"}
        )
