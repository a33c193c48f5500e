from . import cdg47_convention
from . import helpdesk_ticket_estimate
from . import sale_order
from . import sale_order_line
