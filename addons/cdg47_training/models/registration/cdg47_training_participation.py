# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.cdg47_convention.reading.in_force import InForce


class Cdg47TrainingParticipation(models.Model):
    """One half-day of one collectivité: what is drawn once, whatever its agents.

    The unit of Annexe 3 I b: « par an et par collectivité ». It is the origin of the
    fact in the ledger, or the half-day of an order line.
    """

    _name = "cdg47.training.participation"
    _description = "Half-day of a collectivité"
    _order = "date, collectivite_id, id"

    collectivite_id = fields.Many2one(
        "res.partner", required=True, index=True, ondelete="restrict"
    )
    half_day_id = fields.Many2one(
        "cdg47.training.half.day", required=True, index=True, ondelete="restrict"
    )
    registration_id = fields.Many2one(
        "event.registration",
        index="btree_not_null",
        ondelete="restrict",
        help="Only when each agent counts (setting).",
    )
    event_id = fields.Many2one(
        related="half_day_id.event_id", store=True, index=True, string="Session"
    )
    date = fields.Date(related="half_day_id.date", store=True)
    company_id = fields.Many2one(related="event_id.company_id", store=True)
    active = fields.Boolean(default=True, help="Given back when it is no longer.")
    consumption_id = fields.Many2one(
        "cdg47.consumption", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    sale_line_id = fields.Many2one(
        "sale.order.line", readonly=True, index="btree_not_null", ondelete="set null"
    )
    billable = fields.Float(
        string="Days to bill",
        readonly=True,
        digits="Product Unit",
        min_display_digits=2,
    )
    verdict = fields.Text(readonly=True)
    is_unaccepted = fields.Boolean(
        string="To regularise",
        compute="_compute_is_unaccepted",
        store=True,
        help="Beyond the forfait and not accepted yet: never billed as it stands.",
    )
    released_on = fields.Datetime(readonly=True)
    release_reason = fields.Char(readonly=True)

    _once_by_collectivite = models.UniqueIndex(
        "(collectivite_id, half_day_id) WHERE active AND registration_id IS NULL",
        "A half-day counts once for a collectivité.",
    )
    _once_by_agent = models.UniqueIndex(
        "(registration_id, half_day_id) WHERE active AND registration_id IS NOT NULL",
        "A half-day counts once for an agent.",
    )

    @api.depends("billable", "sale_line_id.state", "active")
    def _compute_is_unaccepted(self):
        for participation in self:
            participation.is_unaccepted = bool(
                participation.active and participation._is_unordered()
            )

    def _is_unordered(self):
        """Tell whether it is to be billed, and no living order does."""
        line = self.sale_line_id
        return self.billable > 0 and (not line or line.state == "cancel")

    @api.depends("collectivite_id.name", "half_day_id.display_name")
    def _compute_display_name(self):
        for participation in self:
            participation.display_name = (
                f"{participation.collectivite_id.name or ''} - "
                f"{participation.half_day_id.display_name or ''}"
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("A half-day counted is given back, never deleted."))

    # === Drawn, or to be billed ===
    def _draw(self):
        """Enter new half-days in the ledger, and decide what is to be billed.

        To be called under the guard of the session. The fact is frozen at once: what
        was promised to who registered first stays (R4).
        """
        half_day_uom = self.env.ref("cdg47_convention.uom_half_day")
        for participation in self:
            session = participation.event_id
            convention = participation._convention()
            if session.training_kind == "group" and convention:
                participation.consumption_id = convention._consume(
                    session.training_product_id,
                    1.0,
                    half_day_uom,
                    participation.date,
                    origin=participation,
                )
        for participation in self:
            fact = participation.consumption_id
            participation.billable = fact.billable / 2 if fact else 0.5
            participation.verdict = fact.verdict or participation.event_id.name
        self.consumption_id.filtered(lambda f: not f.billable_amount)._freeze()

    def _convention(self):
        """Return the convention in force on the half-day, empty if there is none."""
        self.ensure_one()
        return self.collectivite_id._cdg47_conventions_at(self.date).get(
            self.collectivite_id, self.env["cdg47.convention"]
        )

    def _bill(self):
        """Order what is billable and accepted: one order for these half-days.

        :return: the order line, empty when nothing is billable
        :rtype: sale.order.line
        """
        billed = self.filtered(lambda p: p._is_unordered())
        if not billed:
            return self.env["sale.order.line"]
        convention = (
            billed[0]._convention() or billed.collectivite_id.convention_ids[:1]
        )
        facts = billed.consumption_id
        order = convention._quote_services(
            [
                {
                    "product_id": billed[0]._billed_product(),
                    "quantity": sum(billed.mapped("billable")),
                    "kind": "overage" if facts else False,
                    "name": billed._line_name(),
                    "explanation": billed._explanation(),
                    "consumptions": facts,
                }
            ]
        )
        line = order.order_line.filtered(lambda sol: not sol.display_type)[:1]
        billed.sale_line_id = line
        # The click on the price shown is the acceptance (R7): nothing more to sign.
        order.action_confirm()
        facts.filtered(lambda fact: not fact.frozen)._promise(line)
        line._training_deliver()  # its sheet may be locked already
        return line

    def _follow_request(self):
        """Put these half-days on the quotation of the training that was asked for."""
        for participation in self.filtered(lambda p: p._is_unordered()):
            requests_sudo = participation.sudo().event_id.training_request_ids
            line_sudo = requests_sudo._line_of(participation.collectivite_id)
            if line_sudo and line_sudo._training_left() >= participation.billable:
                participation.sale_line_id = line_sudo
                line_sudo._training_deliver()

    def _line_name(self):
        """Name the session and its half-days, as the order and the invoice print it."""
        session = self.event_id
        lang = self.collectivite_id._cdg47_lang()
        half_days = self.half_day_id.with_context(lang=lang).sorted("start")
        return "\n".join(
            [session.with_context(lang=lang).name, *(h._label() for h in half_days)]
        )

    def _explanation(self):
        """Say why it is billed: the verdicts of the ledger, or the tariff (R10)."""
        if self.consumption_id:
            return "\n".join(dict.fromkeys(self.consumption_id.mapped("verdict")))
        product = self.event_id.training_product_id
        lang_env = self.with_context(lang=self.collectivite_id._cdg47_lang()).env
        return lang_env._(
            "%(article)s: « %(service)s » is not part of the forfaits; half a day for "
            "each half-day, whatever the number of agents.",
            article=product.cdg47_tariff_article or product.cdg47_article or "",
            service=product.with_env(lang_env).name,
        )

    def _billed_product(self):
        """Return what is billed: what continues a group half-day, or the service."""
        session = self.event_id
        product = session.training_product_id
        if session.training_kind != "group":
            return product
        partner = self.collectivite_id
        in_force = InForce(self.env, partner)
        return in_force.continuation(partner, product, self[:1].date)

    # === Given back ===
    def _release(self, reason):
        """Give half-days back: reverse what was drawn, take back what was ordered."""
        for participation in self.filtered("active"):
            fact = participation.consumption_id
            if fact and not fact.reversal_ids:
                fact._reverse(reason)
            participation.write(
                {
                    "active": False,
                    "released_on": fields.Datetime.now(),
                    "release_reason": reason,
                }
            )
        self.sale_line_id._training_follow_participations()

    def action_regularise(self):
        """Open the assistant that records the written acceptance."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_training.cdg47_training_regularise_action"
        )
        action["context"] = {
            "default_collectivite_id": self.collectivite_id.id,
            "default_event_id": self.event_id.id,
        }
        return action

    def _was_missed(self):
        """Tell whether nobody came and the rule gives the half-day back.

        An excused absence always does; a plain one, when the rule accepted at
        registration says so. A late cancellation stays counted.
        """
        self.ensure_one()
        attendances = self.half_day_id.attendance_ids.filtered(
            lambda a: (
                a.registration_id.collectivite_id == self.collectivite_id
                and self.registration_id
                in (a.registration_id, self.env["event.registration"])
                and a.registration_id.state in ("open", "done")
            )
        )
        if not attendances:
            return False
        return all(
            a.status == "excused"
            or (a.status == "absent" and not a.registration_id.no_show_consumes)
            for a in attendances
        )
