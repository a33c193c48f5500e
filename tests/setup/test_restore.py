"""A backup is restored by the README's own commands, as in production.

By a role that may not create databases, sorted as before, and never lost afterwards.
"""

import os
import subprocess
from pathlib import Path

import postgres
import pytest

CONFIG = Path(__file__).parents[2] / "config"
ROLE, SOURCE, COPY = "cdg47_plain_role", "cdg47_restore_from", "cdg47_restore_to"
TABLES = """
CREATE TABLE res_users (id int, name text);
INSERT INTO res_users VALUES (1, 'Étauliers'), (2, 'Zone');
CREATE TABLE ir_attachment (id int, store_fname text, name text);
CREATE INDEX ON res_users (unaccent(name));
"""
# The embedded PostgreSQL has no ICU: another provider than its default tells as well
# whether the order of the names is kept.
SORTED = (
    f"CREATE DATABASE {SOURCE} OWNER {ROLE} TEMPLATE template0 ENCODING 'UTF8' "
    "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
)


@pytest.fixture
def server():
    server = postgres.start()
    if not server.superuser:
        pytest.skip("another PostgreSQL, whose superuser is not ours")
    _drop(server)
    # The README's createuser: no CREATEDB.
    server.sql(f"CREATE ROLE {ROLE} LOGIN", as_superuser=True)
    server.sql(SORTED, as_superuser=True)
    extensions = (
        "CREATE EXTENSION pg_trgm; CREATE EXTENSION unaccent; "
        "ALTER FUNCTION unaccent(text) IMMUTABLE"
    )
    server.sql(extensions, SOURCE, as_superuser=True)
    yield server
    _drop(server)


def _drop(server):
    for name in (SOURCE, COPY):
        server.sql(f"DROP DATABASE IF EXISTS {name}", as_superuser=True)
    server.sql(f"DROP ROLE IF EXISTS {ROLE}", as_superuser=True)


@pytest.fixture
def backup(server, tmp_path):
    """Save the database; return how to run the scripts, and where it was saved."""
    (tmp_path / "filestore" / SOURCE / "ab").mkdir(parents=True)
    document = tmp_path / "filestore" / SOURCE / "ab" / ("ab" * 20)
    document.write_text("délibération")
    superuser = f"env PGUSER={server.superuser} {postgres.binaries() / 'psql'}"
    environment = {
        **os.environ,
        **server.environment,
        "PATH": f"{postgres.binaries()}:{os.environ['PATH']}",
        "PGUSER": ROLE,
        "DB_NAME": SOURCE,
        "DATA_DIR": str(tmp_path),
        "BACKUP_DIR": str(tmp_path / "backups"),
        "ADMIN_PSQL": superuser,
    }
    _psql(environment, SOURCE, TABLES)
    _psql(
        environment, SOURCE,
        f"INSERT INTO ir_attachment VALUES (1, 'ab/{'ab' * 20}', 'délibération')",
    )  # fmt: skip
    _run([CONFIG / "backup.sh"], environment)
    (saved,) = (tmp_path / "backups").iterdir()
    return environment, saved


def _run(command, environment, status=0):
    done = subprocess.run(
        command, env=environment, text=True, capture_output=True, check=False
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def _psql(environment, database, statement):
    return _run(
        ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement],
        environment,
    ).strip()


def _restore(environment, saved, *options, status=0, **variables):
    command = [CONFIG / "restore.sh", saved, COPY, *options]
    return _run(command, {**environment, **variables}, status)


def test_a_role_that_creates_no_database_gets_its_own_back(server, backup):
    environment, saved = backup
    said = _restore(environment, saved)
    assert "2 utilisateurs, 1 documents" in said
    facts = (
        "SELECT pg_get_userbyid(datdba), datlocprovider, datlocale, datcollate "
        "FROM pg_database WHERE datname = "
    )
    assert server.sql(f"{facts}'{COPY}'") == f"{ROLE}|b|C.UTF-8|C"
    assert server.sql(f"{facts}'{SOURCE}'") == server.sql(f"{facts}'{COPY}'")
    assert _psql(environment, COPY, "SELECT count(*) FROM res_users") == "2"
    # Twice: what exists is never written over.
    assert "existe déjà" in _restore(environment, saved, status=1)


def test_what_is_restored_survives_a_failed_neutralization(backup, tmp_path):
    environment, saved = backup
    broken = tmp_path / "odoo"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    said = _restore(environment, saved, "--neutralize", status=1, ODOO=str(broken))
    assert "PAS neutralisée" in said
    assert _psql(environment, COPY, "SELECT count(*) FROM res_users") == "2"
    assert (tmp_path / "filestore" / COPY / "ab" / ("ab" * 20)).exists()


def test_an_unknown_odoo_is_said_before_anything(backup, server):
    environment, saved = backup
    said = _restore(environment, saved, "--neutralize", status=2, ODOO="/no/odoo")
    assert "introuvable" in said
    assert server.sql(f"SELECT 1 FROM pg_database WHERE datname = '{COPY}'") == ""


def test_a_broken_archive_leaves_nothing(backup, server, tmp_path):
    environment, saved = backup
    archive = saved / "filestore.tar.gz"
    archive.write_bytes(archive.read_bytes()[:-40])
    sums = (saved / "SHA256SUMS").read_text().splitlines()[:1]
    (saved / "SHA256SUMS").write_text("\n".join(sums) + "\n")
    done = subprocess.run(
        [CONFIG / "restore.sh", saved, COPY],
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode
    assert server.sql(f"SELECT 1 FROM pg_database WHERE datname = '{COPY}'") == ""
    assert not (tmp_path / "filestore" / COPY).exists()
