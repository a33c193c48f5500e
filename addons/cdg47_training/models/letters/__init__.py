from . import cdg47_training_convocation
from . import event_registration_letters
from . import mail_mail
from . import mailing_list
from . import mailing_mailing
