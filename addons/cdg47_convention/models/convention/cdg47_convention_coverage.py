# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...lib.dates import day_in_paris
from ...lib.states import SIGNED_STATES
from ...reading.annexe1 import is_option_held, line_of, lines_at, units_held
from ...reading.held_levels import HeldLevels
from ...reading.in_force import InForce
from ...reading.right_derivation import RightDerivation
from ...reading.verdict import VerdictWriter

# What decides the rights that a convention opens.
FIELDS_OF_RIGHTS = {"state", "date_start", "date_end"}
NO_LIMIT = float("inf")


class Cdg47Convention(models.Model):
    """What a convention covers: the dry run, and the entry of a use (R3, R4, R10)."""

    _inherit = "cdg47.convention"

    def _is_signed(self):
        return self.state in SIGNED_STATES

    def write(self, vals):
        result = super().write(vals)
        if FIELDS_OF_RIGHTS & set(vals):
            self._replay_rights()
        return result

    def _replay_rights(self):
        """Derive again the rights of collectivités that used some already."""
        partners_sudo = self.sudo().partner_id
        facts_sudo = self.env["cdg47.consumption"].sudo()
        if facts_sudo.search_count([("partner_id", "in", partners_sudo.ids)], limit=1):
            ledgers = self.env["cdg47.ledger"]
            ledgers._guard(ledgers._concerned(partners_sudo))
            ledgers._replay_partners(partners_sudo)

    @api.model
    def _paris_day(self, value):
        """Return the day in Paris of a date, or of a moment as Odoo stores it."""
        if isinstance(value, datetime):
            return day_in_paris(value)
        return fields.Date.to_date(value)

    # === The dry run ===
    def _check_coverage(self, product, quantity, uom, date, scope=None):
        """Tell what would be covered and billed; write nothing.

        :param product.product product: the service asked for
        :param float quantity: in ``uom``
        :param date: day of the service, or its moment in UTC
        :param cdg47.software scope: the software, for a right by software
        :return: ``covered``, ``billable`` and ``left`` in ``uom`` (infinite when there
            is no limit), ``reason``, ``article``, ``overage_product``, ``unit_price``
            per unit of it, ``next_date``; ``obstacle``, what must be held first (R9):
            sentence, action and label of the button that leads on, or None
        :rtype: dict
        """
        self.ensure_one()
        # Rights are decided by the whole ledger, which a portal user does not read.
        self_sudo = self._in_partner_lang().sudo()
        day = self._paris_day(date)
        derivation = RightDerivation(
            self_sudo.partner_id,
            product.with_env(self_sudo.env),
            (scope or self.env["cdg47.software"]).with_env(self_sudo.env),
        )
        check = CoverageCheck(derivation, product.with_env(self_sudo.env), uom, day)
        flow = derivation.counting_line(day)
        if not flow:
            return check.of_others(quantity)
        return check.refusal(flow) or check.of_flow(quantity)

    def _counts_use_of(self, product, day):
        """Tell whether a right of this collectivité counts a service on a day."""
        partner = self.partner_id
        return bool(InForce(self.env, partner).counting_line(partner, product, day))

    def _consume(self, product, quantity, uom, date, origin=None, scope=None):
        """Enter a use of a service in the ledger.

        :param models.Model origin: the ticket, the registration… it comes from
        :return: the fact, its split and its verdict
        :rtype: cdg47.consumption
        :raise UserError: when no forfait held counts the use of this service
        :raise RedirectWarning: when something must be held first (R9), with the button
            that leads on
        """
        self.ensure_one()
        day = self._paris_day(date)
        scope = scope or self.env["cdg47.software"]
        if not self._counts_use_of(product, day):
            raise UserError(
                self.env._(
                    "%(service)s: no right of %(name)s counts its use on %(date)s.",
                    service=product.name,
                    name=self.partner_id.name,
                    date=self._format_date(day),
                )
            )
        self.partner_id._cdg47_check_prerequisites([(self.partner_id, product, day)])
        return self.env["cdg47.consumption"].create(
            [
                {
                    "partner_id": self.partner_id.id,
                    "product_id": product.id,
                    "scope_id": scope.id,
                    "date": day,
                    "quantity": quantity,
                    "uom_id": uom.id,
                    "origin": f"{origin._name},{origin.id}" if origin else False,
                }
            ]
        )


class CoverageCheck:
    """One question about one service on one day."""

    def __init__(self, derivation, product, uom, day):
        self.derivation = derivation
        self.env = derivation.env
        self.product = product
        self.uom = uom.with_env(self.env)
        self.day = day
        self.writer = VerdictWriter(derivation)

    def of_flow(self, quantity):
        """Answer for a service that is used up: replay with one more fact."""
        self.env["cdg47.consumption"]._check_countable(self.product, self.uom)
        amount = self.uom._cdg47_exact_amount(quantity)
        fact, outcome = self.derivation.suppose(self.day, amount)
        split = outcome.splits[fact.key]
        left = self.writer.left_after(fact, split, outcome)
        return self._answer(
            outcome.rule,
            *self.uom._cdg47_split(quantity, split.covered, split.billable),
            self.uom._cdg47_quantity(left),
            self.writer.verdict(self.product, self.uom, fact, split, outcome),
            next_date=(not left and outcome.next_day) or False,
        )

    def of_others(self, quantity):
        """Answer for what is not used up: an access, a level, an option, nothing."""
        convention = self.derivation.convention_at(self.day)
        held = convention._forfaits_at(self.day)
        rule = lines_at(self.product, self.day, held)[:1]
        if not rule:
            reasons = [self.writer.no_right(self.product, self.day)]
            known = line_of(self.product, self.day)
            return self._uncovered(known, quantity, reasons)
        sentence = rule._explanation()
        if rule.measure == "duty":
            return self._answer(rule, 0.0, 0.0, 0.0, sentence)
        refusal = self.refusal(rule)
        if refusal:
            return refusal
        if rule.coverage == "included" or is_option_held(rule, held):
            return self._answer(rule, quantity, 0.0, NO_LIMIT, sentence)
        if rule.measure == "level" and rule.coverage == "limited":
            return self._of_level(rule, quantity, sentence)
        return self._uncovered(rule, quantity, [sentence])

    def refusal(self, rule):
        """Answer that nothing is given before what the service needs is held (R9).

        :return: None when nothing is missing
        """
        partner = self.derivation.partner
        obstacle = partner._cdg47_obstacle(self.product, self.day)
        if not obstacle:
            return None
        reason = f"{rule._explanation()} {obstacle[0]}"
        return self._answer(rule, 0.0, 0.0, 0.0, reason, obstacle=obstacle)

    def _of_level(self, rule, quantity, sentence):
        """Answer for what is held: the quota less what is held that day (R8)."""
        partner = self.derivation.partner
        levels = HeldLevels(self.env, partner)
        rules = levels.rules_at(partner, self.product, self.day)
        quota = levels.quota_at(partner, rules, self.day) or 0
        held = units_held(levels.held_at(partner, self.day), rule.product_ids)
        left = max(quota - held, 0)
        covered = min(quantity, left)
        reasons = [
            sentence,
            self.env._(
                "Included: %(quota)s; held: %(held)s.",
                quota=self.uom._cdg47_format(quota),
                held=self.uom._cdg47_format(held),
            ),
        ]
        if covered < quantity:
            amount = self.uom._cdg47_amount(quantity - covered)
            bill = self.writer.bill_sentence
            reasons.append(bill(rule, self.product, self.uom, amount, self.day))
        return self._answer(
            rule, covered, quantity - covered, left - covered, " ".join(reasons)
        )

    def _uncovered(self, rule, quantity, sentences):
        """Answer that all is to be billed, when there is something to bill it with."""
        overage, _price = self._priced(rule)
        amount = self.uom._cdg47_amount(quantity)
        if overage:
            bill = self.writer.bill_sentence
            sentences.append(bill(rule, self.product, self.uom, amount, self.day))
        billable = quantity if overage else 0.0
        return self._answer(rule, 0.0, billable, 0.0, " ".join(sentences))

    def _priced(self, rule):
        return self.writer.priced(rule, self.product, self.day)

    def _answer(
        self, rule, covered, billable, left, reason, next_date=False, obstacle=None
    ):
        overage, price = self._priced(rule)
        return {
            "covered": covered,
            "billable": billable,
            "left": left,
            "reason": reason,
            "article": rule.article or self.product.cdg47_article or "",
            "overage_product": overage.sudo(False),
            "unit_price": price or 0.0,
            "next_date": next_date,
            "obstacle": obstacle,
        }
