# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tools import SQL

from ...reading.authority import check_manager

# Lines claimed, renewed and committed together by one worker.
BATCH = 100
# Several records: each is run by one worker, on any application host.
CRONS = tuple(f"cdg47_convention.cron_campaign_{number}" for number in (1, 2, 3, 4))


class Cdg47Campaign(models.Model):
    """The run: several workers share the lines, one batch and one commit at a time.

    A worker locks its lines and marks them in the transaction that renews them: killed,
    it leaves them as they were. Odoo works in REPEATABLE READ, so a line that another
    worker has just finished fails to be locked, and ``retrying`` claims again (R6).
    """

    _inherit = "cdg47.campaign"

    run_kind = fields.Selection(
        [("renew", "Renew"), ("undo", "Undo")],
        string="What runs",
        default="renew",
        required=True,
        readonly=True,
        copy=False,
    )

    # === Buttons ===
    def action_run(self):
        """Renew what the simulation shows, in the background; resumes what stopped."""
        check_manager(self.env)
        for campaign in self:
            if campaign.state == "draft":
                raise UserError(
                    self.env._("Simulate the campaign and read it before running it.")
                )
        # One that is done and has nothing to do is left in peace, and wakes no job.
        waiting = self.filtered(lambda c: c.state != "done" or c.todo_count)
        return waiting._start("renew") if waiting else True

    def action_stop(self):
        """Stop after the batches under way; what is renewed stays so."""
        check_manager(self.env)
        self.filtered(lambda c: c.state == "running").write({"state": "simulated"})
        return True

    def action_undo(self):
        """Take back what was renewed and is not posted, in the background."""
        check_manager(self.env)
        for campaign in self:
            if campaign.state == "running":
                raise UserError(self.env._("Stop the campaign before undoing it."))
            posted = campaign.line_ids.invoice_ids.filtered(
                lambda move: move.state == "posted"
            )
            if posted:
                raise UserError(
                    self.env._(
                        "%(count)s invoice(s) of this campaign are posted, such as "
                        "%(invoice)s: correct them by credit notes.",
                        count=len(posted),
                        invoice=posted[0].name,
                    )
                )
        return self._start("undo")

    def action_retry_parked(self):
        """Try again what was set aside, from the situation of today."""
        check_manager(self.env)
        for campaign in self:
            campaign.line_ids.filtered(lambda ln: ln.state == "parked").action_retry()
        return True

    def _start(self, kind):
        self.write(
            {
                "state": "running",
                "run_kind": kind,
                "started_on": fields.Datetime.now(),
                "ended_on": False,
            }
        )
        for xml_id in CRONS:
            # A manager starts a campaign, and does not run the jobs of the server.
            self.env.ref(xml_id).sudo()._trigger()
        return True

    # === The workers ===
    @api.model
    def _cron_run(self):
        """Treat batches until no line is left or the time of the job is over."""
        while True:
            treated = retrying(self._run_batch, self.env)
            remaining = self._count_waiting() if treated else 0
            left = self.env["ir.cron"]._commit_progress(treated, remaining=remaining)
            if not (treated and left):
                break

    @api.model
    def _run_batch(self, limit=BATCH):
        """Claim lines and treat them, in the current transaction.

        :return: how many lines were treated, 0 when none is left to this worker
        :rtype: int
        """
        lines = self._claim(limit)
        if not lines:
            self._finish()
            return 0
        for campaign, of_campaign in lines.grouped("campaign_id").items():
            of_campaign = of_campaign.with_env(campaign._in_follower_lang().env)
            of_campaign = of_campaign.with_company(campaign.company_id)
            if campaign.run_kind == "undo":
                of_campaign._undo()
            else:
                of_campaign._renew()
        return len(lines)

    def _in_follower_lang(self):
        """Return this campaign in the language of who reads its reasons and messages.

        A job of the server runs as a technical user, whose language is no one's.
        """
        self.ensure_one()
        return self.with_context(lang=(self.user_id or self.env.user).lang)

    @api.model
    def _claim(self, limit):
        """Lock lines that wait and that no other worker holds."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT line.id
                  FROM cdg47_campaign_line line
                  JOIN cdg47_campaign campaign ON campaign.id = line.campaign_id
                 WHERE %s
                 ORDER BY line.id
                 LIMIT %s
                   FOR UPDATE OF line SKIP LOCKED
                """,
                self._waiting_clause(),
                limit,
            )
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        return self.env["cdg47.campaign.line"].browse(ids)

    @api.model
    def _waiting_clause(self):
        return SQL(
            """
            campaign.state = 'running' AND (
                (campaign.run_kind = 'renew' AND line.state = 'todo')
                OR (
                    campaign.run_kind = 'undo' AND line.state = 'done' AND NOT EXISTS (
                        SELECT 1
                          FROM account_move move
                         WHERE move.cdg47_campaign_line_id = line.id
                           AND move.state = 'posted'
                    ) AND NOT EXISTS (
                        SELECT 1
                          FROM cdg47_convention new
                         WHERE new.id = line.new_convention_id
                           AND new.state NOT IN ('draft', 'sent')
                    )
                )
            )
            """
        )

    def _count_waiting(self):
        """Count the lines that wait in these campaigns, in all of them by default."""
        self.env.flush_all()
        clause = self._waiting_clause()
        if self:
            clause = SQL("%s AND campaign.id IN %s", clause, tuple(self.ids))
        self.env.cr.execute(
            SQL(
                """
                SELECT COUNT(*)
                  FROM cdg47_campaign_line line
                  JOIN cdg47_campaign campaign ON campaign.id = line.campaign_id
                 WHERE %s
                """,
                clause,
            )
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _finish(self):
        """Close the campaigns that run and have nothing left, for any worker."""
        for campaign in self.search([("state", "=", "running")]):
            # Lines that another worker holds still wait: it will close the campaign.
            if campaign._count_waiting():
                continue
            campaign = campaign._in_follower_lang()
            is_undo = campaign.run_kind == "undo"
            campaign.write(
                {
                    "state": "simulated" if is_undo else "done",
                    "run_kind": "renew",
                    "ended_on": fields.Datetime.now(),
                }
            )
            campaign.message_post(body=campaign._end_message(is_undo))

    def _end_message(self, is_undo):
        self.ensure_one()
        if is_undo:
            return self.env._("The campaign is undone: nothing of it is left.")
        return self.env._(
            "%(done)s conventions renewed, %(parked)s parked, %(left)s not renewed.",
            done=self.done_count,
            parked=self.parked_count,
            left=self.left_count,
        )
