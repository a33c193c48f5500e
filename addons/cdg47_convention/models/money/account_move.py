# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.base.models.ir_actions_report import _wkhtml

from ...lib.amount_in_words import amount_in_words
from ...lib.dates import today_in_paris
from ...lib.doors import pressed
from ...lib.pages import number_pages
from ...lib.words import registry_name
from ...portal.discussions import open_discussions
from ...reading.billing_limit import credit_notes_of, credited_whole, over_billing
from ...reading.invoice_pages import column_titles, page_texts
from ...reading.lawful_invoice import (
    SALES,
    check_written,
    is_ours,
    is_public,
    is_small,
    obstacle,
    reminders,
    small_sentence,
)

# Where M57 records what is cancelled of a closed exercice.
CLOSED_EXERCICE_IMPUTATION = "673"
# What its pages and its XML show, and may still be entered once it is posted.
PRINTED = {"buyer_reference", "purchase_order_reference", "narration", "ref"}


class AccountMove(models.Model):
    _inherit = "account.move"

    cdg47_convention_id = fields.Many2one(
        "cdg47.convention",
        string="Convention",
        index="btree_not_null",
        copy=False,
        ondelete="restrict",
    )
    cdg47_term_id = fields.Many2one(
        "cdg47.convention.term",
        string="Term",
        index="btree_not_null",
        copy=False,
        ondelete="restrict",
    )
    cdg47_campaign_id = fields.Many2one(
        "cdg47.campaign",
        string="Yearly campaign",
        index="btree_not_null",
        copy=False,
        ondelete="set null",
    )
    cdg47_campaign_line_id = fields.Many2one(
        "cdg47.campaign.line",
        string="Line of the campaign",
        index="btree_not_null",
        copy=False,
        ondelete="set null",
    )
    cdg47_amount_in_words = fields.Char(
        string="Amount in words", compute="_compute_cdg47_amount_in_words"
    )
    cdg47_title_number = fields.Char(
        string="Titre number", copy=False, index="btree_not_null", tracking=True
    )
    cdg47_title_slip = fields.Char(string="Bordereau", copy=False)
    cdg47_title_date = fields.Date(string="Titre issued on", copy=False)
    cdg47_collection = fields.Selection(
        [
            ("to_issue", "To be issued"),
            ("issued", "Issued"),
            ("partial", "Partly collected"),
            ("collected", "Collected"),
            ("cancelled", "Cancelled"),
            ("lost", "Written off"),
        ],
        string="Titre",
        default="to_issue",
        copy=False,
        tracking=True,
        help="What the comptable public says of it.",
    )
    cdg47_collected_amount = fields.Monetary(string="Amount collected", copy=False)
    cdg47_collected_on = fields.Date(string="Collected on", copy=False)
    cdg47_exercice = fields.Selection(
        [("current", "Current exercice"), ("closed", "Closed exercice")],
        string="Credit note on",
        compute="_compute_cdg47_exercice",
        help="A credit note on a closed exercice is a charge (account 673), not a "
        "reduction of the titre.",
    )
    cdg47_rebill = fields.Boolean(
        string="To be invoiced again",
        copy=False,
        tracking=True,
        help="What this credit note gives back is due again. Otherwise it is final.",
    )
    cdg47_floor_reason = fields.Char(
        string="Why below the smallest debt",
        copy=False,
        tracking=True,
        help="Reason given by the accountant who invoiced it nonetheless.",
    )

    @api.depends("amount_total", "currency_id")
    def _compute_cdg47_amount_in_words(self):
        # A credit note says that it is one: its sum has no sign.
        for move in self:
            move.cdg47_amount_in_words = amount_in_words(move.amount_total)

    def _reverse_moves(self, default_values_list=None, cancel=False):
        """Keep the convention and the Chorus references on credit notes."""
        default_values_list = default_values_list or [{} for _move in self]
        for move, values in zip(self, default_values_list, strict=True):
            values.update(
                cdg47_convention_id=move.cdg47_convention_id.id,
                cdg47_term_id=move.cdg47_term_id.id,
            )
        return super()._reverse_moves(default_values_list, cancel=cancel)

    def message_post_with_source(self, source_ref, **kwargs):
        """Spare drafts by thousands the note that names their order: a field does."""
        if (
            self.env.context.get("cdg47_campaign_run")
            and source_ref == "mail.message_origin_link"
        ):
            return self.env["mail.message"]
        return super().message_post_with_source(source_ref, **kwargs)

    # === Lawful by itself, and billed once (R16, R17) ===
    @pressed()
    def _post(self, soft=True):
        public = self.filtered(is_public)
        obstacles = public._cdg47_obstacles()
        if obstacles:
            raise UserError("\n".join(obstacles.values()))
        public._cdg47_check_billed_once()
        posted = super()._post(soft=soft)
        (posted & public)._cdg47_withdraw_supplements()
        return posted

    def _cdg47_obstacles(self):
        """Return which of these invoices cannot be posted as they are, and why.

        :rtype: dict[account.move, str]
        """
        obstacles = {move: obstacle(move) for move in self.filtered(is_public)}
        return {move: sentence for move, sentence in obstacles.items() if sentence}

    def _get_alerts(self):
        """Ask before posting for what an invoice lacks, on its form."""
        alerts = super()._get_alerts()
        if self.state == "draft" and is_public(self):
            for name, sentence in reminders(self).items():
                alerts[name] = {"level": "warning", "message": sentence}
        return alerts

    @api.depends("partner_id")
    def _compute_invoice_payment_term_id(self):
        """A public debtor has thirty days, unless agreed otherwise (R17)."""
        result = super()._compute_invoice_payment_term_id()
        for move in self.filtered(is_public):
            if move.move_type == "out_invoice" and not move.invoice_payment_term_id:
                company = move.company_id or self.env.company
                move.invoice_payment_term_id = company._cdg47_payment_term()
        return result

    @api.onchange("partner_id")
    def _onchange_cdg47_service_code(self):
        """Propose the service code of the debtor, as on its quotations."""
        code = self.commercial_partner_id.chorus_service_code
        if self.move_type in SALES and code:
            self.buyer_reference = self.buyer_reference or code

    def _cdg47_check_billed_once(self):
        """Refuse to post more than what is due, or to credit more than was invoiced.

        Two accountants who post at once are told apart by the guard of the ledger (R6).
        """
        # An accountant may post an invoice of an order somebody else sold.
        moves_sudo = self.sudo()
        lines_sudo = (moves_sudo | moves_sudo.reversed_entry_id).invoice_line_ids
        lines_sudo.sale_line_ids.order_id._cdg47_guard_debtors()
        sentences = over_billing(moves_sudo)
        if sentences:
            raise UserError("\n".join(sentences))

    def _cdg47_withdraw_supplements(self):
        """Take back what a final credit note gives back whole (R16)."""
        final_sudo = self.sudo().filtered(
            lambda move: move.move_type == "out_refund" and not move.cdg47_rebill
        )
        credited_whole(final_sudo)._cdg47_take_back()
        rebilled = self.filtered("cdg47_rebill").reversed_entry_id
        rebilled._cdg47_free_facts()

    def _cdg47_drop_small(self):
        """Hold what is below the smallest debt, invoice by invoice (R17).

        :return: the invoices that stay
        :rtype: account.move
        :raise UserError: when none does
        """
        small = self.filtered(
            lambda move: (
                move.move_type == "out_invoice" and is_ours(move) and is_small(move)
            )
        )
        if not small:
            return self
        if small == self:
            raise UserError("\n".join(map(small_sentence, small)))
        for move in small:
            for order in move.invoice_line_ids.sale_line_ids.order_id:
                order.message_post(body=small_sentence(move))
        small.unlink()
        return self - small

    def _cdg47_check_no_title(self):
        """Once its titre is issued, an invoice is corrected by a credit note only.

        What an accountant typed by hand too: the comptable public has it.
        """
        for move in self:
            if move.cdg47_title_number or move.cdg47_collection not in (
                False,
                "to_issue",
            ):
                raise UserError(
                    self.env._(
                        "The titre %(title)s of %(move)s is issued: make a credit note "
                        "instead.",
                        title=move.cdg47_title_number or "",
                        move=move.name,
                    )
                )

    def _cdg47_check_not_credited(self):
        """A credit note stays the one of an invoice that stands (R16)."""
        invoices = self.filtered(lambda m: m.move_type == "out_invoice" and is_ours(m))
        for move in invoices.filtered(lambda m: m.state == "posted"):
            # An accountant corrects an invoice of an order somebody else sold.
            notes = credit_notes_of(move.sudo()) - self
            if notes:
                raise UserError(
                    self.env._(
                        "%(move)s is credited by %(notes)s: set the credit note back "
                        "to draft first.",
                        move=move.name,
                        notes=", ".join(notes.mapped("name")),
                    )
                )

    def _cdg47_has_usual_term(self):
        """Tell whether a collectivité's invoice is due as all of them: not printed."""
        self.ensure_one()
        term = self.invoice_payment_term_id
        return self._cdg47_is_of_collectivite() and (
            not term or term == self.company_id._cdg47_payment_term()
        )

    def _cdg47_bases(self):
        """Return the bases of the debt printed on the invoice, label by label.

        :rtype: list[tuple[str, str]]
        """
        self.ensure_one()
        convention, term = self.cdg47_convention_id, self.cdg47_term_id
        bases = [(self.env._("Convention"), convention.name)]
        if convention.deliberation_number:
            bases.append(
                (
                    self.env._("Deliberation"),
                    self.env._(
                        "No. %(number)s of %(date)s",
                        number=convention.deliberation_number,
                        date=convention._format_date(convention.deliberation_date),
                    ),
                )
            )
        if self.partner_id != convention.partner_id:
            bases.append((self.env._("Beneficiary"), convention.partner_id.name))
        if term:
            bases += [
                (
                    self.env._("Period"),
                    self.env._(
                        "from %(start)s to %(end)s",
                        start=convention._format_date(term.date_start),
                        end=convention._format_date(term.date_end),
                    ),
                ),
                (
                    self.env._("Stratum"),
                    f"{term.stratum_id.name} - {term.stratum_reason}",
                ),
            ]
        else:
            bases += self._cdg47_bases_without_term()
        tariff = self.invoice_line_ids.sale_line_ids.order_id.pricelist_id[:1]
        if tariff:
            bases.append((self.env._("Tariff"), tariff._cdg47_printed_name()))
        return bases

    def _cdg47_bases_without_term(self):
        """Beyond the last term drawn, today's year and stratum are those in force."""
        day = self.invoice_date or today_in_paris()
        stratum, reason = self.cdg47_convention_id.partner_id._cdg47_stratum_at(day)
        bases = [(self.env._("Civil year"), str(day.year))]
        if stratum:
            bases.append((self.env._("Stratum"), f"{stratum.name} - {reason}"))
        return bases

    def _cdg47_is_of_collectivite(self):
        return bool(
            self.cdg47_convention_id or self.commercial_partner_id.collectivite_type
        )

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        operations = super()._mail_get_operation_for_mail_message_operation(
            message_operation
        )
        if message_operation != "create":
            return operations
        documents = self.filtered("cdg47_convention_id")
        return open_discussions(documents, operations)

    # === Its file: printed, sent and downloaded alike ===
    def _cdg47_is_filed(self, report):
        """Tell whether printing gives a file that is kept, made now if need be."""
        self.ensure_one()
        sender = self.env["account.move.send"]
        if (
            self.env.context.get("cdg47_drawing")
            or self.state != "posted"
            or not self.is_sale_document()
            or report != sender._get_default_pdf_report_id(self)
        ):
            return False
        if not self.invoice_pdf_report_id:
            sender._cdg47_file(self)
        return bool(self.invoice_pdf_report_id)

    def _cdg47_number_pages(self, streams):
        """Number the pages where wkhtmltopdf prints no footer, nor a header."""
        if _wkhtml().is_patched_qt:
            return
        for stream in filter(None, (value["stream"] for value in streams.values())):
            numbered = number_pages(
                stream.getvalue(), partial(page_texts, self), column_titles(self)
            )
            stream.seek(0)
            stream.truncate()
            stream.write(numbered)

    def _cdg47_registry_line(self, partner):
        """Write a number of the SIRENE register under its own name, or nothing."""
        number = "".join((partner.commercial_partner_id.company_registry or "").split())
        if not number or not self.l10n_fr_is_company_french:
            return ""
        return f"{registry_name(number)} : {number}"

    def write(self, vals):
        """Draw again what was printed only, when what it says changes.

        What leaves « posted », by RPC too, has neither titre nor credit note; what is
        cancelled frees what it billed: it is due again.
        """
        check_written(self, vals)
        if vals.get("state") in ("draft", "cancel"):
            self._cdg47_check_no_title()
            self._cdg47_check_not_credited()
        result = super().write(vals)
        if vals.get("state") == "cancel":
            self._cdg47_free_facts()
        if PRINTED & set(vals):
            stale = self.filtered(
                lambda move: move.invoice_pdf_report_id and not move.is_move_sent
            )
            stale._detach_attachments()
            stale.invalidate_recordset(["invoice_pdf_report_id", "ubl_cii_xml_id"])
        return result

    def _get_invoice_legal_documents(self, filetype, allow_fallback=False):
        """Give of a posted invoice its file, made now if need be: never a proforma."""
        if filetype == "pdf" and self._cdg47_is_of_collectivite():
            report = self.env["account.move.send"]._get_default_pdf_report_id(self)
            self.sudo()._cdg47_is_filed(report)
        return super()._get_invoice_legal_documents(
            filetype, allow_fallback=allow_fallback
        )

    # === The titre de recettes ===
    # The comptable public collects: what it says comes back onto the invoice, and
    # nothing is dunned here (R12).
    @api.depends("reversed_entry_id.invoice_date", "invoice_date", "move_type")
    def _compute_cdg47_exercice(self):
        for move in self:
            origin = move.reversed_entry_id.invoice_date
            day = move.invoice_date or today_in_paris()
            if move.move_type != "out_refund" or not origin:
                move.cdg47_exercice = False
            elif origin.year == day.year:
                move.cdg47_exercice = "current"
            else:
                move.cdg47_exercice = "closed"

    def _cdg47_imputations(self):
        """Return what is to be recorded by M57 account, credit notes in minus.

        :rtype: dict[str, float]
        """
        self.ensure_one()
        amounts = defaultdict(float)
        sign = -1 if self.move_type == "out_refund" else 1
        for line in self.invoice_line_ids.filtered(
            lambda ln: ln.display_type == "product"
        ):
            imputation = line.product_id.cdg47_account_code or ""
            if self.cdg47_exercice == "closed":
                imputation = CLOSED_EXERCICE_IMPUTATION
            amounts[imputation] += sign * line.price_total
        return {
            imputation: self.currency_id.round(amount)
            for imputation, amount in amounts.items()
        }

    def _cdg47_period(self):
        """Return the first and the last day that the invoice is about, if known.

        A credit note is about the days of what it corrects.
        """
        self.ensure_one()
        days = (self.reversed_entry_id or self).invoice_line_ids._cdg47_days()
        if days:
            return min(days), max(days)
        term = self.cdg47_term_id
        return term.date_start or None, term.date_end or None

    # === What services bill is frozen, then freed if cancelled (R4) ===
    def _cdg47_bill_facts(self):
        """Link to these invoices the uses that their lines bill."""
        for line in self.invoice_line_ids:
            # Accountants read no ledger; what they bill is frozen all the same.
            billed_sudo = line.sudo().sale_line_ids.filtered(
                lambda ln: ln.cdg47_kind == "overage"
            )
            first_sudo = billed_sudo.cdg47_continues_id or billed_sudo
            facts_sudo = first_sudo.cdg47_consumption_ids
            day = self.env.context.get("cdg47_served_until")
            if day:
                facts_sudo = facts_sudo.filtered(lambda f, day=day: f.date <= day)
            if facts_sudo:
                facts_sudo._bill(line)

    # === Who pays is public: the comptable collects (R12) ===
    def _has_to_be_paid(self):
        """Never offer to pay online what the comptable public collects."""
        return not self._cdg47_is_of_collectivite() and super()._has_to_be_paid()

    def _get_invoice_proforma_pdf_report_filename(self):
        """Name a posted invoice as one, whether its mail has left or not."""
        name = super()._get_invoice_proforma_pdf_report_filename()
        is_final = self.state == "posted" and self._cdg47_is_of_collectivite()
        return name.replace("_proforma", "") if is_final else name

    def _cdg47_free_facts(self):
        facts_sudo = self.env["cdg47.consumption"].sudo()
        facts_sudo.search(
            [("invoice_line_id", "in", self.invoice_line_ids.ids)]
        ).invoice_line_id = False
