# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The yearly statement of a collectivité as a file, in its language."""

MODULE = "cdg47_convention"


def statement_file(partner, year, kind):
    """Return the statement of a year, and the name of its file.

    :param str kind: ``pdf`` or ``xlsx``
    :rtype: tuple[bytes, str]
    """
    translated = partner.with_context(lang=partner._cdg47_lang())
    reports = translated.env["ir.actions.report"]
    data = {"year": year}
    if kind == "xlsx":
        content, _type = reports._render_xlsx(
            f"{MODULE}.action_report_statement_xlsx", partner.ids, data
        )
    else:
        content, _type = reports._render_qweb_pdf(
            f"{MODULE}.action_report_statement", partner.ids, data
        )
    return content, f"{_file_name(translated, year)}.{kind}"


def _file_name(partner, year):
    name = (partner.name or "").replace("/", "-").replace("\\", "-")
    return partner.env._("Statement %(year)s %(name)s", year=year, name=name)
