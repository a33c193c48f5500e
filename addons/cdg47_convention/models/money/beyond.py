# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What an end undoes of what a campaign prepared beyond it (R16)."""

from ...lib.plain_text import as_html


def _prepared(convention, day, forfait=None):
    """Return what a campaign prepared after a day, and what of it is posted.

    :param product.template forfait: only what sells it
    :rtype: tuple[cdg47.campaign.line, account.move]
    """
    terms = convention._living_terms().filtered(lambda term: term.date_start > day)
    # Who ends a convention may read no invoice.
    lines_sudo = convention.env["cdg47.campaign.line"].sudo()
    lines_sudo = lines_sudo.search([("term_id", "in", terms.ids)])
    if forfait:
        lines_sudo = lines_sudo.filtered(
            lambda line: forfait in line.order_id.order_line.product_template_id
        )
    posted_sudo = lines_sudo.invoice_ids.filtered(lambda m: m.state == "posted")
    return lines_sudo, posted_sudo


def undo(convention, day):
    """Undo terms, orders and drafts after an end; say what is to be credited."""
    lines_sudo, posted_sudo = _prepared(convention, day)
    left = lines_sudo - posted_sudo.cdg47_campaign_line_id
    left._undo()
    left.write(
        {"state": "done", "mode": "none", "reason": convention.termination_reason}
    )
    _ask_credit(convention, posted_sudo, convention.display_name, day)


def undo_forfait(line, day):
    """Make again without a forfait what was prepared after its end.

    :param cdg47.convention.line line: what ends
    """
    convention = line.convention_id
    lines_sudo, posted_sudo = _prepared(convention, day, line.forfait_id)
    left_sudo = lines_sudo - posted_sudo.cdg47_campaign_line_id
    left_sudo._undo()
    left_sudo._simulate_again()
    for company, lines in left_sudo.grouped("company_id").items():
        lines.with_company(company)._renew()
    _ask_credit(convention, posted_sudo, line.forfait_id.name, day)


def _ask_credit(convention, posted_sudo, what, day):
    """Have a credit note made of what is posted beyond an end."""
    to_manager = convention._in_manager_lang()
    for invoice_sudo in posted_sudo:
        invoice_sudo.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=to_manager.env._("Credit note to be made"),
            note=as_html(
                to_manager.env._(
                    "%(convention)s ends on %(date)s.",
                    convention=what,
                    date=convention._format_date(day),
                )
            ),
            user_id=(invoice_sudo.invoice_user_id or convention.env.user).id,
        )


def warning(convention, day, forfait=None):
    """Say before an end what it will undo, or False."""
    lines_sudo, posted_sudo = _prepared(convention, day, forfait)
    if not lines_sudo:
        return False
    if posted_sudo:
        return convention.env._(
            "Posted beyond this day, to be credited: %(invoices)s.",
            invoices=", ".join(posted_sudo.mapped("name")),
        )
    orders = ", ".join(lines_sudo.order_id.mapped("name"))
    if forfait:
        return convention.env._(
            "Prepared beyond this day, made again without it: %(orders)s.",
            orders=orders,
        )
    return convention.env._(
        "Prepared beyond this day, undone with its drafts: %(orders)s.", orders=orders
    )
