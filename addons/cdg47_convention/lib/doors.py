# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Tells a button, which does all that a state means, from who writes the state alone.

A context would do, but whoever calls by RPC gives its own.
"""

from contextlib import contextmanager
from contextvars import ContextVar

_PRESSED = ContextVar("cdg47_button_pressed", default=False)


@contextmanager
def pressed():
    """Let states be written for the time of the block, or of the method it decorates:
    a button has checked them.
    """
    token = _PRESSED.set(True)
    try:
        yield
    finally:
        _PRESSED.reset(token)


def is_pressed():
    """Tell whether a button is at work.

    >>> is_pressed()
    False
    >>> with pressed():
    ...     is_pressed()
    True
    """
    return _PRESSED.get()
