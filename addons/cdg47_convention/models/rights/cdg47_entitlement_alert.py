# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging

from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ...lib.dates import today_in_paris

_logger = logging.getLogger(__name__)

# Shares of a right, in percent, at which the collectivité is told.
THRESHOLDS = (80, 100)
MODULE = "cdg47_convention"


class Cdg47Entitlement(models.Model):
    """Alerts at 80 and 100 % of a right: once by window and threshold (R11)."""

    _inherit = "cdg47.entitlement"

    threshold = fields.Integer(
        string="Threshold reached (%)",
        compute="_compute_threshold",
        store=True,
        index=True,
        aggregator=None,
    )
    alerted_threshold = fields.Integer(
        string="Alerted at (%)",
        readonly=True,
        copy=False,
        aggregator=None,
        help="Last threshold told to the collectivité; 0: none yet.",
    )

    @api.depends("granted_amount", "left_amount")
    def _compute_threshold(self):
        for right in self:
            used = right.granted_amount - right.left_amount
            right.threshold = max(
                (t for t in THRESHOLDS if 100 * used >= t * right.granted_amount > 0),
                default=0,
            )

    def _mark_alerted(self):
        """Count the thresholds reached as told: what is taken over is no news."""
        for right in self:
            right.alerted_threshold = right.threshold

    # === Daily job ===
    @api.model
    def _cron_alert(self):
        """Tell what reached a threshold; one right at a time, one commit each.

        However late it runs, and however often: what is done is stamped. A failure is
        logged and tried again the next day.
        """
        waiting = self.search(self._domain_to_alert())
        for done, right in enumerate(waiting, start=1):
            right._try_to_alert()
            if not self.env["ir.cron"]._commit_progress(
                1, remaining=len(waiting) - done
            ):
                break

    @api.model
    def _domain_to_alert(self):
        """Return the domain of the rights not ended whose threshold is not told yet."""
        return (
            Domain("date_end", "=", False) | Domain("date_end", ">=", today_in_paris())
        ) & Domain.OR(
            Domain("threshold", "=", threshold)
            & Domain("alerted_threshold", "<", threshold)
            for threshold in THRESHOLDS
        )

    def _try_to_alert(self):
        """Tell about one right; one that fails does not stop the others."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self._alert()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception:  # one faulty address must not stop the others
            _logger.exception("No alert about right %s yet", self.id)

    def _alert(self):
        """Stamp the threshold, plan an activity, write to the collectivité."""
        self.ensure_one()
        self._mark_alerted()
        self._plan_follow_up()
        contacts = self.partner_id._cdg47_written_contacts()
        if contacts and self.env.company.cdg47_alert_by_mail:
            self.env.ref(f"{MODULE}.mail_template_right_threshold").send_mail(
                self.id, email_values={"recipient_ids": [Command.set(contacts.ids)]}
            )

    def _plan_follow_up(self):
        """Plan an activity for who follows the convention in force, if there is one."""
        convention = self.partner_id._cdg47_conventions_at(today_in_paris()).get(
            self.partner_id
        )
        if not convention:
            return
        user = convention.user_id or self.env.user
        lang_self = self.with_context(lang=user.lang)
        convention.activity_schedule(
            f"{MODULE}.mail_activity_type_threshold",
            summary=lang_self.env._(
                "%(threshold)s %% of a right used: %(right)s",
                threshold=self.threshold,
                right=lang_self._alert_name(),
            ),
            user_id=user.id,
        )

    # === Words ===
    def _alert_name(self):
        """Name the services of the right, and its software."""
        name = ", ".join(self.product_ids.mapped("name"))
        return f"{name} ({self.scope.name})" if self.scope else name

    def _alert_left(self):
        """Say what is left, in the language of the environment."""
        return self.uom_id._cdg47_written(self.left_amount)
