from . import training_portal
from . import catalogue
from . import registration
from . import attestation
from . import agents
from . import wishes
from . import letters
from . import sheet
