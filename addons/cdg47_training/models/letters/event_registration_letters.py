# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

import vobject
from dateutil.tz import UTC

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import SQL

from odoo.addons.cdg47_convention.lib.dates import today_in_paris

CRON = "cdg47_training.cron_convocations"
TEMPLATE = "cdg47_training.mail_template_convocation"
REPORT = "cdg47_training.action_report_convocation"
RECEIPT = "cdg47_training.mail_template_receipt"
WAITING = "cdg47_training.mail_template_waiting"
OFFER = "cdg47_training.mail_template_offer"
CANCELLATION = "cdg47_training.mail_template_cancellation"
MOVED = "cdg47_training.mail_template_moved"
SURVEY = "cdg47_training.mail_template_survey"


class EventRegistration(models.Model):
    """Letters: receipts, convocations, offers, cancellations, the survey.

    An agent is convoked about 15 days before, and whenever the version changes.

    Odoo's « before the event » mail is none: who registers after it ran gets nothing,
    and nobody gets the new date of a session that moves (measured).
    """

    _inherit = "event.registration"

    convocation_ids = fields.One2many(
        "cdg47.training.convocation", "registration_id", string="Convocations"
    )
    convoked_version = fields.Integer(
        string="Convoked (version)",
        default=0,
        readonly=True,
        copy=False,
        aggregator=None,
        help="Version of the session of the last convocation; 0: none yet.",
    )
    told_version = fields.Integer(
        string="Told (version)",
        default=0,
        readonly=True,
        copy=False,
        aggregator=None,
        help="Version of the session of the last dates told, before a convocation.",
    )
    convocation_error = fields.Char(
        string="Convocation not sent", readonly=True, copy=False
    )

    survey_answer_id = fields.Many2one(
        "survey.user_input", readonly=True, copy=False, ondelete="set null",
        index="btree_not_null",
    )  # fmt: skip

    # === Due ===
    @api.model
    def _training_due_domain(self):
        """Return the domain of those who may be due, before comparing versions."""
        return (
            Domain("training_kind", "!=", False)
            & Domain("state", "=", "open")
            & Domain("active", "=", True)
            & Domain("event_id.active", "=", True)
            & Domain("event_id.training_state", "=", "published")
            & Domain("event_id.date_begin", ">", fields.Datetime.now())
        )

    @api.model
    def _training_due(self):
        """Return the registrations that await a convocation today.

        Registered, and none for the current version of the session: from 15 days
        before the first day, or at once for who was convoked to another date or place.
        """
        registrations = self.search(self._training_due_domain(), order="event_id, id")
        return registrations.filtered(lambda r: r._is_convocation_due())

    def _is_convocation_due(self):
        self.ensure_one()
        session = self.event_id
        if self.convoked_version >= session.session_version:
            return False
        days = (session.company_id or self.env.company).cdg47_convocation_days
        first = session._training_day() - timedelta(days=days)
        return bool(self.convoked_version) or today_in_paris() >= first

    # === Job ===
    @api.model
    def _cron_convocations(self):
        """Convoke those who are due, one at a time (R11).

        Twice is once: the version is written first, so of two jobs at the same moment
        the second fails to serialize, and then finds it written. One failure is told
        on its own registration, and tried again at the next run.
        """
        self.env["ir.cron"]._cdg47_each(
            self._training_due(), "_training_convoke", "_keep_convocation_error"
        )
        self.env["ir.cron"]._cdg47_each(self._training_moved(), "_training_tell_moved")

    @api.model
    def _training_moved(self):
        """Return who was told dates or a place that have changed, and is not convoked.

        Who is, or is due to be, learns it by a convocation.
        """
        registrations = self.search(
            Domain("training_kind", "!=", False)
            & Domain("state", "in", ("draft", "open"))
            & Domain("told_version", ">", 0)
            & Domain("convoked_version", "=", 0)
            & Domain("event_id.training_state", "=", "published")
            & Domain("event_id.date_begin", ">", fields.Datetime.now())
        )
        return registrations.filtered(
            lambda r: (
                r.told_version < r.event_id.session_version
                and (r.is_waiting or not r._is_convocation_due())
            )
        )

    def _training_tell_moved(self):
        """Tell the new dates once: the version is written first (R11)."""
        self.told_version = self.event_id.session_version
        self._training_send(MOVED)

    def _keep_convocation_error(self, error):
        self.convocation_error = str(error)

    def _training_convoke(self):
        """Write, print and queue the convocation of one agent.

        :rtype: cdg47.training.convocation
        """
        self.ensure_one()
        version = self._claim_version()
        if not version:
            return self.env["cdg47.training.convocation"]
        recipients = self._convocation_recipients()
        convocation = self.env["cdg47.training.convocation"].create(
            {
                "registration_id": self.id,
                "agent_id": self.agent_id.id,
                "version": version,
                "is_replacement": bool(self.convocation_ids),
                "recipients": ", ".join(recipients.mapped("email")),
            }
        )
        convocation.attachment_id = self._print_convocation(convocation)
        self._send_convocation(convocation, recipients)
        return convocation

    def _convocation_recipients(self):
        recipients = self._training_recipients()
        if not recipients:
            raise UserError(
                self.env._("Neither the agent nor the secretary has an e-mail address.")
            )
        return recipients

    def _send_convocation(self, convocation, recipients):
        """Queue the mail of a convocation, with its PDF and its agenda file."""
        documents = (
            convocation.attachment_id
            | self._training_ics_attachment()
            | self.event_id.event_type_id.training_document_ids
        )
        self.env.ref(TEMPLATE).send_mail(
            self.id,
            email_values={
                "recipient_ids": [Command.set(recipients.ids)],
                "attachment_ids": [Command.link(document.id) for document in documents],
            },
        )
        self.convocation_error = False

    def _claim_version(self):
        """Take the version to convoke, once whatever the number of jobs.

        :return: the version, or 0 when it is done already
        :rtype: int
        """
        self.flush_recordset()
        self.event_id.flush_recordset(["session_version"])
        version = self.event_id.session_version
        self.env.cr.execute(
            SQL(
                "UPDATE event_registration SET convoked_version = %(version)s "
                "WHERE id = %(id)s AND state = 'open' "
                "AND COALESCE(convoked_version, 0) < %(version)s RETURNING id",
                version=version,
                id=self.id,
            )
        )
        claimed = self.env.cr.fetchone()
        self.invalidate_recordset(["convoked_version"])
        return version if claimed else 0

    def _print_convocation(self, convocation):
        """Print the PDF, kept with the convocation."""
        content, _type = (
            self.env["ir.actions.report"]
            .with_context(lang=self._training_lang())
            ._render_qweb_pdf(REPORT, convocation.ids)
        )
        return self.env["ir.attachment"].create(
            {
                "name": self.with_context(lang=self._training_lang()).env._(
                    "Convocation %(agent)s.pdf", agent=self.agent_id.name
                ),
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": convocation._name,
                "res_id": convocation.id,
            }
        )

    def _training_convocation_title(self):
        """Return the first words of the mail: a new version says it replaces one."""
        if len(self.convocation_ids) > 1:
            return self.env._("New convocation, cancels and replaces")
        return self.env._("Convocation")

    @api.model
    def _trigger_convocations(self):
        """Have the job run soon: a latecomer or a new date does not wait."""
        cron_sudo = self.env.ref(CRON, raise_if_not_found=False)
        if cron_sudo:
            cron_sudo.sudo()._trigger()

    # === Not arrived: told on its registration, sent again ===
    def action_convoke(self):
        """Try again at once: for who is due, or did not receive the convocation."""
        self.event_id._check_training_organiser()
        for registration_sudo in self.sudo():
            if registration_sudo._is_convocation_due():
                registration_sudo._training_convoke()
            elif registration_sudo.convocation_error:
                registration_sudo._send_convocation_again()

    def _send_convocation_again(self):
        """Send the latest convocation to the addresses of today."""
        self.ensure_one()
        convocation = self.convocation_ids.filtered(
            lambda c: c.agent_id == self.agent_id
        ).sorted("version")[-1:]
        if convocation and self.state == "open":
            recipients = self._convocation_recipients()
            convocation.recipients = ", ".join(recipients.mapped("email"))
            self._send_convocation(convocation, recipients)

    def _message_receive_bounce(self, email, partner):
        """The mail came back: the address is to be corrected."""
        result = super()._message_receive_bounce(email, partner)
        for registration in self.filtered("convocation_ids"):
            registration.convocation_error = registration.env._(
                "The convocation came back from %(address)s: correct the address.",
                address=email,
            )
        return result

    # === Agenda ===
    def _training_ics(self, cancel=False):
        """Return the agenda file: one entry per half-day, replaced by each version.

        :param bool cancel: take the entries out of the agenda
        :rtype: bytes
        """
        self.ensure_one()
        session = self.event_id.with_context(lang=self._training_lang())
        calendar = vobject.iCalendar()
        calendar.add("method").value = "CANCEL" if cancel else "REQUEST"
        for half_day in session.half_day_ids:
            entry = calendar.add("vevent")
            entry.add("uid").value = self._training_uid(half_day)
            entry.add("sequence").value = str(session.session_version + int(cancel))
            entry.add("dtstamp").value = fields.Datetime.now().replace(tzinfo=UTC)
            entry.add("dtstart").value = half_day.start.replace(tzinfo=UTC)
            entry.add("dtend").value = half_day.stop.replace(tzinfo=UTC)
            entry.add("summary").value = session.name
            entry.add("location").value = " - ".join(
                filter(None, (session._training_place(), half_day.room))
            )
            link = half_day.url or session.event_url
            # The link of the classroom comes with the convocation.
            if link and self.convoked_version:
                entry.add("url").value = link
            entry.add("status").value = "CANCELLED" if cancel else "CONFIRMED"
        return calendar.serialize().encode()

    def _training_uid(self, half_day):
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return f"training-{self.id}-{half_day.id}@{database}"

    def _training_ics_attachment(self, cancel=False):
        return self.env["ir.attachment"].create(
            {
                "name": "formation.ics",
                "raw": self._training_ics(cancel),
                "mimetype": "text/calendar",
                "res_model": self._name,
                "res_id": self.id,
            }
        )

    # === Mails: written in the request, sent by Odoo's queue after it ===
    def _training_send(self, template_ref, attachments=()):
        """Queue one mail per registration, to the agent and its collectivité."""
        template = self.env.ref(template_ref)
        for registration_sudo in self.sudo():
            recipients = registration_sudo._training_recipients()
            if not recipients:
                continue
            template.sudo().send_mail(
                registration_sudo.id,
                email_values={
                    "recipient_ids": [Command.set(recipients.ids)],
                    "attachment_ids": [Command.link(a.id) for a in attachments],
                },
            )

    def _training_send_receipts(self):
        """Acknowledge a registration, which « ne vaut pas convocation »."""
        for registration_sudo in self.sudo():
            registration_sudo.told_version = registration_sudo.event_id.session_version
        waiting = self.filtered("is_waiting")
        waiting._training_send(WAITING)
        (self - waiting).filtered(lambda r: not r.is_walk_in)._training_send(RECEIPT)
        self._trigger_convocations()

    def _training_send_offers(self):
        self._training_send(OFFER)

    def _training_send_cancellation(self):
        """Tell that it is cancelled, and take it out of the agenda it was put in."""
        for registration_sudo in self.sudo():
            attachments = self.env["ir.attachment"]
            if registration_sudo.convoked_version:
                attachments = registration_sudo._training_ics_attachment(cancel=True)
            registration_sudo._training_send(CANCELLATION, attachments=attachments)

    # === The satisfaction survey: to those who attended, and to them only ===
    def _training_invite_to_survey(self):
        """Invite once each agent who attended and has an address."""
        template = self.env.ref(SURVEY)
        for registration in self.sudo():
            survey = registration.event_id.training_survey_id
            agent = registration.agent_id
            if (
                not survey
                or registration.state != "done"
                or registration.survey_answer_id
                or not agent.email
            ):
                continue
            registration.survey_answer_id = survey._create_answer(
                partner=agent, email=agent.email, check_attempts=False
            )
            template.send_mail(
                registration.id,
                email_values={"recipient_ids": [Command.set(agent.ids)]},
            )
