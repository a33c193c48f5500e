# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The pages: what a secretary does, what nobody else sees, what every page is."""

import io
import zipfile
from datetime import date, datetime
from unittest.mock import patch

from freezegun import freeze_time
from lxml import html

from odoo import http, sql_db
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.portal.controllers.portal import CustomerPortal

from .common import TrainingCase

PASSWORD = "portal-contact-password"


class PortalTrainingCase(TrainingCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_member("Commune B")
        cls.other.lang = "en_US"
        cls.secretary = cls.portal_user("secretary_a", cls.commune)
        cls.stranger = cls.portal_user("secretary_b", cls.other)
        cls.shared = cls.portal_user("secretary_ab", cls.commune, cls.other)
        cls.plain_agent = cls.portal_user("agent_a", cls.commune, role="agent")

    @classmethod
    def portal_user(cls, login, *communes, role="secretary"):
        user = new_test_user(
            cls.env,
            login,
            groups="base.group_portal",
            password=PASSWORD,
            name=f"Contact {login}",
            email=f"{login}@example.com",
            lang="en_US",
        )
        for commune in communes:
            cls.make_mandate(user.partner_id, commune, role)
        return user

    def login(self, user):
        self.authenticate(user.login, PASSWORD)

    def get(self, path, status=200):
        response = self.url_open(path)
        self.assertEqual(response.status_code, status, f"{path}: {response.url}")
        return response

    def post(self, path, status=200, **data):
        with mute_logger("odoo.http"):
            response = self.url_open(
                path, {"csrf_token": http.Request.csrf_token(self), **data}
            )
        self.assertEqual(response.status_code, status, path)
        return response

    def held(self, session, day=None):
        """Lock the sheets of a session, everybody present."""
        day = day or session._training_day()
        with freeze_time(datetime(day.year, day.month, day.day, 18)):
            for half_day in session.half_day_ids:
                lines = half_day._open_sheet()
                half_day._fill_sheet({line: ("present", None) for line in lines})
                half_day.action_lock()


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
        shown = sessions[2]._training_offer(self.commune).key
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
            "shown": session._training_offer(self.commune).key,
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


@tagged("post_install", "-at_install")
class TestIsolation(PortalTrainingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.common_session = cls.make_session(days=[date(cls.year, 5, 4)])
        cls.mine = cls._data(cls.common_session, cls.commune)
        cls.theirs = cls._data(cls.common_session, cls.other)
        cls.held(cls, cls.common_session)
        for data in (cls.mine, cls.theirs):
            data["attestation"] = data["registration"].attestation_ids
            data["attendance"] = data["registration"].attendance_ids

    @classmethod
    def _data(cls, session, commune):
        registration = session._training_register(
            commune, cls.make_agent(commune), acceptance="portal"
        )
        return {
            "registration": registration,
            "participation": cls.env["cdg47.training.participation"].search(
                [("collectivite_id", "=", commune.id)]
            ),
            "convocation": registration.convocation_ids.create(
                {
                    "registration_id": registration.id,
                    "agent_id": registration.agent_id.id,
                    "version": 1,
                }
            ),
            "interest": cls.env["cdg47.training.interest"].create(
                {
                    "name": "Paie",
                    "collectivite_id": commune.id,
                    "contact_id": registration.agent_id.id,
                }
            ),
            "request": cls.env["cdg47.training.request"].create(
                {"name": "Paie", "collectivite_id": commune.id}
            ),
        }

    def test_records(self):
        """51: one's own, nobody else's, for every model; the rules are what hides."""
        for key, record in self.theirs.items():
            with self.subTest(key=key):
                own = self.mine[key].with_user(self.secretary)
                self.assertTrue(own.has_access("read"))
                self.assertEqual(own.search([("id", "in", own.ids)]), own)
                theirs = record.with_user(self.secretary)
                self.assertFalse(theirs.has_access("read"))
                self.assertFalse(theirs.search([("id", "in", theirs.ids)]))
                with self.assertRaises(AccessError):
                    theirs.read(["create_date"])
                for operation in ("write", "unlink"):
                    self.assertFalse(own.has_access(operation), operation)
                self.assertTrue(record.with_user(self.shared).has_access("read"))
                rule = self.env["ir.rule"].search(
                    [
                        ("model_id.model", "=", record._name),
                        ("groups", "in", self.env.ref("base.group_portal").ids),
                        ("name", "like", "own collectivités"),
                    ]
                )
                self.assertEqual(len(rule), 1)
                rule.active = False
                leaks = record.with_user(self.secretary).has_access("read")
                rule.active = True
                self.assertTrue(leaks, "negative control: the rule is what hides it")

    def test_former_secretary_and_public(self):
        """53."""
        self.secretary.partner_id.own_mandate_ids.write(
            {"date_start": "2020-01-01", "date_end": self.in_days(-1)}
        )
        self.env.invalidate_all()
        public = self.env.ref("base.public_user")
        for key, record in self.mine.items():
            with self.subTest(key=key):
                self.assertFalse(record.with_user(self.secretary).has_access("read"))
                self.assertFalse(record.with_user(public).has_access("read"))
        self.assertFalse(self.common_session.with_user(public).has_access("read"))

    def test_reserved_and_draft_sessions(self):
        draft = self.make_session(publish=False)
        reserved = self.make_session("custom", reserved_partner_ids=self.other.ids)
        self.assertFalse(draft.with_user(self.secretary).has_access("read"))
        self.assertFalse(reserved.with_user(self.secretary).has_access("read"))
        self.assertTrue(reserved.with_user(self.stranger).has_access("read"))
        half_day = reserved.half_day_ids
        self.assertFalse(half_day.with_user(self.secretary).has_access("read"))
        self.login(self.secretary)
        with mute_logger("odoo.http"):
            self.get(f"/my/formations/{draft.id}", status=404)
            self.get(f"/my/formations/{reserved.id}", status=404)

    def test_routes(self):
        theirs = self.theirs["registration"]
        attestation = self.theirs["attestation"]
        mandate = theirs.agent_id.own_mandate_ids
        half_day = self.common_session.half_day_ids
        reads = (
            f"/my/inscriptions/{theirs.id}",
            f"/my/inscriptions/{theirs.id}/convocation",
            f"/my/inscriptions/{theirs.id}/agenda",
            f"/my/attestations/{attestation.id}",
            f"/formation/emargement/{half_day.id}",
            "/my/inscriptions/99999999",
            "/my/inscriptions/99999999999999",
            "/my/attestations/99999999999999",
            "/formation/emargement/99999999999999",
            "/my/lettres/99999999999999",
            "/my/formations/99999999999999",
        )
        session = self.make_session()
        agent = self.make_agent(self.other)
        writes = (
            (f"/my/inscriptions/{theirs.id}/annuler", {}),
            (f"/my/inscriptions/{theirs.id}/remplacer", {"agent": agent.id}),
            (f"/my/inscriptions/{theirs.id}/accepter", {}),
            (
                f"/my/formations/{session.id}/inscription",
                {"collectivite": self.other.id, "agent": agent.id},
            ),
            ("/my/agents/ajouter", {"collectivite": self.other.id, "name": "X"}),
            (f"/my/agents/{mandate.id}/depart", {}),
            (
                "/my/formations/interets/nouveau",
                {"collectivite": self.other.id, "name": "X"},
            ),
            (
                "/my/formations/demandes/nouveau",
                {"collectivite": self.other.id, "name": "X"},
            ),
            (f"/formation/emargement/{half_day.id}/verrouiller", {}),
        )
        for user in (self.secretary, self.plain_agent):
            self.login(user)
            with mute_logger("odoo.http"):
                for path in reads:
                    with self.subTest(user=user.login, path=path):
                        self.get(path, status=404)
            for path, data in writes:
                with self.subTest(user=user.login, path=path):
                    self.post(path, status=404, **data)
            packed = self.url_open("/my/attestations/zip").content
            with zipfile.ZipFile(io.BytesIO(packed)) as archive:
                self.assertEqual(len(archive.namelist()), 1)
        self.assertFalse(session.registration_ids)
        self.assertFalse(mandate.date_end)
        self.assertEqual(theirs.state, "done")

    def test_an_agent_reads_and_changes_nothing(self):
        session = self.make_session()
        registration = self.register(session, self.commune)
        self.login(self.plain_agent)
        self.get(f"/my/inscriptions/{registration.id}")
        self.post(f"/my/inscriptions/{registration.id}/annuler", status=404)
        self.post(
            f"/my/formations/{session.id}/inscription",
            status=404,
            collectivite=self.commune.id,
            new_name="X",
        )
        self.assertEqual(registration.state, "open")

    def test_anonymous(self):
        """52: nothing for who is not logged in, but the page of a code."""
        for path in (
            "/my/formations",
            f"/my/formations/{self.common_session.id}",
            "/my/inscriptions",
            f"/my/inscriptions/{self.mine['registration'].id}/convocation",
            "/my/attestations/zip",
            f"/my/attestations/{self.mine['attestation'].id}",
            "/my/agents",
            "/my/lettres",
            f"/formation/emargement/{self.common_session.half_day_ids.id}",
        ):
            with self.subTest(path=path):
                self.assertIn("/web/login", self.get(path).url)

    def test_public_verification(self):
        attestation = self.mine["attestation"]
        page = self.get(f"/formation/attestation/{attestation.code}")
        self.assertEqual(page.headers["X-Robots-Tag"], "noindex, nofollow")
        for shown in (attestation.name, attestation.agent_name, attestation.title):
            self.assertIn(shown, page.text)
        content = html.fromstring(page.content).xpath("//div[@id='wrap']")[0]
        self.assertEqual(content.xpath(".//a/@href"), [], "nothing else is linked")
        agent = attestation.agent_id
        for hidden in (agent.email, self.theirs["attestation"].agent_name):
            self.assertNotIn(hidden, page.text)
        spaced = " ".join(attestation.code).lower()
        self.assertIn(
            attestation.name, self.get(f"/formation/attestation?code={spaced}").text
        )
        for wrong in ("A" * 16, "%", attestation.code[:-1], "' OR 1=1"):
            page = self.get(f"/formation/attestation?code={wrong}").text
            self.assertIn("No attestation bears this code", page)
        attestation.sudo().state = "superseded"
        self.assertIn(
            "Replaced", self.get(f"/formation/attestation/{attestation.code}").text
        )

    def test_public_form_of_a_website_creates_nothing(self):
        """52: what Odoo's own public route does on our sessions is refused."""
        session = self.make_session()
        public = self.env.ref("base.public_user")
        with self.assertRefused(ValidationError, "made by the collectivité"):
            # Where there is no website: what its public route does.
            self.env["event.registration"].with_user(public).sudo().create(
                {"event_id": session.id, "name": "Anonyme", "email": "a@example.com"}
            )
        self.assertFalse(session.registration_ids)
        if "website_event" not in self.env.registry._init_modules:
            return
        ordinary = self.env["event.event"].create(
            {
                "name": "Cérémonie",
                "date_begin": f"{self.year}-03-01 08:00:00",
                "date_end": f"{self.year}-03-01 12:00:00",
                "event_mail_ids": [],
            }
        )
        ordinary.event_mail_ids.unlink()
        session.question_ids = ordinary.question_ids
        (session | ordinary).website_published = True
        self.authenticate(None, None)
        for event, created in ((ordinary, 1), (session, 0)):
            form = {
                f"1-{question.question_type}-{question.id}": "a@example.com"
                for question in event.question_ids
            }
            with mute_logger("odoo.http", "odoo.sql_db"):
                self.url_open(
                    f"/event/{event.id}/registration/confirm",
                    {
                        "csrf_token": http.Request.csrf_token(self),
                        "1-event_ticket_id": "0",
                        **form,
                    },
                )
            self.assertEqual(len(event.registration_ids), created, event.name)


@tagged("post_install", "-at_install")
class TestPages(PortalTrainingCase):
    def pages(self, registration):
        return (
            "/my",
            "/my/formations",
            f"/my/formations/{registration.event_id.id}",
            "/my/inscriptions",
            f"/my/inscriptions/{registration.id}",
            "/my/attestations",
            "/my/agents",
            f"/my/formations/bilan?annee={self.year}",
            "/my/formations/demandes",
            "/my/lettres",
            "/formation/attestation",
        )

    def test_every_page(self):
        """62: one h1, labels, alternatives, captions, the language of the page."""
        registration = self.register(self.make_session(), self.commune)
        self.login(self.shared)
        for path in self.pages(registration):
            with self.subTest(path=path):
                page = html.fromstring(self.get(path).content)
                self.assertEqual(len(page.xpath("//h1")), 1)
                self.assertEqual(page.xpath("/html/@lang"), ["en-US"])
                self.assertFalse(page.xpath("//img[not(@alt)]"))
                ids = page.xpath("//*[@id]/@id")
                self.assertEqual(len(ids), len(set(ids)), "ids are unique")
                for table in page.xpath("//main//table"):
                    self.assertTrue(table.xpath("./caption"))
                    self.assertFalse(table.xpath(".//th[not(@scope)]"))
                for field in page.xpath(
                    "//div[@id='wrap']//*[self::input or self::select or "
                    "self::textarea][not(@type='hidden')]"
                ):
                    named = field.get("aria-label") or page.xpath(
                        "//label[@for=$id]", id=field.get("id") or ""
                    )
                    self.assertTrue(named, f"{path}: {field.get('name')}")

    def count(self, path):
        self.url_open(path)
        before = sql_db.sql_counter
        response = self.url_open(path)
        self.assertEqual(response.status_code, 200)
        return sql_db.sql_counter - before, response.text

    def test_same_queries_for_5_and_50(self):
        """66: catalogue, registrations and matrix."""
        commune = self.make_member("Commune nombreuse")
        user = self.portal_user("secretary_many", commune)
        self.login(user)
        one_page = patch.object(CustomerPortal, "_items_per_page", 80)
        one_page.start()
        self.addCleanup(one_page.stop)

        def add(first, last):
            for _number in range(first, last):
                session = self.make_session("workshop", name="Atelier nombreux")
                self.register(session, commune)
            self.env.flush_all()

        paths = (
            f"/my/formations?collectivite={commune.id}",
            "/my/inscriptions",
            f"/my/formations/bilan?annee={self.year}",
        )
        add(0, 5)
        few = {path: self.count(path)[0] for path in paths}
        add(5, 50)
        for path in paths:
            with self.subTest(path=path):
                queries, text = self.count(path)
                self.assertGreaterEqual(text.count("Atelier nombreux"), 50)
                self.assertEqual(queries, few[path])
