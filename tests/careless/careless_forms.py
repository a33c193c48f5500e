# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""By Odoo's own forms, with what they compute and hide, and by its « Importer »."""

from contextlib import contextmanager

from careless_play import PRICES, QUANTITIES, WHICH, Careless, gesture
from careless_sales import PRODUCTS, SELLERS
from careless_time import HOURS, days_ago
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.tests import Form

from odoo.addons.cdg47_convention.lib.dates import today_in_paris

# What an accountant or a seller changes of a line on a screen.
CHANGES = st.sampled_from(("quantity", "price_unit", "product_id", "discount"))
AMOUNTS = st.sampled_from((1, 0, 2, 0.5, 100))


@contextmanager
def as_shown():
    """What a form does not show, or shows greyed, nobody can type."""
    try:
        yield
    except AssertionError as error:
        raise UserError(f"Le formulaire ne le permet pas : {error}") from error


class FormGestures(Careless):
    def type_in(self, lines, at, name, value):
        """Type in one cell of a list of lines; one more line beyond the last."""
        with lines.new() if at >= len(lines) else lines.edit(at) as line:
            setattr(line, name, value)

    def typed_value(self, change, product, amount):
        return self.product(product) if change == "product_id" else amount

    # === Ventes > Devis ===
    @gesture(who=SELLERS, partner=WHICH, product=PRODUCTS, quantity=QUANTITIES)
    def quotation_by_form(self, who, partner, product, quantity):
        orders = self.env["sale.order"].with_user(getattr(self.case, who))
        with as_shown(), Form(orders) as form:
            form.partner_id = self.collectivite(partner)
            with form.order_line.new() as line:
                line.product_id = self.product(product)
                line.product_uom_qty = quantity

    @gesture("quotations", which=WHICH, at=st.integers(0, 1),
             change=st.sampled_from(("quantity", "price_unit", "product_id")),
             product=PRODUCTS, amount=AMOUNTS)  # fmt: skip
    def quotation_edited_by_form(self, which, at, change, product, amount):
        name = "product_uom_qty" if change == "quantity" else change
        with as_shown(), Form(self.order(which, "quotations")) as form:
            value = self.typed_value(change, product, amount)
            self.type_in(form.order_line, at, name, value)

    @gesture("quotations", which=WHICH, partner=WHICH)
    def customer_changed_by_form(self, which, partner):
        with as_shown(), Form(self.order(which, "quotations")) as form:
            form.partner_id = self.collectivite(partner)

    # === Facturation > Factures ===
    @gesture("drafts", which=WHICH, at=st.integers(0, 1), change=CHANGES,
             product=PRODUCTS, amount=AMOUNTS)  # fmt: skip
    def invoice_edited_by_form(self, which, at, change, product, amount):
        with as_shown(), Form(self.move(which, "drafts")) as form:
            value = self.typed_value(change, product, amount)
            self.type_in(form.invoice_line_ids, at, change, value)

    @gesture("posted", which=WHICH, rebill=st.booleans())
    def credited_by_form(self, which, rebill):
        move = self.move(which, "posted")
        wizards = self.env["account.move.reversal"].with_user(self.case.accountant)
        with (
            as_shown(),
            Form(
                wizards.with_context(active_model="account.move", active_ids=move.ids)
            ) as form,
        ):
            form.cdg47_rebill = rebill
        form.record.refund_moves()

    # === « Importer » ===
    def load(self, model, user, row):
        """Import one row; what the screen says of it is its refusal."""
        records = self.env[model].with_user(user).with_context(import_file=True)
        names, values = zip(*row.items(), strict=True)
        said = records.load(list(names), [[str(value) for value in values]])
        errors = [m["message"] for m in said["messages"] if m["type"] == "error"]
        if errors or not said["ids"]:
            raise UserError("\n".join(errors) or "Rien d'importé")

    @gesture(who=SELLERS, partner=WHICH, product=PRODUCTS, quantity=QUANTITIES,
             state=st.sampled_from(("draft", "sent", "sale")))  # fmt: skip
    def quotation_imported(self, who, partner, product, quantity, state):
        self.load(
            "sale.order",
            getattr(self.case, who),
            {
                "partner_id/.id": self.collectivite(partner).id,
                "state": state,
                "order_line/product_id/.id": self.product(product).id,
                "order_line/product_uom_qty": quantity,
            },
        )

    @gesture("lines", which=WHICH, who=SELLERS, price=PRICES, quantity=QUANTITIES)
    def lines_imported_over(self, which, who, price, quantity):
        row = {
            ".id": self.pick("lines", which).id,
            "price_unit": price,
            "product_uom_qty": quantity,
        }
        self.load("sale.order.line", getattr(self.case, who), row)

    @gesture("billed", which=WHICH, price=PRICES, quantity=QUANTITIES)
    def invoice_lines_imported_over(self, which, price, quantity):
        row = {
            ".id": self.pick("billed", which).id,
            "price_unit": price,
            "quantity": quantity,
        }
        self.load("account.move.line", self.case.accountant, row)

    @gesture("moves", which=WHICH,
             state=st.sampled_from(("posted", "draft", "cancel")))  # fmt: skip
    def invoices_imported_over(self, which, state):
        row = {".id": self.pick("moves", which).id, "state": state}
        self.load("account.move", self.case.accountant, row)

    @gesture("tickets", which=WHICH, line=st.none() | WHICH, hours=HOURS,
             before=st.sampled_from((0, 30, 300)))  # fmt: skip
    def time_imported(self, which, line, hours, before):
        row = {
            "helpdesk_ticket_id/.id": self.pick("tickets", which).id,
            "unit_amount": hours,
            "name": "Repris",
            "date": days_ago(before),
        }
        if line is not None:
            row["so_line/.id"] = self.pick("lines", line).id
        self.load("account.analytic.line", self.case.technician, row)

    @gesture(partner=WHICH, service=st.sampled_from(("CERT", "BACKUP", "EPP")),
             quantity=st.sampled_from((1, 3, 20)),
             state=st.sampled_from(("requested", "active")))  # fmt: skip
    def held_imported(self, partner, service, quantity, state):
        row = {
            "partner_id/.id": self.collectivite(partner).id,
            "product_id/.id": self.product(service).id,
            "quantity": quantity,
            "state": state,
            "date_start": today_in_paris(),
        }
        self.load("cdg47.allocation", self.case.user_manager, row)
