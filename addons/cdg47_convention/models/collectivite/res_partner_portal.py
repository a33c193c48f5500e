# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.fields import Domain

from ...lib.dates import today_in_paris


class ResPartner(models.Model):
    """What a contact reads of, and may change in, the collectivités in the portal."""

    _inherit = "res.partner"

    def _can_be_edited_by_current_customer(self, **kwargs):
        """Let a contact edit themselves only, not what hangs on a collectivité."""
        if self.commercial_partner_id.collectivite_type:
            return self == self._get_current_partner(**kwargs)
        return super()._can_be_edited_by_current_customer(**kwargs)

    def _cdg47_contacts_of_today(self):
        """Return who acts for these collectivités today."""
        mandates = self.env["cdg47.mandate"]
        return mandates.search(
            mandates._domain_at(today_in_paris())
            & Domain("collectivite_id", "in", self.ids)
        ).contact_id

    def _cdg47_linked_records(self):
        """Return the records of these collectivités that links open, by model.

        :rtype: list[models.Model]
        """
        of_mine = Domain("commercial_partner_id", "in", self.ids)
        conventions = self.env["cdg47.convention"].search(
            [("partner_id", "in", self.ids)]
        )
        in_convention = Domain("convention_id", "in", conventions.ids)
        return [
            conventions,
            self.env["sale.order"].search(
                in_convention | Domain("partner_id", "in", self.ids)
            ),
            self.env["account.move"].search(
                of_mine | Domain("cdg47_convention_id", "in", conventions.ids)
            ),
        ]

    def _cdg47_portal_entries(self, user):
        """Return what « Mes collectivités » shows, in a constant number of queries.

        To be called as superuser, on the collectivités this user acts for.

        :param res.users user: the contact's user, whose mandates are told
        :return: ``partner``, ``roles`` (sentences), ``mother`` (whose mandates they
            are, for an annexed budget), ``convention`` and ``todo``
        :rtype: list[dict]
        """
        today = today_in_paris()
        conventions = self._cdg47_conventions_at(today)
        mandates = (
            self.env["cdg47.mandate"]
            .search(
                self.env["cdg47.mandate"]._domain_at(today)
                & Domain("contact_id", "=", user.partner_id.id)
            )
            .grouped("collectivite_id")
        )
        # What is to be signed is money: not an agent's.
        in_full = self.env["res.partner"].with_user(user)._cdg47_mine_in_full()
        todo = (self & in_full)._cdg47_portal_todo()
        entries = []
        for partner in self:
            own = mandates.get(partner)
            mother = partner.parent_id if not own else self.browse()
            entries.append(
                {
                    "partner": partner,
                    "roles": [
                        mandate._portal_role()
                        for mandate in own or mandates.get(mother, ())
                    ],
                    "mother": mother,
                    "convention": conventions.get(partner)
                    if partner in in_full
                    else None,
                    "todo": todo.get(partner, []),
                }
            )
        return entries

    def _cdg47_portal_todo(self):
        """Return what awaits these collectivités: a sentence and its page.

        :rtype: dict[res.partner, list[tuple[str, str]]]
        """
        todo = {}
        orders = self.env["sale.order"].search(
            Domain("partner_id", "in", self.ids)
            & Domain("convention_id", "!=", False)
            & Domain("state", "=", "sent")
        )
        for order in orders.filtered(lambda o: o._has_to_be_signed()):
            sentence = self.env._(
                "Quotation %(number)s to be signed", number=order.name
            )
            todo.setdefault(order.partner_id, []).append(
                (sentence, f"/my/orders/{order.id}")
            )
        conventions = orders.convention_id.filtered(lambda c: c._signature_obstacle())
        for convention in conventions:
            todo.setdefault(convention.partner_id, []).append(
                (
                    self.env._("Have the convention approved by a deliberation"),
                    convention.access_url,
                )
            )
        return todo
