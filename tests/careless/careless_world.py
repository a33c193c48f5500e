# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Where the careless year is lived: three collectivités with a convention, one without,
and the people of the centre de gestion."""

from datetime import date, datetime
from unittest.mock import patch

import freezegun
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user

from odoo.addons.cdg47_convention.tests.campaign_common import CampaignMixin
from odoo.addons.cdg47_convention.tests.common import ConventionCase
from odoo.addons.cdg47_helpdesk.tests.common import HelpdeskMixin
from odoo.addons.cdg47_training.tests.common import TrainingMixin

# Who measures how long this takes is left with the clock on the wall.
freezegun.configure(extend_ignore_list=["_pytest.", "hypothesis."])

SIGNED_ON = "2024-03-12 10:00:00"
FIRST_DAY = "2024-04-02 10:00:00"
SELLER = "sales_team.group_sale_salesman_all_leads"
# What nobody reads here, and no euro depends on.
QUIET = {
    "lang": "fr_FR",
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "mail_notify_force_send": False,
}


class CarelessCase(CampaignMixin, HelpdeskMixin, TrainingMixin, ConventionCase):
    """Everything that a sequence starts from, made once."""

    @classmethod
    def setUpClass(cls):
        freezer = freeze_time(SIGNED_ON)
        cls.clock = freezer.start()
        cls.addClassCleanup(freezer.stop)
        super().setUpClass()
        cls.startClassPatcher(
            patch.object(type(cls.env.cr), "now", lambda cr: datetime.now())
        )
        cls.env = cls.env(context={**cls.env.context, **QUIET})
        cls._set_up_people()
        cls._set_up_collectivites()
        cls.clock.move_to(FIRST_DAY)
        cls._set_up_sales()
        cls.env.flush_all()

    @classmethod
    def _set_up_people(cls):
        cls.seller = new_test_user(
            cls.env,
            "vendeuse",
            groups=f"{SELLER},cdg47_convention.group_convention_user",
        )
        # Sells in Odoo, and was never told of conventions.
        cls.newcomer = new_test_user(cls.env, "nouvelle", groups=SELLER)
        cls.accountant = new_test_user(
            cls.env, "comptable-annee", groups=f"account.group_account_manager,{SELLER}"
        )
        cls.technician = cls.make_technician("technicien-annee")
        cls.organiser, cls.trainer = (
            new_test_user(
                cls.env, login=role, groups=f"cdg47_training.group_training_{role}"
            )
            for role in ("manager", "trainer")
        )
        cls.editor = cls.env.ref("cdg47_convention.software_editor_partner")

    @classmethod
    def _set_up_collectivites(cls):
        both = cls.metiers | cls.techno
        cls.town = cls.make_member_signed(cls.make_commune(750, name="Ville"), both)
        cls.village = cls.make_member_signed(
            cls.make_commune(120, name="Village"), cls.techno
        )
        cls.annexe = cls.make_member_signed(
            cls.make_annexe(cls.town, 3, name="Régie"), cls.metiers
        )
        cls.stranger = cls.make_people(cls.make_commune(12000, name="Sans convention"))
        cls.collectivites = cls.town | cls.village | cls.annexe | cls.stranger
        cls.pen = cls.env["product.product"].create(
            {"name": "Clé USB", "list_price": 40, "type": "consu"}
        )

    @classmethod
    def make_people(cls, partner):
        partner.software_editor_id = cls.editor
        cls.make_portal_user(cls.make_signatory(partner))
        cls.make_agent(partner)
        return partner

    @classmethod
    def make_member_signed(cls, partner, forfaits):
        """Have a convention signed from 15 March, by its mayor in the portal."""
        cls.make_people(partner)
        cls.propose(partner, forfaits, date_start=date(2024, 3, 15)).action_propose()
        convention = partner.convention_ids
        order = convention.order_ids
        order.sudo()._cdg47_complete(
            {"deliberation_number": "2024-7", "deliberation_date": "2024-03-08"}
        )
        cls.sign_in_portal(order)
        if convention.state != "active":
            convention.with_user(cls.user_manager).action_countersign()
        return partner

    @classmethod
    def _set_up_sales(cls):
        """Sell a little of everything: the first gestures find something to touch."""
        for partner, code, quantity in (
            (cls.town, "CERT", 2),
            (cls.village, "BACKUP", 1),
            (cls.annexe, "EPP", 1),
        ):
            cls.sell(partner, code, quantity)
        for day, quantity in ((18, 1), (25, 2)):
            cls.town.convention_ids._consume(
                cls.service("AUDIT-SECU"),
                quantity,
                cls.unit("day"),
                date(2024, 3, day),
            )

    @classmethod
    def sell(cls, partner, code, quantity):
        """Quote a supplement and have it signed."""
        order = partner.convention_ids._quote_services(
            [
                {
                    "product_id": cls.service(code),
                    "quantity": quantity,
                    "kind": "supplement",
                }
            ]
        )
        cls.sign_in_portal(order)
        return order

    @classmethod
    def sign_in_portal(cls, order):
        """Sign as the mayor does: own login, and the checks of the page."""
        signatories = order.sudo().partner_id._cdg47_signatories()
        (mayor,) = signatories.user_ids[:1] or cls.env.ref("base.public_user")
        order_sudo = order.with_user(mayor).sudo()
        refusal = (
            order_sudo._cdg47_signatory_refusal(mayor) or order_sudo._cdg47_obstacle()
        )
        if refusal or not order_sudo._has_to_be_signed():
            raise UserError(refusal or "Rien à signer")
        cls.draw_signature(order_sudo, mayor.name, fields.Datetime.now())
