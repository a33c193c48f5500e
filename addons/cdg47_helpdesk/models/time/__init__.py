from . import account_analytic_line
from . import account_move_line
from . import cdg47_consumption
from . import cdg47_remote_session
from . import helpdesk_ticket_time
