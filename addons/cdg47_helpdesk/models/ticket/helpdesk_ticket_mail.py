# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import re
from datetime import timedelta

from lxml import html

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import (
    email_normalize,
    email_split,
    formataddr,
    html2plaintext,
    html_sanitize,
)

from odoo.addons.cdg47_convention.lib.dates import today_in_paris

from ...lib.incoming_mail import forwarded_from, is_automatic, numbers_in, plain

AWAITING = "helpdesk_mgmt.helpdesk_ticket_stage_awaiting"
IN_PROGRESS = "helpdesk_mgmt.helpdesk_ticket_stage_in_progress"
ON_HOLD = "cdg47_helpdesk.stage_on_hold"


class HelpdeskTicket(models.Model):
    """Mails: who writes, for which collectivité, and the dated receipt."""

    _inherit = "helpdesk.ticket"

    waiting_until = fields.Date(
        string="On hold until",
        compute="_compute_waiting_until",
        store=True,
        index="btree_not_null",
        copy=False,
        help="It comes back by itself on that day.",
    )
    waiting_for = fields.Char(readonly=True, copy=False)

    # === On hold until a date ===
    @api.depends("stage_id")
    def _compute_waiting_until(self):
        """Forget the date of what is taken up, whoever or whatever takes it up."""
        on_hold = self.env.ref(ON_HOLD, raise_if_not_found=False)
        for ticket in self:
            waits = on_hold and ticket.stage_id == on_hold
            ticket.waiting_until = waits and ticket.waiting_until

    def _hold(self, until, reason):
        """Put requests on hold, and say to ourselves until when and what for."""
        stage = self.env.ref(ON_HOLD)
        self.write(
            {"stage_id": stage.id, "waiting_until": until, "waiting_for": reason}
        )
        said = self.env._(
            "On hold until %(date)s: %(reason)s",
            date=self.env["res.partner"]._cdg47_format_date(until),
            reason=reason,
        )
        for ticket in self:
            ticket.message_post(body=said)

    @api.model
    def _cron_end_hold(self):
        """Take up again, with an activity, what was on hold until today."""
        waited = self.search([("waiting_until", "<=", today_in_paris())])
        self.env["ir.cron"]._cdg47_each(waited, "_end_hold")

    def _end_hold(self):
        self.stage_id = self.env.ref(IN_PROGRESS)
        self._tell_who_handles(
            self.with_context(lang=self.user_id.partner_id._cdg47_lang()).env._(
                "To be taken up again: %(reason)s", reason=self.waiting_for
            )
        )

    # === Where a mail goes ===
    @api.model
    def _route_mail(self, message, msg, routes):
        """Return the one place of a mail: nowhere, its request, or a new one.

        :param email.message.EmailMessage message: as received
        :param dict msg: what the gateway read in it, changed in place
        :param list routes: what the gateway found
        :rtype: list
        """
        others = [route for route in routes if route[0] != self._name]
        ours = [route for route in routes if route[0] == self._name]
        ticket, route = self._ticket_of_mail(message, msg, ours)
        # A duplicate is answered where it is followed.
        ticket = ticket.duplicate_id or ticket
        if is_automatic(message):
            if not ticket:
                return others
            # Kept as a note, which nobody is told of.
            msg["is_internal"] = True
            msg.pop("parent_id", None)
        elif ticket.closed and not ticket._may_reopen():
            # Too old to be taken up again: asked anew, and nothing is lost.
            ticket = self.browse()
            msg.pop("parent_id", None)
        if not ticket:
            ticket = self._last_of_many(msg)
            if ticket:
                # Held there as a note: nothing is lost, nobody is answered.
                msg["is_internal"] = True
                ticket._say_held(msg)
        return [*others, (self._name, ticket.id, *route[2:])]

    @api.model
    def _detect_loop_sender_domain(self, email_from_normalized):
        """Many mails of one sender are held, where Odoo would answer and lose them."""
        return

    @api.model
    def _last_of_many(self, msg):
        """Return the last request of a sender who has just made too many, or none.

        The number and the minutes are those of Odoo's gateway, and who may send as
        much as they like too (« mail.gateway.allowed »).
        """
        address = email_normalize(msg.get("email_from") or "")
        allowed_sudo = self.env["mail.gateway.allowed"].sudo()
        if not address or allowed_sudo.search_count(
            [("email_normalized", "=", address)], limit=1
        ):
            return self.browse()
        get_param = self.env["ir.config_parameter"].sudo().get_param
        minutes = int(get_param("mail.gateway.loop.minutes", 120))
        many = int(get_param("mail.gateway.loop.threshold", 20))
        since = self.env.cr.now() - timedelta(minutes=minutes)
        theirs = Domain("partner_email", "ilike", address)
        theirs |= Domain("partner_id.email_normalized", "=", address)
        # All its requests count, whatever the gateway may read.
        made_sudo = self.sudo().search(
            theirs & Domain("create_date", ">=", since), limit=many, order="id desc"
        )
        return made_sudo[:1].sudo(False) if len(made_sudo) == many else self.browse()

    def _say_held(self, msg):
        """Tell once that a sender's mails are held on this request."""
        summary = self.env._(
            "Many mails of %(sender)s: the next ones are held here",
            sender=msg.get("email_from"),
        )
        if summary not in self.activity_ids.mapped("summary"):
            self._tell_who_handles(summary)

    @api.model
    def _ticket_of_mail(self, message, msg, routes):
        """Return the request that a mail belongs to, and the route that led to it.

        Several of our addresses make one request: that of the first one named.
        """
        for route in routes:
            if route[1]:
                return self.browse(route[1]), route
        named = [address.lower() for address in email_split(str(message["To"] or ""))]

        def place(route):
            address = route[4] and route[4].alias_full_name
            return named.index(address) if address in named else len(named)

        return self._ticket_named(msg), min(routes, key=place)

    @api.model
    def _ticket_named(self, msg):
        """Return the request whose number is in the subject, if its sender is in it."""
        numbers = numbers_in(msg.get("subject"))
        if not numbers:
            return self.browse()
        # Who may see it is asked below, of the sender and not of the gateway.
        tickets_sudo = self.sudo().search([("number", "in", numbers)])
        return tickets_sudo.filtered(lambda ticket: ticket._is_of_sender(msg))[:1]

    def _is_of_sender(self, msg):
        """Tell whether the sender of a mail made this request, or may follow it."""
        self.ensure_one()
        address = email_normalize(msg.get("email_from") or "")
        if not address:
            return False
        if address == email_normalize(self.partner_email or ""):
            return True
        if self._is_staff(address):
            return True
        contact = self._sender_contact(msg)
        return bool(contact) and self.collectivite_id in self._collectivites_of(contact)

    @api.model
    def _is_staff(self, address):
        """Tell whether an address is that of one of us."""
        # Who works here, the gateway has no right to ask.
        users_sudo = self.env["res.users"].sudo()
        ours = Domain("email_normalized", "=", email_normalize(address))
        return bool(
            users_sudo.search_count(ours & Domain("share", "=", False), limit=1)
        )

    # === A new request ===
    @api.model
    def message_new(self, msg, custom_values=None):
        """Give a mail to the one collectivité its sender acts for.

        An unknown sender goes to triage; a contact who acts for several is asked. The
        domain of an address says nothing: several collectivités share one.
        """
        # Nobody is in charge yet: least of all the customer, whose user this may be.
        values = {"user_id": False, **(custom_values or {})}
        values.setdefault("channel_id", self._channel_of_mail().id)
        values.setdefault("category_id", self._category_of_team(values).id)
        msg = self._as_written(msg)
        contact = self._sender_contact(msg)
        collectivites = self._collectivites_of(contact)
        if len(collectivites) == 1:
            values["collectivite_id"] = collectivites.id
        if contact:
            values.update(partner_id=contact.id, partner_name=contact.name)
        else:
            # Odoo's author may be anybody with the same address.
            values.update(partner_name=msg.get("from"))
        ticket = super().message_new(msg, custom_values=values)
        if len(collectivites) > 1:
            ticket._ask_which_collectivite(collectivites)
        elif not contact and not self._is_staff(msg.get("email_from") or ""):
            ticket._send_receipt()
        return ticket

    @api.model
    def _as_written(self, msg):
        """Return a mail as its writer's, where one of us forwarded it."""
        if not self._is_staff(msg.get("email_from") or ""):
            return msg
        # Odoo marks what is quoted, line breaks included, and reads those no more.
        body = re.sub(r"<br\b[^>]*>", "<br/>", msg.get("body") or "")
        text = html2plaintext(body)
        name, address = forwarded_from(
            msg.get("subject"), text, msg.get("attachments") or (), self._is_staff
        )
        if not address:
            return msg
        sender = formataddr((name, address))
        return {**msg, "from": sender, "email_from": sender, "author_id": False}

    @api.model
    def _channel_of_mail(self):
        channel = "helpdesk_mgmt.helpdesk_ticket_channel_email"
        return (
            self.env.ref(channel, raise_if_not_found=False)
            or self.env["helpdesk.ticket.channel"]
        )

    @api.model
    def _category_of_team(self, values):
        """Return the first category that is sent to the team of an alias."""
        categories = self.env["helpdesk.ticket.category"]
        if not values.get("team_id"):
            return categories
        return categories.search([("cdg47_team_id", "=", values["team_id"])], limit=1)

    # === An answer ===
    def message_update(self, msg, update_vals=None):
        """Learn from an answer the collectivité that it names."""
        result = super().message_update(msg, update_vals=update_vals)
        for ticket in self.filtered(lambda ticket: not msg.get("is_internal")):
            ticket._learn_collectivite(msg)
        return result

    def _message_post_after_hook(self, message, msg_values):
        """Take up again what an answer takes up, by mail or in the portal."""
        for ticket in self:
            if message.message_type == "email" and "cid:" in (ticket.description or ""):
                # Its inline images are attached now.
                ticket.description = message.body
            if ticket._is_answer(message):
                # Whoever answers a request may not move it among the stages.
                ticket.sudo()._on_answer()
        return super()._message_post_after_hook(message, msg_values)

    def _is_answer(self, message):
        """Tell whether a message comes from outside the CDG, and was written."""
        author_sudo = message.sudo().author_id
        return (
            message.message_type in ("email", "comment")
            and not message.is_internal
            and not message.subtype_id.internal
            and (author_sudo.partner_share or not author_sudo)
            and author_sudo != self.company_id.sudo().partner_id
        )

    def _on_answer(self):
        if self.closed:
            self._take_up_again()
        elif self.stage_id in self._stages_of_waiting():
            self.stage_id = self.env.ref(IN_PROGRESS)

    def _stages_of_waiting(self):
        """Return the stages that an answer of the collectivité ends."""
        stages = self.env["helpdesk.ticket.stage"]
        for xml_id in (AWAITING, ON_HOLD):
            stages |= self.env.ref(xml_id, raise_if_not_found=False) or stages
        return stages

    def _take_up_again(self):
        """Reopen a finished request, unless it is too old, and tell who handles it."""
        if self._may_reopen():
            self.stage_id = self.env.ref(IN_PROGRESS)
        self._tell_who_handles(
            self.env._("The collectivité answered a finished request")
        )

    def _tell_who_handles(self, summary):
        members = self.team_id.user_id or self.team_id.user_ids[:1]
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=summary,
            user_id=(self.user_id or members or self.env.ref("base.user_admin")).id,
        )

    def _learn_collectivite(self, msg):
        """Set the collectivité where the sender, asked which one, names one."""
        if self.collectivite_id:
            return
        said = plain(self._unquoted(msg.get("body") or "")).casefold()
        named = self._collectivites_of(self._sender_contact(msg)).filtered(
            lambda partner: re.search(
                rf"\b{re.escape(plain(partner.name).casefold())}\b", said
            )
        )
        if len(named) == 1:
            self.collectivite_id = named

    @api.model
    def _unquoted(self, body):
        """Return the text of a mail without the message that it answers."""
        root = html.fromstring(f"<div>{html_sanitize(body)}</div>")
        for quoted in root.xpath("//blockquote | //*[@data-o-mail-quote]"):
            # What follows a quotation is an answer too.
            quoted.drop_tree()
        return html2plaintext(html.tostring(root, encoding="unicode"))

    # === Whose it is ===
    @api.model
    def _sender_contact(self, msg):
        """Return the contact with a mandate who sends a mail, empty if none or several.

        :rtype: res.partner
        """
        address = email_normalize(msg.get("email_from") or msg.get("from") or "")
        if not address:
            return self.env["res.partner"]
        mandates = self.env["cdg47.mandate"]
        contacts = mandates.search(
            mandates._domain_at(today_in_paris())
            & Domain("contact_id.email_normalized", "=", address)
        ).contact_id
        return contacts if len(contacts) == 1 else contacts.browse()

    @api.model
    def _collectivites_of(self, contact):
        """Return the collectivités a contact acts for today, annexed budgets apart."""
        if not contact:
            return self.env["res.partner"]
        return self.env["cdg47.mandate"]._of_contact(contact).collectivite_id

    def _ask_which_collectivite(self, collectivites):
        """Ask a shared secretary for which collectivité they write."""
        self.ensure_one()
        template = self.env.ref("cdg47_helpdesk.mail_template_which_collectivite")
        template.with_context(
            lang=self.partner_id._cdg47_lang(),
            cdg47_collectivites=", ".join(collectivites.mapped("name")),
        ).send_mail(self.id, email_values=self._from_the_cdg())

    def _creation_message(self):
        """Odoo's « %s created » takes no gender, which French needs."""
        if not self.collectivite_id:
            return super()._creation_message()
        return self.env._("Request created")

    def _on_new_request(self):
        """Acknowledge requests of collectivités, at their date."""
        for ticket in self:
            # A team would drop the technician it does not have.
            if not (ticket.team_id or ticket.user_id):
                ticket.team_id = ticket.category_id.cdg47_team_id
            if ticket.partner_id.email:
                ticket.message_subscribe(ticket.partner_id.ids)
                if not self.env.context.get("cdg47_answered"):
                    ticket._send_receipt()

    def _send_receipt(self):
        """Acknowledge a request at its date, to its contact or its unknown sender."""
        self.ensure_one()
        values = self._from_the_cdg()
        if not self.partner_id:
            values["email_to"] = self.partner_email
        self.env.ref("cdg47_helpdesk.mail_template_receipt").with_context(
            lang=self.collectivite_id._cdg47_lang()
        ).send_mail(self.id, email_values=values)

    def _from_the_cdg(self):
        """Sign an automatic mail by the CDG, not by whoever's request caused it.

        Whoever answers writes to the team; ``mail.template`` says that it is automatic.
        """
        author = self.company_id.partner_id
        return {
            "author_id": author.id,
            "reply_to": self._notify_get_reply_to(author_id=author.id)[self.id],
        }

    def _track_template(self, tracking):
        """Say in our words that a request is finished, with its rating."""
        result = super()._track_template(tracking)
        ticket = self[0]
        if ticket.collectivite_id and "stage_id" in tracking:
            result.pop("stage_id", None)
            told_otherwise = ticket.decline_reason or ticket.duplicate_id
            if ticket.closed and not told_otherwise:
                template = self.env.ref("cdg47_helpdesk.mail_template_closed")
                # Sent as our other mails are: answered by the team, not by machines.
                template.send_mail(ticket.id, email_values=ticket._from_the_cdg())
        return result

    def _send_ticket_rating_mail(self, force_send=False):
        """A collectivité is asked for its rating in the closing mail."""
        others = self.filtered(lambda ticket: not ticket.collectivite_id)
        return super(HelpdeskTicket, others)._send_ticket_rating_mail(force_send)
