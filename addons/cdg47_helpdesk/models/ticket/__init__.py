from . import calendar_event
from . import cdg47_mandate
from . import cdg47_panel_mixin
from . import cdg47_prerequisite_sheet
from . import helpdesk_ticket
from . import helpdesk_ticket_category
from . import helpdesk_ticket_mail
from . import helpdesk_ticket_stage
