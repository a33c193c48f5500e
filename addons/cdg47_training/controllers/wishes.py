# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from werkzeug.exceptions import NotFound

from odoo import http
from odoo.fields import Domain
from odoo.http import request

from ..portal.session_page import visible_domain
from .training_portal import TrainingPortal

PLACES = ("cdg", "onsite", "remote")


class WishPortal(TrainingPortal):
    """« Prévenez-moi » and trainings on request."""

    @http.route("/my/formations/demandes", type="http", auth="user", website=True)
    def portal_wishes(self, **kwargs):
        return self._render_wishes(kwargs)

    def _render_wishes(self, form, errors=()):
        own_sudo = self._acting_collectivites_sudo()
        mine = Domain("collectivite_id.is_my_collectivite", "=", True)
        requests = request.env["cdg47.training.request"]
        places = dict(requests._fields["location_kind"]._description_selection(
            request.env
        ))  # fmt: skip
        interests = request.env["cdg47.training.interest"].search(mine)
        states = dict(requests._fields["state"]._description_selection(request.env))
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "wishes",
            "collectivites": own_sudo,
            "collectivite_sudo": self._chosen_collectivite_sudo(
                form.get("collectivite"), own_sudo
            ),
            # The rows show quotations.
            "requests": requests.search(mine).sudo(),
            # The rows show themes, which contacts do not read by themselves.
            "interests": interests.sudo(),
            "themes_sudo": interests._themes(),
            "open_sessions": self._open_by_theme(interests.sudo().theme_id),
            "places": [(key, places[key]) for key in PLACES],
            "states": states,
            "errors": errors,
            "form": form,
            "is_recorded": bool(form.get("enregistre")),
        }
        return request.render("cdg47_training.portal_wishes", values)

    def _open_by_theme(self, themes_sudo):
        """Return the sessions that the contact may see, by theme.

        :rtype: dict[event.tag, event.event]
        """
        interests_sudo = request.env["cdg47.training.interest"].sudo()
        found_sudo = interests_sudo._open_sessions(themes_sudo).filtered_domain(
            visible_domain(request.env)
        )
        return {
            theme: found_sudo.filtered(lambda session, t=theme: t in session.tag_ids)
            for theme in themes_sudo
        }

    @http.route(
        "/my/formations/<any(interets,demandes):kind>/nouveau",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_wish(self, kind, **form):
        """Record a wish or a request of one's own collectivité."""
        collectivite_sudo = self._acting_collectivites_sudo().filtered(
            lambda p: str(p.id) == form.get("collectivite")
        )
        if not collectivite_sudo:
            raise NotFound()
        name = (form.get("name") or "").strip()[:200]
        themes_sudo = request.env["cdg47.training.interest"]._themes()
        theme_sudo = themes_sudo.filtered(lambda t: str(t.id) == form.get("theme"))
        if not name and not (theme_sudo and kind == "interets"):
            return self._render_wishes(
                form, [request.env._("Choose a theme, or give the subject.")]
            )
        values = {
            "name": name,
            "collectivite_id": collectivite_sudo.id,
            "contact_id": request.env.user.partner_id.id,
            "agents": self._number(form.get("agents")),
        }
        errors = []
        with self._refusals(errors):
            # Contacts create by this form only, for a collectivité checked above.
            if kind == "interets":
                if not name:
                    del values["name"]  # the theme names it
                request.env["cdg47.training.interest"].sudo().create(
                    {**values, "theme_id": theme_sudo.id}
                )
            else:
                place = form.get("location_kind")
                request.env["cdg47.training.request"].sudo().create(
                    {
                        **values,
                        "description": (form.get("description") or "")[:5000],
                        "wished_dates": (form.get("wished_dates") or "")[:200],
                        "half_days": self._number(form.get("half_days")),
                        "location_kind": place if place in PLACES else "onsite",
                    }
                )
        if errors:
            return self._render_wishes(form, errors)
        return request.redirect("/my/formations/demandes?enregistre=1")

    def _number(self, text):
        """Read a number of agents or of half-days, 1 by default, 99 at most."""
        text = (text or "").strip()
        return min(max(int(text), 1), 99) if text.isascii() and text.isdigit() else 1
