"""Play the year story of a version of the add-ons and keep it in the database.

YEAR_STORY names the folder of its tests.
"""

import os
import sys
from contextlib import nullcontext

from odoo.modules import module

sys.path.insert(0, os.environ["YEAR_STORY"])

from test_year_story import TestYearStory

# The story has a cursor of its own.
env.cr.rollback()
TestYearStory.setUpClass()
story = TestYearStory("test_the_year")
story.setUp()
# No runner collects the outcomes of parts.
story.subTest = nullcontext
# Odoo commits in the middle of its mailings, but in tests.
module.current_test = story
story.test_the_year()
TestYearStory.commit_patcher.stop()
story.env.flush_all()
story.env.cr.commit()
