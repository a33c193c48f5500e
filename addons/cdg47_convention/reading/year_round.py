# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a manager has to do in a year, and where each thing stands. Writes nothing."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from odoo.fields import Domain
from odoo.tools import formatLang

from ..lib.dates import day_in_paris, today_in_paris
from ..lib.states import SIGNED_STATES
from .collectivite_shape import chorus_lacks, has_siret, outdated_census

MODULE = "cdg47_convention"
# A proposal that nobody answered after that many days is worth a word.
LONG_UNSIGNED = 30


@dataclass
class Step:
    """One thing to do: what is left of it, and the list where it is done.

    :param str heading: setup, year or money
    :param int left: how many remain; 0 when it is done
    :param dict action: opens what remains
    """

    key: str
    heading: str
    name: str
    sentence: str
    left: int = 0
    action: dict = field(default_factory=dict)


class YearRound:
    """The steps of one civil year of a company, in constant queries.

    :param odoo.api.Environment env: who reads; a list they may not read has no step
    :param int year: a civil year
    """

    def __init__(self, env, year):
        self.env = env
        self.company = env.company
        self.year = year
        self.today = today_in_paris()
        self.first, self.last = date(year, 1, 1), date(year, 12, 31)

    def steps(self):
        """Return the steps, in the order in which they are done.

        :rtype: list[Step]
        """
        found = [
            self._of_company(),
            self._of_tariff(),
            self._of_census(),
            self._of_siret(),
            self._of_chorus(),
            self._of_signatories(),
            self._of_drafts(),
            self._of_unsigned(),
            self._of_countersigning(),
            self._of_endings(),
            self._of_campaign(),
            self._of_overage(),
            self._of_invoices(),
            self._of_titles(),
            self._of_statements(),
        ]
        return [step for step in found if step]

    def billed(self):
        """Return what was invoiced less what was credited, in euros, by month.

        :rtype: list[float]
        """
        moves = self.env["account.move"]
        sums = [0.0] * 12
        if not moves.has_access("read"):
            return sums
        for month, amount in moves._read_group(
            self._of_conventions()
            & Domain("state", "=", "posted")
            & Domain("invoice_date", ">=", self.first)
            & Domain("invoice_date", "<=", self.last),
            ["invoice_date:month"],
            ["amount_untaxed_signed:sum"],
        ):
            sums[month.month - 1] = amount
        return sums

    # === What is read once ===
    @cached_property
    def conventions(self):
        """The conventions of the year, signed or waiting for it."""
        return self.env["cdg47.convention"].search(
            Domain("company_id", "=", self.company.id)
            & Domain("state", "in", ("sent", *SIGNED_STATES))
            & Domain("date_start", "<=", self.last)
            & Domain("date_end", ">=", self.first)
        )

    @cached_property
    def debtors(self):
        return self.conventions.invoice_partner_id

    @cached_property
    def facts(self):
        return self.conventions.partner_id._cdg47_facts_at(self.first)

    # === Setting up ===
    def _of_company(self):
        company = self.company
        needed = {
            "street": self.env._("address"),
            "phone": self.env._("telephone"),
            "email": self.env._("email"),
            "company_registry": self.env._("SIRET"),
        }
        missing = [word for name, word in needed.items() if not company[name]]
        # Who manages conventions sets no server: it is said, not shown.
        if not self.env["ir.mail_server"].sudo().search_count([], limit=1):
            missing.append(self.env._("outgoing mail server"))
        return Step(
            "company",
            "setup",
            self.env._("The CDG on its documents, and its mails"),
            self.env._("Missing: %(words)s.", words=", ".join(missing))
            if missing
            else self.env._("Complete."),
            len(missing),
            self._form(company),
        )

    def _of_tariff(self):
        undated = self.company._cdg47_tariff()._cdg47_undated(self.year)
        return self.counted(
            "tariff",
            "setup",
            self.env._("Tariff of the year"),
            len(undated),
            self.env._("%(count)s without a price set for %(year)s."),
            self.env._("Every price is set for %(year)s."),
            self.known(
                "cdg47_convention.cdg47_tariff_grid_action",
                context={"default_year": self.year},
            ),
        )

    def _of_census(self):
        basis = self.company.cdg47_population_basis
        old = self.conventions.partner_id.filtered(
            lambda partner: outdated_census(
                partner, self.facts[partner.id], basis, self.year
            )
        )
        return self.counted(
            "census",
            "setup",
            self.env._("Census"),
            len(old),
            self.env._(
                "%(count)s without a population of %(year)s or the year before."
            ),
            self.env._("Every commune has its population."),
            self._partners(self.env._("Census to update"), old),
        )

    def _of_siret(self):
        without = self.debtors.filtered(lambda partner: not has_siret(partner))
        return self.counted(
            "siret",
            "setup",
            self.env._("SIRET"),
            len(without),
            self.env._("%(count)s without one: no invoice leaves without it."),
            self.env._("Every debtor has one."),
            self._partners(self.env._("SIRET missing"), without),
        )

    def _of_chorus(self):
        without = self.debtors.filtered(
            lambda partner: (
                chorus_lacks(partner, partner.chorus_service_code)
                & {"service", "either"}
            )
        )
        return self.counted(
            "chorus",
            "setup",
            self.env._("Chorus Pro service codes"),
            len(without),
            self.env._("%(count)s without the service code they require."),
            self.env._("Every service code that is required is known."),
            self._partners(self.env._("Chorus service code missing"), without),
        )

    def _of_signatories(self):
        partners = self.conventions.partner_id
        signatories = self.env["cdg47.mandate"]._signatory_of_each(partners)
        without = partners.filtered(lambda partner: partner not in signatories)
        return self.counted(
            "signatories",
            "setup",
            self.env._("Signatories"),
            len(without),
            self.env._("%(count)s without a signatory."),
            self.env._("Every collectivité has one."),
            self._partners(self.env._("Without a signatory"), without),
        )

    # === The conventions ===
    def _of_drafts(self):
        drafts = self.env["cdg47.convention"].search(
            Domain("company_id", "=", self.company.id) & Domain("state", "=", "draft")
        )
        return self.counted(
            "drafts",
            "year",
            self.env._("Proposals to send"),
            len(drafts),
            self.env._("%(count)s to send."),
            self.env._("Nothing waits to be sent."),
            self._conventions(drafts),
        )

    def _of_unsigned(self):
        sent = self.conventions.filtered(lambda c: c.state == "sent")
        moments = sent.order_ids.filtered(lambda o: o.state == "sent").mapped(
            "date_order"
        )
        oldest = min(moments, default=None)
        days = (self.today - day_in_paris(oldest)).days if oldest else 0
        step = self.counted(
            "unsigned",
            "year",
            self.env._("Signatures awaited"),
            len(sent),
            self.env._("%(count)s to be signed by the collectivités."),
            self.env._("Every convention that was sent is signed."),
            self._conventions(sent),
        )
        if days >= LONG_UNSIGNED:
            step.sentence += " " + self.env._(
                "The oldest has waited for %(days)s days.", days=days
            )
        return step

    def _of_countersigning(self):
        waiting = self.conventions.filtered(
            lambda c: c.state == "active" and not c.countersigned_on
        )
        return self.counted(
            "countersigning",
            "year",
            self.env._("To counter-sign"),
            len(waiting),
            self.env._("%(count)s to be signed by the CDG."),
            self.env._("The CDG has signed them all."),
            self._conventions(waiting),
        )

    def _of_endings(self):
        ending = self.conventions.filtered(
            lambda c: c.state == "active" and self.first <= c.date_end <= self.last
        )
        return self.counted(
            "endings",
            "year",
            self.env._("Conventions that end"),
            len(ending),
            self.env._("%(count)s to propose anew before the end of %(year)s."),
            self.env._("None ends in %(year)s."),
            self._conventions(ending),
        )

    def _of_campaign(self):
        campaign = self.env["cdg47.campaign"].search(
            [("company_id", "=", self.company.id), ("year", "=", self.year)], limit=1
        )
        done = campaign.state == "done"
        words = dict(campaign._fields["state"]._description_selection(self.env))
        sentence = words.get(campaign.state) or self.env._("Not prepared yet.")
        if campaign.state in ("simulated", "running", "done"):
            sentence = self.env._(
                "%(state)s, %(count)s in all, %(amount)s.",
                state=sentence,
                count=campaign.line_count,
                amount=self._euros(campaign.amount),
            )
        if campaign.parked_count:
            sentence += " " + self.env._(
                "%(count)s set aside.", count=campaign.parked_count
            )
        action = self.known("cdg47_convention.cdg47_campaign_action")
        if campaign:
            action = self._form(campaign)
        return Step(
            "campaign",
            "year",
            self.env._("Yearly campaign"),
            sentence,
            campaign.parked_count if done else 1,
            action,
        )

    # === Money ===
    def _of_conventions(self):
        return (
            Domain("cdg47_convention_id", "!=", False)
            & Domain("company_id", "=", self.company.id)
            & Domain("move_type", "in", ("out_invoice", "out_refund"))
        )

    def _of_overage(self):
        overages = self.env["cdg47.overage"]
        domain = Domain("state", "=", "open")
        return self.counted(
            "overage",
            "money",
            self.env._("To settle"),
            overages.search_count(domain),
            self.env._("%(count)s beyond the forfait, without a quotation."),
            self.env._("Nothing was used beyond without a quotation."),
            self.known("cdg47_convention.cdg47_overage_action"),
        )

    def _of_invoices(self):
        domain = self._of_conventions() & Domain("state", "=", "draft")
        return self._of_moves(
            "invoices",
            self.env._("Invoices to post"),
            domain,
            self.env._("%(count)s in draft, %(amount)s."),
            self.env._("No draft awaits."),
        )

    def _of_titles(self):
        domain = (
            self._of_conventions()
            & Domain("state", "=", "posted")
            & Domain("cdg47_collection", "=", "to_issue")
        )
        return self._of_moves(
            "titles",
            self.env._("Titres to issue"),
            domain,
            self.env._("%(count)s without a titre, %(amount)s."),
            self.env._("Every invoice has its titre."),
        )

    def _of_moves(self, key, name, domain, todo, done):
        moves = self.env["account.move"]
        if not moves.has_access("read"):
            return None
        ((count, amount),) = moves._read_group(
            domain, [], ["__count", "amount_total_signed:sum"]
        )
        sentence = done
        if count:
            sentence = todo % {"count": count, "amount": self._euros(amount)}
        opened = self.known("cdg47_convention.cdg47_title_action")
        return Step(
            key,
            "money",
            name,
            sentence,
            count,
            {
                **opened,
                "name": name,
                "domain": list(domain),
                "context": {"create": False},
            },
        )

    def _of_statements(self):
        batch = self.env["cdg47.statement.batch"].search(
            [("year", "=", self.year - 1)], limit=1
        )
        words = dict(batch._fields["state"]._description_selection(self.env))
        return Step(
            "statements",
            "year",
            self.env._("Statements of %(year)s", year=str(self.year - 1)),
            words.get(batch.state) or self.env._("Not made yet."),
            int(batch.state != "done"),
            self._form(batch)
            if batch
            else self.known("cdg47_convention.cdg47_statement_batch_action"),
        )

    # === How a step is told ===
    def counted(self, key, heading, name, left, todo, done, action):
        """Return a step told by what is left of it: ``%(count)s``, ``%(year)s``."""
        pattern = todo if left else done
        sentence = pattern % {"count": left, "year": self.year}
        return Step(key, heading, name, sentence, left, action)

    def _euros(self, amount):
        return formatLang(self.env, amount, currency_obj=self.company.currency_id)

    # === What a step opens ===
    def known(self, xml_id, **changes):
        """Return an action of a menu, none where its reader may not open it."""
        action = self.env["ir.actions.actions"]._for_xml_id(xml_id)
        if not self.env[action["res_model"]].has_access("read"):
            return {}
        return {**action, **changes}

    def _form(self, record):
        return {
            "type": "ir.actions.act_window",
            "name": record.display_name,
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    def _partners(self, name, partners):
        view = self.env.ref(f"{MODULE}.res_partner_view_list_to_complete")
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "res.partner",
            "domain": [("id", "in", partners.ids)],
            "views": [(view.id, "list"), (False, "form")],
            "search_view_id": [
                self.env.ref(f"{MODULE}.res_partner_view_search_collectivite").id
            ],
            "context": {"create": False},
        }

    def _conventions(self, conventions):
        return self.known(
            "cdg47_convention.cdg47_convention_action",
            views=[(False, "list"), (False, "form")],
            domain=[("id", "in", conventions.ids)],
            context={"create": False},
        )
