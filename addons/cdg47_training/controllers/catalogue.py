# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from werkzeug.exceptions import NotFound

from odoo import http
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.cdg47_convention.controllers.home import MAX_ID

from ..portal.registration_page import status_of
from ..portal.session_page import visible_domain
from ..reading.offer import offer_of, offers_of
from .training_portal import TrainingPortal


class CataloguePortal(TrainingPortal):
    """« Formations » : the sessions open, their price, and how to register."""

    def _get_catalogue_sortings(self):
        return {
            "date": {"label": request.env._("Date"), "order": "date_begin, id"},
            "name": {"label": request.env._("Title"), "order": "name, id"},
        }

    def _get_catalogue_filters(self):
        kinds = request.env["event.event"]._fields["training_kind"]
        filters = {"all": {"label": request.env._("All"), "domain": Domain.TRUE}}
        for key, label in kinds._description_selection(request.env):
            filters[key] = {
                "label": label,
                "domain": Domain("training_kind", "=", key),
            }
        filters["remote"] = {
            "label": request.env._("Remote"),
            "domain": Domain("location_kind", "=", "remote"),
        }
        return filters

    @http.route(
        ["/my/formations", "/my/formations/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def portal_trainings(self, page=1, **kwargs):
        own_sudo = self._my_collectivites_sudo()
        collectivite_sudo = self._chosen_collectivite_sudo(
            kwargs.get("collectivite"), own_sudo
        )
        sortings, filters = (
            self._get_catalogue_sortings(),
            self._get_catalogue_filters(),
        )
        criteria = {
            **self._list_criteria(kwargs, sortings, filters),
            "search": self._search_words(kwargs),
        }
        domain = self._catalogue_domain() & filters[criteria["filterby"]]["domain"]
        if criteria["search"]:
            domain &= Domain("name", "ilike", criteria["search"])
        sessions_sudo, pager = self._paginate(
            request.env["event.event"].sudo(),
            "/my/formations",
            domain,
            sortings[criteria["sortby"]]["order"],
            page,
            criteria,
        )
        in_full = collectivite_sudo & self._my_affairs_sudo()
        offers = offers_of(sessions_sudo, in_full) if in_full else {}
        values = {
            **self._prepare_portal_layout_values(),
            **criteria,
            "page_name": "trainings",
            "sessions": sessions_sudo,
            "offers": {session.id: offer for session, offer in offers.items()},
            "pager": pager,
            "sortings": sortings,
            "filters": filters,
            "collectivites": own_sudo,
            "collectivite": collectivite_sudo.id,
            "action": "/my/formations",
            "is_filtered": bool(criteria["search"] or criteria["filterby"] != "all"),
        }
        return request.render("cdg47_training.portal_trainings", values)

    # === The page of a session ===
    @http.route(
        "/my/formations/<int:session_id>", type="http", auth="user", website=True
    )
    def portal_training(self, session_id, **kwargs):
        session_sudo = self._session_sudo(session_id)
        return self._render_session(session_sudo, kwargs)

    def _session_sudo(self, session_id):
        session_sudo = request.env["event.event"].sudo().search(
            visible_domain(request.env) & Domain("id", "=", min(session_id, MAX_ID))
        )  # fmt: skip
        if not session_sudo:
            raise NotFound()
        return session_sudo

    def _render_session(self, session_sudo, form, errors=()):
        own_sudo = self._acting_collectivites_sudo()
        readers_sudo = self._my_collectivites_sudo()
        collectivite_sudo = self._chosen_collectivite_sudo(
            form.get("collectivite"), own_sudo or readers_sudo
        )
        registrations = request.env["event.registration"]
        agents_sudo = registrations._training_agents(collectivite_sudo)
        registered_sudo = registrations.sudo().search(
            [
                ("event_id", "=", session_sudo.id),
                ("collectivite_id", "=", collectivite_sudo.id),
                ("state", "!=", "cancel"),
            ]
        )
        in_full = collectivite_sudo & self._my_affairs_sudo()
        if not in_full:
            # An agent sees their own registration, and no price (R20).
            registered_sudo = registered_sudo.filtered(
                lambda r: r.agent_id == request.env.user.partner_id
            )
        free = session_sudo._training_seats_left()
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "trainings",
            "session": session_sudo,
            "collectivites": own_sudo,
            "collectivite_sudo": collectivite_sudo,
            "can_register": collectivite_sudo in own_sudo,
            "agents": (agents_sudo - registered_sudo.agent_id).sorted("name"),
            "registered": registered_sudo,
            "status_of": status_of,
            "offer": offer_of(session_sudo, in_full) if in_full else None,
            "free": free,
            "others": session_sudo._training_similar(3),
            "errors": errors,
            "form": form,
            "chosen": self._form_ids("agent"),
        }
        return request.render("cdg47_training.portal_training", values)

    def _form_ids(self, name):
        """Return the ids of a repeated field of the form."""
        return {
            int(value)
            for value in request.httprequest.form.getlist(name)
            if value.isascii() and value.isdigit()
        }

    @http.route(
        "/my/formations/<int:session_id>/inscription",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_register(self, session_id, **form):
        """Register agents, at the price that was shown."""
        session_sudo = self._session_sudo(session_id)
        own_sudo = self._acting_collectivites_sudo()
        collectivite_sudo = own_sudo.filtered(
            lambda p: str(p.id) == form.get("collectivite")
        )
        if not collectivite_sudo:
            raise NotFound()
        errors, created = [], None
        with self._refusals(errors):
            agents = self._chosen_agents(collectivite_sudo, form, errors)
            if agents:
                created = session_sudo._training_register(
                    collectivite_sudo,
                    agents,
                    acceptance="portal",
                    shown=form.get("shown") or "",
                    waiting=form.get("waiting")
                    if form.get("waiting") in ("all", "any")
                    else None,
                )
        if errors:
            return self._render_session(session_sudo, form, errors)
        ids = "-".join(str(registration.id) for registration in created)
        return request.redirect(f"/my/inscriptions?nouvelles={ids}")

    def _chosen_agents(self, collectivite_sudo, form, errors):
        """Return the agents ticked, and the one added, of this collectivité only."""
        registrations = request.env["event.registration"]
        ticked = self._form_ids("agent")
        agents_sudo = registrations._training_agents(collectivite_sudo).filtered(
            lambda agent: agent.id in ticked
        )
        if (form.get("new_name") or "").strip():
            agents_sudo |= registrations._training_agent(
                collectivite_sudo,
                form["new_name"][:100],
                (form.get("new_email") or "")[:100],
            )
        if not agents_sudo:
            errors.append(request.env._("Choose at least one agent, or add one."))
        return agents_sudo
