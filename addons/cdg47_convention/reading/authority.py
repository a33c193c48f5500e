# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who may decide. Writes nothing."""

from odoo.exceptions import AccessError


def check_manager(env):
    """Refuse what only a manager decides, whatever the screen shows."""
    if not (env.su or env.user.has_group("cdg47_convention.group_convention_manager")):
        raise AccessError(env._("Only a manager of the conventions may do this."))
