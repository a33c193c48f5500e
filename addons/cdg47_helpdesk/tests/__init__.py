from . import test_annexe3
from . import test_billing
from . import test_quota
