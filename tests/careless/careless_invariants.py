# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What never is wrong, whatever was done: computed from plain rows."""

from types import SimpleNamespace

from careless_books import PRECISION
from careless_play import Careless

# Half a cent for each row that was rounded.
HALF_CENT = 0.005 + PRECISION
FLOOR = 15
# What a posted paper keeps.
KEPT = ("amount_total", "amount_untaxed", "convention_id", "debtor_id", "move_type",
        "rebill", "floor_reason", "reversed_entry_id")  # fmt: skip


class MoneyInvariants(Careless):
    """Accepted, billed once, lawful (R7, R15, R16, R17)."""

    def begin(self):
        super().begin()
        self.accepted, self.net, self.seen_posted = {}, {}, {}
        self._states = self._order_states()
        self.debtors = {
            convention.partner_id.id: convention.invoice_partner_id._origin.id
            for convention in self.partners.convention_ids
        }
        for line in self._limited():
            if line.order.state == "sale":
                self.accepted[line.id] = _terms_of(line)

    def check(self):
        super().check()
        self.check_accepted()
        self.check_billed()
        self.check_papers()
        self.check_lawful()
        self._states = self._order_states()

    def _order_states(self):
        return {order.id: order.state for order in self.books.orders.values()}

    def _limited(self):
        """Return the order lines of a convention, or of the catalogue."""
        return [
            line
            for line in self.books.lines.values()
            if line.order.convention_id or line.in_catalogue
        ]

    # === Accepted is accepted (R7, R15) ===
    def check_accepted(self):
        for line in self._limited():
            if line.order.state != "sale":
                continue
            known = self.accepted.get(line.id)
            if known is None or self._is_accepted_anew(line):
                self._check_acceptor(line)
                self.accepted[line.id] = _terms_of(line)
                continue
            now = _terms_of(line)
            for name in ("product_id", "price", "kind"):
                assert getattr(now, name) == getattr(known, name), (
                    f"{name} of accepted {line.name!r} ({line.order.name}) changed"
                )
            assert now.quantity <= known.quantity + PRECISION, (
                f"{line.name!r}: more than was accepted"
            )

    def _is_accepted_anew(self, line):
        return self._states.get(line.order_id) not in (None, "sale")

    def _check_acceptor(self, line):
        is_engaged = line.order.convention_id and line.quantity
        assert not is_engaged or self.current in self.ACCEPTORS, (
            f"{line.name!r} ({line.order.name}) is due: nobody accepted it"
        )

    # === Billed once, credited for good (R16) ===
    def check_billed(self):
        for line in self._limited():
            sums = self.books.sums(line)
            (posted, amount, rows), (credited, given_back, _n) = (
                sums["posted"],
                sums["credited"],
            )
            name = f"{line.name!r} ({line.order.name})"
            assert credited <= posted + PRECISION, f"{name}: credited beyond"
            assert given_back <= amount + HALF_CENT * rows, f"{name}: credited beyond"
            rebilled, amount_again, more_rows = sums["rebilled"]
            net, euros = posted - rebilled, amount - amount_again
            if posted:
                self._check_bound(line, name, net, euros, rows + more_rows)
            if net > self.net.get(line.id, 0) + PRECISION:
                assert line.order.state == "sale", f"{name}: billed, not accepted"
                due = self.due(line)
                assert net <= due + PRECISION, f"{name}: {net} billed, {due} due"
            self.net[line.id] = net
        for row in self.books.billed.values():
            is_new = row.move.state == "posted" and row.move.move_type == "out_invoice"
            if is_new and row.in_catalogue:
                assert row.order_line_id, f"{row.move.name}: nobody ordered it"
                assert row.order_line_id in self.accepted, (
                    f"{row.move.name}: nobody accepted it"
                )
            if row.line and is_new and row.line.id in self.accepted:
                assert row.product_id == row.line.product_id, (
                    f"{row.move.name}: bills something else than was accepted"
                )

    def _check_bound(self, line, name, net, euros, rows):
        known = self.accepted.get(line.id)
        assert known, f"{name}: billed, nobody accepted it"
        assert net <= known.quantity + PRECISION, (
            f"{name}: {net} billed, {known.quantity} accepted"
        )
        most = known.quantity * known.price
        assert euros <= most + HALF_CENT * rows, (
            f"{name}: {euros} € billed, {most} € accepted"
        )

    def due(self, line):
        """Return what of a line is accepted and delivered, in its unit."""
        if line.kind == "overage":
            return min(float(line.quantity), self.used_beyond(line))
        if line.kind == "time":
            return min(float(line.quantity), self.worked(line))
        if half_days := self.half_days(line):
            held = sum(float(half_day.billable) for half_day in half_days)
            return min(float(line.quantity), held)
        if line.kind in ("fee", "supplement") or line.policy == "order":
            return float(line.quantity)
        return min(float(line.quantity), float(line.delivered))

    def half_days(self, line):
        """Return the half-days of training that an order line sells and were held."""
        rows = self.books.half_days.values()
        return [r for r in rows if r.sale_line_id == line.id and r.was_held]

    def used_beyond(self, line):
        """Return what was used beyond, less what was accepted before of the same."""
        first = line.continues_id or line.id
        used = sum(
            f.billable for f in self.books.facts.values() if f.sale_line_id == first
        )
        before = sum(
            float(ln.quantity)
            for ln in self.books.lines.values()
            if first in (ln.id, ln.continues_id)
            and ln.id < line.id
            and ln.order.state == "sale"
        )
        return max(self.in_unit(line, used) - before, 0)

    def worked(self, line):
        return sum(
            float(t.unit_amount) * float(t.factor) / float(line.factor)
            for t in self.books.time.values()
            if t.so_line == line.id
        )

    def in_unit(self, line, amount):
        """Return minutes, or whole units, in the unit of an order line."""
        return amount / 60 / float(line.factor) if line.is_time else amount

    # === Nothing of one on another's papers (R13) ===
    def check_papers(self):
        for order in self.books.orders.values():
            assert order.owner_id in (None, order.partner_id), (
                f"{order.name}: the convention of another"
            )
        for line in self.books.lines.values():
            ticket = self.books.tickets.get(line.ticket_id)
            assert not ticket or ticket.collectivite_id == line.order.partner_id, (
                f"{line.order.name}: sells the work of another's request"
            )
        for row in self.books.billed.values():
            if not row.line or row.move.state != "posted":
                continue
            convention = row.line.order.convention_id
            assert row.move.convention_id == convention, (
                f"{row.move.name}: of another convention"
            )
            if convention:
                owner = row.line.order.owner_id
                debtor = self.debtors.get(owner, owner)
                assert row.move.debtor_id == debtor, (
                    f"{row.move.name}: sent to another debtor"
                )
        self._check_facts_papers()

    def _check_facts_papers(self):
        for fact in self.books.facts.values():
            line = self.books.lines.get(fact.sale_line_id)
            if line:
                assert line.order.owner_id in self.heirs(fact.partner_id), (
                    f"{line.order.name}: bills a use of another collectivité"
                )
        for held in self.books.held.values():
            line = self.books.lines.get(held.sale_line_id)
            if line:
                assert line.order.owner_id in self.heirs(held.partner_id), (
                    f"{line.order.name}: bills what another collectivité holds"
                )
        for time in self.books.time.values():
            if time.so_line:
                assert time.order_partner_id == time.collectivite_id, (
                    "time of one on the order of another"
                )

    def heirs(self, partner_id):
        """Return a collectivité, and those that it took the place of or gave it to."""
        return {partner_id}

    # === Each paper lawful by itself (R17) ===
    def check_lawful(self):
        rows = {}
        for row in self.books.billed.values():
            rows.setdefault(row.move_id, []).append(row)
        for move in self.books.moves.values():
            was = self.seen_posted.get(move.id)
            if was and was.title:
                assert move.state == "posted", f"{was.name}: had a titre, {move.state}"
            if move.state != "posted":
                self.seen_posted.pop(move.id, None)
                continue
            self.seen_posted[move.id] = move
            lines = rows.get(move.id, ())
            move.ours = move.convention_id or any(row.in_catalogue for row in lines)
            if move.ours and not was:
                self._check_paper(move, lines)
            if was and was.ours:
                self._check_unchanged(move, was)
            if move.ours:
                total = sum(float(row.amount) for row in lines)
                assert abs(float(move.amount_untaxed) - total) < PRECISION, (
                    f"{move.name}: {move.amount_untaxed} € for lines of {total} €"
                )
        for move_id, was in list(self.seen_posted.items()):
            assert move_id in self.books.moves, f"{was.name}: posted, then deleted"

    def _check_unchanged(self, move, was):
        """What left is corrected by a credit note only."""
        for name in KEPT:
            assert getattr(move, name) == getattr(was, name), (
                f"{name} of {was.name} changed once it was posted"
            )
        if move.move_type == "out_invoice":
            assert move.payment_state != "paid", f"{was.name}: nobody paid it"

    def _check_paper(self, move, lines):
        name = move.name
        assert len(move.siret or "") == 14, f"{name}: no SIRET"
        if move.move_type == "out_refund":
            return
        assert move.amount_total > 0, f"{name}: {move.amount_total} €"
        assert move.amount_total >= FLOOR or move.floor_reason, f"{name}: small"
        assert len({tuple(row.taxes) for row in lines}) == 1, f"{name}: two regimes"
        engagements = {
            row.line.order.chorus_engagement or "" for row in lines if row.line
        }
        assert len(engagements) == 1, f"{name}: engagements {engagements}"
        priced = [row for row in lines if row.in_catalogue]
        assert all(row.amount > 0 for row in priced), f"{name}: a service for nothing"


def _terms_of(line):
    """Return what of an order line is fixed once it is accepted."""
    price = float(line.price_unit) * (1 - float(line.discount or 0) / 100)
    return SimpleNamespace(
        product_id=line.product_id,
        kind=line.kind,
        quantity=float(line.quantity),
        price=round(price, 6),
    )
