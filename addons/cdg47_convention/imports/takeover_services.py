# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from ..lib.dates import today_in_paris
from ..reading.annexe1 import lines_at
from ..reading.obstacles import obstacle_of_editor
from .takeover_sheet import ACTIVATION, ALLOCATION, USED


class TakeoverServices:
    """Plans what was opened under the conventions: accesses, allocations, rights used.

    :param odoo.api.Environment env: the user who imports
    :param TakeoverPlan plan: receives what is to be written, and the faults
    :param TakeoverKnown known: what is recorded
    :param TakeoverConventions conventions: those of the file and those recorded
    :param str source: name of the file, kept with the rights used
    """

    def __init__(self, env, plan, known, conventions, source):
        self.env = env
        self.plan = plan
        self.known = known
        self.conventions = conventions
        self.source = source

    def run(self, by_nature):
        """Compare the lines with what is recorded.

        :param dict by_nature: lines (``TakeoverFact``) by nature
        """
        self._plan_each(by_nature[ACTIVATION], self._plan_activation)
        self._plan_each(by_nature[ALLOCATION], self._plan_allocation)
        self._plan_each(by_nature[USED], self._plan_used)

    def _plan_each(self, facts, method):
        """Plan facts one by one, refusing two lines that state the same thing."""
        lines = {}
        for fact in facts:
            key = method(fact)
            if not key:
                continue
            first = lines.setdefault(key, fact.line)
            if first != fact.line:
                self.plan.fault(
                    fact,
                    fact.code,
                    self.env._(
                        "This is already said on line %(line)s: keep one line, or "
                        "tell them apart by their date, holder or identifier.",
                        line=first,
                    ),
                )

    # === Accesses in service ===
    def _service(self, fact):
        service = self.known.services.get(fact.code)
        if not service:
            self.plan.fault(fact, fact.code, self.env._("No service has this code."))
        return service

    def _plan_activation(self, fact):
        service, draft = self._service(fact), self.conventions.at(fact)
        if not (service and draft):
            return None
        key = (draft.record or draft.partner.id, service)
        known = self.known.activations.get((draft.record, service))
        if known and (known.state, known.date_active) == ("active", fact.date_start):
            self.plan.unchanged += 1
            return key
        if known and known.state == "closed":
            self.plan.notice(
                fact, fact.code, self.env._("This access has been closed.")
            )
            self.plan.unchanged += 1
            return key
        if self._is_barred_by_editor(fact, service):
            return None
        values = {"state": "active", "date_active": fact.date_start}
        self.plan.activations.append((draft, known, service, values, fact.note))
        if known:
            self.plan.updated += 1
        else:
            self.plan.creates(
                fact, self.env._("In service: %(service)s.", service=service.name)
            )
        return key

    def _is_barred_by_editor(self, fact, service):
        """Report an access that the Métiers editor does not support (R9)."""
        rules = lines_at(service, fact.date_start)
        obstacle = obstacle_of_editor(fact.partner, service, rules)
        if obstacle:
            self.plan.fault(fact, fact.code, obstacle[0])
        return bool(obstacle)

    # === Allocations ===
    def _plan_allocation(self, fact):
        service = self._service(fact)
        if not service:
            return None
        partner = fact.partner
        key = (partner.id, service.id, fact.date_start, fact.identifier, fact.holder)
        values = {
            "quantity": int(fact.quantity or 1),
            "date_end": fact.date_end or False,
        }
        known = self.known.allocations.get(key)
        if known and all(known[name] == value for name, value in values.items()):
            self.plan.unchanged += 1
            return key
        ended = fact.date_end and fact.date_end < today_in_paris()
        values["state"] = "expired" if ended else "active"
        if known:
            self.plan.updated += 1
        else:
            values |= {
                "partner_id": partner.id,
                "product_id": service.id,
                "date_start": fact.date_start,
                "identifier": fact.identifier,
                "holder_name": fact.holder,
            }
            self.plan.creates(
                fact, self.env._("Held: %(service)s.", service=service.name)
            )
        self.plan.allocations.append((known, values, fact.note, fact.billed))
        return key

    # === Rights already used ===
    def _plan_used(self, fact):
        service = self._service(fact)
        unit = service and self._unit(fact, service)
        scope = self._scope(fact)
        # Under no convention, nothing gives the right that is said to be used.
        if not unit or scope is None or not self.conventions.at(fact):
            return None
        partner = fact.partner
        quantity = fact.quantity or 1
        key = (
            partner.id, service.id, fact.date_start, scope.id, quantity, unit.id
        )  # fmt: skip
        if key in self.known.consumptions:
            self.plan.unchanged += 1
            return key
        self.plan.consumptions.append(
            {
                "partner_id": partner.id,
                "product_id": service.id,
                "scope_id": scope.id,
                "date": fact.date_start,
                "quantity": quantity,
                "uom_id": unit.id,
                "note": fact.note or self.source,
            }
        )
        self.plan.billed.append(fact.billed)
        self.plan.creates(
            fact,
            self.env._(
                "Used: %(service)s, %(amount)s.",
                service=service.name,
                amount=unit._cdg47_format(quantity),
            ),
        )
        return key

    def _unit(self, fact, service):
        """Return the unit of a quantity used, that of the right by default."""
        counted_in = self.known.flow_units.get(service)
        if not counted_in:
            self.plan.fault(
                fact,
                fact.code,
                self.env._("No right of Annexe 1 counts the use of this service."),
            )
            return None
        if not fact.unit:
            return counted_in
        unit = self.env.ref(fact.unit)
        if not unit._has_common_reference(counted_in):
            self.plan.fault(
                fact,
                unit.name,
                self.env._(
                    "This service is counted in « %(unit)s ».", unit=counted_in.name
                ),
            )
            return None
        return unit

    def _scope(self, fact):
        """Return the software of a right, empty without one, None when unknown."""
        if not fact.scope:
            return self.env["cdg47.software"]
        found = self.known.software.get(fact.scope.lower(), [])
        own = fact.partner.software_editor_id
        found = [s for s in found if s.editor_id == own] or found
        if len(found) == 1:
            return found[0]
        self.plan.fault(
            fact,
            fact.scope,
            self.env._(
                "This software is unknown, or several editors have one of that name: "
                "record it under its editor, and the editor on the collectivité."
            ),
        )
        return None
