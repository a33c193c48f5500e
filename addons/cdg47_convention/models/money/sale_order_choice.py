# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.exceptions import UserError

from ...lib.states import DECIDED_KINDS


class SaleOrder(models.Model):
    """Each line of services is accepted or refused, then the rest is signed (R7)."""

    _inherit = "sale.order"

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

    def _cdg47_obstacle(self):
        return super()._cdg47_obstacle() or self._cdg47_all_refused_message()

    def _cdg47_all_refused_message(self):
        lines = self.order_line.filtered(lambda ln: not ln.display_type)
        if not lines or not all(lines.mapped("cdg47_is_refused")):
            return False
        return self.env._(
            "Every line is refused: keep at least one to sign, or refuse the quotation."
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
        template = self.env.ref("cdg47_convention.mail_template_services_to_sign")
        for order in self:
            signatory = order._cdg47_signatory()
            obstacle = order._cdg47_obstacle()
            if not signatory.email:
                obstacle = self.env._(
                    "%(name)s has no signatory with an e-mail address: record its "
                    "mayor or president first.",
                    name=order.partner_id.name,
                )
            if obstacle:
                raise UserError(obstacle)
            if order.state == "draft":
                order.action_quotation_sent()
            order.message_subscribe(signatory.ids)
            template.send_mail(order.id)
        return True
