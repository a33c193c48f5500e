"""Share the test files out between the processes that run them."""

import json

# Seconds for a byte of a file that never ran, where none did: a first guess.
_SECONDS_PER_BYTE = 0.001


def share_out(weights, count, first=0):
    """Return ``count`` lists of the keys of ``weights``, about as long to run each.

    The longest goes first, each to the list that is the shortest by then; ``first`` is
    what the first list has to do besides.

    >>> share_out({"a": 5, "b": 4, "c": 3, "d": 2}, 2)
    [['a', 'd'], ['b', 'c']]
    """
    shares = [[] for _number in range(count)]
    loads = [first] + [0] * (count - 1)
    for key in sorted(weights, key=lambda key: (-weights[key], str(key))):
        shortest = loads.index(min(loads))
        shares[shortest].append(key)
        loads[shortest] += weights[key]
    # In the order of one process: a failure happens again with a share alone.
    return [sorted(share) for share in shares]


def weights(files, known):
    """Return the seconds that each file should take: those of its last run, else what
    the others give for its size.

    :param dict files: size of each file
    :param dict known: seconds of those that ran
    """
    ran = [name for name in files if name in known]
    size = sum(files[name] for name in ran)
    rate = sum(known[name] for name in ran) / size if size else _SECONDS_PER_BYTE
    return {name: known.get(name, size * rate) for name, size in files.items()}


def read(path):
    """Return the seconds recorded in ``path``; none where it is lost or broken."""
    try:
        record = json.loads(path.read_text())
        return {str(name): float(seconds) for name, seconds in record.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write(path, seconds):
    rounded = {name: round(value, 2) for name, value in sorted(seconds.items())}
    path.write_text(json.dumps(rounded, indent=1))
