from . import cdg47_training_half_day
from . import cdg47_training_interest
from . import cdg47_training_request
from . import event_event
from . import event_seats
from . import event_type
