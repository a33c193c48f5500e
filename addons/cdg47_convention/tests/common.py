# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What every test of the convention starts from: roles, collectivités, proposals."""

import base64
import csv
from contextlib import contextmanager
from datetime import date
from itertools import count

from stdnum import luhn

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user
from odoo.tools import file_open

from .queries_common import QueriesMixin

MODULE = "cdg47_convention"

# The smallest PNG there is: what a drawn signature is to the server.
SIGNATURE = base64.b64encode(
    base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
        "awAAAABJRU5ErkJggg=="
    )
)

# What documents say of the CDG.
SIRET_CDG = "28470001000010"
CDG = {
    "name": "Centre de gestion de Lot-et-Garonne",
    "street": "53 rue de Cartou",
    "zip": "47901",
    "city": "AGEN Cedex 9",
    "company_registry": SIRET_CDG,
    "email": "contact@example.com",
    "phone": "05 00 00 00 00",
}

# Of every portal contact of the tests.
PASSWORD = "portal-contact-password"

# Login suffix → groups: one user by role, created in every test class.
ROLES = {
    "employee": "base.group_user",
    "user": f"{MODULE}.group_convention_user",
    "manager": f"{MODULE}.group_convention_manager",
    "accountant": "account.group_account_invoice",
}


def annexe(name):
    """Return the rows of one CSV file of the annexes kept in the add-on.

    :rtype: list[dict[str, str]]
    """
    with file_open(f"{MODULE}/data/annexes/{name}.csv", "r") as stream:
        return list(csv.DictReader(stream))


def _with_key(digits):
    """Add to digits their key of Luhn."""
    return digits + luhn.calc_check_digit(digits)


class ConventionMixin(QueriesMixin):
    """Helpers shared by the transaction and the browser tests."""

    @contextmanager
    def assertRefused(self, exception, pattern):
        """Expect a refusal that says why, and leave nothing behind.

        ``assertRaisesRegex`` opens no savepoint in Odoo, unlike ``assertRaises``.
        """
        with self.assertRaises(exception) as caught:
            yield
        self.assertRegex(str(caught.exception), pattern)

    @classmethod
    def _set_up_convention(cls):
        cls._numbers = count(1)
        cls.company = cls.env.company
        cls.tariff = cls.company._cdg47_tariff()
        if not cls.tariff.item_ids:
            # A base without demonstration has no price; a prepared one has these.
            cls.env["cdg47.catalogue"]._load_demo_tariff()
        cls.metiers = cls.env.ref(f"{MODULE}.forfait_metiers")
        cls.techno = cls.env.ref(f"{MODULE}.forfait_techno")
        cls.parapheur = cls.env.ref(f"{MODULE}.forfait_parapheur")
        for role, groups in ROLES.items():
            user = new_test_user(cls.env, f"cdg47_{role}", groups=groups)
            setattr(cls, f"user_{role}", user)

    @classmethod
    def stratum(cls, code):
        return cls.env.ref(f"{MODULE}.stratum_{code.lower()}")

    @classmethod
    def service(cls, code):
        return cls.env.ref(f"{MODULE}.service_{code.lower().replace('-', '_')}")

    # === Collectivités ===
    @staticmethod
    def siret(number, mother=None):
        """Return a SIRET that does not exist; an annexed budget has its own NIC."""
        siren = ((mother and mother.company_registry) or "")[:9]
        if len(siren) < 9:
            siren = _with_key(f"2147{number:04}")
        return _with_key(f"{siren}{number % 10000:04}")

    @classmethod
    def make_collectivite(cls, kind, facts=None, **values):
        """Create a collectivité, and its facts in force since 2020 when there are any.

        :param str kind: value of ``collectivite_type``
        :param dict facts: values of one ``cdg47.census`` row
        """
        number = next(cls._numbers)
        mother = cls.env["res.partner"].browse(values.get("parent_id"))
        partner = cls.env["res.partner"].create(
            {
                "name": f"Collectivité {number}",
                "is_company": True,
                "collectivite_type": kind,
                "country_id": cls.env.ref("base.fr").id,
                "company_registry": cls.siret(number, mother),
                **values,
            }
        )
        if facts:
            cls.make_census(partner, **facts)
        return partner

    @classmethod
    def make_census(cls, partner, date_from="2020-01-01", **facts):
        return cls.env["cdg47.census"].create(
            {"partner_id": partner.id, "date_from": date_from, **facts}
        )

    @classmethod
    def make_commune(cls, population=750, **values):
        """Create a commune; a population of None is unknown, 0 is nobody."""
        facts = {}
        if population is not None:
            facts = {
                "population_total": population,
                "population_municipal": population,
            }
        return cls.make_collectivite("commune", facts, **values)

    @classmethod
    def make_establishment(cls, agents=5, **values):
        """Create a public establishment; None agents are unknown, 0 is none."""
        facts = {} if agents is None else {"agents": agents}
        return cls.make_collectivite("etablissement", facts, **values)

    @classmethod
    def make_annexe(cls, mother, agents=5, **values):
        """Create an annexed budget of a commune or establishment."""
        facts = {} if agents is None else {"agents": agents}
        return cls.make_collectivite(
            "budget_annexe", facts, parent_id=mother.id, **values
        )

    # === People ===
    @classmethod
    def make_contact(cls, name="Secrétaire de mairie", **values):
        number = next(cls._numbers)
        return cls.env["res.partner"].create(
            {"name": name, "email": f"contact{number}@example.com", **values}
        )

    @classmethod
    def make_mandate(cls, contact, collectivite, role="secretary", **values):
        return cls.env["cdg47.mandate"].create(
            {
                "contact_id": contact.id,
                "collectivite_id": collectivite.id,
                "role": role,
                "date_start": "2020-01-01",
                **values,
            }
        )

    @classmethod
    def make_signatory(cls, collectivite, **values):
        """Create the contact who may sign for a collectivité: its mayor."""
        contact = cls.make_contact("Maire", **values)
        cls.make_mandate(contact, collectivite, "signatory", title="Maire")
        return contact

    @classmethod
    def make_portal_user(cls, contact, login=None):
        """Give a contact its own login to the portal; the password is the login."""
        login = login or f"portail{next(cls._numbers)}"
        return new_test_user(
            cls.env,
            login,
            groups="base.group_portal",
            partner_id=contact.id,
            name=contact.name,
            email=contact.email,
        )

    @classmethod
    def new_contact(cls, login, *collectivites, role="secretary"):
        """Create a portal user whose company is the first collectivité.

        They read the language of the test.
        """
        user = new_test_user(
            cls.env,
            login=login,
            groups="base.group_portal",
            password=PASSWORD,
            name=f"Contact {login}",
            email=f"{login}@example.com",
            lang=cls.env.context.get("lang") or "fr_FR",
        )
        if collectivites:
            user.partner_id.parent_id = collectivites[0]
        for collectivite in collectivites:
            cls.make_mandate(user.partner_id, collectivite, role)
        return user

    # === Conventions ===
    @classmethod
    def propose(cls, partner, forfaits=None, user=None, **values):
        """Fill the assistant that proposes a convention, and leave it open.

        :param product.template forfaits: forfaits and options, Métiers by default
        """
        forfaits = cls.metiers if forfaits is None else forfaits
        options = forfaits.filtered("cdg47_is_option")
        wizard = cls.env["cdg47.convention.propose"].with_user(user or cls.user_manager)
        return wizard.create(
            {
                "partner_id": partner.id,
                "forfait_ids": [Command.set((forfaits - options).ids)],
                "option_ids": [Command.set(options.ids)],
                "date_start": date(2027, 1, 1),
                **values,
            }
        )

    @classmethod
    def make_convention(cls, partner=None, forfaits=None, user=None, **values):
        """Propose a convention through the assistant, with its deliberation."""
        if partner is None:
            partner = cls.make_commune()
            cls.make_signatory(partner)
        wizard = cls.propose(partner, forfaits, user, **values)
        action = wizard.action_propose()
        convention = cls.env["cdg47.convention"].browse(action["res_id"])
        convention.write(
            {"deliberation_number": "2026-41", "deliberation_date": "2026-11-02"}
        )
        return convention

    @classmethod
    def sign(cls, convention, name="Maire"):
        """Sign the pending quotation of a convention."""
        order = convention.pending_order_id
        return cls.draw_signature(order, name, "2026-11-20 09:00:00")

    @classmethod
    def draw_signature(cls, order, name, signed_on):
        """Sign as Odoo's portal does: sudo, drawn signature; return the order."""
        order_sudo = order.sudo()
        order_sudo.write(
            {"signed_by": name, "signed_on": signed_on, "signature": SIGNATURE}
        )
        order_sudo._validate_order()
        return order_sudo

    @classmethod
    def make_signed_convention(cls, partner=None, forfaits=None, **values):
        convention = cls.make_convention(partner, forfaits, **values)
        cls.sign(convention)
        return convention

    @classmethod
    def amend(cls, convention, forfaits, date_start, user=None):
        """Propose forfaits or options more, from a date; return the quotation."""
        wizard = cls.env["cdg47.convention.propose"].with_user(user or cls.user_manager)
        options = forfaits.filtered("cdg47_is_option")
        wizard.create(
            {
                "convention_id": convention.id,
                "partner_id": convention.partner_id.id,
                "forfait_ids": [Command.set((forfaits - options).ids)],
                "option_ids": [Command.set(options.ids)],
                "date_start": date_start,
            }
        ).action_propose()
        return convention.pending_order_id


class ConventionCase(ConventionMixin, TransactionCase):
    """Tests in one transaction, on the company of the database (French chart)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_convention()
