import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.pattern import covers, matches, validated

names = st.from_regex(r"(@[ab]{1,3}/)?[ab]{1,5}", fullmatch=True)
patterns = st.from_regex(r"(@[ab*]{1,3}/)?[ab*]{1,5}", fullmatch=True)


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("*", "axios", True),
        ("*", "@types/node", True),
        ("@types/*", "@types/node", True),
        ("@types/*", "@types-evil/node", False),
        ("@types/*", "types", False),
        ("@*/*", "@types/node", True),
        ("@*/*", "axios", False),
        ("eslint-*", "eslint-plugin-x", True),
        ("eslint-*", "eslint-", True),
        ("eslint-*", "eslint", False),
        ("*-loader", "css-loader", True),
        ("*-loader", "@scope/css-loader", False),
        ("a*b*c", "aXbYc", True),
        ("a*a", "a", False),
        ("JSONStream", "JSONStream", True),
        ("JSONStream", "jsonstream", False),
        ("a.c", "abc", False),
    ],
)
def test_matches(pattern: str, name: str, expected: bool) -> None:
    assert matches(pattern, name) is expected


@given(patterns, names)
def test_matches_as_the_regular_expression_would(pattern: str, name: str) -> None:
    expression = re.escape(pattern).replace(r"\*", "[^/]*")
    assert matches(pattern, name) is (pattern == "*" or re.fullmatch(expression, name) is not None)


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        ("*", "@a/*", True),
        ("*", "*", True),
        ("@*/*", "*", False),
        ("@a/*", "@a/b*", True),
        ("@a/b*", "@a/*", False),
        ("@a/*", "@a/b", True),
        ("a*", "a", True),
        ("a*c", "ab*bc", True),
        ("*a*", "*b*", False),
        ("a*", "b*", False),
    ],
)
def test_covers(wide: str, narrow: str, expected: bool) -> None:
    assert covers(wide, narrow) is expected


@given(patterns, patterns, names)
def test_what_is_covered_is_matched(wide: str, narrow: str, name: str) -> None:
    if covers(wide, narrow) and matches(narrow, name):
        assert matches(wide, name)


@given(patterns)
def test_every_pattern_covers_itself(pattern: str) -> None:
    assert covers(pattern, pattern)


@pytest.mark.parametrize("pattern", ["*", "axios", "@types/*", "@types/node", "@*/core", "JSONStream", "a~b", "_x"])
def test_accepts(pattern: str) -> None:
    assert validated(pattern) == pattern


@pytest.mark.parametrize(
    ("pattern", "mend"),
    [
        ("", "is empty"),
        ("axios@^1", "ranges are not accepted.*'axios'"),
        ("@types/node@1", "ranges are not accepted.*'@types/node'"),
        ("@types", "'@types/\\*'"),
        ("types/node", 'one "/" at most'),
        ("@a/b/c", 'one "/" at most'),
        ("**", "alone for everything"),
        ("@a/**", "alone for everything"),
        ("react-?", "letters"),
        ("@/x", "letters"),
        ("@a/", "letters"),
        (" axios", "letters"),
        ("[ab]", "letters"),
    ],
)
def test_refuses_what_matches_no_package(pattern: str, mend: str) -> None:
    with pytest.raises(ValueError, match=mend):
        validated(pattern)
