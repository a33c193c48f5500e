# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...lib.dates import today_in_paris
from ...reading.annexe1 import is_barred


class Cdg47Convention(models.Model):
    """What a signature puts in force: a convention, then its amendments."""

    _inherit = "cdg47.convention"

    def _signature_obstacle(self, order=None):
        """Return the sentence that says why a quotation cannot be signed, or False.

        :param sale.order order: quotation of this convention, else the pending one
        """
        self.ensure_one()
        order = order or self.pending_order_id
        is_fee = any(line.cdg47_kind == "fee" for line in order.order_line)
        if is_fee and self.state in ("terminated", "expired"):
            return self.env._(
                "%(convention)s has ended: nothing can be added to it.",
                convention=self.display_name,
            )
        if is_fee and order.term_id.state == "cancelled":
            return self.env._(
                "%(order)s was taken back: draw a new quotation from the convention.",
                order=order.name,
            )
        if self.state not in ("draft", "sent"):
            return False
        if not self.company_id.cdg47_deliberation_required:
            return False
        if self.deliberation_number and self.deliberation_date:
            return False
        return self.env._(
            "Enter the number and the date of the deliberation that approves the "
            "convention before it is signed."
        )

    def _on_order_signed(self, order):
        """Put in force what a signed quotation says: a convention or an amendment."""
        self.ensure_one()
        if self.state in ("draft", "sent"):
            self._activate(order)
        elif self.state == "active":
            self._amend(order)

    def _on_order_refused(self, order):
        """Go back to a draft when the quotation that awaited a signature is refused."""
        self.ensure_one()
        if order.term_id.state == "draft":
            order.term_id.state = "cancelled"
        if self.state == "sent" and not self.pending_order_id:
            self.state = "draft"
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self._in_manager_lang().env._("Proposal refused or cancelled"),
                user_id=self.user_id.id or self.env.uid,
            )

    def _activate(self, order):
        """Make a signed convention active (guarded: one per collectivité at a date)."""
        self.ensure_one()
        obstacle = self._signature_obstacle(order)
        if obstacle:
            raise UserError(obstacle)
        self.env["cdg47.ledger"]._guard(self.partner_id)
        self.line_ids.order_id = order
        self.write({"state": "active", **self._signature_values(order)})
        order.term_id.state = "open"
        self._open_accesses(self.line_ids.forfait_id)
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self._in_manager_lang().env._("Counter-signature by the CDG"),
            user_id=self.user_id.id or self.env.uid,
        )

    def _signature_values(self, order):
        """Return what the convention keeps of the signature of its quotation."""
        return {
            "signed_by": order.signed_by or self.signed_by,
            "signed_on": order.signed_on or self.signed_on or fields.Datetime.now(),
            "signature": order.signature,
            "signature_kind": "portal" if order.signature else "paper",
        }

    def _amend(self, order):
        """Add the forfaits of a signed amendment, from the day it says."""
        self.env["cdg47.ledger"]._guard(self.partner_id)
        added = order.order_line.filtered(lambda line: line.cdg47_kind == "fee")
        known = self.line_ids.forfait_id
        new_lines = added.filtered(lambda ln: ln.product_template_id not in known)
        self.line_ids.create(
            [
                {
                    "convention_id": self.id,
                    "forfait_id": line.product_template_id.id,
                    "date_start": line.cdg47_date_start,
                    "order_id": order.id,
                }
                for line in new_lines
            ]
        )
        self._open_accesses(new_lines.product_template_id)
        if new_lines:
            self.message_post(
                body=self.env._(
                    "Amendment signed: %(forfaits)s.",
                    forfaits=", ".join(new_lines.product_template_id.mapped("name")),
                )
            )

    def _open_accesses(self, forfaits):
        """Open the commissioning of the access services of these forfaits."""
        self.ensure_one()
        # An option opens what its own forfait continues: the parapheur.
        rules = self.env["cdg47.quota.rule"].search(
            self.env["cdg47.quota.rule"]._domain_at(self.date_start)
            & Domain("measure", "=", "access")
            & Domain("condition", "=", False)
            & (
                (
                    Domain("coverage", "=", "included")
                    & Domain("forfait_id", "in", forfaits.ids)
                )
                | (
                    Domain("coverage", "=", "option")
                    & Domain(
                        "overage_product_id.product_tmpl_id",
                        "in",
                        forfaits.filtered("cdg47_is_option").ids,
                    )
                )
            )
        )
        # What depends on the Métiers editor only opens where it supports it (R9).
        editor = self.partner_id.software_editor_id
        rules = rules.filtered(
            lambda rule: not is_barred(rule, rule.product_ids, editor)
        )
        steps = rules.product_ids.cdg47_step_ids
        products = steps.filtered(lambda s: s.kind == "commissioning").product_id
        # What may be delegated is followed too, to record to whom.
        products |= rules.product_ids.filtered("cdg47_can_delegate")
        known = self.activation_ids.product_id
        self.activation_ids.create(
            [
                {"convention_id": self.id, "product_id": product.id}
                for product in products - known
            ]
        )

    def action_countersign(self):
        """Record the counter-signature of the CDG."""
        self._check_manager()
        for convention in self:
            if convention.state != "active" or convention.countersigned_on:
                raise UserError(
                    self.env._(
                        "%(convention)s has nothing to counter-sign.",
                        convention=convention.display_name,
                    )
                )
            convention.sudo().write(
                {
                    "countersigned_by_id": self.env.uid,
                    "countersigned_on": today_in_paris(),
                }
            )
            convention._in_manager_lang().activity_feedback(
                ["mail.mail_activity_data_todo"]
            )
        return True
