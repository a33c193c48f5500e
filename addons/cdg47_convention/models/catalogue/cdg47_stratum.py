# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.misc import formatLang


class Cdg47Stratum(models.Model):
    """One row of the strata table of Annexe 1.

    Bounds are both included; 0 is a bound like any other (R2), so an open end is told
    apart by its own flag.
    """

    _name = "cdg47.stratum"
    _description = "Stratum"
    _order = "sequence, id"
    _rec_names_search = ["code", "name"]

    code = fields.Char(required=True)
    name = fields.Char(
        string="Label",
        required=True,
        help="Wording of the annex: it is a term of the convention, not translated.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    has_population_bounds = fields.Boolean(string="Sized by population")
    population_min = fields.Integer(string="Inhabitants from")
    population_max = fields.Integer(string="Inhabitants to")
    population_unbounded = fields.Boolean(string="No upper limit of inhabitants")

    has_agents_bounds = fields.Boolean(string="Sized by number of agents")
    agents_min = fields.Integer(string="Agents from")
    agents_max = fields.Integer(string="Agents to")
    agents_unbounded = fields.Boolean(string="No upper limit of agents")

    for_hosted = fields.Boolean(string="Hosted collectivités")
    for_non_affiliated = fields.Boolean(string="Non-affiliated collectivités")

    _code_unique = models.Constraint(
        "UNIQUE (code)", "A stratum with this code already exists."
    )

    @api.depends(
        "code", "name", "has_population_bounds", "population_min", "population_max",
        "population_unbounded",
    )  # fmt: skip
    @api.depends_context("lang")
    def _compute_display_name(self):
        """Keep lists readable: the code and the inhabitants, not the whole wording."""
        for stratum in self:
            stratum.display_name = f"{stratum.code} - {stratum._short_label()}"

    def _short_label(self):
        self.ensure_one()
        if not self.has_population_bounds:
            return self.name or ""
        low, high = (
            formatLang(self.env, bound, digits=0)
            for bound in (self.population_min, self.population_max)
        )
        if self.population_unbounded:
            return self.env._("%(low)s inhabitants and more", low=low)
        return self.env._("%(low)s to %(high)s inhabitants", low=low, high=high)

    @api.constrains(
        "has_population_bounds",
        "population_min",
        "population_max",
        "population_unbounded",
        "has_agents_bounds",
        "agents_min",
        "agents_max",
        "agents_unbounded",
    )
    def _check_bounds(self):
        for stratum in self:
            for size in ("population", "agents"):
                if not stratum[f"has_{size}_bounds"]:
                    continue
                low, high = stratum[f"{size}_min"], stratum[f"{size}_max"]
                if low < 0 or (not stratum[f"{size}_unbounded"] and high < low):
                    raise ValidationError(
                        self.env._(
                            "Stratum %(stratum)s: the bounds %(low)s and %(high)s "
                            "are not in order.",
                            stratum=stratum.code,
                            low=low,
                            high=high,
                        )
                    )

    def _contains(self, size, value):
        """Tell whether this row holds for a size.

        :param str size: "population" (inhabitants) or "agents" (number of agents)
        :param int value: the size, 0 included
        :rtype: bool
        """
        self.ensure_one()
        return (
            self[f"has_{size}_bounds"]
            and self[f"{size}_min"] <= value
            and (self[f"{size}_unbounded"] or value <= self[f"{size}_max"])
        )
