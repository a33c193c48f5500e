# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What Annexe 1 says of a service on a day. Reads, and writes nothing."""

from math import ceil

from ..lib.dates import months_to_year_end

# What is read of a service, and of its template, to say what a line gives.
SERVICE_FIELDS = (
    "active",
    "cdg47_allocation_kind",
    "cdg47_overage_product_id",
    "default_code",
    "product_tmpl_id",
)
TEMPLATE_FIELDS = (
    "categ_id",
    "cdg47_is_forfait",
    "cdg47_is_yearly",
    "cdg47_on_study",
    "name",
    "sale_ok",
    "uom_id",
)


# === The lines of a service ===
def in_catalogue(product):
    """Tell whether the annexes name this product."""
    return product.cdg47_is_forfait or product.cdg47_is_service


def lines_at(product, day, forfaits=None):
    """Return the lines of Annexe 1 that name a service on a day.

    :param product.template forfaits: of these forfaits only; of any by default
    :rtype: cdg47.quota.rule
    """
    lines = product.env["cdg47.quota.rule"]._naming(product)
    return lines.filtered(
        lambda line: (
            line._is_in_force(day) and (forfaits is None or line.forfait_id in forfaits)
        )
    )


def read_services(lines):
    """Read at once the services of lines, what continues them, and the forfaits.

    Asked one by one, each would bring all its columns, in a query of its own.
    """
    services = lines.with_context(active_test=False).product_ids
    services |= lines.overage_product_id
    services.fetch(SERVICE_FIELDS)
    services |= services.cdg47_overage_product_id
    services.fetch(SERVICE_FIELDS)
    (services.product_tmpl_id | lines.forfait_id).fetch(TEMPLATE_FIELDS)


def line_of(product, day):
    """Return the line that decides for a service on a day, whatever forfait is held.

    One that has ended still says what the service is, and what continues it.

    :rtype: cdg47.quota.rule
    """
    known = product.env["cdg47.quota.rule"]._naming(product)
    return (lines_at(product, day) or known)[:1]


def is_option_held(line, forfaits):
    """Tell whether the forfait that an option sells is held: the parapheur.

    :param product.template forfaits: those held
    """
    sold = line.overage_product_id.product_tmpl_id
    return line.coverage == "option" and bool(sold & forfaits)


def is_given(line, forfaits):
    """Tell whether forfaits give the service of a line: included, or their option."""
    is_included = line.coverage == "included" and line.forfait_id in forfaits
    return is_included or is_option_held(line, forfaits)


# === What is granted ===
def months_granted(convention, day):
    """Return how many months of a yearly quota a convention gives on a day.

    All, save in a first civil year that is granted by month (Money lines).

    :rtype: int
    """
    if (
        convention.company_id.cdg47_first_year_quota != "month"
        or convention.date_start.year != day.year
    ):
        return 12
    return months_to_year_end(convention.date_start)


def granted(rule, stratum, months=12):
    """Return what a line gives to a stratum: minutes, or whole units.

    :param int months: see :func:`months_granted`; whole units are rounded up
    :rtype: int
    """
    quantity = rule._quantity_for(stratum)
    if rule.period == "year" and months < 12:
        quantity = ceil(quantity * months / 12)
    return rule.uom_id._cdg47_amount(quantity)


# === What is held ===
def counted(allocations, products=None):
    """Return the allocations that count against a quota: provided by the CDG (R9).

    :param allocations: those held on a day
    :param product.product products: the services of the line, any by default
    :rtype: list[cdg47.allocation]
    """
    return [
        allocation
        for allocation in allocations
        if not allocation._is_outside_quota()
        and (products is None or allocation.product_id in products)
    ]


def units_held(allocations, products):
    """Return the units held against a line (R8), see :func:`counted`.

    :rtype: int
    """
    return sum(allocation.quantity for allocation in counted(allocations, products))


# === Beyond ===
def continuation(product, day, line=None, stratum=None):
    """Return the priced service that continues another, empty if none does.

    What the line says, save where the service says it for itself; a service that is
    sold continues itself, and nothing what is included without limit. A forfait is
    named by any of its variants: that of the stratum is sold.

    :param cdg47.quota.rule line: the line that decides, :func:`line_of` by default
    :param cdg47.stratum stratum: the stratum of the collectivité, if known
    :rtype: product.product
    """
    line = line or line_of(product, day)
    overage = product.cdg47_overage_product_id or line.overage_product_id
    if stratum and overage.cdg47_is_forfait:
        overage = overage.product_tmpl_id._cdg47_variant_for(stratum)
    if not overage and line.coverage != "included":
        overage = product
    return overage.filtered("sale_ok")


def continued_by(product, day):
    """Return the included services that a priced one continues on a day (R18).

    Not the yearly half-days, taken by registering to a group session, nor the
    installation of one software, which names it.

    :rtype: product.product
    """
    rules = product.env["cdg47.quota.rule"]._all_rules()
    return product.browse().union(
        *(
            service
            for rule in rules
            if rule.coverage == "limited"
            and rule.measure in ("flow", "level")
            and rule.period != "year"
            and rule._is_in_force(day)
            for service in rule.product_ids.with_env(product.env)
            if service != product
            and continuation(service, day, rule) == product
            and not service._cdg47_is_by_software()
        )
    )


# === The software editor ===
def is_barred(rule, products, supported):
    """Tell whether a line waits for an editor that supports its services (R9).

    An editor that is not known supports nothing yet: it is recorded first.

    :param product.product supported: what the editor of the collectivité allows
    """
    return bool(
        rule.needs_editor and rule.coverage != "study" and not products & supported
    )


def editor_refusal(partner, product, rules):
    """Say that the editor of a collectivité keeps a service from it (R9).

    :param cdg47.quota.rule rules: the lines of Annexe 1 that name the service
    :rtype: str or None
    """
    # An editor is no secret, and decides for portal users too.
    editor = partner.sudo().software_editor_id
    supported = editor.product_ids
    if not any(is_barred(rule, product, supported) for rule in rules):
        return None
    if not editor:
        return partner.env._(
            "%(service)s depends on the software editor: choose the one of "
            "%(name)s first.",
            service=product.name,
            name=partner.name,
        )
    return partner.env._(
        "%(service)s: the software editor of %(name)s, %(editor)s, does not "
        "support it.",
        service=product.name,
        name=partner.name,
        editor=editor.name,
    )
