# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R13: a contact sees the collectivités of today's mandates, and nothing else.

Each refusal has its positive twin, and each record rule its negative control: without
it, the same reading leaks.
"""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..hooks import STOCK_PORTAL_RULES
from .common import PASSWORD
from .portal_common import PIXEL, PortalCase

# What a contact reads of its own collectivité…
VISIBLE = (
    "convention",
    "line",
    "term",
    "activation",
    "step",
    "allocation",
    "duty",
    "mandate",
    "census",
    "order",
    "order_line",
    "sent_order",
    "invoice",
    "invoice_line",
)
# … what is downloaded by the pages only, …
FILES = ("deliverable", "signed_copy")
# … and what nobody sees before it is sent.
DRAFTS = ("draft_convention", "draft_order")
# Rule that protects each record.
RULES = {
    "convention": "cdg47_convention.cdg47_convention_rule_portal",
    "line": "cdg47_convention.cdg47_convention_line_rule_portal",
    "term": "cdg47_convention.cdg47_convention_term_rule_portal",
    "activation": "cdg47_convention.cdg47_service_activation_rule_portal",
    "step": "cdg47_convention.cdg47_service_activation_step_rule_portal",
    "allocation": "cdg47_convention.cdg47_allocation_rule_portal",
    "duty": "cdg47_convention.cdg47_duty_rule_portal",
    "mandate": "cdg47_convention.cdg47_mandate_rule_portal",
    "census": "cdg47_convention.cdg47_census_rule_portal",
    "order": "sale.sale_order_rule_portal",
    "order_line": "sale.sale_order_line_rule_portal",
    "invoice": "account.account_invoice_rule_portal",
    "invoice_line": "account.account_invoice_line_rule_portal",
}


class IsolationCase(PortalCase):
    def setUp(self):
        super().setUp()
        # « Is it mine? » is cached by user: forget what another test computed.
        self.env.invalidate_all()

    def _get(self, path):
        with mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"):
            return self.url_open(path, allow_redirects=False)

    def assert_closed(self, path):
        """Sent home, whether the record exists or not."""
        response = self._get(path)
        self.assertEqual(response.status_code, 303, path)
        self.assertTrue(response.headers["Location"].endswith("/my"), path)

    def assert_sees(self, user, record, msg=""):
        mine = record.with_user(user)
        self.assertTrue(mine.has_access("read"), f"{user.login} / {record} {msg}")
        self.assertEqual(mine.search([("id", "=", record.id)]), mine)
        counted = mine._read_group([("id", "=", record.id)], [], ["__count"])
        self.assertEqual(counted, [(1,)])
        self.assertTrue(mine.read(["create_date"]))

    def assert_hidden(self, user, record, msg=""):
        theirs = record.with_user(user)
        self.assertFalse(theirs.has_access("read"), f"{user.login} / {record} {msg}")
        by_id = [("id", "=", record.id)]
        self.assertFalse(theirs.search(by_id))
        self.assertFalse(theirs.search_count(by_id))
        self.assertEqual(theirs._read_group(by_id, [], ["__count"]), [(0,)])
        with self.assertRaises(AccessError):
            theirs.read(["display_name"])
        with self.assertRaises(AccessError):
            theirs.read(["create_date"])

    def assert_files_closed(self, user, data):
        """Files have no access by RPC at all: only the pages give them."""
        for key in FILES:
            theirs = data[key].with_user(user)
            self.assertFalse(theirs.has_access("read"))
            self.assertFalse(theirs.search([("id", "=", theirs.id)]))
            for field in ("datas", "raw", "name", "access_token"):
                with self.assertRaises(AccessError):
                    theirs.read([field])


@tagged("post_install", "-at_install")
class TestPortalRecords(IsolationCase):
    """The models, as RPC gives them to the user."""

    def test_own_and_other_commune(self):
        for user, own, other in (
            (self.user_a, self.data_a, self.data_b),
            (self.user_b, self.data_b, self.data_a),
        ):
            for key in VISIBLE:
                with self.subTest(user=user.login, key=key):
                    self.assert_sees(user, own[key])
                    self.assert_hidden(user, other[key])

    def test_files(self):
        for data in (self.data_a, self.data_b):
            self.assert_files_closed(self.user_a, data)

    def test_two_mandates(self):
        for data in (self.data_a, self.data_b):
            for key in VISIBLE:
                with self.subTest(key=key):
                    self.assert_sees(self.user_ab, data[key])

    def test_annexed_budget(self):
        """The commune's contact sees the annexed budget, not the other way round."""
        for key in VISIBLE:
            with self.subTest(key=key):
                if key != "mandate":
                    self.assert_sees(self.user_a, self.data_annexe[key])
                self.assert_sees(self.user_annexe, self.data_annexe[key])
                self.assert_hidden(self.user_annexe, self.data_a[key])
        self.assert_sees(self.user_a, self.annexe_a)
        self.assert_hidden(self.user_annexe, self.commune_a)

    def test_drafts(self):
        for key in DRAFTS:
            with self.subTest(key=key):
                self.assert_hidden(self.user_a, self.data_a[key])
                self.assert_hidden(self.user_ab, self.data_b[key])
        draft_line = self.data_a["draft_order"].order_line
        self.assert_hidden(self.user_a, draft_line)

    def test_draft_invoice(self):
        invoice = self.data_a["invoice"].copy(
            {"cdg47_convention_id": self.data_a["convention"].id}
        )
        self.assert_hidden(self.user_a, invoice)

    def test_mandate_ended_yesterday(self):
        """Still a child of the commune, yet out of everything it has."""
        self.assertEqual(self.user_former.partner_id.parent_id, self.commune_a)
        for key in VISIBLE + DRAFTS:
            with self.subTest(key=key):
                self.assert_hidden(self.user_former, self.data_a[key])
        self.assert_files_closed(self.user_former, self.data_a)
        self.assert_hidden(self.user_former, self.commune_a)
        self.assert_hidden(self.user_former, self.user_a.partner_id)
        self.assert_hidden(self.user_former, self.user_a)
        self.assert_sees(self.user_former, self.user_former.partner_id)
        self.assert_sees(self.user_former, self.user_former)

    def test_mandate_of_tomorrow_and_of_today(self):
        mandate = self.user_former.partner_id.own_mandate_ids
        mandate.write({"date_start": self._days_ago(-1), "date_end": False})
        self.env.invalidate_all()
        self.assert_hidden(self.user_former, self.data_a["convention"])
        mandate.write({"date_start": self.today, "date_end": self.today})
        self.env.invalidate_all()
        self.assert_sees(self.user_former, self.data_a["convention"])

    def test_contacts(self):
        """Colleagues of one's collectivité are seen, those of another are not."""
        self.assert_sees(self.user_a, self.user_former.partner_id)
        self.assert_hidden(self.user_a, self.user_b.partner_id)
        self.assert_hidden(self.user_a, self.user_b)
        self.assert_hidden(self.user_a, self.commune_b)
        self.assert_hidden(self.user_nobody, self.commune_a)

    def test_invoiced_to_another(self):
        """B is the beneficiary, the EPCI the debtor: both see the invoice."""
        invoice = self.data_b["invoice"]
        self.assertEqual(invoice.partner_id, self.epci)
        for user in (self.user_b, self.user_epci):
            self.assert_sees(user, invoice)
            self.assert_sees(user, self.data_b["invoice_line"])
        for user in (self.user_a, self.user_annexe, self.user_former):
            self.assert_hidden(user, invoice)
        # The debtor sees what it owes, not the convention of the beneficiary.
        for key in ("convention", "term", "activation", "order"):
            self.assert_hidden(self.user_epci, self.data_b[key])
        own = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.epci.id,
                "invoice_line_ids": [Command.create({"name": "X", "price_unit": 20})],
            }
        )
        own.action_post()
        self.assert_sees(self.user_epci, own)
        self.assert_hidden(self.user_b, own)

    def test_document_addressed_to_a_service(self):
        """What is addressed to a service of the commune is the commune's."""
        service = self.env["res.partner"].create(
            {"name": "Service", "parent_id": self.commune_a.id, "type": "invoice"}
        )
        order = self.data_a["sent_order"].copy(
            {"partner_id": service.id, "order_line": False}
        )
        order.action_quotation_sent()
        self.assert_sees(self.user_a, order)
        self.assert_hidden(self.user_b, order)
        self.assert_hidden(self.user_former, order)

    def test_nobody_writes(self):
        """Neither one's own records nor another's; no mandate for oneself."""
        for data in (self.data_a, self.data_b):
            for key in VISIBLE:
                record = data[key].with_user(self.user_a)
                with self.subTest(record=record):
                    for operation in ("write", "unlink"):
                        self.assertFalse(record.has_access(operation))
                    with self.assertRaises(AccessError):
                        record.write({"create_date": "2020-01-01"})
                    with self.assertRaises(AccessError):
                        record.unlink()
        for model in {self.data_a[key]._name for key in VISIBLE}:
            with self.subTest(create=model):
                self.assertFalse(
                    self.env[model].with_user(self.user_a).has_access("create")
                    and model != "ir.attachment"
                )
        with self.assertRaises(AccessError):
            self.env["cdg47.mandate"].with_user(self.user_a).create(
                {
                    "contact_id": self.user_a.partner_id.id,
                    "collectivite_id": self.commune_b.id,
                }
            )

    def test_attachment_on_the_record_of_another(self):
        for record in (self.data_a["activation"], self.data_b["activation"]):
            with self.assertRaises(AccessError):
                self.env["ir.attachment"].with_user(self.user_a).create(
                    {
                        "name": "x.txt",
                        "raw": b"x",
                        "res_model": record._name,
                        "res_id": record.id,
                    }
                )

    def test_export(self):
        with self.assertRaises(UserError):
            self.data_a["convention"].with_user(self.user_a).export_data(["name"])

    def test_ledger_and_consumptions_are_not_opened(self):
        for model in ("cdg47.ledger", "cdg47.consumption"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.user_a).search([])

    def test_buttons_are_refused(self):
        """Public methods are an API: none works for a contact, even on its own."""
        convention = self.data_a["convention"]
        commune = self._new_commune("Commune W", 90)
        mayor = self.new_contact("mayor_w", commune, role="signatory")
        waiting = self._new_convention(
            commune, signed=False, signatory_id=mayor.partner_id.id
        )
        self.env["cdg47.mandate"].create(
            {
                "contact_id": self.user_a.partner_id.id,
                "collectivite_id": waiting.partner_id.id,
            }
        )
        self.env.invalidate_all()
        refused = [
            (convention, "action_countersign"),
            (waiting, "action_send"),
            (waiting, "action_back_to_draft"),
            (self.data_a["activation"], "action_activate"),
            (self.data_a["activation"], "action_close"),
            (self.data_a["sent_order"], "action_confirm"),
            (self.data_a["sent_order"], "action_cancel"),
            (self.data_a["invoice"], "button_draft"),
        ]
        for record, method in refused:
            with self.subTest(method=method):
                before = record.state
                with self.assertRaises(AccessError):
                    getattr(record.with_user(self.user_a), method)()
                self.assertEqual(record.state, before)
        convention.termination_date = convention.date_end
        with self.assertRaises(AccessError):
            convention.with_user(self.user_a).action_cancel_termination()

    def test_no_oracle_through_relations(self):
        """A domain that crosses records out of sight finds nothing."""
        secret = self.data_b["convention"].name
        users = self.env["res.users"].with_user(self.user_a)
        partners = self.env["res.partner"].with_user(self.user_a)
        steps = self.env["cdg47.service.step"].with_user(self.user_a)
        self.assertFalse(partners.search([("convention_ids.name", "=", secret)]))
        self.assertFalse(
            users.search(
                [("partner_id.own_mandate_ids.collectivite_id.name", "=", "Commune B")]
            )
        )
        own = self.data_a["convention"].name
        self.assertTrue(partners.search([("convention_ids.name", "=", own)]))
        self.assertTrue(steps.search([], limit=1))


@tagged("post_install", "-at_install")
class TestPortalRulesControl(IsolationCase):
    """Negative control: each rule, once removed, lets the same reading through."""

    def test_without_the_rule_it_leaks(self):
        for key, xml_id in RULES.items():
            record = self.data_b[key]
            rule = self.env.ref(xml_id)
            with self.subTest(rule=xml_id):
                self.assert_hidden(self.user_a, record)
                rule.active = False
                self.env.invalidate_all()
                self.assert_sees(
                    self.user_a, record, "no leak: the test proves nothing"
                )
                rule.active = True
                self.env.invalidate_all()
                self.assert_hidden(self.user_a, record)

    def test_stock_rules_show_the_former_contact(self):
        """Odoo's own rules, given back, leak to a contact whose mandate has ended."""
        leaks = {
            "base.res_partner_portal_public_rule": self.commune_a,
            "sale.sale_order_rule_portal": self.data_a["order"],
            "sale.sale_order_line_rule_portal": self.data_a["order_line"],
            "account.account_invoice_rule_portal": self.data_a["invoice"],
            "account.account_invoice_line_rule_portal": self.data_a["invoice_line"],
        }
        self.assertEqual(set(leaks), set(STOCK_PORTAL_RULES))
        for xml_id, record in leaks.items():
            rule = self.env.ref(xml_id)
            with self.subTest(rule=xml_id):
                self.assert_hidden(self.user_former, record)
                ours = rule.domain_force
                rule.domain_force = STOCK_PORTAL_RULES[xml_id]
                self.env.invalidate_all()
                self.assertTrue(record.with_user(self.user_former).has_access("read"))
                rule.domain_force = ours
                self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestPortalRoutes(IsolationCase, HttpCase):
    """The addresses, as a browser asks for them."""

    def _paths(self, data):
        activation, deliverable = data["activation"], data["deliverable"]
        convention = data["convention"]
        return [
            f"/my/conventions/{convention.id}",
            f"/my/conventions/{convention.id}/documents/signed",
            f"/my/accesses/{activation.id}/deliverables/{deliverable.id}",
            f"/my/orders/{data['order'].id}",
            f"/my/orders/{data['sent_order'].id}",
            f"/my/invoices/{data['invoice'].id}",
            f"/my/invoices/{data['invoice'].id}?report_type=html",
            f"/my/orders/{data['order'].id}?report_type=html",
            f"/my/conventions/{convention.id}?report_type=html",
        ]

    def _pdf_paths(self, data):
        convention = data["convention"]
        return [
            f"/my/conventions/{convention.id}?report_type=pdf&download=true",
            f"/my/conventions/{convention.id}/deliberation",
            f"/my/orders/{data['order'].id}?report_type=pdf",
            f"/my/invoices/{data['invoice'].id}?report_type=pdf&download=true",
        ]

    def _content_paths(self, data):
        return [
            f"/web/content/{data['deliverable'].id}",
            f"/web/content/{data['signed_copy'].id}",
            f"/web/content/cdg47.convention/{data['convention'].id}/signature",
            f"/web/image/cdg47.convention/{data['convention'].id}/signature",
        ]

    def assert_opens(self, path):
        self.assertEqual(self._get(path).status_code, 200, path)

    def assert_no_content(self, path):
        """Neither a file nor a signature: an error, or Odoo's empty image."""
        response = self._get(path)
        self.assertNotIn(b"secret", response.content)
        self.assertNotEqual(response.content, PIXEL)
        if "/web/image/" not in path:
            self.assertIn(response.status_code, (303, 403, 404), path)

    def test_own_pages_open_others_do_not(self):
        self.authenticate(self.user_a.login, PASSWORD)
        for path in self._paths(self.data_a) + self._paths(self.data_annexe):
            with self.subTest(path=path):
                self.assert_opens(path)
        for path in self._paths(self.data_b) + self._pdf_paths(self.data_b):
            with self.subTest(path=path):
                self.assert_closed(path)
        for path in self._content_paths(self.data_b):
            with self.subTest(path=path):
                self.assert_no_content(path)

    def test_two_mandates(self):
        self.authenticate(self.user_ab.login, PASSWORD)
        for path in self._paths(self.data_a) + self._paths(self.data_b):
            with self.subTest(path=path):
                self.assert_opens(path)

    def test_own_pdf(self):
        """In a test, Odoo answers the HTML the PDF is made of."""
        self.authenticate(self.user_a.login, PASSWORD)
        for path in self._pdf_paths(self.data_a)[:3]:
            with self.subTest(path=path):
                response = self._get(path)
                self.assertEqual(response.status_code, 200)
                self.assertIn(self.commune_a.name.encode(), response.content)

    def test_missing_records_answer_alike(self):
        self.authenticate(self.user_a.login, PASSWORD)
        for number in (10**7, 2**31, 10**20):
            for path in (
                f"/my/conventions/{number}",
                f"/my/orders/{number}",
                f"/my/invoices/{number}",
                f"/my/accesses/{number}/deliverables/1",
            ):
                with self.subTest(path=path):
                    self.assert_closed(path)

    def test_deliverable_of_another_access(self):
        """One's own access does not open the file of another."""
        self.authenticate(self.user_a.login, PASSWORD)
        own, other = self.data_a["activation"], self.data_b["deliverable"]
        self.assert_closed(f"/my/accesses/{own.id}/deliverables/{other.id}")

    def test_deliverable_without_the_rule(self):
        """Negative control: it is the rule of the access that keeps its files."""
        self.authenticate(self.user_a.login, PASSWORD)
        activation, file = self.data_b["activation"], self.data_b["deliverable"]
        path = f"/my/accesses/{activation.id}/deliverables/{file.id}"
        self.assert_closed(path)
        self.env.ref(RULES["activation"]).active = False
        self.assert_opens(path)

    def test_drafts_are_closed(self):
        self.authenticate(self.user_a.login, PASSWORD)
        draft = self.data_a["draft_convention"]
        self.assert_closed(f"/my/conventions/{draft.id}")
        token = draft._portal_ensure_token()
        self.assert_closed(f"/my/conventions/{draft.id}?access_token={token}")
        self.assert_closed(f"/my/orders/{self.data_a['draft_order'].id}")

    def test_former_contact(self):
        """/my and its pages answer; nothing of the commune is in them."""
        self.authenticate(self.user_former.login, PASSWORD)
        numbers = [self.data_a[key].name for key in ("convention", "order", "invoice")]
        for path in (
            "/my",
            "/my/account",
            "/my/addresses",
            "/my/orders",
            "/my/quotes",
            "/my/invoices",
            "/my/conventions",
            "/my/collectivites",
            "/my/forfait",
            "/my/security",
            f"/my/conventions?collectivite={self.commune_a.id}",
        ):
            with self.subTest(path=path):
                response = self._get(path)
                self.assertEqual(response.status_code, 200)
                for number in numbers:
                    self.assertNotIn(number, response.text)
        for path in self._paths(self.data_a) + self._pdf_paths(self.data_a):
            with self.subTest(path=path):
                self.assert_closed(path)
        for path in self._content_paths(self.data_a):
            with self.subTest(path=path):
                self.assert_no_content(path)

    def _submit_address(self, **values):
        form = {
            "csrf_token": self._csrf_token(),
            "name": "Contact",
            "email": "contact@example.com",
            "phone": "05 53 00 00 01",
            "street": "1 rue de la Mairie",
            "city": "Agen",
            "zip": "47000",
            "country_id": str(self.env.ref("base.fr").id),
            **values,
        }
        return self.url_open("/my/address/submit", data=form)

    def _csrf_token(self):
        from odoo.http import Request

        return Request.csrf_token(self)

    def test_addresses_of_the_commune(self):
        """A contact neither lists, creates nor edits what hangs on the commune."""
        service = self.env["res.partner"].create(
            {
                "name": "Service des eaux secret",
                "parent_id": self.commune_a.id,
                "type": "invoice",
            }
        )
        self.authenticate(self.user_former.login, PASSWORD)
        self.assertNotIn(service.name, self._get("/my/addresses").text)
        response = self._get(f"/my/address?partner_id={service.id}")
        self.assertEqual(response.status_code, 403)

    def test_token_of_a_mail(self):
        """The link of a mail opens its document to its reader, once signed in."""
        convention = self.data_b["convention"]
        token = convention._portal_ensure_token()
        page = f"/my/conventions/{convention.id}"
        self.authenticate(self.user_b.login, PASSWORD)
        response = self._get(f"{page}?access_token={token}")
        self.assertEqual(response.status_code, 200)
        self.assertIn(convention.name, response.text)
        self.assert_opens(f"{page}/documents/signed?access_token={token}")
        self.authenticate(None, None)
        response = self._get(f"{page}?access_token={token}")
        self.assertIn("/web/login", response.headers["Location"])
        self.assertNotIn(convention.name, response.text)
        response = self._get(f"{page}/documents/signed?access_token={token}")
        self.assertIn("/web/login", response.headers["Location"])
        self.assert_closed(f"{page}?access_token=wrong")
        self.assert_closed(page)
        other = self.data_a["convention"]
        other._portal_ensure_token()
        self.assert_closed(f"/my/conventions/{other.id}?access_token={token}")
        for key in ("order", "invoice"):
            path = f"/my/{key}s/{self.data_b[key].id}?access_token={token}"
            self.assert_closed(path)
        file_id = self.data_b["deliverable"].id
        response = self._get(f"/web/content/{file_id}?access_token={token}")
        self.assertEqual(response.status_code, 404)

    def test_token_does_not_open_the_discussion(self):
        """Reading by a token lets nobody write, whoever they are otherwise."""
        for user in (None, self.user_a):
            self.authenticate(user and user.login, user and PASSWORD)
            for key in ("convention", "sent_order", "invoice"):
                document = self.data_b[key]
                before = document.message_ids
                for credentials in (
                    {"token": document._portal_ensure_token()},
                    {
                        "hash": document._sign_token(self.user_b.partner_id.id),
                        "pid": self.user_b.partner_id.id,
                    },
                ):
                    with self.subTest(user=user, key=key), mute_logger("odoo.http"):
                        self.assertIn("error", self._post(document, **credentials))
                self.env.invalidate_all()
                self.assertEqual(document.message_ids, before)

    def test_own_discussion(self):
        self.authenticate(self.user_b.login, PASSWORD)
        order = self.data_b["sent_order"]
        before = order.message_ids
        self.assertIn("result", self._post(order))
        self.env.invalidate_all()
        self.assertEqual(len(order.message_ids), len(before) + 1)

    def _post(self, document, **credentials):
        return self.url_open(
            "/mail/message/post",
            json={
                "jsonrpc": "2.0",
                "method": "call",
                "params": {
                    "thread_model": document._name,
                    "thread_id": document.id,
                    "post_data": {"body": "x", "message_type": "comment"},
                    **credentials,
                },
            },
        ).json()

    def test_invoiced_to_another(self):
        invoice = self.data_b["invoice"]
        for user, opens in (
            (self.user_b, True),
            (self.user_epci, True),
            (self.user_a, False),
        ):
            with self.subTest(user=user.login):
                self.authenticate(user.login, PASSWORD)
                path = f"/my/invoices/{invoice.id}"
                check = self.assert_opens if opens else self.assert_closed
                check(path)
                listed = invoice.name in self._get("/my/invoices").text
                self.assertEqual(listed, opens)

    def test_rpc(self):
        """What the JSON API of the browser gives to a contact."""
        self.authenticate(self.user_a.login, PASSWORD)

        def call(model, method, *args, **kwargs):
            return self.url_open(
                "/web/dataset/call_kw",
                json={
                    "jsonrpc": "2.0",
                    "method": "call",
                    "params": {
                        "model": model,
                        "method": method,
                        "args": args,
                        "kwargs": kwargs,
                    },
                },
            ).json()

        theirs, own = self.data_b["convention"], self.data_a["convention"]
        with mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"):
            found = call("cdg47.convention", "search_read", [], ["name"])["result"]
            names = {row["name"] for row in found}
            self.assertIn(own.name, names)
            self.assertNotIn(theirs.name, names)
            for method, args in (
                ("read", [[theirs.id], ["name"]]),
                ("write", [[own.id], {"name": "x"}]),
                ("unlink", [[own.id]]),
                ("create", [{"partner_id": self.commune_a.id}]),
                ("_invoices", [[own.id]]),
            ):
                with self.subTest(method=method):
                    self.assertIn("error", call("cdg47.convention", method, *args))

    def test_lists_show_all_mandates(self):
        self.authenticate(self.user_ab.login, PASSWORD)
        pages = {
            "/my/conventions": "convention",
            "/my/orders": "order",
            "/my/quotes": "sent_order",
            "/my/invoices": "invoice",
        }
        for path, key in pages.items():
            with self.subTest(path=path):
                text = self._get(path).text
                for data in (self.data_a, self.data_b):
                    self.assertIn(data[key].name, text)
        self.authenticate(self.user_a.login, PASSWORD)
        for path, key in pages.items():
            with self.subTest(path=path, user="a"):
                text = self._get(path).text
                self.assertIn(self.data_a[key].name, text)
                self.assertNotIn(self.data_b[key].name, text)

    def test_domain_is_ours_too(self):
        """An employee's portal lists nothing that is not theirs."""
        domain = Domain("partner_id.is_my_collectivite", "=", True)
        admin = self.env.ref("base.user_admin")
        self.assertFalse(self.env["cdg47.convention"].with_user(admin).search(domain))
