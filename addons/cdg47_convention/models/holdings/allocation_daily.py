# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What each night does of the things held: verdicts, expiries, reminders (R11)."""

from odoo.fields import Command
from odoo.tools import split_every

from ...lib.dates import today_in_paris
from ...reading.certificate_reminders import reminder_due, waiting_for_reminder

# Collectivités whose verdicts are renewed at once.
BATCH = 100


def refresh_verdicts(env):
    """Renew the verdicts of what is held, some collectivités at a time."""
    held = env["cdg47.allocation"].search([("state", "in", ("requested", "active"))])
    by_partner = held.grouped("partner_id")
    slices = [
        held.union(*(by_partner[partner] for partner in partners))
        for partners in split_every(BATCH, by_partner)
    ]
    env["ir.cron"]._cdg47_each(slices, _refresh)


def _refresh(held):
    held.env["cdg47.ledger"]._guard(held.partner_id)
    held._mark_verdicts()
    held.env.flush_all()


def expire_and_remind(env):
    """Expire what is past its last day, then remind what will be."""
    env["cdg47.allocation"].search(
        [("state", "=", "active"), ("date_end", "<", today_in_paris())]
    ).write({"state": "expired"})
    env["ir.cron"]._cdg47_each(waiting_for_reminder(env), _remind)


def _remind(allocation):
    """Write to the collectivité and plan the replacement, then stamp it."""
    allocation.reminded_days = reminder_due(allocation)
    _plan_replacement(allocation)
    contacts = allocation.partner_id._cdg47_written_contacts()
    if contacts:
        template = allocation.env.ref(
            "cdg47_convention.mail_template_certificate_expires"
        )
        template.send_mail(
            allocation.id, email_values={"recipient_ids": [Command.set(contacts.ids)]}
        )


def _plan_replacement(allocation):
    """Keep one activity: the second reminder only brings it nearer."""
    kind = "cdg47_convention.mail_activity_type_certificate"
    if allocation.activity_reschedule([kind], date_deadline=allocation.date_end):
        return
    partner = allocation.partner_id
    convention = partner._cdg47_conventions_at(today_in_paris()).get(
        partner, allocation.env["cdg47.convention"]
    )
    user = convention.user_id or allocation.create_uid
    translated = allocation.with_context(lang=user.lang)
    translated.activity_schedule(
        kind,
        date_deadline=allocation.date_end,
        summary=translated.env._(
            "Replace before it expires: %(name)s", name=translated.display_name
        ),
        user_id=user.id,
    )
