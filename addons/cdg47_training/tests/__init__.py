from . import test_concurrency
from . import test_letters
from . import test_life
from . import test_portal
from . import test_portal_isolation
from . import test_portal_pages
from . import test_registration
from . import test_tour
