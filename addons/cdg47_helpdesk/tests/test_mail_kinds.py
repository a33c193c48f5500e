# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Mails in the shape of each client: Outlook, Gmail, Zimbra, Thunderbird."""

import base64

from odoo.tests import tagged

from .common import HelpdeskCase
from .test_mail_in import SECRETARY, SOFTWARE, TEXT, raw

US = "technicien@cdg.example.com"
ADDRESS = "mairie.a@collectivite47.fr"
SAID = "La paye est bloquée."


def text(said, charset="utf-8", declared=True, encoding="8bit"):
    """Return a body of plain text; what is declared may be false."""
    kind = f"; charset={charset if declared is True else declared}" if declared else ""
    head = f"Content-Type: text/plain{kind}\nContent-Transfer-Encoding: {encoding}\n\n"
    return head.encode() + said.encode(charset)


def page(said, charset="utf-8", declared=True):
    kind = f"; charset={charset}" if declared else ""
    head = f"Content-Type: text/html{kind}\nContent-Transfer-Encoding: 8bit\n\n"
    return head.encode() + said.encode(charset)


def receipt(said, notice="MDN-sent-automatically; displayed"):
    """Return a read receipt, as RFC 8098 wants it."""
    return (
        "Content-Type: multipart/report; report-type=disposition-notification;\n"
        ' boundary="r"\n\n'
        f"--r\nContent-Type: text/plain; charset=utf-8\n\n{said}\n"
        "--r\nContent-Type: message/disposition-notification\n\n"
        f"Final-Recipient: rfc822;{ADDRESS}\nOriginal-Message-ID: <x@ex.test>\n"
        f"Disposition: automatic-action/{notice}\n--r--\n"
    )


def agenda(method, header="", attached=False):
    """Return a mail of a calendar; some say its method in the calendar alone."""
    kind = 'application/ics; name="invite.ics"' if attached else "text/calendar"
    return (
        'Content-Type: multipart/mixed; boundary="c"\n\n'
        f"--c\nContent-Type: text/plain; charset=utf-8\n\n{SAID}\n"
        f"--c\nContent-Type: {kind}; charset=utf-8{header}\n\n"
        f"BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:{method}\nBEGIN:VEVENT\nUID:1\n"
        "DTSTART:20260615T080000Z\nEND:VEVENT\nEND:VCALENDAR\n--c--\n"
    )


# Nobody wrote these: neither a request nor an answer comes of them.
ROBOTS = {
    "Outlook absence, encoded subject": {
        "subject": "=?utf-8?Q?R=C3=A9ponse_automatique_=3A_Panne?=",
        "headers": "X-Auto-Response-Suppress: All",
    },
    "Outlook absence, English": {
        "subject": "Automatic reply: Panne",
        "headers": "X-MS-Exchange-Inbox-Rules-Loop: mairie.a@collectivite47.fr",
    },
    "Outlook absence, 2010": {"subject": "Absence du bureau: Panne"},
    "Gmail absence, French": {
        "subject": "En congés Re: Panne",
        "headers": "Precedence: bulk\nX-Autoreply: yes\nAuto-Submitted: auto-replied",
    },
    "Gmail absence, English": {
        "subject": "On leave Re: Panne",
        "headers": "Auto-Submitted: auto-replied\nPrecedence: bulk",
    },
    "Zimbra absence": {
        "subject": "Absence",
        "headers": "Auto-Submitted: auto-replied (zimbra; vacation)\nPrecedence: bulk",
    },
    "Zimbra absence, no header": {"subject": "Out of Office: Panne"},
    "Thunderbird absence, by a filter": {
        "subject": "Message d'absence",
        "headers": "X-Mozilla-Draft-Info: internal/draft",
    },
    "Sieve absence": {
        "subject": "Auto: Panne",
        "headers": "Auto-Submitted: auto-replied (vacation)",
    },
    "Absent, curly apostrophe": {
        "subject": "Message d\N{RIGHT SINGLE QUOTATION MARK}absence"
    },
    "Absent of the office": {"subject": "Absent(e) du bureau : Panne"},
    "Absent, automatic message": {"subject": "Message automatique : je suis absente"},
    "Absent, notification": {"subject": "Notification d'absence"},
    "Autoresponder": {"headers": "X-Mail-Autoreply: true"},
    "Outlook receipt": {"subject": "Lu : Panne", "body": receipt("Votre message")},
    "Outlook receipt, not read": {
        "subject": "Non lu : Panne",
        "body": receipt("a été supprimé", "MDN-sent-automatically; deleted"),
    },
    "Outlook receipt, no report": {"subject": "Lu : Panne"},
    "Outlook receipt, English, no report": {"subject": "Read: Panne"},
    "Gmail receipt": {"subject": "Lu : Panne", "body": receipt("Votre message, lu le")},
    "Zimbra receipt": {"subject": "Lu: Panne", "body": receipt("Le message envoyé")},
    "Thunderbird receipt": {
        "subject": "Accusé de réception (affiché) - Panne",
        "body": receipt("Ceci est un accusé de réception"),
    },
    "Thunderbird receipt, no report": {
        "subject": "Accusé de réception (affiché) - Panne"
    },
    "Thunderbird receipt, English, no report": {
        "subject": "Return Receipt (displayed) - Panne"
    },
    "Outlook accepts a visit": {
        "subject": "Accepté : visite",
        "body": agenda("REPLY", "; method=REPLY"),
    },
    "Gmail declines a visit": {
        "subject": "Refusé : visite",
        "body": agenda("REPLY", '; method="REPLY"'),
    },
    "Zimbra accepts, method within": {
        "subject": "Accept: visite",
        "body": agenda("REPLY"),
    },
    "Thunderbird accepts, attached": {
        "subject": "Réponse à l'invitation : Accepté",
        "body": agenda("REPLY", attached=True),
    },
    "Outlook proposes another time": {
        "subject": "Nouvelle heure proposée : visite",
        "body": agenda("COUNTER", "; method=COUNTER"),
    },
}
# A person wrote these, though they look like a machine's.
WRITTEN = {
    "an absence of network": {"subject": "Absence de réseau", "body": text(SAID)},
    "a receipt that lacks": {
        "subject": "Accusé de réception de la préfecture non reçu",
        "body": text(SAID),
    },
    "an answer that goes by itself": {
        "subject": "Réponse automatique de la messagerie à changer",
        "body": text(SAID),
    },
    "an absence to be set": {
        "subject": "Message d'absence à programmer",
        "body": text(SAID),
    },
    "read in a word": {"subject": "Lutte contre les virus", "body": text(SAID)},
    "invited to a visit": {
        "subject": "Invitation : visite",
        "body": agenda("REQUEST", "; method=REQUEST"),
    },
    "windows-1252, undeclared": {"body": text(SAID, "cp1252", declared=False)},
    "said to be ASCII": {"body": text(SAID, "cp1252", declared="us-ascii")},
    "said to be UTF-8": {"body": text(SAID, "cp1252", declared="utf-8")},
    "said to be Latin, is UTF-8": {"body": text(SAID, declared="us-ascii")},
    "HTML only, Latin": {"body": page(f"<p>{SAID}</p>", "iso-8859-1")},
    "HTML only, undeclared": {"body": page(f"<p>{SAID}</p>", "cp1252", declared=False)},
    "HTML only, Outlook": {
        "body": page(
            '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>'
            "p.MsoNormal {margin:0cm}</style></head><body><div class=WordSection1>"
            f"<p class=MsoNormal>{SAID}<o:p></o:p></p></div></body></html>",
            "cp1252",
        )
    },
    "Zimbra, English": {"headers": "X-Mailer: Zimbra 9.0 (ZimbraWebClient)"},
    "Thunderbird": {"headers": "User-Agent: Mozilla Thunderbird\nContent-Language: fr"},
    "a receipt asked for": {
        "headers": f"Disposition-Notification-To: {SECRETARY}\n"
        f"Return-Receipt-To: {SECRETARY}"
    },
}
LINK = f'<a href="mailto:{ADDRESS}">{ADDRESS}</a>'
ATTACHED = (
    'Content-Type: multipart/mixed; boundary="f"\n\n'
    "--f\nContent-Type: text/plain; charset=utf-8\n\nPour toi.\n"
    '--f\nContent-Type: message/rfc822; name="Panne.eml"\n'
    'Content-Disposition: attachment; filename="Panne.eml"\n\n'
    f"From: {SECRETARY}\nTo: {US}\nSubject: Panne\nMessage-ID: <inner@ex.test>\n"
    f"Content-Type: text/plain; charset=utf-8\n\n{SAID}\n--f--\n"
)
# One of us sent these on: they are of who wrote first.
FORWARDED = {
    "Outlook, French": (
        "TR: Panne",
        page(
            "<p>Pour toi.</p><div style='border-top:solid'><p class=MsoNormal>"
            f"<b>De&nbsp;:</b> Mairie A &lt;{ADDRESS}&gt;<br><b>Envoyé&nbsp;:</b> lundi"
            f" 15 juin 2026 09:00<br><b>À&nbsp;:</b> CDG &lt;{US}&gt;<br>"
            f"<b>Objet&nbsp;:</b> Panne</p></div><p>{SAID}</p>"
        ),
    ),
    "Outlook, English": (
        "FW: Panne",
        text(
            f"For you.\n\nFrom: Mairie A [mailto:{ADDRESS}]\nSent: Monday, June 15"
            f" 2026 9:00 AM\nTo: CDG <{US}>\nSubject: Panne\n\n{SAID}"
        ),
    ),
    "Outlook, plain": (
        "TR : Panne",
        text(
            "Pour toi.\n\n-----Message d'origine-----\n"
            f"De : Mairie A <{ADDRESS}> \nEnvoyé : lundi\nÀ : CDG\n"
            f"Objet : Panne\n\n{SAID}",
            "cp1252",
        ),
    ),
    "Gmail, French": (
        "Fwd: Panne",
        page(
            '<div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
            "---------- Forwarded message ---------<br>De : "
            '<strong class="gmail_sendername" dir="auto">Mairie A</strong> '
            f'<span dir="auto">&lt;{LINK}&gt;</span><br>Date: lun. 15 juin 2026<br>'
            f"Subject: Panne<br>To: &lt;{US}&gt;<br></div><p>{SAID}</p></div>"
        ),
    ),
    "Gmail, English": (
        "Fwd: Panne",
        text(
            "---------- Forwarded message ---------\n"
            f"From: Mairie A <{ADDRESS}>\nDate: Mon, Jun 15, 2026\n"
            f"Subject: Panne\nTo: <{US}>\n\n{SAID}"
        ),
    ),
    "Zimbra": (
        "Fwd: Panne",
        page(
            '<div>----- Mail transféré -----<br><b>De: </b>"Mairie A" '
            f'&lt;{ADDRESS}&gt;<br><b>À: </b>"CDG" &lt;{US}&gt;<br>'
            f"<b>Envoyé: </b>Lundi 15 Juin 2026<br><b>Objet: </b>Panne</div>"
            f"<p>{SAID}</p>"
        ),
    ),
    "Thunderbird": (
        "Fwd: Panne",
        page(
            "<p>Pour toi.</p><div class='moz-forward-container'>"
            "-------- Message transféré --------<table class='moz-email-headers-table'>"
            "<tbody><tr><th>Sujet : </th><td>Panne</td></tr>"
            "<tr><th>Date : </th><td>Mon, 15 Jun 2026</td></tr>"
            f"<tr><th nowrap>De : </th><td>Mairie A {LINK.replace('>m', '>&lt;m', 1)}"
            f"</td></tr><tr><th>Pour : </th><td>{US}</td></tr></tbody></table>"
            f"<p>{SAID}</p></div>"
        ),
    ),
    "Thunderbird, plain": (
        "Fwd: Panne",
        text(
            "-------- Message transféré --------\nSujet : \tPanne\nDate : \tlundi\n"
            f"De : \tMairie A <{ADDRESS}>\nPour : \t{US}\n\n{SAID}"
        ),
    ),
    "attached": ("Fwd: Panne", ATTACHED),
    "twice": (
        "TR: TR: Panne",
        text(
            f"De : Collègue <{US}>\nÀ : CDG\nObjet : TR: Panne\n\n"
            f"De : Mairie A <{ADDRESS}>\nÀ : CDG <{US}>\nObjet : Panne\n\n{SAID}"
        ),
    ),
}


@tagged("post_install", "-at_install")
class TestMailKinds(HelpdeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        domain = cls.env["mail.alias.domain"].create({"name": "mails.example.com"})
        cls.env.company.alias_domain_id = domain
        team = cls.env.ref("cdg47_helpdesk.team_software")
        team.alias_id.alias_domain_id = domain
        cls.secretary = cls.make_contact(email=ADDRESS)
        cls.make_mandate(cls.secretary, cls.commune)
        cls.technician.email = US

    def receive(self, key, sender=SECRETARY, **values):
        """Return the requests that a mail makes."""
        tickets = self.env["helpdesk.ticket"]
        known = tickets.search([])
        key = base64.b32encode(key.encode()).decode().strip("=")
        self.env["mail.thread"].message_process(False, raw(key, sender, **values))
        return tickets.search([]) - known

    def test_no_machine_is_answered(self):
        for name, values in ROBOTS.items():
            with self.subTest(name):
                sent = self.env["mail.mail"].search_count([])
                self.assertFalse(self.receive(name, **values))
                self.assertEqual(self.env["mail.mail"].search_count([]), sent)

    def test_a_machine_that_answers_a_request_is_a_note(self):
        ticket = self.make_ticket(partner_id=self.secretary.id)
        for name, values in ROBOTS.items():
            with self.subTest(name):
                count = len(ticket.message_ids)
                subject = f"{values.get('subject', 'RE: Panne')} : {ticket.number}"
                self.assertFalse(self.receive(name, **values | {"subject": subject}))
                self.assertEqual(len(ticket.message_ids), count + 1)
                self.assertTrue(ticket.message_ids[0].is_internal)

    def test_a_person_is_heard(self):
        for name, values in WRITTEN.items():
            with self.subTest(name):
                ticket = self.receive(name, **{"body": TEXT} | values)
                self.assertEqual(len(ticket), 1)
                self.assertEqual(ticket.collectivite_id, self.commune)
                if values.get("body"):
                    self.assertIn("bloquée", ticket.description)

    def test_a_subject_of_eight_bits(self):
        for charset in ("utf-8", "cp1252"):
            with self.subTest(charset):
                content = raw(f"s-{charset}", subject="SUBJECT", body=text(SAID))
                subject = "Paye bloquée à l'étape".encode(charset)
                known = self.env["helpdesk.ticket"].search([])
                self.env["mail.thread"].message_process(
                    False, content.replace(b"SUBJECT", subject)
                )
                ticket = self.env["helpdesk.ticket"].search([]) - known
                self.assertEqual(ticket.name, "Paye bloquée à l'étape")

    def test_sent_on_by_one_of_us(self):
        for name, (subject, body) in FORWARDED.items():
            with self.subTest(name):
                ticket = self.receive(name, US, subject=subject, body=body, to=SOFTWARE)
                self.assertEqual(len(ticket), 1)
                self.assertEqual(ticket.partner_id, self.secretary)
                self.assertEqual(ticket.collectivite_id, self.commune)
                # A stranger makes nobody say what they did not.
                forged = self.receive(
                    f"{name} forged", "x@ex.test", subject=subject, body=body
                )
                self.assertFalse(forged.collectivite_id)
