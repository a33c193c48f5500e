from . import test_amount_in_words
from . import test_catalogue
from . import test_census_import
from . import test_csv_reader
from . import test_documents
from . import test_portal_signature
from . import test_stratum
