from . import allocation
from . import convention
from . import documents
from . import home
from . import ledger
from . import order
