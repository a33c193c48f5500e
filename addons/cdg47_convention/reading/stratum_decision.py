# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The stratum of a collectivité, decided from dated facts (R1; Annexe 1)."""

from odoo.fields import Domain

from ..lib.dates import today_in_paris


def facts_at(partners, date):
    """Return the facts in force on a date, by partner id, in one query.

    :param datetime.date date: a day in Paris
    :rtype: dict[int, dict]
    """
    facts = {partner_id: {} for partner_id in partners.ids}
    # Facts are not personal data: a contact reads the reason of its own stratum
    # even when the host's record is out of its sight.
    census_sudo = (
        partners.env["cdg47.census"]
        .sudo()
        .search(
            [("partner_id", "in", partners.ids), ("date_from", "<=", date)],
            order="date_from, id",
        )
    )
    for census in census_sudo:
        facts[census.partner_id.id].update(census._facts())
    return facts


def strata_at(partners, date, facts=None):
    """Decide the strata of many collectivités in a constant number of queries.

    :param datetime.date date: a day in Paris
    :param dict facts: what :func:`facts_at` returned for this date, if known
    :rtype: dict[res.partner, tuple[cdg47.stratum, str]]
    """
    facts = facts_at(partners, date) if facts is None else facts
    strata = partners.env["cdg47.stratum"].sudo().search([("active", "=", True)])
    return {
        partner: decide_stratum(
            partner, strata, facts.get(partner._origin.id, {}), date
        )
        for partner in partners
    }


def decide_stratum(partner, strata, facts, day):
    """Apply R1 to known facts: status first, then size, by the bounds of a day."""
    if not partner.collectivite_type:
        return strata.browse(), ""
    host = facts.get("host")
    non_affiliated = facts.get("affiliation") == "non_affiliated"
    if host and non_affiliated:
        return strata.browse(), partner.env._(
            "%(name)s is both hosted and non-affiliated: a manager must decide its "
            "stratum.",
            name=partner.name,
        )
    if host:
        return strata.filtered("for_hosted")[:1], partner.env._(
            "Hosted by %(host)s (same Métiers database).", host=host.name
        )
    if non_affiliated:
        return strata.filtered("for_non_affiliated")[:1], partner.env._(
            "Not affiliated to the centre de gestion."
        )
    if partner.collectivite_type == "commune":
        return _by_population(partner, strata, facts, day)
    return _by_agents(partner, strata, facts, day)


def _by_population(partner, strata, facts, day):
    basis = partner.env.company.cdg47_population_basis
    if basis not in facts:
        return strata.browse(), partner.env._(
            "The population of %(name)s is not known: enter its census.",
            name=partner.name,
        )
    population, known_since = facts[basis]
    stratum = strata.filtered(lambda s: s._contains("population", population, day))[:1]
    values = {
        "count": partner._cdg47_format_number(population),
        "date": partner._cdg47_format_date(known_since),
    }
    if basis == "municipal":
        reason = partner.env._(
            "%(count)s inhabitants (municipal population in force since %(date)s).",
            **values,
        )
    else:
        reason = partner.env._(
            "%(count)s inhabitants (total population in force since %(date)s).",
            **values,
        )
    return stratum, reason


def _by_agents(partner, strata, facts, day):
    if "agents" not in facts:
        return strata.browse(), partner.env._(
            "The number of agents of %(name)s is not known: enter its census.",
            name=partner.name,
        )
    agents, known_since = facts["agents"]
    stratum = strata.filtered(lambda s: s._contains("agents", agents, day))[:1]
    return stratum, partner.env._(
        "%(count)s agents (known since %(date)s).",
        count=partner._cdg47_format_number(agents),
        date=partner._cdg47_format_date(known_since),
    )


# === Searching ===
def domain_of_strata(partners, operator, value):
    """Return the domain of the collectivités whose stratum of today is wanted.

    :param res.partner partners: any recordset, for its environment
    """
    strata = partners.env["cdg47.stratum"]
    if operator == "any":
        strata = strata.search(value)
    else:
        codes = [item for item in value if isinstance(item, str)]
        strata = strata.browse(v for v in value if v and not isinstance(v, str))
        for code in codes:
            strata |= strata.search([("display_name", "ilike", code)])
    wanted = set(strata.ids)
    decisions = strata_at(all_collectivites(partners), today_in_paris())
    with_none = operator == "in" and False in value
    found = Domain(
        "id",
        "in",
        [
            partner.id
            for partner, (stratum, _reason) in decisions.items()
            if stratum.id in wanted or (with_none and not stratum)
        ],
    )
    return found | Domain("collectivite_type", "=", False) if with_none else found


def domain_of_affiliated(partners):
    """Return the domain of what is affiliated today: all but who says it is not."""
    facts = facts_at(all_collectivites(partners), today_in_paris())
    return ~Domain(
        "id",
        "in",
        [
            partner_id
            for partner_id, known in facts.items()
            if known.get("affiliation") == "non_affiliated"
        ],
    )


def all_collectivites(partners):
    """Return every collectivité, archived ones too: the caller's domain decides."""
    return partners.with_context(active_test=False).search(
        [("collectivite_type", "!=", False)]
    )
