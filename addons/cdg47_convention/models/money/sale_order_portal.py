# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime

from odoo import fields, models
from odoo.exceptions import UserError

from ...lib.dates import today_in_paris

# Who may complete a quotation for its collectivité before it is signed.
COMPLETED_BY = ("secretary", "signatory")

# Longest values: those of Chorus Pro, and a deliberation number kept printable.
LENGTHS = {
    "deliberation_number": 50,
    "chorus_service_code": 100,
    "chorus_engagement": 50,
}
DATE_FORMATS = ("%Y-%m-%d", "%d/%m/%Y")


class SaleOrder(models.Model):
    """Who may sign, refuse or complete the quotation of a convention (R7)."""

    _inherit = "sale.order"

    def _cdg47_signatory_refusal(self, user):
        """Return why this login can neither sign nor refuse the quotation, or False.

        :param res.users user: the login that asks, the public user included
        :rtype: str or bool
        """
        self.ensure_one()
        partner = self.convention_id.partner_id
        if not partner:
            return False
        mine = self.env["res.partner"].with_user(user)._cdg47_mine(("signatory",))
        if partner in mine:
            return False
        # Who commits a collectivité is public, and the reader may see no mandate.
        names = partner.sudo()._cdg47_signatories().mapped("name")
        if not names:
            return self.env._(
                "Nobody is known as signatory of %(name)s: ask the centre de gestion "
                "to record its mayor or president.",
                name=partner.name,
            )
        return self.env._(
            "This quotation is signed or refused by the signatory of %(name)s, with a "
            "login of their own: %(signatories)s.",
            name=partner.name,
            signatories=", ".join(names),
        )

    def _cdg47_signature_refusal(self, user):
        """Return why this login cannot sign the quotation now, or False."""
        return self._cdg47_signatory_refusal(user) or self._cdg47_obstacle()

    def _cdg47_asks_deliberation(self):
        """Tell whether the deliberation is to be entered with this quotation."""
        convention = self.convention_id
        return (
            convention.state in ("draft", "sent")
            and convention.company_id.cdg47_deliberation_required
        )

    def _cdg47_may_complete(self, user):
        """Tell whether this login may complete the quotation for its collectivité."""
        self.ensure_one()
        if not (self.convention_id and self._has_to_be_signed()):
            return False
        mine = self.env["res.partner"].with_user(user)._cdg47_mine(COMPLETED_BY)
        return self.convention_id.partner_id in mine

    def _cdg47_complete(self, typed):
        """Record what the collectivité completes before signing.

        :param dict[str, str] typed: what was typed, by name of field; a field left out
            stays as it is, any other key is ignored
        :raise UserError: which value cannot be recorded, and why
        """
        self.ensure_one()
        values = {name: typed[name].strip() for name in LENGTHS if name in typed}
        for name, value in values.items():
            self._cdg47_check_length(name, value)
        if "deliberation_date" in typed:
            values["deliberation_date"] = self._cdg47_past_date(
                typed["deliberation_date"].strip()
            )
        deliberation = {
            name: values.pop(name)
            for name in ("deliberation_number", "deliberation_date")
            if name in values
        }
        if self._cdg47_asks_deliberation():
            self.convention_id.write(deliberation)
        self.write(values)

    def _cdg47_check_length(self, name, value):
        if len(value) <= LENGTHS[name]:
            return
        owner = self if name in self._fields else self.convention_id
        raise UserError(
            self.env._(
                "%(field)s: %(count)s characters at most.",
                field=owner._fields[name]._description_string(self.env),
                count=LENGTHS[name],
            )
        )

    def _cdg47_past_date(self, text):
        """Read the date of a deliberation; an empty text is no date.

        :rtype: datetime.date or bool
        """
        if not text:
            return False
        for pattern in DATE_FORMATS:
            try:
                day = datetime.strptime(text, pattern).date()
            except ValueError:
                continue
            if day > today_in_paris():
                raise UserError(
                    self.env._("The deliberation cannot be dated after today.")
                )
            return day
        raise UserError(
            self.env._(
                "« %(text)s » is not a date: write it like %(example)s.",
                text=text[:20],
                example=self.env["res.partner"]._cdg47_format_date(
                    fields.Date.to_date("2026-11-02")
                ),
            )
        )
