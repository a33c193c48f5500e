# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the pages of a request show to a collectivité."""

from odoo import fields

from odoo.addons.cdg47_convention.portal.home_page import Running, Task

TONES = {
    "received": "waiting",
    "in_progress": "waiting",
    "waiting": "todo",
    "closed": "done",
}


class TicketPage:
    """One request, as the collectivité reads it.

    :param helpdesk.ticket ticket: as superuser, once its reader is checked
    """

    def __init__(self, ticket):
        self.ticket = ticket
        self.env = ticket.env

    def status(self):
        """Say where the request stands: a word, and its tone.

        :rtype: tuple[str, str]
        """
        ticket = self.ticket
        state = "waiting" if ticket.billing_step == "awaiting" else ticket.public_state
        words = dict(ticket._fields["public_state"]._description_selection(self.env))
        return words[state], TONES[state]

    def handled_by(self):
        """Say who takes care of an open request: its technician, or the team."""
        ticket = self.ticket
        return "" if ticket.closed else ticket.user_id.name or ticket.team_id.name or ""

    def closing_words(self):
        """Return what a contact says by closing their request, by stage of Odoo."""
        prefix = "helpdesk_mgmt.helpdesk_ticket_stage_"
        return {
            self.env.ref(f"{prefix}done"): self.env._("It is settled"),
            self.env.ref(f"{prefix}cancelled"): self.env._("I no longer need it"),
        }

    def orders(self):
        """Return the estimates the collectivité may read, the latest first."""
        return self.ticket.order_ids.filtered(
            lambda o: o.state in ("sent", "sale")
        ).sorted("id", reverse=True)

    def time(self):
        """Return the time worked, as the collectivité reads it.

        :return: rows of ``date``, ``name``, ``worked`` (minutes), ``becomes``, and
            ``invoice``: the posted one that this time is on
        :rtype: list[dict]
        """
        words = self._time_words()
        posted = self.ticket.timesheet_ids.timesheet_invoice_id.filtered(
            lambda invoice: invoice.state == "posted"
        )
        return [
            {
                "date": line.date,
                "name": line.name,
                "worked": line.real_minutes,
                "becomes": words.get(line.time_state, ""),
                "invoice": line.timesheet_invoice_id & posted,
            }
            for line in self.ticket.timesheet_ids.sorted(lambda ln: (ln.date, ln.id))
        ]

    def _time_words(self):
        """Say what becomes of time in the words of who is, or is not, invoiced.

        :rtype: dict[str, str]
        """
        states = self.env["account.analytic.line"]._fields["time_state"]
        beyond = self.env._("Beyond the estimate: not invoiced")
        if self.ticket.coverage == "quota":
            beyond = self.env._("Beyond your right: not billed without your agreement")
        return {
            **dict(states._description_selection(self.env)),
            "unaccepted": self.env._("Not accepted: not invoiced"),
            "beyond": beyond,
        }

    def files(self):
        """Return the files of the request itself; those of messages are with them."""
        messages = self.ticket.message_ids.attachment_ids
        own = self.env["ir.attachment"].search(
            [("res_model", "=", self.ticket._name), ("res_id", "=", self.ticket.id)]
        )
        return own - messages - self.ticket.written_request_document_id

    def next_visit(self):
        """Return the next visit, said to whoever may read the request.

        :return: the visit, empty when none is planned
        :rtype: calendar.event
        """
        # The page of a request says when; who is invited reads the visit itself.
        visits_sudo = self.ticket.sudo().visit_ids
        now = fields.Datetime.now()
        return visits_sudo.filtered(lambda visit: visit.stop >= now).sorted("start")[:1]


def answer_task(ticket):
    """Say on the home that a request waits for an answer.

    :rtype: Task
    """
    return Task(
        ticket.env._(
            "Answer the request %(number)s: %(title)s",
            number=ticket.number,
            title=ticket.name,
        ),
        ticket.env._("Answer"),
        f"/my/ticket/{ticket.id}",
        who=ticket.partner_id.name or "",
    )


def running_row(ticket):
    """Say on the home where a request stands, and who handles it.

    :rtype: Running
    """
    return Running(
        f"{ticket.number}, {ticket.name}",
        f"/my/ticket/{ticket.id}",
        *TicketPage(ticket).status(),
        when=ticket.create_date.date(),
    )
