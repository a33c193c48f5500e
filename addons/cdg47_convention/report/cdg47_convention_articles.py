# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from markupsafe import Markup

from odoo import api, models
from odoo.tools.misc import formatLang

BLANK = "…" * 10


class Cdg47ConventionArticles(models.AbstractModel):
    """Words of the convention: whole sentences, its blanks filled and in bold.

    The real body is not public: what stands here is a model, to be adapted by the CDG
    through its translations or by overriding one article.
    """

    _name = "cdg47.convention.articles"
    _description = "Articles of the convention"

    # === Words ===
    @api.model
    def _filled(self, value):
        """Return a blank filled in bold, or a dotted line to fill by hand."""
        return Markup("<strong>%s</strong>") % (value or BLANK)

    @api.model
    def _long_date(self, value):
        """Write a date in full, in bold; a dotted line when there is none."""
        if not value:
            return self._filled(False)
        field = self.env["ir.qweb.field.date"]
        return self._filled(field.value_to_html(value, {"format": "d MMMM y"}))

    @api.model
    def _amount(self, value, currency):
        return formatLang(self.env, value, currency_obj=currency)

    # === Articles ===
    @api.model
    def _articles(self, convention):
        """Return the articles of a convention, in the language of the context.

        :param cdg47.convention convention: one convention
        :return: title, paragraphs and, where a table follows, its name
        :rtype: list[dict]
        """
        return [
            self._article_object(convention),
            self._article_forfaits(convention),
            self._article_stratum(convention),
            self._article_duration(convention),
            self._article_fees(convention),
            self._article_invoicing(convention),
            self._article_beyond(convention),
            self._article_personal_data(convention),
            self._article_end(convention),
            self._article_documents(convention),
        ]

    def _article_object(self, convention):
        return {
            "title": self.env._("Object"),
            "paragraphs": [
                self.env._(
                    "By this convention, %(cdg)s assists %(collectivite)s in its "
                    "digital tools and uses: the services of the forfaits chosen in "
                    "article 2, as Annexe 1 lists them and Annexe 3 describes them.",
                    cdg=self._filled(convention.company_id.name),
                    collectivite=self._filled(convention.partner_id.name),
                )
            ],
        }

    def _article_forfaits(self, convention):
        lines = convention.line_ids.sorted(lambda ln: (ln.is_option, ln.date_start))
        return {
            "title": self.env._("Forfaits and options chosen"),
            "paragraphs": [self.env._("The collectivité takes up:")],
            "items": [self._forfait_held(line) for line in lines],
        }

    def _forfait_held(self, line):
        values = {
            "forfait": self._filled(line.forfait_id.name),
            "start": self._long_date(line.date_start),
        }
        if line.is_option:
            return self.env._("the option %(forfait)s, from %(start)s", **values)
        return self.env._("%(forfait)s, from %(start)s", **values)

    def _article_stratum(self, convention):
        stratum = convention.stratum_id
        return {
            "title": self.env._("Stratum"),
            "paragraphs": [
                self.env._(
                    "The collectivité falls in stratum %(code)s, %(stratum)s: "
                    "%(reason)s",
                    code=self._filled(stratum.code),
                    stratum=self._filled(stratum.name),
                    reason=self._filled(convention.stratum_reason),
                ),
                self.env._(
                    "The stratum sets the fees and the volumes of Annexe 1. It is "
                    "reviewed on 1 January of each year, from the facts in force on "
                    "that day."
                ),
            ],
        }

    def _article_duration(self, convention):
        dates = {
            "start": self._long_date(convention.date_start),
            "end": self._long_date(convention.date_end),
        }
        if convention.renewal == "tacit":
            sentence = self.env._(
                "The convention takes effect on %(start)s, until 31 December of that "
                "year. It is then renewed by tacit agreement, one civil year at a "
                "time, until %(end)s at the latest.",
                **dates,
            )
        else:
            sentence = self.env._(
                "The convention takes effect on %(start)s and ends on %(end)s. It is "
                "renewed only by an express agreement of both parties.",
                **dates,
            )
        return {"title": self.env._("Duration"), "paragraphs": [sentence]}

    def _article_fees(self, convention):
        if convention.company_id.cdg47_first_year_fee == "month":
            first_year = self.env._(
                "The first year is owed by month, the month of start counted."
            )
        else:
            first_year = self.env._("The first year is owed in full.")
        return {
            "title": self.env._("Fees"),
            "paragraphs": [
                self.env._(
                    "The forfaits and options are paid by a yearly fee, that of the "
                    "tariff %(tariff)s in force on the first day of each term.",
                    tariff=self._filled(self._tariff(convention)._cdg47_printed_name()),
                ),
                first_year,
            ],
            "table": "fees",
        }

    def _article_invoicing(self, convention):
        return {
            "title": self.env._("Invoicing and payment"),
            "paragraphs": [
                self.env._(
                    "The fees are invoiced once a year to %(debtor)s, through Chorus "
                    "Pro, with the service code and the engagement number it requires.",
                    debtor=self._filled(convention.invoice_partner_id.name),
                ),
                self.env._(
                    "The comptable public of the centre de gestion collects the "
                    "amounts owed. Fees of a year that has begun stay owed."
                ),
            ],
        }

    def _article_beyond(self, convention):
        return {
            "title": self.env._("What lies beyond the forfaits"),
            "paragraphs": [
                self.env._(
                    "A complementary service, or a volume beyond that of Annexe 1, is "
                    "first the subject of a quotation at the price of the tariff. It "
                    "is provided and invoiced only once the collectivité has accepted "
                    "it."
                )
            ],
        }

    def _article_personal_data(self, convention):
        annex = convention.gdpr_attachment_id
        return {
            "title": self.env._("Personal data"),
            "paragraphs": [
                self.env._(
                    "The centre de gestion processes personal data on behalf of the "
                    "collectivité, on its documented instructions only, as laid down "
                    "by article 28 of regulation (EU) 2016/679 (RGPD)."
                ),
                self.env._(
                    "The processing is described in the attached annex: %(annex)s.",
                    annex=self._filled(annex.name),
                ),
                self.env._(
                    "Data protection contact of the collectivité: %(contact)s.",
                    contact=self._filled(convention.partner_id.dpo_contact),
                ),
            ],
        }

    def _article_end(self, convention):
        return {
            "title": self.env._("Notice and termination"),
            "paragraphs": [
                self.env._(
                    "Either party may give notice by registered letter, %(months)s "
                    "months before 31 December at the latest; the convention then ends "
                    "on that day.",
                    months=self._filled(str(convention.company_id.cdg47_notice_months)),
                ),
                self.env._(
                    "Should a party fail to meet its obligations, the other may end "
                    "the convention, after a formal notice left without effect for one "
                    "month."
                ),
            ],
        }

    def _article_documents(self, convention):
        return {
            "title": self.env._("Documents of the convention"),
            "paragraphs": [self.env._("The convention is made up of:")],
            "items": [
                self.env._("this document"),
                self.env._("Annexe 1, services of the forfaits and volumes by stratum"),
                self.env._("Annexe 2, tariff in force, voted each year"),
                self.env._("Annexe 3, contents of the services"),
                self.env._("the data processing annex (art. 28 RGPD)"),
            ],
        }

    @api.model
    def _tariff(self, convention):
        """Return the tariff this convention was quoted with."""
        orders = convention.order_ids.filtered(lambda order: order.state != "cancel")
        return orders.pricelist_id[:1] or convention.company_id._cdg47_tariff()
