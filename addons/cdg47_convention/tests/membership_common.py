# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A commune for each way of being a member, or of not being one."""

MEMBERSHIPS = ("none", "metiers", "techno", "both", "hosted", "other editor")


class MembershipMixin:
    """To be mixed into a case of the ledger."""

    def memberships(self):
        """Return a commune for each of the ``MEMBERSHIPS``.

        :rtype: dict[str, res.partner]
        """
        other_editor = self.env["cdg47.software.editor"].create({"name": "Autre"})
        start = "2026-01-01"

        def member(forfaits, **values):
            commune = self.make_commune(**values)
            self.make_convention_since(start, commune, forfaits)
            return commune

        hosted = member(self.metiers)
        self.make_census(hosted, start, hosting="hosted", hosted_by_id=self.commune.id)
        both = self.metiers | self.techno
        communes = (
            self.make_commune(),
            member(self.metiers),
            member(self.techno),
            member(both),
            hosted,
            member(both, software_editor_id=other_editor.id),
        )
        return dict(zip(MEMBERSHIPS, communes, strict=True))
