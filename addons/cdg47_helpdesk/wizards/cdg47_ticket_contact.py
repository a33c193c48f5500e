# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from email.utils import parseaddr

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from odoo.addons.cdg47_convention.lib.plain_text import as_html
from odoo.addons.cdg47_convention.models.collectivite.cdg47_mandate import ROLES

MANAGERS = "cdg47_convention.group_convention_manager"


class Cdg47TicketContact(models.TransientModel):
    """Makes a contact of an unknown sender, and says for whom they act.

    Who may not give a mandate asks for it: the request is sorted all the same.
    """

    _name = "cdg47.ticket.contact"
    _description = "Create the contact of a request"

    ticket_id = fields.Many2one("helpdesk.ticket", required=True, ondelete="cascade")
    name = fields.Char(
        compute="_compute_name", store=True, readonly=False, precompute=True
    )
    email = fields.Char(
        compute="_compute_name", store=True, readonly=False, precompute=True
    )
    phone = fields.Char()
    known_id = fields.Many2one(
        "res.partner",
        string="Known contact",
        compute="_compute_known_id",
        help="This address is already theirs: nobody is created twice.",
    )
    collectivite_id = fields.Many2one(
        "res.partner",
        string="Collectivité",
        required=True,
        domain=[("collectivite_type", "!=", False)],
    )
    role = fields.Selection(
        lambda self: self._roles(), required=True, default="secretary"
    )
    is_mandate_asked = fields.Boolean(compute="_compute_is_mandate_asked")

    @api.model
    def _roles(self):
        described = self.env["cdg47.mandate"]._fields["role"]
        labels = dict(described._description_selection(self.env))
        return [(role, labels[role]) for role in ROLES]

    @api.depends("ticket_id")
    def _compute_name(self):
        for wizard in self:
            ticket = wizard.ticket_id
            name, address = parseaddr(ticket.partner_email or "")
            wizard.email = email_normalize(ticket.partner_email or "") or address
            said = parseaddr(ticket.partner_name or "")[0] or ticket.partner_name
            wizard.name = ticket.partner_id.name or name or said or wizard.email

    @api.depends("ticket_id", "email")
    def _compute_known_id(self):
        for wizard in self:
            address = email_normalize(wizard.email or "")
            known = self.env["res.partner"].search(
                [("email_normalized", "=", address), ("is_company", "=", False)],
                limit=1,
            )
            wizard.known_id = wizard.ticket_id.partner_id or (address and known)

    @api.depends("role")
    def _compute_is_mandate_asked(self):
        may_sign_for = self.env.user.has_group(MANAGERS)
        for wizard in self:
            wizard.is_mandate_asked = wizard.role == "signatory" and not may_sign_for

    def action_create(self):
        """Create the contact, with its mandate or the asking of it."""
        self.ensure_one()
        self.ticket_id._check_technician()
        contact = self.known_id or self._create_contact()
        if self.is_mandate_asked:
            self._ask_for_mandate(contact)
        elif not self._has_mandate(contact):
            self.env["cdg47.mandate"].create(
                {
                    "contact_id": contact.id,
                    "collectivite_id": self.collectivite_id.id,
                    "role": self.role,
                }
            )
        # Its sender has had a receipt. The collectivité first: the contact of another
        # would leave with it.
        ticket = self.ticket_id.with_context(cdg47_answered=True)
        ticket.collectivite_id = self.collectivite_id
        ticket.write({"partner_id": contact.id, "partner_name": contact.name})
        ticket.message_subscribe(contact.ids)
        return {"type": "ir.actions.act_window_close"}

    def _create_contact(self):
        if not (self.name or "").strip():
            raise UserError(self.env._("Give the name of this contact."))
        if self.email and not email_normalize(self.email):
            raise UserError(
                self.env._("Enter an e-mail address, such as mairie@example.fr.")
            )
        return self.env["res.partner"].create(
            {
                "name": self.name.strip(),
                "email": self.email,
                "phone": self.phone,
                "parent_id": self.collectivite_id.id,
                "lang": self.collectivite_id._cdg47_lang(),
            }
        )

    def _has_mandate(self, contact):
        mandates = self.env["cdg47.mandate"]._for(self.collectivite_id)
        return contact in mandates.contact_id

    def _ask_for_mandate(self, contact):
        """Ask a manager for the mandate that commits the collectivité (R15)."""
        convention = self.collectivite_id.active_convention_id
        managers = self.env.ref(MANAGERS).user_ids
        user = convention.user_id.filtered(lambda u: u in managers) or managers[:1]
        lang_self = self.with_context(lang=user.lang or self.env.lang)
        # Whoever sorts requests may not plan for a manager by themselves.
        self.collectivite_id.sudo().activity_schedule(
            "mail.mail_activity_data_todo",
            summary=lang_self.env._(
                "Record the signatory: %(name)s", name=contact.name
            )[:200],
            note=as_html(f"{contact.name}, {contact.email}\n{self.ticket_id.number}"),
            user_id=(user or self.env.user).id,
        )
