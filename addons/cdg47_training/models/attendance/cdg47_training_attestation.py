# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.cdg47_convention.lib.dates import today_in_paris

from ..session.cdg47_training_half_day import clock

REPORT = "cdg47_training.action_report_attestation"
ATTESTATION = "cdg47_training.mail_template_attestation"
# No letter that a reader takes for a figure.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 16


class Cdg47TrainingAttestation(models.Model):
    """What an agent really attended, as the locked sheets say: numbered, verifiable.

    What it says is copied from the sheets on the day it is issued, and never changes:
    a reopened sheet issues another version.
    """

    _name = "cdg47.training.attestation"
    _description = "Attestation"
    _order = "name desc, version desc"

    name = fields.Char(string="Number", required=True, readonly=True, index=True)
    version = fields.Integer(required=True, readonly=True, aggregator=None, default=1)
    code = fields.Char(
        string="Verification code",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: self._new_code(),
    )
    registration_id = fields.Many2one(
        "event.registration", required=True, index=True, ondelete="restrict"
    )
    event_id = fields.Many2one(
        related="registration_id.event_id", store=True, index=True, string="Session"
    )
    company_id = fields.Many2one(related="event_id.company_id", store=True)
    collectivite_id = fields.Many2one(
        related="registration_id.collectivite_id", store=True, index=True
    )
    agent_id = fields.Many2one(
        "res.partner", required=True, index=True, ondelete="restrict"
    )
    state = fields.Selection(
        [("valid", "Valid"), ("superseded", "Replaced")],
        default="valid",
        required=True,
        readonly=True,
    )
    issued_on = fields.Date(required=True, readonly=True)

    # === What it certifies ===
    agent_name = fields.Char(required=True, readonly=True)
    collectivite_name = fields.Char(required=True, readonly=True)
    title = fields.Char(required=True, readonly=True)
    objectives = fields.Text(readonly=True)
    dates = fields.Text(required=True, readonly=True)
    place = fields.Char(readonly=True)
    trainers = fields.Char(readonly=True)
    hours = fields.Float(required=True, readonly=True)
    hours_planned = fields.Float(readonly=True)
    attachment_id = fields.Many2one(
        "ir.attachment", string="PDF", readonly=True, ondelete="restrict"
    )

    _code_unique = models.Constraint("UNIQUE (code)", "A code belongs to one.")
    _version_unique = models.Constraint(
        "UNIQUE (name, version)", "A version of an attestation is issued once."
    )

    @api.model
    def _new_code(self):
        return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))

    @api.depends("name", "version")
    def _compute_display_name(self):
        for attestation in self:
            attestation.display_name = f"{attestation.name} v{attestation.version}"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("An attestation is replaced, never deleted."))

    def _verification_url(self):
        self.ensure_one()
        return f"{self.get_base_url()}/formation/attestation/{self.code}"

    @api.model
    def _hours_text(self, hours):
        """Write a duration: « 3 h 30 »."""
        return clock(hours)

    def _get_report_base_filename(self):
        self.ensure_one()
        return f"{self.name}-v{self.version}".replace("/", "-")

    def _pdf(self):
        """Return the PDF, printed at the first reading and kept.

        :rtype: ir.attachment
        """
        self.ensure_one()
        if not self.attachment_id:
            lang = self.collectivite_id._cdg47_lang()
            content, _type = (
                self.env["ir.actions.report"]
                .with_context(lang=lang)
                ._render_qweb_pdf(REPORT, self.ids)
            )
            self.attachment_id = self.env["ir.attachment"].create(
                {
                    "name": f"{self._get_report_base_filename()}.pdf",
                    "raw": content,
                    "mimetype": "application/pdf",
                    "res_model": self._name,
                    "res_id": self.id,
                }
            )
        return self.attachment_id

    # === Issued ===
    @api.model
    def _issue(self, registrations):
        """Issue the attestation of each agent who attended; again only if it changed.

        :param event.registration registrations: of sessions whose sheets are locked
        :rtype: cdg47.training.attestation
        :raise UserError: while a sheet of the session is open
        """
        issued = self.browse()
        # Who locks the last sheet has no right on attestations: sheets decide of them.
        for registration_sudo in registrations.sudo():
            open_sheets = registration_sudo.event_id.half_day_ids.filtered(
                lambda h: h.sheet_state != "locked"
            )
            if open_sheets:
                raise UserError(
                    self.env._(
                        "The attestation waits for the sign-in sheets to be locked: "
                        "%(half_days)s.",
                        half_days=", ".join(h._label() for h in open_sheets),
                    )
                )
            if registration_sudo.attended_hours > 0:
                issued |= self.sudo()._current(registration_sudo)
            else:
                registration_sudo.attestation_ids._supersede()
        return issued

    @api.model
    def _current(self, registration):
        """Return the attestation that says what the sheets say, issued if none does."""
        values = self._prepare(registration)
        known = registration.attestation_ids
        current = known.filtered(lambda a: a.state == "valid")
        if current and all(current[name] == value for name, value in values.items()):
            return current
        latest = known.sorted("version")[-1:]
        known._supersede()
        issued = self.create(
            [
                {
                    **values,
                    "registration_id": registration.id,
                    "agent_id": registration.agent_id.id,
                    "name": latest.name
                    or self.env["ir.sequence"].next_by_code(
                        "cdg47.training.attestation",
                        sequence_date=registration.event_id._training_day(),
                    ),
                    "version": latest.version + 1,
                    "issued_on": today_in_paris(),
                }
            ]
        )
        registration._training_send(ATTESTATION)
        return issued

    def _supersede(self):
        self.filtered(lambda a: a.state == "valid").write({"state": "superseded"})

    @api.model
    def _prepare(self, registration):
        """Return what an attestation certifies, in the collectivité's language."""
        lang = registration._training_lang()
        session = registration.event_id.with_context(lang=lang)
        attended = registration.attendance_ids.filtered(lambda a: a.status == "present")
        half_days = attended.half_day_id.with_context(lang=lang)
        return {
            "agent_name": registration.agent_id.name,
            "collectivite_name": registration.collectivite_id.name,
            "title": session.name,
            "objectives": session.training_objectives or False,
            "dates": "\n".join(h._label() for h in half_days.sorted("start")),
            "place": session._training_place(),
            "trainers": ", ".join(half_days.trainer_id.mapped("name")) or False,
            "hours": sum(attended.mapped("hours")),
            "hours_planned": session._training_hours(),
        }
