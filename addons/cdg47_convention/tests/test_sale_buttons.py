# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Each button of an order, for each who sells: it works, or a sentence says why not."""

from freezegun import freeze_time
from lxml import etree
from psycopg2 import Error

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from .test_plain_quotation import PlainSaleCase

USER = "cdg47_convention.group_convention_user"
SALES = "sales_team.group_sale_salesman"
ALL = f"{SALES}_all_leads"
WHO = {
    "own documents": SALES,
    "salesperson": ALL,
    "salesperson of conventions": f"{ALL},{USER}",
    "administrator of sales": "sales_team.group_sale_manager",
    "manager": "cdg47_convention.group_convention_manager",
    "accountant who sells": f"account.group_account_invoice,{ALL}",
}


class _Undone(Exception):
    """Leaves the savepoint."""


@freeze_time("2024-06-20 10:00:00")
class ButtonsCase(PlainSaleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.price_forfaits(cls)
        cls.sellers = {
            role: new_test_user(cls.env, f"buttons{number}", groups=groups)
            for number, (role, groups) in enumerate(WHO.items())
        }

    def signed(self):
        return self.accept(self.quote("CERT", 1, "supplement"))

    def fee(self):
        return self.make_signed_convention().order_ids

    def ordinary(self):
        chair = {"name": "Chaise", "list_price": 40, "invoice_policy": "order"}
        order = self.env["sale.order"].create(
            {
                "partner_id": self.make_contact().id,
                "order_line": [
                    (0, 0, {"product_id": self.env["product.product"].create(chair).id})
                ],
            }
        )
        order.action_confirm()
        return order

    def cancelled(self, order):
        order._action_cancel()
        return order

    def invoiced(self, order, end="draft"):
        move = order._create_invoices()
        if end == "posted":
            move.action_post()
        elif end == "cancel":
            move.button_cancel()
        return order

    def orders(self):
        """Return an order of each kind, in each state it may be met in."""
        quoted = self.quote("CERT", 1, "supplement")
        sent = self.quote("CERT", 1, "supplement")
        sent.action_quotation_sent()
        orders = {
            "quoted": quoted,
            "sent": sent,
            "refused": self.cancelled(self.quote("CERT", 1, "supplement")),
            "proposal": self.make_convention().pending_order_id,
            "proposal refused": self.cancelled(self.make_convention().pending_order_id),
        }
        for kind in ("signed", "fee", "ordinary"):
            make = getattr(self, kind)
            orders[kind] = make()
            for end in ("draft", "posted", "cancel"):
                orders[f"{kind}, invoice {end}"] = self.invoiced(make(), end)
        orders["signed, cancelled"] = self.cancelled(self.signed())
        orders["ordinary, cancelled"] = self.cancelled(self.ordinary())
        return orders


@tagged("post_install", "-at_install")
class TestEachButton(ButtonsCase):
    def buttons(self, user):
        orders = self.env["sale.order"].with_user(user)
        arch = etree.fromstring(orders.get_view(view_type="form")["arch"])
        names = {
            node.get("name") for node in arch.xpath("//field[not(ancestor::field)]")
        }
        return arch.xpath("//header//button | //div[@name='button_box']//button"), names

    def shown(self, order, names):
        """Return what the screen knows of an order."""
        kinds = ("one2many", "many2many", "binary")
        shown = {
            name: order[name].id if order._fields[name].relational else order[name]
            for name in names
            if order._fields[name].type not in kinds
        }
        return {**shown, "id": order.id, "active_id": order.id, "context": {}}

    def press(self, order, button, shown):
        """Press a button, and what it opens; return what went wrong, or None."""
        context = safe_eval(button.get("context") or "{}", dict(shown))
        try:
            with self.env.cr.savepoint():
                action = getattr(order.with_context(**context), button.get("name"))()
                self.env.flush_all()
                if isinstance(action, dict) and action.get("target") == "new":
                    opened = self.env[action["res_model"]].with_user(order.env.user)
                    opened = opened.with_context(**action.get("context") or {})
                    Form(opened.browse(action.get("res_id") or ()))
                raise _Undone
        except _Undone:
            return None
        except (AccessError, Error) as error:
            return str(error)
        except UserError:
            return None
        finally:
            self.env.invalidate_all()

    def test_it_works_or_says_why_not(self):
        orders = self.orders()
        pressed = 0
        for role, user in self.sellers.items():
            buttons, names = self.buttons(user)
            for name, order in orders.items():
                order.user_id = user
                shown = self.shown(order.with_user(user), names)
                for button in buttons:
                    if button.get("type") != "object" or safe_eval(
                        button.get("invisible") or "False", dict(shown)
                    ):
                        continue
                    fault = self.press(order.with_user(user), button, shown)
                    pressed += 1
                    with self.subTest(role, order=name, button=button.get("name")):
                        self.assertFalse(fault)
        self.assertGreater(pressed, 200)


@tagged("post_install", "-at_install")
class TestCancelled(ButtonsCase):
    def test_with_its_draft_by_who_reads_no_payment(self):
        for role, user in self.sellers.items():
            for make in (self.ordinary, self.ended):
                order = self.invoiced(make())
                order.user_id = user
                with (
                    self.subTest(role, order=make.__name__),
                    freeze_time("2027-07-02"),
                ):
                    order.with_user(user).action_cancel()
                    self.assertEqual(order.state, "cancel")
                    self.assertEqual(order.invoice_ids.mapped("state"), ["cancel"])

    def ended(self):
        """Return the order of a convention that is over."""
        order = self.fee()
        wizard = self.env["cdg47.convention.terminate"].with_user(self.user_manager)
        wizard.create(
            {
                "convention_id": order.convention_id.id,
                "kind": "date",
                "end_date": "2027-06-30",
                "end_reason_id": self.env.ref(
                    "cdg47_convention.end_reason_withdrawal"
                ).id,
                "reason": "Fusion",
            }
        ).action_terminate()
        with freeze_time("2027-07-02"):
            self.env["cdg47.convention"]._cron_expire()
        return order

    def test_a_forfait_in_force_is_ended_instead(self):
        """Cancelled, it would be held and owed by nobody."""
        for make in (self.fee, lambda: self.invoiced(self.fee(), "posted")):
            order = make()
            for role, user in self.sellers.items():
                order.user_id = user
                with (
                    self.subTest(role),
                    self.assertRefused(UserError, order.convention_id.name),
                ):
                    order.with_user(user).action_cancel()
            self.assertEqual(order.state, "sale")

    def test_signed_it_is_no_quotation_again(self):
        """Its lines would change under the old signature, and be confirmed by it."""
        order = self.cancelled(self.signed())
        for role, user in self.sellers.items():
            order.user_id = user
            own = order.with_user(user)
            for way in (
                own.action_draft,
                lambda own=own: own.write({"state": "draft"}),
                lambda own=own: own.write({"state": "sent"}),
                lambda own=own: own.write({"state": "sale"}),
            ):
                with self.subTest(role), self.assertRefused(UserError, "Maire"):
                    way()
        self.assertEqual((order.state, order.signed_by), ("cancel", "Maire"))

    def test_in_force_neither(self):
        order = self.signed().with_user(self.sellers["salesperson"])
        with self.assertRefused(UserError, "Maire"):
            order.write({"state": "draft"})

    def test_the_button_is_not_shown(self):
        seller = self.sellers["salesperson"]
        for order, is_hidden in (
            (self.cancelled(self.signed()), True),
            (self.cancelled(self.quote("CERT", 1, "supplement")), False),
        ):
            form = Form(order.with_user(seller))
            node = form._view["tree"].xpath("//button[@name='action_draft']")[0]
            shown = {
                name: form._values[name]
                for name in ("state", "convention_id", "signed_by")
            }
            hidden = safe_eval(node.get("invisible"), shown)
            self.assertEqual(bool(hidden), is_hidden)

    def test_proposed_again_by_a_duplicate(self):
        order = self.cancelled(self.signed())
        copy = order.with_user(self.sellers["salesperson of conventions"]).copy()
        self.assertRecordValues(
            copy,
            [
                {
                    "state": "draft",
                    "signed_by": False,
                    "convention_id": self.convention.id,
                }
            ],
        )
        # Cancelled, its place in the forfait is free: the included comes first (R18).
        self.assertEqual(copy.order_line.cdg47_asked_quantity, 1)

    def test_refused_unsigned_it_is_proposed_again(self):
        order = self.cancelled(self.quote("CERT", 1, "supplement"))
        order.with_user(self.sellers["salesperson"]).action_draft()
        self.assertEqual(order.state, "draft")

    def test_what_proves_is_not_deleted(self):
        seller = self.sellers["administrator of sales"]
        for order in (
            self.cancelled(self.signed()),
            self.make_convention().pending_order_id,
            self.cancelled(self.make_convention().pending_order_id),
        ):
            with (
                self.subTest(order.name),
                self.assertRefused(UserError, order.convention_id.name),
            ):
                order.with_user(seller).unlink()
        self.quote("CERT", 1, "supplement").with_user(seller).unlink()
