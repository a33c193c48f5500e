# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import SUPERUSER_ID, api
from odoo.tools import convert_file

FILES = ("ir_rules.xml",)


def migrate(cr, version):
    """Portal rules know the role of a contact (R20): noupdate kept the former ones."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name in FILES:
        convert_file(env, "cdg47_training", f"security/{name}", {}, mode="init")
