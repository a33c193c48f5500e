# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What stands on each page of an invoice where wkhtmltopdf repeats nothing (R12)."""

from lxml import etree


def page_texts(move, page, pages):
    """Return what stands at the head and at the foot of one page."""
    move = move.with_context(lang=move.partner_id.lang)
    name = move._get_move_display_name()
    foot = move.env._(
        "%(name)s - page %(page)s of %(pages)s", name=name, page=page, pages=pages
    )
    if page == 1 and move.cdg47_convention_id:
        # Who invoices stands in the body.
        return "", foot
    company = move.company_id
    issuer = f"{company.name} - {move._cdg47_registry_line(company.partner_id)}"
    if page == 1:
        return issuer, foot
    head = move.env._(
        "%(issuer)s - %(name)s, %(debtor)s (continued)",
        issuer=issuer,
        name=name,
        debtor=move.commercial_partner_id.name,
    )
    return head, foot


def column_titles(move):
    """Return the titles that every table of lines has, as its reader reads them.

    :rtype: list[str]
    """
    view = move.env.ref("account.report_invoice_document").sudo()
    tree = etree.fromstring(view.with_context(lang=move.partner_id.lang).arch)
    titles = tree.xpath("//*[@name='invoice_line_table']/thead//th[not(@t-if)]")
    return [" ".join("".join(title.itertext()).split()) for title in titles]
