# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What nobody else sees, by any route: records, pages, documents, anonymous."""

import io
import zipfile
from datetime import date

from lxml import html

from odoo import http
from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger

from .portal_common import PASSWORD, PortalTrainingCase


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
        for record in (draft, reserved, reserved.half_day_ids):
            for user in (self.secretary, self.stranger):
                self.assertFalse(record.with_user(user).has_access("read"))
        self.login(self.stranger)
        self.get(f"/my/formations/{reserved.id}")
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
            if user == self.plain_agent:
                self.assertNotIn(self.mine["attestation"].name.encode(), packed)
                continue
            with zipfile.ZipFile(io.BytesIO(packed)) as archive:
                self.assertEqual(len(archive.namelist()), 1)
        self.assertFalse(session.registration_ids)
        self.assertFalse(mandate.date_end)
        self.assertEqual(theirs.state, "done")

    def test_tickets_of_odoo(self):
        """55: Odoo's page of tickets opens with the hash of these very registrations,
        which nobody makes from the hash of one's own."""
        session = self.common_session
        mine, theirs = self.mine["registration"].id, self.theirs["registration"].id
        own_hash = session._get_tickets_access_hash([mine])
        path = f"/event/{session.id}/my_tickets?responsive_html=1"
        opened = self.get(f"{path}&registration_ids=[{mine}]&tickets_hash={own_hash}")
        self.assertIn(self.mine["registration"].name, opened.text, "negative control")
        for user in (self.secretary, None):
            if user:
                self.login(user)
            else:
                self.authenticate(None, None)
            for ids in ([theirs], [mine, theirs]):
                for tickets_hash in (own_hash, "", "0" * 64):
                    with self.subTest(ids=ids, hash=tickets_hash):
                        self.get(
                            f"{path}&registration_ids={ids}&tickets_hash={tickets_hash}",
                            status=404,
                        )
        with self.assertRaises(AccessError):
            call_kw(
                session.with_user(self.secretary),
                "_get_tickets_access_hash",
                [session.ids, [theirs]],
                {},
            )

    def test_an_employee_previews(self):
        """56: the centre de gestion sees the pages and acts there for nobody."""
        session = self.make_session()
        registration = self.register(session, self.commune)
        pages = (
            "/my",
            "/my/formations",
            f"/my/formations/{session.id}",
            "/my/inscriptions",
            f"/my/inscriptions/{registration.id}",
            "/my/attestations",
            "/my/agents",
            "/my/formations/bilan",
            "/my/formations/demandes",
            "/my/lettres",
        )
        plain = self.user_employee
        for user in (self.organiser, self.trainer, plain):
            user.password = PASSWORD
            self.login(user)
            for path in pages:
                with self.subTest(user=user.login, path=path), mute_logger("odoo.http"):
                    response = self.url_open(path)
                    # A colleague without any part in trainings has no event to read.
                    allowed = {200} if user != plain else {200, 403, 404}
                    self.assertIn(response.status_code, allowed)
                    self.assertNotIn(
                        'type="submit" class="btn btn-danger', response.text
                    )
            for path, data in (
                (
                    f"/my/formations/{session.id}/inscription",
                    {"collectivite": self.commune.id, "new_name": "X"},
                ),
                (f"/my/inscriptions/{registration.id}/annuler", {}),
                (
                    "/my/formations/interets/nouveau",
                    {"collectivite": self.commune.id, "name": "X"},
                ),
            ):
                with mute_logger("odoo.http"):
                    response = self.url_open(
                        path, {"csrf_token": http.Request.csrf_token(self), **data}
                    )
                self.assertIn(response.status_code, (403, 404), path)
        self.assertEqual(session.registration_ids, registration)
        self.assertEqual(registration.state, "open")

    def test_an_agent_reads_their_own_and_changes_nothing(self):
        """R20: neither the registration of a colleague, nor a price."""
        session = self.make_session()
        colleague = self.register(session, self.commune)
        registration = self.register(session, self.commune, self.plain_agent.partner_id)
        self.login(self.plain_agent)
        page = self.get(f"/my/inscriptions/{registration.id}").text
        self.assertNotIn(registration.offer_sentence, page)
        listed = self.get("/my/inscriptions").text
        self.assertIn(registration.name, listed)
        for text in (listed, self.get(f"/my/formations/{session.id}").text):
            self.assertNotIn(colleague.name, text)
        with mute_logger("odoo.http"):
            self.get(f"/my/inscriptions/{colleague.id}", status=404)
        self.assertNotIn(colleague.agent_id.name, self.get("/my/agents").text)
        self.assertNotIn(colleague.agent_id.name, self.get("/my/formations/bilan").text)
        self.post(f"/my/inscriptions/{registration.id}/annuler", status=404)
        self.post(
            f"/my/formations/{session.id}/inscription",
            status=404,
            collectivite=self.commune.id,
            new_name="X",
        )
        self.assertEqual(registration.state, "open")
        # A setting gives agents more.
        self.env.company.cdg47_agents_follow_all = True
        self.get(f"/my/inscriptions/{colleague.id}")

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
