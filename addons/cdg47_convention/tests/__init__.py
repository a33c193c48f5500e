from . import test_stratum
