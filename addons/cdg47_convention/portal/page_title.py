# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the tab of the browser says of a page."""

SEPARATOR = " · "


def page_title(company, name, page_name, place):
    """Title a page: « Mon forfait · Aiguillon · CDG 47 ».

    :param res.company company: the centre de gestion
    :param str name: what the page calls itself, if it does
    :param str page_name: the key that Odoo's own pages have
    :param res.partner place: the collectivité the page is about, if there is one
    :rtype: str
    """
    words = str(name or "").strip() or _stock_names(company.env).get(page_name, "")
    # The name of a collectivité is read by whoever was shown its page.
    where = place.sudo().name if place else ""
    return SEPARATOR.join(filter(None, (words, where, company.sudo().name)))


def _stock_names(env):
    return {
        "home": env._("Home"),
        "quote": env._("Quotations"),
        "order": env._("Accepted orders"),
        "invoice": env._("Invoices"),
        "my_details": env._("My details"),
        "my_addresses": env._("My addresses"),
        "address_form": env._("My addresses"),
        "ticket": env._("My requests"),
        "convention": env._("Conventions"),
        "collectivites": env._("My collectivités"),
        "/web/login": env._("Sign in"),
        "/web/signup": env._("Create your access"),
        "/web/reset_password": env._("Choose your password"),
        "/web/login/totp": env._("Sign in: second step"),
    }


def entrance_title(env, path):
    """Name a page where one signs in: its heading of the first level.

    :rtype: str
    """
    return _stock_names(env).get(path.rstrip("/"), env._("Sign in"))
