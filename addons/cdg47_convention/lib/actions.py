# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a button gives back to the screen, as the web client wants it."""


def reopening(wizard, target="new"):
    """Show an assistant again, as its last button left it.

    :param str target: where; ``new`` is a dialog
    """
    return {
        "type": "ir.actions.act_window",
        "name": wizard.env["ir.model"]._get(wizard._name).name,
        "res_model": wizard._name,
        "res_id": wizard.id,
        "view_mode": "form",
        "target": target,
    }


def opening(action, records):
    """Narrow an action to some records, in a form when there is one only."""
    action["domain"] = [("id", "in", records.ids)]
    action["context"] = {"create": False}
    if len(records) == 1:
        action["views"] = [(False, "form")]
        action["res_id"] = records.id
    return action
