# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def migrate(cr, version):
    """Odoo opens the sign-up to anybody: from here on it is by invitation (R20)."""
    cr.execute(
        """
        UPDATE ir_config_parameter SET value = 'b2b'
         WHERE key = 'auth_signup.invitation_scope' AND value = 'b2c'
        """
    )
