"""Rate and memory of a yearly campaign, beside OCA contract and bare invoices.

Run by `make bench` in the Odoo shell, on a copy of a database: ratios are measured side
by side in one run, as seconds depend on the machine. CAMPAIGN_COUNT=10000 measures ten
thousand conventions as well, and that the cost grows with them in proportion.
"""

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


def work(memory=None):
    """Treat batches as a cron does, one commit each."""
    with environment() as env:
        while retrying(lambda: env["cdg47.campaign"]._run_batch(BATCH), env):
            if memory is not None:
                memory.append(megabytes())


def run(campaign_id, workers=1, memory=None):
    """Run a campaign with some processes, as Odoo forks its cron workers."""
    start(campaign_id)
    if workers == 1:
        work(memory)
        return
    children = []
    for _worker in range(workers):
        child = os.fork()
        if not child:
            # Connections are not shared: the worker opens its own.
            sql_db._Pool = sql_db._Pool_readonly = None
            Registry(database)._db = sql_db.db_connect(database)
            try:
                work()
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
def bare_invoices(count):
    """Create the same drafts by account.move alone, one commit a batch."""
    with environment() as env:
        lines = env["cdg47.campaign.line"].search(
            [("state", "=", "done")], limit=count, order="id"
        )
        wanted = [
            (line.partner_id.id, [(f.product_id.id, f.price_unit) for f in line.fee_ids])
            for line in lines
        ]
        env.cr.commit()
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
        return wanted


def install_contract():
    with environment() as env:
        module = env["ir.module.module"].search([("name", "=", "contract")])
        if not module:
            env["ir.module.module"].update_list()
            module = env["ir.module.module"].search([("name", "=", "contract")])
        module.button_immediate_install()


def make_contracts(wanted):
    """Create the contracts that OCA contract will invoice: same lines, once a year."""
    with environment() as env:
        return (
            env["contract.contract"]
            .with_context(tracking_disable=True)
            .create(
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
                                    "date_start": date(2025, 1, 1),
                                    "recurring_next_date": date(2025, 1, 1),
                                }
                            )
                            for product_id, price in products
                        ],
                    }
                    for index, (partner_id, products) in enumerate(wanted)
                ]
            )
            .ids
        )


def invoice_contracts(contract_ids):
    """Make their recurring invoices by batches, as the campaign does."""
    made = 0
    with environment() as env:
        for first in range(0, len(contract_ids), BATCH):
            contracts = env["contract.contract"].browse(
                contract_ids[first : first + BATCH]
            )
            made += len(contracts._recurring_create_invoice(date(2025, 1, 1)))
            env.flush_all()
            env.cr.commit()
    return made


# === The measures ===
def measure(count, year, label):
    """Run one campaign on one worker; return its seconds and what it simulated in."""
    campaign_id = make_campaign(year)
    _none, simulation = timed(simulate, campaign_id)
    memory = []
    _none, seconds = timed(run, campaign_id, 1, memory)
    check(campaign_id, count)
    half = memory[len(memory) // 2 :]
    print(
        f"{label}: {count} conventions, simulated in {simulation:.1f} s "
        f"({simulation / seconds:.2f} of the run), run in {seconds:.1f} s "
        f"({count / seconds:.0f}/s), memory {memory[0]:.0f} MB after a batch, "
        f"{max(half):.0f} MB at most in the second half"
    )
    assert simulation <= seconds / 10, "the simulation is longer than 1/10 of the run"
    assert max(half) - min(half) < 40, "the memory grows"
    return seconds


env.cr.commit()

make_conventions(COUNT, "Bench")
one_worker = measure(COUNT, 2025, "one worker")
second = make_campaign(2026)
simulate(second)
_none, two_workers = timed(run, second, 2)
check(second, COUNT)
print(f"two workers: run in {two_workers:.1f} s ({COUNT / two_workers:.0f}/s)")

wanted, bare = timed(bare_invoices, COUNT)
print(f"bare account.move.create: {bare:.1f} s ({COUNT / bare:.0f}/s)")

install_contract()
contract_ids = make_contracts(wanted)
made, contract = timed(invoice_contracts, contract_ids)
assert made == COUNT
print(f"OCA contract, recurring invoices alone: {contract:.1f} s ({made / contract:.0f}/s)")

print(f"one worker: {contract / one_worker:.2f} x the rate of OCA contract (target 0.8)")
print(f"two workers: {contract / two_workers:.2f} x (target 1.4)")
print(f"one worker: {bare / one_worker:.2f} x the rate of bare account.move.create")
