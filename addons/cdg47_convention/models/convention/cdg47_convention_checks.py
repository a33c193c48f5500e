# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.exceptions import ValidationError

from ...lib.states import SIGNED_STATES


class Cdg47Convention(models.Model):
    """What must be true of any convention."""

    _inherit = "cdg47.convention"

    @api.constrains("state", "partner_id", "date_start", "date_end")
    def _check_one_at_a_date(self):
        """Only one convention in force per collectivité at a date.

        Guarded, as two transactions cannot see each other's conventions (R6).
        """
        signed = self.filtered(lambda c: c.state in SIGNED_STATES)
        self.env["cdg47.ledger"]._guard(signed.partner_id)
        for convention in signed:
            twin = self.search(
                [
                    ("id", "!=", convention.id),
                    ("partner_id", "=", convention.partner_id.id),
                    ("state", "in", SIGNED_STATES),
                    ("date_start", "<=", convention.date_end),
                    ("date_end", ">=", convention.date_start),
                ],
                limit=1,
            )
            if twin:
                raise ValidationError(
                    self.env._(
                        "%(name)s already has convention %(number)s from %(start)s to "
                        "%(end)s: end it before the new one starts.",
                        name=convention.partner_id.name,
                        number=twin.name,
                        start=self._format_date(twin.date_start),
                        end=self._format_date(twin.date_end),
                    )
                )

    @api.constrains("line_ids", "forfait_ids", "option_ids")
    def _check_options_have_their_forfait(self):
        for convention in self:
            convention._check_options(convention.forfait_ids, convention.option_ids)

    @api.model
    def _check_options(self, forfaits, options):
        for option in options:
            needed = option.cdg47_required_forfait_id
            if needed and needed not in forfaits:
                raise ValidationError(
                    self.env._(
                        "%(option)s is only sold with %(forfait)s: add it too.",
                        option=option.name,
                        forfait=needed.name,
                    )
                )

    @api.constrains("signatory_id", "partner_id")
    def _check_signatory(self):
        for convention in self.filtered("signatory_id"):
            if convention.state != "draft":
                continue
            if (
                convention.signatory_id
                not in convention.partner_id._cdg47_signatories()
            ):
                raise ValidationError(
                    self.env._(
                        "%(contact)s has no mandate to sign for %(name)s: add one to "
                        "the collectivité first.",
                        contact=convention.signatory_id.name,
                        name=convention.partner_id.name,
                    )
                )
