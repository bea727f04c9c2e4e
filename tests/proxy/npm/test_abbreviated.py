"""Which clients get the abbreviated document, what is in it, and when a version is said to run something at install."""

from __future__ import annotations

import json

import msgspec
import pytest

from proxy.npm.abbreviated import ABBREVIATED, MEDIA_TYPE, has_install_script, wants_abbreviated

NPM_8 = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*"


@pytest.mark.parametrize(
    ("accept", "abbreviated"),
    [
        (NPM_8, True),  # npm 8 and 9, pnpm, yarn 1, bun
        ("application/json", False),  # npm 10 and later
        ("application/json; q=1.0, */*", False),  # pnpm 11, for `time`
        ("application/json, */*", False),  # bun with an age gate
        ("*/*", False),  # deno
        ("", False),  # yarn 4
        (MEDIA_TYPE, True),
        (MEDIA_TYPE.upper(), True),
        (f"{MEDIA_TYPE};q=0.5,application/json;q=0.5", True),
        (f"{MEDIA_TYPE};q=0.4,application/json;q=0.5", False),
        (f"{MEDIA_TYPE};q=0, */*", False),
        (f"{MEDIA_TYPE};q=0.0", False),
        (f"{MEDIA_TYPE};q=one", False),
        (f"{MEDIA_TYPE};q=nan", False),
        (f"{MEDIA_TYPE}; charset=utf-8; q=0.9", True),
        (f"text/html, {MEDIA_TYPE}", True),
        (",,;;=,q=1", False),
    ],
)
def test_the_abbreviated_document_is_for_those_who_name_it(accept: str, abbreviated: bool) -> None:
    assert wants_abbreviated(accept) is abbreviated


def test_the_fields_are_those_of_npm_and_none_of_the_full_document() -> None:
    assert len(ABBREVIATED) == len(set(ABBREVIATED))
    assert not {"_id", "_rev", "readme", "description", "scripts", "maintainers", "_npmUser", "author", "repository"} & set(
        ABBREVIATED
    )
    assert {"name", "version", "dist", "dependencies", "bin", "engines", "os", "cpu", "libc", "hasInstallScript"} <= set(
        ABBREVIATED
    )


@pytest.mark.parametrize(
    ("scripts", "flag", "gypfile", "expected"),
    [
        ({"install": "node x"}, None, None, True),
        ({"preinstall": "x"}, None, None, True),
        ({"postinstall": "x"}, None, None, True),
        ({"prepare": "x", "test": "y"}, None, None, False),
        ({"install": ""}, None, None, False),
        (["install"], None, None, False),
        (None, None, None, False),
        (None, True, None, True),
        ({"install": "x"}, False, None, False),
        (None, None, True, True),
        (None, None, False, False),
    ],
)
def test_a_version_says_whether_it_runs_something(scripts: object, flag: object, gypfile: object, expected: bool) -> None:
    def raw(value: object) -> msgspec.Raw | None:
        return None if value is None else msgspec.Raw(json.dumps(value).encode())

    assert has_install_script(raw(scripts), raw(flag), raw(gypfile)) is expected
