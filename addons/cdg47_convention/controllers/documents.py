# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Odoo's own pages of the portal, for a contact who acts for several collectivités."""

from odoo.fields import Date, Domain
from odoo.http import request

from odoo.addons.account.controllers.portal import PortalAccount
from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.sale.controllers import portal as sale_portal

from ..portal.titre import titre


def _day(value):
    """Return a day of the query string, or None when it is not one."""
    try:
        return Date.to_date(value)
    except (TypeError, ValueError):
        return None


def _by_titre(values):
    """Say where the titre stands instead of Odoo's own instalments and delays (R12).

    :param dict values: what Odoo shows of one invoice
    """
    stated = titre(values["invoice"])
    own = {"installment_state": False, "payment_state": "titre"} if stated else {}
    return {**values, **own, "titre": stated}


class SalePortal(sale_portal.CustomerPortal):
    """Quotations and orders of all the collectivités of today's mandates."""

    def _prepare_quotations_domain(self, partner):
        stock = super()._prepare_quotations_domain(partner)
        return list(Domain(stock) | self._collectivites_domain("sent"))

    def _prepare_orders_domain(self, partner):
        stock = super()._prepare_orders_domain(partner)
        return list(Domain(stock) | self._collectivites_domain("sale"))

    def _collectivites_domain(self, state):
        return Domain(
            "partner_id.commercial_partner_id.is_my_collectivite", "=", True
        ) & Domain("state", "=", state)

    def _prepare_sale_portal_rendering_values(
        self, page=1, date_begin=None, date_end=None, sortby=None, **kwargs
    ):
        """Fall back on the default where the query string makes no sense."""
        known = sortby in self._get_sale_searchbar_sortings()
        return super()._prepare_sale_portal_rendering_values(
            page=page,
            date_begin=_day(date_begin),
            date_end=_day(date_end),
            sortby=sortby if known else None,
            **kwargs,
        )


class InvoicePortal(PortalAccount):
    """Invoices: the record rules alone say which ones a contact may list."""

    def _get_account_searchbar_filters(self):
        """Do not offer « overdue » : the comptable public collects, not us (R12)."""
        filters = super()._get_account_searchbar_filters()
        if request.env["res.partner"]._cdg47_mine():
            for name in ("overdue_invoices", "bills"):
                filters.pop(name, None)
        return filters

    def _get_overdue_invoice_count(self):
        """Nor offer to pay online what would be overdue."""
        mine = request.env["res.partner"]._cdg47_mine()
        return 0 if mine else super()._get_overdue_invoice_count()

    def _prepare_my_invoices_values(
        self, page, date_begin, date_end, sortby, filterby, *args, **kwargs
    ):
        """Fall back on the default where the query string makes no sense."""
        sortings = self._get_account_searchbar_sortings()
        filters = self._get_account_searchbar_filters()
        values = super()._prepare_my_invoices_values(
            page,
            _day(date_begin),
            _day(date_end),
            sortby if sortby in sortings else None,
            filterby if filterby in filters else None,
            *args,
            **kwargs,
        )
        listed = values["invoices"]
        values["invoices"] = lambda offset: [_by_titre(data) for data in listed(offset)]
        return values

    def _invoice_get_page_view_values(self, invoice, access_token, **kwargs):
        values = super()._invoice_get_page_view_values(invoice, access_token, **kwargs)
        return _by_titre(values)


class DocumentPortal(CustomerPortal):
    """Orders and invoices of a convention, read by the link of a mail."""

    def _get_page_view_values(self, document, access_token, values, *args, **kwargs):
        """Offer no message to who only reads: posting it would be refused."""
        values = super()._get_page_view_values(
            document, access_token, values, *args, **kwargs
        )
        if document._name in ("sale.order", "account.move"):
            reader = document.with_user(request.env.user)
            values["disable_composer"] = not reader.has_access("read")
        return values


class AddressPortal(CustomerPortal):
    """Addresses: those of a collectivité are kept by the CDG, not by its contacts.

    Odoo lets a contact read, rename and complete the company they belong to, as
    superuser; a contact whose mandate has ended still belongs to it.
    """

    def _prepare_address_data(self, partner_sudo, **kwargs):
        values = super()._prepare_address_data(partner_sudo, **kwargs)
        if self._belongs_to_collectivite():
            for key in ("billing_addresses", "delivery_addresses"):
                values[key] &= partner_sudo
        return values

    def _create_or_update_address(self, partner_sudo, *args, **form_data):
        if not self._belongs_to_collectivite():
            return super()._create_or_update_address(partner_sudo, *args, **form_data)
        if not partner_sudo:
            return partner_sudo, {
                "invalid_fields": [],
                "messages": [
                    request.env._(
                        "The addresses of a collectivité are kept by the centre de "
                        "gestion: ask us to change them."
                    )
                ],
            }
        form_data.pop("company_name", None)
        return super()._create_or_update_address(partner_sudo, *args, **form_data)

    def _belongs_to_collectivite(self):
        partner_sudo = request.env.user.partner_id
        return bool(partner_sudo.commercial_partner_id.collectivite_type)
