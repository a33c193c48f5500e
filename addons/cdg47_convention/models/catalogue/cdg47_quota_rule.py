# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools.misc import formatLang

from ...lib.dates import today_in_paris
from ...reading.rule_use import check_unused


class Cdg47QuotaRule(models.Model):
    """One line of Annexe 1: what a forfait says of one or several services.

    Services named together share one quota (cahier des charges and accompagnement à
    l'achat). Rules are dated: a decision of the board closes one and opens another.
    """

    _name = "cdg47.quota.rule"
    _description = "Quota rule"
    _order = "forfait_id, sequence, id"

    forfait_id = fields.Many2one(
        "product.template",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("cdg47_is_forfait", "=", True)],
    )
    product_ids = fields.Many2many(
        "product.product",
        string="Services",
        required=True,
        domain=[("cdg47_is_service", "=", True)],
    )
    name = fields.Char(string="Label", required=True)
    heading = fields.Char(help="Heading of Annexe 1 under which the line is printed.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    coverage = fields.Selection(
        [
            ("included", "Included"),
            ("limited", "Included within a limit"),
            ("option", "Option"),
            ("study", "Quotation after a study"),
            ("excluded", "Not included"),
        ],
        required=True,
        default="included",
    )
    condition = fields.Selection(
        [
            ("cdg_domain", "Uses the CDG's domain name"),
            ("own_domain", "Owns its domain name"),
            ("no_domain", "Has no domain name of its own"),
        ],
        help="The line holds only for collectivités in this situation.",
    )
    measure = fields.Selection(
        [
            ("access", "Access"),
            ("flow", "Consumed"),
            ("level", "Held"),
            ("duty", "Owed by the CDG"),
        ],
        help="Access: nothing to count. Consumed: time used up. Held: a number "
        "compared at a date. Owed: what the CDG must deliver.",
    )
    quantity = fields.Float(
        digits="Product Unit",
        min_display_digits=2,
        aggregator=None,
        help="Quota in the unit, when it does not depend on the stratum.",
    )
    by_stratum = fields.Boolean(
        compute="_compute_by_stratum", store=True, string="Depends on the stratum"
    )
    line_ids = fields.One2many(
        "cdg47.quota.rule.line", "rule_id", string="By stratum", copy=True
    )
    uom_id = fields.Many2one("uom.uom", string="Unit", ondelete="restrict")
    period = fields.Selection(
        [
            ("once", "Once"),
            ("year", "Every year"),
            ("three_years", "Every three years"),
        ]
    )
    on_request = fields.Boolean()
    prerequisite_ids = fields.Many2many(
        "product.product",
        relation="cdg47_quota_rule_prerequisite_rel",
        string="Needs one of",
        help="One of these services must be held first.",
    )
    needs_editor = fields.Boolean(
        string="Depends on the software editor",
        help="The Métiers editor of the collectivité must support the service.",
    )
    overage_product_id = fields.Many2one(
        "product.product",
        string="Beyond the quota",
        ondelete="restrict",
        help="Priced service of Annexe 2 that continues this one.",
    )
    article = fields.Char(help="Article of the annexes that says so.")
    date_from = fields.Date()
    date_to = fields.Date(help="Last day included.")
    limit_text = fields.Char(
        string="As printed",
        compute="_compute_limit_text",
        help="Computed from the data.",
    )

    _dates_in_order = models.Constraint(
        "CHECK (date_from IS NULL OR date_to IS NULL OR date_to >= date_from)",
        "A rule cannot end before it starts.",
    )
    _quantity_positive = models.Constraint(
        "CHECK (quantity >= 0)", "A quota cannot be negative."
    )

    @api.depends("line_ids")
    def _compute_by_stratum(self):
        for rule in self:
            rule.by_stratum = bool(rule.line_ids)

    @api.depends(
        "coverage", "measure", "quantity", "uom_id", "period", "on_request",
        "line_ids.quantity",
    )  # fmt: skip
    @api.depends_context("lang")
    def _compute_limit_text(self):
        for rule in self:
            rule.limit_text = rule._limit_sentence()

    @api.constrains("coverage", "measure", "uom_id", "line_ids")
    def _check_measure(self):
        for rule in self:
            if rule.coverage == "limited" and not (rule.measure and rule.uom_id):
                raise ValidationError(
                    self.env._(
                        "%(rule)s: a limited service needs a measure and a unit.",
                        rule=rule.name,
                    )
                )

    @api.constrains("forfait_id", "product_ids", "condition", "date_from", "date_to")
    def _check_no_twin(self):
        """Two rules for the same service, forfait and condition never overlap."""
        for rule in self:
            twin = self.search(
                Domain("id", "!=", rule.id)
                & Domain("forfait_id", "=", rule.forfait_id.id)
                & Domain("product_ids", "in", rule.product_ids.ids)
                & Domain("condition", "=", rule.condition)
                & (
                    Domain("date_to", "=", False)
                    | (
                        Domain("date_to", ">=", rule.date_from)
                        if rule.date_from
                        else Domain.TRUE
                    )
                )
                & (
                    Domain("date_from", "=", False)
                    | (
                        Domain("date_from", "<=", rule.date_to)
                        if rule.date_to
                        else Domain.TRUE
                    )
                ),
                limit=1,
            )
            if twin:
                raise ValidationError(
                    self.env._(
                        "« %(rule)s » and « %(twin)s » cover the same service at the "
                        "same dates: end the first before opening the second.",
                        rule=rule.name,
                        twin=twin.name,
                    )
                )

    def _quantity_for(self, stratum):
        """Return the quota of a stratum, in ``uom_id``; 0 is none (R2).

        :param cdg47.stratum stratum: a stratum, may be empty when the quota is fixed
        :rtype: float
        """
        self.ensure_one()
        if not self.by_stratum:
            return self.quantity
        line = self.line_ids.filtered(lambda line: line.stratum_id == stratum)
        return line.quantity

    @api.model
    def _domain_at(self, date):
        """Return the domain of the rules in force on a date."""
        return (Domain("date_from", "=", False) | Domain("date_from", "<=", date)) & (
            Domain("date_to", "=", False) | Domain("date_to", ">=", date)
        )

    def _revise(self, date_from, values=None):
        """Close this rule on the eve of a date and open its copy from that date.

        :param datetime.date date_from: first day of the new rule
        :param dict values: what the new rule says otherwise
        :rtype: cdg47.quota.rule
        """
        self.ensure_one()
        self.check_access("write")
        if (self.date_from and date_from <= self.date_from) or (
            self.date_to and date_from > self.date_to
        ):
            raise ValidationError(
                self.env._(
                    "%(rule)s: the change must fall while the rule is in force.",
                    rule=self.name,
                )
            )
        if date_from < today_in_paris().replace(month=1, day=1):
            raise ValidationError(
                self.env._("What a closed year decided stays: choose a later day.")
            )
        copied = {"date_from": date_from, "date_to": self.date_to, **(values or {})}
        # What has decided is written by nobody; who asks is a manager, checked above.
        rule_sudo = self.sudo()
        rule_sudo.date_to = fields.Date.subtract(date_from, days=1)
        revised_sudo = rule_sudo.copy(copied)
        revised_sudo._replay_uses()
        return revised_sudo.sudo(False)

    def _replay_uses(self):
        """Derive again the rights that these rules decide from now on."""
        facts_sudo = self.env["cdg47.consumption"].sudo()
        partners = facts_sudo.search(
            Domain("product_id", "in", self.product_ids.ids)
            & Domain("date", ">=", min(self.mapped("date_from")))
        ).partner_id
        if partners:
            partners._cdg47_replay_uses()

    @api.model
    def _annexe1(self, forfaits, date):
        """Return Annexe 1 as data to print: services by heading, volumes by stratum.

        :param product.template forfaits: the forfaits to print
        :param datetime.date date: the rules in force on that day
        :return: ``sections`` (forfait, headings), ``volumes`` (rules by stratum),
            ``strata`` and ``quantities`` by (rule, stratum)
        :rtype: dict
        """
        rules = self.search(
            self._domain_at(date) & Domain("forfait_id", "in", forfaits.ids)
        )
        volumes = rules.filtered("by_stratum")
        return {
            "sections": [
                {
                    "forfait": forfait,
                    "headings": [
                        {"name": heading, "rules": lines}
                        for heading, lines in of_forfait.grouped("heading").items()
                    ],
                }
                for forfait, of_forfait in rules.grouped("forfait_id").items()
            ],
            "volumes": volumes,
            "strata": self.env["cdg47.stratum"].search([("active", "=", True)]),
            "quantities": {
                (line.rule_id, line.stratum_id): formatLang(
                    self.env, line.quantity, digits=0
                )
                for line in volumes.line_ids
            },
        }

    def _limit_sentence(self):
        """Say the limit as Annexe 1 prints it, computed from the data.

        The annex's own « de 1 à 10 » is wrong against its table: the table wins.
        """
        self.ensure_one()
        labels = dict(self._fields["coverage"]._description_selection(self.env))
        if self.coverage != "limited" and self.measure != "duty":
            return labels[self.coverage]
        if self.by_stratum:
            quantities = self.line_ids.mapped("quantity")
            return self.env._(
                "From %(low)s to %(high)s depending on the stratum",
                low=formatLang(self.env, min(quantities), digits=0),
                high=self.uom_id._cdg47_format(max(quantities)),
            )
        return self._fixed_limit_sentence()

    def _limit_for(self, stratum):
        """Say what this line gives to one stratum: « 2 licences included ».

        :param cdg47.stratum stratum: a stratum, may be empty when none is decided
        :rtype: str
        """
        self.ensure_one()
        if not (self.by_stratum and stratum):
            return self._limit_sentence()
        quantity = self._quantity_for(stratum)
        if not quantity:
            return self.env._("None for your stratum")
        return self.env._(
            "%(amount)s included", amount=self.uom_id._cdg47_format(quantity)
        )

    def _fixed_limit_sentence(self):
        amount = self.uom_id._cdg47_format(self.quantity)
        if self.period == "once":
            return self.env._(
                "Included once, within a limit of %(amount)s", amount=amount
            )
        if self.period == "three_years":
            return self.env._(
                "Included every three years on request, within a limit of %(amount)s",
                amount=amount,
            )
        if self.period == "year":
            return self.env._("%(amount)s a year included", amount=amount)
        return self.env._("%(amount)s included", amount=amount)

    # === As a collectivité reads it in the portal ===
    def _portal_row(self, stratum):
        """Return this line as the portal shows it to a collectivité.

        :param cdg47.stratum stratum: the collectivité's
        :return: ``rule``, ``limit``, ``tone`` ("in", "ask" or "out"), ``notes`` and
            ``contents``: the words of Annexe 3 by kind
        :rtype: dict
        """
        self.ensure_one()
        none = self.by_stratum and stratum and not self._quantity_for(stratum)
        tones = {"included": "in", "limited": "in", "excluded": "out"}
        return {
            "rule": self,
            "limit": self._limit_for(stratum),
            "tone": "out" if none else tones.get(self.coverage, "ask"),
            "notes": self._portal_notes(),
            "contents": self._portal_contents(),
        }

    def _portal_notes(self):
        """Return the sentences that restrict this line: condition, needs, editor."""
        notes = []
        if self.condition:
            labels = dict(self._fields["condition"]._description_selection(self.env))
            notes.append(
                self.env._(
                    "When the collectivité: %(condition)s",
                    condition=labels[self.condition],
                )
            )
        if self.prerequisite_ids:
            notes.append(
                self.env._(
                    "Needs one of: %(services)s",
                    services=", ".join(self.prerequisite_ids.mapped("name")),
                )
            )
        if self.needs_editor:
            notes.append(self.env._("Depends on your Métiers software editor"))
        return notes

    def _portal_contents(self):
        """Return the words of Annexe 3 for these services, by kind, in the annex order.

        :return: list of (label of the kind, wordings)
        :rtype: list[tuple[str, list[str]]]
        """
        kinds = self.env["cdg47.service.step"]._fields["kind"]
        steps = self.product_ids.cdg47_step_ids.grouped("kind")
        return [
            (label, steps[kind].mapped("name"))
            for kind, label in kinds._description_selection(self.env)
            if kind in steps
        ]

    # === As the ledger asks it: kept in memory, for it changes once a year ===
    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        rules = super().create(vals_list)
        check_unused(rules)
        return rules

    def write(self, vals):
        self.check_access("write")
        check_unused(self, vals)
        self.env.registry.clear_cache()
        result = super().write(vals)
        if {"date_from", "date_to", "forfait_id"} & set(vals):
            check_unused(self)  # nor does it come to decide the past
        return result

    def unlink(self):
        self.check_access("unlink")
        check_unused(self)
        self.env.registry.clear_cache()
        return super().unlink()

    @api.model
    def _naming(self, product):
        """Return the rules that name a service, at any date, as superuser.

        They are read with all the others, at once.
        """
        ids_by_product = self._ids_by_product()
        rules_sudo = self.sudo().browse(ids_by_product.get(product.id, ()))
        return rules_sudo.with_prefetch(ids_by_product[False])

    @api.model
    def _all_rules(self):
        """Return every line of Annexe 1, at any date, as superuser."""
        ids = self._ids_by_product()[False]
        return self.sudo().browse(ids)

    @api.model
    @tools.ormcache()
    def _ids_by_product(self):
        """Return the rules by service, and all of them under False."""
        rules_sudo = self.sudo().search([("active", "=", True)])
        ids = {False: tuple(rules_sudo.ids)}
        for rule in rules_sudo:
            for product_id in rule.product_ids.ids:
                ids[product_id] = (*ids.get(product_id, ()), rule.id)
        return ids

    @api.model
    def _flow_rules(self, product):
        """Return the rules under which a service is used up, at any date."""
        return self._naming(product).filtered(lambda rule: rule._counts_uses())

    def _counts_uses(self):
        """Tell whether a service of this line is used up."""
        return self.measure == "flow" and self.coverage == "limited"

    def _right_key(self):
        """Name the right these rules give: the codes of the services that share it."""
        return "+".join(sorted(self.product_ids.mapped("default_code")))

    def _depends_on_holdings(self):
        """Tell whether one of these rules asks what is already held (R9)."""
        return any(
            rule.prerequisite_ids or rule.condition or rule.coverage == "study"
            for rule in self
        )

    def _is_in_force(self, day):
        """Tell whether this rule holds on a day."""
        return (not self.date_from or self.date_from <= day) and (
            not self.date_to or day <= self.date_to
        )

    def _explanation(self, limit=None):
        """Name the article and the line: what every verdict ends with (R10).

        :param str limit: what it gives, as printed in Annexe 1 by default
        """
        values = {"rule": self.name, "limit": limit or self.limit_text}
        if self.article:
            return self.env._(
                "%(article)s, « %(rule)s »: %(limit)s.", article=self.article, **values
            )
        return self.env._("« %(rule)s »: %(limit)s.", **values)

    @api.model
    def _duties_rendered(self, partners, day):
        """Return what the CDG has rendered of its duties in the year of a day.

        :rtype: dict[tuple[int, int], int]
        :return: partner id and rule id → times
        """
        return self.env["cdg47.duty"]._count_by_rule(partners, day)
