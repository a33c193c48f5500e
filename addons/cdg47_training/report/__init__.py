from . import cdg47_activity_report
from . import training_sheet_report
