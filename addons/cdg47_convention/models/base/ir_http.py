# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from urllib.parse import urlencode, urlsplit

from odoo import models
from odoo.exceptions import UserError
from odoo.http import SessionExpiredException, request

from ...lib.guard import is_of_guard
from ...lib.plain_text import plain


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _get_translation_frontend_modules_name(cls):
        """Translate the conversations of the portal: their words are those of mail."""
        return [*super()._get_translation_frontend_modules_name(), "mail"]

    def session_info(self):
        """One arrives where one works, unless a home was chosen for this user."""
        info = super().session_info()
        home = self.env.user._cdg47_home()
        if home and not info.get("home_action_id"):
            info["home_action_id"] = self.env.ref(home).id
        return info

    @classmethod
    def _dispatch(cls, endpoint):
        """Read what is sent without the characters that PostgreSQL refuses.

        A text pasted from a PDF has some: it is recorded, not answered by an error.
        """
        request.params = {name: plain(value) for name, value in request.params.items()}
        return super()._dispatch(endpoint)

    @classmethod
    def _serve_fallback(cls):
        """Nothing is kept at an address that PostgreSQL cannot search: a plain 404."""
        path = request.httprequest.path
        return super()._serve_fallback() if plain(path) == path else None

    @classmethod
    def _handle_error(cls, exception):
        """Say in words that others were writing at the same time (R6).

        Odoo has tried five times and written nothing: who asked may ask again. Only
        the conflicts of our guards: those of other models stay what Odoo makes of them.
        """
        if is_of_guard(exception):
            exception = UserError(
                request.env._(
                    "Somebody else was recording something about the same collectivité "
                    "at the same time: nothing was written. Please try again."
                )
            )
        response = super()._handle_error(exception)
        if isinstance(exception, SessionExpiredException):
            cls._lead_back_to_the_form(response)
        return response

    @classmethod
    def _lead_back_to_the_form(cls, response):
        """After signing in again, show the page of the form that was being sent.

        Odoo leads to the address that was posted to, which is often no page.
        """
        came_from = urlsplit(request.httprequest.referrer or "")
        if (
            request.httprequest.method == "POST"
            and request.dispatcher.routing_type == "http"
            and came_from.netloc == request.httprequest.host
            and came_from.path.startswith(("/my", "/new/"))
        ):
            page = came_from._replace(scheme="", netloc="", fragment="").geturl()
            response.location = f"/web/login?{urlencode({'redirect': page})}"
