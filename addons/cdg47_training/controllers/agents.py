# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from werkzeug.exceptions import NotFound

from odoo import http
from odoo.fields import Date
from odoo.http import request

from odoo.addons.cdg47_convention.lib.dates import today_in_paris

from .training_portal import TrainingPortal


class AgentPortal(TrainingPortal):
    """« Mes agents » : who works for the collectivité, who left, what they attended."""

    @http.route("/my/agents", type="http", auth="user", website=True)
    def portal_agents(self, **kwargs):
        return self._render_agents(kwargs)

    def _render_agents(self, form, errors=()):
        own_sudo = self._my_affairs_sudo()
        collectivite_sudo = self._chosen_collectivite_sudo(
            form.get("collectivite"), own_sudo
        )
        mandates_sudo = request.env["cdg47.mandate"].sudo().search(
            [("collectivite_id", "=", collectivite_sudo.id)],
            order="date_end desc, id",
        )  # fmt: skip
        attended = dict(
            request.env["event.registration"]
            .sudo()
            ._read_group(
                [
                    ("collectivite_id", "=", collectivite_sudo.id),
                    ("state", "=", "done"),
                ],
                ["agent_id"],
                ["attended_hours:sum"],
            )
        )
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "agents",
            "collectivites": own_sudo,
            "collectivite_sudo": collectivite_sudo,
            "can_act": collectivite_sudo in self._acting_collectivites_sudo(),
            "current": mandates_sudo.filtered("is_current").sorted(
                lambda m: m.contact_id.name or ""
            ),
            "former": mandates_sudo.filtered(lambda m: not m.is_current),
            "attended": attended,
            "today": today_in_paris(),
            "errors": errors,
            "form": form,
        }
        return request.render("cdg47_training.portal_agents", values)

    @http.route(
        "/my/agents/ajouter", type="http", auth="user", website=True, methods=["POST"]
    )
    def portal_agent_add(self, **form):
        """Add an agent; one already there is left as it is."""
        collectivite_sudo = self._acting_collectivites_sudo().filtered(
            lambda p: str(p.id) == form.get("collectivite")
        )
        if not collectivite_sudo:
            raise NotFound()
        errors = []
        with self._refusals(errors):
            request.env["event.registration"]._training_agent(
                collectivite_sudo,
                (form.get("name") or "")[:100],
                (form.get("email") or "")[:100],
            )
        if errors:
            return self._render_agents(form, errors)
        return request.redirect(f"/my/agents?collectivite={collectivite_sudo.id}")

    @http.route(
        "/my/agents/<int:mandate_id>/depart",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_agent_leave(self, mandate_id, **form):
        """Record that an agent left; its history stays. Only of agents: the mandates of
        secretaries and signatories are the CDG's to end."""
        mandate_sudo = self._acting_record_sudo("cdg47.mandate", mandate_id)
        if mandate_sudo.role != "agent":
            raise NotFound()
        errors = []
        with self._refusals(errors):
            mandate_sudo.date_end = self._departure(mandate_sudo, form)
        if errors:
            return self._render_agents(form, errors)
        return request.redirect(
            f"/my/agents?collectivite={mandate_sudo.collectivite_id.id}"
        )

    def _departure(self, mandate_sudo, form):
        try:
            day = Date.to_date(form.get("date_end"))
        except (TypeError, ValueError):
            day = None
        return max(day or today_in_paris(), mandate_sudo.date_start)
