# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from psycopg2 import IntegrityError

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ...reading.campaign.campaign_planner import CampaignPlanner

ACTIVITY = "cdg47_convention.mail_activity_type_campaign"
# Yearly documents are logged once, by the campaign: no tracking of each field.
QUIET = {
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "mail_create_nolog": True,
    "mail_auto_subscribe_no_notify": True,
    "cdg47_campaign_run": True,
    "raise_if_nothing_to_invoice": False,
}


class Cdg47CampaignLine(models.Model):
    """How lines are renewed: together, or one by one when one of them fails (R11)."""

    _inherit = "cdg47.campaign.line"

    def _renew(self):
        """Renew lines that the current transaction holds.

        A business refusal parks its line; what only has to be tried again
        (serialization, deadlock) is raised, for ``retrying``.
        """
        try:
            with self.env.cr.savepoint():
                self._renew_together()
        except (UserError, IntegrityError) as error:
            if len(self) == 1:
                self._park(self._sentence(error))
                return
            for line in self:
                line._renew()

    def _sentence(self, error):
        if isinstance(error, IntegrityError):
            return self.env._("Something was just entered about it: try again.")
        return str(error)

    def _renew_together(self):
        """Open the terms, sell, confirm and invoice, each kind of record at once."""
        campaign = self.campaign_id
        # The guard first: what is read next decides (R6).
        self.env["cdg47.ledger"]._guard(self.partner_id)
        planner = CampaignPlanner(campaign)
        known = {line.convention_id: line for line in self}
        plans = planner.plan(self.convention_id, known, with_alerts=False)
        ready = self.filtered(lambda line: line._passes(plans[line.convention_id]))
        ready.filtered(lambda line: line.mode == "proposal")._propose_again()
        renewals = ready.filtered(lambda line: line.mode == "renewal")
        if renewals:
            renewals._in_batch()._renew_terms()
        ready.write(
            {"state": "done", "reason": False, "done_on": fields.Datetime.now()}
        )
        ready._close_activities()

    def _in_batch(self):
        """Return these lines in the context that spares what no one reads."""
        models_sudo = self.env["account.analytic.distribution.model"].sudo()
        return self.with_context(
            **QUIET,
            cdg47_without_distribution=not models_sudo.search_count([], limit=1),
        )

    def _passes(self, plan):
        """Tell whether a line may be renewed as it was shown; park it otherwise."""
        self.ensure_one()
        if plan.obstacle:
            self._park(plan.obstacle)
        elif plan.mode == "none":
            self.write({"state": "done", "mode": "none", "reason": plan.reason})
        elif plan.decision() != self._decision():
            self._park(
                self.env._(
                    "The situation has changed since the simulation: read the line "
                    "again, then try it alone."
                )
            )
        else:
            return True
        return False

    # === Tacit renewal ===
    def _renew_terms(self):
        terms = self._open_terms()
        orders = self.env["sale.order"]
        for lang, lines in self.grouped(lambda ln: ln.partner_id._cdg47_lang()).items():
            orders |= lines.with_context(lang=lang)._create_orders()
        for line, term in zip(self, terms, strict=True):
            term.order_id = line.order_id
        orders.action_confirm()
        orders._create_invoices()
        self._replay_late_facts()

    def _open_terms(self):
        """Open the term of the year of each line, its stratum frozen.

        :return: the terms, in the order of the lines
        """
        terms = self.env["cdg47.convention.term"].create(
            [
                {
                    "convention_id": line.convention_id.id,
                    "date_start": line.campaign_id.date_start,
                    "date_end": min(
                        line.campaign_id.date_end, line.convention_id.date_end
                    ),
                    "stratum_id": line.stratum_id.id,
                    "stratum_reason": line.stratum_reason,
                    "state": "open",
                }
                for line in self
            ]
        )
        for line, term in zip(self, terms, strict=True):
            line.term_id = term
        return terms

    def _create_orders(self):
        orders = self.env["sale.order"].create([line._prepare_order() for line in self])
        for line, order in zip(self, orders, strict=True):
            line.order_id = order
        return orders

    def _prepare_order(self):
        self.ensure_one()
        fees = self.fee_ids.filtered(lambda fee: not fee.is_refused)
        term = self.term_id.with_env(self.env)
        return {
            **self.convention_id._prepare_quotation(term),
            "order_line": [
                Command.create(fee._prepare_order_line(term)) for fee in fees
            ],
            "pricelist_id": self.campaign_id.pricelist_id.id,
            "cdg47_campaign_line_id": self.id,
            # Renewed by tacit agreement: nothing is signed again.
            "require_signature": False,
        }

    def _replay_late_facts(self):
        """Split again what was used since 1 January, before the term was open."""
        # Derived columns are written by the ledger only.
        used_sudo = (
            self.env["cdg47.consumption"]
            .sudo()
            ._read_group(
                [
                    ("partner_id", "in", self.partner_id.ids),
                    ("date", ">=", self.campaign_id.date_start),
                ],
                ["partner_id"],
            )
        )
        partners = self.env["res.partner"].union(*(partner for (partner,) in used_sudo))
        if partners:
            ledgers = self.env["cdg47.ledger"]
            ledgers._guard(ledgers._concerned(partners))
            ledgers._replay_partners(partners)

    # === Express renewal, or the longest duration reached ===
    def _propose_again(self):
        """Draw the next convention and its quotation, to be sent and signed."""
        for line in self:
            convention = line.convention_id
            new = convention.copy(
                {
                    "date_start": line.campaign_id.date_start,
                    "date_end": convention._last_day(line.campaign_id.date_start),
                    "line_ids": [
                        Command.create(
                            {
                                "forfait_id": forfait.id,
                                "date_start": line.campaign_id.date_start,
                            }
                        )
                        for forfait in convention._forfaits_at(convention.date_end)
                    ],
                }
            )
            forced = line.forced_stratum_id
            line.order_id = new._propose(forced or None, line.forced_reason)
            line.new_convention_id = new
            line.term_id = new.term_ids

    # === Parked ===
    def _park(self, reason):
        """Leave a line aside with its reason, and tell who follows the convention."""
        self.ensure_one()
        self.write({"state": "parked", "reason": reason})
        convention = self.convention_id
        user = convention.user_id or self.campaign_id.user_id or self.env.user
        convention = convention.with_context(lang=user.lang)
        convention.activity_unlink([ACTIVITY])
        convention.activity_schedule(
            ACTIVITY,
            summary=convention.env._(
                "Campaign %(year)s: to settle", year=self.campaign_id.year
            ),
            note=reason,
            user_id=user.id,
        )

    def _close_activities(self):
        """Mark done the activities of lines that had been parked."""
        self.convention_id.filtered("activity_ids").activity_feedback([ACTIVITY])

    def action_retry(self):
        """Try parked lines again, alone, from the situation of today."""
        self.env["cdg47.convention"]._check_manager()
        parked = self.filtered(lambda line: line.state == "parked")
        parked._simulate_again()
        for line in parked.filtered(lambda line: line.state == "todo"):
            line.with_company(line.company_id)._renew()
        return True

    # === Undo ===
    def action_undo(self):
        """Take back one renewal, as long as its invoice is a draft."""
        self.env["cdg47.convention"]._check_manager()
        self._renewed()._undo()
        return True

    def _undo(self):
        """Delete the drafts, cancel the orders and the terms, in this order."""
        for line in self:
            posted = line.invoice_ids.filtered(lambda move: move.state == "posted")
            if posted:
                raise UserError(
                    self.env._(
                        "%(name)s: invoice %(invoice)s is posted, correct it by a "
                        "credit note.",
                        name=line.partner_id.name,
                        invoice=posted[0].name,
                    )
                )
            if line.new_convention_id.state not in (False, "draft", "sent"):
                raise UserError(
                    self.env._(
                        "%(name)s has signed its new convention: end it instead.",
                        name=line.partner_id.name,
                    )
                )
        lines = self.with_context(**QUIET)
        self.env["cdg47.ledger"]._guard(lines.partner_id)
        # The manager was checked; the drafts of a campaign are its own.
        drafts_sudo = lines.sudo().invoice_ids.filtered(lambda m: m.state == "draft")
        drafts_sudo.unlink()
        orders, terms, proposals = (
            lines.order_id,
            lines.term_id,
            lines.new_convention_id,
        )
        orders._action_cancel()
        terms.filtered(lambda term: term.state != "cancelled").state = "cancelled"
        lines.write(
            {"term_id": False, "order_id": False, "state": "todo", "done_on": False}
        )
        # A proposal that nobody signed goes away; its order stays, cancelled.
        drawn = orders.filtered(lambda order: order.convention_id in proposals)
        drawn.write({"convention_id": False, "term_id": False})
        proposals.unlink()
        lines._replay_late_facts()
