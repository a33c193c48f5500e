# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request, route

from ..models.money.sending import declare_signatory, transmit
from .order import CustomerPortal


class TransmissionPortal(CustomerPortal):
    """A secretary passes a quotation on to who signs it."""

    @route(
        "/my/orders/<int:order_id>/transmettre",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def portal_order_transmit(self, order_id, word="", **kwargs):
        """Send the quotation to its signatory, with the secretary's word."""
        return self._cdg47_hand_over(
            order_id, "cdg47_transmitted", transmit, {"word": word}
        )

    @route(
        "/my/orders/<int:order_id>/signataire",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def portal_order_signatory(self, order_id, name="", email="", **kwargs):
        """Tell the CDG who signs: the way on where nobody is known."""
        return self._cdg47_hand_over(
            order_id,
            "cdg47_declared",
            declare_signatory,
            {"name": name, "email": email},
        )

    def _cdg47_hand_over(self, order_id, message, act, typed):
        """Act on a quotation the contact may read; show its page, or why not.

        :param str message: what the page says once it is done
        :param act: the function that does it, on the order as superuser
        :param dict[str, str] typed: what was typed, shown again when it is refused
        """
        try:
            checked_sudo = self._document_check_access("sale.order", order_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        if not checked_sudo.convention_id:
            return request.redirect(f"/my/orders/{order_id}")
        # A portal contact has no write access: the function checks who they are.
        order_sudo = request.env["sale.order"].sudo().browse(order_id)
        try:
            with request.env.cr.savepoint():
                act(order_sudo, request.env.user, **typed)
        except UserError as error:
            return self.portal_order_page(
                order_id, cdg47_not_handed=(str(error), typed)
            )
        return request.redirect(f"/my/orders/{order_id}?message={message}")
