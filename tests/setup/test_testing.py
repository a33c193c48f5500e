"""Runs of tests side by side, each on a copy of its own."""

import os
from types import SimpleNamespace

import pytest
import testing
from console import SetupError


class Sleeping(testing.Portion):
    command = ["sleep", "60"]


class Talking(testing.Portion):
    command = ["echo", "what it says"]


class Databases:
    """A server that remembers what is asked of it."""

    def __init__(self, *names):
        self.all = list(names)

    def names(self, prefix):
        return [name for name in self.all if name.startswith(prefix)]

    def drop(self, name):
        self.all.remove(name)

    def copy(self, template, name):
        self.all.append(name)


@pytest.fixture
def logs(tmp_path, monkeypatch):
    monkeypatch.setattr(testing, "LOG", tmp_path)


@pytest.fixture
def server(monkeypatch):
    """The databases of a server where one copy was left by a dead process."""
    databases = Databases("cdg47_tests_999999999", "cdg47_tests_999999999_2", "cdg47")
    monkeypatch.setattr(testing, "Databases", lambda _server: databases)
    return databases


def test_an_interruption_ends_all(logs):
    portions = [Sleeping(None, number, []) for number in (2, 3)]
    with pytest.raises(KeyboardInterrupt), testing.background(portions) as children:
        assert [child.poll() for child in children] == [None, None]
        raise KeyboardInterrupt
    assert None not in [child.poll() for child in children]


def test_what_the_second_says_is_shown_after(logs, capfd):
    portion = Talking(None, 2, [])
    with testing.background([portion]) as [child]:
        assert child.wait() == 0
        assert capfd.readouterr().out == ""
    testing._show(portion)
    assert "what it says" in portion.output.read_text()


def test_each_run_has_files_of_its_own(logs):
    files = {
        path
        for number in (1, 2, 3)
        for portion in [testing.Portion(None, number, [])]
        for path in (portion.log, portion.junit, portion.output)
    }
    assert len(files) == 9
    assert "tests.log" in {path.name for path in files}


def test_copies_of_a_dead_process_go_ours_stay(server):
    odoo = SimpleNamespace(server=None)
    with (
        testing.temporary_copy(odoo, "template") as first,
        testing.temporary_copy(odoo, "template", 2) as second,
    ):
        assert server.all == ["cdg47", first, second]
        assert {testing.owner(name) for name in (first, second)} == {os.getpid()}
    assert server.all == ["cdg47"]


@pytest.mark.parametrize("value, expected", [("", 2), ("1", 1), ("3", 3)])
def test_how_many_processes(monkeypatch, value, expected):
    monkeypatch.setenv("TEST_PROCESSES", value)
    assert testing.processes() == expected


@pytest.mark.parametrize("value", ["0", "two", "-1", "10"])
def test_a_wrong_number_of_processes_is_a_sentence(monkeypatch, value):
    monkeypatch.setenv("TEST_PROCESSES", value)
    with pytest.raises(SetupError, match="TEST_PROCESSES"):
        testing.processes()


def test_setup_and_website_are_runs_of_their_own():
    names = testing._test_files()
    assert "tests/test_fixed_names.py" in names
    assert not [name for name in names if name.startswith("tests/setup/")]
    assert not [name for name in names if name.startswith("tests/website/")]


@pytest.mark.parametrize(("value", "whole"), [("", True), ("tests -k x", False)])
def test_what_is_chosen_leaves_the_rest_out(monkeypatch, value, whole):
    monkeypatch.setenv("ARGS", value)
    assert testing.is_whole() is whole
