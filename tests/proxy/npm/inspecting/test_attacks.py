"""The attacks that were seen, as pairs of versions: harmless packages of the same shape, through `inspect` and `compare`."""

from __future__ import annotations

from proxy.npm.archive.reading import read_archive
from proxy.npm.inspecting.inspect import inspect
from quarantine.examination import Since
from tests.fakes.tars import member, tgz
from tests.proxy.npm.inspecting.archives import Files, Json, document_of, manifest, package, since

BEFORE = manifest(scripts={"test": "x"}, dependencies={"through": "^2"})


def after(files: Files | None = None, **fields: object) -> Since:
    inside: Json = {**BEFORE, "version": "1.0.1", **fields}
    contents = package(inside, files)
    assert contents.mismatches == ()
    return since(package(BEFORE), contents)


def test_an_ordinary_new_version_brings_nothing() -> None:
    nothing = after({"lib/more.js": b"module.exports = 1;\n"})
    assert nothing == Since("1.0.0", unpacked=nothing.unpacked)


def test_nx_and_the_worms_brought_an_install_script() -> None:
    found = after({"telemetry.js": b"// marker\n"}, scripts={"test": "x", "postinstall": "node telemetry.js"})
    assert [(each.name, each.command) for each in found.scripts] == [("postinstall", "node telemetry.js")]


def test_a_script_that_was_there_may_read_differently() -> None:
    one, other = (package(manifest(scripts={"preinstall": command})) for command in ("node ok.js", "node ok.js && node bad.js"))
    found = since(one, other)
    assert found.scripts == ()
    assert [each.name for each in found.changed_scripts] == ["preinstall"]


def test_tanstack_brought_a_repository_and_no_script() -> None:
    spec = "github:someone/router#0123456789abcdef"
    found = after(optionalDependencies={"@setup/marker": spec})
    assert found.scripts == ()
    assert found.dependencies == ("@setup/marker",)
    assert [(each.field, each.kind, each.spec) for each in found.exotic] == [("optionalDependencies", "git", spec)]


def test_leo_brought_a_binding_gyp_and_no_script_field() -> None:
    found = after({"binding.gyp": b"{'targets': [{'target_name': 'x', 'sources': ['<!(node -e 1)']}]}"})
    assert [each.name for each in found.scripts] == ["binding.gyp"]


def test_axios_mastra_and_event_stream_brought_a_dependency() -> None:
    found = after(dependencies={"through": "^2", "flatmap-marker": "^0.1.0"})
    assert found.dependencies == ("flatmap-marker",)
    assert found.exotic == ()


def test_a_new_peer_is_installed_as_well() -> None:
    assert after(peerDependencies={"plain-marker": "^4"}).dependencies == ("plain-marker",)


def test_a_dependency_that_only_the_document_shows_is_new_too() -> None:
    document = {**BEFORE, "dependencies": {"through": "^2", "plain-marker": "^4"}}
    found = package(BEFORE, document=document)
    assert since(package(BEFORE), found).dependencies == ("plain-marker",)
    assert found.mismatches


def test_a_shrinkwrap_brought_a_host() -> None:
    shrinkwrap = {"packages": {"node_modules/through": {"resolved": "https://evil.example/through.tgz"}}}
    assert after({"npm-shrinkwrap.json": shrinkwrap}).foreign == ("evil.example",)


def test_chalk_brought_code_that_nobody_can_read() -> None:
    clean = "module.exports = (text) => text;\n"
    one = package(BEFORE, {"index.js": clean})
    other = package(BEFORE, {"index.js": clean + "const _0x112f=_0x29f1;" * 300})
    assert since(one, other).dense == ("index.js",)


def test_a_library_for_windows_is_new_machine_code() -> None:
    assert after({"node-gyp.dll": b"MZ" + bytes(58) + b"\x40\0\0\0" + b"PE\0\0"}).native == ("node-gyp.dll",)


def test_a_script_of_a_bundled_package_is_new() -> None:
    files: Files = {"node_modules/a/package.json": {"name": "a", "version": "1.0.0", "scripts": {"install": "node x"}}}
    assert [each.words for each in after(files).scripts] == ["install of the bundled a"]


def test_a_real_archive_gives_the_same_facts_as_one_made_by_hand() -> None:
    package_json = b'{"name":"left-pad","version":"1.0.0","scripts":{"install":"node x"}}'
    packed = tgz(member("package/package.json", package_json), member("package/binding.gyp", b"{}"))
    found = inspect(read_archive(packed), document_of(manifest(scripts={"install": "node x"})))
    assert [each.name for each in found.scripts] == ["install"]
    assert (found.files, found.packed, found.mismatches, found.oddities) == (2, len(packed), (), ())
