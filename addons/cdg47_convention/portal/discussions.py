# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who may write under a document of the portal."""


def open_discussions(documents, operations):
    """Let a contact write on what they may read by right, not by a mail's link.

    :param documents: orders or invoices of conventions
    :param dict operations: what posting on each document asks, changed in place
    :return: ``operations``
    :rtype: dict
    """
    if documents.env.user.share:
        for document in documents:
            may_read = document.sudo(False).has_access("read")
            # Nobody of the portal writes these records.
            operations[document] = "read" if may_read else "write"
    return operations
