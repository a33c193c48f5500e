# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What data files cannot say: the country of the chart, taxes, Odoo's own rules."""

from odoo.fields import Domain
from odoo.tools import SQL

# Records of Odoo's own models that make the catalogue.
CATALOGUE_MODELS = (
    "product.attribute",
    "product.attribute.value",
    "product.pricelist",
    "product.pricelist.item",
    "product.product",
    "product.template",
    "uom.uom",
)
# The portal rules that security/portal_rules_of_odoo.xml replaces, as Odoo ships them.
STOCK_PORTAL_RULES = {
    "base.res_partner_portal_public_rule": (
        "[('id', 'child_of', user.commercial_partner_id.id)]"
    ),
    "sale.sale_order_rule_portal": (
        "[('partner_id','child_of',[user.commercial_partner_id.id])]"
    ),
    "sale.sale_order_line_rule_portal": (
        "[('order_id.partner_id','child_of',[user.commercial_partner_id.id])]"
    ),
    "account.account_invoice_rule_portal": (
        "[('state', 'not in', ('cancel', 'draft')), ('move_type', 'in', "
        "('out_invoice', 'out_refund', 'in_invoice', 'in_refund')), "
        "('partner_id','child_of',[user.commercial_partner_id.id])]"
    ),
    "account.account_invoice_line_rule_portal": (
        "[('parent_state', 'not in', ('cancel', 'draft')), ('move_id.move_type', 'in', "
        "('out_invoice', 'out_refund', 'in_invoice', 'in_refund')), "
        "('move_id.partner_id','child_of',[user.commercial_partner_id.id])]"
    ),
}


def pre_init_hook(env):
    """Put a bare company in France before Odoo chooses its chart of accounts.

    Odoo picks the chart at the end of the installation from the company's country; a
    company without one would get the generic chart, which has no French tax.
    """
    company = env.company
    if company.country_id or company.chart_template:
        return
    company.country_id = env.ref("base.fr")

    def load_french_chart(env):
        env["account.chart.template"].try_loading("fr", env.company)

    env.registry._auto_install_template = load_french_chart


def uninstall_hook(env):
    """Give Odoo its own portal rules back, and let go of what it keeps."""
    for xml_id, domain in STOCK_PORTAL_RULES.items():
        rule = env.ref(xml_id, raise_if_not_found=False)
        if rule:
            rule.domain_force = domain
    _let_go_of_what_is_declared(env)
    # With its triggers: facts go away with their table.
    env.cr.execute("DROP FUNCTION IF EXISTS cdg47_consumption_protect() CASCADE")
    _keep_what_was_sold(env)


def _let_go_of_what_is_declared(env):
    """Drop the keys by which what was entered forbids deleting what is declared.

    Odoo deletes the records of the data files first, while our tables and columns,
    which go next, still name them. Every other key goes with its table.
    """
    declared = env["ir.model.data"].search([("module", "=", "cdg47_convention")])
    tables = {env[model]._table for model in declared.mapped("model") if model in env}
    env.cr.execute(
        """
        SELECT child.relname, fk.conname
          FROM pg_constraint fk
          JOIN pg_class child ON child.oid = fk.conrelid
          JOIN pg_class parent ON parent.oid = fk.confrelid
         WHERE fk.contype = 'f'
           AND fk.confdeltype = 'r'
           AND parent.relname IN %s
           AND (child.relname LIKE 'cdg47\\_%%' OR parent.relname LIKE 'cdg47\\_%%')
        """,
        [tuple(tables)],
    )
    for table, constraint in env.cr.fetchall():
        env.cr.execute(
            SQL(
                "ALTER TABLE %s DROP CONSTRAINT %s",
                SQL.identifier(table),
                SQL.identifier(constraint),
            )
        )


def _keep_what_was_sold(env):
    """Leave the catalogue, archived, to the orders and invoices that name it.

    Without its external ids it is no longer the add-on's, and is not deleted with it.
    """
    named = env["ir.model.data"].search([("model", "in", CATALOGUE_MODELS)])
    catalogue = named.filtered(lambda data: data.module == "cdg47_convention")
    # Odoo's hour has a second name with us, and stays Odoo's.
    others = {(data.model, data.res_id) for data in named - catalogue}
    ids = {model: [] for model in CATALOGUE_MODELS}
    for data in catalogue:
        if (data.model, data.res_id) not in others:
            ids[data.model].append(data.res_id)
    if not _is_in_use(env, ids["product.product"], ids["uom.uom"]):
        return
    env["product.pricelist"].browse(ids["product.pricelist"]).active = False
    env["product.template"].browse(ids["product.template"]).active = False
    catalogue.unlink()


def _is_in_use(env, product_ids, uom_ids):
    """Tell whether an order, an invoice or another product names the catalogue."""
    ours = Domain("product_id", "in", product_ids)
    units = Domain("product_uom_id", "in", uom_ids)
    others = Domain("uom_id", "in", uom_ids) & ~Domain(
        "product_variant_ids", "in", product_ids
    )
    return bool(
        env["sale.order.line"].search_count(ours | units, limit=1)
        or env["account.move.line"].search_count(ours | units, limit=1)
        or env["product.template"]
        .with_context(active_test=False)
        .search_count(others, limit=1)
    )
