"""Names and versions as npm spells them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarantine.package import MAX_NAME, InvalidName, PackageName, PackageVersion, is_version_text

NAMES = [
    "a",
    "left-pad",
    "lodash.merge",
    "@types/node",
    "@acme/_private",
    "@_/x",
    "JSONStream",
    "@Acme/Widget",
    "7zip-bin",
    "-",
    "a_b",
    "crazy!~*'()",
    "constructor",
    "hasOwnProperty",
    "a..b",
    "trailing.",
]

NOT_NAMES = [
    "",
    ".",
    "..",
    ".hidden",
    "_private",
    "__proto__",
    "node_modules",
    "Node_Modules",
    "favicon.ico",
    "@",
    "@acme",
    "@acme/",
    "@/widget",
    "@acme//widget",
    "@acme/widget/more",
    "@acme/..",
    "@../widget",
    "@./widget",
    "@acme/.hidden",
    "acme/widget",
    "a/../b",
    "a\\b",
    "@acme%2fwidget",
    "@acme\\widget",
    "a b",
    " a",
    "a ",
    "a\n",
    "\na",
    "a\tb",
    "a\x00",
    "\x00",
    "a\x7f",
    "a\x1b[31m",
    "é",
    "lоdash",  # the second letter is Cyrillic
    "ａ",
    "a\u200b",
    "a\u202e",
    "İ",
    "٣",
    "\ud800",
    "a?b",
    "a#b",
    "a%b",
    "a:b",
    "a@b",
    "a@1.0.0",
    "@@a/b",
    "@a@b/c",
    'a"b',
    "a<b",
    "a+b",
    "a,b",
    "a;b",
    "a|b",
    "a&b",
    "a$b",
    "a=b",
    "a[b",
    "a`b",
]


@pytest.mark.parametrize("text", NAMES)
def test_takes_what_npm_has_published(text: str) -> None:
    assert PackageName.parse(text) == text


@pytest.mark.parametrize("text", NOT_NAMES, ids=ascii)
def test_refuses_what_npm_could_not_have_published(text: str) -> None:
    with pytest.raises(InvalidName):
        PackageName.parse(text)


def test_214_characters_are_the_limit_scope_included() -> None:
    assert MAX_NAME == 214
    assert PackageName.parse("a" * 214)
    assert PackageName.parse("@" + "a" * 100 + "/" + "b" * 112)
    for too_long in ("a" * 215, "@" + "a" * 100 + "/" + "b" * 113):
        with pytest.raises(InvalidName):
            PackageName.parse(too_long)


def test_case_makes_another_package() -> None:
    assert PackageName.parse("JSONStream") != PackageName.parse("jsonstream")
    assert len({PackageName.parse("JSONStream"), PackageName.parse("jsonstream")}) == 2


def test_scope_and_basename() -> None:
    scoped, plain = PackageName.parse("@acme/widget"), PackageName.parse("widget")
    assert (scoped.scope, scoped.basename) == ("@acme", "widget")
    assert (plain.scope, plain.basename) == (None, "widget")


@given(st.text(max_size=30))
def test_a_name_is_safe_in_a_path_a_header_and_an_address(text: str) -> None:
    try:
        name = PackageName.parse(text)
    except InvalidName:
        return
    assert name.isascii()
    assert name.isprintable()
    assert not set(name) & set(' \\%?#"<>:')
    assert name.count("/") == (1 if name.startswith("@") else 0)
    assert not any(part.strip("@").startswith(".") for part in name.split("/"))


@given(
    st.from_regex(r"(@[A-Za-z0-9-]{1,9}/)?[A-Za-z0-9-]{1,9}", fullmatch=True),
    st.sampled_from(["1.0.0", "2.0.0-rc.1+x"]),
)
def test_a_version_is_read_as_it_is_written(name: str, version: str) -> None:
    expected = PackageVersion(PackageName.parse(name), version)
    assert PackageVersion.parse(f"{name}@{version}") == expected
    assert PackageVersion.parse(str(expected)) == expected


def test_a_version_need_not_be_semver() -> None:
    assert PackageVersion.parse("old@0.1.0rc").version == "0.1.0rc"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "axios",
        "@acme/widget",
        "@1.0.0",
        "axios@",
        "axios@1 0",
        "axios@1.0.0\n",
        "axios@1/2",
        "axios@..",
        "axios@.",
        "axios@1.0.0é",
        "axios@\x00",
        "axios@" + "1" * 257,
        "a@b@1.0.0",
        "../x@1.0.0",
        "@acme/widget@1.0.0@2.0.0",
    ],
    ids=ascii,
)
def test_refuses_what_names_no_version(text: str) -> None:
    with pytest.raises(InvalidName):
        PackageVersion.parse(text)


def test_256_characters_are_the_limit_of_a_version() -> None:
    assert is_version_text("1" * 256)
    assert not is_version_text("1" * 257)


@given(st.text(max_size=40), st.text(max_size=20))
def test_a_refusal_is_one_printable_ascii_line(name: str, version: str) -> None:
    for parse, text in ((PackageName.parse, name), (PackageVersion.parse, f"{name}@{version}")):
        try:
            parse(text)
        except InvalidName as error:
            assert str(error).isascii()  # noqa: PT017
            assert str(error).isprintable()  # noqa: PT017


def test_a_refusal_never_repeats_a_line_break() -> None:
    with pytest.raises(InvalidName) as refused:
        PackageVersion.parse("axios\r\nSet-Cookie: a=b@ ")
    assert "\n" not in str(refused.value)
