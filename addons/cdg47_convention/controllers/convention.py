# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..portal import convention_page
from .download import download
from .home import HomePortal

REPORT = "cdg47_convention.action_report_convention"


class ConventionPortal(HomePortal):
    """« Mes conventions »: the list, the page, and what is downloaded from it."""

    # === The list ===
    def _get_convention_sortings(self):
        return {
            "date": {
                "label": request.env._("Start, latest first"),
                "order": "date_start desc, id desc",
            },
            "collectivite": {
                "label": request.env._("Collectivité"),
                "order": "partner_id, date_start desc",
            },
            "number": {"label": request.env._("Number"), "order": "name, id"},
        }

    def _get_convention_filters(self):
        to_sign = Domain("order_ids.state", "=", "sent")
        return {
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
            "to_sign": {"label": request.env._("To be signed"), "domain": to_sign},
            "active": {
                "label": request.env._("Signed"),
                "domain": Domain("state", "=", "active"),
            },
            "ended": {
                "label": request.env._("Ended"),
                "domain": Domain("state", "in", ("terminated", "expired")),
            },
        }

    def _convention_list_criteria(self, **kwargs):
        """Add the words searched for to what lists share."""
        return {
            **self._list_criteria(
                kwargs, self._get_convention_sortings(), self._get_convention_filters()
            ),
            # PostgreSQL refuses the NUL character in a text.
            "search": (kwargs.get("search") or "").replace("\0", "").strip(),
        }

    def _convention_list_domain(self, criteria):
        domain = self._prepare_conventions_domain()
        domain &= self._get_convention_filters()[criteria["filterby"]]["domain"]
        if criteria["collectivite"]:
            domain &= Domain("partner_id", "=", criteria["collectivite"])
        if criteria["search"]:
            domain &= Domain("name", "ilike", criteria["search"]) | Domain(
                "partner_id.name", "ilike", criteria["search"]
            )
        return domain

    @http.route(
        ["/my/conventions", "/my/conventions/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def portal_my_conventions(self, page=1, **kwargs):
        criteria = self._convention_list_criteria(**kwargs)
        sortings = self._get_convention_sortings()
        conventions = request.env["cdg47.convention"]
        domain = self._convention_list_domain(criteria)
        pager = portal_pager(
            url="/my/conventions",
            total=conventions.search_count(domain),
            page=page,
            step=self._items_per_page,
            url_args={key: value for key, value in criteria.items() if value},
        )
        found = conventions.search(
            domain,
            order=sortings[criteria["sortby"]]["order"],
            limit=self._items_per_page,
            offset=max(0, pager["offset"]),
        )
        values = {
            **self._prepare_portal_layout_values(),
            **criteria,
            "page_name": "convention",
            # The rows show names of products, which a portal user may not read.
            "conventions": found.sudo(),
            "status_of": convention_page.status,
            "pager": pager,
            "sortings": sortings,
            "filters": self._get_convention_filters(),
            "collectivites": self._my_collectivites_sudo(),
            "is_agent": self._is_agent(),
            "is_filtered": bool(
                criteria["search"]
                or criteria["collectivite"]
                or criteria["filterby"] != "all"
            ),
            "company": request.env.company.sudo(),
        }
        return request.render("cdg47_convention.portal_my_conventions", values)

    # === The page ===
    def _convention_check_access(self, convention_id, access_token=None):
        """Return a convention the reader may see, as superuser.

        :raise AccessError: out of sight, or a draft: nothing is proposed yet
        :raise MissingError: there is no such convention
        """
        convention_sudo = self._document_check_access(
            "cdg47.convention", convention_id, access_token=access_token
        )
        if convention_sudo.state == "draft" and request.env.user.share:
            raise AccessError(request.env._("This convention is not proposed yet."))
        return convention_sudo

    @http.route(
        "/my/conventions/<int:convention_id>", type="http", auth="public", website=True
    )
    def portal_convention(
        self,
        convention_id,
        access_token=None,
        report_type=None,
        download=False,
        **kwargs,
    ):
        try:
            convention_sudo = self._convention_check_access(convention_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        if report_type in ("html", "pdf", "text"):
            return self._show_report(
                model=convention_sudo,
                report_type=report_type,
                report_ref=REPORT,
                download=download,
            )
        values = self._convention_page_values(convention_sudo, access_token)
        return request.render("cdg47_convention.portal_convention", values)

    def _convention_page_values(self, convention_sudo, access_token=None):
        """Return what the page shows.

        Who reads by the token of a mail reads the convention; its orders, invoices and
        accesses stay with those who have a mandate.
        """
        convention = request.env["cdg47.convention"].browse(convention_sudo.id)
        is_mine = convention.has_access("read")
        orders_sudo = self._convention_documents(
            "sale.order",
            Domain("convention_id", "=", convention.id)
            & Domain("state", "in", ("sent", "sale")),
        )
        status, tone = convention_page.status(convention_sudo)
        return {
            **self._prepare_portal_layout_values(),
            "page_name": "convention",
            "convention": convention_sudo,
            "is_mine": is_mine,
            "access_token": False if is_mine else access_token,
            "status": status,
            "tone": tone,
            "renewal": convention_page.renewal(convention_sudo),
            "fee": convention_page.latest_fee(convention_sudo),
            "fee_year": convention_page.latest_year(convention_sudo),
            "stratum": convention_page.stratum_shown(convention_sudo),
            "forfaits": convention_page.forfaits(convention_sudo),
            "activations": convention_sudo.activation_ids
            if is_mine
            else convention_sudo.activation_ids.browse(),
            "budget": convention_page.budget(convention_sudo) if is_mine else None,
            "orders": orders_sudo,
            "can_sign": self._can_sign(convention_sudo),
            "orders_to_sign": orders_sudo.filtered(lambda o: o._has_to_be_signed()),
            "invoices": self._convention_documents(
                "account.move",
                Domain("cdg47_convention_id", "=", convention.id)
                & Domain("state", "=", "posted"),
            ),
        }

    def _can_sign(self, convention_sudo):
        """Tell whether the reader is a signatory of this collectivité today."""
        mine_sudo = request.env["res.partner"]._cdg47_mine(roles=("signatory",))
        return convention_sudo.partner_id in mine_sudo

    def _convention_documents(self, model, domain):
        """Search as the reader, whose record rules decide; read as superuser."""
        documents = request.env[model]
        if not documents.has_access("read"):
            return documents.sudo()
        return documents.search(domain).sudo()

    # === Downloads ===
    @http.route(
        "/my/conventions/<int:convention_id>/budget",
        type="http",
        auth="user",
        website=True,
    )
    def portal_convention_budget(self, convention_id, **kwargs):
        """Download next year's budget of one's own convention, for the assembly."""
        try:
            convention_sudo = self._convention_check_access(convention_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        budget = convention_page.budget(convention_sudo)
        if not budget:
            return request.redirect(f"/my/conventions/{convention_sudo.id}")
        # Who may read the convention is checked above; reports are the employees'.
        content, _type = convention_sudo.env["ir.actions.report"]._render_qweb_pdf(
            "cdg47_convention.action_report_budget", convention_sudo.ids
        )
        name = f"Budget {budget['year']} {convention_sudo.partner_id.name}.pdf"
        return download(content, name, "application/pdf")

    @http.route(
        "/my/conventions/<int:convention_id>/documents/<any(signed,gdpr):kind>",
        type="http",
        auth="public",
        website=True,
    )
    def portal_convention_document(
        self, convention_id, kind, access_token=None, **kwargs
    ):
        """Download the signed copy of a convention, or its GDPR annex."""
        try:
            convention_sudo = self._convention_check_access(convention_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        attachment_sudo = (
            convention_sudo.signed_document_id
            if kind == "signed"
            else convention_sudo.gdpr_attachment_id
        )
        return self._download(attachment_sudo)

    @http.route(
        "/my/accesses/<int:activation_id>/deliverables/<int:attachment_id>",
        type="http",
        auth="user",
        website=True,
    )
    def portal_deliverable(self, activation_id, attachment_id, **kwargs):
        """Download one deliverable of an access of the contact's collectivités."""
        try:
            activation_sudo = self._document_check_access(
                "cdg47.service.activation", activation_id
            )
        except (AccessError, MissingError):
            return request.redirect("/my")
        return self._download(
            activation_sudo.deliverable_ids.filtered(lambda a: a.id == attachment_id)
        )

    def _download(self, attachment_sudo):
        """Send a file whose owner has been checked, or go home when there is none."""
        if not attachment_sudo:
            return request.redirect("/my")
        stream = request.env["ir.binary"]._get_stream_from(attachment_sudo)
        return stream.get_response(as_attachment=True)
