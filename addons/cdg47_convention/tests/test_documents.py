# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import io
import re
from datetime import date
from unittest.mock import patch

from freezegun import freeze_time
from lxml import etree
from pypdf import PdfReader

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import config, file_open, mute_logger

from odoo.addons.account_edi_ubl_cii.models.account_edi_xml_cii_facturx import (
    CII_NAMESPACES,
)
from odoo.addons.base.models.ir_actions_report import IrActionsReport

from ..models.base.res_company import COLOUR
from ..models.convention.signed_copy import attach
from .common import CDG, MODULE, SIRET_CDG, ConventionCase

SIRET_COMMUNE = "21470300100013"
CONVENTION = f"{MODULE}.action_report_convention"
DELIBERATION = f"{MODULE}.action_report_deliberation"
INVOICE = "account.account_invoices"


class DocumentCase(ConventionCase):
    """Renders real PDF files and reads their text back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for lang in ("en_US", "fr_FR"):
            cls.env["res.lang"]._activate_lang(lang)
        cls.company.write(CDG)
        cls.commune = cls.make_commune(
            1234,
            name="Commune d'Agmé",
            company_registry=SIRET_COMMUNE,
            street="1 place de la Mairie",
            zip="47350",
            city="Agmé",
            lang="fr_FR",
            dpo_contact="delegue@example.com",
        )
        cls.make_signatory(cls.commune)

    def pdf(self, report, records):
        """Render a report as it is printed.

        :rtype: pypdf.PdfReader
        """
        with self.allow_pdf_render():
            content, kind = (
                self.env["ir.actions.report"]
                .with_context(force_report_rendering=True)
                ._render_qweb_pdf(report, records.ids)
            )
        self.assertEqual(kind, "pdf")
        return PdfReader(io.BytesIO(content))

    def pages(self, report, records):
        """Return the text of each page, its spaces made plain."""
        return [
            re.sub(r"\s+", " ", page.extract_text())
            for page in self.pdf(report, records).pages
        ]

    def text(self, report, records):
        return " ".join(self.pages(report, records))

    def assertAllIn(self, expected, text):
        missing = [item for item in expected if item not in text]
        self.assertFalse(missing, f"not printed: {missing}")


@tagged("post_install", "-at_install")
class TestConventionDocument(DocumentCase):
    def both_forfaits(self, **values):
        return self.make_convention(self.commune, self.metiers + self.techno, **values)

    def test_one_blue(self):
        """Papers and mails ask one function; the pages write the same colour."""
        with file_open(f"{MODULE}/static/src/scss/portal.scss") as stream:
            self.assertIn(f"$cdg47-blue: {COLOUR};", stream.read())
        convention = self.both_forfaits()
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            CONVENTION, convention.ids
        )
        self.assertIn(
            f"h1 {{ font-size: 28px; line-height: 1.25; color: {COLOUR};", html.decode()
        )
        convention.action_propose()
        order = convention.order_ids
        template = self.env.ref(f"{MODULE}.mail_template_convention_to_sign")
        body = template._render_field("body_html", order.ids)[order.id]
        self.assertIn(f"background-color: {COLOUR};", body)

    # === Body ===
    def test_the_blanks_are_filled(self):
        convention = self.both_forfaits(date_start=date(2026, 10, 1))
        text = self.text(CONVENTION, convention)
        self.assertAllIn(
            [
                convention.name,
                "Centre de gestion de Lot-et-Garonne",
                f"SIRET {SIRET_CDG}",
                "53 rue de Cartou",
                "Commune d'Agmé",
                f"SIRET {SIRET_COMMUNE}",
                "Maire",
                "2026-41",
                "2 novembre 2026",
                "Forfait Métiers",
                "Forfait Technologie",
                "1er octobre 2026",
                "31 décembre 2031",
                "1 234",
                "delegue@example.com",
                self.tariff.name,
            ],
            text,
        )

    def test_fees_are_those_of_the_tariff_by_month(self):
        convention = self.both_forfaits(date_start=date(2026, 10, 1))
        text = self.text(CONVENTION, convention)
        stratum = convention.stratum_id
        yearly = [
            self.tariff._cdg47_price(
                forfait._cdg47_variant_for(stratum), date(2026, 10, 1)
            )
            for forfait in self.metiers + self.techno
        ]
        first = [round(price * 3 / 12, 2) for price in yearly]
        self.assertIn("3/12", text)
        self.assertAllIn(
            [french(amount) for amount in [*yearly, *first, sum(first)]], text
        )
        self.assertEqual(sum(first), convention.pending_order_id.amount_total)

    def test_a_missing_deliberation_leaves_a_line_to_fill(self):
        convention = self.both_forfaits()
        convention.write({"deliberation_number": False, "deliberation_date": False})
        text = self.text(CONVENTION, convention)
        self.assertIn("……", text)
        self.assertNotIn("False", text)
        self.assertNotIn("None", text)

    def test_a_draft_without_quotation_is_printed_with_blanks(self):
        draft = self.env["cdg47.convention"].create(
            {
                "partner_id": self.commune.id,
                "line_ids": [
                    (0, 0, {"forfait_id": self.metiers.id, "date_start": "2027-01-01"})
                ],
            }
        )
        for report in (CONVENTION, DELIBERATION):
            with self.subTest(report=report):
                text = self.text(report, draft)
                self.assertAllIn([draft.name, "Forfait Métiers", "……"], text)
                self.assertNotIn("False", text)

    def test_the_document_speaks_the_language_of_the_collectivite(self):
        view = self.env.ref(f"{MODULE}.report_convention_signatures")
        view.update_field_translations(
            "arch_db", {"fr_FR": {"Signatures": "Signatures des parties"}}
        )
        convention = self.both_forfaits()
        self.assertIn("Signatures des parties", self.html(CONVENTION, convention))
        self.commune.lang = "en_US"
        self.assertNotIn("Signatures des parties", self.html(CONVENTION, convention))

    def test_demonstration_prices_are_said_to_be_so(self):
        convention = self.both_forfaits()
        html = self.html(CONVENTION, convention)
        self.assertIn("cdg47_note", html)
        self.tariff.cdg47_is_demo = False
        self.assertNotIn('class="cdg47_note"', self.html(CONVENTION, convention))

    def html(self, report, records):
        return (
            self.env["ir.actions.report"]
            ._render_qweb_html(report, records.ids)[0]
            .decode()
        )

    # === Annexes ===
    def test_annexes_print_the_chosen_forfaits_only(self):
        metiers = self.text(CONVENTION, self.make_convention(self.commune))
        self.assertIn("Veille réglementaire et technologique", metiers)
        self.assertNotIn("Forfait Technologie", metiers)
        self.assertNotIn("plateforme mutualisée", metiers)
        self.assertNotIn("►", metiers)

        other = self.make_commune(300)
        self.make_signatory(other)
        techno = self.text(CONVENTION, self.make_convention(other, self.techno))
        self.assertIn("plateforme mutualisée", techno)
        self.assertNotIn("Forfait Métiers", techno)

    def test_annexe_3_prints_every_word_of_the_services_held(self):
        convention = self.make_convention(
            self.commune, self.metiers + self.techno + self.parapheur
        )
        text = self.text(CONVENTION, convention)
        steps = self.env["cdg47.service.step"].search([])
        self.assertGreater(len(steps), 100)
        self.assertAllIn([re.sub(r"\s+", " ", step.name) for step in steps], text)

    def test_the_own_stratum_is_marked_by_a_sign_and_words(self):
        convention = self.both_forfaits()
        text = self.text(CONVENTION, convention)
        self.assertEqual(text.count("►"), 1)
        marked = text[text.index("►") :][:220]
        self.assertTrue(marked.startswith(f"► {convention.stratum_id.code}"), marked)
        self.assertIn(self.commune.name, marked)
        for stratum in self.env["cdg47.stratum"].search([]):
            self.assertIn(f"{stratum.code} - ", text)

    def test_an_option_chosen_is_told_from_an_option_offered(self):
        offered = self.both_forfaits()
        values = self.env[f"report.{MODULE}.report_convention"]._get_report_values
        limits = annexe1_limits(values(offered.ids)["documents"][0])
        self.assertEqual(limits["PARAPHEUR"], "Option")

        chosen = self.make_convention(
            self.other_commune(), self.techno + self.parapheur
        )
        limits = annexe1_limits(values(chosen.ids)["documents"][0])
        self.assertNotEqual(limits["PARAPHEUR"], "Option")

    def other_commune(self):
        partner = self.make_commune(300)
        self.make_signatory(partner)
        return partner

    # === Layout ===
    def test_no_table_is_cut_and_heads_are_repeated(self):
        tree = etree.HTML(self.html(CONVENTION, self.both_forfaits()))
        tables = tree.xpath("//table[contains(@class, 'cdg47_table')]")
        self.assertGreater(len(tables), 10)
        for table in tables:
            self.assertTrue(table.xpath("./thead"))
            self.assertTrue(
                table.xpath("ancestor::div[contains(@class, 'cdg47_keep')]")
            )

    def test_text_stays_text(self):
        """A web font would be drawn as shapes: nothing to read, search or copy."""
        reader = self.pdf(CONVENTION, self.both_forfaits())
        fonts = {
            font.get_object()["/BaseFont"]
            for page in reader.pages
            for font in page["/Resources"]["/Font"].values()
        }
        self.assertTrue(fonts)
        self.assertGreater(len(reader.pages[0].extract_text()), 500)

    def test_two_conventions_are_printed_together(self):
        conventions = self.both_forfaits() + self.make_convention(self.other_commune())
        text = self.text(CONVENTION, conventions)
        self.assertAllIn(conventions.mapped("name"), text)

    def test_rules_are_read_once_for_all(self):
        conventions = self.env["cdg47.convention"]
        for population in (50, 300, 1500):
            partner = self.make_commune(population)
            self.make_signatory(partner)
            conventions |= self.make_convention(partner, self.metiers + self.techno)
        calls = []
        rule_class = self.env.registry["cdg47.quota.rule"]
        search = rule_class.search

        def counted(records, *args, **kwargs):
            calls.append(args)
            return search(records, *args, **kwargs)

        with patch.object(rule_class, "search", counted):
            self.env[f"report.{MODULE}.report_convention"]._get_report_values(
                conventions.ids
            )
        self.assertEqual(len(calls), 1)

    # === Signature ===
    @freeze_time("2026-11-20 10:00:00")
    def test_the_signature_is_printed(self):
        convention = self.make_signed_convention(self.commune)
        html = self.html(CONVENTION, convention)
        self.assertIn("data:image/png;base64", html)
        self.assertIn("20 novembre 2026", self.text(CONVENTION, convention))

    def test_the_signed_copy_is_kept_once(self):
        convention = self.make_signed_convention(self.commune)
        cron = self.env.ref(f"{MODULE}.cron_attach_signed_copies")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertTrue(triggers)
        self.assertFalse(convention.signed_document_id)

        with self.allow_pdf_render():
            convention.with_context(
                force_report_rendering=True
            ).action_attach_signed_copy()
        copy = convention.signed_document_id
        self.assertEqual(copy.mimetype, "application/pdf")
        self.assertEqual(
            (copy.res_model, copy.res_id), (convention._name, convention.id)
        )
        text = " ".join(
            page.extract_text() for page in PdfReader(io.BytesIO(copy.raw)).pages
        )
        self.assertIn(convention.name, text)

        attach(convention)
        self.assertEqual(convention.signed_document_id, copy)
        with self.assertRaises(UserError):
            convention.action_attach_signed_copy()

    def test_the_cron_attaches_what_is_missing(self):
        convention = self.make_signed_convention(self.commune)
        self.attach_missing_copies()
        self.assertTrue(convention.signed_document_id)

    def attach_missing_copies(self):
        cron = self.env.ref(f"{MODULE}.cron_attach_signed_copies")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()

    @mute_logger("odoo.addons.cdg47_convention.models.base.ir_cron")
    def test_a_failed_rendering_leaves_the_signature(self):
        convention = self.make_signed_convention(self.commune)

        def broken(*args, **kwargs):
            raise ValueError("broken")

        with patch.object(IrActionsReport, "_render_qweb_pdf", broken):
            self.attach_missing_copies()
        self.assertFalse(convention.signed_document_id)
        self.assertEqual(convention.state, "active")
        self.assertTrue(convention.signature)

        self.attach_missing_copies()
        self.assertTrue(convention.signed_document_id)

    def test_the_first_of_a_month_as_french_writes_it(self):
        written = self.env["ir.qweb.field.date"].with_context(lang="fr_FR")
        for day, form, expected in (
            (date(2027, 1, 1), "d MMMM y", "1er janvier 2027"),
            (date(2027, 1, 1), "EEEE d MMMM y", "vendredi 1er janvier 2027"),
            (date(2027, 1, 21), "EEEE d MMMM y", "jeudi 21 janvier 2027"),
        ):
            with self.subTest(expected):
                self.assertEqual(written.value_to_html(day, {"format": form}), expected)

    # === Deliberation ===
    def test_the_model_deliberation_is_prefilled(self):
        convention = self.both_forfaits()
        pages = self.pages(DELIBERATION, convention)
        self.assertEqual(len(pages), 1)
        self.assertAllIn(
            [
                self.commune.name,
                convention.name,
                "Forfait Métiers, Forfait Technologie",
                convention.stratum_id.code,
                "1er janvier 2027",
                "Maire",
                french(convention.pending_order_id.amount_total),
            ],
            pages[0],
        )


class InvoiceDocumentCase(DocumentCase):
    def make_invoice(self, **values):
        convention = self.make_convention(
            self.commune, self.metiers + self.techno, **values
        )
        convention.pending_order_id.write(
            {"chorus_service_code": "SERVICE-FIN", "chorus_engagement": "ENG-118"}
        )
        order = self.sign(convention)
        invoice = order._create_invoices()
        invoice.invoice_date = date(2027, 1, 4)
        invoice.action_post()
        return invoice


@tagged("post_install", "-at_install")
class TestInvoiceDocument(InvoiceDocumentCase):
    def test_the_invoice_says_what_public_accounting_asks(self):
        invoice = self.make_invoice()
        text = self.text(INVOICE, invoice)
        term = invoice.cdg47_term_id
        self.assertAllIn(
            [
                invoice.name,
                "Centre de gestion de Lot-et-Garonne",
                SIRET_CDG,
                SIRET_COMMUNE,
                invoice.cdg47_convention_id.name,
                "2026-41",
                "02/11/2026",
                "01/01/2027",
                "31/12/2027",
                term.stratum_id.name,
                self.tariff.name,
                "SERVICE-FIN",
                "ENG-118",
                french(invoice.amount_total),
                invoice.cdg47_amount_in_words,
                "comptable public",
            ],
            text,
        )
        for once in (
            "SERVICE-FIN",
            "ENG-118",
            "article 256 B du code général des impôts",
        ):
            self.assertEqual(text.count(once), 1, once)

    def test_the_invoice_fits_one_page_of_text(self):
        self.assertEqual(len(self.pages(INVOICE, self.make_invoice())), 1)

    def test_no_bank_and_no_due_date(self):
        bank = self.env["res.partner.bank"].create(
            {
                "acc_number": "FR7630001007941234567890185",
                "partner_id": self.company.partner_id.id,
                "allow_out_payment": True,
            }
        )
        invoice = self.make_invoice()
        invoice.partner_bank_id = bank
        html = self.invoice_html(invoice)
        self.assertNotIn("FR76", html.replace(" ", ""))
        self.assertNotIn('name="due_date"', html)
        self.assertNotIn('name="payment_communication"', html)

    def test_an_ordinary_invoice_is_left_as_it_is(self):
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.env["res.partner"].create({"name": "Client"}).id,
                "buyer_reference": "SERVICE-X",
                "invoice_date": "2027-01-04",
                "invoice_line_ids": [
                    (0, 0, {"name": "Other", "quantity": 1, "price_unit": 100})
                ],
            }
        )
        invoice.action_post()
        html = self.invoice_html(invoice)
        self.assertNotIn("cdg47_", html)
        self.assertIn('name="due_date"', html)
        self.assertIn('name="payment_communication"', html)
        self.assertEqual(html.count("SERVICE-X"), 1)
        quantity, _unit = etree.HTML(html).xpath("//td[@name='td_quantity']/span")
        self.assertIn(quantity.text, ("1.00", "1,00"))

    def invoice_html(self, invoice):
        report = self.env["ir.actions.report"]
        return report._render_qweb_html(INVOICE, invoice.ids)[0].decode()

    def test_a_credit_note_has_its_own_sentence(self):
        invoice = self.make_invoice()
        refund = invoice._reverse_moves(
            [{"invoice_date": date(2027, 2, 1)}], cancel=True
        )
        self.assertEqual(refund.cdg47_amount_in_words, invoice.cdg47_amount_in_words)
        text = self.text(INVOICE, refund)
        self.assertAllIn(
            [
                refund.cdg47_amount_in_words,
                invoice.cdg47_convention_id.name,
                "Arrêté le présent avoir",
                f"Il vient en déduction de la facture {invoice.name}.",
            ],
            text,
        )
        self.assertNotIn("moins", text)
        self.assertNotIn("recouvre", text)

    def test_another_debtor_reads_whom_it_pays_for(self):
        debtor = self.make_collectivite(
            "etablissement", {"agents": 30}, name="Communauté de communes"
        )
        invoice = self.make_invoice(invoice_partner_id=debtor.id)
        self.assertEqual(invoice.partner_id, debtor)
        text = self.text(INVOICE, invoice)
        self.assertAllIn(["Communauté de communes", self.commune.name], text)

    # === Factur-X ===
    def facturx(self, invoice):
        content, errors = self.env["account.edi.xml.cii"]._export_invoice(invoice)
        return etree.fromstring(content), errors

    def values(self, tree, path):
        nodes = tree.xpath(f".//{path}", namespaces=CII_NAMESPACES)
        return [node.text for node in nodes]

    def test_facturx_of_a_forfait(self):
        invoice = self.make_invoice()
        tree, errors = self.facturx(invoice)
        self.assertFalse(errors)
        total = f"{invoice.amount_total:.2f}"
        self.assertEqual(self.values(tree, "ram:GrandTotalAmount"), [total])
        self.assertEqual(self.values(tree, "ram:DuePayableAmount"), [total])
        self.assertEqual(self.values(tree, "ram:TaxTotalAmount"), ["0.00"])
        lines = self.values(tree, "ram:LineTotalAmount")
        self.assertEqual(f"{sum(map(float, lines[:-1])):.2f}", total)
        self.assertEqual(set(self.values(tree, "ram:CategoryCode")), {"O"})
        self.assertTrue(self.values(tree, "ram:ExemptionReason")[0])
        self.assertEqual(self.values(tree, "ram:ExemptionReasonCode"), ["VATEX-EU-O"])
        self.assertEqual(
            self.values(tree, "ram:SpecifiedLegalOrganization/ram:ID")[:2],
            [SIRET_CDG[:9], SIRET_COMMUNE[:9]],
        )
        self.assertEqual(self.values(tree, "ram:GlobalID"), [SIRET_CDG, SIRET_COMMUNE])
        self.assertEqual(self.values(tree, "ram:BuyerReference"), ["SERVICE-FIN"])
        self.assertEqual(
            self.values(tree, "ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID"),
            ["ENG-118"],
        )

    def test_facturx_out_of_scope_bears_no_rate_and_no_vat_number(self):
        """BR-O-02 and BR-O-05 of EN 16931."""
        self.company.vat = "FR07284700010"
        self.commune.vat = "FR12214703001"
        tree, _errors = self.facturx(self.make_invoice())
        self.assertFalse(self.values(tree, "ram:RateApplicablePercent"))
        self.assertFalse(self.values(tree, "ram:SpecifiedTaxRegistration"))

    def test_facturx_needs_the_siret_of_the_seller(self):
        self.company.company_registry = False
        _tree, errors = self.facturx(self.make_invoice())
        self.assertEqual(len(errors), 1)

    def test_facturx_is_embedded_in_the_invoice(self):
        self.commune.invoice_edi_format = "facturx"
        invoice = self.make_invoice()
        # Under test, Odoo leaves the XML beside the PDF: embed it as in production.
        embed = patch.dict(config.options, {"test_enable": False})
        with self.allow_pdf_render(), embed:
            self.env["account.move.send"].with_context(
                force_report_rendering=True
            )._generate_and_send_invoices(invoice, sending_methods=["manual"])
        reader = PdfReader(io.BytesIO(invoice.invoice_pdf_report_id.raw))
        self.assertIn("factur-x.xml", reader.attachments)
        tree = etree.fromstring(reader.attachments["factur-x.xml"][0])
        self.assertEqual(set(self.values(tree, "ram:CategoryCode")), {"O"})


def french(amount):
    """Write an amount as French documents do, its spaces made plain."""
    return f"{amount:,.2f} €".replace(",", " ").replace(".", ",")


def annexe1_limits(document):
    """Return the printed limits by service, of one document's Annexe 1."""
    return {
        "PARAPHEUR" if "Parapheur" in service["label"] else service["label"]: service[
            "limit"
        ]
        for _forfait, headings in document["annexe1"]
        for _heading, services in headings
        for service in services
    }
