# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.fields import Domain

from ...reading.answer import signatory_word
from ...reading.rule_use import check_service_kept

# Services whose right opens once per Métiers software, by default.
SERVICES_BY_SOFTWARE = ("INSTALL-METIERS",)
# « MARCHES-ACCOMP » accompanies the first commissioning of « MARCHES » (Annexe 3 II 2).
ACCOMPANIMENT = "-ACCOMP"


class ProductProduct(models.Model):
    _inherit = "product.product"

    stratum_id = fields.Many2one(
        "cdg47.stratum",
        compute="_compute_stratum_id",
        store=True,
        index="btree_not_null",
        help="The stratum this variant of a forfait is sold to.",
    )
    cdg47_step_ids = fields.One2many(
        "cdg47.service.step", "product_id", string="Contents"
    )
    cdg47_overage_product_id = fields.Many2one(
        "product.product",
        string="Continued by",
        ondelete="restrict",
        help="Priced service that continues this one beyond its quota, when it is not "
        "the one of the quota rule.",
    )
    cdg47_platform_url = fields.Char(
        string="Platform", help="Address of the online platform, shown in the portal."
    )

    # === What is held of it ===
    cdg47_allocation_kind = fields.Selection(
        [
            ("licence", "Licence"),
            ("certificate", "Certificate"),
            ("storage", "Measured volume"),
            ("account", "Account"),
            ("address", "Address"),
            ("domain", "Domain name"),
        ],
        string="Allocated as",
        help="Which details an allocation of this service has.",
    )
    cdg47_for_workstation = fields.Boolean(string="For workstations")
    cdg47_for_server = fields.Boolean(string="For servers")
    cdg47_for_mobile = fields.Boolean(string="For mobiles")
    cdg47_max_held = fields.Integer(
        string="Held at most",
        help="Units a collectivité may hold at once; 0: no maximum.",
    )
    cdg47_can_delegate = fields.Boolean(
        string="Can be delegated",
        help="The collectivité may administer the service itself.",
    )
    cdg47_rule_ids = fields.Many2many(
        "cdg47.quota.rule",
        relation="cdg47_quota_rule_product_product_rel",
        column1="product_product_id",
        column2="cdg47_quota_rule_id",
        string="Lines of Annexe 1",
    )

    def write(self, vals):
        check_service_kept(self, vals)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_given(self):
        check_service_kept(self)

    @api.depends(
        "product_template_attribute_value_ids.product_attribute_value_id.stratum_id"
    )
    def _compute_stratum_id(self):
        for product in self:
            values = product.product_template_attribute_value_ids
            product.stratum_id = values.product_attribute_value_id.stratum_id[:1]

    def _cdg47_accepted_by(self, partner):
        """Say who accepts the price of this service for a collectivité, in a sentence.

        :rtype: str
        """
        return signatory_word(partner)

    @api.model
    def _cdg47_requestable(self):
        """Return the complementary services of Annexe 1, as superuser.

        :rtype: product.product
        """
        # A portal contact may not read products: only names and prices are shown.
        return self.sudo().search(
            Domain("cdg47_is_service", "=", True) & Domain("sale_ok", "=", True),
            order="cdg47_family, default_code, id",
        )

    def _cdg47_device_kinds(self):
        """Return the kinds of devices this service admits.

        :rtype: list[str]
        """
        self.ensure_one()
        return [
            kind
            for kind in ("workstation", "server", "mobile")
            if self[f"cdg47_for_{kind}"]
        ]

    def _cdg47_accompaniments(self):
        """Return the service whose once-only day accompanies each of these accesses.

        :rtype: dict[product.product, product.product]
        """
        codes = {
            f"{service.default_code}{ACCOMPANIMENT}": service
            for service in self
            if service.default_code
        }
        found = self.search(
            [("default_code", "in", list(codes)), ("cdg47_is_service", "=", True)]
        )
        return {codes[service.default_code]: service for service in found}

    def _cdg47_is_by_software(self):
        """Tell whether the right to this service opens once per software (R3)."""
        return self.default_code in SERVICES_BY_SOFTWARE and (
            self.env.company.cdg47_install_scope == "software"
        )

    def _cdg47_right_scope(self, scope):
        """Return the software that the right to this service depends on, if any."""
        return scope if self._cdg47_is_by_software() else scope.browse()
