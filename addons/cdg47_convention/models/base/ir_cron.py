# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from functools import partial
from operator import methodcaller

from odoo import api, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, retrying

_logger = logging.getLogger(__name__)


class IrCron(models.Model):
    """The one engine of our jobs: an item, a commit; what fails stops no other (R11).

    However late or often they run: what is done is stamped on the item, by its method.
    """

    _inherit = "ir.cron"

    @api.model
    def _cdg47_each(self, items, method, set_aside=None):
        """Treat items one at a time, one commit each, in the time of the job.

        :param items: records, or sets of records that are treated together
        :param method: what treats one item: its method's name, or a function of it
        :param str set_aside: what keeps, on the item, the error that it met
        :return: whether every item had its turn
        :rtype: bool
        """
        left = len(items)
        self._commit_progress(remaining=left)
        for item in items:
            try:
                retrying(partial(self._cdg47_try, item, method, set_aside), self.env)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                # Others went first, five times: it waits for the next run.
                _logger.info("%s.%s() is left to the next run", item, method)
            left -= 1
            if not self._commit_progress(1, remaining=left):
                break
        return not left

    @api.model
    def _cdg47_try(self, item, method, set_aside=None):
        """Treat one item; a failure writes nothing but what sets the item aside.

        A conflict with others is raised: it only has to be tried again (R6).
        """
        try:
            with self.env.cr.savepoint():
                treat = method if callable(method) else methodcaller(method)
                treat(item)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:  # whatever it is, it must not stop the others
            if not (set_aside and isinstance(error, UserError)):
                _logger.exception("%s.%s() failed", item, method)
            if set_aside:
                getattr(item, set_aside)(error)
