# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Wherever a collectivité is chosen, it is found as people ask for it."""

from odoo.tests import new_test_user, tagged

from ..lib.words import figures_of, words_of
from .common import ConventionCase


@tagged("post_install", "-at_install")
class TestFoundByWords(ConventionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sylvestre = cls.make_commune(
            name="Saint-Sylvestre-sur-Lot",
            insee_code="47280",
            phone="05 53 41 24 58",
            company_registry="21470280500018",
        )
        cls.colombe = cls.make_commune(name="Sainte-Colombe-de-Villeneuve")
        cls.oeuvre = cls.make_establishment(name="Syndicat « L'Œuvre d'Agmé »")
        cls.user = new_test_user(
            cls.env, "agent-cdg", groups="cdg47_convention.group_convention_user"
        )

    def found(self, text):
        partners = self.env["res.partner"].with_user(self.user)
        domain = [("collectivite_type", "!=", False)]
        found = partners.name_search(text, domain, limit=None)
        return partners.browse([partner_id for partner_id, _name in found]).sudo()

    def test_as_people_type_it(self):
        for wanted, texts in {
            self.sylvestre: (
                "saint sylvestre", "st sylvestre", "St-Sylvestre", "sylvestre lot",
                "SAINT SYLV", "47280", "2147028", "214 702 805 00018", "0553412458",
                "05.53.41.24.58", "+33 5 53 41 24 58", "Saint-Sylvestre-sur-Lot",
            ),
            self.colombe: ("ste colombe", "sainte-colombe", "colombe villeneuve"),
            self.oeuvre: ("oeuvre", "œuvre", "OEUVRE agme", "syndicat agmé"),
        }.items():  # fmt: skip
            for text in texts:
                with self.subTest(text):
                    self.assertIn(wanted, self.found(text))

    def test_nothing_else(self):
        for text in ("st oeuvre", "47281", "sylvestres", "0553412459"):
            with self.subTest(text):
                found = self.found(text)
                self.assertFalse(found & (self.sylvestre | self.colombe | self.oeuvre))

    def test_renamed(self):
        self.colombe.write({"name": "Hautefage-la-Tour", "insee_code": "47117"})
        self.assertIn(self.colombe, self.found("hautefage"))
        self.assertIn(self.colombe, self.found("47117"))
        self.assertNotIn(self.colombe, self.found("ste colombe"))

    def test_by_the_number_of_who_calls(self):
        contact = self.make_contact(phone="+33 6 12 34 56 78")
        self.make_mandate(contact, self.colombe)
        self.assertIn(self.colombe, self.found("06 12 34 56 78"))

    def test_in_a_search_and_its_contrary(self):
        partners = self.env["res.partner"].with_user(self.user)
        found = partners.search([("display_name", "ilike", "st sylvestre")])
        self.assertIn(self.sylvestre, found)
        others = partners.search([("display_name", "not ilike", "Saint-Sylvestre")])
        self.assertNotIn(self.sylvestre, others)
        self.assertIn(self.colombe, others)

    def test_through_what_names_it(self):
        """A convention is searched by its collectivité as well."""
        convention = self.make_convention(self.sylvestre)
        found = self.env["cdg47.convention"].search(
            [("partner_id", "ilike", "st sylvestre")]
        )
        self.assertEqual(found, convention)

    def test_a_portal_contact_searches_as_ever(self):
        contact = self.make_portal_user(self.make_contact(), "portail-essai")
        self.make_mandate(contact.partner_id, self.colombe)
        partners = self.env["res.partner"].with_user(contact)
        found = partners.name_search("Sainte-Colombe")
        self.assertEqual([partner_id for partner_id, _name in found], self.colombe.ids)

    def test_words_and_figures(self):
        self.assertEqual(words_of("L'Œuvre d'Agmé"), ["l", "oeuvre", "d", "agme"])
        self.assertEqual(words_of("Sts-Côme"), ["saints", "come"])
        self.assertEqual(words_of(None), [])
        for text, figures in {
            "+33 5 53 48 00 70": "0553480070",
            "+33 (0)5 53 48 00 70": "0553480070",
            "0033553480070": "0553480070",
            "33 rue": "",
            "330 01": "33001",
            "": "",
        }.items():
            with self.subTest(text):
                self.assertEqual(figures_of(text), figures)
