# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.fields import Domain

from ...lib.dates import today_in_paris


class ResPartner(models.Model):
    """The stratum of a collectivité, decided from dated facts (R1; Annexe 1)."""

    _inherit = "res.partner"

    stratum_id = fields.Many2one(
        "cdg47.stratum",
        compute="_compute_facts_of_today",
        compute_sudo=True,
        search="_search_stratum_id",
        help="As of today, decided from the census in force.",
    )
    stratum_reason = fields.Char(
        compute="_compute_facts_of_today", compute_sudo=True, string="Why this stratum"
    )
    is_affiliated = fields.Boolean(
        compute="_compute_facts_of_today",
        compute_sudo=True,
        search="_search_is_affiliated",
        string="Affiliated to the CDG",
    )
    hosted_by_id = fields.Many2one(
        "res.partner",
        compute="_compute_facts_of_today",
        compute_sudo=True,
        string="Hosted by",
        help="Collectivité whose Métiers database it uses, as of today.",
    )

    @api.depends(
        "collectivite_type", "census_ids.date_from", "census_ids.population_total",
        "census_ids.population_municipal", "census_ids.has_population",
        "census_ids.agents", "census_ids.has_agents", "census_ids.affiliation",
        "census_ids.hosting", "census_ids.hosted_by_id",
    )  # fmt: skip
    @api.depends_context("lang", "company")
    def _compute_facts_of_today(self):
        today = today_in_paris()
        facts = self._cdg47_facts_at(today)
        decisions = self._cdg47_strata_at(today, facts)
        for partner in self:
            known = facts.get(partner._origin.id, {})
            stratum, reason = decisions[partner]
            partner.stratum_id = stratum
            partner.stratum_reason = reason
            partner.is_affiliated = known.get("affiliation") != "non_affiliated"
            partner.hosted_by_id = known.get("host")

    def _search_stratum_id(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        strata = self.env["cdg47.stratum"]
        if operator == "any":
            strata = strata.search(value)
        else:
            codes = [item for item in value if isinstance(item, str)]
            strata = strata.browse(v for v in value if v and not isinstance(v, str))
            for code in codes:
                strata |= strata.search([("display_name", "ilike", code)])
        collectivites = self._cdg47_all_collectivites()
        decisions = collectivites._cdg47_strata_at(today_in_paris())
        wanted = set(strata.ids)
        with_none = operator == "in" and False in value
        found = Domain(
            "id",
            "in",
            [
                partner.id
                for partner, (stratum, _reason) in decisions.items()
                if (stratum.id in wanted) or (with_none and not stratum)
            ],
        )
        return found | Domain("collectivite_type", "=", False) if with_none else found

    @api.model
    def _cdg47_all_collectivites(self):
        """Return every collectivité, archived ones too: the caller's domain decides."""
        return self.with_context(active_test=False).search(
            [("collectivite_type", "!=", False)]
        )

    def _search_is_affiliated(self, operator, value):
        if operator != "in":
            return NotImplemented
        collectivites = self._cdg47_all_collectivites()
        facts = collectivites._cdg47_facts_at(today_in_paris())
        non_affiliated = Domain(
            "id",
            "in",
            [
                partner_id
                for partner_id, known in facts.items()
                if known.get("affiliation") == "non_affiliated"
            ],
        )
        return ~non_affiliated if True in value else non_affiliated

    # === The decision ===
    def _cdg47_facts_at(self, date):
        """Return the facts in force on a date, by partner id, in one query.

        :param datetime.date date: a day in Paris
        :rtype: dict[int, dict]
        """
        facts = {partner_id: {} for partner_id in self.ids}
        # Facts are not personal data: a contact reads the reason of its own stratum
        # even when the host's record is out of its sight.
        census_sudo = (
            self.env["cdg47.census"]
            .sudo()
            .search(
                [("partner_id", "in", self.ids), ("date_from", "<=", date)],
                order="date_from, id",
            )
        )
        for census in census_sudo:
            facts[census.partner_id.id].update(census._facts())
        return facts

    def _cdg47_stratum_at(self, date):
        """Decide the stratum of this collectivité on a date (R1; Annexe 1).

        :param datetime.date date: a day in Paris
        :return: the stratum, empty when a fact is missing, and the sentence that says
            why, in the language of the context
        :rtype: tuple[cdg47.stratum, str]
        """
        self.ensure_one()
        return self._cdg47_strata_at(date)[self]

    def _cdg47_strata_at(self, date, facts=None):
        """Decide the strata of many collectivités in a constant number of queries.

        :param datetime.date date: a day in Paris
        :param dict facts: what ``_cdg47_facts_at`` returned for this date, if known
        :rtype: dict[res.partner, tuple[cdg47.stratum, str]]
        """
        facts = self._cdg47_facts_at(date) if facts is None else facts
        strata = self.env["cdg47.stratum"].sudo().search([("active", "=", True)])
        return {
            partner: partner._cdg47_decide_stratum(
                strata, facts.get(partner._origin.id, {})
            )
            for partner in self
        }

    def _cdg47_review_strata(self):
        """Propose to change the stratum of conventions that the facts contradict."""
        if self.env.context.get("cdg47_no_review"):
            return
        # Whoever enters a fact, those who follow the conventions are told.
        conventions_sudo = self.sudo()._cdg47_conventions_at(today_in_paris())
        self.env["cdg47.convention"].sudo().union(
            *conventions_sudo.values()
        )._review_strata()

    def _cdg47_decide_stratum(self, strata, facts):
        """Apply R1 to known facts: status first, then size."""
        if not self.collectivite_type:
            return strata.browse(), ""
        host = facts.get("host")
        non_affiliated = facts.get("affiliation") == "non_affiliated"
        if host and non_affiliated:
            return strata.browse(), self.env._(
                "%(name)s is both hosted and non-affiliated: a manager must decide its "
                "stratum.",
                name=self.name,
            )
        if host:
            return strata.filtered("for_hosted")[:1], self.env._(
                "Hosted by %(host)s (same Métiers database).", host=host.name
            )
        if non_affiliated:
            return strata.filtered("for_non_affiliated")[:1], self.env._(
                "Not affiliated to the centre de gestion."
            )
        if self.collectivite_type == "commune":
            return self._cdg47_stratum_by_population(strata, facts)
        return self._cdg47_stratum_by_agents(strata, facts)

    def _cdg47_stratum_by_population(self, strata, facts):
        basis = self.env.company.cdg47_population_basis
        if basis not in facts:
            return strata.browse(), self.env._(
                "The population of %(name)s is not known: enter its census.",
                name=self.name,
            )
        population, known_since = facts[basis]
        stratum = strata.filtered(lambda s: s._contains("population", population))[:1]
        values = {
            "count": self._cdg47_format_number(population),
            "date": self._cdg47_format_date(known_since),
        }
        if basis == "municipal":
            reason = self.env._(
                "%(count)s inhabitants (municipal population in force since %(date)s).",
                **values,
            )
        else:
            reason = self.env._(
                "%(count)s inhabitants (total population in force since %(date)s).",
                **values,
            )
        return stratum, reason

    def _cdg47_stratum_by_agents(self, strata, facts):
        if "agents" not in facts:
            return strata.browse(), self.env._(
                "The number of agents of %(name)s is not known: enter its census.",
                name=self.name,
            )
        agents, known_since = facts["agents"]
        stratum = strata.filtered(lambda s: s._contains("agents", agents))[:1]
        return stratum, self.env._(
            "%(count)s agents (known since %(date)s).",
            count=self._cdg47_format_number(agents),
            date=self._cdg47_format_date(known_since),
        )
