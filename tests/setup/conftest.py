"""The code behind the Makefile has neither Odoo nor a package: plain tests of it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "config" / "setup"))
