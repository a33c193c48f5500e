# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """What reached its term ended by it; the other ends wait for their kind."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    term = env.ref("cdg47_convention.end_reason_term")
    cr.execute(
        "UPDATE cdg47_convention SET end_reason_id = %s WHERE state = 'expired'",
        [term.id],
    )
