# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The pages: what a secretary does, what nobody else sees, what every page is."""

import io
import zipfile
from datetime import date

from lxml import html

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.cdg47_training.reading.offer import offer_of

from .portal_common import PASSWORD, PortalTrainingCase


@tagged("post_install", "-at_install")
class TestPortal(PortalTrainingCase):
    def test_register_at_the_price_shown(self):
        session = self.make_session()
        agent = self.make_agent(self.commune, "Anne")
        self.login(self.secretary)
        catalogue = self.get("/my/formations").text
        self.assertIn(session.name, catalogue)
        self.assertIn("left out of 2", catalogue)
        page = html.fromstring(self.get(f"/my/formations/{session.id}").content)
        shown = page.xpath("//input[@name='shown']/@value")[0]
        response = self.post(
            f"/my/formations/{session.id}/inscription",
            collectivite=self.commune.id,
            agent=agent.id,
            new_name="Zoé Nouvelle",
            new_email="zoe@example.com",
            shown=shown,
        )
        self.assertIn("is not a convocation", response.text)
        self.assertEqual(len(session.registration_ids), 2)
        self.assertEqual(session.registration_ids.partner_id, self.secretary.partner_id)
        self.assertEqual(self.left(self.commune), 1)
        # The same click again: told, nothing twice.
        again = self.post(
            f"/my/formations/{session.id}/inscription",
            collectivite=self.commune.id,
            agent=agent.id,
            shown=shown,
        )
        self.assertIn("already", again.text)
        self.assertEqual(len(session.registration_ids), 2)

    def test_price_that_changed_is_shown_again(self):
        sessions = [self.make_session() for _ in range(3)]
        agent = self.make_agent(self.commune)
        shown = offer_of(sessions[2], self.commune).key
        for session in sessions[:2]:
            self.register(session, self.commune)
        self.login(self.secretary)
        path = f"/my/formations/{sessions[2].id}/inscription"
        data = {"collectivite": self.commune.id, "agent": agent.id}
        page = self.post(path, shown=shown, **data)
        self.assertIn("The price changed", page.text)
        self.assertIn("225", page.text)
        self.assertFalse(sessions[2].registration_ids)
        shown = html.fromstring(page.content).xpath("//input[@name='shown']/@value")[0]
        self.post(path, shown=shown, **data)
        registration = sessions[2].registration_ids
        self.assertEqual(registration.sale_line_id.price_subtotal, 225)
        self.assertEqual(registration.accepted_by_id, self.secretary.partner_id)
        self.assertIn("225", self.get(f"/my/inscriptions/{registration.id}").text)

    def test_rules_of_the_training_body_are_a_link(self):
        session = self.make_session()
        self.login(self.secretary)

        def link():
            page = html.fromstring(self.get(f"/my/formations/{session.id}").content)
            return page.xpath("//a[contains(., 'glement int')]/@href")

        self.assertEqual(link(), [])
        rules = "https://example.com/reglement-interieur.pdf"
        session.event_type_id.training_rules_url = rules
        self.assertEqual(link(), [rules])

    def test_one_secretary_several_communes(self):
        """54: price and right follow the collectivité chosen."""
        self.register(self.make_session(), self.other)
        session = self.make_session()
        self.login(self.shared)
        url = f"/my/formations/{session.id}?collectivite="
        self.assertIn("2\xa0half-days left", self.get(f"{url}{self.commune.id}").text)
        self.assertIn("1\xa0half-day left", self.get(f"{url}{self.other.id}").text)

    def test_replace_cancel_and_errors(self):
        session = self.make_session()
        registration = self.register(session, self.commune)
        newcomer = self.make_agent(self.commune, "Remplaçante")
        self.login(self.secretary)
        path = f"/my/inscriptions/{registration.id}"
        self.assertIn("Choose the agent", self.post(f"{path}/remplacer").text)
        self.post(f"{path}/remplacer", agent=newcomer.id)
        self.assertEqual(registration.agent_id, newcomer)
        stranger = self.make_agent(self.other)
        self.assertIn(
            "Choose the agent", self.post(f"{path}/remplacer", agent=stranger.id).text
        )
        self.post(f"{path}/annuler", motive="cdg")
        self.assertEqual(registration.cancel_motive, "agent", "never the CDG's reason")
        self.assertEqual(self.left(self.commune), 2)
        self.assertIn("already", self.post(f"{path}/annuler").text)

    def test_waiting_list_and_offer(self):
        session = self.make_session(seats=1)
        holder = self.register(session, self.other)
        agent = self.make_agent(self.commune)
        self.login(self.secretary)
        path = f"/my/formations/{session.id}/inscription"
        data = {
            "collectivite": self.commune.id,
            "agent": agent.id,
            "shown": offer_of(session, self.commune).key,
        }
        self.assertIn("0 seats are left", self.post(path, **data).text)
        self.post(path, waiting="any", **data)
        waiting = session.registration_ids - holder
        page = self.get(f"/my/inscriptions/{waiting.id}").text
        self.assertIn("number 1 on the list", page)
        holder._training_cancel()
        page = html.fromstring(self.get(f"/my/inscriptions/{waiting.id}").content)
        shown = page.xpath("//input[@name='shown']/@value")[0]
        self.post(f"/my/inscriptions/{waiting.id}/accepter", shown=shown)
        self.assertEqual(waiting.state, "open")

    def test_nothing_changes_on_get(self):
        session = self.make_session()
        registration = self.register(session, self.commune)
        self.login(self.secretary)
        for path in (
            f"/my/formations/{session.id}/inscription",
            f"/my/inscriptions/{registration.id}/annuler",
            "/my/agents/ajouter",
        ):
            with mute_logger("odoo.http"):
                self.get(path, status=405)
        with mute_logger("odoo.http"):
            response = self.url_open(
                f"/my/inscriptions/{registration.id}/annuler", {"motive": "agent"}
            )
        self.assertEqual(response.status_code, 400, "no CSRF token")
        self.assertEqual(registration.state, "open")

    def test_unknown_keys_of_the_query_string(self):
        self.login(self.secretary)
        for path in (
            "/my/formations?sortby=zzz&filterby=zzz&collectivite=zzz&search=%00",
            "/my/inscriptions?sortby=zzz&filterby=zzz&collectivite=99999999999",
            "/my/formations/bilan?annee=zzzz&collectivite=-1",
            "/my/formations/bilan?annee=9999",
            "/my/attestations?annee=%27&collectivite=x",
            "/my/agents?collectivite=²",
        ):
            with self.subTest(path=path):
                self.get(path)

    def test_one_card_on_the_home_leads_to_all_pages(self):
        self.login(self.secretary)
        cards = html.fromstring(self.get("/my").text).xpath(
            "//div[@id='portal_client_category']//a/@href"
        )
        self.assertIn("/my/formations", cards)
        self.assertNotIn("/my/inscriptions", cards)
        pages = html.fromstring(self.get("/my/formations").text).xpath(
            "//nav[@aria-label='Trainings']//a/@href"
        )
        self.assertEqual(len(pages), 6)
        for path in pages:
            with self.subTest(path=path):
                current = html.fromstring(self.get(path).text).xpath(
                    "//nav[@aria-label='Trainings']//a[@aria-current='page']/@href"
                )
                self.assertEqual(current, [path])

    def test_agents_come_and_leave(self):
        self.login(self.secretary)
        self.post(
            "/my/agents/ajouter",
            collectivite=self.commune.id,
            name="Paul Arrivé",
            email="paul@example.com",
        )
        mandate = self.commune.mandate_ids.filtered(
            lambda m: m.contact_id.name == "Paul Arrivé"
        )
        self.assertEqual((mandate.role, len(mandate)), ("agent", 1))
        self.assertIn("Paul Arrivé", self.get("/my/agents").text)
        # An address is one, on one line; what nobody sees is left out of a name.
        refused = self.post(
            "/my/agents/ajouter",
            collectivite=self.commune.id,
            name="Lu\0c Venu",
            email="luc@example.com\r\nBcc: autre@example.com",
        )
        self.assertIn("is no e-mail address", refused.text)
        self.post("/my/agents/ajouter", collectivite=self.commune.id, name="Lu\0c Venu")
        self.assertIn("Luc Venu", self.commune.mandate_ids.contact_id.mapped("name"))
        self.post(f"/my/agents/{mandate.id}/depart", date_end=str(self.in_days(0)))
        self.assertEqual(mandate.date_end, self.in_days(0))
        secretary = self.secretary.partner_id.own_mandate_ids
        self.post(f"/my/agents/{secretary.id}/depart", status=404)
        self.assertFalse(secretary.date_end)

    def test_wishes_and_requests(self):
        self.login(self.secretary)
        self.post(
            "/my/formations/interets/nouveau",
            collectivite=self.commune.id,
            name="Élections",
            agents="2",
        )
        self.post(
            "/my/formations/demandes/nouveau",
            collectivite=self.commune.id,
            name="Paie sur mesure",
            half_days="3",
            agents="x",
        )
        page = self.get("/my/formations/demandes").text
        self.assertIn("Élections", page)
        self.assertIn("Paie sur mesure", page)
        asked = self.env["cdg47.training.request"].search(
            [("collectivite_id", "=", self.commune.id)]
        )
        self.assertEqual((asked.half_days, asked.agents), (3, 1))
        self.assertTrue(asked.activity_ids)

    def test_documents_and_zip(self):
        session = self.make_session(days=[date(self.year, 5, 3)])
        registration = self.register(session, self.commune)
        registration.convocation_ids.create(
            {
                "registration_id": registration.id,
                "agent_id": registration.agent_id.id,
                "version": 1,
                "attachment_id": self.env["ir.attachment"]
                .create({"name": "c.pdf", "raw": b"%PDF convocation"})
                .id,
            }
        )
        self.held(session)
        attestation = registration.attestation_ids
        attestation.attachment_id = self.env["ir.attachment"].create(
            {"name": "a.pdf", "raw": b"%PDF attestation"}
        )
        self.login(self.secretary)
        path = f"/my/inscriptions/{registration.id}"
        self.assertEqual(self.get(f"{path}/convocation").content, b"%PDF convocation")
        self.assertIn("BEGIN:VCALENDAR", self.get(f"{path}/agenda").text)
        self.assertIn(attestation.name, self.get("/my/attestations").text)
        packed = self.get(f"/my/attestations/zip?annee={self.year}").content
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            self.assertEqual(len(archive.namelist()), 1)
            self.assertEqual(archive.read(archive.namelist()[0]), b"%PDF attestation")
        self.get("/my/attestations/zip?annee=2001", status=404)
        matrix = self.get(f"/my/formations/bilan?annee={self.year}").text
        self.assertIn("3\xa0h\xa030", matrix)

    def test_letters_of_the_forfaits_held(self):
        letters = self.env["mailing.mailing"].create(
            [
                {
                    "subject": f"Lettre {name}",
                    "body_html": "<p>Actualités</p>",
                    "mailing_model_id": self.env["ir.model"]._get_id("mailing.list"),
                    "contact_list_ids": self.env.ref(
                        f"cdg47_training.mailing_list_{name}"
                    ).ids,
                }
                for name in ("metiers", "techno")
            ]
        )
        letters._take_letter_number()
        letters.write({"state": "done", "sent_date": "2026-11-02 08:00:00"})
        only_metiers = self.make_member("Métiers seul", self.metiers)
        user = self.portal_user("secretary_metiers", only_metiers)
        self.login(user)
        page = self.get("/my/lettres").text
        self.assertIn("Lettre metiers", page)
        self.assertNotIn("Lettre techno", page)
        self.assertIn("Actualités", self.get(f"/my/lettres/{letters[0].id}").text)
        self.get(f"/my/lettres/{letters[1].id}", status=404)

    def test_sheet_on_a_phone(self):
        session = self.make_session(days=[self.in_days(0)], publish=False)
        session.half_day_ids.write({"hour_from": 0.0, "hour_to": 23.9})
        session.half_day_ids.write({"date": self.in_days(1)})
        session.action_publish()
        registration = self.register(session, self.commune)
        self.env.flush_all()
        # The sheet opens with the half-day, and the server has the real clock.
        self.env.cr.execute(
            "UPDATE cdg47_training_half_day SET start = now() - interval '1 hour' "
            "WHERE id = %s",
            [session.half_day_ids.id],
        )
        self.env.invalidate_all()
        self.trainer.password = PASSWORD
        self.login(self.trainer)
        path = f"/formation/emargement/{session.half_day_ids.id}"
        self.assertIn(registration.name, self.get(path).text)
        page = self.post(f"{path}/verrouiller").text
        self.assertIn("whether they were there", page)
        self.post(f"{path}/ajouter", name="Luc Venu", collectivite=str(self.other.id))
        walk_in = session.registration_ids - registration
        self.assertTrue(walk_in.is_walk_in)
        self.post(
            f"{path}/verrouiller",
            **{
                f"status_{registration.id}": "present",
                f"hours_{registration.id}": "2,5",
                f"status_{walk_in.id}": "absent",
            },
        )
        self.assertEqual(session.half_day_ids.sheet_state, "locked")
        self.assertEqual(registration.attended_hours, 2.5)
        self.assertIn("locked", self.post(f"{path}/enregistrer").text)
        self.login(self.secretary)
        self.get(path, status=404)
