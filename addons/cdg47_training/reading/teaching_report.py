# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The « bilan pédagogique et financier » of a year (Cerfa 10443, art. L6352-11).

What the trainings tell, in the boxes of the form; the rest is said as to be typed.
"""

from datetime import date
from typing import NamedTuple

from odoo.fields import Domain

# What an agent at a training pays it with, as its registration says.
FINANCING = ("included", "partial", "billed")
# Of the trainees that no centre de gestion has.
NOBODY = 0, 0.0


class Box(NamedTuple):
    """A line of the form; what is None is to be typed."""

    code: str
    label: str
    trainees: int | None = None
    hours: float | None = None
    amount: float | None = None
    is_total: bool = False

    @property
    def is_to_type(self):
        return self.trainees is None and self.hours is None and self.amount is None


class Section(NamedTuple):
    """A frame of the form: what its two columns of numbers are, and its lines."""

    title: str
    head: tuple
    boxes: list


class TeachingReport:
    """Reads the trainings of one company in one civil year.

    A trainee is an agent present at one training: twice for two trainings, as the
    notice of the form asks.
    """

    def __init__(self, env, company, year):
        # The form gives sums, whoever of the organisers reads it.
        self.env = env
        self.company = company
        self.first, self.last = date(year, 1, 1), date(year, 12, 31)
        self._read_attendances()

    def _within(self, field):
        return Domain(field, ">=", self.first) & Domain(field, "<=", self.last)

    def _of_company(self, field="company_id"):
        return Domain(field, "in", (self.company.id, False))

    def _read_attendances(self):
        """Sum the hours attended on locked sheets, by registration and half-day."""
        present = (
            self._within("date")
            & self._of_company()
            & Domain("status", "=", "present")
            & Domain("hours", ">", 0)
            & Domain("half_day_id.sheet_state", "=", "locked")
        )
        rows = (
            self.env["cdg47.training.attendance"]
            .sudo()
            ._read_group(present, ["registration_id"], ["hours:sum"])
        )
        self.hours = dict(rows)
        half_days = (
            self.env["cdg47.training.half.day"]
            .sudo()
            .search(
                self._within("date")
                & self._of_company()
                & Domain("attendance_ids", "any", present)
            )
        )
        self.half_days = half_days

    # === What is counted ===
    def count(self, kept=lambda registration: True):
        """Return how many trainees are kept, and their hours.

        :rtype: tuple[int, float]
        """
        hours = [spent for agent, spent in self.hours.items() if kept(agent)]
        return len(hours), round(sum(hours), 2)

    def products(self):
        """Return what the invoices of the year ask for trainings, credits deducted.

        :rtype: float
        """
        services = self.services()
        lines_sudo = self.env["account.move.line"].sudo()
        ((balance,),) = lines_sudo._read_group(
            self._within("invoice_date")
            & Domain("company_id", "=", self.company.id)
            & Domain("move_type", "in", ("out_invoice", "out_refund"))
            & Domain("parent_state", "=", "posted")
            & Domain("display_type", "=", "product")
            & Domain("product_id", "in", services.ids),
            [],
            ["balance:sum"],
        )
        return round(-(balance or 0.0), 2)

    def services(self):
        """Return the services that trainings draw or bill."""
        services = self.env["product.product"].sudo()
        for model, domain in (
            ("event.type", [("training_kind", "!=", False)]),
            ("event.event", [("training_kind", "!=", False)]),
        ):
            rows = self.env[model].sudo()._read_group(domain, ["training_product_id"])
            services |= services.union(*(product for (product,) in rows))
        billed = (
            self.env["cdg47.training.participation"]
            .sudo()
            .search([("sale_line_id", "!=", False)])
        )
        return services | billed.sale_line_id.product_id

    # === The frames of the form ===
    def sections(self):
        """Return the frames of the form, then the detail behind them.

        :rtype: list[Section]
        """
        return [
            self._origin_of_products(),
            self._charges(),
            self._trainers(),
            self._kinds_of_trainees(),
            self._entrusted_to_others(),
            self._purposes(),
            self._specialities(),
            self._entrusted_by_others(),
            self._detail(),
        ]

    def _money(self):
        return ("amount", self.env._("Amount excluding tax"))

    def _counted(self, whom=None, hours=None):
        whom = whom or self.env._("Trainees")
        return ("trainees", whom), (
            "hours",
            hours or self.env._("Hours of the trainees"),
        )

    def _origin_of_products(self):
        amount = self.products()
        return Section(
            self.env._("C. Financial report: origin of the products"),
            (self._money(),),
            [
                Box("C1", self.env._("Companies, for the training of their employees")),
                Box("C2", self.env._("Bodies that manage the funds of training")),
                Box(
                    "C3",
                    self.env._("Public authorities, for the training of their agents"),
                    amount=amount,
                ),
                Box("C4-C8", self.env._("Public authorities, for specific audiences")),
                Box("C9", self.env._("Persons who pay for themselves")),
                Box("C10", self.env._("Other training bodies")),
                Box(
                    "C11",
                    self.env._(
                        "Other products: share of the forfaits that pays for trainings"
                    ),
                ),
                Box(
                    "",
                    self.env._("Total known here, the boxes to be typed left out"),
                    amount=amount,
                    is_total=True,
                ),
                Box("", self.env._("Share of trainings in the turnover (%)")),
            ],
        )

    def _charges(self):
        return Section(
            self.env._("D. Financial report: charges"),
            (self._money(),),
            [
                Box("D", self.env._("Charges of the training activity")),
                Box("", self.env._("of which pay of the trainers")),
                Box("", self.env._("of which trainings bought and fees")),
            ],
        )

    def _trainers(self):
        return Section(
            self.env._("E. Who gave the hours of training"),
            self._counted(self.env._("Trainers"), self.env._("Hours given")),
            [
                Box(
                    "E1",
                    self.env._("Persons of the body who gave hours of training"),
                    len(self.half_days.trainer_id),
                    round(sum(self.half_days.mapped("hours")), 2),
                ),
                Box("E2", self.env._("Persons from outside, under subcontract")),
            ],
        )

    def _kinds_of_trainees(self):
        everybody = self.count()
        return Section(
            self.env._("F1. Kinds of trainees"),
            self._counted(),
            [
                Box("a", self.env._("Employees of private employers"), *NOBODY),
                Box("b", self.env._("Apprentices"), *NOBODY),
                Box("c", self.env._("Persons looking for a job"), *NOBODY),
                Box("d", self.env._("Private persons at their own expense"), *NOBODY),
                Box(
                    "e",
                    self.env._("Other trainees (agents of public authorities)"),
                    *everybody,
                ),
                Box("", self.env._("Total"), *everybody, is_total=True),
                Box(
                    "",
                    self.env._("of which at a distance"),
                    *self.count(lambda r: r.event_id.location_kind == "remote"),
                ),
                Box("", self.env._("of which with a disability")),
            ],
        )

    def _entrusted_to_others(self):
        return Section(
            self.env._("F2. Subcontracted activity"),
            self._counted(),
            [
                Box(
                    "F2",
                    self.env._("Trainees whose training was entrusted to another body"),
                )
            ],
        )

    def _purposes(self):
        everybody = self.count()
        return Section(
            self.env._("F3. Purpose of what was given"),
            self._counted(),
            [
                Box(
                    "a",
                    self.env._("Diplomas and titles of the national directory"),
                    0,
                    0.0,
                ),
                Box(
                    "b", self.env._("Certifications of the specific directory"), 0, 0.0
                ),
                Box(
                    "c", self.env._("Professional certificates not registered"), 0, 0.0
                ),
                Box("d", self.env._("Other professional trainings"), *everybody),
                Box("e", self.env._("Skills assessments"), *NOBODY),
                Box(
                    "f", self.env._("Support for the validation of experience"), 0, 0.0
                ),
                Box("", self.env._("Total"), *everybody, is_total=True),
            ],
        )

    def _specialities(self):
        return Section(
            self.env._("F4. Specialities of training"),
            self._counted(),
            [
                Box("F4", self.env._("The five main specialities, by their code")),
                Box("", self.env._("Total"), *self.count(), is_total=True),
            ],
        )

    def _entrusted_by_others(self):
        return Section(
            self.env._("G. Trainees entrusted by another training body"),
            self._counted(),
            [Box("G", self.env._("Trainees and hours entrusted to the body"))],
        )

    # === Behind the form ===
    def _detail(self):
        """Return hours and trainees by kind of action and by financing."""
        registrations = self.env["event.registration"]
        paid = dict(registrations._fields["coverage"]._description_selection(self.env))
        kinds = registrations._fields["training_kind"]._description_selection(self.env)
        boxes = []
        for kind, label in kinds:
            boxes += [
                Box(label, paid.get(coverage) or self.env._("Not said"), *counted)
                for coverage in (*FINANCING, "other")
                if (counted := self._count_of(kind, coverage))[0]
            ]
        if boxes:
            total = Box(self.env._("Total"), "", *self.count(), is_total=True)
            boxes.append(total)
        return Section(
            self.env._("Detail: kinds of trainings and financing"),
            self._counted(),
            boxes,
        )

    def _count_of(self, kind, coverage):
        return self.count(
            lambda r: (
                r.training_kind == kind
                and (r.coverage if r.coverage in FINANCING else "other") == coverage
            )
        )
