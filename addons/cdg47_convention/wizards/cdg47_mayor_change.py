# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib.dates import today_in_paris

# Services whose accounts are in the mayor's name.
ACCESS_CODES = ("PARAPHEUR", "CONVOCATION")


class Cdg47MayorChange(models.TransientModel):
    """What to replace when a mayor or president leaves, on one page.

    Opens the mandate of the next one and leaves one activity by thing to replace. The
    new mandate is what makes it happen once: where it is open, nothing is done again.
    """

    _name = "cdg47.mayor.change"
    _description = "Change of mayor"

    partner_id = fields.Many2one(
        "res.partner",
        string="Collectivité",
        required=True,
        domain=[
            ("collectivite_type", "in", ("commune", "etablissement")),
        ],
    )
    date_start = fields.Date(
        string="In office from", required=True, default=lambda self: today_in_paris()
    )
    contact_id = fields.Many2one(
        "res.partner", string="New signatory", domain=[("is_company", "=", False)]
    )
    title = fields.Char(
        string="Office",
        compute="_compute_title",
        store=True,
        readonly=False,
        help="Office printed under the signature: mayor, president…",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Followed by",
        required=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
    )
    mandate_ids = fields.Many2many(
        "cdg47.mandate", string="Mandates that end", compute="_compute_ending"
    )
    allocation_ids = fields.Many2many(
        "cdg47.allocation",
        string="Certificates to replace",
        compute="_compute_ending",
    )
    activation_ids = fields.Many2many(
        "cdg47.service.activation",
        string="Accesses to replace",
        compute="_compute_ending",
    )

    @api.depends("partner_id", "date_start", "contact_id")
    def _compute_ending(self):
        for wizard in self:
            wizard.mandate_ids = wizard._ending_mandates()
            wizard.allocation_ids = wizard._certificates()
            wizard.activation_ids = wizard._accesses()

    @api.depends("partner_id", "date_start")
    def _compute_title(self):
        for wizard in self:
            wizard.title = wizard.title or wizard._ending_mandates()[:1].title

    def _bodies(self):
        """Return the collectivité and its annexed budgets, signed for by the same."""
        return self.partner_id | self.partner_id.child_ids.filtered(
            lambda p: p.collectivite_type == "budget_annexe"
        )

    def _ending_mandates(self):
        """Return the signatory mandates in force when the next one starts."""
        if not (self.partner_id and self.date_start):
            return self.env["cdg47.mandate"]
        return self._signatories_of(self._bodies()).filtered(
            lambda mandate: (
                mandate.contact_id != self.contact_id
                and mandate.date_start < self.date_start
            )
        )

    def _signatories_of(self, partners):
        mandates = self.env["cdg47.mandate"]
        return mandates._for(partners, ("signatory",), self.date_start)

    def _certificates(self):
        """Return the certificates in the name of those who leave."""
        former = self._ending_mandates().contact_id
        names = [*former.mapped("name"), *self._ending_mandates().mapped("title")]
        return self.env["cdg47.allocation"].search(
            [
                ("partner_id", "in", self._bodies().ids),
                ("product_id.cdg47_allocation_kind", "=", "certificate"),
                ("state", "in", ("requested", "active")),
                "|",
                ("holder_id", "in", former.ids),
                "&",
                ("holder_id", "=", False),
                ("holder_name", "in", [name for name in names if name]),
            ]
        )

    def _accesses(self):
        return self.env["cdg47.service.activation"].search(
            [
                ("partner_id", "in", self._bodies().ids),
                ("product_id.default_code", "in", ACCESS_CODES),
                ("state", "!=", "closed"),
            ]
        )

    def action_apply(self):
        """End the former mandates, open the new one, plan what is to be replaced."""
        self.ensure_one()
        if not self.contact_id:
            raise UserError(self.env._("Choose the new signatory first."))
        self.env["cdg47.ledger"]._guard(self.partner_id)
        allocations, activations = self.allocation_ids, self.activation_ids
        if self._is_already_open():
            raise UserError(
                self.env._(
                    "%(contact)s is already the signatory of %(name)s: what is to be "
                    "replaced is among the activities.",
                    contact=self.contact_id.name,
                    name=self.partner_id.name,
                )
            )
        self.mandate_ids.date_end = self.date_start - timedelta(days=1)
        self.env["cdg47.mandate"].create(
            {
                "contact_id": self.contact_id.id,
                "collectivite_id": self.partner_id.id,
                "role": "signatory",
                "title": self.title,
                "date_start": self.date_start,
            }
        )
        self._plan(allocations, self.env._("Revoke, then order for the new holder"))
        self._plan(activations, self.env._("Replace the account of the signatory"))
        return {"type": "ir.actions.act_window_close"}

    def _is_already_open(self):
        return self.contact_id in self._signatories_of(self.partner_id).contact_id

    def _plan(self, records, summary):
        for record in records:
            record.activity_schedule(
                "cdg47_convention.mail_activity_type_mayor",
                date_deadline=max(self.date_start, today_in_paris()),
                summary=summary,
                user_id=self.user_id.id,
            )
