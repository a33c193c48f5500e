# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The conflicts that our own guards provoke, told from all others (R6)."""

from contextlib import contextmanager

from psycopg2 import errors

CONFLICTS = (
    errors.LockNotAvailable,
    errors.SerializationFailure,
    errors.DeadlockDetected,
)


@contextmanager
def taking_guard():
    """Mark the conflict met inside: who asked may be told who else was writing."""
    try:
        yield
    except CONFLICTS as error:
        error.cdg47_guard = True
        raise


def is_of_guard(error):
    """Tell whether an error is the conflict of one of our guards."""
    return getattr(error, "cdg47_guard", False)
