# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request, route
from odoo.tools import plaintext2html

from odoo.addons.cdg47_convention.lib.dates import today_in_paris
from odoo.addons.helpdesk_mgmt.controllers.main import HelpdeskTicketController

WITHOUT_MANDATE = "/my/forfait"
NEW_TICKET = "/odoo/helpdesk.ticket/new"
MAX_FILES = 10
MAX_BYTES = 20 * 1024 * 1024
MAX_TOTAL = 40 * 1024 * 1024
LENGTHS = {"subject": 200, "description": 20000}


class RequestController(HelpdeskTicketController):
    """A new request, in plain choices, of an account that acts for a collectivité."""

    @route()
    def create_new_ticket(self, **kwargs):
        if not self._mine_sudo():
            return self._lead_elsewhere()
        return self._render_form({"category": kwargs.get("category", "")})

    @route(methods=["POST"])
    def submit_ticket(self, **kwargs):
        if not self._mine_sudo():
            return self._lead_elsewhere()
        try:
            values = self._request_values(kwargs)
            files = self._read_files()
        except UserError as error:
            return self._render_form(kwargs, error=str(error))
        ticket_sudo = self._create_request(values, files)
        return request.redirect(f"/my/ticket/{ticket_sudo.id}?message=sent")

    def _lead_elsewhere(self):
        """Lead an employee to the form of the desk, a contact to what lacks."""
        user = request.env.user
        return request.redirect(WITHOUT_MANDATE if user.share else NEW_TICKET)

    def _mine_sudo(self):
        return request.env["res.partner"]._cdg47_mine().sorted("name")

    def _choices_sudo(self):
        """Return the plain choices, whose services a portal user may not read."""
        categories_sudo = request.env["helpdesk.ticket.category"].sudo()
        choices = Domain("cdg47_in_portal", "=", True)
        if not request.env["res.partner"]._cdg47_mine_in_full():
            # An agent asks for nothing that is paid (R20).
            choices &= Domain("cdg47_is_paid", "=", False)
        return categories_sudo.search(choices)

    def _render_form(self, typed, error=None):
        company = request.env.company
        values = {
            "page_name": "ticket",
            "categories": self._choices_sudo(),
            "collectivites": self._mine_sudo(),
            "typed": typed,
            "error": error,
            "phone": company.phone,
            "company": company.sudo(),
            "max_files": MAX_FILES,
            "max_megabytes": MAX_BYTES // 1024 // 1024,
            "max_total": MAX_TOTAL // 1024 // 1024,
        }
        return request.render("cdg47_helpdesk.portal_new_request", values)

    # === What was typed ===
    def _request_values(self, typed):
        """Read a request, or say in one sentence what is missing.

        :raise UserError: the first thing to correct
        """
        category = self._chosen(self._choices_sudo(), typed.get("category"))
        if not category:
            raise UserError(request.env._("Choose what your request is about."))
        collectivite = self._collectivite(typed.get("collectivite"))
        values = {
            "name": self._text(typed, "subject", request.env._("Subject")),
            "description": plaintext2html(
                self._text(typed, "description", request.env._("Description"))
            ),
            "category_id": category.id,
            "collectivite_id": collectivite.id,
            "company_id": request.env.company.id,
            "is_urgent": bool(typed.get("urgent") and category.cdg47_may_be_urgent),
        }
        if category.cdg47_is_paid:
            if collectivite not in request.env["res.partner"]._cdg47_mine_in_full():
                raise UserError(
                    request.env._(
                        "What is paid is asked for by a secretary or a signatory of "
                        "your collectivité."
                    )
                )
            if not typed.get("written_request"):
                raise UserError(
                    request.env._(
                        "Tick the written request: this service is invoiced once you "
                        "have accepted its estimate."
                    )
                )
            values["written_request"] = True
        return values

    def _collectivite(self, text):
        mine = self._mine_sudo()
        chosen = mine if len(mine) == 1 else self._chosen(mine, text)
        if not chosen:
            raise UserError(
                request.env._("Say for which collectivité you make this request.")
            )
        return chosen

    @staticmethod
    def _chosen(records, text):
        return records.filtered(lambda record: str(record.id) == (text or ""))

    def _text(self, typed, name, label):
        text = (typed.get(name) or "").strip()
        if not text:
            raise UserError(request.env._("%(label)s: to be completed.", label=label))
        if len(text) > LENGTHS[name]:
            raise UserError(
                request.env._(
                    "%(label)s: %(count)s characters at most.",
                    label=label,
                    count=LENGTHS[name],
                )
            )
        return text

    def _read_files(self):
        """Return the names and contents of what is joined, within limits."""
        uploaded = request.httprequest.files.getlist("attachment")
        files = [(file.filename, file.read()) for file in uploaded if file.filename]
        if sum(len(content) for _name, content in files) > MAX_TOTAL:
            raise UserError(
                request.env._(
                    "Your files are too heavy: %(size)s MB at most in all.",
                    size=MAX_TOTAL // 1024 // 1024,
                )
            )
        if len(files) > MAX_FILES:
            raise UserError(request.env._("%(count)s files at most.", count=MAX_FILES))
        for name, content in files:
            if len(content) > MAX_BYTES:
                raise UserError(
                    request.env._(
                        "« %(name)s » is too heavy: %(size)s MB at most.",
                        name=name,
                        size=MAX_BYTES // 1024 // 1024,
                    )
                )
        return files

    # === What is created ===
    def _create_request(self, values, files):
        contact = request.env.user.partner_id
        written = values.pop("written_request", False)
        channel_id = request.env["ir.model.data"]._xmlid_to_res_id(
            "helpdesk_mgmt.helpdesk_ticket_channel_web"
        )
        # A portal contact may not create tickets: this form does, in their name.
        ticket_sudo = (
            request.env["helpdesk.ticket"]
            .sudo()
            .create(
                {
                    **values,
                    "partner_id": contact.id,
                    "partner_name": contact.name,
                    "partner_email": contact.email,
                    "channel_id": channel_id,
                    "user_id": False,
                    "stage_id": request.env["ir.model.data"]._xmlid_to_res_id(
                        "helpdesk_mgmt.helpdesk_ticket_stage_new"
                    ),
                }
            )
        )
        if written:
            ticket_sudo._record_written_request(contact.name, today_in_paris())
        request.env["ir.attachment"].sudo().create(
            [
                {
                    "name": name,
                    "raw": content,
                    "res_model": ticket_sudo._name,
                    "res_id": ticket_sudo.id,
                }
                for name, content in files
            ]
        )
        return ticket_sudo
