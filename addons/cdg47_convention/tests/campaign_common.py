# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Conventions of the real communes of Lot-et-Garonne, made in bulk, and campaigns."""

import csv
from datetime import date

from odoo.fields import Command
from odoo.tools import file_open

DEMO = "cdg47_convention/demo"


def rows_of(name):
    """Return the rows of one real CSV file.

    :rtype: list[dict[str, str]]
    """
    with file_open(f"{DEMO}/{name}", "r") as stream:
        return list(csv.DictReader(stream))


class CampaignMixin:
    """Helpers shared by the transaction tests, those with processes and the bench."""

    @classmethod
    def import_census(cls, name, filename=None):
        with file_open(f"{DEMO}/{name}", "rb") as stream:
            content = stream.read()
        cls.env["cdg47.census.import"]._import_file(content, filename or name)

    @classmethod
    def make_conventions_in_bulk(cls, partners, forfaits, year=2024, **values):
        """Create active conventions with the term of a year, stratum decided."""
        start = date(year, 1, 1)
        strata = partners._cdg47_strata_at(start)
        return cls.env["cdg47.convention"].create(
            [
                {
                    "partner_id": partner.id,
                    "date_start": start,
                    "state": "active",
                    "signature_kind": "import",
                    "line_ids": [
                        Command.create({"forfait_id": forfait.id, "date_start": start})
                        for forfait in forfaits
                    ],
                    "term_ids": [
                        Command.create(
                            {
                                "date_start": start,
                                "date_end": date(year, 12, 31),
                                "stratum_id": strata[partner][0].id,
                                "stratum_reason": strata[partner][1],
                                "state": "open",
                            }
                        )
                    ],
                    **values,
                }
                for partner in partners
            ]
        )

    @classmethod
    def make_campaign(cls, year=2025, **values):
        return cls.env["cdg47.campaign"].create({"year": year, **values})

    @staticmethod
    def run_all(campaign, limit=50):
        """Run a campaign as one worker does, without its commits."""
        campaign.action_run()
        while campaign._run_batch(limit):
            pass

    @staticmethod
    def line_of(campaign, convention):
        return campaign.line_ids.filtered(lambda ln: ln.convention_id == convention)
