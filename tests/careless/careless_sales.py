# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Ventes > Devis: typed, edited, confirmed, signed, refused, cancelled."""

from careless_play import PRICES, QUANTITIES, WHICH, Careless, gesture
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.fields import Command

PRODUCTS = st.sampled_from(
    ("CERT", "BACKUP", "AUDIT-SECU", "FORM-SITE", "CDC-INFO", "TTIM", "ASSIST-EXC",
     "EPP", "MAIL-5", "metiers/S1", "techno/S4", "parapheur/S4", "USB")
)  # fmt: skip
SELLERS = st.sampled_from(("seller", "newcomer", "user_manager", "user_user"))


class SalesGestures(Careless):
    ACCEPTORS = Careless.ACCEPTORS | {"mayor_signs", "written_request"}

    def _line(self, product, quantity):
        return Command.create(
            {"product_id": self.product(product).id, "product_uom_qty": quantity}
        )

    @gesture(often=2, who=SELLERS, partner=WHICH, product=PRODUCTS, quantity=QUANTITIES,
             more=st.none() | PRODUCTS)  # fmt: skip
    def quotation(self, who, partner, product, quantity, more):
        orders = self.env["sale.order"].with_user(getattr(self.case, who))
        lines = [self._line(product, quantity)]
        if more:
            lines.append(self._line(more, 1))
        orders.create(
            {"partner_id": self.collectivite(partner).id, "order_line": lines}
        )

    @gesture(partner=WHICH, product=PRODUCTS, quantity=QUANTITIES)
    def quote_on_convention(self, partner, product, quantity):
        """« Faire un devis » on the convention: a forfait is typed on the quotation."""
        if self.product(product).cdg47_is_forfait:
            raise UserError("Rien de tel")
        self.convention(partner)._quote_services(
            [
                {
                    "product_id": self.product(product),
                    "quantity": quantity,
                    "kind": "supplement",
                }
            ]
        )

    @gesture("lines", which=WHICH, who=SELLERS, quantity=QUANTITIES)
    def quantity_changed(self, which, who, quantity):
        line = self.order_line(which, user=getattr(self.case, who))
        line.product_uom_qty = quantity

    @gesture("lines", which=WHICH, who=SELLERS, price=PRICES)
    def price_changed(self, which, who, price):
        self.order_line(which, user=getattr(self.case, who)).price_unit = price

    @gesture("lines", which=WHICH, discount=st.sampled_from((10, 100, 0)))
    def discount_given(self, which, discount):
        self.order_line(which).discount = discount

    @gesture("lines", which=WHICH, product=PRODUCTS)
    def product_changed(self, which, product):
        self.order_line(which).product_id = self.product(product)

    @gesture("lines", which=WHICH, quantity=QUANTITIES)
    def delivered_by_hand(self, which, quantity):
        self.order_line(which).qty_delivered = quantity

    @gesture("orders", which=WHICH, product=PRODUCTS, quantity=QUANTITIES)
    def line_added(self, which, product, quantity):
        self.order(which).write({"order_line": [self._line(product, quantity)]})

    @gesture("typed", which=WHICH)
    def line_removed(self, which):
        line = self.order_line(which, "typed")
        line.order_id.write({"order_line": [Command.delete(line.id)]})

    @gesture("orders", which=WHICH, partner=WHICH)
    def customer_changed(self, which, partner):
        self.order(which).partner_id = self.collectivite(partner)

    @gesture("orders", which=WHICH, partner=WHICH)
    def debtor_changed(self, which, partner):
        self.order(which).partner_invoice_id = self.collectivite(partner)

    @gesture("orders", which=WHICH, number=st.sampled_from(("E-1", "E-2", False)))
    def engagement_typed(self, which, number):
        self.order(which).chorus_engagement = number

    @gesture("quotations", which=WHICH, who=SELLERS)
    def confirmed(self, which, who):
        self.order(which, "quotations", getattr(self.case, who)).action_confirm()

    @gesture("quotations", which=WHICH)
    def sent(self, which):
        self.order(which, "quotations").action_quotation_sent()

    @gesture("quotations", often=4, which=WHICH)
    def mayor_signs(self, which):
        self.case.sign_in_portal(self.order(which, "quotations"))

    @gesture("quotations", which=WHICH, kept=st.booleans())
    def boxes_ticked(self, which, kept):
        """The mayor keeps or refuses the last line, on the page."""
        order = self.order(which, "quotations")
        mayor = order.sudo().partner_id._cdg47_signatories().user_ids[:1]
        order_sudo = order.with_user(mayor or self.case.seller).sudo()
        lines = order_sudo._cdg47_choice_lines()
        order_sudo._cdg47_choose(lines if kept else lines[:-1], mayor.partner_id)

    @gesture("quotations", which=WHICH)
    def mayor_refuses(self, which):
        order = self.order(which, "quotations")
        mayor = order.sudo().partner_id._cdg47_signatories().user_ids[:1]
        order_sudo = order.with_user(mayor or self.case.seller).sudo()
        if order_sudo._has_to_be_signed():
            order_sudo._action_cancel()

    @gesture("living", which=WHICH, who=SELLERS)
    def cancelled(self, which, who):
        self.order(which, "living", getattr(self.case, who)).with_context(
            disable_cancel_warning=True
        ).action_cancel()

    @gesture("withdrawn", which=WHICH)
    def back_to_quotation(self, which):
        self.order(which, "withdrawn").action_draft()

    @gesture("orders", which=WHICH, who=SELLERS,
             state=st.sampled_from(("draft", "sent", "sale", "cancel")))  # fmt: skip
    def order_state_written(self, which, who, state):
        """By another programme, which knows no button."""
        self.order(which, user=getattr(self.case, who)).state = state

    @gesture("orders", which=WHICH, partner=st.none() | WHICH,
             name=st.sampled_from(("convention_id", "term_id")))  # fmt: skip
    def order_convention_written(self, which, partner, name):
        convention = False if partner is None else self.convention(partner)
        if convention and name == "term_id":
            convention = convention.term_ids[-1:]
        self.order(which, user=self.case.user_manager)[name] = convention

    @gesture("orders", which=WHICH)
    def order_duplicated(self, which):
        self.order(which).copy()

    @gesture("withdrawn", which=WHICH)
    def order_deleted(self, which):
        self.order(which, "withdrawn", self.case.user_manager).unlink()
