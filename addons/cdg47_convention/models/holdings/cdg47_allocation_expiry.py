# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.fields import Command

from ...lib.dates import today_in_paris


class Cdg47Allocation(models.Model):
    """The end of what is held: expiry, and the reminders before it (R11)."""

    _inherit = "cdg47.allocation"

    reminded_days = fields.Integer(
        string="Reminded at",
        readonly=True,
        copy=False,
        aggregator=None,
        help="Days before the expiry at which the last reminder left; 0: none yet.",
    )

    def write(self, vals):
        """A new expiry date is reminded anew."""
        moved = self.browse()
        if "date_end" in vals:
            day = fields.Date.to_date(vals["date_end"])
            moved = self.filtered(lambda a: a.date_end != day and a.reminded_days)
        result = super().write(vals)
        if moved:
            super(Cdg47Allocation, moved).write({"reminded_days": 0})
        return result

    # === Daily job ===
    @api.model
    def _cron_expire(self):
        """Expire what is past its last day, then remind what will be."""
        self.search(
            [("state", "=", "active"), ("date_end", "<", today_in_paris())]
        ).write({"state": "expired"})
        self.env["ir.cron"]._cdg47_each(self._waiting_for_reminder(), "_remind")

    @api.model
    def _waiting_for_reminder(self):
        """Return the certificates whose next reminder is due."""
        today = today_in_paris()
        thresholds = self.env.company._cdg47_reminder_thresholds()
        if not thresholds:
            return self.browse()
        expiring = self.search(
            [
                ("state", "=", "active"),
                ("product_id.cdg47_allocation_kind", "=", "certificate"),
                ("date_end", ">=", today),
                ("date_end", "<=", fields.Date.add(today, days=thresholds[-1])),
                (
                    "replaced_by_ids",
                    "not any",
                    [("state", "in", ("requested", "active"))],
                ),
            ]
        )
        return expiring.filtered(lambda a: a._reminder_due())

    def _reminder_due(self):
        """Return the nearest threshold reached and not reminded yet, 0 for none."""
        self.ensure_one()
        left = (self.date_end - today_in_paris()).days
        for days in self.env.company._cdg47_reminder_thresholds():
            if left <= days:
                is_new = not self.reminded_days or days < self.reminded_days
                return days if is_new else 0
        return 0

    def _remind(self):
        """Write to the collectivité and plan the replacement, then stamp it."""
        self.ensure_one()
        self.reminded_days = self._reminder_due()
        self._plan_replacement()
        contacts = self.partner_id._cdg47_written_contacts()
        if contacts:
            template = self.env.ref(
                "cdg47_convention.mail_template_certificate_expires"
            )
            template.send_mail(
                self.id, email_values={"recipient_ids": [Command.set(contacts.ids)]}
            )

    def _plan_replacement(self):
        """Keep one activity: the second reminder only brings it nearer."""
        kind = "cdg47_convention.mail_activity_type_certificate"
        if self.activity_reschedule([kind], date_deadline=self.date_end):
            return
        convention = self.partner_id._cdg47_conventions_at(today_in_paris()).get(
            self.partner_id, self.env["cdg47.convention"]
        )
        user = convention.user_id or self.create_uid
        lang_self = self.with_context(lang=user.lang)
        lang_self.activity_schedule(
            kind,
            date_deadline=self.date_end,
            summary=lang_self.env._(
                "Replace before it expires: %(name)s", name=lang_self.display_name
            ),
            user_id=user.id,
        )
