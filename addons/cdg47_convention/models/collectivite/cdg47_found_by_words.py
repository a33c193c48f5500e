# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.fields import Domain

from ...lib.words import figures_of, words_of

# The figures of a telephone number: less is a part of a name, or of a code.
LONG = 6


class Cdg47FoundByWords(models.AbstractModel):
    """Finds collectivités as they are asked for: « st sylvestre », « 47002 », a phone.

    Wherever one is chosen: Odoo asks for names by ``display_name``. What Odoo finds by
    itself is still found.
    """

    _name = "cdg47.found.by.words"
    _description = "Collectivités found by their words"

    cdg47_words = fields.Char(
        string="Found by",
        compute="_compute_cdg47_words",
        store=True,
        index="trigram",
        groups="base.group_user",
        help="Name, codes and telephone, each word after a space.",
    )

    @api.depends("name", "insee_code", "company_registry", "phone")
    def _compute_cdg47_words(self):
        for partner in self:
            codes = map(
                figures_of,
                (partner.insee_code, partner.company_registry, partner.phone),
            )
            words = [*words_of(partner.name), *words_of(partner.insee_code), *codes]
            partner.cdg47_words = "".join(f" {word}" for word in words if word)

    @api.model
    def _search_display_name(self, operator, value):
        domain = super()._search_display_name(operator, value)
        asked = operator in ("ilike", "like") and isinstance(value, str) and value
        if not asked or not (self.env.su or self.env.user._is_internal()):
            return domain
        words = words_of(value)
        figures = figures_of(value)
        if not words:
            return domain
        found = Domain.AND(_word_starting(word) for word in words)
        if figures:
            found |= _word_starting(figures)
        if len(figures) >= LONG:
            # Who calls gives the number of the town hall, or their own.
            contact = Domain("contact_id", "any!", _word_starting(figures))
            found |= Domain("mandate_ids", "any!", contact)
        return Domain(domain) | (Domain("collectivite_type", "!=", False) & found)


def _word_starting(letters):
    return Domain("cdg47_words", "like", f" {letters}")
