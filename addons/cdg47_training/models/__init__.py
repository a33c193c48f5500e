from . import base
from . import session
from . import registration
from . import letters
from . import attendance
