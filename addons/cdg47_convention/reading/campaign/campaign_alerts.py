# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the board and the accountant should know before a campaign is run."""

from datetime import date

from odoo.fields import Domain

from ..collectivite_shape import chorus_lacks, has_siret, outdated_census


def alert_words(env):
    """Return what an alert is about, in a few words, by its code."""
    return {
        "obstacle": env._("will not pass"),
        "quota": env._("quota exceeded"),
        "census": env._("census"),
        "siret": env._("SIRET missing"),
        "chorus": env._("Chorus Pro reference"),
        "certificate": env._("certificate"),
    }


class CampaignAlerts:
    """Adds its alerts to each plan, in a constant number of queries.

    :param CampaignPlanner planner: gives the year
    :param cdg47.convention conventions: those planned
    :param dict plans: what was planned of them
    """

    def __init__(self, planner, conventions, plans):
        self.planner = planner
        self.env = planner.env
        self.conventions = conventions
        self.plans = plans
        partners = conventions.partner_id
        self.facts = partners._cdg47_facts_at(planner.start)
        self.certificates = self._expiring(partners)

    def _expiring(self, partners):
        """Return the certificates that end in the year, by collectivité.

        :rtype: dict[int, cdg47.allocation]
        """
        # Counted for all, whoever runs the campaign.
        found_sudo = self.env["cdg47.allocation"].sudo().search(
            Domain("partner_id", "in", partners.ids)
            & Domain("product_id.cdg47_allocation_kind", "=", "certificate")
            & Domain("state", "=", "active")
            & Domain("date_end", ">=", self.planner.start)
            & Domain("date_end", "<=", self.planner.end)
        )  # fmt: skip
        return {p.id: found for p, found in found_sudo.grouped("partner_id").items()}

    def tell(self):
        """Add its alerts to each plan."""
        for convention in self.conventions:
            plan = self.plans[convention]
            plan.alerts = [
                *self._quota(plan),
                *self._census(convention),
                *self._siret(convention),
                *self._chorus(convention),
                *self._certificates(convention),
            ]

    def _quota(self, plan):
        for _rule, label, _before, after, held in plan.quotas:
            if held > after:
                yield (
                    "quota",
                    self.env._(
                        "%(service)s: %(held)s held, quota of the year %(quota)s.",
                        service=label,
                        held=held,
                        quota=f"{after:g}",
                    ),
                )

    def _census(self, convention):
        partner = convention.partner_id
        since = outdated_census(
            partner,
            self.facts[partner.id],
            self.planner.campaign.company_id.cdg47_population_basis,
            self.planner.start.year,
        )
        # Without any, no stratum: it is the obstacle, said by its own sentence.
        if since and since > date.min:
            yield (
                "census",
                self.env._(
                    "No census since %(date)s.", date=convention._format_date(since)
                ),
            )

    def _siret(self, convention):
        debtor = convention.invoice_partner_id
        if not has_siret(debtor):
            yield (
                "siret",
                self.env._("%(name)s has no SIRET.", name=debtor.name),
            )

    def _chorus(self, convention):
        """What the debtor requires and the invoice would lack at posting (R12)."""
        debtor = convention.invoice_partner_id
        words = {
            "service": self.env._("The Chorus service code is missing."),
            "engagement": self.env._("The engagement number of the year is required."),
            "either": self.env._("A Chorus service code or an engagement is required."),
        }
        lacks = chorus_lacks(debtor, debtor.chorus_service_code)
        return [("chorus", words[code]) for code in words if code in lacks]

    def _certificates(self, convention):
        for certificate in self.certificates.get(convention.partner_id.id, ()):
            yield (
                "certificate",
                self.env._(
                    "Certificate of %(holder)s: ends on %(date)s.",
                    holder=certificate.holder_name or certificate.identifier or "?",
                    date=convention._format_date(certificate.date_end),
                ),
            )
