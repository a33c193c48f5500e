"""The README's installation is read whole: `make installation` replays it."""

import installation


def test_each_command_is_replayed_or_left_to_a_bare_machine():
    commands = list(installation._commands())
    replayed = [
        command
        for command in commands
        if command.split()[0] not in (*installation._OF_THE_MACHINE, "export")
    ]
    for word, count in {
        "createuser": 1, "createdb": 1, "psql": 1, "-i base": 1, "french_company.py": 1,
        "-i cdg47_convention": 1, "odoo.prod.conf": 1,
    }.items():  # fmt: skip
        assert sum(word in command for command in replayed) == count, word
    assert len(replayed) == 8, replayed


def test_the_settings_copied_are_those_it_adapts(tmp_path):
    words = ["install", "-D", "-o", "root", "-g", "odoo", "-m", "640", "a", "/etc/b"]
    assert installation._without_owner(words) == [
        "install", "-D", "-m", "640", "a", "/etc/b",
    ]  # fmt: skip
