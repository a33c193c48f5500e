# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Domain
from odoo.http import request, route

from ..lib.dates import today_in_paris
from ..models.money.service_request import ask_help, obstacle_to, request_service
from .home import HomePortal

PAGE = "/my/demandes/prestation"
# Requests shown under the form, the latest first.
SHOWN = 20


def _number(text):
    """Read a quantity as it is typed in French; not a number at all is not above 0."""
    try:
        return float((text or "").replace(",", ".").strip())
    except ValueError:
        return 0.0


class ServicesPortal(HomePortal):
    """« Demander une prestation », and the lines a signatory keeps (R7, R13)."""

    # === Line by line ===
    @route(
        "/my/orders/<int:order_id>/lignes",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def portal_order_choice(self, order_id, **typed):
        """Record which lines of a quotation its signatory keeps."""
        try:
            order_sudo = self._document_check_access("sale.order", order_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        page = f"/my/orders/{order_id}"
        if not order_sudo.convention_id or not order_sudo._has_to_be_signed():
            return request.redirect(f"{page}?message=cdg47_closed")
        if order_sudo._cdg47_signatory_refusal(request.env.user):
            return request.redirect(f"{page}?message=cdg47_not_signatory")
        # A portal contact has no write access: only the choice is written for them.
        order_sudo = request.env["sale.order"].sudo().browse(order_id)
        kept = order_sudo._cdg47_choice_lines().filtered(
            lambda line: f"line_{line.id}" in typed
        )
        order_sudo._cdg47_choose(kept, request.env.user.partner_id)
        return request.redirect(f"{page}?message=cdg47_chosen")

    # === Ask for a service ===
    @route(PAGE, type="http", auth="user", methods=["GET"], website=True)
    def portal_service_request(self, demande=None, message=None, **kwargs):
        """Show the form, and the requests made."""
        values = self._service_request_values(typed=kwargs, message=message)
        values["sent"] = values["requests"].filtered(
            lambda order: str(order.id) == demande
        )
        return request.render("cdg47_convention.portal_service_request", values)

    @route(PAGE, type="http", auth="user", methods=["POST"], website=True)
    def portal_service_request_send(self, **typed):
        """Record a request: it commits nobody, its quotation will be signed."""
        convention_sudo = self._requested_convention(typed.get("collectivite"))
        product_sudo = self._requested_service(typed.get("prestation"))
        error = obstacle = False
        if not convention_sudo:
            error = request.env._("Choose one of your collectivités, whose convention "
                                  "is in force.")  # fmt: skip
        elif not product_sudo:
            error = request.env._("Choose a service in the list.")
        elif typed.get("aide"):
            return self._ask_help(convention_sudo, product_sudo)
        else:
            obstacle = obstacle_to(convention_sudo, product_sudo)
        if not (error or obstacle):
            try:
                with request.env.cr.savepoint():
                    order_sudo = request_service(
                        convention_sudo,
                        product_sudo,
                        _number(typed.get("quantite")),
                        (typed.get("precisions") or "").replace("\0", "").strip(),
                        request.env.user.partner_id,
                    )
            except UserError as refusal:
                error = str(refusal)
            else:
                query = f"demande={order_sudo.id}" if order_sudo else "message=inclus"
                return request.redirect(f"{PAGE}?{query}")
        values = self._service_request_values(typed, error=error, obstacle=obstacle)
        return request.render("cdg47_convention.portal_service_request", values)

    def _ask_help(self, convention_sudo, product_sudo):
        obstacle = obstacle_to(convention_sudo, product_sudo)
        if obstacle:
            ask_help(
                convention_sudo, product_sudo, obstacle, request.env.user.partner_id
            )
        return request.redirect(f"{PAGE}?message=aide")

    def _conventions_in_force_sudo(self):
        """Return the conventions in force for which the contact asks: what is paid is
        not asked by an agent (R20)."""
        mine_sudo = self._my_affairs_sudo()
        conventions = mine_sudo._cdg47_conventions_at(today_in_paris())
        return request.env["cdg47.convention"].sudo().union(*conventions.values())

    def _requested_convention(self, value):
        """Return the convention in force of one of the contact's own, empty if none."""
        return self._conventions_in_force_sudo().filtered(
            lambda convention: str(convention.partner_id.id) == value
        )[:1]

    def _requested_service(self, value):
        services_sudo = request.env["product.product"]._cdg47_requestable()
        return services_sudo.filtered(lambda product: str(product.id) == value)

    def _service_request_values(
        self, typed=None, error=False, obstacle=False, message=None
    ):
        conventions_sudo = self._conventions_in_force_sudo()
        services_sudo = request.env["product.product"]._cdg47_requestable()
        tariff_sudo = request.env.company.sudo()._cdg47_tariff()
        return {
            **self._prepare_portal_layout_values(),
            "page_name": "service_request",
            "collectivites": conventions_sudo.partner_id.sorted("name"),
            "is_agent": self._is_agent(),
            "families": services_sudo.grouped("cdg47_family"),
            "prices": tariff_sudo._cdg47_printed_prices(services_sudo),
            "requests": self._requests_sudo(),
            "typed": typed or {},
            "error": error,
            "obstacle": obstacle,
            "message": message,
        }

    def _requests_sudo(self):
        """Return the latest requests of the contact's collectivités.

        A draft is out of a contact's sight; what they asked for is not.
        """
        return (
            request.env["sale.order"]
            .sudo()
            .search(
                Domain("convention_id.partner_id", "in", self._my_affairs_sudo().ids)
                & Domain("cdg47_requested_by_id", "!=", False),
                order="id desc",
                limit=SHOWN,
            )
        )
