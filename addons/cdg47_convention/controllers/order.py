# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import content_disposition, request, route

from odoo.addons.sale.controllers import portal

from ..portal import transmission


class CustomerPortal(portal.CustomerPortal):
    """The quotation of a convention: completed by the collectivité, then signed."""

    # === Page ===
    def _get_page_view_values(self, document, access_token, values, *args, **kwargs):
        values = super()._get_page_view_values(
            document, access_token, values, *args, **kwargs
        )
        if document._name == "sale.order" and document.convention_id:
            refused = kwargs.get("cdg47_refused")
            values.update(self._cdg47_page_values(document, refused))
            values.update(
                self._cdg47_transmission_values(
                    document, kwargs.get("cdg47_not_handed")
                )
            )
        return values

    def _cdg47_page_values(self, order_sudo, refused=None):
        """Return what the page of a quotation adds for a convention.

        :param sale.order order_sudo: order whose access was checked
        :param tuple[str, dict] refused: why what was typed is not recorded, and what
            was typed, to be corrected; anything else comes from the address: ignored
        :rtype: dict
        """
        error, typed = refused if isinstance(refused, tuple) else (None, None)
        user, convention = request.env.user, order_sudo.convention_id
        to_sign = order_sudo._has_to_be_signed()
        stored = {
            "deliberation_number": convention.deliberation_number,
            "deliberation_date": convention.deliberation_date,
            "chorus_service_code": order_sudo.chorus_service_code,
            "chorus_engagement": order_sudo.chorus_engagement,
        }
        return {
            "cdg47_who_signs": to_sign and order_sudo._cdg47_signatory_refusal(user),
            "cdg47_refusal": to_sign and order_sudo._cdg47_signature_refusal(user),
            "cdg47_may_complete": order_sudo._cdg47_may_complete(user),
            "cdg47_asks_deliberation": order_sudo._cdg47_asks_deliberation(),
            "cdg47_choice_lines": order_sudo._cdg47_choice_lines(),
            "cdg47_explained_lines": order_sudo.order_line.filtered(
                "cdg47_explanation"
            ),
            "cdg47_information": typed or stored,
            "cdg47_sign_label": request.env._("Sign the convention")
            if order_sudo._cdg47_commits()
            else request.env._("Sign the quotation"),
            "cdg47_error": error,
        }

    def _cdg47_transmission_values(self, order_sudo, not_handed=None):
        """Return what the page offers to who passes the quotation on to sign it.

        :param sale.order order_sudo: order whose access was checked
        :param tuple[str, dict] not_handed: why it was not passed on, and what was
            typed; anything else comes from the address: ignored
        :rtype: dict
        """
        error, typed = not_handed if isinstance(not_handed, tuple) else (None, {})
        return {
            "cdg47_transmission": transmission.offer(order_sudo, request.env.user),
            "cdg47_not_handed": error,
            "cdg47_handed": typed,
        }

    @route(
        "/my/orders/<int:order_id>/convention_information",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def portal_order_convention_information(self, order_id, **typed):
        """Record the deliberation and the Chorus references of a quotation."""
        try:
            checked_sudo = self._document_check_access("sale.order", order_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        if not checked_sudo._cdg47_may_complete(request.env.user):
            return request.redirect(f"/my/orders/{order_id}?message=cdg47_closed")
        # A portal contact has no write access: only these fields are written for them,
        # in their own name.
        order_sudo = request.env["sale.order"].sudo().browse(order_id)
        try:
            with request.env.cr.savepoint():
                order_sudo._cdg47_complete(typed)
        except UserError as error:
            return self.portal_order_page(order_id, cdg47_refused=(str(error), typed))
        return request.redirect(f"/my/orders/{order_id}?message=cdg47_saved")

    # === Signature ===
    @route()
    def portal_quote_accept(
        self, order_id, access_token=None, name=None, signature=None
    ):
        """Only let a signatory's own login sign the quotation of a convention (R7)."""
        order_sudo = self._cdg47_order_sudo(order_id, access_token)
        if not order_sudo:
            return super().portal_quote_accept(
                order_id, access_token=access_token, name=name, signature=signature
            )
        refusal = order_sudo._cdg47_signatory_refusal(request.env.user)
        if refusal:
            return {"error": refusal}
        try:
            with request.env.cr.savepoint():
                self._cdg47_keep_shown(order_sudo)
                request.update_context(cdg47_signed_by=name or request.env.user.name)
                answer = super().portal_quote_accept(
                    order_id,
                    access_token=access_token,
                    name=name or request.env.user.name,
                    signature=signature,
                )
                if answer.get("error"):
                    # The boxes are not recorded without the signature they go with.
                    raise UserError(answer["error"])
                return answer
        except UserError as error:
            return {"error": str(error)}

    def _cdg47_keep_shown(self, order_sudo):
        """Make the quotation what the page shows, just before it is signed (R15).

        :raise UserError: it is no longer what the page shows, or cannot be signed
        """
        shown = request.httprequest.args
        if "shown" in shown and order_sudo._has_to_be_signed():
            # The record checked above answers as OdooBot: the contact is who acts.
            order_sudo.with_user(request.env.user).sudo()._cdg47_keep_shown(
                shown["shown"], shown.get("total", "")
            )
        obstacle = order_sudo._cdg47_obstacle()
        if obstacle:
            raise UserError(obstacle)

    @route()
    def portal_quote_decline(
        self, order_id, access_token=None, decline_message=None, **kwargs
    ):
        """Only let a signatory's own login refuse the quotation of a convention."""
        order_sudo = self._cdg47_order_sudo(order_id, access_token)
        if order_sudo and order_sudo._cdg47_signatory_refusal(request.env.user):
            return request.redirect(
                order_sudo.get_portal_url(query_string="&message=cdg47_not_signatory")
            )
        return super().portal_quote_decline(
            order_id,
            access_token=access_token,
            decline_message=decline_message,
            **kwargs,
        )

    def _cdg47_order_sudo(self, order_id, access_token):
        """Return the quotation of a convention the caller may read, or None.

        None leaves the answer to Odoo: another order, or one that must not be shown.
        """
        access_token = access_token or request.httprequest.args.get("access_token")
        try:
            order_sudo = self._document_check_access(
                "sale.order", order_id, access_token=access_token
            )
        except (AccessError, MissingError):
            return None
        return order_sudo if order_sudo.convention_id else None

    # === Documents ===
    @route(
        "/my/conventions/<int:convention_id>/deliberation",
        type="http",
        auth="user",
        website=True,
    )
    def portal_convention_deliberation(self, convention_id, **kwargs):
        """Download the model deliberation of a convention the reader may see."""
        try:
            convention_sudo = self._document_check_access(
                "cdg47.convention", convention_id
            )
        except (AccessError, MissingError):
            return request.redirect("/my")
        report_sudo = request.env["ir.actions.report"].sudo()
        content = report_sudo.with_company(convention_sudo.company_id)._render_qweb_pdf(
            "cdg47_convention.action_report_deliberation", convention_sudo.ids
        )[0]
        filename = request.env._(
            "Model deliberation %(number)s.pdf",
            number=convention_sudo.name.replace("/", "-"),
        )
        return request.make_response(
            content,
            headers=[
                ("Content-Type", "application/pdf"),
                ("Content-Length", len(content)),
                ("Content-Disposition", content_disposition(filename)),
            ],
        )
