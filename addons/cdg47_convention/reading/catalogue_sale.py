# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a plain quotation sells of the catalogue: to whom, as what (R14, R18).

Reads, and writes nothing.
"""

from odoo.exceptions import UserError
from odoo.fields import Domain

from ..lib.dates import today_in_paris
from ..lib.states import SIGNED_STATES
from .amendment import amended_term
from .included import share
from .obstacles import lead_on

# Delivered by the time worked (« Money lines »).
SOLD_AS_TIME = ("TTIM", "TTIM-J", "ASSIST-EXC", "ASSIST-EXC-J")


class CatalogueSale:
    """A quotation that anybody typed, as the convention would have drawn it.

    :param sale.order order: any quotation
    """

    def __init__(self, order):
        self.order = order
        self.env = order.env
        self.today = today_in_paris()
        self.partner = self._collectivite()
        self.convention = order.convention_id or self._convention()

    def _collectivite(self):
        partner = self.order.partner_id
        return partner if partner.collectivite_type else partner.commercial_partner_id

    def _convention(self):
        """Return the convention of the day, or the one that is signed and to come."""
        return self.env["cdg47.convention"].search(
            Domain("partner_id", "=", self.partner.id)
            & Domain("state", "in", SIGNED_STATES)
            & Domain("date_end", ">=", self.today)
            & Domain("company_id", "=", self.order.company_id.id),
            order="date_start",
            limit=1,
        )

    # === No convention ===
    def refuse(self, products):
        """Say that a convention comes first, with the button that proposes it."""
        pending = self.env["cdg47.convention"].search(
            Domain("partner_id", "=", self.partner.id)
            & Domain("state", "in", ("draft", "sent")),
            limit=1,
        )
        if pending:
            raise UserError(
                self.env._(
                    "%(convention)s awaits its signature: nothing of the catalogue is "
                    "sold to %(name)s before.",
                    convention=pending.display_name,
                    name=self.partner.name,
                )
            )
        if not self.partner.collectivite_type:
            raise UserError(
                self.env._(
                    "%(products)s: the catalogue of the conventions is sold to "
                    "collectivités. Say first on its form what %(name)s is.",
                    products=", ".join(products.mapped("name")),
                    name=self.partner.name or "?",
                )
            )
        forfaits = self._forfaits_to_propose(products)
        options = forfaits.filtered("cdg47_is_option")
        lead_on(
            self.env,
            self.env._(
                "%(name)s has no convention in force: %(products)s cannot be sold "
                "yet. Propose it a convention.",
                name=self.partner.name,
                products=", ".join(products.mapped("name")),
            ),
            self.env.ref("cdg47_convention.cdg47_convention_propose_action").id,
            self.env._("Propose a convention"),
            {
                "default_partner_id": self.partner.id,
                "default_forfait_ids": (forfaits - options).ids,
                "default_option_ids": options.ids,
            },
        )

    def _forfaits_to_propose(self, products):
        """Return what was chosen, or what contains the services that were."""
        chosen = products.filtered("cdg47_is_forfait").product_tmpl_id
        if not chosen:
            rules = self.env["cdg47.quota.rule"]._all_rules().sudo(False)
            chosen = rules.filtered(
                lambda rule: (
                    products & (rule.product_ids | rule.overage_product_id)
                    and rule._is_in_force(self.today)
                )
            ).forfait_id
        return chosen | chosen.cdg47_required_forfait_id

    # === With one ===
    def prepare_line(self, line, drawn=0.0):
        """Return what a typed line really sells.

        :param sale.order.line line: a line of the quotation
        :param float drawn: of the same service, on the lines before it
        :rtype: dict
        """
        if line.product_id.cdg47_is_forfait:
            return self._prepare_forfait(line)
        return self._prepare_service(line, drawn)

    def _prepare_forfait(self, line):
        forfait = line.product_template_id
        start = max(self.convention.date_start, self.today)
        term = amended_term(self.convention, forfait, start, line.order_id)
        lang = self.partner._cdg47_lang()
        return {
            **term.with_context(lang=lang)._prepare_fee_line(forfait, start),
            "cdg47_asked_quantity": 1.0,
        }

    def _prepare_service(self, line, drawn):
        product, uom = line.product_id, line.product_uom_id
        asked = line.product_uom_qty
        if product.default_code in SOLD_AS_TIME:
            kind, billable = "time", asked
            reason = share(self.convention, product, asked, uom, self.today).reason
        else:
            kind = "supplement"
            found = share(self.convention, product, drawn + asked, uom, self.today)
            if found.obstacle and not product.cdg47_on_study:
                lead_on(self.env, *found.obstacle)
            billable, reason = min(asked, found.billable), found.reason
        return {
            "cdg47_kind": kind,
            "cdg47_asked_quantity": asked,
            "product_uom_qty": billable,
            "cdg47_explanation": reason,
        }
