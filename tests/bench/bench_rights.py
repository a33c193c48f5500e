"""Reading the rights of 1 000 collectivités, beside raw SQL and Odoo's own page.

Run by `make bench` in the Odoo shell, on a copy of a database. 1 000 collectivités ×
20 rights, 500 000 facts: sealed as the ledger seals them, then written by COPY, which
the triggers let through (they refuse changes, not new rows). Rights and grants are
written by SQL too, and the replay check is run on some ledgers to show they are right.

All is measured in one run and asserted as ratios, as seconds depend on the machine.
"""

import csv
import io
import json
import statistics
import time
from datetime import date, timedelta

from werkzeug.test import Client

import odoo
from odoo.fields import Command
from odoo.service import security
from odoo.tests import new_test_user

from odoo.addons.cdg47_convention.lib.dates import today_in_paris
from odoo.addons.cdg47_convention.reading.ledger_file import seal
from odoo.addons.cdg47_convention.reading.quota_sheet import QuotaSheet

COLLECTIVITES, FACTS_BY_RIGHT, MINUTES = 1000, 25, 10
SOFTWARE = 11
ORDERS_SHOWN = 20
MODULE = "cdg47_convention"
today = today_in_paris()
year = today.year


def timed(*functions, times=5):
    """Return the median seconds of calls made in turn, each with empty caches.

    In turn, what else the machine does weighs alike on each.
    """
    seconds = {function: [] for function in functions}
    for _round in range(times):
        for function in functions:
            env.invalidate_all()
            start = time.perf_counter()
            function()
            seconds[function].append(time.perf_counter() - start)
    return [statistics.median(of_function) for of_function in seconds.values()]


def queries(function):
    env.flush_all()
    before = env.cr.sql_log_count
    function()
    env.flush_all()
    return env.cr.sql_log_count - before


# === Collectivités and conventions: by the ORM ===
forfaits = env.ref(f"{MODULE}.forfait_metiers") | env.ref(f"{MODULE}.forfait_techno")
stratum = env.ref(f"{MODULE}.stratum_s4")
editor = env["cdg47.software.editor"].create({"name": "Éditeur mesuré"})
editor.product_ids = env["product.product"].search([("cdg47_is_service", "=", True)])
software = env["cdg47.software"].create(
    [{"name": f"Logiciel {n}", "editor_id": editor.id} for n in range(SOFTWARE)]
)
start = time.perf_counter()
partners = env["res.partner"].with_context(tracking_disable=True).create(
    [
        {
            "name": f"Commune mesurée {n}",
            "is_company": True,
            "collectivite_type": "commune",
            "software_editor_id": editor.id,
        }
        for n in range(COLLECTIVITES + 2)
    ]
)  # fmt: skip


def convention_values(partner):
    return {
        "partner_id": partner.id,
        "date_start": date(year - 3, 1, 1),
        "date_end": date(year + 2, 12, 31),
        "state": "active",
        "signature_kind": "import",
        "line_ids": [
            Command.create({"forfait_id": f.id, "date_start": date(year - 3, 1, 1)})
            for f in forfaits
        ],
        "term_ids": [
            Command.create(
                {
                    "date_start": date(year, 1, 1),
                    "date_end": date(year, 12, 31),
                    "stratum_id": stratum.id,
                    "stratum_reason": "mesure",
                    "state": "open",
                }
            )
        ],
    }


conventions = env["cdg47.convention"].with_context(tracking_disable=True).create(
    [convention_values(partner) for partner in partners]
)  # fmt: skip
measured, small, large = (
    partners[:COLLECTIVITES],
    conventions[-2],
    conventions[-1],
)
env.flush_all()

# === Rights: ten lines of Annexe 1, one of them by software ===
rules = env["cdg47.quota.rule"]._all_rules()
rights = []
for rule in rules.filtered(lambda r: r.measure == "flow" and r.coverage == "limited"):
    product = rule.product_ids[:1]
    for scope in software if product._cdg47_is_by_software() else [software.browse()]:
        rights.append((rule, product, scope))
assert len(rights) == 20, len(rights)
consumptions = env["cdg47.consumption"]
hour = env.ref("uom.product_uom_hour")
first_days = {
    "year": date(year, 1, 1),
    "three_years": date(year, 1, 1),
    "once": date(year - 1, 1, 1),
}


def copy_rows(table, columns, rows):
    """Write rows by COPY, as fast as PostgreSQL takes them."""
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    stream.seek(0)
    env.cr._obj.copy_expert(
        f"COPY {table} ({', '.join(columns)}) FROM STDIN WITH (FORMAT csv, NULL '')",
        stream,
    )


def next_id(table):
    env.cr.execute(f"SELECT COALESCE(MAX(id), 0) + 1 FROM {table}")
    return env.cr.fetchone()[0]


def restart_sequence(table):
    env.cr.execute(f"SELECT setval('{table}_id_seq', (SELECT MAX(id) FROM {table}))")


keys = {
    product.id: rules._flow_rules(product)._right_key()
    for _rule, product, _scope in rights
}
granted = {rule.id: rule.uom_id._cdg47_amount(rule.quantity) for rule, *_ in rights}
used = FACTS_BY_RIGHT * MINUTES
right_id = first_right = next_id("cdg47_entitlement")
right_rows, fact_rows, grant_rows, service_rows, heads = [], [], [], [], []
for partner_id in measured.ids:
    head, rank = None, 0
    for rule, product, scope in rights:
        opened = first_days[rule.period]
        ends = {
            "year": date(year, 12, 31),
            "three_years": date(year + 2, 12, 31),
            "once": "",
        }[rule.period]
        total = granted[rule.id]
        right_rows.append(
            (right_id, partner_id, keys[product.id], scope.id or "", rule.period,
             opened, ends, ends and ends + timedelta(days=1), rule.uom_id.id, total,
             0, used, 0, max(used - total, 0), max(total - used, 0),
             100 if used >= total else 0, 100)
        )  # fmt: skip
        grant_rows.append((right_id, partner_id, "rule", total, opened, ends, rule.id))
        service_rows += [
            (right_id, p.id) for p in rules._flow_rules(product).product_ids
        ]
        left = total
        for number in range(FACTS_BY_RIGHT):
            day = opened + timedelta(days=number * 12)
            covered = min(left, MINUTES)
            left -= covered
            rank += 1
            content = consumptions._sealed_content(
                {"rank": rank, "partner_id": partner_id, "product_id": product.id,
                 "scope_id": scope.id, "date": day, "quantity": round(MINUTES / 60, 4),
                 "uom_id": hour.id, "amount": MINUTES}
            )  # fmt: skip
            head = seal(head, content)
            fact_rows.append(
                (partner_id, product.id, scope.id or "", day, round(MINUTES / 60, 4),
                 hour.id, MINUTES, rank, head, right_id, covered, MINUTES - covered,
                 json.dumps({"rule": covered}) if covered else "", False)
            )  # fmt: skip
        right_id += 1
    heads.append((head, rank, partner_id))
copy_rows(
    "cdg47_entitlement",
    ("id", "partner_id", "key", "scope", "period", "date_start", "date_end",
     "next_date", "uom_id", "granted_amount", "added_amount", "consumed_amount",
     "inherited_amount", "over_amount", "left_amount", "threshold",
     "alerted_threshold"),
    right_rows,
)  # fmt: skip
restart_sequence("cdg47_entitlement")
copy_rows(
    "cdg47_entitlement_product_product_rel",
    ("cdg47_entitlement_id", "product_product_id"),
    service_rows,
)
copy_rows(
    "cdg47_grant",
    ("entitlement_id", "partner_id", "kind", "amount", "date_start", "date_end",
     "rule_id"),
    grant_rows,
)  # fmt: skip
copy_rows(
    "cdg47_consumption",
    ("partner_id", "product_id", "scope_id", "date", "quantity", "uom_id", "amount",
     "rank", "hash", "entitlement_id", "covered_amount", "billable_amount", "shares",
     "frozen"),
    fact_rows,
)  # fmt: skip
for head in heads:
    env.cr.execute(
        "UPDATE cdg47_ledger SET head = %s, rank = %s WHERE partner_id = %s", head
    )
env.cr.commit()
env.cr._cnx.autocommit = True
env.cr.execute("VACUUM ANALYZE cdg47_consumption, cdg47_entitlement, cdg47_grant")
env.cr._cnx.autocommit = False
env.invalidate_all()
print(
    f"{len(measured)} collectivités, {len(right_rows)} rights, {len(fact_rows)} facts: "
    f"written in {time.perf_counter() - start:.0f} s"
)
checked = measured[:3]
differences = env["cdg47.ledger"]._differences(checked)
assert not differences, differences[:5]
print(f"replay check of {len(checked)} ledgers of 500 facts: no difference")


# === All balances in one pass ===
def raw():
    env.cr.execute(
        """
        SELECT entitlement_id, SUM(amount), SUM(billable_amount)
          FROM cdg47_consumption GROUP BY entitlement_id
        """
    )
    assert len(env.cr.fetchall()) >= len(right_rows)


def balances(day):
    found = QuotaSheet(env, measured, day).balances
    return sum(len(rights) for rights in found.values())


eve = today - timedelta(days=1)
assert balances(today) == balances(eve) == len(right_rows)
raw_time, now_time, past_time = timed(
    raw, lambda: balances(today), lambda: balances(eve)
)
print(f"raw GROUP BY: {raw_time * 1000:.0f} ms")
for label, seconds in (("today", now_time), ("at a past date", past_time)):
    print(
        f"all balances {label}: {seconds * 1000:.0f} ms, {seconds / raw_time:.2f} × raw"
    )


def sheets():
    sheet = QuotaSheet(env, measured)
    return sum(len(sheet.lines_of(partner)) for partner in measured)


(sheet_time,) = timed(sheets, times=1)
print(f"the {sheets()} lines of the 1 000 sheets: {sheet_time:.1f} s")

# === The dry run and a use ===
audit = env.ref(f"{MODULE}.service_audit_secu")
training = env.ref(f"{MODULE}.service_form_groupe")
convention = conventions[0]
convention._check_coverage(training, 1, hour, today)  # catalogue and tariff in cache
env["cdg47.consumption"].invalidate_model()
env["cdg47.entitlement"].invalidate_model()
check_queries = queries(lambda: convention._check_coverage(training, 1, hour, today))
print(f"_check_coverage: {check_queries} SQL")


def fill(convention, count):
    """Use the right up at once, then go on: every later use is explained alike."""
    consumptions.create(
        [
            {
                "partner_id": convention.partner_id.id,
                "product_id": training.id,
                "date": date(year, 1, 1) + timedelta(days=number % 300),
                "quantity": 0.05 if number else 7,
                "uom_id": hour.id,
            }
            for number in range(count)
        ]
    )


def use_queries(convention):
    convention._consume(training, 0.05, hour, today)  # warm
    env["cdg47.consumption"].invalidate_model()
    env["cdg47.entitlement"].invalidate_model()
    return queries(lambda: convention._consume(training, 0.05, hour, today))


fill(small, 50)
fill(large, 1050)
short, long = use_queries(small), use_queries(large)
print(f"_consume: {short} SQL after 50 facts, {long} SQL after 1 050")

# === « Mon forfait » beside /my/orders ===
partner = measured[0]
user = new_test_user(
    env, "mesure", groups="base.group_portal", name="Mesure", email="m@example.com"
)
env["cdg47.mandate"].create(
    {
        "contact_id": user.partner_id.id,
        "collectivite_id": partner.id,
        "role": "secretary",
        "date_start": date(2020, 1, 1),
    }
)
product = env["product.product"].create({"name": "Prestation", "list_price": 10})
orders = env["sale.order"].create(
    [
        {
            "partner_id": partner.id,
            "order_line": [Command.create({"product_id": product.id})],
        }
        for _number in range(ORDERS_SHOWN)
    ]
)
orders.action_confirm()
env.cr.commit()


def signed_in():
    """Return a client of this very process, signed in as the contact."""
    store = odoo.http.root.session_store
    session = store.new()
    session.update(odoo.http.get_default_session(), db=env.cr.dbname)
    session.update(uid=user.id, login=user.login)
    session.context = {"lang": "fr_FR"}
    session.session_token = security.compute_session_token(session, env(user=user.id))
    store.save(session)
    client = Client(odoo.http.root)
    client.set_cookie("session_id", session.sid, domain="localhost")
    client.set_cookie("frontend_lang", "fr_FR", domain="localhost")
    return client


client = signed_in()


def page_times(pages, times=15):
    """Return the median seconds of pages asked for in turn.

    :param dict[str, str] pages: what each address has to show
    """
    seconds = {path: [] for path in pages}
    for number in range(times + 3):  # the first ones fill the caches
        for path, expected in pages.items():
            start = time.perf_counter()
            response = client.get(path)
            content = response.get_data(as_text=True)
            if number > 2:
                seconds[path].append(time.perf_counter() - start)
            assert response.status_code == 200, (path, response.status)
            assert expected in content, path
    return [statistics.median(of_page) for of_page in seconds.values()]


orders_time, forfait_time = page_times(
    {
        "/my/orders": orders[0].name,
        "/my/forfait": training.with_context(lang="fr_FR").name[:20],
    }
)
print(
    f"/my/orders ({ORDERS_SHOWN} orders): {orders_time * 1000:.0f} ms; "
    f"/my/forfait: {forfait_time * 1000:.0f} ms, "
    f"{forfait_time / orders_time:.2f} × as long"
)

assert now_time <= 3 * raw_time and past_time <= 3 * raw_time
assert check_queries <= 3
assert short == long
assert forfait_time <= 1.1 * orders_time
