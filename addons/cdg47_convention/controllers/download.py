# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.http import content_disposition, request


def download(content, name, mimetype):
    """Answer with a file to keep, whose reader has been checked.

    :param bytes content: of the file
    :param str name: under which it is kept
    """
    return request.make_response(
        content,
        headers=[
            ("Content-Type", mimetype),
            ("Content-Disposition", content_disposition(name)),
        ],
    )
