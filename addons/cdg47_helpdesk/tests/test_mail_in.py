# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Mails as people and machines send them, each with what becomes of it."""

from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.cdg47_helpdesk.lib.incoming_mail import forwarded_from

from .common import HelpdeskCase

SECRETARY = "Mairie A <mairie.a@collectivite47.fr>"
SHARED = "Secrétariat <partagee@collectivite47.fr>"
STRANGER = "inconnu@collectivite47.fr"
SOFTWARE = "assistance-logiciels@mails.example.com"
TECHNOLOGY = "assistance-technique@mails.example.com"
TEXT = (
    "Content-Type: text/plain; charset=utf-8\n\nBonjour, le logiciel ne s'ouvre plus."
)


def raw(key, sender=SECRETARY, to=SOFTWARE, subject="Panne", body=TEXT, headers=""):
    """Return the bytes of a mail; the body begins with its own headers."""
    head = f"Message-ID: <{key}@ex.test>\nDate: Mon, 15 Jun 2026 09:00:00 +0200\n"
    head += f"From: {sender}\nTo: {to}\nSubject: {subject}\nMIME-Version: 1.0\n"
    head += headers and headers.strip() + "\n"
    return head.encode() + (body if isinstance(body, bytes) else body.encode())


def report(kind, part):
    return (
        f'Content-Type: multipart/report; report-type={kind}; boundary="b"\n\n'
        "--b\nContent-Type: text/plain; charset=utf-8\n\nVotre message a été lu.\n"
        f"--b\nContent-Type: message/{part}\n\n"
        "Original-Message-ID: <x@ex.test>\n--b--\n"
    )


CALENDAR = (
    'Content-Type: multipart/alternative; boundary="b"\n\n'
    "--b\nContent-Type: text/plain; charset=utf-8\n\nAccepté\n"
    "--b\nContent-Type: text/calendar; method=REPLY; charset=utf-8\n\n"
    "BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR\n--b--\n"
)
# Nobody wrote these: no request, no receipt, no mail at all.
ROBOTS = {
    "RFC 3834": {"headers": "Auto-Submitted: auto-replied"},
    "RFC 3834, generated": {"headers": "Auto-Submitted: auto-generated; type=x"},
    "Outlook, French": {"subject": "Réponse automatique : Panne"},
    "Outlook, English": {"subject": "Automatic reply: Panne"},
    "Outlook, old": {"subject": "Absence du bureau : Panne"},
    "Exchange": {
        "subject": "Réponse automatique : Panne",
        "headers": "X-Auto-Response-Suppress: All\nAuto-Submitted: auto-generated",
    },
    "Gmail": {"headers": "X-Autoreply: yes\nPrecedence: bulk"},
    "Zimbra": {"headers": "Auto-Submitted: auto-replied (zimbra; vacation)"},
    "Out of office": {"subject": "Out of Office: Panne"},
    "Vacation": {"headers": "X-Autorespond: Panne"},
    "Newsletter": {"headers": "List-Unsubscribe: <mailto:stop@ex.test>"},
    "List": {"headers": "List-Id: <maires.ex.test>\nPrecedence: list"},
    "Bulk": {"headers": "Precedence: bulk"},
    "Junk": {"headers": "Precedence: junk"},
    "Empty return path": {"headers": "Return-Path: <>"},
    "No reply": {"sender": "Portail <no-reply@ex.test>"},
    "Ne pas répondre": {"sender": "nepasrepondre@ex.test"},
    "Postmaster": {"sender": "postmaster@ex.test"},
    "Mailer daemon": {"sender": "MAILER-DAEMON@ex.test"},
    "Bounce": {"body": report("delivery-status", "delivery-status")},
    "Read receipt": {
        "body": report("disposition-notification", "disposition-notification")
    },
    "Calendar": {"body": CALENDAR, "subject": "Accepté : visite"},
}
LATIN = "Bonjour, la paye est bloquée à l'étape dernière."
HTML = (
    "Content-Type: text/html; charset=utf-8\n\n"
    "<html><body><p>La paye est <b>bloquée</b> à l'étape.</p></body></html>"
)
ALTERNATIVE = (
    'Content-Type: multipart/alternative; boundary="b"\n\n'
    "--b\nContent-Type: text/plain; charset=utf-8\n\nLa paye est bloquée à l'étape.\n"
    "--b\nContent-Type: text/html; charset=utf-8\n\n"
    "<p>La paye est bloquée à l'étape.</p>\n--b--\n"
)
# What people write, whatever their client: a request that says « bloquée ».
WRITTEN = {
    "utf-8": "Content-Type: text/plain; charset=utf-8\n\n" + LATIN,
    "iso-8859-1": b"Content-Type: text/plain; charset=iso-8859-1\n"
    b"Content-Transfer-Encoding: 8bit\n\n" + LATIN.encode("latin-1"),
    "windows-1252": b"Content-Type: text/plain; charset=windows-1252\n"
    b"Content-Transfer-Encoding: 8bit\n\n" + LATIN.encode("cp1252"),
    "iso-8859-15": b"Content-Type: text/plain; charset=iso-8859-15\n"
    b"Content-Transfer-Encoding: 8bit\n\n" + LATIN.encode("iso-8859-15"),
    "undeclared Windows": b"Content-Type: text/plain\n"
    b"Content-Transfer-Encoding: 8bit\n\n" + LATIN.encode("cp1252"),
    "undeclared UTF-8": b"Content-Type: text/plain\n"
    b"Content-Transfer-Encoding: 8bit\n\n" + LATIN.encode(),
    "no content type": b"Content-Transfer-Encoding: 8bit\n\n" + LATIN.encode("cp1252"),
    "unknown charset": b"Content-Type: text/plain; charset=x-inconnu\n"
    b"Content-Transfer-Encoding: 8bit\n\n" + LATIN.encode("cp1252"),
    "quoted printable": "Content-Type: text/plain; charset=iso-8859-1\n"
    "Content-Transfer-Encoding: quoted-printable\n\nLa paye est bloqu=E9e.",
    "base64": "Content-Type: text/plain; charset=utf-8\n"
    "Content-Transfer-Encoding: base64\n\nTGEgcGF5ZSBlc3QgYmxvcXXDqWUu",
    "HTML only": HTML,
    "HTML undeclared": HTML.replace("; charset=utf-8", "").encode("cp1252"),
    "alternative": ALTERNATIVE,
    "Outlook": ALTERNATIVE,
}
HEADERS = {
    "Outlook": "X-Mailer: Microsoft Outlook 16.0\nThread-Index: AdYx\n"
    "X-Auto-Response-Suppress: DR",
    "no robot": "Auto-Submitted: no",
    "urgent": "X-Priority: 1 (Highest)\nImportance: High",
}


@tagged("post_install", "-at_install")
class TestMailIn(HelpdeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        domain = cls.env["mail.alias.domain"].create({"name": "mails.example.com"})
        cls.env.company.alias_domain_id = domain
        cls.software = cls.env.ref("cdg47_helpdesk.team_software")
        cls.technology = cls.env.ref("cdg47_helpdesk.team_technology")
        (cls.software | cls.technology).alias_id.alias_domain_id = domain
        cls.other = cls.make_commune(300, name="Saint-Sylvestre-sur-Lot")
        cls.commune.name = "Agmé"
        cls.secretary = cls.make_contact(email="mairie.a@collectivite47.fr")
        cls.make_mandate(cls.secretary, cls.commune)
        cls.shared = cls.make_contact(email="partagee@collectivite47.fr")
        for commune in cls.commune | cls.other:
            cls.make_mandate(cls.shared, commune)

    def receive(self, *args, **kwargs):
        """Return the requests that a mail makes."""
        tickets = self.env["helpdesk.ticket"]
        known = tickets.search([])
        self.env["mail.thread"].message_process(False, raw(*args, **kwargs))
        return tickets.search([]) - known

    def mails(self, ticket):
        return self.env["mail.mail"].search(
            [("model", "=", "helpdesk.ticket"), ("res_id", "=", ticket.id)]
        )

    def finished(self, **values):
        ticket = self.make_ticket(
            partner_id=self.secretary.id, team_id=self.software.id, **values
        )
        ticket.stage_id = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        return ticket

    # === New requests ===
    def test_robots_are_not_answered(self):
        for name, values in ROBOTS.items():
            with self.subTest(name):
                sent = self.env["mail.mail"].search_count([])
                self.assertFalse(self.receive(name.replace(" ", "-"), **values))
                self.assertEqual(self.env["mail.mail"].search_count([]), sent)

    def test_what_people_write_is_read(self):
        for name, body in WRITTEN.items():
            with self.subTest(name):
                ticket = self.receive(name.replace(" ", "-"), body=body)
                self.assertEqual(len(ticket), 1)
                self.assertIn("bloquée", ticket.description)
                written = ticket.message_ids.filtered(
                    lambda message: message.message_type == "email"
                )
                self.assertIn("bloquée", written.body)
                self.assertEqual(ticket.collectivite_id, self.commune)
        for name, headers in HEADERS.items():
            with self.subTest(name):
                self.assertEqual(len(self.receive(f"h-{name}", headers=headers)), 1)

    def test_sorted_by_the_alias(self):
        for address, team in ((SOFTWARE, self.software), (TECHNOLOGY, self.technology)):
            with self.subTest(address):
                ticket = self.receive(f"alias{team.id}", to=address)
                self.assertEqual(ticket.team_id, team)
                self.assertEqual(ticket.category_id.cdg47_team_id, team)
                self.assertTrue(ticket.service_id)
                self.assertEqual(
                    ticket.channel_id,
                    self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_email"),
                )

    def test_two_aliases_make_one_request(self):
        for names in ((SOFTWARE, TECHNOLOGY), (TECHNOLOGY, SOFTWARE)):
            with self.subTest(names):
                ticket = self.receive(f"two-{names[0]}", to=", ".join(names))
                self.assertEqual(len(ticket), 1)
                self.assertIn(names[0].partition("@")[0], ticket.team_id.alias_name)

    def test_nobody_is_in_charge(self):
        """Not even where new requests go to who makes them: it is the customer."""
        self.env.company.helpdesk_mgmt_ticket_auto_assign = True
        self.env["res.users"].create(
            {
                "name": self.secretary.name,
                "login": "mairie.a@collectivite47.fr",
                "partner_id": self.secretary.id,
                "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)],
            }
        )
        ticket = self.receive("charge")
        self.assertEqual(len(ticket), 1)
        self.assertFalse(ticket.user_id)

    def test_the_receipt_says_that_it_is_automatic(self):
        ticket = self.receive("receipt")
        receipt = self.mails(ticket)
        self.assertIn(ticket.number, receipt.subject)
        self.assertIn("auto-generated", receipt.headers)
        self.assertIn(SOFTWARE, receipt.reply_to)

    def test_an_unknown_sender_is_answered_and_sorted(self):
        ticket = self.receive("unknown", STRANGER)
        self.assertTrue(ticket.needs_triage)
        receipt = self.mails(ticket)
        self.assertEqual(receipt.email_to, STRANGER)
        self.assertIn(ticket.number, receipt.subject)
        self.assertNotIn(self.commune.name, receipt.body_html)

    def test_where_french_is_not_installed(self):
        """Whoever writes is answered, in a language that is there."""
        self.env["res.lang"]._activate_lang("en_US")
        languages = type(self.env["res.lang"])
        with patch.object(languages, "get_installed", lambda _self: [("en_US", "")]):
            ticket = self.receive("no-french", sender=STRANGER)
        self.assertIn("received", self.mails(ticket).body_html)

    def test_forwarded_by_one_of_us(self):
        self.technician.email = "technicien@cdg.example.com"
        forwarded = (
            "Content-Type: text/plain; charset=utf-8\n\nPour toi.\n\n"
            "---------- Message transféré ----------\n"
            f"De : {SECRETARY}\nDate : lundi\nObjet : Panne\n\nLa paye est bloquée."
        )
        ticket = self.receive(
            "forward", "technicien@cdg.example.com", subject="TR: Panne", body=forwarded
        )
        self.assertEqual(ticket.partner_id, self.secretary)
        self.assertEqual(ticket.collectivite_id, self.commune)
        plain = self.receive("own", "technicien@cdg.example.com", body=forwarded)
        self.assertFalse(plain.collectivite_id)
        stranger = self.receive("forged", STRANGER, subject="TR: Panne", body=forwarded)
        self.assertFalse(stranger.collectivite_id)

    def test_who_wrote_what_is_forwarded(self):
        for line, wanted in (
            ("De : Mairie A <a@ex.fr>", ("Mairie A", "a@ex.fr")),
            ("From: Mairie A <a@ex.fr>", ("Mairie A", "a@ex.fr")),
            ("*De :* Mairie A [mailto:a@ex.fr]", ("Mairie A", "a@ex.fr")),
            ("> De: a@ex.fr", ("", "a@ex.fr")),
            ("De nos jours, a@ex.fr", ("", "")),
        ):
            with self.subTest(line):
                self.assertEqual(forwarded_from("Fwd: x", f"Bonjour\n{line}\n"), wanted)

    def test_inline_images_are_kept(self):
        pixel = (
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
            "YPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
        )
        body = (
            'Content-Type: multipart/related; boundary="b"\n\n'
            "--b\nContent-Type: text/html; charset=utf-8\n\n"
            '<p>Voyez : <img src="cid:image1"></p>\n'
            '--b\nContent-Type: image/png; name="e.png"\nContent-ID: <image1>\n'
            'Content-Disposition: inline; filename="e.png"\n'
            f"Content-Transfer-Encoding: base64\n\n{pixel}\n--b--\n"
        )
        ticket = self.receive("image", body=body)
        self.assertNotIn("cid:", ticket.description)
        self.assertIn("/web/image/", ticket.description)

    # === Answers ===
    def test_a_number_in_the_subject_joins(self):
        ticket = self.make_ticket(partner_id=self.secretary.id)
        for subject in (
            f"RE: [{ticket.number}] Panne",
            f"Re: Demande {ticket.number} reçue",
            f"TR : {ticket.number}",
        ):
            with self.subTest(subject):
                count = len(ticket.message_ids)
                self.assertFalse(self.receive(subject[:6], subject=subject))
                self.assertEqual(len(ticket.message_ids), count + 1)
        new = self.receive("not-his", STRANGER, subject=f"RE: [{ticket.number}]")
        self.assertEqual(len(new), 1)
        self.assertNotEqual(new, ticket)

    def test_an_answer_reopens(self):
        ticket = self.finished()
        ticket.user_id = self.technician
        self.receive("again", subject=f"RE: {ticket.number}")
        self.assertEqual(ticket.public_state, "in_progress")
        self.assertEqual(ticket.activity_ids.user_id, self.technician)

    def test_an_answer_tells_the_team_where_nobody_is_in_charge(self):
        self.software.user_ids = self.technician
        ticket = self.finished(user_id=False)
        self.receive("team", subject=f"RE: {ticket.number}")
        self.assertEqual(ticket.activity_ids.user_id, self.technician)

    def test_a_robot_reopens_nothing(self):
        ticket = self.finished()
        count = len(ticket.message_ids)
        self.assertFalse(
            self.receive(
                "robot",
                subject=f"RE: {ticket.number}",
                headers="Auto-Submitted: auto-replied",
            )
        )
        self.assertTrue(ticket.closed)
        self.assertFalse(ticket.activity_ids)
        self.assertEqual(len(ticket.message_ids), count + 1)
        self.assertTrue(ticket.message_ids[0].is_internal)

    def test_too_late_is_a_new_request(self):
        ticket = self.finished()
        ticket.closed_date = "2026-01-01"
        new = self.receive("late", subject=f"RE: {ticket.number}")
        self.assertEqual(len(new), 1)
        self.assertTrue(ticket.closed)

    def test_an_answer_in_the_portal_reopens_too(self):
        ticket = self.finished()
        ticket.message_post(
            body="Ça recommence.",
            author_id=self.secretary.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertFalse(ticket.closed)

    def test_a_word_of_the_cdg_reopens_nothing(self):
        ticket = self.finished()
        ticket.with_user(self.technician).message_post(
            body="Pour mémoire.",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertTrue(ticket.closed)

    def test_an_awaited_answer_goes_on(self):
        ticket = self.make_ticket(partner_id=self.secretary.id)
        ticket.stage_id = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_awaiting")
        self.receive("awaited", subject=f"RE: {ticket.number}")
        self.assertEqual(ticket.public_state, "in_progress")

    def test_the_collectivite_named_in_an_answer(self):
        for key, said, wanted in (
            ("accents", "C'est pour Agme, merci.", "Agmé"),
            ("case", "pour SAINT-SYLVESTRE-SUR-LOT", "Saint-Sylvestre-sur-Lot"),
            ("both", "Agmé et Saint-Sylvestre-sur-Lot", False),
            ("none", "Je ne sais pas.", False),
        ):
            with self.subTest(key):
                ticket = self.receive(key, SHARED)
                self.assertFalse(ticket.collectivite_id)
                question = self.mails(ticket)
                self.assertEqual(len(question), 1)
                quoted = "\n> Agmé, Saint-Sylvestre-sur-Lot"
                self.receive(
                    f"{key}-answer",
                    SHARED,
                    subject="Re: pour quelle collectivité ?",
                    headers=f"References: {question.message_id}",
                    body="Content-Type: text/plain; charset=utf-8\n\n"
                    f"{said}\n\nLe 15 juin 2026, le CDG a écrit :{quoted}\n",
                )
                self.assertEqual(ticket.collectivite_id.name, wanted)

    # === Too many, or from nobody ===
    def test_sixty_mails_of_one_sender_are_held(self):
        made = self.env["helpdesk.ticket"]
        for number in range(60):
            made |= self.receive(f"many-{number}", subject=f"Panne {number}")
        self.assertEqual(len(made), 20)
        last = made.sorted("id")[-1]
        held = last.message_ids.filtered(
            lambda message: message.message_type == "email" and message.is_internal
        )
        self.assertEqual(len(held), 40)
        self.assertIn("Panne 59", held.mapped("subject"))
        self.assertEqual(len(made.activity_ids), 1)
        self.assertIn("mairie.a@collectivite47.fr", made.activity_ids.summary)
        # Somebody else goes on being heard.
        self.assertTrue(self.receive("other", sender=SHARED))

    def test_held_no_longer_once_time_has_passed(self):
        self.env["ir.config_parameter"].set_param("mail.gateway.loop.threshold", 2)
        made = self.receive("one") | self.receive("two")
        self.assertFalse(self.receive("three"))
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE helpdesk_ticket SET create_date = create_date - interval '3 hours'"
            " WHERE id IN %s",
            [tuple(made.ids)],
        )
        self.assertTrue(self.receive("four"))

    def test_a_mail_without_a_sender_goes_to_triage(self):
        for number, sender in enumerate(("", "<>", "Secrétariat", "undisclosed;")):
            with self.subTest(sender=sender):
                ticket = self.receive(f"nobody-{number}", sender=sender)
                self.assertEqual(len(ticket), 1)
                self.assertFalse(ticket.collectivite_id)
                self.assertFalse(
                    self.env["mail.mail"].search([("res_id", "=", ticket.id)])
                )
