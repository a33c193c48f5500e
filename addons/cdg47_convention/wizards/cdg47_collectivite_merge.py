# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..lib.dates import next_first_of_january, today_in_paris
from ..models.holdings.carrying import carried, volumes_to_fold
from ..reading.authority import check_manager

# Signatories are elected: they are added by hand.
CARRIED_ROLES = ("secretary", "agent")


class Cdg47CollectiviteMerge(models.TransientModel):
    """Lets a collectivité take the place of others: a commune nouvelle (R13).

    Nothing is rewritten: facts, rights, invoices and mandates of the former ones stay
    theirs, and what they used counts against the rights of the new one. Their
    conventions end on the eve; what is held goes on at the new one.
    """

    _name = "cdg47.collectivite.merge"
    _description = "Merge collectivités"

    partner_id = fields.Many2one(
        "res.partner",
        string="New collectivité",
        required=True,
        domain=[("collectivite_type", "in", ("commune", "etablissement"))],
    )
    former_ids = fields.Many2many(
        "res.partner",
        relation="cdg47_collectivite_merge_former_rel",
        string="It replaces",
        domain="[('collectivite_type', '!=', False), ('id', '!=', partner_id)]",
    )
    date = fields.Date(
        string="In being from",
        required=True,
        default=lambda self: next_first_of_january(),
    )
    user_id = fields.Many2one(
        "res.users",
        string="Followed by",
        required=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
    )
    carry_allocations = fields.Boolean(
        default=True,
        help="Each is revoked at the former collectivité and held by the new one from "
        "that day, with its expiry and its order.",
    )
    carry_mandates = fields.Boolean(
        string="Carry secretaries and agents",
        default=True,
        help="They see the new collectivité too. Signatories are elected: add them.",
    )

    # === What it does ===
    convention_ids = fields.Many2many(
        "cdg47.convention", string="Conventions that end", compute="_compute_effect"
    )
    entitlement_ids = fields.Many2many(
        "cdg47.entitlement", string="Rights used, kept", compute="_compute_effect"
    )
    allocation_ids = fields.Many2many(
        "cdg47.allocation", string="Allocations", compute="_compute_effect"
    )
    mandate_ids = fields.Many2many(
        "cdg47.mandate",
        string="Mandates of secretaries and agents",
        compute="_compute_effect",
    )
    activation_ids = fields.Many2many(
        "cdg47.service.activation",
        string="Accesses to open again",
        compute="_compute_effect",
    )
    annexe_ids = fields.Many2many(
        "res.partner",
        relation="cdg47_collectivite_merge_annexe_rel",
        string="Annexed budgets to attach",
        compute="_compute_effect",
    )
    obstacle = fields.Char(compute="_compute_obstacle")

    @api.depends("former_ids", "date")
    def _compute_effect(self):
        for wizard in self:
            of_former = Domain("partner_id", "in", wizard.former_ids._origin.ids)
            date = wizard.date or today_in_paris()
            open_ended = Domain("date_end", "=", False) | Domain("date_end", ">=", date)
            wizard.convention_ids = self.env["cdg47.convention"].search(
                of_former & Domain("state", "=", "active") & open_ended
            )
            wizard.entitlement_ids = self.env["cdg47.entitlement"].search(
                of_former & Domain("consumed_amount", ">", 0) & open_ended
            )
            wizard.allocation_ids = self.env["cdg47.allocation"].search(
                of_former & Domain("state", "in", ("requested", "active")) & open_ended
            )
            wizard.mandate_ids = self.env["cdg47.mandate"]._for(
                wizard.former_ids._origin, CARRIED_ROLES, date
            )
            wizard.activation_ids = self.env["cdg47.service.activation"].search(
                of_former & Domain("state", "in", ("in_progress", "active"))
            )
            wizard.annexe_ids = self.env["res.partner"].search(
                Domain("parent_id", "in", wizard.former_ids._origin.ids)
                & Domain("collectivite_type", "=", "budget_annexe")
            )

    @api.depends("partner_id", "former_ids", "date")
    def _compute_obstacle(self):
        for wizard in self:
            wizard.obstacle = wizard._find_obstacle()

    def _find_obstacle(self):
        """Return why these cannot be merged, or False."""
        new, former = self.partner_id._origin, self.former_ids._origin
        if not (new and former):
            return False
        if new in former or new in former._cdg47_predecessors():
            return self.env._("%(name)s cannot replace itself.", name=new.name)
        for partner in former:
            successors = partner._cdg47_successors() - new - new._cdg47_successors()
            if successors:
                return self.env._(
                    "%(name)s is already replaced by %(successor)s: its rights would "
                    "count twice.",
                    name=partner.name,
                    successor=successors[0].name,
                )
        started = self.convention_ids.filtered(lambda c: c.date_start >= self.date)
        if started:
            return self.env._(
                "%(convention)s starts after that day: end it first, or choose a later "
                "day.",
                convention=started[0].display_name,
            )
        return False

    def action_merge(self):
        """Record the merger; done again, it changes nothing more."""
        self.ensure_one()
        check_manager(self.env)
        if not self.former_ids:
            raise UserError(self.env._("Choose the collectivités that are replaced."))
        ledgers = self.env["cdg47.ledger"]
        ledgers._guard(ledgers._concerned(self.partner_id | self.former_ids))
        if self._find_obstacle():
            raise UserError(self._find_obstacle())
        self._end_conventions()
        if self.carry_allocations:
            self._carry_allocations()
        if self.carry_mandates:
            self._carry_mandates()
        self._carry_editor()
        is_new = bool(self.former_ids - self.partner_id.predecessor_ids)
        self.partner_id.predecessor_ids |= self.former_ids
        if is_new:
            self._tell()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(False, "form")],
        }

    def _end_conventions(self):
        eve = self.date - timedelta(days=1)
        reason = self.env._("Replaced by %(name)s", name=self.partner_id.name)
        merger = self.env.ref("cdg47_convention.end_reason_merger", False)
        for convention in self.convention_ids:
            convention._terminate(eve, reason, end_reason=merger)

    def _carry_allocations(self):
        """Hold at the new collectivité what the former ones held.

        What they held is a fact: no prerequisite is asked again. What was accepted
        goes with it, which nobody enters.
        """
        takeover_sudo = self.env["cdg47.allocation"].sudo()
        takeover_sudo = takeover_sudo.with_context(cdg47_takeover=True)
        allocations_sudo = self.allocation_ids.with_env(takeover_sudo.env)
        for held in volumes_to_fold(allocations_sudo, self.partner_id, self.date):
            start = max(self.date, *held.mapped("date_start"))
            values = carried(held, start, partner_id=self.partner_id.id)
            held._revoke(start)
            takeover_sudo.create(values)

    def _carry_mandates(self):
        mandates = self.env["cdg47.mandate"]
        known = {
            (mandate.contact_id, mandate.role)
            for mandate in mandates._for(self.partner_id, date=self.date)
        }
        for mandate in self.mandate_ids:
            key = mandate.contact_id, mandate.role
            if key not in known:
                known.add(key)
                mandate.copy(
                    {
                        "collectivite_id": self.partner_id.id,
                        "date_start": self.date,
                    }
                )

    def _carry_editor(self):
        editors = self.former_ids.software_editor_id
        if len(editors) == 1 and not self.partner_id.software_editor_id:
            self.partner_id.software_editor_id = editors

    def _tell(self):
        names = ", ".join(self.former_ids.mapped("name"))
        day = self.partner_id._cdg47_format_date(self.date)
        for former in self.former_ids:
            former.message_post(
                body=self.env._(
                    "Replaced by %(name)s from %(date)s.",
                    name=self.partner_id.name,
                    date=day,
                )
            )
        self.partner_id.message_post(
            body=self.env._("Replaces %(names)s from %(date)s.", names=names, date=day)
        )
        left = [
            *(
                f"{activation.product_id.name} ({activation.partner_id.name})"
                for activation in self.activation_ids
            ),
            *self.annexe_ids.mapped("name"),
        ]
        self.partner_id.activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=max(self.date, today_in_paris()),
            summary=self.env._("Merger: signatory, convention, accesses"),
            note=self.env._(
                "Add the signatory and propose the convention. To carry: %(what)s.",
                what=", ".join(left) or self.env._("nothing"),
            ),
            user_id=self.user_id.id,
        )
