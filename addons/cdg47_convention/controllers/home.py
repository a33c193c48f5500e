# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import http
from odoo.exceptions import MissingError
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

    def _prepare_conventions_domain(self):
        """Return the domain of the conventions a contact may list.

        Said here too, not only in the record rules: an employee who opens the portal
        lists the conventions of their own mandates, not everybody's.
        """
        return Domain("partner_id.is_my_collectivite", "=", True) & Domain(
            "state", "!=", "draft"
        )

    def _document_check_access(self, model_name, document_id, access_token=None):
        if document_id > MAX_ID:
            raise MissingError(request.env._("This document does not exist."))
        return super()._document_check_access(model_name, document_id, access_token)

    @http.route("/my/collectivites", type="http", auth="user", website=True)
    def portal_my_collectivites(self, **kwargs):
        collectivites_sudo = self._my_collectivites_sudo()
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "collectivites",
            "entries": entries(collectivites_sudo, request.env.user),
        }
        return request.render("cdg47_convention.portal_my_collectivites", values)
