# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import http
from odoo.fields import Date, Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..lib.dates import today_in_paris
from ..lib.xlsx_sheet import XLSX
from ..reading.quota_sheet import QuotaSheet
from ..reading.yearly_statement import YearlyStatements
from .download import download
from .home import HomePortal

MIMETYPES = {"pdf": "application/pdf", "xlsx": XLSX}


class ForfaitPortal(HomePortal):
    """« Mon forfait »: what a collectivité has of each right, and how it was used.

    Contacts have no access to the ledger: these pages read it as superuser, once the
    collectivité is known to be theirs today.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "forfait_count" in counters:
            rights_sudo = request.env["cdg47.entitlement"].sudo()
            values["forfait_count"] = rights_sudo.search_count(
                Domain("partner_id", "in", self._my_collectivites_sudo().ids)
                & Domain("is_current", "=", True)
            )
        return values

    def _forfait_partner(self, partner_id):
        """Return a collectivité of whose uses and prices the contact reads all."""
        return self._my_affairs_sudo().filtered(lambda p: p.id == partner_id)

    # === Mon forfait ===
    @http.route("/my/forfait", type="http", auth="user", website=True)
    def portal_my_forfaits(self, **kwargs):
        """Show the sheet of the only collectivité, or the list of all."""
        collectivites_sudo = self._my_collectivites_sudo()
        if len(collectivites_sudo) == 1:
            return self._render_forfait(
                collectivites_sudo, collectivites_sudo, kwargs.get("date")
            )
        sheet = QuotaSheet(request.env, collectivites_sudo)
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "forfait",
            "entries": [
                {"partner": partner, "lines": sheet.lines_of(partner)}
                for partner in collectivites_sudo
            ],
        }
        return request.render("cdg47_convention.portal_my_forfaits", values)

    @http.route("/my/forfait/<int:partner_id>", type="http", auth="user", website=True)
    def portal_forfait(self, partner_id, **kwargs):
        mine_sudo = self._my_collectivites_sudo()
        partner_sudo = mine_sudo.filtered(lambda p: p.id == partner_id)
        if not partner_sudo:
            return request.redirect("/my")
        return self._render_forfait(partner_sudo, mine_sudo, kwargs.get("date"))

    def _render_forfait(self, partner_sudo, mine_sudo, asked_day):
        today = today_in_paris()
        day = self._known_day(asked_day) or today
        sheet = QuotaSheet(request.env, partner_sudo, day)
        partner = sheet.partners
        # An agent reads the rights, neither the prices nor the uses of others (R20).
        in_full = partner_sudo in self._my_affairs_sudo()
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "forfait",
            "forfait_partner": partner,
            "convention_held": sheet.convention_at(partner, day),
            "stratum": sheet.stratum_at(partner, day),
            "sections": self._sections(sheet.lines_of(partner)),
            "day": day,
            "today": today,
            "in_full": in_full,
            "statement_years": partner_sudo._cdg47_statement_years() if in_full else [],
            "several": len(mine_sudo) > 1,
            "company": request.env.company.sudo(),
        }
        return request.render("cdg47_convention.portal_forfait", values)

    @staticmethod
    def _known_day(text):
        """Return a day of the query string, None when it is not one."""
        try:
            return Date.to_date(text) or None
        except (TypeError, ValueError):
            return None

    @staticmethod
    def _sections(lines):
        """Return the lines by forfait: what is counted, and what has no limit.

        :rtype: list[dict]
        """
        sections = {}
        for line in lines:
            section = sections.setdefault(
                line.rule.forfait_id, {"counted": [], "unlimited": []}
            )
            kind = "unlimited" if line.granted is None else "counted"
            section[kind].append(line)
        return [{"forfait": forfait, **of} for forfait, of in sections.items()]

    # === Yearly statement ===
    @http.route(
        "/my/forfait/<int:partner_id>/bilan/<int:year>",
        type="http",
        auth="user",
        website=True,
    )
    def portal_statement_page(self, partner_id, year, **kwargs):
        """Show what a councillor reads of a year: paid, received, beyond, left."""
        partner_sudo = self._forfait_partner(partner_id)
        years = partner_sudo._cdg47_statement_years()
        if year not in years:
            return request.redirect("/my")
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "statement",
            "forfait_partner": partner_sudo,
            "statement": YearlyStatements(request.env, partner_sudo, year).of(
                partner_sudo
            ),
            "other_years": [known for known in years if known != year],
        }
        return request.render("cdg47_convention.portal_statement", values)

    @http.route(
        "/my/forfait/<int:partner_id>/bilan/<int:year>/<any(pdf,xlsx):kind>",
        type="http",
        auth="user",
        website=True,
    )
    def portal_statement(self, partner_id, year, kind, **kwargs):
        """Download the statement of a year of one's own convention."""
        partner_sudo = self._forfait_partner(partner_id)
        if year not in partner_sudo._cdg47_statement_years():
            return request.redirect("/my")
        content, name = partner_sudo._cdg47_statement_file(year, kind)
        return download(content, name, MIMETYPES[kind])

    # === History ===
    def _get_use_sortings(self):
        return {
            "date": {
                "label": request.env._("Date, latest first"),
                "order": "date desc, id desc",
            },
            "oldest": {
                "label": request.env._("Date, oldest first"),
                "order": "date, id",
            },
            "service": {
                "label": request.env._("Service"),
                "order": "product_id, date desc, id desc",
            },
        }

    def _get_use_filters(self):
        return {
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
            "covered": {
                "label": request.env._("Covered by the forfait"),
                "domain": Domain("covered_amount", ">", 0),
            },
            "billable": {
                "label": request.env._("Beyond the quota"),
                "domain": Domain("billable_amount", ">", 0),
            },
        }

    @http.route(
        [
            "/my/forfait/<int:partner_id>/historique",
            "/my/forfait/<int:partner_id>/historique/page/<int:page>",
        ],
        type="http",
        auth="user",
        website=True,
    )
    def portal_forfait_history(self, partner_id, page=1, droit=None, **kwargs):
        partner_sudo = self._forfait_partner(partner_id)
        if not partner_sudo:
            return request.redirect("/my")
        sortings, filters = self._get_use_sortings(), self._get_use_filters()
        criteria = self._list_criteria(kwargs, sortings, filters)
        right_sudo = self._right_of(partner_sudo, droit)
        domain = Domain("partner_id", "=", partner_sudo.id)
        domain &= filters[criteria["filterby"]]["domain"]
        if right_sudo:
            domain &= Domain("entitlement_id", "=", right_sudo.id)
        uses_sudo = request.env["cdg47.consumption"].sudo()
        url_args = {"sortby": criteria["sortby"], "filterby": criteria["filterby"]}
        pager = portal_pager(
            url=f"/my/forfait/{partner_sudo.id}/historique",
            total=uses_sudo.search_count(domain),
            page=page,
            step=self._items_per_page,
            url_args={**url_args, **({"droit": right_sudo.id} if right_sudo else {})},
        )
        values = {
            **self._prepare_portal_layout_values(),
            **url_args,
            "page_name": "forfait_history",
            "forfait_partner": partner_sudo,
            "right": right_sudo,
            "uses": uses_sudo.search(
                domain,
                order=sortings[criteria["sortby"]]["order"],
                limit=self._items_per_page,
                offset=max(0, pager["offset"]),
            ),
            "pager": pager,
            "sortings": sortings,
            "filters": filters,
        }
        return request.render("cdg47_convention.portal_forfait_history", values)

    def _right_of(self, partner_sudo, number):
        """Return the right named in the address, when it is one of the collectivité."""
        text = number or ""
        wanted = int(text) if text.isascii() and text.isdigit() else 0
        return partner_sudo.entitlement_ids.filtered(lambda right: right.id == wanted)
