# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The states, kinds and roles that several models decide by."""

# States in which dates alone decide: a late entry still finds a terminated convention.
SIGNED_STATES = ("active", "terminated", "expired")
# Kinds whose delivered quantity the convention decides.
DECIDED_KINDS = ("supplement", "overage")
# Who acts for a collectivité; an agent acts for itself only.
ACTING_ROLES = ("secretary", "signatory")
