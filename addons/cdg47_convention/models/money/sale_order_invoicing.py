# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import OrderedSet
from odoo.tools.misc import formatLang

from ...reading.billing_limit import check_unposted
from ...reading.tariff import undated_of_order
from ...reading.traces import check_kept


class SaleOrder(models.Model):
    """How the orders of a convention are invoiced: once, grouped, above 15 € (R12)."""

    _inherit = "sale.order"

    cdg47_undated_note = fields.Char(
        string="Tariff of the year", compute="_compute_cdg47_undated_note"
    )

    @api.depends("state", "order_line.product_id", "term_id")
    def _compute_cdg47_undated_note(self):
        """A year that has no tariff of its own yet is said, never priced in silence."""
        for order in self:
            order.cdg47_undated_note = undated_of_order(order)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_posted(self):
        # The database deletes its lines by itself.
        check_unposted(self.order_line)
        check_kept(self)

    def _create_invoices(self, grouped=False, final=False, date=None):
        """Invoice what is due to each debtor, or hold what is too small (R12).

        A debtor is a commune with its annexed budgets. Small debts join the invoices
        made for their debtor; when all its open orders together stay below the floor,
        nothing is created. One invoice never mixes two VAT regimes (BR-O-11).

        :raise UserError: when all that was asked for is held
        """
        ours = self.filtered("convention_id")
        if not ours:
            return super()._create_invoices(grouped=grouped, final=final, date=date)
        ours._cdg47_guard_debtors()
        ours._cdg47_check_accounts()
        due, held = ours._cdg47_due_orders()
        orders = (self - ours) | due
        if held:
            sentences = held._cdg47_held_sentences()
            if not orders:
                raise UserError("\n".join(OrderedSet(sentences.values())))
            for order, sentence in sentences.items():
                order.message_post(body=sentence)
        moves = self.env["account.move"]
        for batch in orders._cdg47_by_vat_regime(final):
            moves |= super(SaleOrder, batch)._create_invoices(
                grouped=grouped, final=final, date=date
            )
        moves = moves.with_env(self.env)
        moves.filtered(lambda move: move.move_type == "out_refund").cdg47_rebill = True
        moves = moves._cdg47_drop_small()
        moves._cdg47_bill_facts()
        return moves

    def _cdg47_guard_debtors(self):
        """Make this the only invoicing of these debtors: nothing is billed twice (R6).

        Two accountants who press at once read the same orders; the second fails to
        serialize, runs again, and finds nothing left.
        """
        partners = self.sudo().partner_id.commercial_partner_id
        partners |= self.sudo()._cdg47_debtors()
        self.env["cdg47.ledger"]._guard(partners.filtered("collectivite_type"))

    def _cdg47_check_accounts(self):
        """Ask for the income account that neither a service nor the journal has.

        Odoo would answer with the name of a constraint.
        """
        # Who sells reads no journal.
        for company, orders in self.sudo().grouped("company_id").items():
            moves = orders.env["account.move"].with_company(company)
            journal = moves.with_context(
                default_move_type="out_invoice"
            )._search_default_journal()
            if journal.default_account_id:
                continue
            products = orders.order_line.product_id.with_company(company)
            missing = products.filtered(
                lambda product: (
                    not (product.product_tmpl_id.get_product_accounts()["income"])
                )
            )
            if missing:
                raise UserError(
                    self.env._(
                        "No income account: %(products)s. Enter it on the form of the "
                        "service, tab « Accounting », or on the journal %(journal)s.",
                        products=", ".join(missing.mapped("display_name")),
                        journal=journal.name,
                    )
                )

    # === Small debts ===
    def _cdg47_debtors(self):
        return self.env["res.partner"].union(*(order._cdg47_debtor() for order in self))

    def _cdg47_debtor(self):
        """Return who owes: the commune for its annexed budgets too.

        :rtype: res.partner
        """
        self.ensure_one()
        debtor = self.sudo().partner_invoice_id.commercial_partner_id
        if debtor.collectivite_type == "budget_annexe" and debtor.parent_id:
            return debtor.parent_id
        return debtor

    def _cdg47_check_debtor(self, partner_id):
        """The debtor is decided on the convention, for all that it sells (R13)."""
        payer = self.env["res.partner"].browse(partner_id)
        owner = self.convention_id.invoice_partner_id
        known = (owner | self.partner_invoice_id).commercial_partner_id
        if payer.commercial_partner_id not in known:
            sentence = self.env._(
                "%(order)s is owed by %(name)s: another debtor is entered on the "
                "convention.",
                order=self.name,
                name=owner.name,
            )
            raise UserError(sentence)

    def _cdg47_due_orders(self):
        """Part what is invoiced now from what stays too small.

        :return: orders to invoice, with the small ones that join them; orders held
        :rtype: tuple[sale.order, sale.order]
        """
        if self._cdg47_floor_reason():
            return self, self.browse()
        due = held = self.browse()
        owed = self._cdg47_owed()
        for debtor, orders in self.grouped(lambda o: o._cdg47_debtor()).items():
            floor = orders.company_id[:1].cdg47_debt_floor
            # What is to be credited pays for nothing here.
            amounts = {o: amount for o, amount in owed[debtor].items() if amount > 0}
            if not any(order in amounts for order in orders):
                # Asked twice: what else the debtor owes was not asked for.
                due |= orders
                continue
            small = [o for o, amount in amounts.items() if amount < floor]
            wanted = orders.union(*small)
            if sum(amounts.get(order, 0) for order in wanted) < floor:
                wanted = orders.union(*amounts)
            if sum(amounts.get(order, 0) for order in wanted) < floor:
                held |= orders
            else:
                due |= wanted
        return due, held

    def _cdg47_floor_reason(self):
        """Return why an accountant invoices below the floor, or False."""
        reason = (self.env.context.get("cdg47_floor_reason") or "").strip()
        if reason and not self.env.user.has_group("account.group_account_invoice"):
            raise AccessError(
                self.env._("Only an accountant may invoice below the smallest debt.")
            )
        return reason or False

    def _cdg47_owed(self):
        """Return what each debtor of these orders owes under its conventions.

        :return: by debtor, the amount left to invoice (taxes included) by open order
        :rtype: dict[res.partner, dict[sale.order, float]]
        """
        debtors = self._cdg47_debtors()
        # What a debtor owes in all, whoever sold it.
        open_sudo = self.sudo().search(
            Domain("partner_invoice_id", "child_of", debtors.ids)
            & Domain("company_id", "in", self.company_id.ids)
            & Domain("convention_id", "!=", False)
            & Domain("invoice_status", "=", "to invoice")
            & Domain("state", "=", "sale")
        )
        owed = {debtor: {} for debtor in debtors}
        for order_sudo in open_sudo | self.sudo():
            order = self.browse(order_sudo.id)
            owed[order_sudo._cdg47_debtor()][order] = order_sudo._cdg47_amount_due()
        return owed

    def _cdg47_amount_due(self):
        """Return what this order has left to invoice, taxes included.

        :rtype: float
        """
        self.ensure_one()
        return sum(
            self.currency_id.round(line._cdg47_to_invoice() * line.price_reduce_taxinc)
            for line in self.order_line
        )

    def _cdg47_is_below_floor(self):
        """Tell whether all that the debtor of this order owes stays below the floor."""
        self.ensure_one()
        (amounts,) = self._cdg47_owed().values()
        return 0 < sum(amounts.values()) < self.company_id.cdg47_debt_floor

    def _cdg47_held_sentences(self):
        """Say, order by order, why nothing is invoiced."""
        sentences = {}
        owed = self._cdg47_owed()
        for debtor, orders in self.grouped(lambda o: o._cdg47_debtor()).items():
            company = orders.company_id[:1]
            amounts = (sum(owed[debtor].values()), company.cdg47_debt_floor)
            amount, floor = (
                formatLang(self.env, value, currency_obj=company.currency_id)
                for value in amounts
            )
            sentence = self.env._(
                "%(debtor)s owes %(amount)s in all: below %(floor)s nothing is "
                "invoiced (art. D1611-1 of the CGCT). It joins the next invoice.",
                debtor=debtor.name,
                amount=amount,
                floor=floor,
            )
            sentences.update(dict.fromkeys(orders, sentence))
        return sentences

    # === VAT regimes ===
    def _cdg47_by_vat_regime(self, final=False):
        """Part these orders so that no invoice mixes two VAT regimes.

        :param bool final: is what is to be credited taken too?
        :return: the same orders, once by regime, in the context of that regime
        :rtype: list[sale.order]
        """
        ours = self.filtered("convention_id")
        lines = ours.order_line.filtered(lambda ln: not ln.display_type)
        taken = lines.filtered(
            lambda ln: ln._cdg47_to_invoice() > 0 or (final and ln._cdg47_to_invoice())
        )
        regimes = OrderedSet(line._cdg47_vat_regime() for line in taken)
        if len(regimes) < 2:
            return [self]
        batches = [self - ours] if self - ours else []
        return batches + [
            taken.filtered(
                lambda ln, r=regime: ln._cdg47_vat_regime() == r
            ).order_id.with_context(cdg47_vat_regime=regime)
            for regime in regimes
        ]

    def _get_invoiceable_lines(self, final=False):
        lines = super()._get_invoiceable_lines(final=final)
        regime = self.env.context.get("cdg47_vat_regime")
        day = self.env.context.get("cdg47_served_until")
        if not (regime or day) or not self.convention_id:
            return lines
        kept = lines.filtered(
            lambda ln: (
                ln.display_type
                or (
                    (not regime or ln._cdg47_vat_regime() == regime)
                    and (not day or ln._cdg47_to_invoice())
                )
            )
        )
        return without_empty_sections(kept)


def without_empty_sections(lines):
    """Leave out the headings and notes under which no line is left."""
    kept = heading = lines.browse()
    for line in lines:
        if line.display_type:
            starts = line.display_type == "line_section"
            heading = line if starts else heading | line
        else:
            kept |= heading | line
            heading = lines.browse()
    return kept
