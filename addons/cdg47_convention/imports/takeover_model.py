# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The take-over sheet to fill in: conventions already recorded, then who has none."""

from odoo.fields import Domain

from ..lib.states import SIGNED_STATES
from ..lib.xlsx_sheet import DAY, NUMBER, TEXT
from ..reading.company import domain_of

RENEWALS = {"tacit": "tacite", "express": "expresse"}
KINDS = {
    "date_debut": DAY,
    "date_fin": DAY,
    "date_deliberation": DAY,
    "quantite": NUMBER,
}
COLUMNS = (
    "collectivite", "nom", "nature", "code", "date_debut", "date_fin", "quantite",
    "unite", "titulaire", "identifiant", "perimetre", "renouvellement", "deliberation",
    "date_deliberation", "signataire", "strate", "numero", "note", "deja_facture",
)  # fmt: skip


def takeover_model(env):
    """Return the model of a take-over file.

    :return: columns, lines and explanations, as ``_model_sheet`` gives them
    :rtype: tuple
    """
    collectivites = env["res.partner"].search(
        Domain("collectivite_type", "!=", False) & domain_of(env.company, ""),
        order="insee_code, name, id",
    )
    conventions = env["cdg47.convention"].search(
        [("state", "in", SIGNED_STATES), ("partner_id", "in", collectivites.ids)]
    )
    rows = [_line(line) for line in conventions.line_ids]
    rows += [_who(partner) for partner in collectivites - conventions.partner_id]
    columns = [(name, KINDS.get(name, TEXT)) for name in COLUMNS]
    values = [[row.get(name) for name in COLUMNS] for row in rows]
    return columns, values, _explanations(env)


def _who(partner):
    return {
        "collectivite": partner.insee_code or partner.company_registry,
        "nom": partner.name,
    }


def _line(line):
    convention = line.convention_id
    return {
        **_who(convention.partner_id),
        "nature": "convention",
        "code": line.forfait_id.default_code,
        "date_debut": line.date_start,
        "date_fin": line.date_end,
        "renouvellement": RENEWALS.get(convention.renewal),
        "deliberation": convention.deliberation_number,
        "date_deliberation": convention.deliberation_date,
        "signataire": convention.signed_by,
        "numero": convention.name,
    }


def _explanations(env):
    forfaits = env["product.template"].search([("cdg47_is_forfait", "=", True)])
    services = env["product.product"].search([("cdg47_is_service", "=", True)])
    codes = [*forfaits.mapped("default_code"), *services.mapped("default_code")]
    return {
        "collectivite": env._("INSEE code, SIREN or SIRET."),
        "nom": env._("To find one's way: it is not imported."),
        "nature": "convention, activation, dotation, droit_utilise",
        "code": ", ".join(filter(None, codes)),
        "date_debut": env._("First day, the day first."),
        "date_fin": env._("Last day included; empty: as the convention says."),
        "quantite": env._("How many are held or used; empty: one."),
        "unite": "jour, demi-journee, heure, unite",
        "titulaire": env._("Who holds it."),
        "identifiant": env._("Serial number, address…"),
        "perimetre": env._("Software that the right is about."),
        "renouvellement": "tacite, expresse",
        "deliberation": env._("Number of the deliberation."),
        "date_deliberation": env._("Its date, the day first."),
        "signataire": env._("Who signed."),
        "strate": env._("Stratum signed, where the facts do not tell it."),
        "numero": env._("Number of the convention, if it had one."),
        "deja_facture": env._(
            "« oui » where what is beyond the quotas was invoiced already: it is not "
            "due again."
        ),
        "note": env._("Kept in the discussion of what is created."),
    }
