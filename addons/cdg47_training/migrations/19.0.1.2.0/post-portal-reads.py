# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def migrate(cr, version):
    """Rules of rights that the portal no longer has: kept by noupdate, of no use."""
    cr.execute(
        """
        WITH named AS (
            DELETE FROM ir_model_data
             WHERE module = 'cdg47_training' AND model = 'ir.rule'
               AND name IN ('event_event_rule_portal', 'half_day_rule_portal')
         RETURNING res_id
        )
        DELETE FROM ir_rule WHERE id IN (SELECT res_id FROM named)
        """
    )
