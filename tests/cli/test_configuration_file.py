"""
| in a file | what is read |
|---|---|
| +15555550100, 2010-04-01, yes, 0123 | text, without quotes too |
| true, 5, 0.5, null | what they look like |
| a key twice, anchors, aliases, merge keys, tags, a second document | refused, with file, line and column |
"""

import io
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from callwright.cli.configuration import as_yaml
from callwright.cli.configuration_file import read_configuration, read_text
from callwright.cli.failure import CommandFailed


def read(folder: Path, text: str, **options: Any) -> Any:
    file = folder / "c.yaml"
    file.write_text(text, encoding="utf-8")
    return read_configuration([file], **options).document


def refused(folder: Path, text: str, **options: Any) -> str:
    with pytest.raises(CommandFailed) as failure:
        read(folder, text, **options)
    return str(failure.value).replace(str(folder), "")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        *(("+15555550100", "+15555550100"), ("2010-04-01", "2010-04-01"), ("yes", "yes"), ("0123", "0123")),
        *(("true", True), ("False", False), ("5", 5), ("-7", -7), ("0.5", 0.5), ("1e3", 1000.0), ("null", None)),
        *(("~", None), ("", None), ("'5'", "5"), ('"true"', "true"), ("12:30", "12:30"), ("0x1f", "0x1f")),
        *(("1_000", "1_000"), (".5", ".5"), ("=", "="), ("[a, 1]", ["a", 1]), ("{a: 1}", {"a": 1})),
        ("9" * 30, float("9" * 30)),
    ],
)
def test_values_are_what_they_look_like(tmp_path: Path, written: str, value: Any) -> None:
    read_back = read(tmp_path, f"a: {written}\n")["a"]
    assert (read_back, type(read_back)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\nb: 2\na: 3\n", "/c.yaml:3:1: 'a' stands here twice"),
        ("a: [&x 1, *x]\n", "/c.yaml:1:5: &x: anchors and aliases"),
        ("a: &x [*x]\n", "/c.yaml:1:4: &x: anchors and aliases"),
        ("a: *x\n", "/c.yaml:1:4: *x: anchors and aliases"),
        ("<<: {a: 1}\n", "/c.yaml:1:1: merge keys"),
        ("a: !!python/object:os.system x\n", "/c.yaml:1:4: the tag"),
        ("a: 1\n---\nb: 2\n", "/c.yaml:2:1: a second document"),
        ("[a]: 1\n", "/c.yaml:1:1: a key has to be a single word"),
        ("a: [1\n", "/c.yaml:2:1: this is not YAML: "),
        ("a:\tb: c\n", "/c.yaml:1:"),
        ("a: '\0'\n", "/c.yaml: this is not YAML"),
        ("- a\n", "/c.yaml:1:1: the file has to begin with `callwright: 1`"),
        ("", "/c.yaml:1:1: the file has to begin"),
        ("a: " + "[" * 60 + "]" * 60, "/c.yaml:1:53: this is nested more than 50 deep"),
        ("a: " + "[" * 100_000, "/c.yaml:1:53: this is nested more than 50 deep"),
        ("{" * 100_000, "/c.yaml:1:2: a key has to be a single word"),
    ],
)
def test_what_is_refused_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    assert refused(tmp_path, text).startswith(told)


def test_a_bomb_of_aliases_is_refused_at_its_first_anchor(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    assert "/c.yaml:1:5" in refused(tmp_path, "\n".join(lines))


def test_what_is_no_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(CommandFailed, match=r"c\.yaml:2: this is not UTF-8"):
        read_configuration([tmp_path / "c.yaml"])
    with pytest.raises(CommandFailed, match="No such file"):
        read_configuration([tmp_path / "none.yaml"])


def test_variables_are_put_in_only_where_that_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST_NAME", "a.example")
    text = "a: https://${HOST_NAME}/v\nb: '$${HOST_NAME}'\nc: ${MISSING}\n"
    assert read(tmp_path, text)["a"] == "https://${HOST_NAME}/v"
    assert refused(tmp_path, text, substitute=True).startswith("/c.yaml:3:4: the environment has no variable MISSING")
    assert refused(tmp_path, "a: ${A-B}\n", substitute=True).startswith("/c.yaml:1:4: ${A-B} is no name")
    known = read(tmp_path, text.replace("MISSING", "HOST_NAME"), substitute=True)
    assert known == {"a": "https://a.example/v", "b": "${HOST_NAME}", "c": "a.example"}


def test_several_files_are_one_document_and_places_lead_back_to_each(tmp_path: Path) -> None:
    first, second = tmp_path / "a.yaml", tmp_path / "b.yml"
    first.write_text("callwright: 1\nnumbers:\n  - phone_number: '1'\n  - phone_number: '2'\n")
    second.write_text("callwright: 1\n\nnumbers:\n  -\n    phone_number: '3'\napplications:\n")
    (tmp_path / "notes.txt").write_text("not read")
    read_ = read_configuration([tmp_path])
    assert [one["phone_number"] for one in read_.document["numbers"]] == ["1", "2", "3"]
    places = [("numbers", 1, "phone_number"), ("numbers", 2, "phone_number"), ("numbers", 2, "tags"), ("applications",)]
    assert read_.lines(places) == {
        places[0]: f"{first}:4:5",
        places[1]: f"{second}:5:5",
        places[2]: f"{second}:5:5",
        places[3]: f"{second}:6:1",
    }
    assert read_.lines([()]) == {(): f"{first}:1:1"}
    second.write_text("callwright: 2\n")
    with pytest.raises(CommandFailed, match=r"b\.yml:1:1: callwright is different"):
        read_configuration([first, second])


def test_json_is_read_too(tmp_path: Path) -> None:
    assert read(tmp_path, '{"callwright": 1, "numbers": [{"notes": "a\\n\\u00e9"}]}') == {
        "callwright": 1, "numbers": [{"notes": "a\n\u00e9"}]
    }  # fmt: skip


_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
_VALUE = (
    _TEXT | st.booleans() | st.integers(-(10**6), 10**6) | st.none() | st.floats(allow_nan=False, allow_infinity=False)
    | st.lists(_TEXT, max_size=3) | st.sampled_from(["1e5", "5", "0.5", "true", "Null", "~", "", "<<", "- a", "#"])
)  # fmt: skip


@given(st.lists(st.dictionaries(st.sampled_from(["a", "b", "c"]), _VALUE, min_size=1), min_size=1, max_size=3))
def test_what_is_exported_is_read_back_as_it_was(items: list[dict[str, Any]]) -> None:
    document = {"callwright": 1, "numbers": items}
    text = as_yaml(document)
    reader = io.StringIO(text)
    assert yaml.safe_load(reader)["callwright"] == 1
    assert read_text("text", text) == document


@given(st.text("abc:-[]{}&*!<>|'\"#%@, \n\t\\019.", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    told = "text:"
    try:
        read_text("text", text)
    except CommandFailed as failure:
        told = str(failure)
    assert told.startswith("text:")
