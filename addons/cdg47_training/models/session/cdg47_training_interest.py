# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.fields import Command, Domain

from ...reading.eligibility import refusal

TEMPLATE = "cdg47_training.mail_template_interest"


class Cdg47TrainingInterest(models.Model):
    """« Prévenez-moi »: what a collectivité would like to learn, before any date.

    A wish and a session meet by their theme: words alone bring false friends together
    (« budget » in « budget annexe », « état » in « état civil »). A wish in free words
    waits for an organiser to give it a theme.
    """

    _name = "cdg47.training.interest"
    _description = "Interest in a training"
    _order = "create_date desc, id desc"

    name = fields.Char(
        string="Subject",
        required=True,
        compute="_compute_name",
        precompute=True,
        store=True,
        readonly=False,
        help="In the words of the collectivité.",
    )
    theme_id = fields.Many2one(
        "event.tag",
        index="btree_not_null",
        ondelete="set null",
        help="The sessions of this theme are told; without any, none is.",
    )
    collectivite_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("collectivite_type", "!=", False)],
    )
    contact_id = fields.Many2one("res.partner", required=True, ondelete="cascade")
    software_editor_id = fields.Many2one(
        related="collectivite_id.software_editor_id", store=True
    )
    agents = fields.Integer(string="Number of agents", default=1)
    active = fields.Boolean(default=True)
    notified_on = fields.Datetime(string="Told on", readonly=True)

    _agents_positive = models.Constraint(
        "CHECK (agents > 0)", "At least one agent is interested."
    )

    @api.depends("theme_id")
    def _compute_name(self):
        for interest in self:
            lang = interest.collectivite_id.sudo()._cdg47_lang()
            theme = interest.theme_id.with_context(lang=lang)
            interest.name = interest.name or theme.name

    @api.model
    def _themes(self):
        """Return the themes to choose from; whoever asks, who may not read tags.

        :rtype: event.tag
        """
        category = self.env.ref("cdg47_training.theme_category", False)
        return self.env["event.tag"].sudo().search(
            [("category_id", "=", category.id if category else False)]
        )  # fmt: skip

    def write(self, vals):
        result = super().write(vals)
        if vals.get("theme_id"):
            # A wish just understood: a session of its theme may be open already.
            self._tell_of(self._open_sessions(self.theme_id))
        return result

    # === Told ===
    @api.model
    def _open_sessions(self, themes):
        """Return the sessions of some themes that are open to registration.

        :rtype: event.event
        """
        return self.env["event.event"].search(
            Domain("training_kind", "!=", False)
            & Domain("training_state", "=", "published")
            & Domain("tag_ids", "in", themes.ids)
            & Domain("date_begin", ">", fields.Datetime.now()),
            order="date_begin, id",
        )

    @api.model
    def _tell_of(self, sessions):
        """Write once to those who asked to know when such a session opens.

        Only to who may register: neither the forfait nor the editor keeps them out.
        """
        for session in sessions.filtered("tag_ids"):
            waiting = self.search(
                [
                    ("notified_on", "=", False),
                    ("theme_id", "in", session.tag_ids.ids),
                    ("collectivite_id.active", "=", True),
                ]
            )
            for interest in waiting:
                if not refusal(session, interest.collectivite_id):
                    interest._tell(session)

    def _tell(self, session):
        self.ensure_one()
        self.notified_on = fields.Datetime.now()
        if self.contact_id.email:
            session.env.ref(TEMPLATE).with_context(
                interest_name=self.name,
                lang=self.collectivite_id._cdg47_lang(),
            ).send_mail(
                session.id,
                email_values={"recipient_ids": [Command.set(self.contact_id.ids)]},
            )
