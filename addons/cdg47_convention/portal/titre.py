# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Where an invoice stands with the comptable public, in the words of who owes it.

A collectivité pays the titre, not the invoice: Odoo's « waiting for payment » would
stay on what the comptable has long collected (R12).
"""

from dataclasses import dataclass

from odoo.tools.misc import formatLang

from .words import in_full

SETTLED = ("collected", "cancelled", "lost")


@dataclass
class Titre:
    """What a page says of the titre of an invoice.

    :param str tone: "done", "waiting" or "over"
    :param float due: euros that remain to be paid
    """

    sentence: str
    tone: str
    due: float


def titre(move):
    """Return where a posted invoice of a collectivité stands; None for anybody else's.

    :param account.move move: as superuser or as its reader
    :rtype: Titre | None
    """
    # Who reads an invoice may not read its debtor: a commune whose invoices go to it.
    debtor_sudo = move.commercial_partner_id.sudo()
    if not debtor_sudo.collectivite_type or move.state != "posted":
        return None
    env = move.env
    if move.move_type == "out_refund":
        return Titre(env._("Credit note: it reduces what you owe"), "done", 0.0)
    if move.payment_state == "reversed":
        return Titre(env._("Credited: nothing is owed"), "done", 0.0)
    if move.payment_state == "paid":
        return Titre(env._("Paid"), "done", 0.0)
    collection = move.cdg47_collection or "to_issue"
    due = 0.0 if collection in SETTLED else move.amount_residual
    if collection == "partial":
        due = max(due - move.cdg47_collected_amount, 0.0)
    tone = "done" if collection in SETTLED else "waiting"
    return Titre(_words(move, collection), tone, due)


def _words(move, collection):
    env = move.env
    number = move.cdg47_title_number or ""
    words = {
        "to_issue": env._("Titre to come: nothing is to be paid before it"),
        "issued": env._("Titre %(number)s issued"),
        "partial": env._("Titre %(number)s: %(amount)s collected"),
        "collected": env._("Titre %(number)s collected"),
        "cancelled": env._("Titre %(number)s cancelled: nothing is owed"),
        "lost": env._("Titre %(number)s written off: nothing is owed"),
    }[collection]
    sentence = words % {
        "number": number,
        "amount": formatLang(
            env, move.cdg47_collected_amount, currency_obj=move.currency_id
        ),
    }
    day = {"issued": move.cdg47_title_date, "collected": move.cdg47_collected_on}.get(
        collection
    )
    if day:
        return env._("%(what)s on %(date)s", what=sentence, date=in_full(env, day))
    return sentence
