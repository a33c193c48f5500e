"""Command line of the project: ``python3 config/setup <target>``, see the Makefile.

Standard library only: this is what runs on a machine that has nothing else yet.
"""

import sys

MINIMUM = (3, 11)
_TOO_OLD = (
    "Erreur : Python %d.%d ou plus récent est nécessaire, celui-ci est le %d.%d ; s'il "
    "y en a un autre, nommez-le : make run PYTHON=python%d.%d"
)


def main():
    if sys.version_info < MINIMUM:
        # Said before any other import: the rest would be a syntax error there.
        sys.exit(_TOO_OLD % (MINIMUM + sys.version_info[:2] + MINIMUM))
    from commands import call

    # The characters that a terminal lacks are no reason to stop.
    sys.stdout.reconfigure(errors="replace")
    return call(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
