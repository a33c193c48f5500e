"""Rate and memory of a yearly campaign, beside OCA contract and bare invoices.

Run by `make bench` in the Odoo shell, on a copy of a database: ratios are measured side
by side in one run, as seconds depend on the machine. CAMPAIGN_COUNT=10000 measures ten
thousand conventions as well, and that the cost grows with them in proportion.
CAMPAIGN_BENCH=300 is a shorter look.
"""

import functools
import gc
import os
import resource
import time
from contextlib import contextmanager
from datetime import date

from odoo import SUPERUSER_ID, api, sql_db
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.service.model import retrying

from odoo.addons.cdg47_convention.reading.campaign.campaign_planner import (
    CampaignPlanner,
)

COUNT = int(os.environ.get("CAMPAIGN_BENCH") or 1000)
LONG = int(os.environ.get("CAMPAIGN_COUNT") or 0)
BATCH = 100
POPULATIONS = (80, 150, 300, 700, 1500, 2500, 4000, 7000, 20000)
FIRST_YEAR = 2024
database = env.cr.dbname


def megabytes():
    """Return the memory held now, not the peak."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() / 2**20


@contextmanager
def environment():
    with Registry(database).cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {})


def timed(function, *arguments):
    gc.collect()
    start = time.monotonic()
    result = function(*arguments)
    return result, time.monotonic() - start


# === What is renewed ===
def make_conventions(count, tag):
    """Create conventions that hold two forfaits, a licence and a mailbox each."""
    with environment() as env:
        partners = env["res.partner"].with_context(tracking_disable=True).create(
            [
                {
                    "name": f"{tag} {number}",
                    "is_company": True,
                    "collectivite_type": "commune",
                    "lang": "fr_FR",
                    "country_id": env.ref("base.fr").id,
                }
                for number in range(count)
            ]
        )  # fmt: skip
        env["cdg47.census"].create(
            [
                {
                    "partner_id": partner.id,
                    "date_from": date(FIRST_YEAR, 1, 1),
                    "population_total": POPULATIONS[index % len(POPULATIONS)],
                    "population_municipal": POPULATIONS[index % len(POPULATIONS)],
                }
                for index, partner in enumerate(partners)
            ]
        )
        start = date(FIRST_YEAR, 1, 1)
        strata = partners._cdg47_strata_at(start)
        forfaits = env.ref("cdg47_convention.forfait_metiers") | env.ref(
            "cdg47_convention.forfait_techno"
        )
        env["cdg47.convention"].with_context(tracking_disable=True).create(
            [
                {
                    "partner_id": partner.id,
                    "date_start": start,
                    "state": "active",
                    "signature_kind": "import",
                    "line_ids": [
                        Command.create({"forfait_id": f.id, "date_start": start})
                        for f in forfaits
                    ],
                    "term_ids": [
                        Command.create(
                            {
                                "date_start": start,
                                "date_end": date(FIRST_YEAR, 12, 31),
                                "stratum_id": strata[partner][0].id,
                                "stratum_reason": strata[partner][1],
                                "state": "open",
                            }
                        )
                    ],
                }
                for partner in partners
            ]
        )
        env["cdg47.allocation"].with_context(
            tracking_disable=True, cdg47_takeover=True
        ).create(
            [
                {
                    "partner_id": partner.id,
                    "product_id": env.ref(f"cdg47_convention.service_{code}").id,
                    "state": "active",
                    "date_start": start,
                }
                for partner in partners
                for code in ("epp", "backup")
            ]
        )


def make_campaign(year):
    with environment() as env:
        return env["cdg47.campaign"].create({"year": year}).id


def simulate(campaign_id):
    with environment() as env:
        campaign = env["cdg47.campaign"].browse(campaign_id)
        campaign.action_simulate()
        env.flush_all()


def start(campaign_id):
    with environment() as env:
        campaign = env["cdg47.campaign"].browse(campaign_id)
        campaign.action_run()
        # No server answers here: the workers below are ours.
        env["ir.cron.trigger"].search([]).unlink()


def batches():
    """Treat batches as a cron does, one commit each; yield after each."""
    with environment() as env:
        while retrying(lambda: env["cdg47.campaign"]._run_batch(BATCH), env):
            yield


def run_by_processes(workers):
    """Run what is started with some processes, as Odoo forks its cron workers."""
    children = []
    for _worker in range(workers):
        child = os.fork()
        if not child:
            # Connections are not shared: the worker opens its own.
            sql_db._Pool = sql_db._Pool_readonly = None
            Registry(database)._db = sql_db.db_connect(database)
            try:
                for _batch in batches():
                    pass
            finally:
                os._exit(0)
        children.append(child)
    for child in children:
        _pid, status = os.waitpid(child, 0)
        assert not status


def check(campaign_id, count):
    with environment() as env:
        campaign = env["cdg47.campaign"].browse(campaign_id)
        assert (campaign.state, campaign.done_count) == ("done", count), campaign.state
        assert len(campaign.line_ids.invoice_ids) == count


# === The yardsticks ===
def lines_of(campaign_id):
    """Return what a campaign invoices: (partner, [(product, price)]) by convention."""
    with environment() as env:
        return [
            (
                line.partner_id.id,
                [(f.product_id.id, f.price_unit) for f in line.fee_ids],
            )
            for line in env["cdg47.campaign"].browse(campaign_id).line_ids.sorted("id")
        ]


def bare_batches(wanted):
    """Create the same drafts by account.move alone, one commit a batch."""
    with environment() as env:
        for first in range(0, len(wanted), BATCH):
            env["account.move"].create(
                [
                    {
                        "move_type": "out_invoice",
                        "partner_id": partner_id,
                        "invoice_line_ids": [
                            Command.create(
                                {"product_id": p, "quantity": 1, "price_unit": price}
                            )
                            for p, price in products
                        ],
                    }
                    for partner_id, products in wanted[first : first + BATCH]
                ]
            )
            env.flush_all()
            env.cr.commit()
            yield


def install_contract():
    with environment() as env:
        modules = env["ir.module.module"]
        modules.update_list()
        modules.search([("name", "=", "contract")]).button_immediate_install()


def make_contracts(wanted, year):
    """Create the contracts that OCA contract will invoice: same lines, once a year."""
    day = date(year, 1, 1)
    with environment() as env:
        contracts = env["contract.contract"].with_context(tracking_disable=True)
        return contracts.create(
            [
                {
                    "name": f"Contract {index}",
                    "partner_id": partner_id,
                    "contract_type": "sale",
                    "contract_line_ids": [
                        Command.create(
                            {
                                "product_id": product_id,
                                "name": "Forfait",
                                "quantity": 1,
                                "price_unit": price,
                                "recurring_rule_type": "yearly",
                                "recurring_interval": 1,
                                "date_start": day,
                                "recurring_next_date": day,
                            }
                        )
                        for product_id, price in products
                    ],
                }
                for index, (partner_id, products) in enumerate(wanted)
            ]
        ).ids


def contract_batches(contract_ids, year):
    """Make their recurring invoices, one commit a batch, as the campaign does."""
    with environment() as env:
        for first in range(0, len(contract_ids), BATCH):
            contracts = env["contract.contract"].browse(
                contract_ids[first : first + BATCH]
            )
            made = contracts._recurring_create_invoice(date(year, 1, 1))
            assert len(made) == len(contracts)
            env.flush_all()
            env.cr.commit()
            yield


# === Where the time of a run goes ===
@contextmanager
def steps_timed():
    """Add up the seconds of each step of a run, the steps inside it not counted."""
    registry = Registry(database)
    lines, orders = registry["cdg47.campaign.line"], registry["sale.order"]
    steps = {
        "read again and compare": (CampaignPlanner, "plan"),
        "guard": (registry["cdg47.ledger"], "_guard"),
        "terms": (lines, "_open_terms"),
        "orders": (lines, "_create_orders"),
        "confirmation": (orders, "action_confirm"),
        "invoices": (orders, "_create_invoices"),
        "late facts": (lines, "_replay_late_facts"),
    }
    seconds = dict.fromkeys(steps, 0.0)
    running = []

    def timed_step(name, function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            now = time.monotonic()
            if running:
                seconds[running[-1][0]] += now - running[-1][1]
            running.append((name, now))
            try:
                return function(*args, **kwargs)
            finally:
                _name, since = running.pop()
                now = time.monotonic()
                seconds[name] += now - since
                if running:
                    running[-1] = (running[-1][0], now)

        return wrapper

    for name, (owner, method) in steps.items():
        setattr(owner, method, timed_step(name, getattr(owner, method)))
    try:
        yield seconds
    finally:
        for owner, method in steps.values():
            setattr(owner, method, getattr(owner, method).__wrapped__)


# === The measures ===
def in_turn(**generators):
    """Run several works batch by batch in turn: each meets the same machine.

    :return: seconds of each
    """
    seconds = dict.fromkeys(generators, 0.0)
    waiting = dict(generators)
    while waiting:
        for name, generator in list(waiting.items()):
            start_time = time.monotonic()
            if next(generator, waiting) is waiting:
                del waiting[name]
            seconds[name] += time.monotonic() - start_time
    return seconds


def with_memory(generator, memory):
    for _batch in generator:
        memory.append(megabytes())
        yield


def measure(count, year):
    """Run one campaign on one worker, beside its yardsticks; print the ratios."""
    campaign_id = make_campaign(year)
    # Nothing runs beside it, unlike the rest: the better of two, on a busy machine.
    simulation = min(timed(simulate, campaign_id)[1] for _try in range(2))
    wanted = lines_of(campaign_id)
    contract_ids = make_contracts(wanted, year)
    start(campaign_id)
    memory = []
    with steps_timed() as steps:
        seconds = in_turn(
            campaign=with_memory(batches(), memory),
            contract=contract_batches(contract_ids, year),
            bare=bare_batches(wanted),
        )
    check(campaign_id, count)
    campaign, contract, bare = seconds.values()
    half = memory[len(memory) // 2 :]
    print(
        f"{count} conventions, one worker: simulated in {simulation:.1f} s "
        f"({simulation / campaign:.3f} of the run, limit 0.1), run in {campaign:.1f} s "
        f"({count / campaign:.0f}/s)"
    )
    print(
        f"  OCA contract, its invoices alone: {contract:.1f} s; the campaign has "
        f"{contract / campaign:.2f} x its rate (target 0.8)"
    )
    print(
        f"  bare account.move.create: {bare:.1f} s; the campaign has "
        f"{bare / campaign:.2f} x its rate"
    )
    steps["rest: lines done, writes, commits"] = campaign - sum(steps.values())
    shares = (f"{name} {took / campaign:.0%}" for name, took in steps.items())
    print(f"  its time: {', '.join(shares)}")
    print(
        f"  memory: {memory[0]:.0f} MB after a batch, then {max(half):.0f} MB at most"
    )
    assert simulation <= campaign / 10, "the simulation is longer than 1/10 of the run"
    assert contract / campaign >= 0.8, "slower than 0.8 x OCA contract"
    assert max(half) - min(half) < 40, "the memory grows"
    return campaign, bare


def idle_share(seconds=3):
    """Return which part of all processors nobody uses, ourselves asleep."""

    def read():
        with open("/proc/stat") as stat:
            times = [int(word) for word in stat.readline().split()[1:]]
        return times[3] + times[4], sum(times)

    idle, total = read()
    time.sleep(seconds)
    idle_after, total_after = read()
    return (idle_after - idle) / (total_after - total)


def measure_two_workers(count, year):
    """Run one campaign on two workers, between two halves of the yardstick."""
    campaign_id = make_campaign(year)
    simulate(campaign_id)
    contract_ids = make_contracts(lines_of(campaign_id), year)
    half = count // 2
    idle = idle_share()
    _none, before = timed(list, contract_batches(contract_ids[:half], year))
    start(campaign_id)
    _none, campaign = timed(run_by_processes, 2)
    _none, after = timed(list, contract_batches(contract_ids[half:], year))
    check(campaign_id, count)
    idle = min(idle, idle_share())
    ratio = (before + after) / campaign
    print(
        f"{count} conventions, two workers: run in {campaign:.1f} s "
        f"({count / campaign:.0f}/s), {ratio:.2f} x the rate of OCA contract on one "
        f"(target 1.4; processors idle besides: {idle:.0%})"
    )
    # Two workers need two processors: on a busy machine the ratio says nothing.
    assert ratio >= 1.4 or idle < 0.9, "two workers are slower than 1.4 x OCA contract"


env.cr.commit()
install_contract()
make_conventions(COUNT, "Bench")
short, short_bare = measure(COUNT, 2025)
measure_two_workers(COUNT, 2026)
if LONG:
    with environment() as env:
        # The short ones are no longer this company's to renew.
        other = env["res.company"].create({"name": "Other"})
        env["cdg47.convention"].search([]).company_id = other
    make_conventions(LONG, "Long")
    long, long_bare = measure(LONG, 2025 + 2)
    growth = long / short
    # The bare invoices made in turn say how the machine itself has changed meanwhile.
    corrected = growth * (short_bare / COUNT) / (long_bare / LONG)
    limit = 1.05 * LONG / COUNT
    print(
        f"{LONG} conventions cost {growth:.1f} x as much as {COUNT}, {corrected:.1f} x "
        f"on a machine of constant speed (limit {limit:.1f})"
    )
    assert min(growth, corrected) <= limit, "the cost grows faster than the conventions"
