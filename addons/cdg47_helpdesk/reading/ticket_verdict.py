# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the convention says of a request, proposed and explained (R10). Never writes."""

from odoo.addons.cdg47_convention.reading.annexe1 import (
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
            return self._propose_barred(f"{sentence} {refusal}")
        if rule.measure == "flow":
            return _proposal("quota", self._quota(day))
        is_held = is_option_held(rule, held)
        if rule.coverage in ("included", "limited") or is_held:
            return _proposal("included", self._included(sentence))
        return _proposal("complementary", f"{sentence} {self._complementary()}")

    def _propose_outside(self, rules, writer, day):
        """Propose for what the forfaits held do not name."""
        if not rules and self.ticket.service_id.sale_ok:
            return _proposal("complementary", self._complementary())
        sentence = writer.no_right(self.ticket.service_id, day)
        joining = self.env._(
            "You may join the forfait that includes it: %(forfaits)s.",
            forfaits=", ".join(rules.forfait_id.mapped("name")),
        )
        if not self.ticket.company_id.cdg47_outside_forfait_quoted:
            return _proposal("undetermined", f"{sentence} {joining}")
        quoted = self.env._("Otherwise a quotation comes first, before any work.")
        return _proposal("complementary", f"{sentence} {joining} {quoted}")

    def _propose_barred(self, sentence):
        """Propose for what the editor keeps out: an unknown one is recorded first."""
        if not self.ticket.collectivite_id.software_editor_id:
            return _proposal("undetermined", sentence)
        return _proposal("complementary", f"{sentence} {self._complementary()}")

    # === The sentences ===
    def no_convention(self):
        company = self.ticket.company_id
        return self.env._(
            "No convention is in force for %(name)s: assistance is for the "
            "collectivités that have joined. To join: %(company)s, %(contact)s.",
            name=self.ticket.collectivite_id.name,
            company=company.name,
            contact=", ".join(filter(None, (company.phone, company.email))),
        )

    def _included(self, rule_sentence):
        return self.env._(
            "%(rule)s Help with daily use is included: it is neither counted nor "
            "invoiced (Annexe 3 VI).",
            rule=rule_sentence,
        )

    def _quota(self, day):
        minutes = round(self.ticket.estimated_hours * 60) or 60
        answer = self.ticket.convention_id._check_coverage(
            self.ticket.service_id,
            minutes / 60,
            self.env.ref("uom.product_uom_hour"),
            day,
            scope=self.ticket.software_id,
        )
        return answer["reason"]

    def _complementary(self):
        return self.env._(
            "%(article)s: this service is priced apart%(price)s. It starts once you "
            "have accepted its estimate.",
            article=self.ticket.service_id.cdg47_tariff_article or "Annexe 3 IV",
            price=self._price_words(self.ticket.service_id),
        )

    def ttim(self):
        kind = self._word("ttim_kind")
        hour, day = self.ticket._time_products("ttim")
        return self.env._(
            "Annexe 3 V: this intervention%(kind)s would normally be that of an "
            "outside provider. A technician of the CDG may carry it out: %(prices)s. "
            "It starts once you have accepted the estimate of the time needed.",
            kind=f" ({kind})" if kind else "",
            prices=self._prices(hour, day),
        )

    def exceptional(self):
        """Cite the cause, the actor and the prerequisites in force (Annexe 3 VI)."""
        hour, day = self.ticket._time_products("exceptional")
        sheet = self._prerequisite_sheet()
        parts = [
            self.env._(
                "Annexe 3 VI: this help is not that of daily use. Cause: %(cause)s; by "
                "%(actor)s, even unintentionally.",
                cause=self._word("cause") or "?",
                actor=self._word("cause_actor") or "?",
            ),
            sheet._citation() if sheet else "",
            self.env._(
                "On your written request it is carried out and invoiced: %(prices)s.",
                prices=self._prices(hour, day),
            ),
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

    def _price_words(self, product):
        price = self.ticket._price_of(product)
        if price is None:
            return ""
        return self.env._(
            " (%(price)s per %(unit)s)",
            price=self.ticket._money(price),
            unit=product.uom_id.cdg47_noun or product.uom_id.name,
        )

    def _prices(self, hour, day):
        prices = [(p, self.ticket._price_of(p)) for p in (hour, day)]
        words = [
            self.env._(
                "%(price)s per %(unit)s",
                price=self.ticket._money(price),
                unit=product.uom_id.cdg47_noun,
            )
            for product, price in prices
            if price is not None
        ]
        return self.env._(" or ").join(words) or self.env._("price on quotation")
