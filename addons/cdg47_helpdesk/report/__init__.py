from . import cdg47_activity_report
from . import cdg47_time_report
