# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)


class Cdg47Convention(models.Model):
    """The signed copy of a convention, kept as it was when it was signed."""

    _inherit = "cdg47.convention"

    def _activate(self, order):
        """Ask for the signed copy once the signature is committed (R6).

        Rendering takes seconds and can fail: neither may undo a signature.
        """
        result = super()._activate(order)
        if self.signature_kind == "portal":
            cron_sudo = self.env.ref(
                "cdg47_convention.cron_attach_signed_copies"
            ).sudo()
            cron_sudo._trigger()
        return result

    @api.model
    def _domain_without_signed_copy(self):
        """Return the domain of the conventions signed here whose copy is missing."""
        return Domain("signature_kind", "=", "portal") & Domain(
            "signed_document_id", "=", False
        )

    def action_attach_signed_copy(self):
        """Render and keep the signed copy of conventions that still lack it."""
        self.check_access("write")
        missing = self.filtered_domain(self._domain_without_signed_copy())
        if not missing:
            raise UserError(
                self.env._("Only a convention signed in the portal lacks its copy.")
            )
        for convention in missing:
            convention._attach_signed_copy()
        return True

    def _attach_signed_copy(self):
        """Render the convention with its signature and keep the file, once.

        :rtype: ir.attachment
        """
        self.ensure_one()
        if self.signed_document_id:
            return self.signed_document_id
        content, _kind = self.env["ir.actions.report"]._render_qweb_pdf(
            "cdg47_convention.action_report_convention", self.ids
        )
        attachment = self.env["ir.attachment"].create(
            {
                "name": self._in_partner_lang()._signed_copy_name(),
                "raw": content,
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        # Nobody replaces what was signed: keeping it once writes it.
        self.sudo().signed_document_id = attachment
        return attachment

    def _signed_copy_name(self):
        return self.env._(
            "%(document)s signed.pdf", document=self._get_report_base_filename()
        )

    @api.model
    def _cron_attach_signed_copies(self):
        """Attach the missing signed copies, one commit each; a failure is retried."""
        missing = self.search(self._domain_without_signed_copy())
        for done, convention in enumerate(missing, start=1):
            convention._try_to_attach_signed_copy()
            time_left = self.env["ir.cron"]._commit_progress(
                1, remaining=len(missing) - done
            )
            if not time_left:
                break

    def _try_to_attach_signed_copy(self):
        """Attach the signed copy; a document that cannot be rendered is logged."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self._attach_signed_copy()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception:  # one broken document must not stop the others
            _logger.exception("No signed copy of convention %s yet", self.name)
