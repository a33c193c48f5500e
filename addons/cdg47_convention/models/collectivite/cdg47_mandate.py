# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...lib.dates import today_in_paris
from ...portal.words import in_full

ROLES = ("agent", "secretary", "signatory")


class Cdg47Mandate(models.Model):
    """Who acts for which collectivité, in which role, until when.

    The one source of portal rights (R13): a contact sees and signs for the
    collectivités of today's mandates, and nothing else.
    """

    _name = "cdg47.mandate"
    _description = "Mandate"
    _order = "collectivite_id, role, date_start desc, id"

    contact_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("is_company", "=", False)],
    )
    collectivite_id = fields.Many2one(
        "res.partner",
        string="Collectivité",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("collectivite_type", "!=", False)],
    )
    role = fields.Selection(
        [
            ("agent", "Agent"),
            ("secretary", "Secretary"),
            ("signatory", "Signatory"),
        ],
        required=True,
        default="secretary",
        help="The signatory (mayor, president) commits the collectivité; the secretary "
        "follows everything; the agent follows their own requests.",
    )
    title = fields.Char(
        string="Office", help="Office printed under the signature: mayor, president…"
    )
    date_start = fields.Date(required=True, default=lambda self: today_in_paris())
    date_end = fields.Date(help="Last day included; empty: until further notice.")
    is_current = fields.Boolean(
        compute="_compute_is_current", search="_search_is_current"
    )

    _dates_in_order = models.Constraint(
        "CHECK (date_end IS NULL OR date_end >= date_start)",
        "A mandate cannot end before it starts.",
    )

    @api.depends("contact_id", "collectivite_id", "role")
    def _compute_display_name(self):
        roles = dict(self._fields["role"]._description_selection(self.env))
        for mandate in self:
            mandate.display_name = (
                f"{mandate.contact_id.name} ({roles.get(mandate.role)}, "
                f"{mandate.collectivite_id.name})"
            )

    @api.depends("date_start", "date_end")
    def _compute_is_current(self):
        today = today_in_paris()
        for mandate in self:
            mandate.is_current = bool(
                mandate.date_start
                and mandate.date_start <= today
                and (not mandate.date_end or mandate.date_end >= today)
            )

    def _search_is_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        current = self._domain_at(today_in_paris())
        return current if True in value else ~current

    @api.model
    def _domain_at(self, date):
        """Return the domain of the mandates in force on a date."""
        return Domain("date_start", "<=", date) & (
            Domain("date_end", "=", False) | Domain("date_end", ">=", date)
        )

    @api.model
    def _for(self, collectivites, roles=ROLES, date=None):
        """Return the mandates of some roles for collectivités, today by default."""
        return self.search(
            self._domain_at(date or today_in_paris())
            & Domain("collectivite_id", "in", collectivites.ids)
            & Domain("role", "in", roles)
        )

    @api.model
    def _of_contact(self, contact, roles=None):
        """Return the mandates of a contact today, in some roles or in any."""
        return self.search(
            self._domain_at(today_in_paris())
            & Domain("contact_id", "=", contact.id)
            & Domain("role", "in", roles or ROLES)
        )

    @api.model
    def _collectivites_of_user(self, roles=None):
        """Return the collectivités the current user acts for today (R13).

        Those of today's mandates and their annexed budgets. Runs as superuser, as it
        is what the record rules themselves ask.

        :param roles: restrict to these roles, e.g. ``("signatory",)``
        :rtype: res.partner
        """
        mandates_sudo = self.sudo()._of_contact(self.env.user.partner_id, roles)
        collectivites_sudo = mandates_sudo.collectivite_id
        return collectivites_sudo | collectivites_sudo.search(
            [
                ("parent_id", "in", collectivites_sudo.ids),
                ("collectivite_type", "=", "budget_annexe"),
            ]
        )

    @api.constrains("contact_id", "collectivite_id", "role", "date_start", "date_end")
    def _check_overlap(self):
        for mandate in self:
            twin = self.search(
                Domain("id", "!=", mandate.id)
                & Domain("contact_id", "=", mandate.contact_id.id)
                & Domain("collectivite_id", "=", mandate.collectivite_id.id)
                & Domain("role", "=", mandate.role)
                & (
                    Domain("date_end", "=", False)
                    | Domain("date_end", ">=", mandate.date_start)
                )
                & (
                    Domain("date_start", "<=", mandate.date_end)
                    if mandate.date_end
                    else Domain.TRUE
                ),
                limit=1,
            )
            if twin:
                raise ValidationError(
                    self.env._(
                        "%(contact)s already holds this role for %(name)s at these "
                        "dates.",
                        contact=mandate.contact_id.name,
                        name=mandate.collectivite_id.name,
                    )
                )

    def _portal_role(self):
        """Say in which role and until when: « Secretary, until 31 March 2027 ».

        :rtype: str
        """
        self.ensure_one()
        role = dict(self._fields["role"]._description_selection(self.env))[self.role]
        if self.title:
            role = f"{role} ({self.title})"
        if not self.date_end:
            return self.env._("%(role)s, until further notice", role=role)
        return self.env._(
            "%(role)s, until %(date)s",
            role=role,
            date=in_full(self.env, self.date_end),
        )
