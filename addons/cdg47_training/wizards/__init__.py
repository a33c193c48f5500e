from . import cdg47_training_import
from . import cdg47_training_register
from . import cdg47_training_cancel
from . import cdg47_training_replace
from . import cdg47_training_session_cancel
from . import cdg47_training_sheet_reopen
from . import cdg47_training_regularise
from . import cdg47_year
