"""Give the tests the prices of the demonstration: without them, nothing is sold."""

env["cdg47.catalogue"]._load_demo_tariff()
env.cr.commit()
