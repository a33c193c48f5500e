# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The signed copy of a convention, kept as it was when it was signed.

Rendering takes seconds and can fail: neither may undo a signature, so that it comes
after the commit (R6).
"""

import logging

from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)

# Signed here, its copy missing.
MISSING = Domain("signature_kind", "=", "portal") & Domain(
    "signed_document_id", "=", False
)


def attach(convention):
    """Render the convention with its signature and keep the file, once.

    :rtype: ir.attachment
    """
    if convention.signed_document_id:
        return convention.signed_document_id
    content, _kind = convention.env["ir.actions.report"]._render_qweb_pdf(
        "cdg47_convention.action_report_convention", convention.ids
    )
    attachment = convention.env["ir.attachment"].create(
        {
            "name": _name_of(convention._in_partner_lang()),
            "raw": content,
            "res_model": convention._name,
            "res_id": convention.id,
        }
    )
    convention.signed_document_id = attachment
    return attachment


def _name_of(convention):
    return convention.env._(
        "%(document)s signed.pdf", document=convention._get_report_base_filename()
    )


def attach_missing(env):
    """Attach the missing signed copies, one commit each; a failure is retried."""
    missing = env["cdg47.convention"].search(MISSING)
    for done, convention in enumerate(missing, start=1):
        try_to_attach(convention)
        time_left = env["ir.cron"]._commit_progress(1, remaining=len(missing) - done)
        if not time_left:
            break


def try_to_attach(convention):
    """Attach the signed copy; a document that cannot be rendered is logged."""
    try:
        with convention.env.cr.savepoint():
            attach(convention)
    except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
        raise
    except Exception:  # one broken document must not stop the others
        _logger.exception("No signed copy of convention %s yet", convention.name)
