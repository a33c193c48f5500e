# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who may decide. Writes nothing."""

from odoo.exceptions import AccessError, UserError


def check_manager(env):
    """Refuse what only a manager decides, whatever the screen shows."""
    if not (env.su or env.user.has_group("cdg47_convention.group_convention_manager")):
        raise AccessError(env._("Only a manager of the conventions may do this."))


def check_offered(convention, action, is_offered):
    """Refuse an action of the menu, which shows them whatever the state.

    :param str action: its name, as the menu shows it
    :param is_offered: whether the state of the convention allows it
    :raise UserError: it does not
    """
    if is_offered:
        return
    states = dict(convention._fields["state"]._description_selection(convention.env))
    raise UserError(
        convention.env._(
            "« %(action)s » is not for a convention whose state is « %(state)s ».",
            action=action,
            state=states[convention.state],
        )
    )
