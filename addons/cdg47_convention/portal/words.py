# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How the portal writes what a collectivité reads."""


def in_full(env, value):
    """Write a date in full: « 1er janvier 2026 »."""
    return env["ir.qweb.field.date"].value_to_html(value, {"format": "d MMMM y"})
