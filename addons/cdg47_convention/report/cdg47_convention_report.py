# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.tools import groupby, html2plaintext

from ..lib.dates import day_in_paris
from ..reading.annexe1 import is_option_held
from ..reading.tariff import prices_at


class ReportConvention(models.AbstractModel):
    """The convention as a document, its Annexes 1 and 3 in it.

    Rules and contents are read once for all the conventions printed together.
    """

    _name = "report.cdg47_convention.report_convention"
    _inherit = "cdg47.convention.articles"
    _description = "Convention as a document"

    @api.model
    def _get_report_values(self, docids, data=None):
        conventions = self.env["cdg47.convention"].browse(docids)
        rules = self.env["cdg47.quota.rule"].search([("active", "=", True)])
        steps = self.env["cdg47.service.step"].search(
            [("product_id.active", "=", True)]
        )
        return {
            "doc_ids": docids,
            "doc_model": conventions._name,
            "docs": conventions,
            "documents": [
                self.with_context(lang=lang)._document(
                    convention.with_context(lang=lang), rules, steps
                )
                for convention in conventions
                for lang in (convention.partner_id._cdg47_lang(),)
            ],
        }

    @api.model
    def _document(self, convention, rules, steps):
        """Return all that one document prints, in the language of the context.

        :param cdg47.convention convention: one convention
        :param cdg47.quota.rule rules: all the rules of Annexe 1
        :param cdg47.service.step steps: all the contents of Annexe 3
        :rtype: dict
        """
        held = convention.forfait_ids | convention.option_ids
        own_rules = rules.with_context(lang=self.env.lang).filtered_domain(
            rules._domain_at(convention.date_start)
        )
        own_rules = own_rules.filtered(lambda rule: rule.forfait_id in held)
        return {
            "o": convention,
            "company": convention.company_id,
            "lang": self.env.lang,
            "is_model": self._tariff(convention).cdg47_is_demo,
            "deliberation_date": self._long_date(convention.deliberation_date),
            "articles": self._articles(convention),
            "fees": self._fees(convention),
            "annexe1": self._annexe1(convention, own_rules),
            "volumes": self._volumes(convention, own_rules),
            "annexe3": self._annexe3(own_rules, rules, steps),
            "signatures": self._signatures(convention),
        }

    # === Fees ===
    def _fees(self, convention):
        """Return the fees of the first term, line by line, and their sum.

        :rtype: dict or None
        """
        term = convention.term_ids.filtered(lambda t: t.state != "cancelled")[-1:]
        orders = term.order_ids.filtered(lambda order: order.state != "cancel")
        lines = orders.order_line.filtered(lambda line: line.cdg47_kind == "fee")
        if not lines:
            return None
        tariff = self._tariff(convention)
        yearly = prices_at(tariff, lines.product_id, term._price_day())
        currency = tariff.currency_id
        return {
            "term": self.env._(
                "First term, from %(start)s to %(end)s:",
                start=self._long_date(term.date_start),
                end=self._long_date(term.date_end),
            ),
            "lines": [
                {
                    "forfait": line.product_template_id.name,
                    "yearly": self._yearly(yearly[line.product_id.id], currency),
                    "months": f"{line.cdg47_months}/12",
                    "amount": self._amount(line.price_subtotal, currency),
                }
                for line in lines
            ],
            "vat": ", ".join(html2plaintext(tax.description) for tax in lines.tax_ids),
            "total": self._amount(sum(lines.mapped("price_subtotal")), currency),
        }

    def _yearly(self, price, currency):
        return "-" if price is None else self._amount(price, currency)

    # === Annexe 1 ===
    def _annexe1(self, convention, rules):
        """Return the services of each forfait under their headings, as printed.

        :rtype: list[tuple[str, list[tuple[str, list[dict]]]]]
        """
        options = convention.option_ids
        return [
            (
                forfait.name,
                [
                    (heading, [self._service(rule, options) for rule in group])
                    for heading, group in groupby(
                        rules.filtered(lambda r, f=forfait: r.forfait_id == f),
                        key=lambda rule: rule.heading or "",
                    )
                ],
            )
            for forfait in convention.forfait_ids | options
            if forfait in rules.forfait_id
        ]

    def _service(self, rule, options):
        """Return one line of Annexe 1: its label, its limit and what it depends on."""
        conditions = dict(rule._fields["condition"]._description_selection(rule.env))
        notes = []
        if rule.condition:
            notes.append(conditions[rule.condition])
        if rule.needs_editor:
            notes.append(self.env._("Depends on the Métiers software editor"))
        limit = rule.limit_text
        if is_option_held(rule, options):
            limit = self.env._("Option chosen")
        return {"label": rule.name, "limit": limit, "notes": notes}

    def _volumes(self, convention, rules):
        """Return the table of Annexe 1: volumes by stratum, that of the party marked.

        :rtype: dict or None
        """
        columns = rules.filtered("by_stratum")
        if not columns:
            return None
        return {
            "columns": [column.product_ids[:1].name for column in columns],
            "rows": [
                {
                    "code": stratum.code,
                    "stratum": stratum.name,
                    "is_own": stratum == convention.stratum_id,
                    "volumes": [
                        column.uom_id._cdg47_format(column._quantity_for(stratum))
                        for column in columns
                    ],
                }
                for stratum in columns.line_ids.stratum_id.sorted()
            ],
        }

    # === Annexe 3 ===
    def _annexe3(self, rules, all_rules, steps):
        """Return the contents of the services held, in the annex's words.

        What no forfait includes (trainings on request, TTIM…) holds for everybody.

        :rtype: list[tuple[str, list[dict]]]
        """
        chapters = [
            (
                forfait.name,
                rules.filtered(lambda r, f=forfait: r.forfait_id == f).product_ids,
            )
            for forfait in rules.forfait_id
        ]
        chapters.append(
            (
                self.env._("For all forfaits"),
                steps.product_id.filtered(
                    lambda product: product not in all_rules.product_ids
                ),
            )
        )
        return [
            (name, [self._contents(product) for product in products])
            for name, services in chapters
            if (products := services.filtered("cdg47_step_ids"))
        ]

    def _contents(self, product):
        kinds = {
            "option": self.env._("option"),
            "exclusion": self.env._("not included"),
        }
        return {
            "service": product.name,
            "steps": [
                {"name": step.name, "mark": kinds.get(step.kind)}
                for step in product.cdg47_step_ids
            ],
        }

    # === Signatures ===
    def _signatures(self, convention):
        """Return both parties' block: who, in which office, when.

        :rtype: list[dict]
        """
        signed_on = convention.signed_on and day_in_paris(convention.signed_on)
        return [
            {
                "party": convention.company_id.name,
                "title": convention.company_id.cdg47_president_title,
                "name": convention.countersigned_by_id.name,
                "date": convention.countersigned_on
                and self._long_date(convention.countersigned_on),
                "image": False,
            },
            {
                "party": convention.partner_id.name,
                "title": convention.signatory_title,
                "name": convention.signed_by,
                "date": signed_on and self._long_date(signed_on),
                "image": convention.signature,
            },
        ]
