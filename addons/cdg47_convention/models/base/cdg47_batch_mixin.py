# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class Cdg47BatchMixin(models.AbstractModel):
    """Something done to many collectivités in the background, one commit each.

    A killed run goes on where it stopped; what fails is set aside with its reason. The
    model gives its ``line_ids`` and the job that runs it, ``_batch_cron``.
    """

    _name = "cdg47.batch.mixin"
    _description = "Work on many collectivités"

    _batch_cron = ""

    state = fields.Selection(
        [("draft", "To start"), ("running", "Running"), ("done", "Done")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
    )
    total_count = fields.Integer(string="Collectivités", compute="_compute_counts")
    parked_count = fields.Integer(string="Lines set aside", compute="_compute_counts")
    progress = fields.Float(string="Progress (%)", compute="_compute_counts")

    @api.depends("line_ids.state")
    def _compute_counts(self):
        counts = {}
        lines = self.env[self._fields["line_ids"].comodel_name]
        for batch, state, count in lines._read_group(
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

    def action_retry(self):
        """Try again those set aside."""
        self.ensure_one()
        self.check_access("write")
        parked = self.line_ids.filtered(lambda line: line.state == "parked")
        parked.write({"state": "todo", "reason": False})
        self._run()

    def _run(self):
        self.state = "running"
        # The trigger of a job belongs to the system.
        self.env.ref(self._batch_cron).sudo()._trigger()

    @api.model
    def _cron_make(self):
        """Make what is waiting, whatever the batch; end those that are over."""
        lines = self.env[self._fields["line_ids"].comodel_name]
        waiting = lines.search(
            [("state", "=", "todo"), ("batch_id.state", "=", "running")]
        )
        # A job has no language: what it says is read by who asked for it.
        told = [
            line.with_context(lang=line.batch_id.create_uid.lang) for line in waiting
        ]
        if not self.env["ir.cron"]._cdg47_each(told, "_make", "_set_aside"):
            return
        for batch in self.search([("state", "=", "running")]):
            batch._end()
            self.env["ir.cron"]._commit_progress()

    def _end(self):
        self.state = "done"
