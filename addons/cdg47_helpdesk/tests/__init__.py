from . import test_annexe3
