# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a button gives back to the screen, as the web client wants it."""


def opening(action, records):
    """Narrow an action to some records, in a form when there is one only."""
    action["domain"] = [("id", "in", records.ids)]
    action["context"] = {"create": False}
    if len(records) == 1:
        action["views"] = [(False, "form")]
        action["res_id"] = records.id
    return action
