# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class ReportDeliberation(models.AbstractModel):
    """The deliberation that approves a convention: a model, prefilled."""

    _name = "report.cdg47_convention.report_deliberation"
    _inherit = "cdg47.convention.articles"
    _description = "Model deliberation"

    @api.model
    def _get_report_values(self, docids, data=None):
        conventions = self.env["cdg47.convention"].browse(docids)
        return {
            "doc_ids": docids,
            "doc_model": conventions._name,
            "docs": conventions,
            "documents": [
                self.with_context(lang=lang)._document(
                    convention.with_context(lang=lang)
                )
                for convention in conventions
                for lang in (convention.partner_id._cdg47_lang(),)
            ],
        }

    @api.model
    def _document(self, convention):
        """Return all that one deliberation prints, in the language of the context."""
        return {
            "o": convention,
            "lang": self.env.lang,
            "assembly": self._assembly(convention.partner_id),
            "number": convention.deliberation_number,
            "date": self._long_date(convention.deliberation_date),
            "signatory": convention.signatory_title or self.env._("The signatory"),
            "considerations": self._considerations(convention),
            "decisions": self._decisions(convention),
        }

    def _assembly(self, partner):
        if partner.collectivite_type == "commune":
            return self.env._("Municipal council")
        return self.env._("Deliberative assembly")

    def _considerations(self, convention):
        return [
            self.env._(
                "Having regard to the code général des collectivités territoriales;"
            ),
            self.env._("Having regard to the code général de la fonction publique;"),
            self.env._(
                "Having regard to convention %(number)s « Accompagnement numérique » "
                "proposed by %(cdg)s and its annexes;",
                number=self._filled(convention.name),
                cdg=self._filled(convention.company_id.name),
            ),
            self.env._(
                "Considering that the services of the centre de gestion meet the needs "
                "of the collectivité for its digital tools;"
            ),
        ]

    def _decisions(self, convention):
        held = convention.forfait_ids | convention.option_ids
        return [
            self.env._(
                "approves convention %(number)s « Accompagnement numérique » with "
                "%(cdg)s;",
                number=self._filled(convention.name),
                cdg=self._filled(convention.company_id.name),
            ),
            self.env._(
                "takes up %(forfaits)s, from %(start)s;",
                forfaits=self._filled(", ".join(held.mapped("name"))),
                start=self._long_date(convention.date_start),
            ),
            self.env._(
                "states that the collectivité falls in stratum %(stratum)s and that "
                "the fees of the first term come to %(amount)s;",
                stratum=self._filled(convention.stratum_id.display_name),
                amount=self._filled(self._first_fee(convention)),
            ),
            self.env._(
                "authorises %(signatory)s to sign the convention, its amendments and "
                "any document they need;",
                signatory=self._filled(
                    convention.signatory_title or self.env._("its representative")
                ),
            ),
            self.env._("enters the expense in the budget of the collectivité."),
        ]

    def _first_fee(self, convention):
        term = convention.term_ids.filtered(lambda t: t.state != "cancelled")[-1:]
        return term and self._amount(term.amount_total, term.currency_id)
