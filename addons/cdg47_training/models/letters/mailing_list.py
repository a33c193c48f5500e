# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.fields import Command

from odoo.addons.cdg47_convention.lib.dates import today_in_paris
from odoo.addons.cdg47_convention.lib.states import ACTING_ROLES


class MailingList(models.Model):
    """The readers of the letter of one forfait: those of its active conventions."""

    _inherit = "mailing.list"

    cdg47_forfait_id = fields.Many2one(
        "product.template",
        string="Letter of the forfait",
        domain=[("cdg47_is_forfait", "=", True)],
        index="btree_not_null",
        help="Filled in from the active conventions; who unsubscribed stays so.",
    )
    unreachable_count = fields.Integer(
        string="Without any address", compute="_compute_unreachable_count"
    )

    _one_by_forfait = models.UniqueIndex(
        "(cdg47_forfait_id) WHERE cdg47_forfait_id IS NOT NULL AND active",
        "A forfait has one letter.",
    )
    letter_count = fields.Integer(
        string="Letters this year", compute="_compute_letter_count"
    )

    def _compute_unreachable_count(self):
        for mailing_list in self:
            mailing_list.unreachable_count = len(mailing_list._letter_unreachable())

    # === Who reads ===
    def _letter_collectivites(self, day=None):
        """Return the collectivités that hold the forfait on a day.

        :rtype: res.partner
        """
        return self._letter_conventions(day or today_in_paris()).partner_id

    def _letter_conventions(self, day):
        """Return the conventions that hold the forfait on a day.

        :rtype: cdg47.convention
        """
        self.ensure_one()
        conventions = self.env["cdg47.convention"].search(
            self.env["cdg47.convention"]._domain_in_force(day)
        )
        return conventions.filtered(
            lambda c: self.cdg47_forfait_id in c._forfaits_at(day)
        )

    @api.model
    def _letter_contacts(self, collectivites):
        """Return the secretaries and signatories of today with an address.

        :rtype: dict[res.partner, res.partner]
        """
        mandates = self.env["cdg47.mandate"]._for(collectivites, ACTING_ROLES)
        contacts = {}
        for mandate in mandates:
            reached = mandate.contact_id.filtered("email")
            contacts[mandate.collectivite_id] = (
                contacts.get(mandate.collectivite_id, reached.browse()) | reached
            )
        for collectivite in collectivites.filtered("email"):
            if not contacts.get(collectivite):
                contacts[collectivite] = collectivite
        return contacts

    def _letter_unreachable(self):
        collectivites = self._letter_collectivites()
        reached = self._letter_contacts(collectivites)
        return collectivites.filtered(lambda c: not reached.get(c))

    # === Kept in step ===
    @api.model
    def _cron_sync_letters(self):
        """Follow the conventions, then warn of a late letter."""
        lists = self.search([("cdg47_forfait_id", "!=", False)])
        for mailing_list in lists:
            mailing_list._sync_letter()
            mailing_list._warn_if_late()

    def _sync_letter(self):
        """Add the new readers, take out those who left; keep who unsubscribed."""
        self.ensure_one()
        wanted = {}
        contacts = self._letter_contacts(self._letter_collectivites())
        for partner in self.env["res.partner"].union(*contacts.values()):
            wanted.setdefault(partner.email_normalized, partner)
        wanted.pop(False, None)
        present = {
            subscription.contact_id.email_normalized: subscription
            for subscription in self.env["mailing.subscription"].search(
                [("list_id", "=", self.id)]
            )
        }
        gone = [s for email, s in present.items() if email not in wanted]
        # A refusal is remembered for the day they come back.
        for subscription in gone:
            if not subscription.opt_out:
                subscription.unlink()
        new = [p for email, p in wanted.items() if email not in present]
        self.env["mailing.contact"].create(
            [
                {
                    "name": partner.name,
                    "email": partner.email,
                    "list_ids": [Command.link(self.id)],
                }
                for partner in new
            ]
        )

    def action_sync_letter(self):
        self.check_access("write")
        for mailing_list in self.filtered("cdg47_forfait_id"):
            mailing_list._sync_letter()

    def _compute_letter_count(self):
        counts = dict(
            self.env["mailing.mailing"]._read_group(
                [
                    ("cdg47_forfait_id", "in", self.cdg47_forfait_id.ids),
                    ("letter_year", "=", today_in_paris().year),
                ],
                ["cdg47_forfait_id"],
                ["__count"],
            )
        )
        for mailing_list in self:
            mailing_list.letter_count = counts.get(mailing_list.cdg47_forfait_id, 0)

    def _warn_if_late(self):
        """Plan one activity, on the convention's responsible, when a letter lacks."""
        self.ensure_one()
        mailings, today = self.env["mailing.mailing"], today_in_paris()
        forfait = self.cdg47_forfait_id
        owed = mailings._letters_owed_by(forfait, today)
        expected = mailings._letters_expected(today, owed)
        if self.letter_count >= expected:
            return
        summary = self.env._(
            "Letters of %(forfait)s: %(sent)s sent, %(expected)s expected",
            forfait=forfait.name,
            sent=self.letter_count,
            expected=expected,
        )
        if summary not in forfait.activity_ids.mapped("summary"):
            forfait.activity_schedule("mail.mail_activity_data_todo", summary=summary)
