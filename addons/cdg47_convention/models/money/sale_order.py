# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ...lib.doors import pressed
from ...lib.states import ACTING_ROLES, DECIDED_KINDS
from ...portal.discussions import open_discussions
from ...reading.catalogue_sale import CatalogueSale
from ...reading.traces import check_fee_cancelled, check_order
from .completing import read_typed
from .quoting import prepare_typed
from .sending import send_to_sign


class SaleOrder(models.Model):
    _inherit = "sale.order"

    convention_id = fields.Many2one(
        "cdg47.convention",
        index="btree_not_null",
        copy=False,
        ondelete="restrict",
        check_company=True,
    )
    term_id = fields.Many2one(
        "cdg47.convention.term",
        index="btree_not_null",
        copy=False,
        ondelete="restrict",
        help="Civil year of the convention these lines are sold for.",
    )
    cdg47_campaign_line_id = fields.Many2one(
        "cdg47.campaign.line",
        string="Renewed by",
        index="btree_not_null",
        copy=False,
        ondelete="set null",
        help="Line of the yearly campaign that made this order.",
    )
    chorus_service_code = fields.Char(help="Service code for Chorus Pro.")
    chorus_engagement = fields.Char(
        string="Engagement number", help="Legal commitment number for Chorus Pro."
    )
    cdg47_requested_by_id = fields.Many2one(
        "res.partner",
        string="Asked for by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="Contact who asked for it in the portal.",
    )
    cdg47_request = fields.Text(string="Details of the request", copy=False)
    cdg47_transmitted_on = fields.Date(
        string="Transmitted on",
        readonly=True,
        copy=False,
        help="Day the collectivité last sent it to its own signatory, in the portal.",
    )

    _cdg47_campaign_unique = models.UniqueIndex(
        "(cdg47_campaign_line_id) "
        "WHERE cdg47_campaign_line_id IS NOT NULL AND state != 'cancel'",
        "A campaign sells the year of a convention once.",
    )

    # === What a signature writes (R15) ===
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            check_order(self, vals)
        return super().create(vals_list)

    def write(self, vals):
        check_order(self, vals)
        self._cdg47_check_customer(vals)
        if vals.get("state") == "sent":
            self._cdg47_check_priced()
        return super().write(vals)

    @api.depends("convention_id")
    def _compute_require_signature(self):
        """Sign every quotation of a convention, whatever the default of sales says."""
        conventions = self.filtered("convention_id")
        conventions.require_signature = True
        return super(SaleOrder, self - conventions)._compute_require_signature()

    @api.depends("convention_id")
    def _compute_require_payment(self):
        """Never ask an online payment: the comptable public collects (R12)."""
        conventions = self.filtered("convention_id")
        conventions.require_payment = False
        return super(SaleOrder, self - conventions)._compute_require_payment()

    def _confirmation_error_message(self):
        return (
            super()._confirmation_error_message()
            or self._cdg47_obstacle()
            or self._cdg47_unsigned_message()
        )

    def _cdg47_obstacle(self):
        """Return what prevents this quotation from being accepted, or False."""
        self.ensure_one()
        return (
            self._cdg47_missing_price()
            or self._cdg47_signature_obstacle()
            or self._cdg47_all_refused_message()
            or self._cdg47_nothing_sold_message()
            or self._cdg47_prerequisite_message()
        )

    def _cdg47_check_priced(self):
        """Refuse to send a price that nobody set: it would be read as 0 €."""
        for order in self:
            missing = order._cdg47_missing_price()
            if missing:
                raise UserError(missing)

    def _cdg47_missing_price(self):
        """Return the sentence about the first line without a price, or False."""
        for line in self.order_line:
            if line._cdg47_price_is_missing():
                tariff = self.pricelist_id or self.company_id._cdg47_tariff()
                return tariff._cdg47_missing_price_message(
                    line.product_id, line._cdg47_price_date()
                )
        return False

    def _cdg47_signature_obstacle(self):
        # What a campaign renews was signed long ago.
        if not self.convention_id or self.cdg47_campaign_line_id:
            return False
        return self.convention_id._signature_obstacle(self)

    def _cdg47_unsigned_message(self):
        """Return a sentence when this would commit the collectivité unsigned, or False.

        The first quotation and every forfait added later are signed, in the portal or
        on paper; the next years of a tacit renewal are not.
        """
        self.ensure_one()
        if self.signed_by:
            return False
        if self._cdg47_commits():
            return self.env._(
                "%(order)s commits the collectivité: it signs in the portal, or its "
                "paper signature is recorded on the convention.",
                order=self.name,
            )
        if self._cdg47_goes_beyond():
            return self.env._(
                "%(order)s is beyond the forfaits: its signatory accepts it in the "
                "portal, or its written request is recorded here.",
                order=self.name,
            )
        return False

    def _cdg47_commits(self):
        """Tell whether this sells what the convention does not hold yet."""
        fees = self.order_line.filtered(lambda line: line.cdg47_kind == "fee")
        is_proposed = self.convention_id.state in ("draft", "sent")
        return bool(fees and (is_proposed or fees.filtered(self.convention_id._adds)))

    def _cdg47_goes_beyond(self):
        """Tell whether services beyond the forfaits are to be accepted (setting).

        What renews an accepted supplement is not accepted again.
        """
        return bool(
            self.convention_id
            and self.company_id.cdg47_acceptance_required
            and self.order_line.filtered(lambda ln: ln._cdg47_needs_acceptance())
        )

    @pressed()
    def action_confirm(self):
        return super().action_confirm()

    def _action_confirm(self):
        """Put in force what is accepted; its lines already deliver by their state."""
        result = super()._action_confirm()
        # A yearly renewal adds nothing to what is held.
        signed = self.filtered(
            lambda o: o.convention_id and not o.cdg47_campaign_line_id
        )
        for order in signed:
            # The signatory has no write access to conventions: only what the signed
            # quotation says is put in force.
            order_sudo = order.sudo()
            order_sudo.convention_id._on_order_signed(order_sudo)
        for line in self.filtered("convention_id").order_line:
            # Nor has it any to rights and allocations.
            line.sudo()._cdg47_put_in_force()
        return result

    @pressed()
    def _action_cancel(self):
        """Give back what the order had opened, unless it is invoiced.

        The term that a refused proposal had drawn is dropped; a term in force stays.
        """
        for order in self.filtered(lambda o: o.convention_id and o.state == "sale"):
            check_fee_cancelled(order)
            order.order_line._cdg47_check_uninvoiced()
            order.order_line.sudo()._cdg47_take_back()
        # Odoo cancels its drafts too: who sells may read no payment.
        drafts_sudo = self.sudo().invoice_ids.filtered(lambda m: m.state == "draft")
        drafts_sudo.button_cancel()
        result = super()._action_cancel()
        for order in self.filtered("convention_id"):
            # A signatory refuses by the portal, without rights on conventions.
            order_sudo = order.sudo()
            order_sudo.convention_id._on_order_refused(order_sudo)
        return result

    def _prepare_invoice(self):
        values = super()._prepare_invoice()
        line = self.cdg47_campaign_line_id
        if line:
            values.update(
                cdg47_campaign_id=line.campaign_id.id,
                cdg47_campaign_line_id=line.id,
                invoice_date=line.campaign_id.invoice_date,
            )
        # Odoo sorts the values of the grouping keys: ordinary orders need them too,
        # and of the same type.
        values.update(
            cdg47_convention_id=self.convention_id.id,
            cdg47_term_id=self.term_id.id,
            buyer_reference=self.chorus_service_code or "",
            purchase_order_reference=self.chorus_engagement or "",
        )
        if self.convention_id and not values.get("invoice_payment_term_id"):
            # The comptable of a debtor has thirty days, unless agreed otherwise (R17).
            term = self.company_id._cdg47_payment_term()
            values["invoice_payment_term_id"] = term and term.id
        reason = self.convention_id and self._cdg47_floor_reason()
        if reason and self._cdg47_is_below_floor():
            values["cdg47_floor_reason"] = reason
        return values

    def _get_invoice_grouping_keys(self):
        """Keep apart what one invoice cannot state: two conventions or engagements."""
        return super()._get_invoice_grouping_keys() + [
            "cdg47_convention_id",
            "buyer_reference",
            "purchase_order_reference",
        ]

    def _cdg47_is_of_collectivite(self):
        return bool(
            self.convention_id
            or self.partner_id.commercial_partner_id.collectivite_type
        )

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        operations = super()._mail_get_operation_for_mail_message_operation(
            message_operation
        )
        if message_operation != "create":
            return operations
        documents = self.filtered("convention_id")
        return open_discussions(documents, operations)

    # === Each line is accepted or refused, then the rest is signed (R7) ===
    def _cdg47_choice_lines(self):
        """Return the lines a signatory may refuse while accepting the others."""
        self.ensure_one()
        lines = self.order_line.filtered(lambda ln: ln.cdg47_kind in DECIDED_KINDS)
        return lines if self._has_to_be_signed() else lines.browse()

    def _cdg47_choose(self, kept, author):
        """Record which lines a signatory keeps; the others are refused.

        :param sale.order.line kept: lines of this quotation
        :param res.partner author: who chooses
        """
        lines = self._cdg47_choice_lines()
        refused = lines - kept
        changed = refused.filtered(lambda ln: not ln.cdg47_is_refused)
        changed |= (lines & kept).filtered("cdg47_is_refused")
        if not changed:
            return
        (lines & kept)._cdg47_set_refused(False)
        refused._cdg47_set_refused(True)
        if refused:
            body = self.env._(
                "Lines refused: %(lines)s.", lines=", ".join(refused.mapped("name"))
            )
        else:
            body = self.env._("All the lines are accepted.")
        self.message_post(body=body, author_id=author.id)

    def _cdg47_keep_shown(self, shown, total):
        """Keep and refuse the lines as the page that is signed shows them (R15).

        :param str shown: « 12:1,13:0 »: each line proposed, and whether it is ticked
        :param str total: the sum shown to who signs
        :raise UserError: another line, or another sum, than the page shows
        """
        self.ensure_one()
        boxes = dict(box.partition(":")[::2] for box in shown.split(",") if box)
        lines = self._cdg47_choice_lines()
        kept = lines.filtered(lambda line: boxes.get(str(line.id)) == "1")
        is_same = set(boxes) == {str(line.id) for line in lines}
        if is_same:
            self._cdg47_choose(kept, self.env.user.partner_id)
        try:
            difference = self.currency_id.compare_amounts(
                self.amount_total, float(total)
            )
        except (ValueError, OverflowError):
            difference = 1
        if difference or not is_same:
            raise UserError(
                self.env._(
                    "The quotation has changed since this page was opened: nothing is "
                    "signed. Open it again, read it, then sign."
                )
            )

    def message_post(self, **kwargs):
        """Say « signed » as a collectivité says it, under the signed PDF."""
        name = self.env.context.get("cdg47_signed_by")
        if name and self.convention_id and kwargs.get("attachments"):
            kwargs["body"] = self.env._("Signed by %(name)s.", name=name)
        return super().message_post(**kwargs)

    def _cdg47_all_refused_message(self):
        lines = self.order_line.filtered(lambda ln: not ln.display_type)
        if not lines or not all(lines.mapped("cdg47_is_refused")):
            return False
        return self.env._(
            "Every line is refused: keep at least one to sign, or refuse the quotation."
        )

    # === Typed as a plain quotation (R14, R18) ===
    def _cdg47_check_customer(self, vals):
        """A quotation of a convention is its collectivité's, owed by its debtor."""
        for order in self.filtered("convention_id"):
            owner = order.convention_id.partner_id
            kept = (owner | order.partner_id).ids
            if vals.get("partner_id", owner.id) not in kept:
                raise UserError(
                    self.env._(
                        "%(order)s is a quotation of %(name)s, under its convention: "
                        "draw another one for somebody else.",
                        order=order.name,
                        name=owner.name,
                    )
                )
            if "partner_invoice_id" in vals:
                order._cdg47_check_debtor(vals["partner_invoice_id"])

    def _cdg47_enter_catalogue(self, lines):
        """Make lines of the catalogue those of the convention of the customer.

        :param sale.order.line lines: typed lines of this quotation
        :raise RedirectWarning: without a convention, to the assistant that proposes it
        """
        self.ensure_one()
        sale = CatalogueSale(self)
        if not sale.convention:
            forfaits = lines.filtered("product_id.cdg47_is_forfait")
            if forfaits or not self.company_id.cdg47_sells_outside:
                sale.refuse(lines.product_id)
            return
        if not self.convention_id:
            self.write(prepare_typed(sale.convention))
        for line in lines:
            before = self.order_line.filtered(
                lambda ln, line=line: (
                    ln.product_id == line.product_id and ln.id < line.id
                )
            )
            drawn = sum(before.mapped("cdg47_asked_quantity"))
            # What the catalogue makes of a line is decided: nobody enters it.
            line.sudo().write(sale.prepare_line(line, drawn))
        priced = lines.filtered("pricelist_item_id")
        priced.with_context(force_price_recomputation=True)._compute_price_unit()

    def _cdg47_nothing_sold_message(self):
        """Return a sentence when the forfaits cover all that is asked, or False."""
        lines = self.order_line.filtered("cdg47_asked_quantity")
        if not lines or any(self.order_line.mapped("product_uom_qty")):
            return False
        return self.env._(
            "The forfaits cover all of %(order)s: nothing is sold. Enter the use "
            "instead, and cancel this quotation.",
            order=self.name,
        )

    # === Sending ===
    def _cdg47_signatory(self):
        """Return who is asked to sign: the convention's, else today's mayor."""
        self.ensure_one()
        convention_sudo = self.convention_id.sudo()
        return (
            convention_sudo.signatory_id
            or convention_sudo.partner_id._cdg47_signatories()[:1]
        )

    def action_cdg47_send(self):
        """Send a quotation of services to its signatory, who signs in the portal."""
        self.check_access("write")
        for order in self:
            send_to_sign(order)
        return True

    # === Who may sign, refuse or complete it (R7) ===
    def _cdg47_signatory_refusal(self, user):
        """Return why this login can neither sign nor refuse the quotation, or False.

        :param res.users user: the login that asks, the public user included
        :rtype: str or bool
        """
        self.ensure_one()
        partner = self.convention_id.partner_id
        if not partner:
            return False
        mine = self.env["res.partner"].with_user(user)._cdg47_mine(("signatory",))
        if partner in mine:
            return False
        # Who commits a collectivité is public, and the reader may see no mandate.
        names = partner.sudo()._cdg47_signatories().mapped("name")
        if not names:
            return self.env._(
                "Nobody is known as signatory of %(name)s: ask the centre de gestion "
                "to record its mayor or president.",
                name=partner.name,
            )
        return self.env._(
            "This quotation is signed or refused by the signatory of %(name)s, with a "
            "login of their own: %(signatories)s.",
            name=partner.name,
            signatories=", ".join(names),
        )

    def _cdg47_signature_refusal(self, user):
        """Return why this login cannot sign the quotation now, or False."""
        return self._cdg47_signatory_refusal(user) or self._cdg47_obstacle()

    def _cdg47_asks_deliberation(self):
        """Tell whether the deliberation is to be entered with this quotation."""
        convention = self.convention_id
        return (
            convention.state in ("draft", "sent")
            and convention.company_id.cdg47_deliberation_required
        )

    def _cdg47_may_complete(self, user):
        """Tell whether this login may complete the quotation for its collectivité."""
        self.ensure_one()
        if not (self.convention_id and self._has_to_be_signed()):
            return False
        mine = self.env["res.partner"].with_user(user)._cdg47_mine(ACTING_ROLES)
        return self.convention_id.partner_id in mine

    def _cdg47_complete(self, typed):
        """Record what the collectivité completes before signing.

        :param dict[str, str] typed: what was typed, by name of field; a field left out
            stays as it is, any other key is ignored
        :raise UserError: which value cannot be recorded, and why
        """
        self.ensure_one()
        values, deliberation = read_typed(self, typed)
        if self._cdg47_asks_deliberation():
            self.convention_id.write(deliberation)
        self.write(values)

    # === What acceptance puts in force (R4, R7, R8) ===
    def _cdg47_prerequisite_message(self):
        """Return what must be held before what this quotation sells, or False (R9)."""
        if self.state not in ("draft", "sent"):
            return False
        # A signatory reads neither products nor the accesses of the collectivité.
        partner_sudo = self.sudo().convention_id.partner_id
        for line in self.sudo().order_line.filtered(lambda ln: ln._cdg47_allocates()):
            obstacle = partner_sudo._cdg47_obstacle(line.product_id)
            if obstacle:
                return obstacle[0]
        return False

    def _cdg47_request_status(self):
        """Say where a request stands, and in which tone.

        :rtype: tuple[str, str]
        """
        self.ensure_one()
        return {
            "draft": (self.env._("Being studied by the CDG"), "waiting"),
            "sent": (self.env._("Quotation to be signed"), "todo"),
            "sale": (self.env._("Accepted"), "done"),
            "cancel": (self.env._("Refused or cancelled"), "over"),
        }[self.state]
