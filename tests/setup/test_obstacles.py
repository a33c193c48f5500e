"""What a user meets is one sentence, and what was begun leaves no trap."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace

import commands
import debian
import pdf
import postgres
import provision
import pytest
import python_env
import server
import settings
from console import SetupError
from process import (
    CommandError,
    command_line,
    end,
    run,
    spawn,
    stream,
    wait_until,
)
from settings import ROOT


@pytest.fixture
def bare(monkeypatch):
    """An environment that names no PostgreSQL."""
    for name in ("DATABASE_URL", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD"):
        monkeypatch.delenv(name, raising=False)


def test_a_taken_port_is_named(monkeypatch):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setenv("HTTP_PORT", str(port))
        with pytest.raises(SetupError, match=f"{port} est déjà pris"):
            server.require_free_port()


@pytest.mark.parametrize("value", ["0", "http", "70000"])
def test_a_port_is_a_number(monkeypatch, value):
    monkeypatch.setenv("HTTP_PORT", value)
    with pytest.raises(SetupError, match="HTTP_PORT"):
        server.address()


def test_without_variables_the_server_is_ours(bare):
    assert postgres._from_environment() is None


def test_a_server_given_by_its_address(bare, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://cdg:s%40cret@db.example/cdg47")
    assert postgres._from_environment() == {
        "PGHOST": "db.example",
        "PGPORT": "5432",
        "PGUSER": "cdg",
        "PGPASSWORD": "s@cret",
        "PGSSLMODE": "prefer",
    }
    assert postgres.default_database() == "cdg47"


def test_a_server_given_by_its_variables(bare, monkeypatch):
    monkeypatch.setenv("PGHOST", "/run/postgresql")
    monkeypatch.setenv("PGUSER", "cdg")
    given = {"PGHOST": "/run/postgresql", "PGUSER": "cdg"}
    assert postgres._from_environment() == given


def test_another_kind_of_server_is_refused(bare, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "mysql://localhost/cdg47")
    with pytest.raises(SetupError, match="DATABASE_URL"):
        postgres._from_environment()


def test_a_given_server_that_does_not_answer(bare, monkeypatch, tmp_path):
    monkeypatch.setenv("PGHOST", str(tmp_path))
    with pytest.raises(SetupError, match="PostgreSQL ne répond pas"):
        postgres.start()


def test_our_server_stops_without_its_programs(monkeypatch, tmp_path):
    """An interrupted installation of the libraries leaves it without them."""
    data = tmp_path / "data"
    data.mkdir()
    monkeypatch.setattr(postgres, "POSTGRES", tmp_path)
    monkeypatch.setattr(python_env, "VENV", tmp_path / "venv")
    # Who was started in the background ignores the signal, and its children with it.
    server = ["env", "--default-signal=INT", "bash", "-c", "exec -a postgres sleep 60"]
    with spawn(server) as child:
        (data / "postmaster.pid").write_text(f"{child.pid}\n")
        assert wait_until(lambda: "postgres 60" in command_line(child.pid), 5)
        assert postgres.stop()
        assert child.wait() == -signal.SIGINT
    assert not postgres.stop()


def test_without_room_it_is_said_first():
    with pytest.raises(SetupError, match="10000000 Go .* il en reste [0-9]+,[0-9]"):
        settings.require_place(10_000_000)
    settings.require_place(0)


@pytest.mark.parametrize("left", [10**7, 10**10])
def test_a_disk_that_filled_meanwhile_is_named(monkeypatch, capsys, left):
    """The program that met it first says something else."""

    def target():
        raise SetupError("Échec.")

    monkeypatch.setitem(commands.TARGETS, "run", target)
    monkeypatch.setattr(commands, "die_with_parent", lambda: None)
    monkeypatch.setattr(commands.signal, "signal", lambda *arguments: None)
    usage = SimpleNamespace(free=left)
    monkeypatch.setattr(settings.shutil, "disk_usage", lambda path: usage)
    assert commands.call(["run"]) == 1
    said = capsys.readouterr().err
    assert "Échec." in said
    assert ("est plein" in said) == (left == 10**7)


@pytest.mark.parametrize("mark", [",", ":"])
def test_a_folder_whose_name_cannot_serve(monkeypatch, mark):
    monkeypatch.setattr(settings, "ROOT", ROOT / f"a{mark}b")
    with pytest.raises(SetupError, match=f"contient « {mark} »"):
        settings.require_place(0)


def test_any_other_name_of_the_folder_serves(monkeypatch, tmp_path):
    """The texts written for PostgreSQL, a shell and a list of fonts hold it whole."""
    folder = tmp_path / 'l\'été & "co" $HOME'
    assert postgres._quoted("l'été") == "'l''été'"
    monkeypatch.setattr(pdf, "ENGINE", folder)
    monkeypatch.setattr(pdf, "FOLDER", folder / "bin")
    plugins = folder / "usr/lib/x86_64-linux-gnu/qt5/plugins"
    plugins.mkdir(parents=True)
    program = folder / "usr/bin/wkhtmltopdf"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nprintenv QT_PLUGIN_PATH\n")
    program.chmod(0o755)
    pdf._write_command()
    assert run([folder / "bin/wkhtmltopdf"]).stdout == f"{plugins}\n"
    fonts = ET.parse(folder / "fonts.conf")
    assert fonts.findtext("cachedir") == f"{folder}/cache"


def test_a_socket_folder_is_measured_in_bytes(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(postgres, "_give", lambda folder: None)
    for letter, kept in (("e", True), ("é", False)):
        folder = Path("/" + letter * 60)
        monkeypatch.setattr(postgres, "POSTGRES", folder)
        assert (postgres._socket_folder() == folder) == kept


def test_a_poor_alphabet_is_no_obstacle():
    """A terminal that lacks some of our characters shows the others."""
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    command = [sys.executable, ROOT / "config" / "setup", "help"]
    assert "Usage" in run(command, env=environment).stdout
    failed = run([*command[:2], "inconnue"], env=environment, check=False)
    assert failed.returncode == 2
    assert "cible inconnue" in failed.stderr


def test_offline_apt_says_so(monkeypatch, tmp_path):
    apt = tmp_path / "apt-get"
    apt.write_text("#!/bin/sh\necho 'Could not resolve host' >&2\nexit 100\n")
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(debian, "APT", tmp_path)
    with pytest.raises(SetupError, match="Could not resolve host"):
        debian.PrivateApt().download(["nothing"], tmp_path / "archives")


def test_another_system_names_a_mirror_of_debian(monkeypatch, tmp_path):
    release = tmp_path / "os-release"
    release.write_text('NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n')
    monkeypatch.setattr(debian, "_RELEASE", release)
    monkeypatch.delenv("DEBIAN_MIRROR", raising=False)
    debian._find_mirror.cache_clear()
    with pytest.raises(SetupError, match="debian-archive-keyring.*DEBIAN_MIRROR"):
        debian.machine_mirror()
    monkeypatch.setenv("DEBIAN_MIRROR", "https://miroir.example/debian")
    assert debian.machine_mirror().endswith("] https://miroir.example/debian")
    debian._find_mirror.cache_clear()


def test_an_interruption_ends_the_child():
    with pytest.raises(KeyboardInterrupt), spawn(["sleep", "60"]) as child:
        raise KeyboardInterrupt
    assert child.poll() is not None


def test_a_child_that_will_not_listen_is_killed():
    deaf = "trap '' TERM; echo ready; while :; do sleep 0.1; done"
    with spawn(["sh", "-c", deaf], stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        end(child, patience=0.2)
        assert child.returncode == -9
        child.stdout.close()


def test_a_failed_command_gives_its_words():
    with pytest.raises(CommandError, match="a échoué .code 3.\\.\nwhy"):
        run([sys.executable, "-c", "import sys; print('why'); sys.exit(3)"])


def test_a_run_of_another_account_is_left_to_it(monkeypatch, tmp_path):
    monkeypatch.setattr(settings, "RUN", tmp_path)
    settings.require_ours()
    monkeypatch.setattr(settings.os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(SetupError, match="est au compte « .+ » : lancez"):
        settings.require_ours()
    monkeypatch.setattr(settings, "RUN", tmp_path / "nothing")
    settings.require_ours()


def test_what_cannot_be_erased_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(commands, "RUN", tmp_path)
    monkeypatch.setattr(commands, "stop", lambda: None)
    monkeypatch.setattr(commands.shutil, "rmtree", lambda *arguments, **options: None)
    with pytest.raises(SetupError, match="sudo make clean"):
        commands.clean()


def test_of_a_long_complaint_the_end_is_enough():
    complaint = "import sys; print('why\\n' * 50_000); sys.exit('full')"
    with pytest.raises(CommandError) as caught:
        run([sys.executable, "-c", complaint])
    assert len(str(caught.value).splitlines()) < 20


def test_a_failed_long_command_gives_the_end_of_its_log(tmp_path):
    log = tmp_path / "a.log"
    lines = []
    with pytest.raises(CommandError, match="code 1.\\.\nwhy"):
        stream(["sh", "-c", "echo why; exit 1"], log, lines.append)
    assert lines == ["why\n"]


def test_an_interrupted_database_is_never_under_its_name():
    done = []

    class Databases:
        def drop(self, name):
            done.append(("drop", name))

        def rename(self, old, new):
            done.append(("rename", old, new))

    with pytest.raises(KeyboardInterrupt), provision._draft(Databases(), "template"):
        raise KeyboardInterrupt
    assert done == [("drop", "template_draft")]
    with provision._draft(Databases(), "template") as draft:
        assert draft == "template_draft"
    assert done[-1] == ("rename", "template_draft", "template")
