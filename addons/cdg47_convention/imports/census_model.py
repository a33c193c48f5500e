# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Sheets to fill in about one's own collectivités: facts, SIRET."""

from odoo.fields import Domain

from ..lib.dates import today_in_paris
from ..lib.xlsx_sheet import NUMBER, TEXT
from ..reading.company import domain_of

AFFILIATIONS = {"affiliated": "affiliee", "non_affiliated": "non_affiliee"}


def _collectivites(env):
    return env["res.partner"].search(
        Domain("collectivite_type", "!=", False) & domain_of(env.company, ""),
        order="insee_code, name, id",
    )


def facts_model(env):
    """Return a sheet of facts, with what is in force today.

    :return: columns, lines and explanations, as ``_model_sheet`` gives them
    :rtype: tuple
    """
    collectivites = _collectivites(env)
    facts = collectivites._cdg47_facts_at(today_in_paris())
    columns = [
        ("code_insee", TEXT), ("siren", TEXT), ("nom", TEXT), ("agents", NUMBER),
        ("affiliation", TEXT), ("hebergement", TEXT), ("hebergee_par", TEXT),
    ]  # fmt: skip
    explanations = {
        "code_insee": env._("INSEE code of the commune: it names the collectivité."),
        "siren": env._("SIREN or SIRET, where there is no INSEE code."),
        "nom": env._("To find one's way: it is not imported."),
        "agents": env._("Number of agents; empty changes nothing, 0 is a fact."),
        "affiliation": env._("affiliee or non_affiliee; empty changes nothing."),
        "hebergement": env._("propre or hebergee; empty changes nothing."),
        "hebergee_par": env._("INSEE code or SIREN of the host, when hosted."),
    }
    return (
        columns,
        [_facts_row(partner, facts[partner.id]) for partner in collectivites],
        explanations,
    )


def _facts_row(partner, facts):
    host = facts.get("host")
    hosting = ""
    if host is not None:
        hosting = "hebergee" if host else "propre"
    return (
        partner.insee_code,
        "" if partner.insee_code else partner.company_registry,
        partner.name,
        facts["agents"][0] if "agents" in facts else None,
        AFFILIATIONS.get(facts.get("affiliation")),
        hosting,
        (host.insee_code or host.company_registry) if host else "",
    )


def registry_model(env):
    """Return a sheet of SIRET, with the collectivités that have none yet.

    :rtype: tuple
    """
    missing = _collectivites(env).filtered(
        lambda partner: (
            partner.collectivite_type != "budget_annexe"
            and len((partner.company_registry or "").replace(" ", "")) < 14
        )
    )
    columns = [("siret", TEXT), ("code_insee", TEXT), ("siren", TEXT), ("nom", TEXT)]
    explanations = {
        "siret": env._("Fourteen digits: invoices need it."),
        "code_insee": env._("INSEE code of the commune; the SIRET names the others."),
        "siren": env._("SIREN already known: it is not imported."),
        "nom": env._("To find one's way: it is not imported."),
    }
    rows = [
        ("", partner.insee_code, partner.company_registry, partner.name)
        for partner in missing
    ]
    return columns, rows, explanations
