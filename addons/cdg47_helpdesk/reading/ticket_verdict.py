# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the convention says of a request, proposed and explained (R10). Never writes."""

from math import isinf

from odoo.addons.cdg47_convention.reading import answer
from odoo.addons.cdg47_convention.reading.annexe1 import (
    continuation,
    editor_refusal,
    is_option_held,
    lines_at,
)
from odoo.addons.cdg47_convention.reading.right_derivation import RightDerivation
from odoo.addons.cdg47_convention.reading.verdict import VerdictWriter

TTIM_SERVICES = ("TTIM", "TTIM-J")
EXCEPTIONAL_SERVICES = ("ASSIST-EXC", "ASSIST-EXC-J")


def propose_verdict(ticket):
    """Propose a coverage for what is asked, and explain it.

    The cause of Annexe 3 VI and the kind of Annexe 3 V are facts that only a technician
    can state: stated, they decide.

    :return: ``coverage`` and ``sentence``, in the language of the collectivité
    :rtype: dict
    """
    ticket.ensure_one()
    partner = ticket.collectivite_id
    if not partner:
        return _proposal("undetermined", ticket.env._("Say first whose request it is."))
    # Rights and rules are read as the ledger reads them.
    ticket_sudo = ticket.with_context(lang=partner._cdg47_lang()).sudo()
    return TicketVerdict(ticket_sudo).propose()


def _proposal(coverage, sentence):
    return {"coverage": coverage, "sentence": sentence}


class TicketVerdict:
    """What is said of one request, in the language of its environment.

    :param helpdesk.ticket ticket: as superuser where rights and rules are read
    """

    def __init__(self, ticket):
        self.ticket = ticket
        self.env = ticket.env

    def propose(self):
        ticket = self.ticket
        if not ticket.convention_id:
            return _proposal("undetermined", self.no_convention())
        code = ticket.service_id.default_code
        if ticket.cause or code in EXCEPTIONAL_SERVICES:
            return _proposal("exceptional", self.exceptional())
        if ticket.ttim_kind or code in TTIM_SERVICES:
            return _proposal("ttim", self.ttim())
        if not ticket.service_id:
            return _proposal(
                "undetermined",
                self.env._("Choose the service this request is about."),
            )
        return self._propose_for_service()

    def sentence_for(self, coverage):
        """Explain a coverage the technician chose against the proposal."""
        sentences = {
            "included": lambda: self._included(""),
            "complementary": self._complementary,
            "ttim": self.ttim,
            "exceptional": self.exceptional,
        }
        return sentences.get(coverage, lambda: "")().strip()

    def _propose_for_service(self):
        """Propose from the rules of Annexe 1 that name the service."""
        day, service = self.ticket._request_day(), self.ticket.service_id
        rules = lines_at(service, day)
        held = self.ticket.convention_id._forfaits_at(day)
        writer = VerdictWriter(
            RightDerivation(
                self.ticket.collectivite_id, service, self.ticket.software_id
            )
        )
        rule = rules.filtered(lambda r: r.forfait_id in held)[:1]
        if not rule:
            return self._propose_outside(rules, writer, day)
        sentence = rule._explanation()
        refusal = editor_refusal(self.ticket.collectivite_id, service, rule)
        if refusal:
            return self._propose_barred(rule, f"{refusal} {sentence}")
        if rule.measure == "flow":
            return _proposal("quota", self._quota(day, sentence))
        is_held = is_option_held(rule, held)
        if rule.coverage in ("included", "limited") or is_held:
            return _proposal("included", self._included(sentence))
        return self._propose_priced(rule, sentence)

    def _propose_outside(self, rules, writer, day):
        """Propose for what the forfaits held do not name."""
        if not rules and self.ticket.service_id.sale_ok:
            return _proposal("complementary", self._complementary())
        sentence = " ".join(
            (writer.no_right(self.ticket.service_id, day), self._joining(rules))
        )
        # What no tariff prices cannot be quoted: joining is the one way.
        is_quoted = self.ticket.company_id.cdg47_outside_forfait_quoted
        if not (is_quoted and self.ticket.service_id.sale_ok):
            return _proposal("undetermined", sentence)
        quoted = answer.quoted(self.env, self.ticket.collectivite_id)
        return _proposal("complementary", f"{quoted} {sentence}")

    def _joining(self, rules):
        """Say which forfait to join, or whom to ask where Annexe 1 names none."""
        if not rules:
            return self._to_go_on()
        return self.env._(
            "You may join the forfait that includes it: %(forfaits)s.",
            forfaits=", ".join(rules.forfait_id.mapped("name")),
        )

    def _propose_barred(self, rule, sentence):
        """Propose for what the editor keeps out: an unknown one is recorded first."""
        if not self.ticket.collectivite_id.software_editor_id:
            return _proposal("undetermined", sentence)
        return self._propose_priced(rule, sentence)

    def _propose_priced(self, rule, sentence):
        """Propose what the tariff prices apart; a forfait is joined, not quoted."""
        service = self.ticket.service_id
        if service.sale_ok:
            return _proposal("complementary", f"{self._complementary()} {sentence}")
        sold = continuation(service, self.ticket._request_day(), rule)
        if sold.cdg47_is_forfait:
            way = self.env._(
                "It is joined by an amendment: %(forfait)s. %(contact)s",
                forfait=sold.product_tmpl_id.name,
                contact=self._to_go_on(),
            )
        elif sold:
            way = self.env._("Priced apart, it is: %(service)s.", service=sold.name)
        else:
            way = self._to_go_on()
        return _proposal("undetermined", f"{sentence} {way}")

    # === The sentences ===
    def no_convention(self):
        sentence = self.env._(
            "No convention is in force for %(name)s: assistance is for the "
            "collectivités that have joined.",
            name=self.ticket.collectivite_id.name,
        )
        return f"{sentence} {self._to_join()}"

    def _to_join(self):
        """Say whom to ask to join."""
        return self.env._("To join: %(contact)s.", contact=self._contact())

    def _to_go_on(self):
        """Say whom to ask about what is neither included nor priced."""
        return self.env._("To go further: %(contact)s.", contact=self._contact())

    def _contact(self):
        company = self.ticket.company_id
        return ", ".join(filter(None, (company.name, company.phone, company.email)))

    def _included(self, rule_sentence):
        return self.env._(
            "%(answer)s Help with daily use is neither counted nor invoiced "
            "(Annexe 3 VI). %(rule)s",
            answer=answer.included(self.env),
            rule=rule_sentence,
        ).strip()

    def _quota(self, day, sentence):
        """Say what the right covers: of the time estimated, else what is left of it.

        Nobody knows yet how long a request will take: no sum is told for it.
        """
        minutes = round(self.ticket.estimated_hours * 60)
        hour = self.env.ref("uom.product_uom_hour")
        found = self.ticket.convention_id._check_coverage(
            self.ticket.service_id,
            (minutes or 60) / 60,
            hour,
            day,
            scope=self.ticket.software_id,
        )
        if minutes or found["obstacle"] or isinf(found["left"]):
            return found["reason"]
        left = found["covered"] + found["left"]
        return f"{self._left_of_right(left, found)} {sentence}"

    def _left_of_right(self, left, found):
        """Say what is left of a right, and what the time beyond it costs.

        :param float left: in hours
        :param dict found: what :meth:`_check_coverage` answers
        """
        hour = self.env.ref("uom.product_uom_hour")
        beyond = found["unit_price"] and self._unit_prices(
            {found["overage_product"].sudo(): found["unit_price"]}
        )
        partner = self.ticket.collectivite_id
        if left:
            said = self.env._(
                "It is included, within what is left of your right: %(left)s.",
                left=hour._cdg47_format(left),
            )
            if beyond:
                said += " " + self.env._(
                    "Beyond, nothing is billed that you have not accepted: %(price)s.",
                    price=beyond,
                )
            return said
        said = answer.quoted(self.env, partner)
        if beyond:
            said = answer.priced(self.env, beyond, answer.signatory_word(partner))
        said += " " + self.env._("Nothing is left of your right.")
        if found["next_date"]:
            said += " " + self.env._(
                "The right opens again on %(date)s.",
                date=partner._cdg47_format_date(found["next_date"]),
            )
        return said

    def _complementary(self):
        return self.env._(
            "%(answer)s Work starts once its estimate is accepted. Service priced "
            "apart (%(article)s).",
            answer=self._to_pay(self.ticket.service_id),
            article=self.ticket.service_id.cdg47_tariff_article or "Annexe 3 IV",
        )

    def ttim(self):
        kind = self._word("ttim_kind")
        hour, day = self.ticket._time_products("ttim")
        return self.env._(
            "%(answer)s Work starts once the estimate of the time needed is accepted. "
            "This intervention%(kind)s would normally be that of an outside provider; "
            "a technician of the CDG may carry it out (Annexe 3 V).",
            answer=self._to_pay(hour, day),
            kind=f" ({kind})" if kind else "",
        )

    def exceptional(self):
        """Cite the cause, the actor and the prerequisites in force (Annexe 3 VI)."""
        hour, day = self.ticket._time_products("exceptional")
        sheet = self._prerequisite_sheet()
        parts = [
            self._to_pay(hour, day),
            self.env._("It is carried out on your written request."),
            self.env._(
                "This help is not that of daily use (Annexe 3 VI). Cause: %(cause)s; "
                "by %(actor)s, even unintentionally.",
                cause=self._word("cause") or "?",
                actor=self._word("cause_actor") or "?",
            ),
            sheet._citation() if sheet else "",
        ]
        return " ".join(filter(None, parts))

    def _prerequisite_sheet(self):
        """Return the sheet that the cause names, of the day of the request.

        :rtype: cdg47.prerequisite.sheet
        """
        sheets = self.env["cdg47.prerequisite.sheet"]
        if self.ticket.cause != "prerequisites":
            return sheets
        return sheets._in_force(self.ticket.service_id, self.ticket._request_day())

    def _word(self, name):
        """Return the word of a choice of the ticket, within a sentence."""
        words = dict(self.ticket._fields[name]._description_selection(self.env))
        return words.get(self.ticket[name], "").lower()

    def _to_pay(self, *products):
        """Say what is to be paid: the estimate once there is one, else the prices.

        :param product.product products: those that may price it, by hour and by day
        """
        ticket = self.ticket
        partner = ticket.collectivite_id
        prices = {p: ticket._price_of(p) for p in products if p}
        prices = {p: price for p, price in prices.items() if price is not None}
        if not prices:
            return answer.quoted(self.env, partner)
        chosen = ticket.estimate_product_id
        if chosen not in prices:
            chosen = next(iter(prices))
        if ticket.estimated_hours and chosen.uom_id._cdg47_is_time():
            # As the estimate does: rounded up to its step, in the unit of the price.
            sums = answer.product_of(
                self.env,
                chosen.uom_id,
                ticket._estimate_quantity(chosen),
                prices[chosen],
                ticket.company_id._cdg47_tariff().sudo().currency_id,
            )
        else:
            sums = self._unit_prices(prices)
        return answer.priced(self.env, sums, answer.signatory_word(partner))

    def _unit_prices(self, prices):
        words = [
            self.env._(
                "%(price)s per %(unit)s",
                price=self.ticket._money(price),
                unit=product.uom_id.cdg47_noun or product.uom_id.name,
            )
            for product, price in prices.items()
        ]
        return self.env._(" or ").join(words)
