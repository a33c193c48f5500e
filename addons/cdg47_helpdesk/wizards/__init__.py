from . import cdg47_call
from . import cdg47_ticket_decline
from . import cdg47_ticket_move
from . import cdg47_ticket_qualify
from . import cdg47_time_attach
from . import cdg47_time_entry
from . import cdg47_written_request
from . import cdg47_year
