# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def migrate(cr, version):
    """What an assistant left behind has no reason of an end, which is now required."""
    cr.execute("DELETE FROM cdg47_convention_terminate")
