# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import io
import zipfile
from base64 import b64encode

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ...lib.dates import today_in_paris


class Cdg47StatementBatch(models.Model):
    """The yearly statements of all the collectivités: one file gathers them."""

    _name = "cdg47.statement.batch"
    _description = "Yearly statements"
    _inherit = ["cdg47.batch.mixin"]
    _order = "year desc, id desc"
    _rec_name = "year"
    _batch_cron = "cdg47_convention.cron_make_statements"

    year = fields.Integer(
        required=True, default=lambda self: today_in_paris().year, aggregator=None
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    line_ids = fields.One2many(
        "cdg47.statement.line", "batch_id", string="Statements", copy=False
    )
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

    def _collectivites(self):
        first, last = f"{self.year}-01-01", f"{self.year}-12-31"
        conventions = self.env["cdg47.convention"].search(
            Domain("company_id", "=", self.company_id.id)
            & Domain("date_start", "<=", last)
            & Domain("date_end", ">=", first)
        )
        return conventions.filtered(lambda c: c._is_signed()).partner_id

    def _end(self):
        """Put the statements made in one file, by name."""
        self.ensure_one()
        made = self.line_ids.filtered(lambda line: line.state == "done")
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for line in made:
                for attachment_sudo in line._files_sudo():
                    archive.writestr(attachment_sudo.name, attachment_sudo.raw)
        self.file = b64encode(stream.getvalue()) if made else False
        return super()._end()
