# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command, Domain

from ...lib.dates import today_in_paris
from ...portal.words import in_full
from ...reading.authority import check_manager

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
    contact_phone = fields.Char(related="contact_id.phone")
    contact_email = fields.Char(related="contact_id.email")
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
    end_told_on = fields.Date(readonly=True, copy=False)
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

    # === Who gives a mandate (R15) ===
    @api.model_create_multi
    def create(self, vals_list):
        mandates = super().create(vals_list)
        mandates._check_giver()
        mandates._log(self.env._("Mandate recorded: %(mandate)s"))
        return mandates

    def write(self, vals):
        if not set(vals) - {"title", "end_told_on"}:
            return super().write(vals)
        self.check_access("write")
        self._check_giver()
        result = super().write(vals)
        self._check_giver()
        self._log(self.env._("Mandate changed: %(mandate)s"))
        self._end_links()
        return result

    def unlink(self):
        self.check_access("unlink")
        self._check_giver()
        self._log(self.env._("Mandate withdrawn: %(mandate)s"))
        return super().unlink()

    def _check_giver(self):
        """Refuse a mandate given to oneself, and that of a signatory to who manages
        nothing: it commits the collectivité.

        The portal gives and ends those of agents, after its own checks.
        """
        if self.env.su:
            return
        if self.env.user.partner_id in self.contact_id:
            raise AccessError(
                self.env._("Nobody records, changes or ends a mandate of their own.")
            )
        if "signatory" in self.mapped("role"):
            check_manager(self.env)

    # === What ends with it (R20) ===
    def _end_links(self):
        """Renew the links that a contact had, once no mandate gives them any longer.

        And tell them nothing more: they followed for the collectivité.
        """
        today = today_in_paris()
        for mandate in self.filtered(lambda m: m.date_end and m.date_end < today):
            collectivite_sudo = mandate.collectivite_id.sudo()
            if mandate.contact_id in self.sudo()._for(collectivite_sudo).contact_id:
                continue
            for records_sudo in self.sudo()._linked_records(collectivite_sudo):
                records_sudo.write({"access_token": False})
                records_sudo.message_unsubscribe(mandate.contact_id.ids)
            mandate._tell_end()

    def _tell_end(self):
        """Write once to who loses the access that a login gave them."""
        # Whoever ends a mandate may read neither logins nor mails.
        mandate_sudo = self.sudo()
        contact_sudo = mandate_sudo.contact_id
        if mandate_sudo.end_told_on or not (
            contact_sudo.email and contact_sudo.user_ids.filtered("share")
        ):
            return
        mandate_sudo.end_told_on = today_in_paris()
        mandate_sudo.env.ref("cdg47_convention.mail_template_mandate_ended").send_mail(
            mandate_sudo.id,
            email_values={"recipient_ids": [Command.set(contact_sudo.ids)]},
        )

    @api.model
    def _linked_records(self, collectivites):
        """Return the records of these collectivités that links open, by model.

        :rtype: list[models.Model]
        """
        of_mine = Domain("commercial_partner_id", "in", collectivites.ids)
        conventions = self.env["cdg47.convention"].search(
            [("partner_id", "in", collectivites.ids)]
        )
        in_convention = Domain("convention_id", "in", conventions.ids)
        return [
            conventions,
            self.env["sale.order"].search(
                in_convention | Domain("partner_id", "in", collectivites.ids)
            ),
            self.env["account.move"].search(
                of_mine | Domain("cdg47_convention_id", "in", conventions.ids)
            ),
        ]

    @api.model
    def _end_links_of_the_week(self):
        """Renew the links of the mandates whose last day has just passed."""
        today = today_in_paris()
        self.search(
            [
                ("date_end", "<", today),
                ("date_end", ">=", fields.Date.subtract(today, days=7)),
            ]
        )._end_links()

    def _log(self, sentence):
        """Keep on the collectivité who recorded which signatory, and when."""
        for mandate in self.filtered(lambda m: m.role == "signatory"):
            # A mandate is logged whoever records it: an import, a merger, a manager.
            mandate.collectivite_id.sudo().message_post(
                body=sentence
                % {"mandate": f"{mandate.contact_id.name}, {mandate._portal_role()}"},
                author_id=self.env.user.partner_id.id,
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
    def _signatory_of_each(self, collectivites):
        """Return who signs for each today: for an annexed budget, its mother's.

        :rtype: dict[res.partner, res.partner]
        """
        mandates = self._for(collectivites | collectivites.parent_id, ("signatory",))
        known = {mandate.collectivite_id: mandate.contact_id for mandate in mandates}
        found = {p: known.get(p) or known.get(p.parent_id) for p in collectivites}
        return {partner: contact for partner, contact in found.items() if contact}

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
