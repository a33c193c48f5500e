# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from urllib.parse import urlencode as url_encode

from werkzeug.exceptions import abort

from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..lib.states import ACTING_ROLES
from ..portal.home_page import HomePage
from ..portal.my_collectivites import entries
from ..portal.siret import digits_of, siret_refusal

# Largest id PostgreSQL can hold: an address beyond it names nothing.
MAX_ID = 2**31 - 1
# The collectivité chosen on the home, for the whole session.
CHOSEN = "cdg47_collectivite"


class HomePortal(CustomerPortal):
    """The home of the portal, and who the collectivités of a contact are (R13)."""

    # === What our lists share ===
    def _list_criteria(self, kwargs, sortings, filters):
        """Keep of the query string what is known; anything else counts as absent.

        :param dict sortings: the keys ``sortby`` may take, the default one first
        :param dict filters: the keys ``filterby`` may take, the default one first
        :return: ``sortby``, ``filterby`` and ``collectivite`` (an id of the contact's
            own, or False)
        :rtype: dict
        """
        sortby, filterby = kwargs.get("sortby"), kwargs.get("filterby")
        wanted = kwargs.get("collectivite") or ""
        own = int(wanted) if wanted.isascii() and wanted.isdigit() else False
        return {
            "sortby": sortby if sortby in sortings else next(iter(sortings)),
            "filterby": filterby if filterby in filters else next(iter(filters)),
            "collectivite": own if own in self._my_collectivites_sudo().ids else False,
        }

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "convention_count" in counters:
            conventions = request.env["cdg47.convention"]
            values["convention_count"] = conventions.search_count(
                self._prepare_conventions_domain()
            )
        if "collectivite_count" in counters:
            values["collectivite_count"] = len(self._my_collectivites_sudo())
        return values

    # === Home of a collectivité ===
    @http.route()
    def home(self, **kwargs):
        """Show what awaits a collectivité, what it has left and what it costs."""
        response = super().home(**kwargs)
        response.qcontext.update(self._home_values(kwargs.get("collectivite")))
        return response

    def _home_values(self, chosen):
        mine_sudo = self._my_collectivites_sudo()
        partner_sudo = self._current_collectivite_sudo(mine_sudo, chosen)
        if not partner_sudo:
            return {}
        acting_sudo = request.env["res.partner"]._cdg47_mine(ACTING_ROLES)
        signing_sudo = request.env["res.partner"]._cdg47_mine(("signatory",))
        page = HomePage(
            partner_sudo, partner_sudo in acting_sudo, partner_sudo in signing_sudo
        )
        return {
            "home_partner": partner_sudo,
            "home_choices": mine_sudo,
            "home_page": page,
            "home_tasks": sorted(
                self._home_tasks(page), key=lambda task: str(task.until or "9999")
            ),
            "home_running": self._home_running(page),
        }

    def _home_tasks(self, page):
        """Return what awaits a collectivité; other add-ons add theirs.

        :rtype: list[Task]
        """
        return page.tasks()

    def _home_running(self, page):
        """Return what goes on for a collectivité; other add-ons add theirs.

        :rtype: list[Running]
        """
        return page.running() if page.acts else []

    def _current_collectivite_sudo(self, mine_sudo, asked=None):
        """Return the collectivité asked for, else the one chosen before, or the first.

        The choice stays for the session; a mandate that ended leaves it.
        """
        found_sudo = mine_sudo.filtered(lambda p: str(p.id) == str(asked or ""))
        if found_sudo and request.session.get(CHOSEN) != found_sudo.id:
            request.session[CHOSEN] = found_sudo.id
        kept = request.session.get(CHOSEN)
        return (
            found_sudo
            or mine_sudo.filtered(lambda p: p.id == kept)
            # An annexed budget comes after its commune.
            or mine_sudo.filtered(lambda p: p.collectivite_type != "budget_annexe")[:1]
            or mine_sudo[:1]
        )

    # === The SIRET ===
    @http.route(
        "/my/collectivites/<int:partner_id>/siret",
        type="http",
        auth="user",
        methods=["GET", "POST"],
        website=True,
    )
    def portal_siret(self, partner_id, siret=None, **kwargs):
        """Let a secretary or a signatory complete the SIRET of their collectivité."""
        mine_sudo = request.env["res.partner"]._cdg47_mine(ACTING_ROLES)
        partner_sudo = mine_sudo.filtered(lambda p: p.id == partner_id)
        if not partner_sudo:
            return request.redirect("/my")
        error = None
        if request.httprequest.method == "POST":
            error = siret_refusal(partner_sudo, siret)
            error = error or self._record_siret(partner_sudo, digits_of(siret))
            if not error:
                return request.redirect("/my")
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "siret",
            "collectivite_sudo": partner_sudo,
            "siret": siret or partner_sudo.company_registry or "",
            "error": error,
        }
        return request.render("cdg47_convention.portal_siret", values)

    def _record_siret(self, partner_sudo, siret):
        """Record a SIRET; return why it is refused, or None."""
        try:
            with request.env.cr.savepoint():
                # A contact may not write a collectivité: this only, checked above.
                partner_sudo.company_registry = siret
                partner_sudo.flush_recordset()
        except UserError as error:
            return str(error)
        partner_sudo.message_post(
            body=request.env._("SIRET completed in the portal."),
            author_id=request.env.user.partner_id.id,
        )
        return None

    def _my_collectivites_sudo(self):
        """Return the collectivités the contact acts for today, by name."""
        return request.env["res.partner"]._cdg47_mine().sorted("name")

    def _my_affairs_sudo(self):
        """Return those all of whose affairs the contact follows (R20), by name."""
        return request.env["res.partner"]._cdg47_mine_in_full().sorted("name")

    def _is_agent(self):
        """Tell whether the contact acts as an agent only: the affairs are others'."""
        return bool(self._my_collectivites_sudo() and not self._my_affairs_sudo())

    def _prepare_conventions_domain(self):
        """Return the domain of the conventions a contact may list.

        Said here too, not only in the record rules: an employee who opens the portal
        lists the conventions of their own mandates, not everybody's.
        """
        return Domain("partner_id.is_mine_in_full", "=", True) & Domain(
            "state", "!=", "draft"
        )

    def _document_check_access(self, model_name, document_id, access_token=None):
        if document_id > MAX_ID:
            raise MissingError(request.env._("This document does not exist."))
        document_sudo = super()._document_check_access(
            model_name, document_id, access_token
        )
        if access_token and hasattr(document_sudo, "_cdg47_has_reader"):
            self._check_reader(document_sudo)
        return document_sudo

    def _check_reader(self, document_sudo):
        """Let the link of a mail open only what its reader may read today (R20).

        A visitor signs in first, and comes back to the same page.

        :raise AccessError: the reader acts for another collectivité, or no longer
        """
        document = request.env[document_sudo._name].browse(document_sudo.id)
        if document._cdg47_has_reader():
            return
        if request.env.user._is_public() and request.httprequest.method == "GET":
            target = url_encode({"redirect": document_sudo.access_url})
            abort(request.redirect(f"/web/login?{target}"))
        raise AccessError(
            request.env._("This document is read by who acts for its collectivité.")
        )

    @http.route("/my/collectivites", type="http", auth="user", website=True)
    def portal_my_collectivites(self, **kwargs):
        collectivites_sudo = self._my_collectivites_sudo()
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "collectivites",
            "entries": entries(collectivites_sudo, request.env.user),
        }
        return request.render("cdg47_convention.portal_my_collectivites", values)
