# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.misc import formatLang

from ...lib.dates import today_in_paris
from ...reading.included import share


class Cdg47Convention(models.Model):
    """Quotations of services: supplements, what is beyond a quota, time (R7)."""

    _inherit = "cdg47.convention"

    def _prepare_quotation(self, term):
        """Return what every quotation of a convention says: who, to whom, which tariff.

        :param cdg47.convention.term term: the term it is for; empty beyond the last one
        :rtype: dict
        """
        self.ensure_one()
        return {
            "partner_id": self.partner_id.id,
            "partner_invoice_id": self.invoice_partner_id.id,
            "company_id": self.company_id.id,
            "pricelist_id": self.company_id._cdg47_tariff().id,
            "convention_id": self.id,
            "term_id": term.id,
            "user_id": self.user_id.id,
            "require_signature": True,
            "require_payment": False,
            # A council meets when it meets: the offer does not lapse by itself.
            "validity_date": False,
            "chorus_service_code": self.invoice_partner_id.chorus_service_code,
        }

    def _quote_services(self, lines, allow_missing_price=False):
        """Draw the quotation of services, at the tariff of today.

        :param list lines: dicts with ``product_id`` (product.product), ``quantity`` (in
            the product's unit), ``kind`` (``supplement``, ``overage``, ``time`` or
            False) and optionally ``name``, ``explanation`` (why it is billed, found by
            itself by default), ``consumptions`` and ``allocations`` (what it is billed
            for), ``continues`` (accepted order line whose excess it accepts)
        :param bool allow_missing_price: let the CDG enter the price later, for what is
            quoted after a study: it is not signed without one
        :return: a draft, in the language of the collectivité
        :rtype: sale.order
        :raise UserError: convention not in force, price missing from the tariff, or
            something that is quoted already
        :raise RedirectWarning: something must be held first; its button leads on
        """
        self.ensure_one()
        convention = self._in_partner_lang()
        if not convention._is_signed():
            raise UserError(
                self.env._(
                    "%(convention)s is not in force: nothing can be quoted yet.",
                    convention=self.display_name,
                )
            )
        convention._guard_quotation(lines)
        term = convention._term_at(today_in_paris())
        order = convention.env["sale.order"].create(
            {
                **convention._prepare_quotation(term),
                "order_line": [
                    Command.create(convention._prepare_service_line(values))
                    for values in lines
                ],
            }
        )
        for line, values in zip(order.order_line, lines, strict=True):
            if not allow_missing_price:
                line._cdg47_check_price()
            line._cdg47_quote_facts(
                values.get("consumptions"), values.get("allocations")
            )
            if line._cdg47_allocates():
                today = today_in_paris()
                convention.partner_id._cdg47_check_prerequisites(
                    [(convention.partner_id, line.product_id, today)]
                )
        return order

    def action_quote(self):
        """« Faire un devis »: a quotation of this convention, typed at once."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("sale.action_quotations")
        return {
            **action,
            "view_mode": "form",
            "views": [(False, "form")],
            "domain": [],
            "context": {
                "default_partner_id": self.partner_id.id,
                "default_company_id": self.company_id.id,
            },
        }

    def _guard_quotation(self, lines):
        """Become the only writer about what is quoted: nothing is quoted twice (R6)."""
        concerned = self.partner_id
        for values in lines:
            for name in ("consumptions", "allocations"):
                if values.get(name):
                    concerned |= values[name].sudo().partner_id
        ledgers = self.env["cdg47.ledger"]
        ledgers._guard(ledgers._concerned(concerned).sudo(False))

    def _prepare_service_line(self, values):
        """Return an order line; a line that is billed says why (R10)."""
        product = values["product_id"].with_env(self.env)
        continued = values.get("continues")
        prepared = {
            "product_id": product.id,
            "product_uom_id": product.uom_id.id,
            "product_uom_qty": values["quantity"],
            "cdg47_kind": values.get("kind"),
            "cdg47_continues_id": continued.id if continued else False,
            "name": values.get("name") or product.description_sale or product.name,
        }
        explanation = values.get("explanation") or self._explain_service(values)
        if explanation:
            prepared["cdg47_explanation"] = explanation
        return prepared

    def _explain_service(self, values):
        """Say why a service is billed when neither a use nor a thing held says it."""
        if values.get("consumptions"):
            return False  # the line says it itself, and follows their verdicts
        if values.get("allocations"):
            return "\n".join(values["allocations"].sudo().mapped("verdict"))
        product = values["product_id"]
        if values.get("kind") != "supplement":
            return False
        return self._explain_supplement(product.with_env(self.env), values["quantity"])

    def _explain_supplement(self, product, quantity):
        """Say what the forfaits cover, then what is asked for on top of it."""
        found = share(self, product, quantity, product.uom_id, today_in_paris())
        if found.billable >= quantity:
            return found.reason
        tariff = self.company_id._cdg47_tariff().sudo()
        asked = self.env._(
            "Asked for as a supplement: %(quantity)s, at %(price)s per %(unit)s.",
            quantity=product.uom_id._cdg47_format(quantity),
            price=formatLang(
                self.env,
                tariff._get_product_price(product, 1.0),
                currency_obj=tariff.currency_id,
            ),
            unit=product.uom_id.cdg47_noun or product.uom_id.name,
        )
        return f"{found.reason} {asked}"

    # === What an end undoes of what was prepared beyond it (R16) ===
    def _beyond(self, day):
        """Return what a campaign prepared after a day, and what of it is posted.

        :rtype: tuple[cdg47.campaign.line, account.move]
        """
        terms = self._living_terms().filtered(lambda term: term.date_start > day)
        # Who ends a convention may read no invoice.
        lines_sudo = self.env["cdg47.campaign.line"].sudo()
        lines_sudo = lines_sudo.search([("term_id", "in", terms.ids)])
        posted_sudo = lines_sudo.invoice_ids.filtered(lambda m: m.state == "posted")
        return lines_sudo, posted_sudo

    def _undo_beyond(self, day):
        """Undo terms, orders and drafts after an end; say what is to be credited."""
        lines_sudo, posted_sudo = self._beyond(day)
        left = lines_sudo - posted_sudo.cdg47_campaign_line_id
        left._undo()
        left.write({"state": "done", "mode": "none", "reason": self.termination_reason})
        for invoice_sudo in posted_sudo:
            invoice_sudo.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self._in_manager_lang().env._("Credit note to be made"),
                note=self.env._(
                    "%(convention)s ends on %(date)s.",
                    convention=self.display_name,
                    date=self._format_date(day),
                ),
                user_id=(invoice_sudo.invoice_user_id or self.env.user).id,
            )

    def _beyond_message(self, day):
        """Say before an end what it will undo, or False."""
        lines_sudo, posted_sudo = self._beyond(day)
        if not lines_sudo:
            return False
        if posted_sudo:
            return self.env._(
                "Posted beyond this day, to be credited: %(invoices)s.",
                invoices=", ".join(posted_sudo.mapped("name")),
            )
        return self.env._(
            "Prepared beyond this day, undone with its drafts: %(orders)s.",
            orders=", ".join(lines_sudo.order_id.mapped("name")),
        )
