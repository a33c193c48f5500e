from . import training_sheet_report
