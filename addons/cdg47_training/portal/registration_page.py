# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the pages of the collectivités say of a registration."""


def status_of(registration):
    """Say where a registration stands: a word, and its tone.

    :rtype: tuple[str, str]
    """
    registration.ensure_one()
    if registration.state == "cancel":
        return registration.env._("Cancelled"), "over"
    if registration.is_waiting:
        if registration.offer_until:
            return registration.env._("A seat is offered: answer"), "todo"
        return registration.env._("On the waiting list"), "waiting"
    if registration.state == "done":
        return registration.env._("Present"), "done"
    if registration.event_id.training_state == "held":
        if set(registration.attendance_ids.mapped("status")) == {"excused"}:
            return registration.env._("Excused"), "over"
        return registration.env._("Absent"), "over"
    if registration.convoked_version:
        return registration.env._("Convoked"), "done"
    return registration.env._("Registered, convocation to come"), "waiting"
