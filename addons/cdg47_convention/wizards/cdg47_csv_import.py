# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import file_open

from ..lib.csv_reader import MAX_BYTES, CsvIssue, CsvReader, too_large_message

# Lines shown of each list; counts are always whole.
SHOWN = 100
ERRORS_IN_A_SENTENCE = 20
DEMO_FOLDER = "cdg47_convention/demo"


class Cdg47CsvImport(models.AbstractModel):
    """Imports a CSV file in three steps: choose, check, apply.

    Nothing is written before the user has seen what would be; applying is all or
    nothing. A concrete importer says what a file would do (``_plan``) and does it
    (``_execute``); both start from the file, so what is applied is what the database
    says at that moment, not what it said at the preview.
    """

    _name = "cdg47.csv.import"
    _description = "Import of a CSV file"

    state = fields.Selection(
        [("upload", "File"), ("preview", "Check"), ("done", "Done")],
        default="upload",
        required=True,
        readonly=True,
    )
    file = fields.Binary(attachment=False)
    filename = fields.Char()
    created_count = fields.Integer(string="Created", readonly=True)
    updated_count = fields.Integer(string="Updated", readonly=True)
    unchanged_count = fields.Integer(string="Unchanged", readonly=True)
    error_count = fields.Integer(string="Errors", readonly=True)
    notice_count = fields.Integer(string="Remarks", readonly=True)
    change_count = fields.Integer(string="Stratum changes", readonly=True)
    error_ids = fields.One2many(
        "cdg47.csv.import.line",
        "res_id",
        domain=lambda self: self._domain_lines("error"),
    )
    notice_ids = fields.One2many(
        "cdg47.csv.import.line",
        "res_id",
        domain=lambda self: self._domain_lines("notice"),
    )
    sample_ids = fields.One2many(
        "cdg47.csv.import.line",
        "res_id",
        domain=lambda self: self._domain_lines("sample"),
    )
    change_ids = fields.One2many(
        "cdg47.csv.import.line",
        "res_id",
        domain=lambda self: self._domain_lines("change"),
    )

    @api.model
    def _domain_lines(self, kind):
        return [("res_model", "=", self._name), ("kind", "=", kind)]

    # === CRUD ===
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_size(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_size(vals)
        return super().write(vals)

    @api.model
    def _check_size(self, vals):
        """Refuse a huge upload before it is decoded or stored."""
        # Base64 writes three bytes in four characters.
        if len(vals.get("file") or "") * 3 // 4 > MAX_BYTES:
            raise UserError(too_large_message(self.env))

    # === Buttons ===
    def action_preview(self):
        """Read the file and show what it would do; nothing else is written."""
        self.ensure_one()
        self._show(self._plan())
        self.state = "preview"
        return self._reopen()

    def action_back(self):
        """Return to the choice of the file."""
        self.ensure_one()
        self._lines().unlink()
        self.state = "upload"
        return self._reopen()

    def action_apply(self):
        """Do what the file says, all of it, or show again what prevents it."""
        self.ensure_one()
        if self.state == "done":
            raise UserError(self.env._("This file has already been imported."))
        plan = self._plan()
        self._show(plan)
        if not plan.errors:
            self._execute(plan)
            self.state = "done"
        return self._reopen()

    # === To be given by each importer ===
    def _plan(self):
        """Compare the file with the database.

        :rtype: ImportPlan
        """
        raise NotImplementedError

    def _execute(self, plan):
        """Write what a plan without errors says, in the current transaction."""
        raise NotImplementedError

    # === Import without a screen ===
    @api.model
    def _import_file(self, content, filename, **values):
        """Import a file at once, for demonstration data and scripts.

        :param bytes content: the file, as it is on the disk
        :param str filename: its name: the year in it gives the default date
        :param values: other fields of the wizard
        :return: the wizard, its counts filled in
        :raise UserError: listing the errors by line; nothing is written then
        """
        wizard = self.create(
            {"file": base64.b64encode(content), "filename": filename, **values}
        )
        plan = wizard._plan()
        if plan.errors:
            raise UserError(wizard._error_sentences(plan))
        wizard._show(plan)
        wizard._execute(plan)
        wizard.state = "done"
        return wizard

    @api.model
    def _import_demo_file(self, name):
        """Import a file of the demonstration folder of this add-on."""
        with file_open(f"{DEMO_FOLDER}/{name}", "rb") as file:
            self._import_file(file.read(), name)

    @api.model
    def _error_sentences(self, plan):
        """Write the first errors of a plan, one by line."""
        shown = plan.errors[:ERRORS_IN_A_SENTENCE]
        sentences = [self._issue_sentence(issue) for issue in shown]
        hidden = len(plan.errors) - len(shown)
        if hidden:
            sentences.append(self.env._("… and %(count)s more.", count=hidden))
        return "\n".join(sentences)

    @api.model
    def _issue_sentence(self, issue):
        if not issue.line:
            return issue.message
        if not issue.value:
            return self.env._(
                "Line %(line)s: %(message)s", line=issue.line, message=issue.message
            )
        return self.env._(
            "Line %(line)s, « %(value)s »: %(message)s",
            line=issue.line,
            value=issue.value,
            message=issue.message,
        )

    # === Reading and showing ===
    def _read_table(self):
        """Read the file.

        :rtype: CsvTable
        """
        self.ensure_one()
        content = self.with_context(bin_size=False).file
        if not content:
            raise UserError(self.env._("Choose a file first."))
        return CsvReader(self.env).parse(base64.b64decode(content))

    def _show(self, plan):
        """Keep the counts of a plan and the first lines of its lists."""
        self.write(
            {
                "created_count": plan.created,
                "updated_count": plan.updated,
                "unchanged_count": plan.unchanged,
                "error_count": len(plan.errors),
                "notice_count": len(plan.notices),
                "change_count": len(plan.changes),
            }
        )
        self._lines().unlink()
        lines = [
            {"kind": kind, "res_model": self._name, "res_id": self.id, **vals}
            for kind, values in (
                ("error", map(self._issue_values, plan.errors[:SHOWN])),
                ("notice", map(self._issue_values, plan.notices[:SHOWN])),
                ("sample", plan.samples[:SHOWN]),
                ("change", plan.changes[:SHOWN]),
            )
            for vals in values
        ]
        self.env["cdg47.csv.import.line"].create(lines)
        self.invalidate_recordset(
            ["error_ids", "notice_ids", "sample_ids", "change_ids"]
        )

    def _lines(self):
        return self.env["cdg47.csv.import.line"].search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        )

    @api.model
    def _issue_values(self, issue: CsvIssue):
        return {"line": issue.line, "name": issue.value, "message": issue.message}

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env["ir.model"]._get(self._name).name,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }
