# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def migrate(cr, version):
    """What was used before the alerts existed is no news."""
    cr.execute("UPDATE cdg47_entitlement SET alerted_threshold = threshold")
