from . import allocation
from . import convention
from . import documents
from . import forfait
from . import home
from . import ledger
from . import order
from . import statement
