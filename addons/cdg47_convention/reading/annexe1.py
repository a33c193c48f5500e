# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What Annexe 1 says of a service on a day. Reads, and writes nothing."""

from math import ceil

from ..lib.dates import months_to_year_end


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


def continuation(product, day, stratum=None):
    """Return the priced service that continues another on a day, empty if none does.

    A service that is sold continues itself.

    :param cdg47.stratum stratum: the stratum of the collectivité, if known
    :rtype: product.product
    """
    rules = product.env["cdg47.quota.rule"]._naming(product)
    rule = rules.filtered(lambda rule: rule._is_in_force(day))[:1]
    overage = rule._overage_product_for(product, stratum) if rule else product
    return overage.filtered("sale_ok") or product.filtered("sale_ok")


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
            if rule._overage_product_for(service) == product
            and not service._cdg47_is_by_software()
        )
    )


def is_barred(rule, products, editor):
    """Tell whether a line waits for an editor that supports its services (R9).

    An editor that is not known supports nothing yet: it is recorded first.

    :param cdg47.software.editor editor: of the collectivité, empty if not known
    """
    return bool(
        rule.needs_editor
        and rule.coverage != "study"
        and not products & editor.product_ids
    )


def editor_refusal(partner, product, rules):
    """Say that the editor of a collectivité keeps a service from it (R9).

    :param cdg47.quota.rule rules: the lines of Annexe 1 that name the service
    :rtype: str or None
    """
    # An editor is no secret, and decides for portal users too.
    editor = partner.sudo().software_editor_id
    if not any(is_barred(rule, product, editor) for rule in rules):
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
