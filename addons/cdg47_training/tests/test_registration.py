# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Eligibility, price before the click, half-days drawn once, acceptance, seats."""

from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import RedirectWarning, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.cdg47_convention.reading.quota_sheet import QuotaSheet
from odoo.addons.cdg47_training.portal.registration_page import price_of, status_of
from odoo.addons.cdg47_training.reading.eligibility import refusal
from odoo.addons.cdg47_training.reading.offer import offer_of

from .common import TrainingCase


@tagged("post_install", "-at_install")
class TestEligibility(TrainingCase):
    def refusal(self, session, commune):
        found = refusal(session, commune)
        return found and found[0]

    def test_a_member_may_register(self):
        self.assertIsNone(self.refusal(self.make_session(), self.commune))

    def test_refused_with_a_reason(self):
        """32 and the rest: forfait, editor, convention, state, reserved."""
        techno = self.make_member("Techno", self.techno)
        without_editor = self.make_member("Sans éditeur", editor=self.other_editor)
        nobody = self.make_commune(100, name="Sans convention")
        group = self.make_session()
        workshop = self.make_session("workshop")
        cases = (
            (group, techno, "forfait"),
            (group, without_editor, "editor"),
            (group, nobody, "convention"),
            (workshop, techno, None),
            (workshop, without_editor, None),
            (workshop, nobody, "convention"),
            (self.make_session(publish=False), self.commune, "closed"),
            (
                self.make_session(software_editor_ids=self.other_editor.ids),
                self.commune,
                "editor",
            ),
            (
                self.make_session("custom", reserved_partner_ids=techno.ids),
                self.commune,
                "reserved",
            ),
        )
        for session, commune, code in cases:
            with self.subTest(session=session.name, commune=commune.name):
                self.assertEqual(self.refusal(session, commune), code)
                agent = self.make_agent(commune)
                if code:
                    reason = refusal(session, commune)[1]
                    with self.assertRaises(ValidationError) as caught:
                        self.register(session, commune, agent)
                    self.assertEqual(str(caught.exception), reason)
                else:
                    self.register(session, commune, agent)

    def test_forfait_on_the_date_of_the_session(self):
        """30: a convention that ends before, or starts after, the session."""
        ended = self.make_member("Finit", date_end=f"{self.year}-02-01")
        later = self.make_member("Commence", start=f"{self.year}-04-01")
        session = self.make_session(days=[date(self.year, 3, 10)])
        self.assertEqual(self.refusal(session, ended), "convention")
        self.assertEqual(self.refusal(session, later), "convention")
        self.assertIsNone(
            self.refusal(self.make_session(days=[date(self.year, 4, 10)]), later)
        )

    def test_same_answer_by_rpc_import_and_public_route(self):
        """What creates registrations gets the same refusal."""
        techno = self.make_member("Techno", self.techno)
        session = self.make_session()
        agent = self.make_agent(techno)
        registrations = self.env["event.registration"].with_user(self.organiser)
        with self.assertRefused(ValidationError, "belongs to Forfait Métiers"):
            registrations.create(
                {
                    "event_id": session.id,
                    "collectivite_id": techno.id,
                    "agent_id": agent.id,
                }
            )
        result = registrations.load(
            ["event_id/.id", "collectivite_id/.id", "name", "email"],
            [[str(session.id), str(techno.id), "Jeanne", "j@example.com"]],
        )
        self.assertFalse(result["ids"])
        self.assertIn("belongs to Forfait Métiers", result["messages"][0]["message"])
        # What the public form of Odoo's website does: no collectivité.
        with self.assertRefused(ValidationError, "made by the collectivité"):
            self.env["event.registration"].sudo().create(
                {"event_id": session.id, "name": "Anonyme", "email": "a@example.com"}
            )
        self.assertFalse(session.registration_ids)

    def test_agent_of_another_commune(self):
        """40: an agent who moved is no longer registered by the former commune."""
        agent = self.make_agent(self.commune)
        agent.own_mandate_ids.write({"date_end": self.in_days(-1)})
        with self.assertRefused(ValidationError, "is not among the agents"):
            self.register(self.make_session(), self.commune, agent)

    def test_same_agent_twice(self):
        """39: by id, by address whatever the case, by name without address."""
        session = self.make_session()
        agent = self.make_agent(self.commune)
        self.register(session, self.commune, agent)
        with self.assertRefused(ValidationError, "already"):
            self.register(session, self.commune, agent)
        same = self.env["event.registration"]._training_agent(
            self.commune, agent.name.upper(), agent.email.upper()
        )
        self.assertEqual(same, agent)
        by_name = self.env["event.registration"]._training_agent(
            self.commune, agent.name
        )
        self.assertEqual(by_name, agent)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.env.cr.execute(
                "INSERT INTO event_registration (event_id, agent_id, state) "
                "VALUES (%s, %s, 'open')",
                [session.id, agent.id],
            )

    def test_overlapping_sessions(self):
        """41: one session at a time."""
        day = date(self.year, 3, 20)
        agent = self.make_agent(self.commune)
        self.register(self.make_session(days=[day]), self.commune, agent)
        with self.assertRefused(ValidationError, "at that time"):
            self.register(self.make_session(days=[day]), self.commune, agent)
        afternoon = self.make_session(days=[day], periods=("afternoon",))
        self.assertTrue(self.register(afternoon, self.commune, agent))


@tagged("post_install", "-at_install")
class TestEditorAtEveryDoor(TrainingCase):
    """One collectivité, one answer of its editor at five doors (R9)."""

    def setUp(self):
        super().setUp()
        self.partner = self.make_member("Commune aux cinq portes")
        self.convention = self.partner.convention_ids
        self.session = self.make_session()
        self.day = self.session.half_day_ids.date

    def doors(self):
        """Return the refusal said at each door, None where it is open."""
        product = self.service("FORM-GROUPE")
        line = next(
            line
            for line in QuotaSheet(self.env, self.partner).lines_of(self.partner)
            if line.product == product
        )
        asked = self.convention._check_coverage(
            product, 1, self.env.ref("cdg47_convention.uom_half_day"), self.day
        )
        registering = refusal(self.session, self.partner)
        obstacle = self.partner._cdg47_obstacle(self.service("PES"))
        said = {
            "sheet": line.sentence if line.state == "barred" else None,
            "dry run": asked["obstacle"] and asked["reason"],
            "registration": registering and registering[1],
            "access": obstacle and obstacle[0],
        }
        if "helpdesk.ticket" in self.env:
            said["ticket"] = self.said_of_a_ticket()
        return said

    def said_of_a_ticket(self):
        ticket = self.env["helpdesk.ticket"].create(
            {
                "name": "PES",
                "description": "<p>PES</p>",
                "collectivite_id": self.partner.id,
                "service_id": self.service("PES").id,
            }
        )
        is_open = ticket.proposed_coverage == "included"
        return None if is_open else ticket.proposed_verdict

    def test_unknown(self):
        self.partner.software_editor_id = False
        for door, said in self.doors().items():
            with self.subTest(door):
                self.assertIn("depends on the software editor: choose", said or "")

    def test_unknown_leads_on(self):
        """In one click, to who may record it; said only to who may not."""
        self.partner.software_editor_id = False
        with self.assertRaises(RedirectWarning) as caught:
            self.register(self.session, self.partner)
        _message, action, *_button = caught.exception.args
        self.assertEqual(action["res_id"], self.partner.id)
        self.assertFalse(self.session.registration_ids)

    def test_that_does_not_support_it(self):
        self.partner.software_editor_id = self.other_editor
        for door, said in self.doors().items():
            with self.subTest(door):
                self.assertIn(f"{self.other_editor.name}, does not support", said or "")

    def test_that_supports_it(self):
        self.editor.product_ids |= self.service("PES")
        for door, said in self.doors().items():
            with self.subTest(door):
                self.assertIsNone(said)


@tagged("post_install", "-at_install")
class TestPrice(TrainingCase):
    def test_included_then_billed(self):
        """26, 44: seats are left, yet the third half-day of the year is billed."""
        agent = self.make_agent(self.commune)
        expected = (
            ("included", 0, "2\xa0half-days left out of 2"),
            ("included", 0, "1\xa0half-day left out of 2"),
            ("billed", 0.5, "225"),
        )
        for coverage, days, words in expected:
            session = self.make_session()
            offer = offer_of(session, self.commune)
            self.assertEqual((offer.coverage, offer.billed), (coverage, days))
            self.assertIn(words, offer.sentence)
            registration = self.register(session, self.commune, agent, shown=offer.key)
            self.assertEqual(registration.coverage, coverage)
            self.assertEqual(registration.billed_days, days)
            self.assertEqual(registration.offer_sentence, offer.sentence)
        line = registration.sale_line_id
        self.assertEqual(
            (line.product_id, line.product_uom_qty, line.price_unit, line.state),
            (self.service("FORM-SITE"), 0.5, 450, "sale"),
        )
        self.assertEqual(line.cdg47_kind, "overage")
        self.assertIn("Annexe 3 I b", line.cdg47_explanation)
        self.assertEqual(line.qty_to_invoice, 0)
        self.assertEqual(registration.acceptance, "portal")
        self.assertEqual(self.left(self.commune), 0)

    def test_whole_day_with_one_left(self):
        """24: two half-days with one left: one included, half a day billed."""
        self.register(self.make_session(), self.commune)
        session = self.make_session(periods=("morning", "afternoon"))
        offer = offer_of(session, self.commune)
        self.assertEqual(
            (offer.coverage, offer.included, offer.billed), ("partial", 1, 0.5)
        )
        registration = self.register(session, self.commune, shown=offer.key)
        self.assertEqual(registration.coverage, "partial")
        self.assertEqual(registration.sale_line_id.price_subtotal, 225)

    def test_three_agents_count_once(self):
        """25: three agents at one half-day draw one half-day."""
        session = self.make_session()
        agents = [self.make_agent(self.commune) for _ in range(3)]
        registrations = self.register(session, self.commune, *agents[:2])
        self.assertEqual(registrations.mapped("coverage"), ["included"] * 2)
        third = offer_of(session, self.commune)
        self.assertIn("Already counted", third.sentence)
        self.register(session, self.commune, agents[2])
        self.assertEqual(self.left(self.commune), 1)

    def test_each_agent_counts_by_setting(self):
        self.env.company.cdg47_half_day_once = False
        session = self.make_session()
        agents = [self.make_agent(self.commune) for _ in range(3)]
        offer = offer_of(session, self.commune, 3)
        self.assertEqual((offer.included, offer.billed), (2, 0.5))
        registrations = self.register(session, self.commune, *agents, shown=offer.key)
        self.assertEqual(self.left(self.commune), 0)
        self.assertEqual(sum(registrations.sale_line_id.mapped("product_uom_qty")), 0.5)

    def test_year_of_the_half_day(self):
        """23: registered this year for the next, the right of the next is drawn."""
        days = [date(self.year, 12, 31), date(self.year + 1, 1, 2)]
        session = self.make_session(days=days)
        offer = offer_of(session, self.commune)
        self.assertEqual(offer.included, 2)
        self.register(session, self.commune, shown=offer.key)
        self.assertEqual(self.left(self.commune), 1)
        self.assertEqual(self.left(self.commune, self.year + 1), 1)

    def test_billed_kinds_never_draw(self):
        """33: workshops, mandatory and regulatory trainings are billed by the day."""
        for kind, code, price in (
            ("workshop", "ATELIER", 300),
            ("mandatory", "FORM-OBLIG", 400),
            ("regulatory", "FORM-REGL", 420),
            ("custom", "FORM-SITE", 450),
        ):
            with self.subTest(kind=kind):
                session = self.make_session(kind, periods=("morning", "afternoon"))
                offer = offer_of(session, self.commune)
                self.assertEqual((offer.coverage, offer.amount), ("billed", price))
                registration = self.register(session, self.commune, shown=offer.key)
                line = registration.sale_line_id
                self.assertEqual(line.product_id, self.service(code))
                self.assertEqual(line.price_subtotal, price)
                self.assertFalse(line.cdg47_kind)
                self.assertTrue(line.cdg47_explanation)
                self.assertEqual(line.qty_to_invoice, 0)
        self.assertEqual(self.left(self.commune), 2)

    def test_price_missing(self):
        self.tariff.item_ids.filtered(
            lambda i: i.product_id == self.service("ATELIER")
        ).unlink()
        session = self.make_session("workshop")
        offer = offer_of(session, self.commune)
        self.assertEqual((offer.coverage, offer.code), ("refused", "price"))
        with self.assertRefused(UserError, "(?i)price missing"):
            self.register(session, self.commune)

    def test_price_changed_while_reading(self):
        """What is accepted is what was read: another registration took the last."""
        first, second, third = (self.make_session() for _ in range(3))
        shown = offer_of(third, self.commune).key
        self.register(first, self.commune)
        self.register(second, self.commune)
        with self.assertRefused(UserError, "changed while you were reading.*225"):
            self.register(third, self.commune, shown=shown)
        self.assertFalse(third.registration_ids)

    def test_unaccepted_is_never_billed(self):
        """R7: without acceptance what is beyond is listed, then regularised."""
        for _ in range(2):
            self.register(self.make_session(), self.commune)
        session = self.make_session()
        registration = self.register(session, self.commune, acceptance=None)
        self.assertEqual(registration.coverage, "billed")
        self.assertFalse(registration.sale_line_id)
        waiting = self.env["cdg47.training.participation"].search(
            [("is_unaccepted", "=", True), ("collectivite_id", "=", self.commune.id)]
        )
        self.assertEqual(waiting.event_id, session)
        action = waiting.with_user(self.organiser).action_regularise()
        mayor = self.make_signatory(self.commune)
        self.env["cdg47.training.regularise"].with_user(self.organiser).with_context(
            **action["context"]
        ).create({"accepted_by_id": mayor.id}).action_regularise()
        self.assertEqual(registration.sale_line_id.product_uom_qty, 0.5)
        self.assertEqual(registration.accepted_by_id, mayor)
        self.assertFalse(waiting.is_unaccepted)

    def test_what_a_cancellation_decides_is_not_entered(self):
        """An earlier day, or illness, would give back what a late one consumes."""
        session = self.make_session()
        registration = self.register(session, self.commune)
        other = self.env["sale.order"].create({"partner_id": self.commune.id})
        for values in (
            {"cancelled_on": "2024-01-01 10:00:00"},
            {"cancel_motive": "illness"},
            {"waiting_since": "2024-01-01 10:00:00"},
            {"waiting_priority": 99},
            {"sale_order_id": other.id},
            {"training_kind": "custom"},
        ):
            with self.subTest(values=values), self.assertRefused(UserError, "Price"):
                registration.with_user(self.organiser).write(values)
        registration.with_user(self.organiser).write({"phone": "05 00 00 00 01"})

    def test_written_request_from_the_back_office(self):
        session = self.make_session("workshop")
        wizard = self.env["cdg47.training.register"].with_user(self.organiser).create(
            {
                "event_id": session.id,
                "collectivite_id": self.commune.id,
                "new_agent_name": "Jeanne Neuve",
                "new_agent_email": "jeanne@example.com",
                "requested_by_id": self.commune.mandate_ids.contact_id[:1].id,
                "request_document": "JVBERg==",
                "request_filename": "courriel.pdf",
            }
        )  # fmt: skip
        self.assertIn("150", wizard.offer_sentence)
        wizard.action_register()
        registration = session.registration_ids
        self.assertEqual(registration.name, "Jeanne Neuve")
        self.assertEqual(registration.acceptance, "written")
        self.assertEqual(registration.sale_line_id.product_uom_qty, 0.5)
        self.assertIn(
            "courriel.pdf", registration.message_ids.attachment_ids.mapped("name")
        )
        mandate = registration.agent_id.own_mandate_ids
        self.assertEqual(
            (mandate.role, mandate.collectivite_id), ("agent", self.commune)
        )

    def test_acceptance_is_never_claimed(self):
        """A context comes from anybody: it accepts no price."""
        registrations = self.env["event.registration"].with_user(self.organiser)
        registration = registrations.with_context(training_acceptance="portal").create(
            {
                "event_id": self.make_session("workshop").id,
                "collectivite_id": self.commune.id,
                "agent_id": self.make_agent(self.commune).id,
            }
        )
        self.assertEqual(registration.coverage, "billed")
        self.assertFalse(registration.acceptance or registration.sale_line_id)

    def test_the_price_is_said_first_and_who_accepts_it(self):
        for words in ("It is included: you have", "It is included: you have"):
            offer = offer_of(self.make_session(), self.commune)
            self.assertTrue(offer.sentence.startswith(words), offer.sentence)
            self.assertTrue(offer.verdict.startswith(words), offer.verdict)
            self.register(self.make_session(), self.commune)
        offer = offer_of(self.make_session(), self.commune)
        for said in (offer.sentence, offer.verdict):
            self.assertTrue(said.startswith("It is not included: "), said)
            self.assertIn("225", said.partition("(")[0])
            self.assertIn("to be accepted by you, by registering.", said)

    def test_each_state_is_said_for_what_it_is(self):
        session = self.make_session()
        free, billed = self.commune, self.make_member()
        for _ in range(2):
            self.register(self.make_session(), billed)
        cancelled = self.register(session, free)
        self.assertEqual(
            status_of(cancelled), ("Seat reserved, convocation to come", "waiting")
        )
        cancelled._training_cancel("agent")
        self.assertIn("Registration cancelled (", status_of(cancelled)[0])
        self.assertEqual(price_of(cancelled), "")
        priced = self.register(session, billed)
        self.assertNotIn("invoiced", status_of(priced)[0], "ordered is not invoiced")
        self.assertRegex(price_of(priced), r"^Accepted on .*: \D*225")
        self.assertNotIn("to be accepted", price_of(priced), "it is already")

    def test_seats_are_counted_in_words(self):
        for seats, words in ((1, "1 seat left"), (3, "3 seats left")):
            session = self.make_session(seats=seats)
            self.assertEqual(session._training_seats_words(), words)

    def test_merged_commune_counts_the_use_of_the_former(self):
        """31: a commune nouvelle inherits what each of its communes used."""
        former = self.commune | self.make_member()
        new = self.make_member("Commune nouvelle")
        for commune, left in zip(former, ("1\xa0", None), strict=True):
            self.register(self.make_session(), commune)
            new.predecessor_ids |= commune
            offer = offer_of(self.make_session(), new)
            if left:
                self.assertIn(left, offer.sentence)
        self.assertEqual((offer.coverage, offer.amount), ("billed", 225))

    def test_another_stratum_keeps_what_was_used(self):
        """31: the half-days are the same for every stratum, so is what was used."""
        self.register(self.make_session(), self.commune)
        former, _reason = self.commune._cdg47_stratum_at(self.today)
        self.env["cdg47.census"].create(
            {
                "partner_id": self.commune.id,
                "date_from": self.today,
                "population_total": 12000,
                "has_population": True,
                "source": "INSEE",
            }
        )
        self.assertNotEqual(self.commune._cdg47_stratum_at(self.today)[0], former)
        offer = offer_of(self.make_session(), self.commune)
        self.assertEqual(offer.coverage, "included")
        self.assertIn("1\xa0", offer.sentence)

    def test_decided_values_are_never_entered(self):
        session = self.make_session()
        registration = self.register(session, self.commune)
        mine = registration.with_user(self.organiser)
        for values in (
            {"coverage": "included"},
            {"billed_days": 3},
            {"collectivite_id": self.make_member().id},
            {"event_id": self.make_session().id},
            {"active": False},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                mine.write(values)
        with self.assertRaises(UserError):
            registration.unlink()


@tagged("post_install", "-at_install")
class TestSeats(TrainingCase):
    def test_full(self):
        session = self.make_session(seats=2)
        agents = [self.make_agent(self.commune) for _ in range(3)]
        with self.assertRefused(UserError, "2 seats are left for 3 agents"):
            self.register(session, self.commune, *agents)
        self.register(session, self.commune, *agents[:2])
        with self.assertRefused(UserError, "0 seats"):
            self.register(session, self.commune, agents[2])
        with self.assertRaises(ValidationError):
            self.env["event.registration"].create(
                {
                    "event_id": session.id,
                    "collectivite_id": self.commune.id,
                    "agent_id": agents[2].id,
                }
            )

    def test_unlimited(self):
        """36: no limit, no waiting list."""
        session = self.make_session(seats=0)
        agents = [self.make_agent(self.commune) for _ in range(15)]
        self.assertEqual(len(self.register(session, self.commune, *agents)), 15)

    def test_capacity_lowered_below_registered(self):
        """35: those registered stay, nobody enters."""
        session = self.make_session(seats=3)
        agents = [self.make_agent(self.commune) for _ in range(4)]
        self.register(session, self.commune, *agents[:3])
        session.seats_max = 2
        self.assertEqual(session.seats_taken, 3)
        with self.assertRaises(UserError):
            self.register(session, self.commune, agents[3])

    def test_half_days_accepted_do_not_change_in_number(self):
        session = self.make_session()
        self.register(session, self.commune)
        with self.assertRefused(UserError, "accepted the half-days"):
            session.half_day_ids.unlink()
        with self.assertRefused(UserError, "accepted the half-days"):
            session.half_day_ids.copy({"period": "afternoon"})

    def test_ordinary_events_are_untouched(self):
        event = self.env["event.event"].create({"name": "Cérémonie des vœux"})
        registration = self.env["event.registration"].create(
            {"event_id": event.id, "name": "Invité", "email": "i@example.com"}
        )
        self.assertEqual(registration.state, "open")
        registration.action_cancel()
        self.assertEqual(registration.state, "cancel")
        registration.unlink()
