# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ...lib.states import SIGNED_STATES


class Cdg47ConventionLine(models.Model):
    """A forfait or option held under a convention, between two dates."""

    _name = "cdg47.convention.line"
    _description = "Forfait held"
    _order = "convention_id, date_start, id"
    _rec_name = "forfait_id"

    convention_id = fields.Many2one(
        "cdg47.convention", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        related="convention_id.partner_id", store=True, index=True
    )
    forfait_id = fields.Many2one(
        "product.template",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("cdg47_is_forfait", "=", True)],
    )
    is_option = fields.Boolean(related="forfait_id.cdg47_is_option", store=True)
    date_start = fields.Date(required=True)
    date_end = fields.Date(help="Last day included; empty: as long as the convention.")
    order_id = fields.Many2one(
        "sale.order",
        string="Signed by",
        index="btree_not_null",
        ondelete="set null",
        help="The quotation whose signature added this forfait.",
    )

    _dates_in_order = models.Constraint(
        "CHECK (date_end IS NULL OR date_end >= date_start)",
        "A forfait cannot end before it starts.",
    )
    _forfait_unique = models.UniqueIndex(
        "(convention_id, forfait_id, date_start)",
        "This forfait already starts on that day.",
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_signed(self):
        if any(line.convention_id.state in SIGNED_STATES for line in self):
            raise UserError(
                self.env._("A forfait that was signed is kept: enter its last day.")
            )

    def _check_traces(self, conventions):
        """Refuse to every user the lines of what is signed: an amendment adds (R15)."""
        if conventions and not self.env.su:
            raise AccessError(
                self.env._(
                    "%(convention)s is signed: add a forfait or an option by an "
                    "amendment.",
                    convention=conventions[0].display_name,
                )
            )

    @api.model
    def _domain_at(self, date):
        """Return the domain of the forfaits held on a date."""
        return Domain("date_start", "<=", date) & (
            Domain("date_end", "=", False) | Domain("date_end", ">=", date)
        )

    @api.model_create_multi
    def create(self, vals_list):
        settled = self.env["cdg47.convention"]._settled(
            {vals.get("convention_id") for vals in vals_list}
        )
        self._check_traces(settled)
        lines = super().create(vals_list)
        lines.convention_id._replay_rights()
        return lines

    def write(self, vals):
        settled = self.convention_id.filtered(lambda c: c.state in SIGNED_STATES)
        if set(vals) - {"date_end"}:
            self._check_traces(settled)
        elif settled:
            settled._check_manager()
        if vals.get("convention_id"):
            self._check_traces(
                self.env["cdg47.convention"]._settled({vals["convention_id"]})
            )
        result = super().write(vals)
        self.convention_id._replay_rights()
        return result
