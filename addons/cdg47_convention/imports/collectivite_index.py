# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict

from odoo.fields import Domain
from odoo.tools import SQL

from ..reading.company import domain_of

READ_FIELDS = (
    "name", "zip", "city", "insee_code", "company_registry", "country_id", "parent_id",
    "collectivite_type", "is_company", "active", "epci_id",
)  # fmt: skip


def french_context(env):
    """Return the environment in French where installed: what is kept is printed."""
    installed = dict(env["res.lang"].get_installed())
    return (
        env(context={**env.context, "lang": "fr_FR"}) if "fr_FR" in installed else env
    )


class CollectiviteIndex:
    """The partners that the identifiers of a file name, found in one query.

    Those of another company are not: they are another CDG's.
    Archived ones are found too, after the active ones: importing must not create their
    twins.

    :param odoo.api.Environment env: the user who imports
    :param identifiers: INSEE codes, SIREN and SIRET in any mix
    """

    def __init__(self, env, identifiers):
        self.env = env
        self.by_insee = {}
        self.by_siren = defaultdict(list)
        self.by_siret = defaultdict(list)
        codes = {key for key in identifiers if len(key) == 5}
        sirens = {key[:9] for key in identifiers if len(key) > 5}
        for partner in self._find(codes, sirens):
            if partner.insee_code:
                self.by_insee.setdefault(partner.insee_code, partner)
            registry = "".join((partner.company_registry or "").split())
            self.by_siren[registry[:9]].append(partner)
            self.by_siret[registry].append(partner)

    def _find(self, codes, sirens):
        # Contacts carry the registry of their collectivité: they are not it.
        bodies = Domain("is_company", "=", True) & (
            Domain("parent_id", "=", False) | Domain("collectivite_type", "!=", False)
        )
        domain = Domain("insee_code", "in", list(codes))
        if sirens:
            domain |= bodies & Domain.custom(
                to_sql=lambda model, alias, query: SQL(
                    "LEFT(%s, 9) = ANY(%s)",
                    model._field_to_sql(alias, "company_registry", query),
                    list(sirens),
                )
            )
        domain &= domain_of(self.env.company, "")
        partners = self.env["res.partner"].with_context(active_test=False)
        return partners.search_fetch(domain, READ_FIELDS, order="active DESC, id")

    def adoptable(self, siren, collectivite_type):
        """Return the partners of a SIREN that are, or may become, of this type."""
        return [
            partner
            for partner in self.by_siren.get(siren or "-", ())
            if partner.collectivite_type in (False, collectivite_type)
            and not partner.insee_code
            and not partner.parent_id
        ]

    def named(self, identifier):
        """Return the collectivités that an INSEE code, a SIREN or a SIRET names.

        A SIREN alone never names an annexed budget, which shares it with its commune.
        """
        if len(identifier) == 5:
            found = [self.by_insee[identifier]] if identifier in self.by_insee else []
        elif len(identifier) == 14:
            found = self.by_siret.get(identifier, ())
        else:
            found = [
                partner
                for partner in self.by_siren.get(identifier, ())
                if partner.collectivite_type != "budget_annexe"
            ]
        return [partner for partner in found if partner.collectivite_type]
