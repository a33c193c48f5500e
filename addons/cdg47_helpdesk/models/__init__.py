from . import base
from . import ticket
from . import estimate
from . import time
