# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the legal pages say, from the settings of the company."""


def statement_status(company):
    """Return the three words that the law gives the choice of.

    :rtype: str
    """
    return {
        "full": company.env._("fully compliant"),
        "partial": company.env._("partially compliant"),
        "none": company.env._("not compliant"),
    }[company.cdg47_accessibility]


def stated_issues(company):
    """Return what is not accessible yet: the setting, one a line, or what we know.

    :rtype: list[str]
    """
    written = (company.cdg47_accessibility_issues or "").splitlines()
    return [line.strip() for line in written if line.strip()] or [
        company.env._(
            "The PDF documents (conventions, quotations, invoices, attestations) are "
            "not tagged; the page of each says the same in an accessible form."
        ),
        company.env._(
            "The signature is drawn from the name that is typed; its drawing mode "
            "needs a pointer."
        ),
    ]


def processors(company):
    """Return who processes data for the centre: name, purpose, place.

    :return: one row for each line « name ; purpose ; place » of the setting
    :rtype: list[list[str]]
    """
    rows = []
    for line in (company.cdg47_processors or "").splitlines():
        cells = [cell.strip() for cell in line.split(";")]
        if any(cells):
            rows.append((cells + ["", ""])[:3])
    return rows
