"""A campaign killed twenty times, its database restarted, run by two processes at once.

Run by `make bench` in the Odoo shell, on a copy of a database: the 319 communes of
2024 and the 12 intercommunalités, one of them with an archived tax. Each convention
ends with exactly one term, one order and one invoice; that one is parked.

PostgreSQL is restarted twice under the workers, once as an administrator does and once
as a crash, where it is the project's own; a given server has its connections cut.
"""

import os
import random
import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.registry import Registry
from odoo.service.model import retrying

from odoo.addons import cdg47_convention
from odoo.addons.cdg47_convention.tests.campaign_common import CampaignMixin

sys.path.append(str(Path(cdg47_convention.__path__[0]).parents[1] / "config" / "setup"))
import postgres

KILLS = 20
WORKERS = 2
BATCH = 2
database = env.cr.dbname


@contextmanager
def environment():
    with Registry(database).cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {})


def prepare():
    """Make the conventions of 2024 and simulate the campaign of 2025."""
    with environment() as env:

        class Scene(CampaignMixin):
            pass

        Scene.env = env
        env["cdg47.convention"].search([]).company_id = env["res.company"].create(
            {"name": "Other"}
        )
        Scene.import_census("communes_47_2024.csv")
        Scene.import_census("epci_47.csv", "epci_47_2024.csv")
        partners = env["res.partner"].search([("collectivite_type", "!=", False)])
        metiers, techno, parapheur = (
            env.ref(f"cdg47_convention.forfait_{name}")
            for name in ("metiers", "techno", "parapheur")
        )
        conventions = Scene.make_conventions_in_bulk(partners, metiers | techno)
        odd = conventions[100]
        conventions.line_ids.create(
            {
                "convention_id": odd.id,
                "forfait_id": parapheur.id,
                "date_start": odd.date_start,
            }
        )
        tax = env.company._cdg47_taxes_by_regime()["out_of_scope"].copy()
        parapheur.taxes_id = tax
        Scene.import_census("communes_47_2025.csv")
        campaign = Scene.make_campaign()
        campaign.action_simulate()
        tax.active = False
        campaign.action_run()
        # No server answers here: the workers below are ours.
        env["ir.cron.trigger"].search([]).unlink()
        return campaign.id, len(conventions), odd.id


def fork():
    """Start one worker in a process of its own, as Odoo does for its crons."""
    child = os.fork()
    if child:
        return child
    # Connections are not shared: the worker opens its own.
    sql_db._Pool = sql_db._Pool_readonly = None
    Registry(database)._db = sql_db.db_connect(database)
    code = 1
    try:
        with environment() as env:
            while retrying(lambda: env["cdg47.campaign"]._run_batch(BATCH), env):
                pass
        code = 0
    finally:
        os._exit(code)


def cut_connections():
    """Do what a restart of the database does to the workers that are connected."""
    with environment() as env:
        env.cr.execute(
            """
            SELECT pg_terminate_backend(pid)
              FROM pg_stat_activity
             WHERE datname = current_database()
               AND usename = current_user
               AND pid != pg_backend_pid()
               AND pid IN (
                   SELECT pid
                     FROM pg_locks
                    WHERE relation = 'cdg47_campaign_line'::regclass
               )
            """
        )


def counts(campaign_id):
    """Return the lines by state, and the documents that are not exactly one."""
    with environment() as env:
        env.cr.execute(
            "SELECT state, COUNT(*) FROM cdg47_campaign_line WHERE campaign_id = %s "
            "GROUP BY state",
            [campaign_id],
        )
        states = dict(env.cr.fetchall())
        env.cr.execute(
            """
            SELECT line.id
              FROM cdg47_campaign_line line
              LEFT JOIN cdg47_convention_term term
                     ON term.convention_id = line.convention_id
                    AND term.date_start = '2025-01-01' AND term.state != 'cancelled'
              LEFT JOIN sale_order sold ON sold.cdg47_campaign_line_id = line.id
              LEFT JOIN account_move move ON move.cdg47_campaign_line_id = line.id
             WHERE line.campaign_id = %s
             GROUP BY line.id, line.state
            HAVING COUNT(DISTINCT term.id) != (line.state = 'done')::int
                OR COUNT(DISTINCT sold.id) != (line.state = 'done')::int
                OR COUNT(DISTINCT move.id) != (line.state = 'done')::int
            """,
            [campaign_id],
        )
        return states, env.cr.fetchall()


def progress():
    """Return how many lines are no longer to do, all of them whole."""
    states, wrong = counts(campaign_id)
    assert not wrong, wrong
    return total - states.get("todo", 0)


def at_work():
    """Start two workers, and give them back at a random moment of their work."""
    wanted = progress() + random.randint(1, 8)
    children = [fork() for _worker in range(WORKERS)]
    while progress() < wanted:
        time.sleep(0.05)
    time.sleep(random.uniform(0, 0.4))
    return children


def restart(mode):
    """Take the database away from two workers at work, and wait for their end."""
    children = at_work()
    how = f"restart ({mode})"
    if not postgres.restart(mode):
        how = "connections cut"
        cut_connections()
    # Ours are lost as well.
    sql_db.close_db(database)
    lost = sum(bool(os.waitpid(child, 0)[1]) for child in children)
    assert lost, "no worker was at work"
    print(f"{how}: {lost} workers lost it, {progress()} of {total} done", flush=True)


random.seed(os.environ.get("SEED") or 47)
campaign_id, total, odd_id = prepare()
with environment() as env:
    # One batch here warms what the children inherit: they are killed at work.
    env["cdg47.campaign"]._run_batch(1)
for number in range(1, KILLS + 1):
    children = at_work()
    for child in children:
        os.kill(child, signal.SIGKILL)
    for child in children:
        os.waitpid(child, 0)
    print(f"kill {number}: {progress()} of {total} done", flush=True)
# The connection of this shell is lost as well: nothing is asked of it any more.
env.cr.close()
restart("fast")
restart("immediate")
children = [fork() for _worker in range(WORKERS)]
for child in children:
    _pid, status = os.waitpid(child, 0)
    assert not status
states, wrong = counts(campaign_id)
assert states == {"done": total - 1, "parked": 1}, states
assert not wrong, wrong
with environment() as env:
    campaign = env["cdg47.campaign"].browse(campaign_id)
    assert campaign.state == "done"
    parked = campaign.line_ids.filtered(lambda line: line.state == "parked")
    assert parked.convention_id.id == odd_id
    done = campaign.line_ids - parked
    assert sum(done.invoice_ids.mapped("amount_total")) == sum(done.mapped("amount"))
    campaign.action_simulate()
    campaign.action_run()
    env["ir.cron.trigger"].search([]).unlink()
_pid, status = os.waitpid(fork(), 0)
assert (status, counts(campaign_id)) == (0, (states, []))
print(
    f"{KILLS} kills of {WORKERS} processes, 2 restarts of PostgreSQL: {total - 1} "
    "conventions with one term, one order, one invoice each; 1 parked",
    flush=True,
)
# The shell would roll back its closed cursor.
os._exit(0)
