from . import cdg47_training_attendance
from . import cdg47_training_attestation
