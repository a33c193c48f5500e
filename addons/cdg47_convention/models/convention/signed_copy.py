# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The signed copy of a convention, kept as it was when it was signed.

Rendering takes seconds and can fail: neither may undo a signature, so that it comes
after the commit (R6).
"""

from odoo.fields import Domain

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
    # Nobody replaces what was signed: keeping it once writes it.
    convention.sudo().signed_document_id = attachment
    return attachment


def _name_of(convention):
    return convention.env._(
        "%(document)s signed.pdf", document=convention._get_report_base_filename()
    )
