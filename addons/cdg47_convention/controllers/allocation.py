# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import http
from odoo.fields import Date, Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..lib.dates import today_in_paris
from ..portal.allocation_row import quantity_in_words, status_in_words
from .home import HomePortal


class AllocationPortal(HomePortal):
    """« Mes dotations »: what the collectivités of a contact hold, until when."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "allocation_count" in counters:
            values["allocation_count"] = request.env["cdg47.allocation"].search_count(
                self._prepare_allocations_domain()
                & Domain("state", "in", ("requested", "active"))
            )
        return values

    def _prepare_allocations_domain(self):
        """Return the domain of the allocations a contact may list: an employee who
        opens the portal lists those of their own mandates."""
        return Domain("partner_id.is_my_collectivite", "=", True)

    def _get_allocation_sortings(self):
        return {
            "service": {
                "label": request.env._("Collectivité and service"),
                "order": "partner_id, product_id, date_start, id",
            },
            "expiry": {
                "label": request.env._("Expiry, nearest first"),
                "order": "date_end, id",
            },
            "start": {
                "label": request.env._("Start, latest first"),
                "order": "date_start desc, id desc",
            },
        }

    def _get_allocation_filters(self):
        living = Domain("state", "in", ("requested", "active"))
        soon = Date.add(today_in_paris(), days=90)
        return {
            "held": {"label": request.env._("Held or requested"), "domain": living},
            "expiring": {
                "label": request.env._("Expires within 90 days"),
                "domain": Domain("state", "=", "active")
                & Domain("date_end", "<=", soon),
            },
            "over": {
                "label": request.env._("Beyond the quota"),
                "domain": living & Domain("is_over", "=", True),
            },
            "ended": {"label": request.env._("Ended"), "domain": ~living},
        }

    @http.route(
        ["/my/dotations", "/my/dotations/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def portal_my_allocations(self, page=1, **kwargs):
        filters = self._get_allocation_filters()
        sortings = self._get_allocation_sortings()
        criteria = self._list_criteria(kwargs, sortings, filters)
        domain = self._prepare_allocations_domain()
        domain &= filters[criteria["filterby"]]["domain"]
        if criteria["collectivite"]:
            domain &= Domain("partner_id", "=", criteria["collectivite"])
        allocations = request.env["cdg47.allocation"]
        pager = portal_pager(
            url="/my/dotations",
            total=allocations.search_count(domain),
            page=page,
            step=self._items_per_page,
            url_args={key: value for key, value in criteria.items() if value},
        )
        found = allocations.search(
            domain,
            order=sortings[criteria["sortby"]]["order"],
            limit=self._items_per_page,
            offset=max(0, pager["offset"]),
        )
        values = {
            **self._prepare_portal_layout_values(),
            **criteria,
            "page_name": "allocation",
            # The rows show names of products, which a portal user may not read.
            "allocations": found.sudo(),
            "quantity_in_words": quantity_in_words,
            "status_in_words": status_in_words,
            "pager": pager,
            "sortings": sortings,
            "filters": filters,
            "collectivites": self._my_collectivites_sudo(),
        }
        return request.render("cdg47_convention.portal_my_allocations", values)
