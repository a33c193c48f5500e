from . import cdg47_activity_report
from . import cdg47_training_evaluation
from . import report_teaching_xlsx
from . import training_sheet_report
