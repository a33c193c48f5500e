# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models

from ...lib.incoming_mail import declare_charsets, decode_headers, is_receipt


class MailThread(models.AbstractModel):
    """The gateway asks the requests which of their mails go where."""

    _inherit = "mail.thread"

    @api.model
    def message_route(
        self, message, message_dict, model=None, thread_id=None, custom_values=None
    ):
        routes = super().message_route(
            message, message_dict, model, thread_id, custom_values
        )
        tickets = self.env["helpdesk.ticket"]
        if not any(route[0] == tickets._name for route in routes or ()):
            return routes
        return tickets._route_mail(message, message_dict, routes)

    @api.model
    def _detect_loop_sender(self, message, message_dict, routes):
        """Nobody answers what a request keeps as a note: it makes no loop."""
        if message_dict.get("is_internal"):
            routes = [route for route in routes if route[0] != "helpdesk.ticket"]
        return super()._detect_loop_sender(message, message_dict, routes)

    @api.model
    def _detect_is_bounce(self, message, message_dict):
        """A receipt says that a mail was read: nothing came back."""
        if is_receipt(message):
            return False
        return super()._detect_is_bounce(message, message_dict)

    @api.model
    def message_parse(self, message, save_original=False):
        decode_headers(message)
        return super().message_parse(message, save_original=save_original)

    def _message_parse_extract_payload(self, message, message_dict, *args, **kwargs):
        declare_charsets(message)
        return super()._message_parse_extract_payload(
            message, message_dict, *args, **kwargs
        )
