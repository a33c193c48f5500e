"""Databases with their filestore: created aside, then renamed once complete, so that a
database under its own name is always whole."""

import json
import os
import shutil

from process import CommandError
from settings import ADDONS, DATA, addons
from stamps import digest

# Part of an add-on that needs no update of a database.
_INERT = ("tests", "readme", "README.md", "README.rst", "__pycache__")


class Databases:
    """What we do to the databases of one server."""

    def __init__(self, server):
        self.server = server

    def names(self, prefix=""):
        rows = self.server.sql("SELECT datname FROM pg_database ORDER BY datname")
        return [name for name in rows.splitlines() if name.startswith(prefix)]

    def exists(self, name):
        return name in self.names()

    def create(self, name):
        self.drop(name)
        self.server.sql(
            f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'"
        )
        for statement in _EXTENSIONS:
            try:
                self.server.sql(statement, name, as_superuser=True)
            except CommandError:
                # A given server may refuse: searches are then slower, not wrong.
                continue

    def drop(self, name):
        self.server.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(filestore(name), ignore_errors=True)

    def rename(self, old, new):
        shutil.rmtree(filestore(new), ignore_errors=True)
        if filestore(old).exists():
            filestore(old).rename(filestore(new))
        self.server.sql(f'ALTER DATABASE "{old}" RENAME TO "{new}"')

    def copy(self, template, name):
        self.drop(name)
        self.server.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        if filestore(template).exists():
            # Odoo never changes a stored file: a link is as good as a copy.
            shutil.copytree(filestore(template), filestore(name), copy_function=os.link)

    # The state of the code that a database was made with is kept as its comment: it
    # follows the database wherever it goes.

    def fingerprint(self, name):
        text = self.server.sql(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database "
            f"WHERE datname = '{name}'"
        )
        return json.loads(text or "{}")

    def set_fingerprint(self, name, value):
        text = json.dumps(value).replace("'", "''")
        self.server.sql(f"COMMENT ON DATABASE \"{name}\" IS '{text}'")


_EXTENSIONS = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE EXTENSION IF NOT EXISTS unaccent",
    # As Odoo does on the databases that it creates: indexes need it.
    "ALTER FUNCTION unaccent(text) IMMUTABLE",
)


def filestore(name):
    return DATA / "filestore" / name


def addons_fingerprint():
    """Return a hash for each add-on, of what a database keeps of it."""
    return {name: digest(*_live_files(ADDONS / name)) for name in addons()}


def _live_files(addon):
    for path in sorted(addon.rglob("*")):
        relative = path.relative_to(addon)
        if path.is_file() and path.suffix != ".pot" and not _is_inert(relative):
            yield str(relative)
            yield path


def _is_inert(relative):
    return (
        relative.parts[0] in _INERT
        or relative.match("static/tests/*")
        or ("__pycache__" in relative.parts)
    )
