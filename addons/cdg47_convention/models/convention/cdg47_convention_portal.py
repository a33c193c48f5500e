# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo import api, fields, models
from odoo.fields import Domain

from ...lib.dates import today_in_paris


class Cdg47Convention(models.Model):
    """What a collectivité reads of its convention in the portal, in its own words.

    These methods only prepare values: whoever calls them has checked who reads.
    """

    _inherit = "cdg47.convention"

    def _cdg47_is_of_collectivite(self):
        return True

    @api.model
    def _open_discussions(self, documents, operations):
        """Let a contact write on what they may read by right, not by a mail's link.

        :param documents: orders or invoices of conventions
        :param dict operations: what posting on each document asks, changed in place
        :return: ``operations``
        :rtype: dict
        """
        if self.env.user.share:
            for document in documents:
                may_read = document.sudo(False).has_access("read")
                # Nobody of the portal writes these records.
                operations[document] = "read" if may_read else "write"
        return operations

    # === Where it stands ===
    def _portal_status(self):
        """Say where the convention stands.

        :return: a sentence, and its tone: "todo", "done", "waiting" or "over"
        :rtype: tuple[str, str]
        """
        self.ensure_one()
        today = today_in_paris()
        if self.state == "sent":
            return self.env._("To be signed"), "todo"
        if self.state == "terminated":
            return self.env._("Terminated"), "over"
        if self.state == "expired" or self.date_end < today:
            return self.env._("Expired"), "over"
        if self.date_start > today:
            return self.env._("Signed, not started yet"), "waiting"
        if self.termination_date:
            return self.env._("In force, ends soon"), "waiting"
        return self.env._("In force"), "done"

    def _portal_day(self):
        """Return the day the page describes: today, or the nearest day in force."""
        self.ensure_one()
        return max(min(today_in_paris(), self.date_end), self.date_start)

    def _portal_renewal(self):
        """Return the sentences about renewal and notice, the useful date in each.

        :rtype: list[str]
        """
        self.ensure_one()
        if self.state == "terminated" or self.date_end < today_in_paris():
            return [
                self.env._(
                    "The convention ended on %(date)s.",
                    date=self._portal_date(self.date_end),
                )
            ]
        if self.termination_date:
            return [
                self.env._(
                    "The convention ends on %(date)s: %(reason)s",
                    date=self._portal_date(self.termination_date),
                    reason=self.termination_reason or "",
                )
            ]
        if self.renewal == "express":
            return [
                self.env._(
                    "It is not renewed by itself: a new convention is to be signed "
                    "after %(date)s.",
                    date=self._portal_date(self.date_end),
                )
            ]
        return [
            self.env._(
                "It is renewed tacitly each 1 January, until %(date)s at most.",
                date=self._portal_date(self.date_end),
            ),
            *self._portal_notice(),
        ]

    def _portal_notice(self):
        """Return the sentence that says by when a notice is due, if one still is."""
        self.ensure_one()
        today = self._portal_day()
        ends_on = self._notice_end_date(today)
        due_by = fields.Date.subtract(
            date(ends_on.year + 1, 1, 1),
            months=self.company_id.cdg47_notice_months,
            days=1,
        )
        if due_by < today:
            return []
        return [
            self.env._(
                "To end it on %(end)s, your notice must reach us by %(limit)s.",
                end=self._portal_date(ends_on),
                limit=self._portal_date(due_by),
            )
        ]

    def _portal_fee(self):
        """Return the yearly fees signed for the latest term, or those to be signed.

        :rtype: float
        """
        self.ensure_one()
        state = "sent" if self.state == "sent" else "sale"
        orders = self._living_terms()[:1].order_ids
        lines = orders.filtered(lambda order: order.state == state).order_line
        fees = lines.filtered(lambda line: line.cdg47_kind == "fee")
        return sum(fees.mapped("price_subtotal"))

    # === What it contains ===
    def _portal_forfaits(self):
        """Return the forfaits and options held, and what Annexe 1 says of each.

        :return: list of ``forfait``, ``line`` and ``headings``; a heading has a
            ``name`` and ``rows`` as made by ``_portal_row``
        :rtype: list[dict]
        """
        self.ensure_one()
        day = self._portal_day()
        lines = self.line_ids.filtered(lambda ln: not ln.date_end or ln.date_end >= day)
        stratum = self._portal_stratum()
        rules = self._portal_rules(lines.forfait_id, day)
        return [
            {
                "forfait": line.forfait_id,
                "line": line,
                "headings": [
                    {
                        "name": heading,
                        "rows": [rule._portal_row(stratum) for rule in group],
                    }
                    for heading, group in rules.filtered(
                        lambda rule, ln=line: rule.forfait_id == ln.forfait_id
                    )
                    .grouped("heading")
                    .items()
                ],
            }
            for line in lines.sorted(lambda ln: (ln.is_option, ln.id))
        ]

    def _portal_stratum(self):
        """Return the stratum in force on the day the page describes."""
        self.ensure_one()
        return self._term_at(self._portal_day()).stratum_id or self.stratum_id

    @api.model
    def _portal_rules(self, forfaits, day, extra=Domain.TRUE):
        quota_rules = self.env["cdg47.quota.rule"]
        return quota_rules.search(
            quota_rules._domain_at(day)
            & Domain("forfait_id", "in", forfaits.ids)
            & extra
        )

    # === Next year ===
    def _portal_budget(self):
        """Return next year's fees and quotas, for the budget; None when there is none.

        :return: what ``_estimate`` says, plus ``quotas`` (``label``, ``current`` and
            ``next``, as text) and ``tariff``, the name of the tariff as printed
        :rtype: dict or None
        """
        self.ensure_one()
        year = today_in_paris().year + 1
        start = date(year, 1, 1)
        if self.state not in ("sent", "active") or self.date_end < start:
            return None
        budget = self._estimate(year)
        current = self._portal_stratum()
        rules = self._portal_rules(
            self.env["product.template"].union(*[f["forfait"] for f in budget["fees"]]),
            start,
            Domain("measure", "=", "level") & Domain("coverage", "=", "limited"),
        )
        budget["quotas"] = [
            {
                "label": rule.name,
                "current": rule._limit_for(current),
                "next": rule._limit_for(budget["stratum"]),
            }
            for rule in rules
        ]
        budget["stratum_changes"] = budget["stratum"] != current
        budget["tariff"] = self.company_id._cdg47_tariff()._cdg47_printed_name()
        return budget

    @api.model
    def _portal_date(self, value):
        """Write a date in full: « 1er janvier 2026 »."""
        return self.env["ir.qweb.field.date"].value_to_html(
            value, {"format": "d MMMM y"}
        )
