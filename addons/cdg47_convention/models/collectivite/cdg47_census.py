# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...lib.dates import today_in_paris

# What decides a stratum; where it comes from may be said better later.
FACTS = {
    "partner_id",
    "date_from",
    "population_total",
    "population_municipal",
    "has_population",
    "agents",
    "has_agents",
    "affiliation",
    "hosting",
    "hosted_by_id",
}


class Cdg47Census(models.Model):
    """Facts about a collectivité, in force from a date.

    An empty fact means "unchanged since the previous row"; 0 is a fact, which
    ``has_population`` and ``has_agents`` tell apart from an empty cell.
    """

    _name = "cdg47.census"
    _description = "Census"
    _order = "date_from desc, id desc"
    _rec_name = "date_from"

    partner_id = fields.Many2one(
        "res.partner",
        string="Collectivité",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("collectivite_type", "!=", False)],
    )
    date_from = fields.Date(
        string="In force from",
        required=True,
        default=lambda self: today_in_paris().replace(month=1, day=1),
    )
    population_total = fields.Integer(
        string="Total population", aggregator=None, help="Inhabitants, as published."
    )
    population_municipal = fields.Integer(
        string="Municipal population", aggregator=None
    )
    has_population = fields.Boolean(
        string="Population known",
        compute="_compute_has_population",
        store=True,
        readonly=False,
        help="Tells 0 inhabitants from an unknown population.",
    )
    agents = fields.Integer(aggregator=None, help="Number of agents.")
    has_agents = fields.Boolean(
        string="Agents known",
        compute="_compute_has_agents",
        store=True,
        readonly=False,
        help="Tells 0 agents from an unknown number of agents.",
    )
    affiliation = fields.Selection(
        [("affiliated", "Affiliated"), ("non_affiliated", "Non-affiliated")],
        help="Empty: unchanged (affiliated when never said).",
    )
    hosting = fields.Selection(
        [("own", "Own database"), ("hosted", "Hosted by another collectivité")],
        help="Hosted: uses the Métiers database of another collectivité. "
        "Empty: unchanged.",
    )
    hosted_by_id = fields.Many2one(
        "res.partner",
        string="Host",
        index="btree_not_null",
        ondelete="restrict",
        domain=[("collectivite_type", "!=", False)],
    )
    source = fields.Char(help="Where these facts come from: file, decree, letter.")

    _partner_date_unique = models.Constraint(
        "UNIQUE (partner_id, date_from)",
        "This collectivité already has facts in force from this date: edit them.",
    )
    _sizes_positive = models.Constraint(
        "CHECK (population_total >= 0 AND population_municipal >= 0 AND agents >= 0)",
        "A population or a number of agents cannot be negative.",
    )

    @api.depends("population_total", "population_municipal")
    def _compute_has_population(self):
        for census in self:
            census.has_population = census.has_population or bool(
                census.population_total or census.population_municipal
            )

    @api.depends("agents")
    def _compute_has_agents(self):
        for census in self:
            census.has_agents = census.has_agents or bool(census.agents)

    @api.constrains("hosting", "hosted_by_id", "partner_id")
    def _check_host(self):
        for census in self:
            if (census.hosting == "hosted") != bool(census.hosted_by_id):
                raise ValidationError(
                    self.env._(
                        "%(name)s: a hosted collectivité needs a host, and only a "
                        "hosted one has a host.",
                        name=census.partner_id.name,
                    )
                )
            if census.hosted_by_id == census.partner_id:
                raise ValidationError(
                    self.env._(
                        "%(name)s cannot be its own host.", name=census.partner_id.name
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        census = super().create(
            [
                {"has_population": False, "has_agents": False, **self._known(vals)}
                for vals in vals_list
            ]
        )
        census.partner_id._cdg47_review_strata()
        return census

    def write(self, vals):
        self.check_access("write")
        self._check_unused(vals)
        partners = self.partner_id
        result = super().write(self._known(vals))
        (partners | self.partner_id)._cdg47_review_strata()
        return result

    def unlink(self):
        self.check_access("unlink")
        self._check_unused(FACTS)
        partners = self.partner_id
        result = super().unlink()
        partners._cdg47_review_strata()
        return result

    def _check_unused(self, names):
        """Refuse to every user to change the facts that a term was signed on (R15)."""
        if self.env.su or not FACTS & set(names):
            return
        terms = self.env["cdg47.convention.term"].search(
            [("partner_id", "in", self.partner_id.ids), ("state", "=", "open")]
        )
        for census in self:
            used = terms.filtered(
                lambda term, c=census: (
                    term.partner_id == c.partner_id
                    and term.date_start >= c.date_from
                    and term.create_date >= c.create_date
                )
            )
            if used:
                raise UserError(
                    self.env._(
                        "The facts of %(name)s since %(date)s decided the stratum of "
                        "%(term)s: enter what changes from another date.",
                        name=census.partner_id.name,
                        date=census.partner_id._cdg47_format_date(census.date_from),
                        term=used[0].display_name,
                    )
                )

    @api.model
    def _known(self, vals):
        """Tick « known » for the sizes that these values state.

        A caller who writes 0 states a fact, an empty cell does not; a form that leaves
        the default also sends its own « known » box, which then decides.
        """
        known = {}
        if self._states_size(vals, "population_total", "population_municipal"):
            known["has_population"] = True
        if self._states_size(vals, "agents"):
            known["has_agents"] = True
        return {**known, **vals}

    @api.model
    def _states_size(self, vals, *names):
        """Tell whether values state one of these sizes: 0 does, an empty cell not."""
        return any(type(vals.get(name)) in (int, float) for name in names)

    def _facts(self):
        """Return the facts stated by this row, by name; empty ones are left out.

        :return: among ``total``, ``municipal`` and ``agents`` (each an int and the
            date it is in force from), ``affiliation`` (str) and ``host`` (res.partner,
            may be empty)
        :rtype: dict
        """
        self.ensure_one()
        return self._facts_of(self)

    @api.model
    def _facts_of(self, row):
        """Return the facts a row states, before or after it is written.

        :param row: a census, or a dict of the same fields with the values of a record
        :rtype: dict
        """
        facts = {}
        if row["has_population"]:
            populations = {
                "total": row["population_total"],
                "municipal": row["population_municipal"],
            }
            # Nobody lives where both are 0; a 0 beside a figure is an empty cell.
            for basis, population in populations.items():
                if population or not any(populations.values()):
                    facts[basis] = (population, row["date_from"])
        if row["has_agents"]:
            facts["agents"] = (row["agents"], row["date_from"])
        if row["affiliation"]:
            facts["affiliation"] = row["affiliation"]
        if row["hosting"]:
            facts["host"] = row["hosted_by_id"]
        return facts
