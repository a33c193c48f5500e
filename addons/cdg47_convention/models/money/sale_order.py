# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


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

    _cdg47_campaign_unique = models.UniqueIndex(
        "(cdg47_campaign_line_id) "
        "WHERE cdg47_campaign_line_id IS NOT NULL AND state != 'cancel'",
        "A campaign sells the year of a convention once.",
    )

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
        for line in self.order_line:
            if line._cdg47_price_is_missing():
                tariff = self.pricelist_id or self.company_id._cdg47_tariff()
                return tariff._cdg47_missing_price_message(
                    line.product_id, line._cdg47_price_date()
                )
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
        convention = self.convention_id
        fees = self.order_line.filtered(lambda line: line.cdg47_kind == "fee")
        added = fees.product_template_id - convention.line_ids.forfait_id
        if self.signed_by or not fees:
            return False
        if convention.state not in ("draft", "sent") and not added:
            return False
        return self.env._(
            "%(order)s commits the collectivité: it signs in the portal, or its paper "
            "signature is recorded on the convention.",
            order=self.name,
        )

    def _action_confirm(self):
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
        return result

    def _action_cancel(self):
        """Drop the term a refused proposal had drawn; a term in force stays."""
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
            if not values.get("invoice_payment_term_id"):
                # Odoo says today, which may be before the invoice.
                values["invoice_date_due"] = line.campaign_id.invoice_date
        # Odoo sorts the values of the grouping keys: ordinary orders need them too,
        # and of the same type.
        values.update(
            cdg47_convention_id=self.convention_id.id,
            cdg47_term_id=self.term_id.id,
            buyer_reference=self.chorus_service_code or "",
            purchase_order_reference=self.chorus_engagement or "",
        )
        return values

    def _get_invoice_grouping_keys(self):
        """Keep apart what one invoice cannot state: two conventions or engagements."""
        return super()._get_invoice_grouping_keys() + [
            "cdg47_convention_id",
            "buyer_reference",
            "purchase_order_reference",
        ]

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        operations = super()._mail_get_operation_for_mail_message_operation(
            message_operation
        )
        if message_operation != "create":
            return operations
        documents = self.filtered("convention_id")
        return self.env["cdg47.convention"]._open_discussions(documents, operations)
