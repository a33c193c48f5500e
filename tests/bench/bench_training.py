"""200 registrations to one session by 8 workers, beside Odoo's own registrations.

Run by `make bench` in the Odoo shell, on a copy of a database: real transactions,
committed one by one as web requests are. The ratio is measured side by side in one
run, as seconds depend on the machine.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tools import mute_logger

from odoo.addons.cdg47_convention.lib.dates import today_in_paris

WORKERS, COMMUNES, AGENTS = 8, 50, 4
TOTAL = COMMUNES * AGENTS


def create_parties():
    """Commit communes with a convention, their agents, a session and an event."""
    day = today_in_paris() + timedelta(days=60)
    editor = env["cdg47.software.editor"].create(
        {
            "name": "Éditeur du banc",
            "product_ids": [
                Command.link(env.ref("cdg47_convention.service_form_groupe").id)
            ],
        }
    )
    communes = env["res.partner"].create(
        [
            {
                "name": f"Commune du banc {number:02}",
                "is_company": True,
                "collectivite_type": "commune",
                "software_editor_id": editor.id,
            }
            for number in range(COMMUNES)
        ]
    )
    env["cdg47.convention"].create(
        [
            {
                "partner_id": commune.id,
                "date_start": f"{day.year - 1}-01-01",
                "date_end": f"{day.year + 1}-12-31",
                "state": "active",
                "signature_kind": "import",
                "line_ids": [
                    Command.create(
                        {
                            "forfait_id": env.ref(
                                "cdg47_convention.forfait_metiers"
                            ).id,
                            "date_start": f"{day.year - 1}-01-01",
                        }
                    )
                ],
            }
            for commune in communes
        ]
    )
    agents = env["res.partner"].create(
        [
            {"name": f"Agent {n}", "email": f"a{n}@example.com", "parent_id": c.id}
            for c in communes
            for n in range(AGENTS)
        ]
    )
    env["cdg47.mandate"].create(
        [
            {
                "contact_id": agent.id,
                "collectivite_id": agent.parent_id.id,
                "role": "agent",
            }
            for agent in agents
        ]
    )
    values = {
        "name": "Session du banc",
        "date_begin": f"{day} 08:00:00",
        "date_end": f"{day} 12:00:00",
    }
    event = env["event.event"].create({**values, "event_mail_ids": [Command.clear()]})
    session = env["event.event"].create(
        {
            **values,
            "event_type_id": env.ref("cdg47_training.event_type_group").id,
            "half_day_ids": [Command.create({"date": day, "period": "morning"})],
        }
    )
    (event | session).write({"seats_limited": True, "seats_max": TOTAL})
    session.action_publish()
    pairs = [(agent.parent_id.id, agent.id) for agent in agents]
    env.cr.commit()  # pylint: disable=invalid-commit
    return session.id, event.id, pairs


def in_workers(job, pairs):
    """Share the registrations between the workers; return seconds and retries."""
    registry = Registry(env.cr.dbname)

    def work(pair):
        repeated = 0
        while True:
            with closing(registry.cursor()) as cr:
                worker_env = api.Environment(cr, SUPERUSER_ID, {})
                try:
                    retrying(lambda e=worker_env: job(e, *pair), worker_env)
                    return repeated
                except SerializationFailure:
                    repeated += 1

    start = time.monotonic()
    with ThreadPoolExecutor(WORKERS) as pool:
        repeated = sum(pool.map(work, pairs))
    return time.monotonic() - start, repeated


def registered(event_id):
    env.invalidate_all()
    env.cr.rollback()
    return env["event.registration"].search_count(
        [("event_id", "=", event_id), ("state", "=", "open")]
    )


session_id, event_id, pairs = create_parties()


def ours(worker_env, commune_id, agent_id):
    worker_env["event.event"].browse(session_id)._training_register(
        worker_env["res.partner"].browse(commune_id),
        worker_env["res.partner"].browse(agent_id),
        acceptance="portal",
    )


def stock(worker_env, commune_id, agent_id):
    agent = worker_env["res.partner"].browse(agent_id)
    worker_env["event.registration"].create(
        {"event_id": event_id, "name": agent.name, "email": agent.email}
    )


# Interleaved by commune: agents of one commune also meet on its ledger.
pairs.sort(key=lambda pair: pair[1] % AGENTS)
# A conflict is expected, and run again: it is counted, not printed.
with mute_logger("odoo.sql_db", "odoo.service.model"):
    stock_time, stock_again = in_workers(stock, pairs)
    our_time, our_again = in_workers(ours, pairs)

print(f"registrations asked: {TOTAL}, by {WORKERS} workers")
print(f"to our session: {registered(session_id)} registered, none lost")
print(f"to Odoo's event: {registered(event_id)} registered")
print(f"ours: {our_time:.1f} s, {TOTAL / our_time:.1f}/s, repeated {our_again}")
print(f"Odoo's: {stock_time:.1f} s, {TOTAL / stock_time:.1f}/s, repeated {stock_again}")
print(f"ours / Odoo's: {our_time / stock_time:.1f} times as long")
assert registered(session_id) == TOTAL
