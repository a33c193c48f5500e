# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import math

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...lib.dates import today_in_paris
from ...lib.plain_text import as_html

# Longest free text of a request, and most units asked for at once.
MAX_NOTE = 2000
MAX_QUANTITY = 1000


class Cdg47Convention(models.Model):
    """« Demander une prestation »: from the portal to a draft quotation (R7, R9)."""

    _inherit = "cdg47.convention"

    @api.model
    def _requestable_services(self):
        """Return the complementary services of Annexe 1, as superuser.

        :rtype: product.product
        """
        # A portal contact may not read products: only names and prices are shown.
        return (
            self.env["product.product"]
            .sudo()
            .search(
                Domain("cdg47_is_service", "=", True) & Domain("sale_ok", "=", True),
                order="cdg47_family, default_code, id",
            )
        )

    def _request_service(self, product, quantity, note, author):
        """Record what a contact asks for: a draft quotation and an activity.

        To be called as superuser, on a convention of the contact's collectivités. The
        same request made twice while the CDG has not answered yet is one request.

        :param float quantity: in the product's unit
        :param str note: free text, may be empty
        :param res.partner author: the contact
        :return: the quotation; empty when the forfaits cover all of it
        :rtype: sale.order
        :raise UserError: when it cannot be had yet, with the reason
        """
        self.ensure_one()
        convention = self._in_partner_lang()
        product = product.with_env(convention.env)
        self._check_request(product, quantity, note)
        obstacle = self._obstacle_to(product)
        if obstacle:
            raise UserError(obstacle)
        ledgers = self.env["cdg47.ledger"]
        ledgers._guard(ledgers._concerned(self.partner_id))
        known = self._known_request(product, quantity, author)
        if known:
            return known
        billable = self._billable_of_request(product, quantity)
        if not billable:
            self._schedule_request(self, product, quantity, note, author)
            return known
        order = convention._quote_services(
            [{"product_id": product, "quantity": billable, "kind": "supplement"}],
            allow_missing_price=True,
        )
        order.write(
            {"cdg47_requested_by_id": author.id, "cdg47_request": note or False}
        )
        self._schedule_request(order, product, quantity, note, author)
        self.env.ref("cdg47_convention.mail_template_service_requested").send_mail(
            order.id
        )
        return order

    def _check_request(self, product, quantity, note):
        """Refuse what cannot be a quantity of this service."""
        unit = product.uom_id
        if not math.isfinite(quantity) or not 0 < quantity <= MAX_QUANTITY:
            raise UserError(
                self.env._(
                    "Enter a quantity above zero, at most %(max)s.", max=MAX_QUANTITY
                )
            )
        if not unit._cdg47_is_time() and quantity % 1:
            raise UserError(
                self.env._(
                    "%(service)s is counted in whole units: enter a whole number.",
                    service=product.name,
                )
            )
        if len(note) > MAX_NOTE:
            raise UserError(
                self.env._(
                    "The details are too long: %(max)s characters at most.",
                    max=MAX_NOTE,
                )
            )

    def _obstacle_to(self, product):
        """Return why this service cannot be asked for yet, or False.

        What needs a study may be asked for: the quotation is the study's outcome.
        """
        found = self.partner_id._cdg47_obstacle(product)
        if not found or product.cdg47_on_study:
            return False
        return found[0]

    def _known_request(self, product, quantity, author):
        """Return the same request, not answered yet by the CDG."""
        orders = self.env["sale.order"].search(
            Domain("convention_id", "=", self.id)
            & Domain("state", "=", "draft")
            & Domain("cdg47_requested_by_id", "=", author.id)
            & Domain("order_line.product_id", "=", product.id)
        )
        return orders.filtered(
            lambda o: (
                o.order_line[:1].product_uom_qty
                == self._billable_of_request(product, quantity)
            )
        )[:1]

    def _billable_of_request(self, product, quantity):
        """Return what the forfaits do not cover: the rest needs no quotation."""
        answer = self._check_coverage(
            product, quantity, product.uom_id, today_in_paris()
        )
        return quantity - answer["covered"]

    def _schedule_request(self, document, product, quantity, note, author):
        """Tell who follows the convention what is asked for."""
        convention = self._in_manager_lang()
        managers = self.env.ref("cdg47_convention.group_convention_manager").user_ids
        document.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=convention.env._(
                "Service asked for: %(service)s, %(quantity)s",
                service=product.name,
                quantity=product.uom_id._cdg47_format(quantity),
            ),
            # What a contact types is text: no link of theirs lives in an activity.
            note=as_html(
                convention.env._(
                    "Asked for in the portal by %(name)s. %(note)s",
                    name=author.name,
                    note=note,
                )
            ),
            user_id=(self.user_id or managers[:1]).id,
        )

    def _ask_help(self, product, obstacle, author):
        """Ask the CDG to lift what prevents a service: the way on, in one click."""
        self.ensure_one()
        convention = self._in_manager_lang()
        summary = convention.env._("Help asked for: %(service)s", service=product.name)
        if summary in self.activity_ids.mapped("summary"):
            return
        managers = self.env.ref("cdg47_convention.group_convention_manager").user_ids
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=summary,
            note=as_html(f"{author.name} - {obstacle}"),
            user_id=(self.user_id or managers[:1]).id,
        )
