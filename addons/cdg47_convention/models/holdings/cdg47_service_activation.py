# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ...lib.dates import today_in_paris
from ...reading.annexe1 import is_barred, is_given


class Cdg47ServiceActivation(models.Model):
    """An access service of one convention, from its request to its commissioning.

    Its checklist is what Annexe 3 lists under « mise en service ».
    """

    _name = "cdg47.service.activation"
    _description = "Service activation"
    _inherit = ["mail.thread", "mail.activity.mixin", "cdg47.visit.mixin"]
    _cdg47_portal_thread = False
    _order = "convention_id, product_id, id"

    convention_id = fields.Many2one(
        "cdg47.convention", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        related="convention_id.partner_id", store=True, index=True
    )
    product_id = fields.Many2one(
        "product.product",
        string="Service",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("cdg47_is_service", "=", True)],
    )
    state = fields.Selection(
        [
            ("todo", "To commission"),
            ("in_progress", "Being commissioned"),
            ("active", "In service"),
            ("closed", "Closed"),
        ],
        required=True,
        default="todo",
        tracking=True,
        group_expand=True,
    )
    platform_url = fields.Char(
        string="Platform",
        compute="_compute_platform_url",
        store=True,
        readonly=False,
        help="Address shown to the collectivité under « mes accès ».",
    )
    date_active = fields.Date(string="In service since", tracking=True)
    user_id = fields.Many2one("res.users", string="Technician", tracking=True)
    step_ids = fields.One2many(
        "cdg47.service.activation.step", "activation_id", string="Steps"
    )
    progress = fields.Integer(compute="_compute_progress", store=True, aggregator="avg")
    can_delegate = fields.Boolean(related="product_id.cdg47_can_delegate")
    delegate_id = fields.Many2one(
        "res.partner",
        string="Delegated to",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        help="Who administers the service for the collectivité, instead of the CDG.",
    )
    delegated_since = fields.Date(tracking=True)
    deliverable_ids = fields.Many2many(
        "ir.attachment", string="Deliverables", help="Shown to the collectivité."
    )
    accompaniment_id = fields.Many2one(
        "product.product",
        compute="_compute_accompaniment_id",
        help="Service whose once-only day accompanies the commissioning.",
    )
    used_days = fields.Float(
        string="Accompaniment used (days)",
        compute="_compute_used_days",
        digits="Product Unit",
        min_display_digits=2,
        groups="base.group_user",
    )
    visit_ids = fields.One2many(
        "calendar.event",
        "cdg47_activation_id",
        string="Visits",
        groups="base.group_user",
    )

    _product_unique = models.Constraint(
        "UNIQUE (convention_id, product_id)",
        "This convention already has this access.",
    )

    @api.depends("product_id.name", "partner_id.name")
    def _compute_display_name(self):
        for activation in self:
            activation.display_name = (
                f"{activation.product_id.name} - {activation.partner_id.name}"
            )

    @api.depends("product_id")
    def _compute_platform_url(self):
        for activation in self:
            activation.platform_url = activation.product_id.cdg47_platform_url

    @api.depends("step_ids.done", "state")
    def _compute_progress(self):
        for activation in self:
            steps = activation.step_ids
            if activation.state == "active" or not steps:
                activation.progress = 100 if activation.state == "active" else 0
            else:
                done = len(steps.filtered("done"))
                activation.progress = round(100 * done / len(steps))

    @api.constrains("delegate_id", "delegated_since", "product_id")
    def _check_delegation(self):
        for activation in self:
            if bool(activation.delegate_id) != bool(activation.delegated_since):
                raise ValidationError(
                    self.env._("A delegation says to whom, and since when.")
                )
            if activation.delegate_id and not activation.can_delegate:
                raise ValidationError(
                    self.env._(
                        "%(service)s is not delegated: the CDG administers it.",
                        service=activation.product_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        activations = super().create(vals_list)
        self.env["cdg47.service.activation.step"].create(
            [
                {"activation_id": activation.id, "step_id": step.id}
                for activation in activations
                if not activation.step_ids
                for step in activation.product_id.cdg47_step_ids
                if step.kind == "commissioning"
            ]
        )
        return activations

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") in ("in_progress", "active"):
            self._check_prerequisites()
        return result

    def _check_prerequisites(self):
        """Open no access before what it needs is held, with the way forward (R9)."""
        if self.env.context.get("cdg47_takeover"):
            return  # what is taken over is a fact, however it came to be
        today = today_in_paris()
        self.partner_id._cdg47_check_prerequisites(
            [
                (
                    activation.partner_id,
                    activation.product_id,
                    max(today, activation.convention_id.date_start),
                )
                for activation in self
            ]
        )

    def _creation_message(self):
        """Odoo's « %s created » takes no gender, which French needs."""
        return self.env._("Access created")

    def action_start(self):
        self.filtered(lambda a: a.state == "todo").state = "in_progress"
        return True

    def action_activate(self):
        """Put in service, whatever steps remain unticked: the date is today's."""
        for activation in self.filtered(lambda a: a.state != "active"):
            activation.write({"state": "active", "date_active": today_in_paris()})
        return True

    def action_close(self):
        self.state = "closed"
        return True

    # === Its once-only day ===
    # Only the *accompagnement* draws on it: setting up a nomenclature or ticking a
    # step uses nothing (Annexe 3 II 2).
    def _compute_accompaniment_id(self):
        services = self.product_id._cdg47_accompaniments()
        for activation in self:
            activation.accompaniment_id = services.get(activation.product_id)

    def _compute_used_days(self):
        day = self.env.ref("cdg47_convention.uom_day")
        amounts = dict(
            self.env["cdg47.consumption"]._read_group(
                [("origin", "in", [activation._origin_key() for activation in self])],
                ["origin"],
                ["amount:sum"],
            )
        )
        for activation in self:
            amount = amounts.get(activation._origin_key(), 0)
            activation.used_days = day._cdg47_quantity(amount)

    def _origin_key(self):
        """Return how the facts that come from this access name it."""
        return f"{self._name},{self.id}"

    def action_accompany(self):
        """Open the assistant that uses the once-only day."""
        self.ensure_one()
        if not self.accompaniment_id:
            raise UserError(
                self.env._(
                    "%(service)s has no accompaniment to use up.",
                    service=self.product_id.name,
                )
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_convention.cdg47_accompaniment_use_action"
        )
        action["context"] = {
            "default_convention_id": self.convention_id.id,
            "default_activation_id": self.id,
            "default_product_id": self.accompaniment_id.id,
        }
        return action

    def action_view_uses(self):
        """Open what was used of the once-only day."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_convention.cdg47_consumption_action"
        )
        action["domain"] = [("origin", "=", self._origin_key())]
        action["context"] = {"create": False}
        return action

    # === Opened by a signature ===
    @api.model
    def _open_for(self, convention, forfaits):
        """Open the commissioning of the access services of a convention's forfaits."""
        rules_of_annexe = self.env["cdg47.quota.rule"]
        rules = rules_of_annexe.search(
            rules_of_annexe._domain_at(convention.date_start)
            & Domain("measure", "=", "access")
            & Domain("condition", "=", False)
        )
        # What depends on the Métiers editor only opens where it supports it (R9).
        supported = convention.partner_id.software_editor_id.product_ids
        rules = rules.filtered(
            lambda rule: (
                is_given(rule, forfaits)
                and not is_barred(rule, rule.product_ids, supported)
            )
        )
        steps = rules.product_ids.cdg47_step_ids
        products = steps.filtered(lambda s: s.kind == "commissioning").product_id
        # What may be delegated is followed too, to record to whom.
        products |= rules.product_ids.filtered("cdg47_can_delegate")
        known = convention.activation_ids.product_id
        self.create(
            [
                {"convention_id": convention.id, "product_id": product.id}
                for product in products - known
            ]
        )

    # === Visits on site ===
    def _visited_collectivite(self):
        return self.partner_id
