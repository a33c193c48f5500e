from . import test_catalogue
from . import test_census_import
from . import test_csv_reader
from . import test_stratum
