"""Remember which work is complete, so that it is neither redone nor half done.

A stamp holds the key of what it vouches for (a hash): another key means that the work
must be done again. It is written last, in one move, so that an interrupted work has
none.
"""

import hashlib

from settings import STAMPS


def digest(*parts):
    """Return a short hash of strings, bytes and files."""
    total = hashlib.sha256()
    for part in parts:
        if hasattr(part, "read_bytes"):
            part = part.read_bytes()
        elif isinstance(part, str):
            part = part.encode()
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()[:12]


def is_current(name, key):
    path = STAMPS / name
    return path.exists() and path.read_text() == key


def write(name, key):
    STAMPS.mkdir(parents=True, exist_ok=True)
    draft = STAMPS / f"{name}.new"
    draft.write_text(key)
    draft.replace(STAMPS / name)


def exists(name):
    return (STAMPS / name).exists()


def remove(*names):
    for name in names:
        (STAMPS / name).unlink(missing_ok=True)
