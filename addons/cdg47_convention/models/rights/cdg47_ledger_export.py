# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models

from ...reading.ledger_file import check_ledger, write_ledger


class Cdg47Ledger(models.Model):
    """The export of a ledger, which proves itself, and its check."""

    _inherit = "cdg47.ledger"

    def _export(self):
        """Return the ledger of one collectivité as a CSV file.

        :rtype: bytes
        """
        self.ensure_one()
        self.env["cdg47.convention"]._check_manager()
        facts = self.env["cdg47.consumption"].search(
            [("partner_id", "=", self.partner_id.id)], order="rank"
        )
        return write_ledger(facts)

    @api.model
    def _check_export(self, content):
        """Check an exported file, from itself and against the ledgers of today.

        Callable from ``make shell``; an older export is right as long as its last fact
        still has the same seal.

        :param bytes content: the file
        :return: one sentence by fault, an empty list when all is right
        :rtype: list[str]
        """
        try:
            count, head, broken = check_ledger(content)
        except (ValueError, LookupError, TypeError):
            return [self.env._("This file is not an export of a ledger.")]
        faults = [
            self.env._("Row %(rank)s: the seal is broken.", rank=rank)
            for rank in broken
        ]
        known_sudo = self.env["cdg47.consumption"].sudo()
        if count and not known_sudo.search_count(
            [("rank", "=", count), ("hash", "=", head)], limit=1
        ):
            faults.append(self.env._("The last fact is not one of the ledgers."))
        return faults
