from . import account_move_line
from . import cdg47_training_participation
from . import event_registration
from . import event_registration_seat
from . import sale_order
from . import sale_order_line
