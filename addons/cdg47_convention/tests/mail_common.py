# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is asked of every mail that leaves: read, answered and acted upon in French."""

import re

from lxml import html

GREETINGS = ("Madame, Monsieur,", "Bonjour,")
ENGLISH = re.compile(
    r"\b(the|your|you|hello|madam|sir|faithfully|request|see|read|and|with|has|is)\b",
    re.IGNORECASE,
)
AMOUNT = re.compile(r"\d{1,3}([\u202f\xa0]\d{3})*,\d\d[\u202f\xa0]$")
# « de Agmé », « que Agen »: an apostrophe is missing.
ELISION = re.compile(r"\b(de|que|le|la|je|ne|se) (?=[aeiouéèêâîôAEIOUÉÈÊÂÎÔ])")
UNBOUND = re.compile(r"(?<![\xa0\u202f])[?!;»]|[^\xa0\u202f\d]:(?![/\d])|« ")
UNSAID = re.compile(r"\bNone\b|\bFalse\b|\bRef\b|Réf\. |\{\{|t-out|\bUndefined\b")


class MailsMixin:
    """To be mixed into a case that sends each of its templates for a real record."""

    def _templates(self, module):
        """Return the mail templates of an add-on, by name."""
        data = self.env["ir.model.data"].search(
            [("module", "=", module), ("model", "=", "mail.template")]
        )
        return {d.name: self.env["mail.template"].browse(d.res_id) for d in data}

    def _send(self, template, record, **values):
        """Send a template as the code does, and return its mail."""
        values = {"recipient_ids": [(6, 0, self.make_contact().ids)], **values}
        return self.env["mail.mail"].browse(
            template.send_mail(record.id, email_values=values)
        )

    def _check_mail(self, mail, names=""):
        """Check that a mail is fit to leave.

        :param str names: what it quotes as it is, such as a service of Annexe 1
        """
        body = html.fromstring(f"<div>{mail.body_html}</div>")
        # Mail readers show it in their lists; Odoo writes its spaces alike.
        for preview in body.xpath(
            ".//*[contains(translate(@style, ' ', ''), 'display:none')]"
        ):
            preview.drop_tree()
        said = body.text_content().strip()
        # Odoo's layout writes above it which document the mail is about.
        self.assertTrue(any(words in said[:150] for words in GREETINGS), said[:150])
        for text in (mail.subject, said.replace(names, "")):
            for pattern in (ENGLISH, ELISION, UNBOUND, UNSAID):
                self.assertFalse(pattern.search(text), (pattern.pattern, text))
            for before in text.split("€")[:-1]:
                self.assertRegex(before[-16:], AMOUNT)
        links = [link for link in body.xpath("//a/@href") if "/rate/" not in link]
        self.assertLessEqual(len(links), 1, links)
        for link in links:
            self.assertRegex(link, r"^https?://[^/]+/\S+$")
        self.assertIn("@", mail.reply_to or "")
        self.assertIn("'Auto-Submitted': 'auto-generated'", mail.headers)
