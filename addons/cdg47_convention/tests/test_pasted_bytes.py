# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A binary file pasted in a text: recorded without its unseen characters, or refused in
a sentence, by every door."""

import json
from datetime import datetime, timedelta

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..lib.plain_text import plain
from .common import ConventionMixin

# The beginning of a PNG, of a PDF and of an executable, as an editor shows them.
PASTED = (
    "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR %PDF-1.4\x00\x07 MZ\x90\x00\x03\x1f\x7f fin"
)


@tagged("post_install", "-at_install")
class TestPastedBytes(ConventionMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_convention()
        cls.commune = cls.make_commune(750)
        cls.manager = cls.user_manager
        cls.key = (
            cls.env["res.users.apikeys"]
            .with_user(cls.manager)
            ._generate("rpc", "test", datetime.now() + timedelta(days=1))
        )

    def setUp(self):
        super().setUp()
        self.authenticate(self.manager.login, self.manager.login)

    @mute_logger("odoo.http")
    def open_quietly(self, *args, **kwargs):
        """A sentence of refusal is logged as a warning."""
        return self.url_open(*args, **kwargs)

    def texts(self):
        """Return the texts that a manager may enter, with the record of each."""
        convention = self.make_convention(self.commune, self.metiers)
        records = {
            "res.partner": self.commune,
            "cdg47.convention": convention,
            "cdg47.software.editor": self.env["cdg47.software.editor"].search([])[:1],
            "cdg47.stratum": self.stratum("S1"),
            "cdg47.quota.rule": self.env["cdg47.quota.rule"].search([])[:1],
            "cdg47.census": self.commune.census_ids[:1],
            "cdg47.mandate": self.commune.mandate_ids[:1],
            "sale.order": convention.pending_order_id,
            "product.template": self.metiers,
        }
        for model, record in records.items():
            for name, field in self.env[model]._fields.items():
                if (
                    field.type in ("char", "text", "html")
                    and field.store
                    and not field.readonly
                    and not field.compute
                    and record
                ):
                    yield record, name

    def test_by_a_form(self):
        found = 0
        for record, name in self.texts():
            found += 1
            with self.subTest(model=record._name, field=name):
                answer = self.open_quietly(
                    "/web/dataset/call_kw",
                    json.dumps(
                        {
                            "jsonrpc": "2.0",
                            "params": {
                                "model": record._name,
                                "method": "web_save",
                                "args": [record.ids, {name: PASTED}],
                                "kwargs": {"specification": {}},
                            },
                        }
                    ),
                    headers={"Content-Type": "application/json"},
                ).json()
                self.assert_told(answer.get("error", {}).get("data", {}))
        self.assertGreater(found, 30)

    def assert_told(self, error):
        """An error is a sentence of ours or of Odoo, never a failure."""
        self.assertIn(
            error.get("name", "odoo.exceptions.UserError"),
            {
                f"odoo.exceptions.{kind}"
                for kind in ("UserError", "ValidationError", "AccessError")
            },
            error.get("message"),
        )

    def test_by_json_2(self):
        for method, body in (
            ("write", {"ids": self.commune.ids, "vals": {"dpo_contact": PASTED}}),
            ("search", {"domain": [["dpo_contact", "ilike", PASTED]]}),
            ("name_create", {"name": PASTED}),
        ):
            with self.subTest(method):
                answer = self.open_quietly(
                    f"/json/2/res.partner/{method}",
                    json.dumps(body),
                    headers={
                        "Content-Type": "application/json",
                        "Authorization": f"Bearer {self.key}",
                    },
                )
                self.assertLess(answer.status_code, 500, answer.text[:300])
        self.assertEqual(self.commune.dpo_contact, plain(PASTED))

    def test_by_odoos_own_import(self):
        for model in ("res.partner", "cdg47.software.editor"):
            with self.subTest(model):
                imports = self.env["base_import.import"].with_user(self.manager)
                assistant = imports.create(
                    {
                        "res_model": model,
                        "file": "Pas\x07té\0 ici\n".encode(),
                        "file_type": "text/csv",
                        "file_name": "pasted.csv",
                    }
                )
                options = {
                    "quoting": '"', "separator": ",", "has_headers": False,
                    "encoding": "utf-8",
                }  # fmt: skip
                result = assistant.execute_import(["name"], ["name"], options)
                self.assertTrue(result.get("ids"), result["messages"])
                made = self.env[model].browse(result["ids"])
                self.assertEqual(made.name, "Pasté ici")

    def test_by_our_own_imports(self):
        """A binary file is no table: the sentence says what to do."""
        columns = "code_insee;nom;population_totale;population_municipale"
        row = "47997;Saint-\x07Pas\x7fté;700;690"
        imports = self.env["cdg47.census.import"].with_user(self.manager)
        name = "populations_2023_en_vigueur_1er_janvier_2026.csv"
        for content in (f"{columns}\n{row}\n", f"{columns}\n{row}\0\n"):
            with self.assertRefused(UserError, "not a table"):
                imports._import_file(content.encode(), name)
