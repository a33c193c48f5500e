# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...lib.actions import opening
from ...lib.dates import today_in_paris
from ...lib.states import SIGNED_STATES
from ...reading.in_force import InForce
from ...reading.tariff import Prices

# Lists ask for the sum in the currency of the company: ours has one.
AMOUNT_SUMS = ("amount:sum", "amount:sum_currency")


class Cdg47Overage(models.Model):
    """« À régulariser »: what was used or is held beyond, and nobody accepted (R7).

    A view on the ledger, the allocations and the orders: nothing to keep in step.
    """

    _name = "cdg47.overage"
    _description = "Use to settle"
    _auto = False
    _order = "partner_id, date, id"
    _depends = {
        "cdg47.consumption": [
            "partner_id", "product_id", "uom_id", "date", "billable_amount",
            "reversal_of_id", "sale_line_id", "billed_elsewhere",
        ],
        "cdg47.allocation": [
            "partner_id", "product_id", "date_start", "date_end", "revoked_on", "state",
            "over_quantity", "accepted_quantity", "carried_over", "sale_line_id",
        ],
        "cdg47.convention": ["partner_id", "state", "date_start"],
        "sale.order": ["state"],
        "sale.order.line": [
            "product_uom_qty", "cdg47_kind", "cdg47_continues_id", "cdg47_is_refused",
        ],
    }  # fmt: skip

    partner_id = fields.Many2one("res.partner", string="Collectivité", readonly=True)
    product_id = fields.Many2one("product.product", string="Service", readonly=True)
    uom_id = fields.Many2one("uom.uom", string="Unit", readonly=True)
    date = fields.Date(readonly=True, help="Day of the use, or first day held.")
    kind = fields.Selection(
        [
            ("flow", "Used"),
            ("level", "Held"),
            ("excess", "Beyond what was accepted"),
        ],
        readonly=True,
    )
    state = fields.Selection(
        [
            ("open", "To be quoted"),
            ("quoted", "Quoted, awaiting an answer"),
            ("refused", "Refused"),
        ],
        readonly=True,
        group_expand=True,
    )
    over_amount = fields.Integer(
        string="Exact amount", readonly=True, aggregator=None, help="Minutes or units."
    )
    consumption_id = fields.Many2one("cdg47.consumption", readonly=True)
    allocation_id = fields.Many2one("cdg47.allocation", readonly=True)
    sale_line_id = fields.Many2one(
        "sale.order.line", string="Order line", readonly=True
    )

    # === At the tariff of today ===
    over = fields.Float(
        string="Beyond",
        compute="_compute_amount",
        digits="Product Unit",
        min_display_digits=2,
    )
    priced_product_id = fields.Many2one(
        "product.product", string="Billed as", compute="_compute_amount"
    )
    priced_uom_id = fields.Many2one(
        "uom.uom", string="Billed by", compute="_compute_amount"
    )
    priced_quantity = fields.Float(
        string="Quantity",
        compute="_compute_amount",
        digits="Product Unit",
        min_display_digits=2,
    )
    unit_price = fields.Monetary(compute="_compute_amount", aggregator=None)
    amount = fields.Monetary(
        string="At the tariff", compute="_compute_amount", aggregator="sum"
    )
    has_price = fields.Boolean(compute="_compute_amount")
    currency_id = fields.Many2one("res.currency", readonly=True)
    verdict = fields.Text(compute="_compute_verdict")

    @property
    def _table_query(self):
        # One tariff, one currency: totals are only shown in a stored one.
        currency = self.env.company._cdg47_tariff().sudo().currency_id
        return SQL(
            "SELECT due.*, %s AS currency_id FROM (%s UNION ALL %s UNION ALL %s) due",
            currency.id,
            self._query_flows(),
            self._query_excess(),
            self._query_levels(),
        )

    @api.model
    def _query_first_days(self):
        """The day each collectivité's first convention starts: what came before it is
        not due."""
        return SQL(
            """
            SELECT partner_id, MIN(date_start) AS day FROM cdg47_convention
             WHERE state IN %s GROUP BY partner_id
            """,
            SIGNED_STATES,
        )

    @api.model
    def _query_flows(self):
        return SQL(
            """
            SELECT fact.id * 3 AS id, fact.partner_id, fact.product_id, fact.uom_id,
                   fact.date, 'flow' AS kind, fact.billable_amount AS over_amount,
                   fact.id AS consumption_id, NULL::integer AS allocation_id,
                   line.id AS sale_line_id, %(state)s AS state
              FROM cdg47_consumption fact
              JOIN (%(first_days)s) first
                ON first.partner_id = fact.partner_id AND first.day <= fact.date
         LEFT JOIN sale_order_line line ON line.id = fact.sale_line_id
         LEFT JOIN sale_order o ON o.id = line.order_id
             WHERE fact.billable_amount > 0
               AND fact.billed_elsewhere IS NOT TRUE
               AND fact.reversal_of_id IS NULL
               AND NOT EXISTS (SELECT FROM cdg47_consumption reversal
                                WHERE reversal.reversal_of_id = fact.id)
               AND (line.id IS NULL OR o.state != 'sale' OR line.cdg47_is_refused)
            """,
            first_days=self._query_first_days(),
            state=self._sql_state(),
        )

    @api.model
    def _query_levels(self):
        return SQL(
            """
            SELECT held.id * 3 + 1, held.partner_id, held.product_id, template.uom_id,
                   GREATEST(held.date_start, first.day), 'level',
                   held.over_quantity
                   - GREATEST(held.accepted_quantity, held.carried_over, 0),
                   NULL, held.id, line.id, %(state)s
              FROM cdg47_allocation held
              JOIN (%(first_days)s) first
                ON first.partner_id = held.partner_id
               AND first.day <= COALESCE(held.revoked_on - 1, held.date_end, 'infinity')
              JOIN product_product product ON product.id = held.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
         LEFT JOIN sale_order_line line ON line.id = held.sale_line_id
         LEFT JOIN sale_order o ON o.id = line.order_id
             WHERE held.over_quantity
                   > GREATEST(held.accepted_quantity, held.carried_over, 0)
               AND (held.revoked_on IS NULL OR held.revoked_on > held.date_start)
            """,
            first_days=self._query_first_days(),
            state=self._sql_state(),
        )

    @api.model
    def _query_excess(self):
        """Accepted lines on which more was used than what was accepted."""
        hour_id = self.env["ir.model.data"]._xmlid_to_res_id("uom.product_uom_hour")
        return SQL(
            """
            SELECT line.id * 3 + 2, facts.partner_id, facts.product_id, facts.uom_id,
                   facts.date, 'excess', facts.amount - accepted.amount,
                   NULL, NULL, line.id,
                   CASE WHEN accepted.is_quoted THEN 'quoted'
                        WHEN accepted.is_refused THEN 'refused' ELSE 'open' END
              FROM sale_order_line line
              JOIN sale_order o ON o.id = line.order_id AND o.state = 'sale'
              JOIN LATERAL (
                    SELECT MIN(partner_id) AS partner_id, MAX(date) AS date,
                           MIN(product_id) AS product_id, MIN(uom_id) AS uom_id,
                           SUM(billable_amount)::integer AS amount
                      FROM cdg47_consumption WHERE sale_line_id = line.id
                   ) facts ON facts.amount > 0
              JOIN LATERAL (
                    SELECT ROUND(SUM(chain.product_uom_qty
                                     * CASE WHEN unit.parent_path ~ %(is_time)s
                                            THEN unit.factor * 60 ELSE 1 END)
                                 FILTER (WHERE chained.state = 'sale'))::integer
                           AS amount,
                           BOOL_OR(chained.state IN ('draft', 'sent')
                                   AND chain.cdg47_is_refused IS NOT TRUE)
                           AS is_quoted,
                           BOOL_OR(chained.state = 'cancel' OR chain.cdg47_is_refused)
                           AS is_refused
                      FROM sale_order_line chain
                      JOIN sale_order chained ON chained.id = chain.order_id
                      JOIN uom_uom unit ON unit.id = chain.product_uom_id
                     WHERE chain.id = line.id OR chain.cdg47_continues_id = line.id
                   ) accepted ON facts.amount > accepted.amount
             WHERE line.cdg47_kind = 'overage'
               AND line.cdg47_continues_id IS NULL
               AND line.cdg47_is_refused IS NOT TRUE
            """,
            is_time=rf"(^|/){hour_id}/",
        )

    @api.model
    def _sql_state(self):
        return SQL(
            """
            CASE WHEN line.id IS NULL OR (o.state = 'sale'
                      AND line.cdg47_is_refused IS NOT TRUE) THEN 'open'
                 WHEN o.state = 'cancel' OR line.cdg47_is_refused THEN 'refused'
                 ELSE 'quoted' END
            """
        )

    # === Computes ===
    @api.depends("product_id", "date")
    def _compute_display_name(self):
        for row in self:
            day = row.date and self.env["res.partner"]._cdg47_format_date(row.date)
            row.display_name = f"{row.product_id.name or ''} - {day or ''}"

    @api.depends("product_id", "over_amount")
    def _compute_amount(self):
        """Value what is beyond at the tariff of today, that of the quotation (R7)."""
        prices = Prices(self.env.company._cdg47_tariff().sudo())
        in_force = InForce(self.env, self.partner_id)
        today = today_in_paris()
        for row in self:
            product = row.sale_line_id.product_id
            if row.kind != "excess":
                product = in_force.continuation(
                    row.partner_id, row.product_id, row.date
                ).sudo(False)
            price = prices.at(product, today) if product else None
            quantity = product.uom_id._cdg47_quantity(row.over_amount) if product else 0
            row.over = row.uom_id._cdg47_quantity(row.over_amount) if row.uom_id else 0
            row.priced_product_id = product
            row.priced_uom_id = product.uom_id
            row.priced_quantity = quantity
            row.has_price = price is not None
            row.unit_price = price or 0.0
            row.amount = prices.currency.round(quantity * (price or 0.0))
        self._round_flows_together(prices, in_force)

    def _round_flows_together(self, prices, in_force):
        """Share among uses the sum that one line of quotation makes of them (R17).

        Each takes what rounding those before it has left: the list, the quotation and
        the invoice show one sum, whatever rows are read.
        """
        mine = self.filtered(lambda row: row.kind == "flow" and row.has_price)
        if not mine:
            return
        today = today_in_paris()
        sums = defaultdict(int)
        amounts = {}
        for row in self.search(
            Domain("partner_id", "in", mine.partner_id.ids)
            & Domain("kind", "=", "flow")
        ):
            product = in_force.continuation(row.partner_id, row.product_id, row.date)
            price = prices.at(product.sudo(False), today) if product else None
            key = row.partner_id, product, row.state, row.sale_line_id
            before = sums[key]
            sums[key] += row.over_amount
            so_far, then = (
                prices.currency.round(
                    product.uom_id._cdg47_quantity(n) * (price or 0.0)
                )
                if product
                else 0.0
                for n in (sums[key], before)
            )
            amounts[row.id] = prices.currency.round(so_far - then)
        for row in mine:
            row.amount = amounts.get(row.id, row.amount)

    @api.depends("consumption_id", "allocation_id", "sale_line_id")
    def _compute_verdict(self):
        for row in self:
            row.verdict = (
                row.consumption_id.verdict
                or row.allocation_id.verdict
                or row.sale_line_id.cdg47_explanation
            )

    # === Totals of a value that the database does not hold ===
    def _read_group_select(self, aggregate_spec, query):
        if aggregate_spec in AMOUNT_SUMS:
            return super()._read_group_select("id:recordset", query)
        return super()._read_group_select(aggregate_spec, query)

    def _read_group_postprocess_aggregate(self, aggregate_spec, raw_values):
        if aggregate_spec in AMOUNT_SUMS:
            column = super()._read_group_postprocess_aggregate(
                "id:recordset", raw_values
            )
            return (sum(rows.mapped("amount")) for rows in column)
        return super()._read_group_postprocess_aggregate(aggregate_spec, raw_values)

    # === « Préparer le devis »: one by collectivité, once (R7, R11) ===
    def action_quote(self):
        """Prepare the quotations of these rows, and show them.

        :raise UserError: when nothing can be quoted, with the reasons
        """
        self.env["cdg47.convention"].check_access("write")
        orders, left_out = self._quote()
        if not orders:
            raise UserError(
                "\n".join(left_out)
                or self.env._("All of this is already quoted, or settled.")
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale.action_quotations_with_onboarding"
        )
        action = opening(action, orders)
        if not left_out:
            return action
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "message": "\n".join(left_out),
                "next": action,
            },
        }

    def _quote(self):
        """Draw one quotation by collectivité from these rows.

        A failing collectivité is left out with its reason, and stops no other.

        :return: the quotations, and a sentence for each thing left out
        :rtype: tuple[sale.order, list[str]]
        """
        orders, left_out = self.env["sale.order"], []
        partners = self.partner_id
        # A second run, or a second click, finds the first one's quotations (R6).
        ledgers = self.env["cdg47.ledger"]
        ledgers._guard(ledgers._concerned(partners).sudo(False))
        self.env.flush_all()
        self.invalidate_recordset()
        rows = self.search(
            Domain("id", "in", self.ids) & Domain("state", "!=", "quoted")
        )
        conventions = self._conventions_of(partners)
        for partner, own_rows in rows.grouped("partner_id").items():
            priced = own_rows.filtered("has_price")
            left_out += (own_rows - priced)._missing_price_sentences()
            if not priced:
                continue
            try:
                with self.env.cr.savepoint():
                    orders |= conventions[partner]._quote_services(
                        priced._prepare_quoted_lines()
                    )
            except UserError as error:
                left_out.append(f"{partner.name}: {error}")
        return orders, left_out

    @api.model
    def _conventions_of(self, partners):
        """Return the latest signed convention of each collectivité, ended or not.

        :rtype: dict[res.partner, cdg47.convention]
        """
        conventions = self.env["cdg47.convention"].search(
            Domain("partner_id", "in", partners.ids)
            & Domain("state", "in", SIGNED_STATES),
            order="date_start",
        )
        return {convention.partner_id: convention for convention in conventions}

    def _missing_price_sentences(self):
        return [
            self.env._(
                "%(name)s, %(service)s: no price in the tariff, quote it by hand.",
                name=row.partner_id.name,
                service=row.product_id.name,
            )
            for row in self
        ]

    def _prepare_quoted_lines(self):
        """Return the lines to quote: uses by service, one line by thing held.

        :rtype: list[dict]
        """
        lines = []
        used = self.filtered(lambda row: row.kind == "flow")
        for product, rows in used.grouped("priced_product_id").items():
            lines.append(
                {
                    "product_id": product,
                    "quantity": product.uom_id._cdg47_quantity(
                        sum(rows.mapped("over_amount"))
                    ),
                    "kind": "overage",
                    "consumptions": rows.consumption_id,
                }
            )
        for row in self - used:
            line = {
                "product_id": row.priced_product_id,
                "quantity": row.priced_quantity,
                "kind": "supplement",
            }
            if row.kind == "excess":
                line.update(
                    kind="overage",
                    continues=row.sale_line_id,
                    explanation=row.verdict,
                )
            else:
                line.update(
                    allocations=row.allocation_id, name=row._name_of_held_line()
                )
            lines.append(line)
        return lines

    def _name_of_held_line(self):
        """Say what is sold, and which thing held it is for."""
        lang = self.partner_id._cdg47_lang()
        product = self.priced_product_id.with_context(lang=lang)
        name = product.description_sale or product.name
        held = self.allocation_id.identifier or self.allocation_id.holder_name
        return f"{name} ({held})" if held else name
