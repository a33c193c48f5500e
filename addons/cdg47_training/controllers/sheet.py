# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.cdg47_convention.controllers.home import MAX_ID

from .training_portal import TrainingPortal

STATUSES = ("present", "absent", "excused")


class SheetPage(TrainingPortal):
    """The sign-in sheet on a phone: for its trainer and the organisers."""

    def _half_day(self, half_day_id):
        """Return a half-day whose sheet the reader keeps.

        :raise NotFound: for anybody else
        """
        half_days = request.env["cdg47.training.half.day"]
        if not half_days.has_access("read"):
            raise NotFound()
        half_day = half_days.search([("id", "=", min(half_day_id, MAX_ID))])
        try:
            half_day._check_trainer()
        except UserError as error:
            raise NotFound() from error
        if not half_day:
            raise NotFound()
        return half_day

    @http.route(
        "/formation/emargement/<int:half_day_id>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
    )
    def sheet(self, half_day_id, **kwargs):
        return self._render_sheet(self._half_day(half_day_id))

    def _render_sheet(self, half_day, errors=(), form=None):
        half_day_sudo = half_day.sudo()
        registrations_sudo = half_day_sudo._sheet_registrations()
        lines = {a.registration_id: a for a in half_day_sudo.attendance_ids}
        values = {
            "page_name": "sheet",
            "half_day": half_day_sudo,
            "rows": [(r, lines.get(r)) for r in registrations_sudo],
            "collectivites": request.env["res.partner"]
            .sudo()
            .search([("convention_ids", "!=", False)], order="name"),
            "statuses": half_day.attendance_ids._fields[
                "status"
            ]._description_selection(request.env),
            "errors": errors,
            "form": form or {},
        }
        return request.render("cdg47_training.sheet_page", values)

    @http.route(
        "/formation/emargement/<int:half_day_id>/<any(enregistrer,verrouiller,ajouter):action>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def sheet_save(self, half_day_id, action, **form):
        """Save, lock, or add who came unregistered."""
        half_day = self._half_day(half_day_id)
        errors = []
        with self._refusals(errors):
            if action == "ajouter":
                self._add(half_day, form)
            else:
                half_day._check_sheet_is_open()
                half_day._fill_sheet(self._statuses(half_day, form))
                if action == "verrouiller":
                    half_day.action_lock()
        if errors:
            return self._render_sheet(half_day, errors, form)
        return request.redirect(f"/formation/emargement/{half_day_id}")

    def _statuses(self, half_day, form):
        statuses = {}
        for line in half_day._open_sheet():
            status = form.get(f"status_{line.registration_id.id}")
            hours = form.get(f"hours_{line.registration_id.id}")
            statuses[line] = (
                status if status in STATUSES else False,
                self._hours(hours),
            )
        return statuses

    def _hours(self, text):
        try:
            return float((text or "").replace(",", "."))
        except ValueError:
            return None

    def _add(self, half_day, form):
        collectivite = request.env["res.partner"].sudo().search(
            [
                ("id", "=", int(form["collectivite"])
                 if (form.get("collectivite") or "").isdecimal() else 0),
                ("collectivite_type", "!=", False),
            ]
        )  # fmt: skip
        if not collectivite:
            raise UserError(request.env._("Choose the collectivité."))
        half_day._add_walk_in(
            collectivite,
            (form.get("name") or "")[:100],
            (form.get("email") or "")[:100],
        )
