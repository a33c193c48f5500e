# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.exceptions import RedirectWarning, UserError

from ...lib.dates import today_in_paris
from ...reading.annexe1 import editor_refusal
from ...reading.held_levels import CDG_DOMAIN, HeldLevels

MODULE = "cdg47_convention"


class ResPartner(models.Model):
    """What a collectivité holds, and what it must hold first (R9)."""

    _inherit = "res.partner"

    allocation_ids = fields.One2many(
        "cdg47.allocation", "partner_id", string="Allocations"
    )
    allocation_count = fields.Integer(compute="_compute_allocation_count")

    def _compute_allocation_count(self):
        counts = dict(
            self.env["cdg47.allocation"]._read_group(
                [
                    ("partner_id", "in", self.ids),
                    ("state", "in", ("requested", "active")),
                ],
                ["partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.allocation_count = counts.get(partner, 0)

    def action_view_allocations(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"{MODULE}.cdg47_allocation_action"
        )
        action["domain"] = [("partner_id", "=", self.id)]
        action["context"] = {"default_partner_id": self.id}
        return action

    def _cdg47_refresh_allocations(self):
        """Decide again what is covered for these collectivités, under their guard.

        The verdict of one allocation depends on all the others (R6).
        """
        self.env["cdg47.ledger"]._guard(self)
        self.env["cdg47.allocation"].search(
            [("partner_id", "in", self.ids)]
        )._mark_verdicts()

    # === Prerequisites ===
    def _cdg47_check_prerequisites(self, wanted):
        """Refuse the services that cannot be held yet.

        :param wanted: list of (collectivité, service, day)
        :raise RedirectWarning: with the button that leads on; a plain refusal where
            nobody could click, in an import
        """
        rules = self.env["cdg47.quota.rule"]
        levels = None
        for partner, product, day in wanted:
            if not levels and rules._naming(product)._depends_on_holdings():
                levels = HeldLevels(self.env, self)
            obstacle = partner._cdg47_obstacle(product, day, levels)
            if not obstacle:
                continue
            message, action, button = obstacle
            if self.env.context.get("import_file"):
                raise UserError(message)
            raise RedirectWarning(message, action, button)

    def _cdg47_obstacle(self, product, day=None, levels=None):
        """Return what prevents this collectivité from having a service, and the way on.

        :param product.product product: a service of Annexe 1
        :param datetime.date day: today by default
        :param HeldLevels levels: already loaded for this collectivité, if it is
        :return: sentence, action and label of its button; None when nothing prevents
        :rtype: tuple[str, dict, str] or None
        """
        self.ensure_one()
        day = day or today_in_paris()
        rules = self.env["cdg47.quota.rule"]._naming(product)
        if not rules._depends_on_holdings():
            in_force = rules.filtered(lambda rule: rule._is_in_force(day))
            return self._cdg47_obstacle_of_editor(product, in_force)
        levels = levels or HeldLevels(self.env, self)
        partner = levels.partners.browse(self.id)
        product = product.with_env(levels.env)
        rules = levels.rules_in_force(product, day)
        held = levels.forfaits_at(partner, day)
        rules = rules.filtered(lambda rule: rule.forfait_id in held) or rules
        fitting = rules.filtered(lambda r: levels.meets(partner, r.condition, day))
        if rules and not fitting:
            return self._cdg47_obstacle_of_situation(product, rules)
        if fitting and set(fitting.mapped("coverage")) == {"study"}:
            return self._cdg47_obstacle_of_study(product)
        for rule in fitting.filtered(lambda rule: rule.coverage != "study"):
            needed = rule.prerequisite_ids
            if needed and not any(levels.has(partner, p, day) for p in needed):
                return self._cdg47_obstacle_of_prerequisite(product, needed)
        return self._cdg47_obstacle_of_editor(product, fitting)

    def _cdg47_obstacle_of_situation(self, product, rules):
        """The line is for collectivités in another situation, of domain names."""
        if "cdg_domain" in rules.mapped("condition"):
            return (
                self.env._(
                    "%(service)s: %(name)s does not use the CDG's domain name. Record "
                    "that it does, then save again.",
                    service=product.name,
                    name=self.name,
                ),
                self._cdg47_action_use_cdg_domain(),
                self.env._("It uses the CDG's domain"),
            )
        return (
            self.env._(
                "%(service)s: %(name)s already has a domain name of its own. Revoke it "
                "first.",
                service=product.name,
                name=self.name,
            ),
            {**self.action_view_allocations(), "target": "current"},
            self.env._("See its allocations"),
        )

    def _cdg47_obstacle_of_study(self, product):
        return (
            self.env._(
                "%(service)s: with a domain name of one's own it needs a study and a "
                "quotation first.",
                service=product.name,
            ),
            self._cdg47_server_action(
                "action_request_study", cdg47_product_id=product.id
            ),
            self.env._("Ask for the study"),
        )

    def _cdg47_obstacle_of_prerequisite(self, product, needed):
        sentence = self.env._(
            "%(service)s: %(name)s must first hold one of: %(needed)s.",
            service=product.name,
            name=self.name,
            needed=", ".join(needed.mapped("name")),
        )
        if CDG_DOMAIN in needed.mapped("default_code"):
            action = self._cdg47_action_use_cdg_domain()
            return sentence, action, self.env._("It uses the CDG's domain")
        return (
            sentence,
            {
                "type": "ir.actions.act_window",
                "res_model": "cdg47.allocation",
                "views": [(False, "form")],
                "target": "new",
                "context": {
                    "default_partner_id": self.id,
                    "default_product_id": needed[:1].id,
                    "default_state": "active",
                },
            },
            self.env._("Record it"),
        )

    def _cdg47_obstacle_of_editor(self, product, rules):
        """The Métiers editor must be known, and support the service."""
        sentence = editor_refusal(self, product, rules)
        if not sentence:
            return None
        action = {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.id,
            "views": [(False, "form")],
        }
        return sentence, action, self.env._("Open the collectivité")

    # === The way on ===
    def _cdg47_action_use_cdg_domain(self):
        return self._cdg47_server_action("action_use_cdg_domain")

    def _cdg47_server_action(self, name, **context):
        """Return a server action that acts on this collectivité in one click."""
        return {
            "type": "ir.actions.server",
            "id": self.env.ref(f"{MODULE}.{name}").id,
            "context": {
                "active_model": self._name,
                "active_id": self.id,
                "active_ids": self.ids,
                **context,
            },
        }

    def _cdg47_use_cdg_domain(self):
        """Record that these collectivités use the CDG's domain, once each."""
        service = self.env.ref(f"{MODULE}.service_domaine_cdg")
        today = today_in_paris()
        levels = HeldLevels(self.env, self)
        self.env["cdg47.allocation"].create(
            [
                {
                    "partner_id": partner.id,
                    "product_id": service.id,
                    "date_start": today,
                    "state": "active",
                }
                for partner in self
                if not levels.meets(partner, "cdg_domain", today)
            ]
        )
        return self._cdg47_notify(
            self.env._("The use of the CDG's domain is recorded: save again.")
        )

    def _cdg47_request_study(self):
        """Plan the study of a service for these collectivités, once each."""
        product = self.env["product.product"].browse(
            self.env.context.get("cdg47_product_id")
        )
        summary = self.env._("Study: %(service)s", service=product.name or "")
        for partner in self:
            if summary not in partner.activity_ids.mapped("summary"):
                partner.activity_schedule(
                    "mail.mail_activity_data_todo", summary=summary
                )
        return self._cdg47_notify(self.env._("The study is among the activities."))

    def _cdg47_notify(self, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": message, "type": "success"},
        }
