# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is in force for some collectivités on a day: convention, forfaits, stratum and
lines of Annexe 1. Reads, and writes nothing."""

from datetime import date
from functools import cached_property

from ..lib.dates import today_in_paris
from ..lib.periods import Window, civil_year, nth_window, window_from
from .annexe1 import continuation, granted, lines_at, months_granted

# A right for life has no first day: it opens with the collectivité.
LIFE = Window(date.min, None)


class InForce:
    """The one reader of what a day gives to collectivités, for one or a thousand.

    Whatever their number and the number of days asked, queries are the same: all is
    read once, then decided by dates.

    Reads as superuser: what is in force is decided by records that who asks may not
    read.

    :param odoo.api.Environment env: any environment
    :param res.partner partners: the collectivités
    """

    def __init__(self, env, partners):
        self.env = env(su=True)
        self.partners = self.env["res.partner"].browse(partners._origin.ids)
        self._strata_by_day = {}
        self._granted = {}

    # === Conventions and forfaits ===
    @cached_property
    def _signed(self):
        signed = self.partners.convention_ids.filtered(lambda c: c._is_signed())
        return signed.sorted("date_start").grouped("partner_id")

    def conventions_of(self, partner):
        """Return the signed conventions of a collectivité, the oldest first."""
        return self._signed.get(partner._origin, self.env["cdg47.convention"])

    def convention_at(self, partner, day):
        """Return the signed convention whose dates hold a day, may be empty."""
        # Read with all the others: taken one by one, not filtered.
        for convention in self.conventions_of(partner):
            if convention.date_start <= day <= convention.date_end:
                return convention
        return self.env["cdg47.convention"]

    def forfaits_at(self, partner, day):
        """Return the forfaits and options held on a day.

        :rtype: product.template
        """
        return self.convention_at(partner, day)._forfaits_at(day)

    # === Stratum ===
    def stratum_at(self, partner, day):
        """Return the stratum of a day, empty when no fact decides it (R1, R3).

        That of the term; today's beyond the last term of a convention renewed tacitly;
        that of the facts of the day where no convention is in force.
        """
        convention = self.convention_at(partner, day)
        term = convention._term_at(day)
        if term:
            return term.stratum_id
        return self._strata_at(today_in_paris() if convention else day)[
            self.partners.browse(partner.id)
        ]

    def _strata_at(self, day):
        if day not in self._strata_by_day:
            decisions = self.partners._cdg47_strata_at(day)
            self._strata_by_day[day] = {
                partner: stratum for partner, (stratum, _reason) in decisions.items()
            }
        return self._strata_by_day[day]

    # === Annexe 1 ===
    def counting_line(self, partner, product, day):
        """Return the line by which a forfait held counts the uses of a service.

        :return: empty when none does on that day
        :rtype: cdg47.quota.rule
        """
        product = product._origin.with_env(self.env)
        lines = lines_at(product, day, self.forfaits_at(partner, day))
        return lines.filtered(lambda line: line._counts_uses())[:1]

    def continuation(self, partner, product, day, line=None):
        """Return what continues a service for a collectivité, see :func:`continuation`.

        The stratum is only asked where it decides: for a forfait.

        :param cdg47.quota.rule line: that of the forfaits held by default
        """
        product = product._origin.with_env(self.env)
        line = line or lines_at(product, day, self.forfaits_at(partner, day))[:1]
        found = continuation(product, day, line)
        if not found.cdg47_is_forfait:
            return found
        return continuation(product, day, line, self.stratum_at(partner, day))

    def granted_by(self, partner, rule, day):
        """Return what a line gives to a collectivité: minutes, or whole units.

        :rtype: int
        """
        stratum = self.stratum_at(partner, day) if rule.by_stratum else None
        months = months_granted(self.convention_at(partner, day), day)
        return self.granted_to(stratum, rule, months)

    def granted_to(self, stratum, rule, months=12):
        """Return what a line gives to a stratum, each worked out once."""
        key = rule, rule.by_stratum and stratum, months
        if key not in self._granted:
            self._granted[key] = granted(rule, stratum, months)
        return self._granted[key]

    # === Windows ===
    def window_of(self, partner, period, day):
        """Return the window that a use on a day opens (R3).

        :param str period: period of the line
        :rtype: Window
        """
        if period == "once":
            return LIFE
        convention = self.convention_at(partner, day)
        first = self.conventions_of(partner)[:1]
        company = (convention or first).company_id or self.env.company
        if period == "three_years":
            if company.cdg47_three_years_window == "fixed" and first:
                return nth_window(first.date_start, 3, day)
            return window_from(day, 3)
        if company.cdg47_rights_year == "anniversary" and convention:
            return nth_window(convention.date_start, 1, day)
        return civil_year(day)
