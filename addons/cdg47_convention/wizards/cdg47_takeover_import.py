# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.fields import Command

from ..imports.takeover_model import takeover_model
from ..imports.takeover_planner import TakeoverPlanner
from ..imports.takeover_sheet import LAYOUTS, read_takeover_sheet
from ..lib.dates import today_in_paris

# Nobody is told of what was signed years ago: no log, no follower, no e-mail.
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
}


class Cdg47TakeoverImport(models.TransientModel):
    """Takes over conventions signed on paper, and what was used of their rights.

    Neither order nor invoice is created: past years were invoiced elsewhere.
    """

    _name = "cdg47.takeover.import"
    _inherit = "cdg47.csv.import"
    _description = "Take over conventions"

    def action_view_conventions(self):
        """Open the conventions that were taken over."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_convention.cdg47_convention_action"
        )
        action["domain"] = [("signature_kind", "=", "import")]
        action["target"] = "main"
        return action

    def _layouts(self):
        return LAYOUTS

    def _model_sheet(self):
        return takeover_model(self.env)

    def _plan(self):
        self.ensure_one()
        sheet = read_takeover_sheet(self.env, self._read_table())
        plan = TakeoverPlanner(self.env, sheet, self.filename or "").run()
        plan.errors.sort(key=lambda issue: issue.line)
        return plan

    # === Doing it ===
    def _execute(self, plan):
        quiet = self.with_context(**QUIET)
        partner_ids = {draft.partner.id for draft in plan.conventions}
        partner_ids |= {values["partner_id"] for values in plan.consumptions}
        partners = self.env["res.partner"].browse(partner_ids)
        self.env["cdg47.ledger"]._guard(partners)
        quiet._create_conventions([d for d in plan.conventions if not d.record])
        quiet._add_forfaits([d for d in plan.conventions if d.record and d.forfaits])
        quiet._set_in_service(plan.activations)
        quiet._set_allocations(plan.allocations)
        facts = self.env["cdg47.consumption"].create(plan.consumptions)
        # Derived columns are written by the ledger only.
        facts.sudo().entitlement_id._mark_alerted()

    def _create_conventions(self, drafts):
        """Create conventions already in force, their terms and their accesses."""
        # Nobody enters what was signed: the application taken over says it.
        conventions_sudo = self.env["cdg47.convention"].sudo()
        conventions = conventions_sudo.create(
            [self._prepare_convention(draft) for draft in drafts]
        ).sudo(False)
        notes = []
        for draft, convention in zip(drafts, conventions, strict=True):
            draft.record = convention
            # What is told apart from added forfaits: nothing more to add.
            draft.forfaits = {}
            accesses = self.env["cdg47.service.activation"]
            accesses._open_for(convention, convention.line_ids.forfait_id)
            notes += [(convention, fact.note) for fact in draft.facts]
        self._note(notes)

    def _prepare_convention(self, draft):
        number = draft.answer("number")
        return {
            "partner_id": draft.partner.id,
            "date_start": draft.date_start,
            "date_end": draft.date_end,
            "renewal": draft.answer("renewal") or "tacit",
            "state": "active" if draft.date_end >= today_in_paris() else "expired",
            "signature_kind": "import",
            "signed_by": draft.answer("signatory"),
            "deliberation_number": draft.answer("deliberation"),
            "deliberation_date": draft.answer("deliberation_date"),
            "line_ids": [Command.create(v) for v in self._prepare_lines(draft)],
            "term_ids": [Command.create(values) for values in draft.terms],
            **({"name": number} if number else {}),
        }

    @staticmethod
    def _prepare_lines(draft):
        return [
            {"forfait_id": forfait.id, "date_start": start, "date_end": end or False}
            for (forfait, start), end in draft.forfaits.items()
        ]

    def _add_forfaits(self, drafts):
        """Add forfaits to conventions already recorded."""
        self.env["cdg47.convention.line"].sudo().create(
            [
                {"convention_id": draft.record.id, **values}
                for draft in drafts
                for values in self._prepare_lines(draft)
            ]
        )
        for draft in drafts:
            forfaits = self.env["product.template"].union(
                *(f for f, _ in draft.forfaits)
            )
            self.env["cdg47.service.activation"]._open_for(
                draft.record.with_env(self.env), forfaits
            )

    def _set_in_service(self, activations):
        """Put accesses in service, those just opened included."""
        conventions = self.env["cdg47.convention"].union(
            *(draft.record for draft, *_rest in activations)
        )
        known = {
            (activation.convention_id, activation.product_id): activation
            for activation in conventions.with_env(self.env).activation_ids
        }
        missing, notes = [], []
        for draft, _known, service, values, note in activations:
            activation = known.get((draft.record, service))
            if activation:
                activation.with_context(cdg47_takeover=True).write(values)
                notes.append((activation, note))
            else:
                missing.append(
                    (
                        {
                            "convention_id": draft.record.id,
                            "product_id": service.id,
                            **values,
                        },
                        note,
                    )
                )
        created = self.env["cdg47.service.activation"].create([v for v, _n in missing])
        notes += zip(created, (note for _v, note in missing), strict=True)
        self._note(notes)

    def _set_allocations(self, allocations):
        takeover = self.env["cdg47.allocation"].with_context(cdg47_takeover=True)
        for known, values, _note in allocations:
            if known:
                known.with_env(takeover.env).write(values)
        missing = [(values, note) for known, values, note in allocations if not known]
        created = takeover.create([v for v, _n in missing])
        self._note(list(zip(created, (note for _v, note in missing), strict=True)))

    def _note(self, notes):
        """Keep remarks of the file in the chatter, without telling anybody."""
        bodies = {record.id: note for record, note in notes if note}
        if bodies:
            model = next(record for record, note in notes if note)._name
            self.env[model].browse(bodies)._message_log_batch(bodies=bodies)
