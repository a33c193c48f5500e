# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools.misc import formatLang

from ...lib.dates import today_in_paris
from ...reading.strata_table import BOUNDS, STATUSES, bounds_on, fault_of, has_decided


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

    past_bounds = fields.Json(
        readonly=True,
        copy=False,
        help="Bounds of before, each with its last day: what was decided stays.",
    )

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

    @api.constrains(*BOUNDS, *STATUSES, "active")
    def _check_table(self):
        """The strata always tile 0 to infinity, and none of them is archived."""
        if self.env.su and self.env.context.get("cdg47_deciding"):
            return  # checked once all are written
        fault = fault_of(self.with_context(active_test=False)._all_strata())
        if fault:
            sentence = f"{fault} {self._way()}"
            raise ValidationError(sentence)

    @api.model
    def _all_strata(self):
        """Return all the strata: Annexe 1 has ten."""
        return self.search(Domain.TRUE)

    def _way(self):
        return self.env._(
            "Bounds change together and from a date: « Change from a date », above the "
            "list of strata."
        )

    # === What was decided stays (g18) ===
    def write(self, vals):
        self.check_access("write")
        changed = [
            name
            for name in (*BOUNDS, *STATUSES)
            if name in vals and any(s[name] != (vals[name] or 0) for s in self)
        ]
        if not self.env.su and (changed or "past_bounds" in vals):
            self._check_unused()
        return super().write(vals)

    def _check_unused(self):
        for stratum in self:
            if has_decided(stratum):
                raise UserError(
                    self.env._(
                        "Stratum %(stratum)s has decided conventions. %(way)s",
                        stratum=stratum.code,
                        way=self._way(),
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_the_table(self):
        for stratum in self:
            if any(stratum[name] for name in ("has_population_bounds", *STATUSES)) or (
                stratum.has_agents_bounds
            ):
                raise UserError(
                    self.env._(
                        "Stratum %(stratum)s holds collectivités: it is kept.",
                        stratum=stratum.code,
                    )
                )

    @api.model
    def _revise(self, date_from, bounds):
        """Give strata other bounds from a day; before it, theirs stay.

        :param datetime.date date_from: first day of the new bounds
        :param dict bounds: what changes, by stratum
        :raise UserError: a closed year, a day before a change already recorded, or
            bounds that do not make a table
        """
        self._check_date_of_change(date_from)
        eve = fields.Date.to_string(fields.Date.subtract(date_from, days=1))
        # What was decided is changed by nobody; who asks is a manager, checked above.
        deciding = self.sudo().with_context(cdg47_deciding=True).env
        for stratum_sudo, values in bounds.items():
            stratum_sudo = stratum_sudo.with_env(deciding)
            past = list(stratum_sudo.past_bounds or ())
            if not any(former["date_to"] == eve for former in past):
                bounds_before = {name: stratum_sudo[name] for name in BOUNDS}
                past.append({"date_to": eve, **bounds_before})
            stratum_sudo.write({**values, "past_bounds": past})
        self._all_strata()._check_table()

    def _check_date_of_change(self, date_from):
        self.check_access("write")
        last = max(
            (
                former["date_to"]
                for stratum in self._all_strata()
                for former in stratum.past_bounds or ()
            ),
            default="",
        )
        today = today_in_paris()
        first = today.replace(month=1, day=1)
        if last:
            # What is recorded and not in force yet may still be corrected.
            day_after = fields.Date.add(fields.Date.to_date(last), days=1)
            is_in_force = day_after <= today
            first = max(first, fields.Date.add(day_after, days=int(is_in_force)))
        if date_from < first:
            raise UserError(
                self.env._(
                    "What a closed year decided stays, and so does a change already "
                    "recorded: choose a later day."
                )
            )

    def _contains(self, size, value, day):
        """Tell whether this row holds for a size on a day.

        :param str size: "population" (inhabitants) or "agents" (number of agents)
        :param int value: the size, 0 included
        :param datetime.date day: the bounds are those of this day
        :rtype: bool
        """
        self.ensure_one()
        bounds = bounds_on(self, day)
        return (
            bounds[f"has_{size}_bounds"]
            and bounds[f"{size}_min"] <= value
            and (bounds[f"{size}_unbounded"] or value <= bounds[f"{size}_max"])
        )
