# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.cdg47_convention.lib.dates import today_in_paris
from odoo.addons.cdg47_convention.reading.annexe1 import granted

DEFAULT_LETTERS = 10


class MailingMailing(models.Model):
    """A letter of a forfait: ten a year, each a duty rendered (Annexe 3 I c, II 4)."""

    _inherit = "mailing.mailing"

    cdg47_forfait_id = fields.Many2one(
        "product.template",
        string="Letter of the forfait",
        compute="_compute_cdg47_letter",
        store=True,
        index="btree_not_null",
    )
    letter_year = fields.Integer(readonly=True, copy=False, aggregator=None)
    letter_number = fields.Integer(readonly=True, copy=False, aggregator=None)
    letter_label = fields.Char(string="Letter", compute="_compute_letter_label")
    letter_extra_reason = fields.Char(
        string="Why one more",
        copy=False,
        help="The forfait has ten letters a year: one more is confirmed with a reason.",
    )

    _letter_once = models.UniqueIndex(
        "(cdg47_forfait_id, letter_year, letter_number) WHERE letter_number > 0",
        "A letter has its own number in the year.",
    )

    @api.depends("contact_list_ids.cdg47_forfait_id")
    def _compute_cdg47_letter(self):
        for mailing in self:
            mailing.cdg47_forfait_id = mailing.contact_list_ids.cdg47_forfait_id[:1]

    @api.depends("letter_number", "letter_year", "cdg47_forfait_id")
    def _compute_letter_label(self):
        for mailing in self:
            mailing.letter_label = mailing.letter_number and self.env._(
                "No. %(number)s of %(total)s, %(year)s",
                number=mailing.letter_number,
                total=mailing._letters_owed(),
                year=str(mailing.letter_year),
            )

    @api.constrains("contact_list_ids")
    def _check_one_letter(self):
        """Odoo sends to whom any list of a mailing keeps: one letter, one list."""
        for mailing in self:
            letters = mailing.contact_list_ids.filtered("cdg47_forfait_id")
            if letters and len(mailing.contact_list_ids) > 1:
                raise ValidationError(
                    self.env._(
                        "A letter goes to the list of one forfait only: who "
                        "unsubscribed from it would receive it by another list."
                    )
                )

    # === Counting ===
    @api.model
    def _rule_of_letters(self, forfait, day):
        """Return the line of Annexe 1 that owes the letters of a forfait on a day."""
        rules = self.env["cdg47.quota.rule"].search(
            [("measure", "=", "duty"), ("forfait_id", "=", forfait.id)]
        )
        return rules.filtered(lambda rule: rule._is_in_force(day))[:1]

    @api.model
    def _letters_owed_by(self, forfait, day):
        rule = self._rule_of_letters(forfait, day)
        return granted(rule, None) if rule else DEFAULT_LETTERS

    def _letters_owed(self):
        return self._letters_owed_by(self.cdg47_forfait_id, today_in_paris())

    def _take_letter_number(self):
        """Number the letters about to leave; the eleventh asks for a reason.

        The list is written first: two letters of a forfait never take one number.
        """
        for mailing in self.filtered(
            lambda m: m.cdg47_forfait_id and not m.letter_number
        ):
            letter_list = mailing.contact_list_ids[:1]
            self.env.cr.execute(
                "UPDATE mailing_list SET write_date = NOW() AT TIME ZONE 'UTC' "
                "WHERE id = %s",
                [letter_list.id],
            )
            year = today_in_paris().year
            last = self.search(
                [
                    ("cdg47_forfait_id", "=", mailing.cdg47_forfait_id.id),
                    ("letter_year", "=", year),
                ],
                order="letter_number desc",
                limit=1,
            ).letter_number
            owed = mailing._letters_owed()
            if last >= owed and not (mailing.letter_extra_reason or "").strip():
                raise UserError(
                    self.env._(
                        "%(forfait)s: the %(owed)s letters of %(year)s were sent. To "
                        "send one more, say why in « Why one more ».",
                        forfait=mailing.cdg47_forfait_id.name,
                        owed=owed,
                        year=str(year),
                    )
                )
            mailing.write({"letter_year": year, "letter_number": last + 1})

    def action_put_in_queue(self):
        for mailing in self.filtered("cdg47_forfait_id"):
            mailing.contact_list_ids._sync_letter()
        self._take_letter_number()
        return super().action_put_in_queue()

    def action_send_mail(self, res_ids=None):
        self._take_letter_number()
        return super().action_send_mail(res_ids)

    def _action_send_mail(self, res_ids=None):
        result = super()._action_send_mail(res_ids)
        for mailing in self.filtered(
            lambda m: m.cdg47_forfait_id and m.state == "done"
        ):
            mailing._render_letter()
        return result

    def _render_letter(self):
        """Record the duty rendered to each collectivité of the forfait, once."""
        self.ensure_one()
        today = today_in_paris()
        rule = self._rule_of_letters(self.cdg47_forfait_id, today)
        service = rule.product_ids[:1]
        conventions = self.contact_list_ids._letter_conventions(today)
        self.env["cdg47.duty"]._render(
            conventions, service, today, f"{self.letter_label} - {self.subject}", self
        )

    # === Late ===
    @api.model
    def _letters_expected(self, day, owed):
        """Return how many letters should have left before the month of a day."""
        company = self.env.company
        off = {
            int(month)
            for month in (company.cdg47_letter_months_off or "").split(",")
            if month.strip().isdigit()
        }
        months = [month for month in range(1, 13) if month not in off]
        done = sum(1 for month in months if month < day.month)
        return min(owed, round(done * owed / len(months))) if months else owed
