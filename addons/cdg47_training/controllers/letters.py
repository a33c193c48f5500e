# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from werkzeug.exceptions import NotFound

from odoo import http
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.cdg47_convention.controllers.home import MAX_ID
from odoo.addons.cdg47_convention.lib.dates import today_in_paris

from .training_portal import TrainingPortal


class LetterPortal(TrainingPortal):
    """The letters sent to the forfaits that the contact's collectivités hold."""

    def _held_forfaits_sudo(self):
        today = today_in_paris()
        conventions = self._my_collectivites_sudo()._cdg47_conventions_at(today)
        return request.env["product.template"].sudo().union(
            *(c.sudo()._forfaits_at(today) for c in conventions.values())
        )  # fmt: skip

    def _letter_domain(self):
        return Domain(
            "cdg47_forfait_id", "in", self._held_forfaits_sudo().ids
        ) & Domain("state", "=", "done")

    @http.route("/my/lettres", type="http", auth="user", website=True)
    def portal_letters(self, **kwargs):
        # Contacts have no rights on mailings; the domain is that of their forfaits.
        letters_sudo = request.env["mailing.mailing"].sudo().search(
            self._letter_domain(), order="sent_date desc, id desc", limit=100
        )  # fmt: skip
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "letters",
            "letters": letters_sudo,
        }
        return request.render("cdg47_training.portal_letters", values)

    @http.route("/my/lettres/<int:letter_id>", type="http", auth="user", website=True)
    def portal_letter(self, letter_id, **kwargs):
        letter_sudo = request.env["mailing.mailing"].sudo().search(
            self._letter_domain() & Domain("id", "=", min(letter_id, MAX_ID))
        )  # fmt: skip
        if not letter_sudo:
            raise NotFound()
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "letters",
            "letter": letter_sudo,
        }
        return request.render("cdg47_training.portal_letter", values)
