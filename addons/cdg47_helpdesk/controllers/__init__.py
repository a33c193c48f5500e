from . import request
from . import ticket
