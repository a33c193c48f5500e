# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from werkzeug.utils import redirect

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Domain
from odoo.http import request, route

from odoo.addons.cdg47_convention.controllers.home import MAX_ID, HomePortal
from odoo.addons.cdg47_convention.portal.home_page import SHOWN_ROWS
from odoo.addons.helpdesk_mgmt.controllers.main import HelpdeskTicketController
from odoo.addons.helpdesk_mgmt.controllers.myaccount import CustomerPortalHelpdesk
from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..portal.ticket_page import TicketPage, answer_task, running_row


class TicketPortal(CustomerPortalHelpdesk, HomePortal):
    """« Mes demandes »: the tickets of the collectivités a contact acts for (R13).

    Whoever acts for none keeps the pages of ``helpdesk_mgmt``, made sturdier.
    """

    # === List ===
    def _prepare_portal_layout_values(self):
        values = super()._prepare_portal_layout_values()
        values["is_cdg47_contact"] = bool(self._my_collectivites_sudo())
        return values

    def _home_tickets_sudo(self, page, domain):
        """Return requests of the home's collectivité that the reader may read."""
        tickets = request.env["helpdesk.ticket"]
        found = tickets.search(
            self._prepare_tickets_domain()
            & Domain("collectivite_id", "=", page.partner.id)
            & ~Domain("stage_id.public_state", "=", "closed")
            & domain,
            order="id desc",
            limit=SHOWN_ROWS,
        )
        return found.sudo()

    def _home_tasks(self, page):
        """Add the requests that wait for an answer of the collectivité."""
        waiting_sudo = self._home_tickets_sudo(
            page,
            Domain("stage_id.public_state", "=", "waiting")
            & Domain("billing_step", "!=", "awaiting"),
        )
        return [*super()._home_tasks(page), *map(answer_task, waiting_sudo)]

    def _home_running(self, page):
        """Add the requests that are not finished."""
        open_sudo = self._home_tickets_sudo(page, Domain.TRUE)
        return [*super()._home_running(page), *map(running_row, open_sudo)]

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "ticket_count" in counters and self._my_collectivites_sudo():
            values["ticket_count"] = request.env["helpdesk.ticket"].search_count(
                self._prepare_tickets_domain()
            )
        return values

    def _prepare_tickets_domain(self):
        """Return the domain of the requests a contact may list: those of today's
        mandates, and the mails whose collectivité they are asked."""
        mine = Domain("collectivite_id.is_my_collectivite", "=", True)
        asked = Domain("collectivite_id", "=", False) & Domain(
            "partner_id", "=", request.env.user.partner_id.id
        )
        return mine | asked

    def _get_ticket_sortings(self):
        return {
            "date": {
                "label": request.env._("Newest first"),
                "order": "create_date desc, id desc",
            },
            "update": {
                "label": request.env._("Last change first"),
                "order": "last_stage_update desc, id desc",
            },
            "number": {"label": request.env._("Number"), "order": "number, id"},
        }

    def _get_ticket_filters(self):
        finished = Domain("stage_id.public_state", "=", "closed")
        return {
            "open": {"label": request.env._("In progress"), "domain": ~finished},
            "estimate": {
                "label": request.env._("Estimate to accept"),
                "domain": Domain("billing_step", "=", "awaiting"),
            },
            "closed": {"label": request.env._("Finished"), "domain": finished},
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
        }

    @route()
    def portal_my_tickets(self, page=1, **kwargs):
        if not self._my_collectivites_sudo():
            return super().portal_my_tickets(page=page, **self._known_keys(kwargs))
        filters, sortings = self._get_ticket_filters(), self._get_ticket_sortings()
        criteria = self._list_criteria(kwargs, sortings, filters)
        search = (kwargs.get("search") or "").strip()[:100]
        domain = self._prepare_tickets_domain()
        domain &= filters[criteria["filterby"]]["domain"]
        if criteria["collectivite"]:
            domain &= Domain("collectivite_id", "=", criteria["collectivite"])
        if search:
            domain &= Domain("number", "ilike", search) | Domain(
                "name", "ilike", search
            )
        tickets = request.env["helpdesk.ticket"]
        pager = portal_pager(
            url="/my/tickets",
            total=tickets.search_count(domain),
            page=page,
            step=self._items_per_page,
            url_args={
                key: value
                for key, value in {**criteria, "search": search}.items()
                if value
            },
        )
        found = tickets.search(
            domain,
            order=sortings[criteria["sortby"]]["order"],
            limit=self._items_per_page,
            offset=max(0, pager["offset"]),
        )
        request.session["my_tickets_history"] = found.ids[:100]
        values = {
            **self._prepare_portal_layout_values(),
            **criteria,
            "page_name": "ticket",
            "search": search,
            # The rows show stages and categories, which a portal user may not read.
            "tickets": found.sudo(),
            "page_of": TicketPage,
            "pager": pager,
            "sortings": sortings,
            "filters": filters,
            "collectivites": self._my_collectivites_sudo(),
        }
        return request.render("cdg47_helpdesk.portal_my_tickets", values)

    def _known_keys(self, kwargs):
        """Keep what OCA's list knows: an unknown key counts as absent, not as HTTP 500.

        :rtype: dict
        """
        known = {
            "sortby": self._ticket_get_searchbar_sortings(),
            "groupby": self._ticket_get_searchbar_groupby(),
            "search_in": self._ticket_get_searchbar_inputs(),
        }
        kept = {
            key: value
            for key, value in kwargs.items()
            if key not in known or value in known[key]
        }
        for key in ("date_begin", "date_end"):
            if not _is_date(kept.get(key)):
                kept.pop(key, None)
        return kept

    # === Page ===
    @route()
    def portal_my_ticket(self, ticket_id, access_token=None, **kwargs):
        if ticket_id > MAX_ID:
            return request.redirect("/my")
        ticket_sudo = self._ours_sudo(ticket_id)
        if not ticket_sudo:
            return super().portal_my_ticket(ticket_id, access_token, **kwargs)
        if request.env.user._is_public():
            return request.redirect(f"/web/login?redirect=/my/ticket/{ticket_id}")
        if not self._readable(ticket_sudo):
            # The link of an old mail opens nothing once the mandate has ended.
            return request.redirect("/my")
        return self._render_ticket(ticket_sudo, message=kwargs.get("message"))

    def _ours_sudo(self, ticket_id):
        """Return a ticket this page is for: of a collectivité, or to be sorted out
        by its author; empty leaves the answer to OCA's page."""
        # Which page answers depends on the ticket, before who may read it.
        ticket_sudo = request.env["helpdesk.ticket"].sudo().browse(ticket_id).exists()
        asked = ticket_sudo.partner_id == request.env.user.partner_id and bool(
            self._my_collectivites_sudo()
        )
        return ticket_sudo if ticket_sudo.collectivite_id or asked else None

    def _readable(self, ticket_sudo):
        return ticket_sudo.with_user(request.env.user).sudo(False).has_access("read")

    def _render_ticket(self, ticket_sudo, error=None, message=None):
        mine = self._my_collectivites_sudo()
        page = TicketPage(ticket_sudo)
        values = {
            "page_name": "ticket",
            "ticket": ticket_sudo,
            "object": ticket_sudo,
            "error": error,
            "message": message,
            "closing": self._closing_stages(ticket_sudo),
            "to_choose": mine if not ticket_sudo.collectivite_id else None,
            "page": page,
            "files": page.files(),
            "is_signatory": ticket_sudo.collectivite_id
            in request.env["res.partner"]._cdg47_mine(("signatory",)),
        }
        for attachment in values["files"]:
            attachment.generate_access_token()
        values = self._get_page_view_values(
            ticket_sudo, None, values, "my_tickets_history", False
        )
        return request.render("cdg47_helpdesk.portal_ticket_page", values)

    def _closing_stages(self, ticket_sudo):
        stages = ticket_sudo.team_id._get_applicable_stages()
        return stages.filtered("close_from_portal")

    # === What a contact does: only by POST, only on what they may read ===
    def _posted(self, ticket_id):
        """Return the ticket a contact acts on, in their own name, or None."""
        if ticket_id > MAX_ID:
            return None
        ticket = request.env["helpdesk.ticket"].browse(ticket_id).exists()
        if not ticket or not ticket.has_access("read"):
            return None
        # A portal contact has no write access: only these buttons write for them.
        return ticket.sudo()

    @route(
        "/my/ticket/<int:ticket_id>/reopen",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def portal_ticket_reopen(self, ticket_id, reason="", **kwargs):
        ticket_sudo = self._posted(ticket_id)
        if not ticket_sudo:
            return request.redirect("/my")
        try:
            ticket_sudo._reopen(reason)
        except UserError as error:
            return self._render_ticket(ticket_sudo, error=str(error))
        ticket_sudo.message_post(
            body=reason.strip()[:5000],
            author_id=request.env.user.partner_id.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        return request.redirect(f"/my/ticket/{ticket_id}?message=reopened")

    @route(
        "/my/ticket/<int:ticket_id>/collectivite",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def portal_ticket_collectivite(self, ticket_id, collectivite="", **kwargs):
        """Say for which collectivité a mail was written: its author's own only."""
        ticket_sudo = self._posted(ticket_id)
        mine = self._my_collectivites_sudo()
        chosen = mine.filtered(lambda partner: str(partner.id) == collectivite)
        if not ticket_sudo or not chosen or ticket_sudo.collectivite_id:
            return request.redirect("/my/tickets")
        ticket_sudo.collectivite_id = chosen
        return request.redirect(f"/my/ticket/{ticket_id}?message=sorted")


class TicketController(HelpdeskTicketController):
    @route(methods=["POST"])
    def support_ticket_close(self, **kwargs):
        """Close a ticket its reader may see: OCA closes anybody's, even by a link."""
        ticket_id = _integer(kwargs.get("ticket_id"))
        stage_id = _integer(kwargs.get("stage_id"))
        ticket = request.env["helpdesk.ticket"].browse(ticket_id).exists()
        try:
            if not ticket:
                raise MissingError(request.env._("This request does not exist."))
            ticket.check_access("read")
        except (AccessError, MissingError):
            return redirect("/my")
        # A portal contact has no write access: closing is what this button is for.
        stages_sudo = request.env["helpdesk.ticket.stage"].sudo()
        stage_sudo = stages_sudo.browse(stage_id).exists()
        if stage_sudo.close_from_portal:
            ticket.sudo().stage_id = stage_sudo
        return redirect(f"/my/ticket/{ticket.id}")


def _integer(text):
    """Return a positive id of PostgreSQL, 0 for anything else."""
    text = str(text or "")
    value = int(text) if text.isascii() and text.isdigit() else 0
    return value if value <= MAX_ID else 0


def _is_date(text):
    parts = (text or "")[:10].split("-")
    return len(parts) == 3 and all(part.isascii() and part.isdigit() for part in parts)
