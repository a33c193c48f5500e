# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

from ..lib.xlsx_sheet import MONEY, NUMBER, TEXT, Book


class ReportCampaignXlsx(models.AbstractModel):
    """The simulation as a workbook for the board."""

    _name = "report.cdg47_convention.report_campaign_xlsx"
    _inherit = "report.report_xlsx.abstract"
    _description = "Workbook of a campaign"

    def _get_objs_for_report(self, docids, data):
        return self.env["cdg47.campaign"].browse(docids)

    def generate_xlsx_report(self, workbook, data, objs):
        for campaign in objs:
            campaign.check_access("read")
            book = Book(workbook)
            self._summary(book, campaign)
            self._collectivites(book, campaign)
            self._changes(book, campaign)
            self._listed(book, campaign)

    def _living(self, campaign):
        return campaign.line_ids.filtered(lambda line: line.mode != "none")

    def _summary(self, book, campaign):
        """Write the totals by stratum and forfait, of the amounts kept."""
        sheet = book.sheet(
            self.env._("Summary"),
            [
                (self.env._("Stratum"), TEXT, 14),
                (self.env._("Forfait or service"), TEXT, 34),
                (self.env._("Number"), NUMBER, 10),
                (self.env._("Year before"), MONEY, 16),
                (self.env._("This year"), MONEY, 16),
                (self.env._("Difference"), MONEY, 16),
                (self.env._("Compared"), MONEY, 16),
            ],
            title=self.env._(
                "Campaign %(year)s - %(tariff)s",
                year=campaign.year,
                tariff=campaign.pricelist_id._cdg47_printed_name(),
            ),
        )
        groups = self.env["cdg47.campaign.fee"]._read_group(
            [
                ("campaign_id", "=", campaign.id),
                ("line_id.mode", "!=", "none"),
            ],
            ["stratum_id", "forfait_id"],
            [
                "quantity:sum",
                "old_amount:sum",
                "amount:sum",
                "difference:sum",
                "whatif_amount:sum",
            ],
        )
        for stratum, forfait, *sums in sorted(
            groups, key=lambda group: (group[0].sequence, group[1].name)
        ):
            sheet.row(stratum.code, forfait.name, *sums)
        sheet.total(self.env._("Total"), 2, 3, 4, 5, 6)

    def _collectivites(self, book, campaign):
        lines = self._living(campaign)
        labels = self._quota_labels(lines)
        quotas = [
            (text, NUMBER, 12)
            for label in labels
            for text in (
                self.env._("%(quota)s before", quota=label),
                self.env._("%(quota)s of the year", quota=label),
                self.env._("%(quota)s held", quota=label),
            )
        ]
        sheet = book.sheet(
            self.env._("Collectivités"),
            [
                (self.env._("Collectivité"), TEXT, 34),
                (self.env._("SIRET"), TEXT, 18),
                (self.env._("Stratum before"), TEXT, 10),
                (self.env._("Stratum"), TEXT, 10),
                (self.env._("Why this stratum"), TEXT, 50),
                (self.env._("Year before"), MONEY, 16),
                (self.env._("This year"), MONEY, 16),
                (self.env._("Difference"), MONEY, 16),
                (self.env._("Compared"), MONEY, 16),
                *quotas,
                (self.env._("Alerts"), TEXT, 60),
            ],
        )
        for line in lines:
            by_label = {quota[1]: quota[2:] for quota in line.quotas or []}
            numbers = [
                number
                for label in labels
                for number in by_label.get(label, (None, None, None))
            ]
            sheet.row(
                line.partner_id.name,
                line.partner_id.company_registry,
                line.old_stratum_id.code,
                line.stratum_id.code,
                line.stratum_reason,
                line.old_amount,
                line.amount,
                line.difference,
                line.whatif_amount,
                *numbers,
                line.alerts,
            )
        sheet.total(self.env._("Total"), *range(5, 9 + len(quotas)))

    def _quota_labels(self, lines):
        """Return the quotas that depend on the stratum, in the order of Annexe 1."""
        labels = {}
        for line in lines:
            for _rule, label, *_numbers in line.quotas or []:
                labels[label] = True
        return list(labels)

    def _changes(self, book, campaign):
        sheet = book.sheet(
            self.env._("Stratum changes"),
            [
                (self.env._("Collectivité"), TEXT, 34),
                (self.env._("Stratum before"), TEXT, 10),
                (self.env._("Why the stratum before"), TEXT, 50),
                (self.env._("Stratum"), TEXT, 10),
                (self.env._("Why this stratum"), TEXT, 50),
                (self.env._("Quotas that change"), TEXT, 40),
                (self.env._("Difference"), MONEY, 16),
            ],
        )
        for line in self._living(campaign).filtered("stratum_changed"):
            sheet.row(
                line.partner_id.name,
                line.old_stratum_id.code,
                line.old_stratum_reason,
                line.stratum_id.code,
                line.stratum_reason,
                line.quota_changes,
                line.difference,
            )
        sheet.total(self.env._("Total"), 6)

    def _listed(self, book, campaign):
        """Write what is not renewed, or would not pass, and why."""
        sheet = book.sheet(
            self.env._("Not renewed, to settle"),
            [
                (self.env._("Collectivité"), TEXT, 34),
                (self.env._("Convention"), TEXT, 16),
                (self.env._("Status"), TEXT, 20),
                (self.env._("Reason"), TEXT, 70),
            ],
        )
        states = dict(
            campaign.line_ids._fields["state"]._description_selection(self.env)
        )
        for line in campaign.line_ids.filtered("reason"):
            sheet.row(
                line.partner_id.name,
                line.convention_id.name,
                states[line.state],
                line.reason,
            )
