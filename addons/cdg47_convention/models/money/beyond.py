# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What an end undoes of what a campaign prepared beyond it (R16)."""


def _prepared(convention, day):
    """Return what a campaign prepared after a day, and what of it is posted.

    :rtype: tuple[cdg47.campaign.line, account.move]
    """
    terms = convention._living_terms().filtered(lambda term: term.date_start > day)
    # Who ends a convention may read no invoice.
    lines_sudo = convention.env["cdg47.campaign.line"].sudo()
    lines_sudo = lines_sudo.search([("term_id", "in", terms.ids)])
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
    for invoice_sudo in posted_sudo:
        invoice_sudo.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=convention._in_manager_lang().env._("Credit note to be made"),
            note=convention.env._(
                "%(convention)s ends on %(date)s.",
                convention=convention.display_name,
                date=convention._format_date(day),
            ),
            user_id=(invoice_sudo.invoice_user_id or convention.env.user).id,
        )


def warning(convention, day):
    """Say before an end what it will undo, or False."""
    lines_sudo, posted_sudo = _prepared(convention, day)
    if not lines_sudo:
        return False
    if posted_sudo:
        return convention.env._(
            "Posted beyond this day, to be credited: %(invoices)s.",
            invoices=", ".join(posted_sudo.mapped("name")),
        )
    return convention.env._(
        "Prepared beyond this day, undone with its drafts: %(orders)s.",
        orders=", ".join(lines_sudo.order_id.mapped("name")),
    )
