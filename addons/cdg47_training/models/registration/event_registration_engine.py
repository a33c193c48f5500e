# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

DECIDED = {
    "coverage", "verdict", "offer_sentence", "billed_days", "acceptance",
    "accepted_by_id", "accepted_on", "sale_line_id", "is_walk_in",
    "free_cancel_days", "late_cancel_consumes", "no_show_consumes", "is_late_cancel",
    "is_waiting", "offer_until", "convoked_version",
}  # fmt: skip
LIVING = ("open", "done")


class EventRegistration(models.Model):
    """Seats, eligibility, rights and price, decided under the guards by any route."""

    _inherit = "event.registration"

    # === CRUD ===
    @api.model_create_multi
    def create(self, vals_list):
        events = self.env["event.event"].browse(
            {vals["event_id"] for vals in vals_list if vals.get("event_id")}
        )
        trainings = events.sudo().filtered("training_kind")
        if not trainings:
            return super().create(vals_list)
        trainings._training_guard()
        vals_list = [
            self._prepare_training(vals)
            if vals.get("event_id") in trainings.ids
            else vals
            for vals in vals_list
        ]
        registrations = super().create(vals_list)
        ours = registrations.filtered("event_id.training_kind")
        ours.filtered(lambda r: r.state in LIVING)._training_take_seats()
        ours._training_send_receipts()
        return registrations

    def _prepare_training(self, vals):
        """Complete and check the values of one registration to a training."""
        if not self.env.su and DECIDED & set(vals):
            raise UserError(
                self.env._("Price, verdict and convocation are decided, never entered.")
            )
        session = self.env["event.event"].browse(vals["event_id"]).sudo()
        collectivite = self.env["res.partner"].browse(vals.get("collectivite_id"))
        if not collectivite:
            raise ValidationError(
                self.env._(
                    "Registrations to this training are made by the collectivité, in "
                    "its space or by the centre de gestion."
                )
            )
        agent = self.env["res.partner"].browse(vals.get("agent_id")).sudo()
        if not agent:
            agent = self._training_agent(
                collectivite, vals.get("name"), vals.get("email")
            ).sudo()
        self._check_may_register(session, collectivite, agent, vals)
        return {
            **vals,
            "state": "draft" if vals.get("is_waiting") else "open",
            "agent_id": agent.id,
            "name": agent.name,
            "email": agent.email or vals.get("email"),
            "company_name": collectivite.sudo().name,
            "partner_id": vals.get("partner_id") or self.env.user.partner_id.id,
            "free_cancel_days": session.free_cancel_days,
            "late_cancel_consumes": session.late_cancel_consumes,
            "no_show_consumes": session.no_show_consumes,
        }

    def _lead_on(self, session, collectivite, code):
        """Refuse with the button that records the editor, to who may record it (R9)."""
        is_known = collectivite.sudo().software_editor_id
        if code == "editor" and not is_known and self.env.user._is_internal():
            day = self.env["cdg47.convention"]._paris_day(session.date_begin)
            wanted = [(collectivite, session.training_product_id, day)]
            collectivite._cdg47_check_prerequisites(wanted)

    def _check_may_register(self, session, collectivite, agent, vals):
        """Refuse with the reason: eligibility, agent of another, registered twice."""
        refusal = session._training_refusal(collectivite)
        if refusal and not vals.get("is_walk_in"):
            self._lead_on(session, collectivite, refusal[0])
            raise ValidationError(refusal[1])
        if agent not in self._training_agents(collectivite):
            raise ValidationError(
                self.env._(
                    "%(agent)s is not among the agents of %(name)s today.",
                    agent=agent.name,
                    name=collectivite.sudo().name,
                )
            )
        twin = self.sudo().search(
            [
                ("event_id", "=", session.id),
                ("state", "!=", "cancel"),
                ("agent_id", "=", agent.id),
            ],
            limit=1,
        )
        if twin:
            raise ValidationError(
                self.env._(
                    "%(agent)s is registered to « %(session)s » already.",
                    agent=agent.name,
                    session=session.name,
                )
            )

    def write(self, vals):
        ours = self.filtered("event_id.training_kind")
        if not ours:
            return super().write(vals)
        ours._check_training_write(vals)
        if "state" in vals or "active" in vals:
            ours.event_id.sudo()._training_guard()
        were = {registration: registration.state for registration in ours}
        if vals.get("state") in LIVING:
            ours._check_may_reopen()
        result = super().write(vals)
        if vals.get("state") in LIVING:
            ours.filtered(lambda r: were[r] not in LIVING)._training_take_seats()
        elif vals.get("state") == "cancel":
            ours.filtered(lambda r: were[r] != "cancel")._training_leave_seats()
        return result

    def _check_training_write(self, vals):
        if not self.env.su and DECIDED & set(vals):
            raise UserError(
                self.env._("Price, verdict and convocation are decided, never entered.")
            )
        if not self.env.su and {"event_id", "collectivite_id", "agent_id"} & set(vals):
            raise UserError(
                self.env._("Cancel this registration, or replace its agent.")
            )
        living = self.filtered(lambda r: r.state != "cancel")
        if "active" in vals and not vals["active"] and living:
            raise UserError(self.env._("Cancel a registration before archiving it."))
        if vals.get("state") == "draft" and not self.env.su:
            raise UserError(
                self.env._("A registration to a training is not put back to draft.")
            )

    def _check_may_reopen(self):
        """A cancelled or waiting registration obeys today's rules to take a seat."""
        for registration in self.filtered(lambda r: r.state in ("draft", "cancel")):
            refusal = registration.event_id._training_refusal(
                registration.collectivite_id
            )
            if refusal:
                raise ValidationError(refusal[1])

    @api.ondelete(at_uninstall=False)
    def _unlink_except_training(self):
        if self.filtered("event_id.training_kind"):
            raise UserError(
                self.env._("A registration to a training is cancelled, never deleted.")
            )

    # === Seats taken ===
    def _training_take_seats(self):
        """Draw or bill the half-days of those who just took a seat."""
        # A context alone comes from anybody: only our own routes say it as superuser.
        acceptance = self.env.su and self.env.context.get("training_acceptance")
        for (session, collectivite), taken in self._by_session().items():
            taken_sudo = taken.sudo()
            taken_sudo.write(
                {
                    "is_waiting": False,
                    "offer_until": False,
                    "cancel_motive": False,
                    "cancelled_on": False,
                    "is_late_cancel": False,
                }
            )
            if taken_sudo[0].is_walk_in and session._training_refusal_of_walk_in(
                collectivite
            ):
                taken_sudo._mark_refused(session, collectivite)
                continue
            offer = session._training_offer_under_way(collectivite, taken)
            opened = taken_sudo._training_open_participations()
            line = opened._bill() if acceptance else opened.sale_line_id
            taken_sudo._training_keep_offer(offer, opened, line, acceptance)

    def _by_session(self):
        """Gather registrations by session and collectivité.

        :rtype: dict[tuple[event.event, res.partner], event.registration]
        """
        groups = {}
        for registration in self:
            key = registration.event_id, registration.collectivite_id
            groups[key] = groups.get(key, self.browse()) | registration
        return groups

    def _training_open_participations(self):
        """Open the half-days that these registrations add to their collectivité.

        :rtype: cdg47.training.participation
        """
        Participation = self.env["cdg47.training.participation"]
        collectivite = self.collectivite_id
        ledgers = self.env["cdg47.ledger"]
        ledgers._guard(ledgers._concerned(collectivite))
        once = self.env.company.cdg47_half_day_once
        session = self.event_id
        if once:
            counted = session._training_paid_half_days(session, collectivite)
            owners = [(half_day, False) for half_day in session.half_day_ids - counted]
        else:
            owners = [(h, r.id) for r in self for h in session.half_day_ids]
        opened = Participation.create(
            [
                {
                    "collectivite_id": collectivite.id,
                    "half_day_id": half_day.id,
                    "registration_id": registration_id,
                }
                for half_day, registration_id in owners
            ]
        )
        opened._draw()
        return opened

    def _training_keep_offer(self, offer, opened, line, acceptance):
        """Store what was shown, what came out of it, and who accepted it."""
        billed = sum(opened.mapped("billable"))
        drawn = sum(1 for p in opened if p.billable < 0.5)
        coverage = "included"
        if billed:
            coverage = "partial" if drawn else "billed"
        verdicts = [v for v in dict.fromkeys(opened.mapped("verdict")) if v]
        values = {
            "coverage": coverage,
            "offer_sentence": offer.sentence,
            "verdict": "\n".join(verdicts) if opened.consumption_id else offer.verdict,
            "billed_days": billed,
            "sale_line_id": line.id,
            "acceptance": False,
        }
        if billed and acceptance:
            values |= {
                "acceptance": acceptance,
                "accepted_by_id": self.env.context.get("training_accepted_by")
                or self[:1].partner_id.id,
                "accepted_on": fields.Datetime.now(),
            }
        self.write(values)
        if line and acceptance:
            self[:1]._note_acceptance(line.order_id)

    def _note_acceptance(self, order):
        """Say on the order who accepted it, and that it was by a registration."""
        order.message_post(
            body=order.env._(
                "Accepted by %(name)s with the registration to « %(session)s », its "
                "price shown.",
                name=self.accepted_by_id.name,
                session=self.event_id.name,
            )
        )

    def _mark_refused(self, session, collectivite):
        reason = session._training_refusal_of_walk_in(collectivite)[1]
        self.write({"coverage": "refused", "verdict": reason, "offer_sentence": reason})
