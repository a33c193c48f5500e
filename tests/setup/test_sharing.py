"""Test files are shared out so that the processes finish together."""

import sharing


def loads(shares, weights):
    return [sum(weights[name] for name in share) for share in shares]


def test_the_longest_goes_first():
    weights = {"a": 1, "b": 9, "c": 5, "d": 5, "e": 2}
    shares = sharing.share_out(weights, 2)
    assert sorted(loads(shares, weights)) == [11, 11]
    assert sorted(name for share in shares for name in share) == sorted(weights)


def test_what_the_first_does_besides_counts():
    assert sharing.share_out({"a": 3, "b": 3, "c": 3}, 2, first=6) == [
        ["c"],
        ["a", "b"],
    ]


def test_one_process_keeps_the_order_of_names():
    assert sharing.share_out({"b": 1, "a": 2, "c": 3}, 1) == [["a", "b", "c"]]


def test_more_processes_than_files():
    assert sharing.share_out({"a": 1}, 3) == [["a"], [], []]


def test_a_new_file_weighs_like_those_of_its_size():
    found = sharing.weights({"a": 100, "b": 300, "new": 200}, {"a": 2, "b": 6})
    assert found == {"a": 2, "b": 6, "new": 4}


def test_without_any_record_the_size_decides():
    found = sharing.weights({"a": 100, "b": 300}, {"gone": 8})
    assert found["b"] > found["a"] > 0


def test_the_record_is_read_back(tmp_path):
    path = tmp_path / "tests.json"
    sharing.write(path, {"b": 1.234, "a": 2})
    assert sharing.read(path) == {"a": 2, "b": 1.23}


def test_a_broken_record_is_no_obstacle(tmp_path):
    path = tmp_path / "tests.json"
    assert sharing.read(path) == {}
    for text in ("", "{", "[]", '{"a": null}', '{"a": "long"}'):
        path.write_text(text)
        assert sharing.read(path) == {}
