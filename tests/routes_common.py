# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The routes that our add-ons give or change, and addresses that call them."""

import re
import threading

CONVERTER = re.compile(r"<(?:(\w+)(?:\(([^)]*)\))?:)?(\w+)>")
# Of which record an id of an address is, by the word before it.
RECORDS = {
    "order_id": "order",
    "invoice_id": "invoice",
    "convention_id": "convention",
    "activation_id": "activation",
    "attachment_id": "deliverable",
}


class RoutesMixin:
    def our_rules(self):
        """Return the routes that our add-ons give or change: rule, methods, kind."""
        # The router asks the thread which database it serves.
        threading.current_thread().dbname = self.env.cr.dbname
        found = set()
        for rule in self.env["ir.http"].routing_map().iter_rules():
            endpoint = rule.endpoint
            owners = type(getattr(endpoint.func, "__self__", None)).__mro__
            name = endpoint.original_endpoint.__name__
            if any(
                owner.__module__.startswith("odoo.addons.cdg47_")
                and name in vars(owner)
                for owner in owners
            ):
                found.add(
                    (
                        rule.rule,
                        tuple(sorted({"GET", "POST"} & set(rule.methods or ()))),
                        endpoint.routing["type"],
                    )
                )
        return sorted(found)

    def ids(self, kind):
        """Return the id that an address of this kind gives to a name."""
        other = kind == "other"
        data = self.data_b if other else self.data_a

        def of(name):
            if kind == "unknown":
                return 2**31 + 5
            if name in RECORDS:
                return data[RECORDS[name]].id
            sample = {
                "ticket_id": "helpdesk.ticket",
                "session_id": "event.event",
                "half_day_id": "cdg47.training.half.day",
                "registration_id": "event.registration",
                "attestation_id": "cdg47.training.attestation",
                "mandate_id": "cdg47.mandate",
            }.get(name)
            if sample:
                records = self.samples[sample]
                mine = records.own or records.ours or records.theirs
                return (records.theirs if other else mine)[:1].id
            return (self.commune_b if other else self.commune_a).id

        return of

    def address(self, rule, kind):
        of = self.ids(kind)

        def fill(match):
            converter, options, name = match.groups()
            if converter == "any":
                return options.split(",")[0].strip("'\" ")
            if converter == "int":
                return (
                    "2026"
                    if name in ("year",)
                    else "1"
                    if name == "page"
                    else str(of(name))
                )
            return "%00x" if kind == "nul" else "x"

        return CONVERTER.sub(fill, rule)
