"""Make the main company French before the accounting is installed: its country decides
which chart of accounts is loaded."""

company = env.ref("base.main_company")
company.partner_id.country_id = env.ref("base.fr")
company.currency_id = env.ref("base.EUR")
env.ref("base.EUR").active = True

defaults = {"lang": "fr_FR", "tz": "Europe/Paris"}
# OdooBot and the administrator; the templates of the users to come.
users = env["res.users"].with_context(active_test=False).search([])
users.partner_id.write(defaults)
company.partner_id.write(defaults)
for field, value in defaults.items():
    env["ir.default"].set("res.partner", field, value)

env.cr.commit()
