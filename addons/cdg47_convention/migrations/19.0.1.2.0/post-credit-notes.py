# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def migrate(cr, version):
    """What a credit note gave back and was invoiced since is « to be invoiced again ».

    Any other credit note is final, as those made from now on.
    """
    cr.execute(
        """
        UPDATE account_move credit
           SET cdg47_rebill = true
         WHERE credit.move_type = 'out_refund'
           AND credit.state != 'cancel'
           AND EXISTS (
               SELECT 1
                 FROM account_move_line credited
                 JOIN sale_order_line_invoice_rel given_back
                   ON given_back.invoice_line_id = credited.id
                 JOIN sale_order_line sold ON sold.id = given_back.order_line_id
                 JOIN sale_order_line_invoice_rel billed
                   ON billed.order_line_id = sold.id
                 JOIN account_move_line again ON again.id = billed.invoice_line_id
                 JOIN account_move invoice ON invoice.id = again.move_id
                WHERE credited.move_id = credit.id
                  AND sold.cdg47_kind IS NOT NULL
                  AND invoice.move_type = 'out_invoice'
                  AND invoice.state != 'cancel'
                  AND invoice.id > credit.id
           )
        """
    )
