"""Replay the ledgers of a database; print as JSON what they say otherwise."""

import json

ledger = env["cdg47.ledger"]
print(json.dumps([str(difference) for difference in ledger._differences()]))
