# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Take away the bridge that Odoo installs by itself between events and sales."""

env["ir.module.module"].search(
    [("name", "=", "event_sale"), ("state", "=", "installed")]
).button_immediate_uninstall()
