# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def migrate(cr, version):
    """The teams of the add-on follow the deadlines that come with this version."""
    cr.execute(
        """
        UPDATE helpdesk_ticket_team SET use_sla = TRUE
         WHERE id IN (
            SELECT res_id FROM ir_model_data
             WHERE module = 'cdg47_helpdesk' AND model = 'helpdesk.ticket.team'
         )
        """
    )
