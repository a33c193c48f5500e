# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What stands in the tables after a gesture: plain rows, none of our readers."""

from types import SimpleNamespace

from odoo.tools import SQL

PRECISION = 1e-6

_ORDERS = """
    SELECT o.id, o.name, o.state, o.partner_id, o.convention_id, o.term_id,
           o.chorus_engagement, o.signed_by,
           o.cdg47_campaign_line_id AS campaign_line_id,
           c.partner_id AS owner_id
      FROM sale_order o LEFT JOIN cdg47_convention c ON c.id = o.convention_id
     WHERE o.partner_id IN %(partners)s ORDER BY o.id
"""
_LINES = """
    SELECT l.id, l.order_id, l.name, l.cdg47_kind AS kind, l.product_id,
           l.product_uom_qty AS quantity, l.qty_delivered AS delivered, l.price_unit,
           l.qty_to_invoice AS to_invoice, l.price_subtotal AS subtotal, l.discount,
           l.cdg47_is_refused AS refused, l.helpdesk_ticket_id AS ticket_id,
           unit.factor,
           unit.parent_path ~ %(hour)s AS is_time,
           l.cdg47_continues_id AS continues_id, l.cdg47_date_start AS date_start,
           l.cdg47_date_end AS date_end, l.cdg47_months AS months,
           l.cdg47_paid_product_id AS paid_product_id, p.product_tmpl_id AS template_id,
           t.invoice_policy AS policy,
           COALESCE(t.cdg47_is_forfait, FALSE) AS is_forfait,
           COALESCE(t.cdg47_is_forfait OR t.cdg47_is_service, FALSE) AS in_catalogue
      FROM sale_order_line l
      JOIN sale_order o ON o.id = l.order_id
      JOIN product_product p ON p.id = l.product_id
      JOIN product_template t ON t.id = p.product_tmpl_id
      JOIN uom_uom unit ON unit.id = l.product_uom_id
     WHERE o.partner_id IN %(partners)s AND l.display_type IS NULL
  ORDER BY l.id
"""
_MOVES = """
    SELECT m.id, m.name, m.state, m.move_type, m.partner_id, m.amount_total,
           m.amount_untaxed, m.payment_state,
           m.cdg47_convention_id AS convention_id, m.cdg47_rebill AS rebill,
           m.cdg47_floor_reason AS floor_reason, m.cdg47_title_number AS title,
           m.cdg47_collection AS collection, m.reversed_entry_id,
           m.commercial_partner_id AS debtor_id, m.ref,
           d.company_registry AS siret, d.chorus_requirement,
           m.buyer_reference, m.purchase_order_reference
      FROM account_move m JOIN res_partner d ON d.id = m.commercial_partner_id
     WHERE m.move_type IN ('out_invoice', 'out_refund')
       AND m.commercial_partner_id IN %(partners)s
  ORDER BY m.id
"""
_BILLED = """
    SELECT l.id, l.move_id, l.product_id, l.quantity, l.price_subtotal AS amount,
           rel.order_line_id, unit.factor,
           ARRAY(SELECT account_tax_id FROM account_move_line_account_tax_rel
                  WHERE account_move_line_id = l.id ORDER BY 1) AS taxes,
           COALESCE(t.cdg47_is_forfait OR t.cdg47_is_service, FALSE) AS in_catalogue
      FROM account_move_line l
      JOIN account_move m ON m.id = l.move_id
 LEFT JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = l.id
 LEFT JOIN product_product p ON p.id = l.product_id
 LEFT JOIN product_template t ON t.id = p.product_tmpl_id
 LEFT JOIN uom_uom unit ON unit.id = l.product_uom_id
     WHERE m.move_type IN ('out_invoice', 'out_refund')
       AND m.commercial_partner_id IN %(partners)s
       AND l.display_type = 'product'
  ORDER BY l.id
"""
_FACTS = """
    SELECT f.id, f.partner_id, f.product_id, f.amount, f.covered_amount AS covered,
           f.billable_amount AS billable, f.entitlement_id, f.sale_line_id,
           f.invoice_line_id, f.reversal_of_id, f.date, f.frozen,
           EXISTS (SELECT FROM cdg47_consumption r
                    WHERE r.reversal_of_id = f.id) AS is_reversed
      FROM cdg47_consumption f WHERE f.partner_id IN %(partners)s ORDER BY f.id
"""
_GRANTS = """
    SELECT g.entitlement_id, SUM(g.amount) AS amount
      FROM cdg47_grant g JOIN cdg47_entitlement e ON e.id = g.entitlement_id
     WHERE e.partner_id IN %(partners)s GROUP BY g.entitlement_id
"""
_HELD = """
    SELECT a.id, a.partner_id, a.product_id, a.quantity, a.state, a.sale_line_id,
           a.over_quantity AS over, a.accepted_quantity AS accepted, a.revoked_on,
           a.date_start, a.date_end
      FROM cdg47_allocation a WHERE a.partner_id IN %(partners)s ORDER BY a.id
"""
_TIME = """
    SELECT t.id, t.helpdesk_ticket_id AS ticket_id, t.so_line, t.unit_amount,
           t.consumption_id, t.date, t.real_minutes,
           k.collectivite_id, o.partner_id AS order_partner_id, unit.factor
      FROM account_analytic_line t
      JOIN helpdesk_ticket k ON k.id = t.helpdesk_ticket_id
 LEFT JOIN sale_order_line l ON l.id = t.so_line
 LEFT JOIN sale_order o ON o.id = l.order_id
 LEFT JOIN uom_uom unit ON unit.id = t.product_uom_id
     WHERE k.collectivite_id IN %(partners)s ORDER BY t.id
"""
_TERMS = """
    SELECT t.id, c.partner_id, t.convention_id, t.date_start, t.date_end, t.state,
           t.stratum_id
      FROM cdg47_convention_term t
      JOIN cdg47_convention c ON c.id = t.convention_id
     WHERE c.partner_id IN %(partners)s ORDER BY t.id
"""
_CONVENTIONS = """
    SELECT c.id, c.name, c.partner_id, c.date_start, c.date_end, c.state
      FROM cdg47_convention c
     WHERE c.partner_id IN %(partners)s ORDER BY c.id
"""
_HALF_DAYS = """
    SELECT p.id, p.sale_line_id, p.billable, h.sheet_state = 'locked' AS was_held
      FROM cdg47_training_participation p
      JOIN cdg47_training_half_day h ON h.id = p.half_day_id
     WHERE p.active AND p.collectivite_id IN %(partners)s ORDER BY p.id
"""
_TICKETS = """
    SELECT k.id, k.collectivite_id, k.coverage FROM helpdesk_ticket k
     WHERE k.collectivite_id IN %(partners)s ORDER BY k.id
"""
_SESSIONS = (
    "SELECT e.id FROM event_event e WHERE e.training_kind IS NOT NULL ORDER BY 1"
)
_REGISTRATIONS = """
    SELECT r.id, r.state, r.collectivite_id FROM event_registration r
     WHERE r.collectivite_id IN %(partners)s ORDER BY r.id
"""
TABLES = {
    "orders": _ORDERS, "lines": _LINES, "moves": _MOVES, "billed": _BILLED,
    "facts": _FACTS, "grants": _GRANTS, "held": _HELD, "time": _TIME, "terms": _TERMS,
    "conventions": _CONVENTIONS, "half_days": _HALF_DAYS, "tickets": _TICKETS,
    "sessions": _SESSIONS, "registrations": _REGISTRATIONS,
}  # fmt: skip


class Books:
    """The rows of every table, read at once, and the sums of each order line."""

    def __init__(self, env, partners):
        env.flush_all()
        hour = env.ref("uom.product_uom_hour").id
        given = {"partners": tuple(partners.ids), "hour": rf"(^|/){hour}/"}
        for name, query in TABLES.items():
            env.cr.execute(SQL(query, **_named_in(query, given)))
            rows = [SimpleNamespace(**row) for row in env.cr.dictfetchall()]
            key = "entitlement_id" if name == "grants" else "id"
            setattr(self, name, {getattr(row, key): row for row in rows})
        for line in self.lines.values():
            line.order = self.orders[line.order_id]
            line.billed = []
        for row in self.billed.values():
            row.move = self.moves[row.move_id]
            row.line = self.lines.get(row.order_line_id)
            if row.line:
                row.line.billed.append(row)

        self._part()

    def _part(self):
        """Part orders and invoices by what may be done of them."""
        orders, moves = self.orders.values(), self.moves.values()
        self.quotations = [o for o in orders if o.state in ("draft", "sent")]
        self.sold = [o for o in orders if o.state == "sale"]
        self.withdrawn = [o for o in orders if o.state == "cancel" and not o.signed_by]
        self.living = [o for o in orders if o.state != "cancel"]
        self.typed = [ln for ln in self.lines.values() if ln.order.state != "sale"]
        self.drafts = [m for m in moves if m.state == "draft"]
        self.posted = [m for m in moves if m.state == "posted"]
        self.notes = [m for m in moves if m.move_type == "out_refund"]
        self.undone = [m for m in moves if m.state == "cancel"]

    def sums(self, line):
        """Return quantity and amount posted, credited, credited to be invoiced again,
        of an order line, and in how many rows.

        :rtype: dict[str, tuple[float, float, int]]
        """
        found = {}
        for name, is_in in (
            ("posted", lambda m: m.move_type == "out_invoice"),
            ("credited", lambda m: m.move_type == "out_refund"),
            ("rebilled", lambda m: m.move_type == "out_refund" and m.rebill),
        ):
            rows = [
                row
                for row in line.billed
                if row.move.state == "posted" and is_in(row.move)
            ]
            found[name] = (
                sum(float(row.quantity) * ratio(row, line) for row in rows),
                sum(float(row.amount) for row in rows),
                len(rows),
            )
        return found


def _named_in(query, given):
    return {name: value for name, value in given.items() if f"%({name})s" in query}


def ratio(row, line):
    return float(row.factor or 1) / float(line.factor or 1)
