from . import test_catalogue
from . import test_census_import
from . import test_concurrency
from . import test_convention
from . import test_convention_invoice
from . import test_convention_life
from . import test_csv_reader
from . import test_stratum
