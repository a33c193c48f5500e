# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.fields import Command
from odoo.tools.misc import formatLang

from ..imports.takeover_model import takeover_model
from ..imports.takeover_planner import TakeoverPlanner
from ..imports.takeover_sheet import LAYOUTS, read_takeover_sheet
from ..lib.dates import today_in_paris
from ..lib.table import TableIssue

# Nobody is told of what was signed years ago: no log, no follower, no e-mail.
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
}


class _Undone(Exception):
    """What a preview has written is undone."""


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

    def action_preview(self):
        """Show what the file would do, and what would be to settle after it."""
        self.ensure_one()
        plan = self._plan()
        if not plan.errors:
            plan.notices += self._dues_after(plan)
        self._show(plan)
        self.state = "preview"
        return self._reopen()

    def _dues_after(self, plan):
        """Say in euros what nobody accepted of what is taken over (R7).

        The import is done, read and undone: the ledger alone tells what is beyond.

        :rtype: list[TableIssue]
        """
        partners = self._partners(plan)
        before = self._due_by(partners)
        try:
            with self.env.cr.savepoint():
                self.with_context(cdg47_takeover_preview=True)._execute(self._plan())
                after = self._due_by(partners)
                raise _Undone
        except _Undone:
            self.env.invalidate_all()
        currency = self.env.company.currency_id
        return [
            TableIssue(
                0,
                partner.name,
                self.env._(
                    "%(name)s: %(amount)s would be to settle. What was invoiced "
                    "already is marked « oui » in « deja_facture ».",
                    name=partner.name,
                    amount=formatLang(self.env, amount, currency_obj=currency),
                ),
            )
            for partner in partners
            if (amount := after.get(partner, 0.0) - before.get(partner, 0.0)) > 0
        ]

    def _due_by(self, partners):
        """Return what is to settle, by collectivité."""
        self.env.flush_all()
        self.env.invalidate_all()
        rows = self.env["cdg47.overage"].search([("partner_id", "in", partners.ids)])
        return {
            partner: sum(of_partner.mapped("amount"))
            for partner, of_partner in rows.grouped("partner_id").items()
        }

    def _partners(self, plan):
        partner_ids = {draft.partner.id for draft in plan.conventions}
        partner_ids |= {values["partner_id"] for values in plan.consumptions}
        partner_ids |= {
            known.partner_id.id if known else values["partner_id"]
            for known, values, _note, _billed in plan.allocations
        }
        return self.env["res.partner"].browse(sorted(partner_ids))

    # === Doing it ===
    def _execute(self, plan):
        quiet = self.with_context(**QUIET)
        self.env["cdg47.ledger"]._guard(self._partners(plan))
        quiet._create_conventions([d for d in plan.conventions if not d.record])
        quiet._add_forfaits([d for d in plan.conventions if d.record and d.forfaits])
        quiet._set_in_service(plan.activations)
        quiet._set_allocations(plan.allocations)
        facts = self.env["cdg47.consumption"].create(plan.consumptions)
        # Derived columns are written by the ledger only.
        facts_sudo = facts.sudo()
        facts_sudo.entitlement_id._mark_alerted()
        billed = zip(facts_sudo, plan.billed, strict=True)
        facts_sudo.browse(f.id for f, is_billed in billed if is_billed).write(
            {"billed_elsewhere": True}
        )

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
        if self.env.context.get("cdg47_takeover_preview"):
            # A number that is drawn is drawn for good.
            number = f"preview-{draft.partner.id}-{draft.date_start}"
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
        billed = takeover.browse()
        for known, values, _note, is_billed in allocations:
            if known:
                known.with_env(takeover.env).write(values)
                billed |= known if is_billed else takeover
        missing = [line[1:] for line in allocations if not line[0]]
        created = takeover.create([values for values, _note, _billed in missing])
        notes = []
        for allocation, (_values, note, is_billed) in zip(
            created, missing, strict=True
        ):
            notes.append((allocation, note))
            billed |= allocation if is_billed else takeover
        self._note(notes)
        # What was invoiced was accepted: the file says it, nobody enters it.
        for allocation_sudo in billed.sudo():
            allocation_sudo.accepted_quantity = allocation_sudo.over_quantity

    def _note(self, notes):
        """Keep remarks of the file in the chatter, without telling anybody."""
        bodies = {record.id: note for record, note in notes if note}
        if bodies:
            model = next(record for record, note in notes if note)._name
            self.env[model].browse(bodies)._message_log_batch(bodies=bodies)
