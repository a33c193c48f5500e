# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...lib.states import SIGNED_STATES


class Cdg47Overage(models.Model):
    """« Préparer le devis »: one quotation by collectivité, once (R7, R11)."""

    _inherit = "cdg47.overage"

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
        action = self.env["cdg47.convention"]._open_records(action, orders)
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


class Cdg47Convention(models.Model):
    _inherit = "cdg47.convention"

    overage_count = fields.Integer(compute="_compute_overage_count")

    def _compute_overage_count(self):
        for convention in self:
            convention.overage_count = convention.partner_id.cdg47_overage_count

    def action_quote_overage(self):
        """Prepare the quotation of all that these collectivités have to settle."""
        return self.partner_id.action_cdg47_quote_overage()
