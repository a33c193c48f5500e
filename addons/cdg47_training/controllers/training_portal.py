# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the pages of trainings share: whose collectivité, which lists, which errors."""

from contextlib import contextmanager

from werkzeug.exceptions import NotFound

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.cdg47_convention.controllers.home import HomePortal
from odoo.addons.cdg47_convention.lib.states import ACTING_ROLES
from odoo.addons.cdg47_convention.portal.home_page import SHOWN_ROWS
from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..portal.registration_page import running_row, seat_task
from ..portal.session_page import visible_domain


class TrainingPortal(HomePortal):
    """Base of the pages of trainings in the portal."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        mine = Domain("collectivite_id.is_my_collectivite", "=", True)
        if "training_count" in counters:
            sessions_sudo = request.env["event.event"].sudo()
            values["training_count"] = sessions_sudo.search_count(
                self._catalogue_domain()
            )
        if "training_registration_count" in counters:
            # An employee who opens the portal may have no right on registrations.
            registrations = request.env["event.registration"]
            values["training_registration_count"] = (
                registrations.search_count(mine & Domain("state", "!=", "cancel"))
                if registrations.has_access("read")
                else 0
            )
        return values

    def _home_tasks(self, page):
        """Add the seats offered, which lapse."""
        tasks = super()._home_tasks(page)
        if not page.acts:
            return tasks
        offered_sudo = request.env["event.registration"].sudo().search(
            [
                ("collectivite_id", "=", page.partner.id),
                ("is_waiting", "=", True),
                ("offer_until", ">", request.env.cr.now()),
                ("state", "=", "draft"),
            ]
        )  # fmt: skip
        return [*tasks, *(seat_task(registration) for registration in offered_sudo)]

    def _home_running(self, page):
        """Add the trainings to come; an agent reads its own."""
        domain = Domain("collectivite_id", "=", page.partner.id)
        if not page.acts:
            domain &= Domain("agent_id", "=", request.env.user.partner_id.id)
        coming_sudo = request.env["event.registration"].sudo().search(
            domain
            & Domain("state", "in", ("draft", "open"))
            & Domain("event_id.date_begin", ">", request.env.cr.now()),
            order="id",
            limit=SHOWN_ROWS,
        )  # fmt: skip
        return [*super()._home_running(page), *map(running_row, coming_sudo)]

    def _catalogue_domain(self):
        """Return the domain of the sessions open to registration."""
        now = request.env.cr.now()
        return (
            visible_domain(request.env)
            & Domain("training_state", "=", "published")
            & Domain("date_begin", ">", now)
        )

    # === Whose ===
    def _acting_collectivites_sudo(self):
        """Return the collectivités for which the contact may register."""
        mine_sudo = request.env["res.partner"]._cdg47_mine(roles=ACTING_ROLES)
        return mine_sudo.sorted("name")

    def _chosen_collectivite_sudo(self, value, own_sudo):
        """Return the collectivité of the query string among one's own, else the one
        chosen before, or the first."""
        text = str(value or "")
        wanted = int(text) if text.isascii() and text.isdigit() else 0
        return self._current_collectivite_sudo(own_sudo, wanted)

    def _own_record_sudo(self, model, record_id):
        """Return a record that the reader may read, as superuser.

        :raise NotFound: out of sight, or there is none: nobody can tell which
        """
        try:
            self._document_check_access(model, record_id)
        except (AccessError, MissingError) as error:
            raise NotFound() from error
        # Odoo's check answers as OdooBot: here the contact stays who acts.
        return request.env[model].sudo().browse(record_id)

    def _acting_record_sudo(self, model, record_id):
        """Return a record of a collectivité for which the contact may act.

        :raise NotFound: read only, out of sight, or there is none
        """
        record_sudo = self._own_record_sudo(model, record_id)
        if record_sudo.collectivite_id not in self._acting_collectivites_sudo():
            raise NotFound()
        return record_sudo

    # === Lists ===
    def _paginate(self, records, url, domain, order, page, criteria):
        """Return the records of a page and its pager.

        :param models.Model records: who searches: the contact, or the page for them
        :rtype: tuple[models.Model, dict]
        """
        pager = portal_pager(
            url=url,
            total=records.search_count(domain),
            page=page,
            step=self._items_per_page,
            url_args={key: value for key, value in criteria.items() if value},
        )
        found = records.search(
            domain,
            order=order,
            limit=self._items_per_page,
            offset=max(0, pager["offset"]),
        )
        return found, pager

    def _search_words(self, kwargs):
        # PostgreSQL refuses the NUL character in a text.
        return (kwargs.get("search") or "").replace("\0", "").strip()[:100]

    # === Errors ===
    @contextmanager
    def _refusals(self, errors):
        """Collect the sentence of a refusal; nothing is half-written."""
        try:
            with request.env.cr.savepoint():
                yield
        except UserError as error:
            errors.append(str(error))
