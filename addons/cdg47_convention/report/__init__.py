# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import account_move_titles_xlsx
from . import cdg47_activity_report
from . import cdg47_budget_report
from . import cdg47_campaign_xlsx
from . import cdg47_entitlement_deferred_xlsx
from . import cdg47_convention_articles
from . import cdg47_convention_report
from . import cdg47_deliberation_report
from . import cdg47_statement_report
from . import cdg47_statement_xlsx
from . import cdg47_use_report
from . import report_invoice
