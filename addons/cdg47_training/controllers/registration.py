# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.cdg47_convention.lib.dates import today_in_paris

from ..portal.registration_page import price_of, status_of
from ..reading.offer import offer_of
from .training_portal import TrainingPortal

BY_CONTACT = ("agent", "illness", "bereavement", "election")


class RegistrationPortal(TrainingPortal):
    """« Mes inscriptions » : where each one stands, its documents, leaving it."""

    def _get_registration_sortings(self):
        return {
            "latest": {
                "label": request.env._("Latest first"),
                "order": "create_date desc, id desc",
            },
            "agent": {"label": request.env._("Agent"), "order": "name, id"},
        }

    def _get_registration_filters(self):
        now = request.env.cr.now()
        living = Domain("state", "in", ("draft", "open"))
        return {
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
            "coming": {
                "label": request.env._("To come"),
                "domain": living & Domain("event_id.date_begin", ">", now),
            },
            "waiting": {
                "label": request.env._("On the waiting list"),
                "domain": Domain("is_waiting", "=", True),
            },
            "done": {
                "label": request.env._("Attended"),
                "domain": Domain("state", "=", "done"),
            },
            "cancelled": {
                "label": request.env._("Cancelled"),
                "domain": Domain("state", "=", "cancel"),
            },
        }

    @http.route(
        ["/my/inscriptions", "/my/inscriptions/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def portal_registrations(self, page=1, **kwargs):
        sortings = self._get_registration_sortings()
        filters = self._get_registration_filters()
        criteria = self._list_criteria(kwargs, sortings, filters)
        domain = Domain("collectivite_id.is_my_collectivite", "=", True)
        domain &= filters[criteria["filterby"]]["domain"]
        if criteria["collectivite"]:
            domain &= Domain("collectivite_id", "=", criteria["collectivite"])
        found, pager = self._paginate(
            request.env["event.registration"],
            "/my/inscriptions",
            domain,
            sortings[criteria["sortby"]]["order"],
            page,
            criteria,
        )
        new = {i for i in (kwargs.get("nouvelles") or "").split("-") if i.isdigit()}
        values = {
            **self._prepare_portal_layout_values(),
            **criteria,
            "page_name": "registrations",
            # The rows show sessions, which may be archived since.
            "registrations": found.sudo(),
            "status_of": status_of,
            "price_of": price_of,
            "just_registered": found.sudo().filtered(lambda r: str(r.id) in new),
            "pager": pager,
            "sortings": sortings,
            "filters": filters,
            "collectivites": self._my_collectivites_sudo(),
            "affairs": self._my_affairs_sudo(),
            "action": "/my/inscriptions",
        }
        return request.render("cdg47_training.portal_registrations", values)

    # === One registration ===
    @http.route(
        "/my/inscriptions/<int:registration_id>", type="http", auth="user", website=True
    )
    def portal_registration(self, registration_id, **kwargs):
        registration_sudo = self._registration_sudo(registration_id)
        return self._render_registration(registration_sudo)

    def _registration_sudo(self, registration_id):
        registration_sudo = self._own_record_sudo("event.registration", registration_id)
        if not registration_sudo.training_kind:
            raise NotFound()
        return registration_sudo

    def _render_registration(self, registration_sudo, errors=()):
        acting_sudo = self._acting_collectivites_sudo()
        session_sudo = registration_sudo.event_id
        to_come = not session_sudo._training_has_started()
        motives = dict(registration_sudo._motives())
        can_act = registration_sudo.collectivite_id in acting_sudo
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "registrations",
            "registration": registration_sudo,
            "session": session_sudo,
            # Prices are not an agent's (R20).
            "affairs": self._my_affairs_sudo(),
            "status": status_of(registration_sudo),
            "price": price_of(registration_sudo),
            "can_act": can_act
            and to_come
            and registration_sudo.state in ("draft", "open"),
            "offer": offer_of(session_sudo, registration_sudo.collectivite_id)
            if registration_sudo.offer_until
            else None,
            "motives": [(key, motives[key]) for key in BY_CONTACT],
            "agents": (
                registration_sudo._training_agents(registration_sudo.collectivite_id)
                - session_sudo.registration_ids.filtered(
                    lambda r: r.state != "cancel"
                ).agent_id
            ).sorted("name"),
            "errors": errors,
        }
        return request.render("cdg47_training.portal_registration", values)

    @http.route(
        "/my/inscriptions/<int:registration_id>/<any(annuler,remplacer,accepter):action>",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_registration_act(self, registration_id, action, **form):
        """Cancel, replace the agent, or take the seat that is offered."""
        self._registration_sudo(registration_id)
        registration_sudo = self._acting_record_sudo(
            "event.registration", registration_id
        )
        errors = []
        with self._refusals(errors):
            if action == "annuler":
                motive = form.get("motive")
                registration_sudo._training_cancel(
                    motive if motive in BY_CONTACT else "agent"
                )
            elif action == "remplacer":
                self._replace(registration_sudo, form, errors)
            else:
                registration_sudo._training_accept_offer(form.get("shown") or "")
        if errors:
            return self._render_registration(registration_sudo, errors)
        return request.redirect(f"/my/inscriptions/{registration_id}")

    def _replace(self, registration_sudo, form, errors):
        collectivite_sudo = registration_sudo.collectivite_id
        agents_sudo = registration_sudo._training_agents(collectivite_sudo)
        agent_sudo = agents_sudo.filtered(lambda a: str(a.id) == form.get("agent"))
        if agent_sudo:
            registration_sudo._training_replace(agent_sudo)
        else:
            errors.append(request.env._("Choose the agent who comes instead."))

    # === Documents ===
    @http.route(
        "/my/inscriptions/<int:registration_id>/convocation",
        type="http",
        auth="user",
        website=True,
    )
    def portal_convocation(self, registration_id, **kwargs):
        """Download the latest convocation."""
        registration_sudo = self._registration_sudo(registration_id)
        convocation_sudo = registration_sudo.convocation_ids.filtered(
            lambda c: c.agent_id == registration_sudo.agent_id
        ).sorted("version")[-1:]
        return self._file(convocation_sudo.attachment_id)

    @http.route(
        "/my/inscriptions/<int:registration_id>/agenda",
        type="http",
        auth="user",
        website=True,
    )
    def portal_agenda(self, registration_id, **kwargs):
        registration_sudo = self._registration_sudo(registration_id)
        if registration_sudo.state not in ("open", "done"):
            raise NotFound()
        return request.make_response(
            registration_sudo._training_ics(),
            [
                ("Content-Type", "text/calendar; charset=utf-8"),
                ("Content-Disposition", 'attachment; filename="formation.ics"'),
            ],
        )

    def _file(self, attachment_sudo):
        """Send a file whose owner has been checked."""
        if not attachment_sudo:
            raise NotFound()
        stream = request.env["ir.binary"]._get_stream_from(attachment_sudo)
        return stream.get_response(as_attachment=True)

    # === The year of the agents ===
    @http.route("/my/formations/bilan", type="http", auth="user", website=True)
    def portal_matrix(self, **kwargs):
        """Agents × trainings of a year, for one collectivité."""
        own_sudo = self._my_affairs_sudo()
        collectivite_sudo = self._chosen_collectivite_sudo(
            kwargs.get("collectivite"), own_sudo
        )
        today = today_in_paris()
        text = kwargs.get("annee") or ""
        year = int(text) if len(text) == 4 and text.isdecimal() else today.year
        year = min(max(year, today.year - 10), today.year + 2)
        found_sudo = request.env["event.registration"].sudo().search(
            Domain("collectivite_id", "=", collectivite_sudo.id)
            & Domain("state", "in", ("open", "done"))
            & Domain("event_id.date_begin", ">=", date(year, 1, 1))
            & Domain("event_id.date_begin", "<", date(year + 1, 1, 1)),
            order="name, id",
        )  # fmt: skip
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "matrix",
            "collectivites": own_sudo,
            "collectivite_sudo": collectivite_sudo,
            "year": year,
            "status_of": status_of,
            "years": range(today.year + 1, today.year - 5, -1),
            **self._matrix(found_sudo),
        }
        return request.render("cdg47_training.portal_matrix", values)

    def _matrix(self, registrations_sudo):
        """Return the rows and columns: ``sessions``, ``rows`` and ``total``."""
        sessions = registrations_sudo.event_id.sorted("date_begin")
        cells = {(r.agent_id, r.event_id): r for r in registrations_sudo}
        return {
            "sessions": sessions,
            "rows": [
                {
                    "agent": agent,
                    "cells": [cells.get((agent, session)) for session in sessions],
                    "hours": sum(
                        r.attended_hours
                        for r in registrations_sudo
                        if r.agent_id == agent
                    ),
                }
                for agent in registrations_sudo.agent_id.sorted("name")
            ],
            "total": sum(registrations_sudo.mapped("attended_hours")),
        }
