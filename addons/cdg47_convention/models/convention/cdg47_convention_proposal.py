# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command

from ...lib.dates import end_of_year
from ...reading.tariff import price_at


class Cdg47Convention(models.Model):
    """How a convention is priced, quoted and sent."""

    _inherit = "cdg47.convention"

    def _propose(self, forced_stratum=None, forced_reason=None):
        """Draw the first term and its quotation from a draft (R1, Money lines).

        :param cdg47.stratum forced_stratum: stratum chosen by a manager
        :param str forced_reason: why, required with ``forced_stratum``
        :return: the quotation to be signed
        :rtype: sale.order
        :raise UserError: when no stratum can be decided or a price is missing
        """
        self.ensure_one()
        if not self.line_ids:
            raise UserError(self.env._("Choose at least one forfait."))
        self._check_options_have_their_forfait()
        stratum, reason = self._decide_stratum(forced_stratum, forced_reason)
        # A term just cancelled must not stand in the way of its unique index.
        self.term_ids.flush_recordset(["state"])
        # Users read terms: their stratum is decided, here or by a manager.
        term_sudo = self.term_ids.sudo().create(
            {
                "convention_id": self.id,
                "date_start": self.date_start,
                "date_end": min(end_of_year(self.date_start), self.date_end),
                "stratum_id": stratum.id,
                "stratum_reason": reason,
            }
        )
        order = self._quote(term_sudo.sudo(False), self.line_ids.forfait_id)
        term_sudo.order_id = order
        return order

    def _decide_stratum(self, forced_stratum=None, forced_reason=None):
        partner = self._in_partner_lang().partner_id
        if forced_stratum:
            if not forced_reason:
                raise UserError(
                    self.env._("Say why the stratum is chosen by hand: it is printed.")
                )
            return forced_stratum, forced_reason
        stratum, reason = partner._cdg47_stratum_at(self.date_start)
        if not stratum:
            raise UserError(reason)
        return stratum, reason

    def _quote(self, term, forfaits, date_start=None):
        """Create the quotation of forfaits for a term.

        :param cdg47.convention.term term: the term they are sold for
        :param product.template forfaits: forfaits and options
        :param datetime.date date_start: first day, that of the term by default
        :rtype: sale.order
        """
        self.ensure_one()
        lang = self.partner_id._cdg47_lang()
        term = term.with_context(lang=lang)
        return (
            self.env["sale.order"]
            .with_context(lang=lang)
            .create(
                {
                    **self._prepare_quotation(term),
                    "order_line": [
                        Command.create(
                            term._prepare_fee_line(
                                forfait, date_start or term.date_start
                            )
                        )
                        for forfait in forfaits
                    ],
                }
            )
        )

    def action_send(self):
        """Send the pending quotation to the signatory, who signs it in the portal."""
        self.check_access("write")
        template = self.env.ref("cdg47_convention.mail_template_convention_to_sign")
        for convention in self:
            order = convention.pending_order_id
            if not order:
                raise UserError(
                    self.env._(
                        "%(convention)s has no quotation to sign.",
                        convention=convention.display_name,
                    )
                )
            if not convention.signatory_id.email:
                raise UserError(
                    self.env._(
                        "%(convention)s: choose a signatory who has an e-mail address.",
                        convention=convention.display_name,
                    )
                )
            if order.state == "draft":
                order.action_quotation_sent()
            if convention.state == "draft":
                # Users do not write the state: sending is one of its causes.
                convention.sudo().state = "sent"
            order.message_subscribe(convention.signatory_id.ids)
            template.send_mail(order.id)
        return True

    def action_back_to_draft(self):
        """Take back a proposal that nobody has signed: its quotation is cancelled."""
        self.check_access("write")
        for convention in self.filtered(lambda c: c.state in ("draft", "sent")):
            # Users do not write the state: taking back is one of its causes.
            convention.sudo().state = "draft"
            convention.pending_order_id._action_cancel()
        return True

    def action_propose(self):
        """Draw the quotation of a draft whose stratum is decided by its facts."""
        self.check_access("write")
        for convention in self.filtered(lambda c: c.state == "draft"):
            if not convention.pending_order_id:
                convention._propose()
        return True

    def _estimate(self, year):
        """Estimate a coming year for the collectivité's budget, writing nothing.

        :param int year: civil year
        :return: ``stratum``, ``reason``, ``fees`` (list of forfait and price, None when
            the tariff has no price yet), ``total`` (None when a price is missing)
        :rtype: dict
        """
        self.ensure_one()
        start = date(year, 1, 1)
        stratum, reason = self.partner_id._cdg47_stratum_at(start)
        tariff = self.company_id._cdg47_tariff()
        fees = []
        for forfait in self._forfaits_at(max(start, self.date_start)):
            try:
                price = price_at(tariff, forfait._cdg47_sold_to(stratum), start)
            except UserError:
                price = None
            fees.append({"forfait": forfait, "price": price})
        prices = [fee["price"] for fee in fees]
        return {
            "year": year,
            "stratum": stratum,
            "reason": reason,
            "fees": fees,
            "total": None if None in prices else sum(prices),
        }
