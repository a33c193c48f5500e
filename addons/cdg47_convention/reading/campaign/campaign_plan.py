# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a yearly campaign would do of one convention, as the simulation stores it."""

from dataclasses import dataclass, field


@dataclass
class PlannedFee:
    """One amount: quantity × price of the tariff, rounded once to the cent."""

    kind: str
    product: object
    stratum: object
    quantity: float
    price: float
    amount: float
    old_amount: float
    whatif_amount: float
    continues: object = None
    is_refused: bool = False
    refusal_reason: str = ""

    def values(self):
        """Return the values of ``cdg47.campaign.fee``."""
        return {
            "kind": self.kind,
            "product_id": self.product.id,
            "forfait_id": self.product.product_tmpl_id.id,
            "stratum_id": self.stratum.id,
            "quantity": self.quantity,
            "price_unit": self.price,
            "planned_amount": self.amount,
            "old_amount": self.old_amount,
            "planned_whatif_amount": self.whatif_amount,
            "continues_id": self.continues and self.continues.id,
            "is_refused": self.is_refused,
            "refusal_reason": self.refusal_reason,
        }


@dataclass
class Plan:
    """What the campaign would do of one convention.

    :param str mode: ``renewal``, ``proposal`` (a new convention to sign), ``none``
    :param str obstacle: why it would be set aside, empty when it would pass
    :param str reason: why it is not renewed
    :param list fees: amounts of the year, by forfait, option and supplement
    :param list quotas: (rule id, label, before, after, held) by quota of Annexe 1
    :param list alerts: (code, sentence)
    """

    mode: str
    reason: str = ""
    obstacle: str = ""
    old_stratum: object = None
    old_stratum_reason: str = ""
    stratum: object = None
    stratum_reason: str = ""
    fees: list = field(default_factory=list)
    quotas: list = field(default_factory=list)
    alerts: list = field(default_factory=list)

    def line_values(self):
        """Return the values of ``cdg47.campaign.line``."""
        alerts = self.alerts
        if self.obstacle:
            alerts = [("obstacle", self.obstacle), *alerts]
        kept = [fee for fee in self.fees if not fee.is_refused]
        return {
            "mode": self.mode,
            "reason": self.reason or self.obstacle or False,
            "old_stratum_id": self.old_stratum and self.old_stratum.id,
            "old_stratum_reason": self.old_stratum_reason,
            "stratum_id": self.stratum and self.stratum.id,
            "stratum_reason": self.stratum_reason,
            "old_amount": sum(fee.old_amount for fee in self.fees),
            "amount": sum(fee.amount for fee in kept),
            "whatif_amount": sum(fee.whatif_amount for fee in kept),
            "quotas": [list(quota) for quota in self.quotas],
            "quota_changes": " ; ".join(
                f"{label} : {before:g} → {after:g}"
                for _rule, label, before, after, _held in self.quotas
                if before != after
            ),
            "alert_codes": ",".join(dict(alerts)) or False,
            "alerts": "\n".join(sentence for _code, sentence in alerts) or False,
        }

    def decision(self):
        """Return what must not have changed between the simulation and the run."""
        return (
            self.mode,
            self.stratum and self.stratum.id,
            sorted(
                (fee.product.id, fee.quantity, round(fee.amount, 2))
                for fee in self.fees
                if not fee.is_refused
            ),
        )
