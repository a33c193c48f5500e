# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
from urllib.parse import quote as url_quote
from urllib.parse import urlencode

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import file_open

from ..lib.actions import reopening
from ..lib.model_sheet import correction_workbook, model_workbook
from ..lib.table import TableIssue, TableReader
from ..lib.table_source import MAX_BYTES, too_large_message
from ..lib.xlsx_sheet import XLSX

# Lines shown of each list; counts are always whole.
SHOWN = 100
ERRORS_IN_A_SENTENCE = 20
DEMO_FOLDER = "cdg47_convention/demo"


class Cdg47CsvImport(models.AbstractModel):
    """Imports a table in three steps: choose, check, apply.

    Nothing is written before the user has seen what would be; applying is all or
    nothing. A concrete importer says what a file would do (``_plan``) and does it
    (``_execute``); both start from the file, so what is applied is what the database
    says at that moment, not what it said at the preview.
    """

    _name = "cdg47.csv.import"
    _description = "Import of a table"

    state = fields.Selection(
        [("upload", "File"), ("preview", "Check"), ("done", "Done")],
        default="upload",
        required=True,
        readonly=True,
    )
    file = fields.Binary(attachment=False)
    filename = fields.Char()
    understood = fields.Char(
        readonly=True,
        help="What was found in the file: its kind, its header, its lines.",
    )
    # A workbook that was asked for, while it is downloaded.
    sheet = fields.Binary(attachment=False, readonly=True)
    created_count = fields.Integer(string="Created", readonly=True)
    updated_count = fields.Integer(string="Updated", readonly=True)
    unchanged_count = fields.Integer(string="Unchanged", readonly=True)
    error_count = fields.Integer(string="Errors", readonly=True)
    notice_count = fields.Integer(string="Remarks", readonly=True)
    change_count = fields.Integer(string="Stratum changes", readonly=True)
    replaced_count = fields.Integer(string="Values replaced", readonly=True)
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
    update_ids = fields.One2many(
        "cdg47.csv.import.line",
        "res_id",
        domain=lambda self: self._domain_lines("update"),
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

    def action_model_file(self):
        """Download a sheet to fill in, with what is already known."""
        self.ensure_one()
        return self._download_model(*self._model_sheet())

    def _download_model(self, columns, rows, explanations):
        headers = self.env._("Column"), self.env._("What to write")
        explained = self.env._("Columns"), headers, explanations
        content = model_workbook(self.env._("To fill in"), columns, rows, explained)
        return self._download(content, self.env._("model"))

    def action_error_sheet(self):
        """Download the lines of the file with what is wrong, to be given back."""
        self.ensure_one()
        table = self._read_table()
        names = [name for name in table.columns if name]
        faults = {}
        for issue in self._plan().errors:
            faults.setdefault(issue.line, []).append(issue)
        rows = [
            (
                *(row.cells.get(name) for name in names),
                self._fault_text(faults.pop(row.line, ())),
            )
            for row in table.rows
        ]
        for line in sorted(faults):
            values = [faults[line][0].value] if names else []
            blank = [""] * (len(names) - len(values))
            rows.append((*values, *blank, self._fault_text(faults[line])))
        content = correction_workbook(
            self.env._("To correct"),
            [*(table.labels[name] for name in names), self.env._("To correct")],
            rows,
        )
        return self._download(content, self.env._("errors"))

    def _fault_text(self, issues):
        return "\n".join(self._issue_sentence(issue) for issue in issues)

    def _download(self, content, name):
        self.sheet = base64.b64encode(content)
        title = self.env["ir.model"]._get(self._name).name
        filename = url_quote(f"{title} - {name}.xlsx")
        # Said, as Odoo guesses it from a beginning that is no archive.
        options = urlencode({"download": 1, "mimetype": XLSX})
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/sheet/{filename}?{options}",
            "target": "download",
        }

    # === To be given by each importer ===
    def _layouts(self):
        """Return the tables that this import knows.

        :rtype: list[Layout]
        """
        raise NotImplementedError

    def _model_sheet(self):
        """Return the model to fill in: its columns, its lines, what to write there.

        :return: (name, kind) of each column, values of each line, explanation by
            column
        :rtype: tuple
        """
        raise NotImplementedError

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

        :rtype: Table
        """
        self.ensure_one()
        content = self.with_context(bin_size=False).file
        if not content:
            raise UserError(self.env._("Choose a file first."))
        table = TableReader(self.env, self._layouts()).parse(base64.b64decode(content))
        self.understood = table.summary
        return table

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
                "replaced_count": len(plan.updates),
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
                ("update", plan.updates[:SHOWN]),
            )
            for vals in values
        ]
        self.env["cdg47.csv.import.line"].create(lines)
        self.invalidate_recordset(
            ["error_ids", "notice_ids", "sample_ids", "change_ids", "update_ids"]
        )

    def _lines(self):
        return self.env["cdg47.csv.import.line"].search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        )

    @api.model
    def _issue_values(self, issue: TableIssue):
        return {"line": issue.line, "name": issue.value, "message": issue.message}

    def _reopen(self):
        return {**reopening(self), "context": {"dialog_size": "extra-large"}}
