# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL


class Cdg47Ledger(models.Model):
    """The guard row of a collectivité, created with it.

    Odoo works in REPEATABLE READ: counting then inserting is unsafe there, even behind
    ``SELECT … FOR UPDATE``. Every writer whose decision depends on other rows of the
    same collectivité first updates this one (R6): the second of two simultaneous
    transactions then fails to serialize and ``retrying`` runs it again.
    """

    _name = "cdg47.ledger"
    _description = "Ledger of a collectivité"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner",
        string="Collectivité",
        required=True,
        index=True,
        ondelete="cascade",
    )
    seq = fields.Integer(string="Writes", default=0, readonly=True)
    rank = fields.Integer(
        string="Facts", default=0, readonly=True, help="Rank of its last fact."
    )
    head = fields.Char(string="Last seal", readonly=True, help="Seal of its last fact.")

    _partner_unique = models.Constraint(
        "UNIQUE (partner_id)", "A collectivité has one ledger."
    )

    @api.model
    def _open_for(self, partners):
        """Create the missing ledgers of these collectivités.

        Runs as superuser: nobody may write ledgers by hand.
        """
        ledgers_sudo = self.sudo()
        known = ledgers_sudo.search([("partner_id", "in", partners.ids)]).partner_id
        ledgers_sudo.create([{"partner_id": p.id} for p in partners - known])

    @api.model
    def _guard(self, partners):
        """Make this transaction the only writer about these collectivités.

        To be called before reading what the decision depends on. Partners are taken in
        the order of their ids, so two callers never wait for each other.
        """
        self._open_for(partners)
        if not partners:
            return
        self.flush_model(["partner_id", "seq"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE cdg47_ledger
                   SET seq = seq + 1
                  FROM (
                      SELECT id
                        FROM cdg47_ledger
                       WHERE partner_id IN %s
                       ORDER BY partner_id
                         FOR UPDATE
                  ) ordered
                 WHERE cdg47_ledger.id = ordered.id
                """,
                tuple(partners.ids),
            )
        )
        self.invalidate_model(["seq"])
