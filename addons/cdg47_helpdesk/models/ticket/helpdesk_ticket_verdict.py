# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang

from odoo.addons.cdg47_convention.reading.annexe1 import editor_refusal
from odoo.addons.cdg47_convention.reading.right_derivation import RightDerivation
from odoo.addons.cdg47_convention.reading.verdict import VerdictWriter

TTIM_SERVICES = ("TTIM", "TTIM-J")
EXCEPTIONAL_SERVICES = ("ASSIST-EXC", "ASSIST-EXC-J")


class HelpdeskTicket(models.Model):
    """What the convention says of a request: proposed, and explained (R10)."""

    _inherit = "helpdesk.ticket"

    def _propose_verdict(self):
        """Propose a coverage for what is asked, and explain it; write nothing.

        The cause of Annexe 3 VI and the kind of Annexe 3 V are facts that only a
        technician can state: stated, they decide.

        :return: ``coverage`` and ``sentence``, in the language of the collectivité
        :rtype: dict
        """
        self.ensure_one()
        partner = self.collectivite_id
        if not partner:
            return self._proposal(
                "undetermined", self.env._("Say first whose request it is.")
            )
        # Rights and rules are read as the ledger reads them.
        ticket_sudo = self.with_context(lang=partner._cdg47_lang()).sudo()
        if not ticket_sudo.convention_id:
            return self._proposal("undetermined", ticket_sudo._no_convention_sentence())
        code = ticket_sudo.service_id.default_code
        if ticket_sudo.cause or code in EXCEPTIONAL_SERVICES:
            return self._proposal("exceptional", ticket_sudo._exceptional_sentence())
        if ticket_sudo.ttim_kind or code in TTIM_SERVICES:
            return self._proposal("ttim", ticket_sudo._ttim_sentence())
        if not ticket_sudo.service_id:
            return self._proposal(
                "undetermined",
                ticket_sudo.env._("Choose the service this request is about."),
            )
        return ticket_sudo._propose_for_service()

    @staticmethod
    def _proposal(coverage, sentence):
        return {"coverage": coverage, "sentence": sentence}

    def _propose_for_service(self):
        """Propose from the rules of Annexe 1 that name the service."""
        day, service = self._request_day(), self.service_id
        rules = self.env["cdg47.quota.rule"]._naming(service)
        rules = rules.filtered(lambda rule: rule._is_in_force(day))
        held = self.convention_id._forfaits_at(day)
        writer = VerdictWriter(
            RightDerivation(self.collectivite_id, service, self.software_id)
        )
        rule = rules.filtered(lambda r: r.forfait_id in held)[:1]
        if not rule:
            return self._propose_outside(rules, writer, day)
        sentence = rule._explanation()
        refusal = editor_refusal(self.collectivite_id, service, rule)
        if refusal:
            return self._propose_barred(f"{sentence} {refusal}")
        if rule.measure == "flow":
            return self._proposal("quota", self._quota_sentence(day))
        option = rule.overage_product_id.product_tmpl_id
        if rule.coverage in ("included", "limited") or option & held:
            return self._proposal("included", self._included_sentence(sentence))
        return self._proposal(
            "complementary", f"{sentence} {self._complementary_sentence()}"
        )

    def _propose_outside(self, rules, writer, day):
        """Propose for what the forfaits held do not name."""
        if not rules and self.service_id.sale_ok:
            return self._proposal("complementary", self._complementary_sentence())
        sentence = writer.no_right(self.service_id, day)
        joining = self.env._(
            "You may join the forfait that includes it: %(forfaits)s.",
            forfaits=", ".join(rules.forfait_id.mapped("name")),
        )
        if not self.company_id.cdg47_outside_forfait_quoted:
            return self._proposal("undetermined", f"{sentence} {joining}")
        quoted = self.env._("Otherwise a quotation comes first, before any work.")
        return self._proposal("complementary", f"{sentence} {joining} {quoted}")

    def _propose_barred(self, sentence):
        """Propose for what the editor keeps out: an unknown one is recorded first."""
        if not self.collectivite_id.software_editor_id:
            return self._proposal("undetermined", sentence)
        return self._proposal(
            "complementary", f"{sentence} {self._complementary_sentence()}"
        )

    # === The sentences ===
    def _no_convention_sentence(self):
        company = self.company_id
        return self.env._(
            "No convention is in force for %(name)s: assistance is for the "
            "collectivités that have joined. To join: %(company)s, %(contact)s.",
            name=self.collectivite_id.name,
            company=company.name,
            contact=", ".join(filter(None, (company.phone, company.email))),
        )

    def _included_sentence(self, rule_sentence):
        return self.env._(
            "%(rule)s Help with daily use is included: it is neither counted nor "
            "invoiced (Annexe 3 VI).",
            rule=rule_sentence,
        )

    def _quota_sentence(self, day):
        minutes = round(self.estimated_hours * 60) or 60
        answer = self.convention_id._check_coverage(
            self.service_id,
            minutes / 60,
            self.env.ref("uom.product_uom_hour"),
            day,
            scope=self.software_id,
        )
        return answer["reason"]

    def _complementary_sentence(self):
        return self.env._(
            "%(article)s: this service is priced apart%(price)s. It starts once you "
            "have accepted its estimate.",
            article=self.service_id.cdg47_tariff_article or "Annexe 3 IV",
            price=self._price_words(self.service_id),
        )

    def _ttim_sentence(self):
        kinds = dict(self._fields["ttim_kind"]._description_selection(self.env))
        hour, day = self._time_products("ttim")
        return self.env._(
            "Annexe 3 V: this intervention%(kind)s would normally be that of an "
            "outside provider. A technician of the CDG may carry it out: %(prices)s. "
            "It starts once you have accepted the estimate of the time needed.",
            kind=f" ({kinds[self.ttim_kind].lower()})" if self.ttim_kind else "",
            prices=self._prices_sentence(hour, day),
        )

    def _exceptional_sentence(self):
        """Cite the cause, the actor and the prerequisites in force (Annexe 3 VI)."""
        causes = dict(self._fields["cause"]._description_selection(self.env))
        actors = dict(self._fields["cause_actor"]._description_selection(self.env))
        hour, day = self._time_products("exceptional")
        sheet = self._prerequisite_sheet() if self.cause == "prerequisites" else None
        parts = [
            self.env._(
                "Annexe 3 VI: this help is not that of daily use. Cause: %(cause)s; by "
                "%(actor)s, even unintentionally.",
                cause=causes.get(self.cause, "?").lower(),
                actor=actors.get(self.cause_actor, "?").lower(),
            ),
            sheet._citation() if sheet else "",
            self.env._(
                "On your written request it is carried out and invoiced: %(prices)s.",
                prices=self._prices_sentence(hour, day),
            ),
        ]
        return " ".join(filter(None, parts))

    def _prerequisite_sheet(self):
        """Return the sheet of prerequisites of the service on the day of the request.

        :rtype: cdg47.prerequisite.sheet
        """
        sheets = self.env["cdg47.prerequisite.sheet"]
        return sheets._in_force(self.service_id, self._request_day())

    def _price_words(self, product):
        price = self._price_of(product)
        if price is None:
            return ""
        return self.env._(
            " (%(price)s per %(unit)s)",
            price=self._money(price),
            unit=product.uom_id.cdg47_noun or product.uom_id.name,
        )

    def _prices_sentence(self, hour, day):
        prices = [(p, self._price_of(p)) for p in (hour, day)]
        words = [
            self.env._(
                "%(price)s per %(unit)s",
                price=self._money(price),
                unit=product.uom_id.cdg47_noun,
            )
            for product, price in prices
            if price is not None
        ]
        return self.env._(" or ").join(words) or self.env._("price on quotation")

    def _price_of(self, product):
        """Return the price of a service on the day of the request, None if none.

        :rtype: float or None
        """
        tariff = self.company_id._cdg47_tariff().sudo()
        try:
            return tariff._cdg47_price(product, self._request_day())
        except UserError:
            return None

    def _money(self, amount):
        currency = self.company_id._cdg47_tariff().sudo().currency_id
        return formatLang(self.env, amount, currency_obj=currency)
