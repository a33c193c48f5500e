# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the home says of one collectivité: what to do, what is left, what it costs."""

from dataclasses import dataclass
from functools import cached_property

from odoo.fields import Date, Domain

from ..lib.dates import today_in_paris
from ..reading.collectivite_shape import has_siret
from ..reading.yearly_costs import yearly_costs
from ..reading.yearly_statement import YearlyStatements
from .convention_page import budget
from .transmission import act_word

SHOWN_RIGHTS = 3
SHOWN_ROWS = 5


@dataclass
class Task:
    """One thing that awaits the collectivité, and its one button."""

    sentence: str
    button: str
    url: str
    who: str = ""
    until: object = None
    amount: float | None = None
    # A second button, that acts: where it posts, and what it says.
    post_url: str = ""
    post_button: str = ""
    done_on: object = None


@dataclass
class Running:
    """One thing that goes on: a request, a training."""

    name: str
    url: str
    word: str
    tone: str = "waiting"
    when: object = None


class HomePage:
    """The home of one collectivité.

    :param res.partner partner: the collectivité, as superuser
    :param bool acts: the reader is a secretary or a signatory of it, not an agent
    :param bool signs: the reader is a signatory of it
    """

    def __init__(self, partner, acts, signs=False):
        self.partner = partner
        self.acts = acts
        self.signs = signs
        self.env = partner.env
        self.today = today_in_paris()
        self.year = self.today.year

    # === To do ===
    def tasks(self):
        """Return what awaits a secretary or a signatory.

        :rtype: list[Task]
        """
        if not self.acts:
            return []
        return [*self._to_sign(), *self._to_complete(), *self._to_replace()]

    @cached_property
    def _pending(self):
        orders = self.env["sale.order"].search(
            Domain("partner_id", "=", self.partner.id)
            & Domain("convention_id", "!=", False)
            & Domain("state", "=", "sent")
        )
        return orders.filtered(lambda order: order._has_to_be_signed())

    def _to_sign(self):
        for order in self._pending:
            commits = order._cdg47_commits()
            pattern = (
                self.env._("Sign the convention %(number)s")
                if commits
                else self.env._("Sign or refuse the quotation %(number)s")
            )
            number = order.convention_id.name if commits else order.name
            yield Task(
                pattern % {"number": number},
                self.env._("Read and sign"),
                f"/my/orders/{order.id}",
                who=order._cdg47_signatory().name or "",
                until=order.validity_date,
                amount=order.amount_total,
                done_on=order.cdg47_transmitted_on,
                **self._to_pass_on(order),
            )

    def _to_pass_on(self, order):
        """Return the button by which a secretary sends an order to who signs it."""
        if not self._may_pass_on or order.cdg47_transmitted_on == self.today:
            return {}
        return {
            "post_url": f"/my/orders/{order.id}/transmettre",
            "post_button": act_word(self.partner),
        }

    @cached_property
    def _may_pass_on(self):
        known = self.partner._cdg47_signatories().filtered("email")
        return bool(known) and not self.signs

    def _to_complete(self):
        if not has_siret(self.partner):
            yield Task(
                self.env._("Complete the SIRET: no invoice leaves without it"),
                self.env._("Fill in the SIRET"),
                f"/my/collectivites/{self.partner.id}/siret",
                who=self.env._("The secretary"),
            )
        for convention in self._pending.convention_id:
            if convention._signature_obstacle():
                yield Task(
                    self.env._("Have the convention approved by a deliberation"),
                    self.env._("See the model"),
                    convention.access_url,
                    who=self.env._("The council"),
                )

    def _to_replace(self):
        thresholds = self.env.company._cdg47_reminder_thresholds() or [0]
        expiring = self.env["cdg47.allocation"].search(
            [
                ("partner_id", "=", self.partner.id),
                ("state", "=", "active"),
                ("product_id.cdg47_allocation_kind", "=", "certificate"),
                ("date_end", "<=", Date.add(self.today, days=thresholds[-1])),
                (
                    "replaced_by_ids",
                    "not any",
                    [("state", "in", ("requested", "active"))],
                ),
            ],
            order="date_end, id",
        )
        for allocation in expiring:
            yield Task(
                self.env._(
                    "Replace the certificate of %(holder)s",
                    holder=allocation.holder_name or allocation.display_name,
                ),
                self.env._("See it"),
                f"/my/dotations?filterby=expiring&collectivite={self.partner.id}",
                who=allocation.holder_name or "",
                until=allocation.date_end,
            )

    # === What is left, what it costs ===
    @cached_property
    def statement(self):
        return self._statement_of(self.year)

    def _statement_of(self, year):
        return YearlyStatements(self.env, self.partner, year).of(self.partner)

    def rights(self):
        """Return the rights most used, those of the sheet.

        :rtype: list[SheetLine]
        """
        counted = [line for line in self.statement.counted if line.state != "barred"]
        return sorted(counted, key=lambda line: -line.rate)[:SHOWN_RIGHTS]

    def costs(self):
        """Return what a year costs: the sums of orders, invoices and statement.

        This year, or the first one of a convention that is still to begin.

        :rtype: dict
        """
        convention = self._convention
        year = max(self.year, convention.date_start.year if convention else 0)
        statement = self.statement if year == self.year else self._statement_of(year)
        costs = yearly_costs(self.partner, year)
        following = budget(convention) if convention else None
        return {
            "year": year,
            "currency": statement.currency,
            "fee": costs.fee,
            "accepted": costs.accepted,
            "to_sign": costs.to_sign,
            "invoiced": statement.billed_total,
            "next": following if following and following["year"] > year else None,
            "convention": convention,
            "has_statement": year in self.partner._cdg47_statement_years(),
        }

    @cached_property
    def _convention(self):
        """The convention in force, or the next one that was proposed or signed."""
        current = self.partner._cdg47_conventions_at(self.today).get(self.partner)
        return current or self.env["cdg47.convention"].search(
            Domain("partner_id", "=", self.partner.id)
            & Domain("state", "in", ("sent", "active"))
            & Domain("date_start", ">", self.today),
            order="date_start",
            limit=1,
        )

    # === What goes on ===
    def running(self):
        """Return the services asked for that the CDG is studying.

        :rtype: list[Running]
        """
        drafts = self.env["sale.order"].search(
            Domain("convention_id.partner_id", "=", self.partner.id)
            & Domain("cdg47_requested_by_id", "!=", False)
            & Domain("state", "=", "draft"),
            order="id desc",
            limit=SHOWN_ROWS,
        )
        return [
            Running(
                order.order_line[:1].name or order.name,
                "/my/demandes/prestation",
                *order._cdg47_request_status(),
                when=order.create_date.date(),
            )
            for order in drafts
        ]
