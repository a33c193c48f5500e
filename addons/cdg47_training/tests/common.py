# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Communes with a convention, sessions to come, and short ways to register."""

from datetime import datetime, timedelta

from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.cdg47_convention.lib.dates import today_in_paris
from odoo.addons.cdg47_convention.tests.common import ConventionCase, ConventionMixin
from odoo.addons.cdg47_convention.tests.ledger_common import LedgerMixin

MODULE = "cdg47_training"


class TrainingMixin(LedgerMixin, ConventionMixin):
    """Helpers shared by the transaction, the browser and the concurrency tests."""

    @classmethod
    def _set_up_training(cls):
        cls.env["res.lang"]._activate_lang("en_US")
        cls.today = today_in_paris()
        # A year in which every session of the tests falls, whatever the day.
        cls.year = cls.today.year + 1
        cls.env["product.pricelist.item"].search(
            [("pricelist_id", "=", cls.tariff.id)]
        ).unlink()
        for code, price in (
            ("FORM-SITE", 450),
            ("ATELIER", 300),
            ("FORM-OBLIG", 400),
            ("FORM-REGL", 420),
        ):
            cls.set_price(code, price)
        cls.editor = cls.env["cdg47.software.editor"].create(
            {
                "name": "Éditeur des essais",
                "product_ids": [Command.link(cls.service("FORM-GROUPE").id)],
            }
        )
        cls.other_editor = cls.env["cdg47.software.editor"].create(
            {"name": "Éditeur sans formation"}
        )
        cls.organiser, cls.trainer = (
            new_test_user(
                cls.env, login, groups=f"{MODULE}.group_training_{role}", lang="en_US"
            )
            for login, role in (("organiser", "manager"), ("trainer", "trainer"))
        )

    @classmethod
    def make_member(cls, name=None, forfaits=None, start=None, editor=None, **values):
        """Create a commune with a convention in force, its secretary and its mayor."""
        commune = cls.make_commune(
            750,
            software_editor_id=(cls.editor if editor is None else editor).id,
            lang="en_US",
            **({"name": name} if name else {}),
        )
        cls.make_convention_since(
            start or f"{cls.today.year}-01-01",
            commune,
            forfaits,
            date_end=values.pop("date_end", f"{cls.today.year + 5}-12-31"),
            **values,
        )
        cls.make_mandate(cls.make_contact("Secrétaire"), commune)
        return commune

    @classmethod
    def make_agent(cls, commune, name="Agent", **values):
        number = next(cls._numbers)
        agent = cls.make_contact(f"{name} {number}", parent_id=commune.id, **values)
        cls.make_mandate(agent, commune, "agent")
        return agent

    @classmethod
    def make_session(
        cls,
        kind="group",
        days=None,
        seats=12,
        publish=True,
        periods=("morning",),
        **vals,
    ):
        """Create a session with its half-days, open by default.

        :param days: the days of its half-days; by default in March of next year
        """
        number = next(cls._numbers)
        if days is None:
            days = [datetime(cls.year, 3, 1).date() + timedelta(days=number)]
        session = cls.env["event.event"].create(
            {
                "name": f"Session {number}",
                "event_type_id": cls.env.ref(f"{MODULE}.event_type_{kind}").id,
                "date_begin": f"{days[0]} 08:00:00",
                "date_end": f"{days[-1]} 17:00:00",
                "user_id": cls.organiser.id,
                "half_day_ids": [
                    Command.create(
                        {"date": day, "period": period, "trainer_id": cls.trainer.id}
                    )
                    for day in days
                    for period in periods
                ],
                **vals,
            }
        )
        session.write({"seats_limited": bool(seats), "seats_max": seats})
        if publish:
            session.action_publish()
        return session

    @classmethod
    def in_days(cls, days):
        return cls.today + timedelta(days=days)

    def register(self, session, commune, *agents, acceptance="portal", **values):
        """Register agents, a new one by default, as the portal does."""
        chosen = self.env["res.partner"].union(*agents) or self.make_agent(commune)
        return session._training_register(
            commune, chosen, acceptance=acceptance, **values
        )

    def mails_of(self, *records):
        return self.env["mail.mail"].search(
            [
                ("model", "=", records[0]._name),
                ("res_id", "in", [record.id for record in records]),
            ]
        )

    def left(self, commune, year=None):
        """Return the half-days left to a commune in a year, 2 when none was used."""
        right = self.env["cdg47.entitlement"].search(
            [
                ("partner_id", "=", commune.id),
                ("product_ids", "in", self.service("FORM-GROUPE").ids),
                ("date_start", "=", f"{year or self.year}-01-01"),
            ]
        )
        return right.left if right else 2.0


class TrainingCase(TrainingMixin, ConventionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Sentences are read as the CDG and the collectivités read them.
        cls.env = cls.env(context={**cls.env.context, "lang": "en_US"})
        cls._set_up_training()
        cls.commune = cls.make_member("Commune A")
        cls.commune.lang = "en_US"
