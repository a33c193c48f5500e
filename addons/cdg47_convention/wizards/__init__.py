from . import base_partner_merge
from . import cdg47_annexe_viewer
from . import cdg47_convention_propose
from . import cdg47_convention_terminate
from . import cdg47_paper_signature
from . import cdg47_quota_rule_revise
