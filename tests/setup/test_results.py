"""Several runs give one sum; what one of them hides is refused as ever."""

import pytest
from results import Results

PASSED = '<testcase classname="tests.test_a.TestA" name="test_1" time="1.5" />'
FAILED = (
    '<testcase classname="tests.test_b.TestB" name="test_2" time="2">'
    '<failure message="no">why</failure></testcase>'
)
BROKEN = FAILED.replace("failure", "error").replace("test_2", "test_3")
SKIPPED = FAILED.replace("failure", "skipped").replace("test_2", "test_4")
WARNING = "2043-01-01 10:00:00,000 12 WARNING base odoo.tests: careful\n"


@pytest.fixture
def add(tmp_path):
    """Add a run to results, from its test cases and its log."""

    def add(results, number, *cases, code=0, log=""):
        junit, file = tmp_path / f"{number}.xml", tmp_path / f"{number}.log"
        junit.write_text(
            f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>"
        )
        file.write_text(log)
        results.add(f"processus {number}", code, junit, file)
        return results

    return add


def test_the_runs_are_summed(add):
    results = add(Results(), 1, PASSED, PASSED)
    add(results, 2, PASSED, FAILED, BROKEN, code=1)
    assert results.closing == "3 passed, 2 failed"
    assert results.verdict() == 1


def test_all_green(add, capfd):
    results = add(add(Results(), 1, PASSED), 2, PASSED, log="10:00 INFO fine\n")
    assert (results.verdict(), results.closing) == (0, "2 passed, 0 failed")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("number", [1, 2])
def test_a_warning_in_the_log_of_either_is_refused(add, capfd, number):
    results = Results()
    for each in (1, 2):
        add(results, each, PASSED, log=WARNING if each == number else "")
    assert results.verdict() == 1
    assert "odoo.tests: careful" in capfd.readouterr().err


@pytest.mark.parametrize("number", [1, 2])
def test_a_skipped_test_of_either_is_refused(add, capfd, number):
    results = Results()
    for each in (1, 2):
        add(results, each, SKIPPED if each == number else PASSED)
    assert (results.verdict(), results.closing) == (1, "1 passed, 0 failed")
    assert "tests.test_b.TestB.test_4" in capfd.readouterr().err


def test_a_failure_is_named_at_the_end(add, capfd):
    results = add(add(Results(), 1, FAILED, code=1), 2, PASSED)
    assert results.verdict() == 1
    assert "tests.test_b.TestB.test_2" in capfd.readouterr().err


def test_a_killed_run_is_a_failure(add, tmp_path, capfd):
    results = add(Results(), 1, PASSED)
    nothing = tmp_path / "nothing"
    results.add("processus 2", -9, nothing, nothing)
    assert (results.verdict(), results.closing) == (-9, "1 passed, 1 failed")
    assert "processus 2" in capfd.readouterr().err


def test_a_run_that_stopped_before_its_end_is_a_failure(add):
    assert add(Results(), 1, PASSED, code=3).closing == "1 passed, 1 failed"


def test_the_seconds_of_each_file(add):
    results = add(Results(), 1, PASSED, PASSED, FAILED)
    files = ["tests/test_a.py", "tests/test_b.py", "tests/test_c.py"]
    assert results.seconds_of(files) == {"tests/test_a.py": 3, "tests/test_b.py": 2}
