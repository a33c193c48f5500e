# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from urllib.parse import urlencode as url_encode

from werkzeug.exceptions import abort

from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..portal.my_collectivites import entries

# Largest id PostgreSQL can hold: an address beyond it names nothing.
MAX_ID = 2**31 - 1


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

    def _my_collectivites_sudo(self):
        """Return the collectivités the contact acts for today, by name."""
        return request.env["res.partner"]._cdg47_mine().sorted("name")

    def _my_affairs_sudo(self):
        """Return those all of whose affairs the contact follows (R20), by name."""
        return request.env["res.partner"]._cdg47_mine_in_full().sorted("name")

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
