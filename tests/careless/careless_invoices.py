# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Facturation > Factures: made, edited, posted, credited, put to a titre."""

from careless_play import PRICES, QUANTITIES, WHICH, Careless, gesture
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.fields import Command

METHODS = st.sampled_from(
    ("delivered", "delivered", "delivered", "percentage", "fixed")
)
REASONS = st.sampled_from((False, False, "Fin de convention"))

# What a form greys, another programme may write.
FACTS = st.sampled_from(
    (
        ("cdg47_convention_id", True),
        ("cdg47_convention_id", False),
        ("cdg47_term_id", False),
        ("cdg47_rebill", True),
        ("cdg47_floor_reason", "Fin de convention"),
        ("payment_state", "paid"),
        ("amount_total", 1000),
        ("reversed_entry_id", False),
        ("move_type", "out_refund"),
    )
)


class InvoiceGestures(Careless):
    def _of_accountant(self, model, **context):
        records = self.env[model].with_user(self.case.accountant)
        return records.with_context(**context)

    # === Made ===
    @gesture("sold", often=5, which=WHICH, also=st.none() | WHICH, method=METHODS,
             one_by_one=st.booleans(), reason=REASONS,
             posted=st.booleans())  # fmt: skip
    def invoiced(self, which, also, method, one_by_one, reason, posted):
        orders = self.order(which, "sold")
        if also is not None and method == "delivered":
            orders |= self.order(also, "sold")
        wizard = self._of_accountant(
            "sale.advance.payment.inv",
            active_model="sale.order",
            active_ids=orders.ids,
        ).create(
            {
                "advance_payment_method": method,
                "amount": 30,
                "fixed_amount": 30,
                "consolidated_billing": not one_by_one,
                "cdg47_floor_reason": reason,
            }
        )
        before = set(self.books.moves)
        wizard.create_invoices()
        moves = self.env["account.move"].search(
            [("partner_id", "in", self.partners.ids), ("id", "not in", list(before))]
        )
        if posted:
            moves.with_user(self.case.accountant).action_post()

    @gesture(quarter=st.integers(1, 4), year=st.sampled_from((2024, 2024, 2025)))
    def quarter_invoiced(self, quarter, year):
        wizard = self._of_accountant("cdg47.quarter.invoice")
        wizard.create({"year": year, "quarter": str(quarter)}).action_invoice()

    @gesture(partner=WHICH, product=st.sampled_from(("CERT", "metiers/S4", "USB")),
             kind=st.sampled_from(("out_invoice", "out_refund")))  # fmt: skip
    def invoice_by_hand(self, partner, product, kind):
        self._of_accountant("account.move").create(
            {
                "move_type": kind,
                "partner_id": self.collectivite(partner).id,
                "invoice_line_ids": [
                    Command.create({"product_id": self.product(product).id})
                ],
            }
        )

    # === Edited ===
    def _invoice_line(self, which, at):
        move = self.move(which, "drafts")
        lines = move.invoice_line_ids.filtered(lambda ln: ln.display_type == "product")
        if not lines:
            raise UserError("Rien de tel")
        return move, lines[at % len(lines)]

    @gesture("drafts", which=WHICH, at=WHICH, quantity=QUANTITIES)
    def invoiced_quantity_changed(self, which, at, quantity):
        move, line = self._invoice_line(which, at)
        command = Command.update(line.id, {"quantity": quantity})
        move.write({"invoice_line_ids": [command]})

    @gesture("drafts", which=WHICH, at=WHICH, price=PRICES)
    def invoiced_price_changed(self, which, at, price):
        move, line = self._invoice_line(which, at)
        command = Command.update(line.id, {"price_unit": price})
        move.write({"invoice_line_ids": [command]})

    @gesture("drafts", which=WHICH, at=WHICH)
    def invoiced_line_removed(self, which, at):
        move, line = self._invoice_line(which, at)
        move.write({"invoice_line_ids": [Command.delete(line.id)]})

    @gesture("drafts", which=WHICH, product=st.sampled_from(("CERT", "USB")))
    def invoiced_line_added(self, which, product):
        command = Command.create({"product_id": self.product(product).id})
        self.move(which, "drafts").write({"invoice_line_ids": [command]})

    @gesture("drafts", which=WHICH, partner=WHICH)
    def invoiced_customer_changed(self, which, partner):
        self.move(which, "drafts").partner_id = self.collectivite(partner)

    # === Its life ===
    @gesture("drafts", often=3, which=WHICH)
    def posted(self, which):
        self.move(which, "drafts").action_post()

    @gesture("drafts")
    def all_posted(self):
        drafts = [m.id for m in self.books.drafts]
        self._of_accountant("account.move").browse(drafts).action_post()

    @gesture("posted", which=WHICH)
    def back_to_draft(self, which):
        self.move(which, "posted").button_draft()

    @gesture("undone", which=WHICH)
    def restored(self, which):
        self.move(which, "undone").button_draft()

    @gesture("moves", which=WHICH)
    def invoice_cancelled(self, which):
        move = self.move(which)
        if move.state == "posted":
            move.button_draft()
        move.button_cancel()

    @gesture("moves", which=WHICH)
    def invoice_duplicated(self, which):
        self.move(which).copy()

    @gesture("drafts", which=WHICH)
    def invoice_deleted(self, which):
        self.move(which, "drafts").unlink()

    @gesture("drafts", which=WHICH)
    def switched_to_credit_note(self, which):
        self.move(which, "drafts").action_switch_move_type()

    # === By another programme, which knows no button ===
    @gesture("moves", which=WHICH,
             state=st.sampled_from(("posted", "draft", "cancel")))  # fmt: skip
    def invoice_state_written(self, which, state):
        self.move(which).state = state

    @gesture(partner=WHICH, product=st.sampled_from(("CERT", "USB")))
    def invoice_created_posted(self, partner, product):
        self._of_accountant("account.move").create(
            {
                "move_type": "out_invoice",
                "partner_id": self.collectivite(partner).id,
                "state": "posted",
                "invoice_line_ids": [
                    Command.create({"product_id": self.product(product).id})
                ],
            }
        )

    @gesture("moves", which=WHICH, partner=WHICH, fact=FACTS)
    def invoice_fact_written(self, which, partner, fact):
        name, value = fact
        if name == "cdg47_convention_id" and value:
            value = self.convention(partner).id
        self.move(which).write({name: value})

    # === Credited, three ways, then posted or not ===
    @gesture("posted", often=4, which=WHICH, way=st.sampled_from(("refund", "modify")),
             rebill=st.booleans(), gives_back=st.booleans(),
             part=st.sampled_from((None, None, 0.5, 1)),
             posted=st.booleans())  # fmt: skip
    def credited(self, which, way, rebill, gives_back, part, posted):
        move = self.move(which, "posted")
        wizard = self._of_accountant(
            "account.move.reversal", active_model="account.move", active_ids=move.ids
        ).create(
            {
                "journal_id": move.journal_id.id,
                "cdg47_rebill": rebill,
                "cdg47_gives_back": gives_back,
            }
        )
        if way == "modify":
            wizard.modify_moves()
            return
        wizard.refund_moves()
        notes = move.reversal_move_ids.filtered(lambda m: m.state == "draft")
        if part:
            notes.invoice_line_ids.quantity = part
        if posted:
            notes.action_post()

    @gesture("notes", which=WHICH, rebill=st.booleans())
    def rebill_ticked(self, which, rebill):
        self.move(which, "notes").cdg47_rebill = rebill

    # === The comptable ===
    @gesture("posted", which=WHICH,
             state=st.sampled_from(("issued", "collected", "cancelled")))  # fmt: skip
    def titre_issued(self, which, state):
        move = self.move(which, "posted")
        move.write({"cdg47_title_number": f"T-{move.id}", "cdg47_collection": state})
