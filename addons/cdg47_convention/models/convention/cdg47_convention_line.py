# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ...lib.states import SIGNED_STATES
from ...reading import amendment
from ...reading.authority import check_manager
from ..money import beyond


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

    def _follow(self, convention, wanted, is_option):
        """Make the lines of one kind follow a plain choice of forfaits.

        A draft is rewritten; once signed, forfaits are added and removed by amendment,
        and only a convention taken over receives its own, before its first term.

        :param cdg47.convention convention: the convention of all these lines
        :param product.template wanted: the forfaits, or the options, chosen
        :param bool is_option: whether options are chosen
        """
        lines = self.filtered(lambda line: line.is_option == is_option)
        dropped = lines.filtered(lambda line: line.forfait_id not in wanted)
        missing = wanted - lines.forfait_id
        is_settled = convention._is_signed() and bool(lines or convention.term_ids)
        if is_settled and (dropped or missing):
            raise UserError(
                self.env._(
                    "%(convention)s is signed: add a forfait or an option by an "
                    "amendment.",
                    convention=convention.display_name,
                )
            )
        dropped.unlink()
        self.create(
            [
                {
                    "convention_id": convention.id,
                    "forfait_id": forfait.id,
                    "date_start": convention.date_start,
                }
                for forfait in missing
            ]
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_signed(self):
        if any(line.convention_id.state in SIGNED_STATES for line in self):
            raise UserError(
                self.env._(
                    "A forfait that was signed is kept: « End a forfait » gives its "
                    "last day."
                )
            )

    def _check_traces(self, conventions):
        """Refuse to every user the lines of what is signed (R15)."""
        if conventions and not self.env.su:
            raise AccessError(
                self.env._(
                    "%(convention)s is signed: a forfait is added by an amendment, "
                    "« End a forfait » gives its last day.",
                    convention=conventions[0].display_name,
                )
            )

    @api.model
    def _settled(self, ids):
        """Return, among conventions, those whose forfaits are signed.

        Only one taken over receives its own, before its first term.
        """
        conventions = self.env["cdg47.convention"].browse(filter(None, ids)).exists()
        return conventions.filtered(
            lambda c: c._is_signed() and (c.line_ids or c.term_ids)
        )

    def _end(self, day, reason):
        """End this forfait alone; fees already owed stay owed (R16).

        :param datetime.date day: last day included
        :param str reason: kept in the log of the convention
        """
        self.ensure_one()
        check_manager(self.env)
        convention = self.convention_id
        amendment.check(self, day)
        # Nobody enters the last day of what was signed: ending it writes it.
        self.sudo().date_end = day
        beyond.undo_forfait(self, day)
        convention.message_post(
            body=self.env._(
                "%(forfait)s ends on %(date)s: %(reason)s",
                forfait=self.forfait_id.name,
                date=convention._format_date(day),
                reason=reason,
            )
        )

    def action_take_back_end(self):
        """Go on with a forfait, until a year is open without it."""
        check_manager(self.env)
        for line in self.filtered("date_end"):
            amendment.check_taken_back(line)
            line.sudo().date_end = False
            line.convention_id.message_post(
                body=self.env._(
                    "The end of %(forfait)s is taken back.",
                    forfait=line.forfait_id.name,
                )
            )
        return True

    @api.model
    def _domain_at(self, date):
        """Return the domain of the forfaits held on a date."""
        return Domain("date_start", "<=", date) & (
            Domain("date_end", "=", False) | Domain("date_end", ">=", date)
        )

    @api.model_create_multi
    def create(self, vals_list):
        settled = self._settled({vals.get("convention_id") for vals in vals_list})
        self._check_traces(settled)
        lines = super().create(vals_list)
        lines.convention_id._replay_rights()
        return lines

    def write(self, vals):
        self._check_traces(
            self.convention_id.filtered(lambda c: c.state in SIGNED_STATES)
        )
        if vals.get("convention_id"):
            self._check_traces(self._settled({vals["convention_id"]}))
        result = super().write(vals)
        self.convention_id._replay_rights()
        return result
