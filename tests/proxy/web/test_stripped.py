"""Served without install scripts: document, tarball, digests and signatures say the same."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.proxy.web.scene import ABBREVIATED
from tests.proxy.web.stripped import (
    RUNS,
    UPSTREAM_KEY,
    files_of,
    is_signed,
    manifest_in,
    npm_key,
    sri,
    stripping,
    tarball_of,
)

KEYS = "/-/npm/v1/keys"


@pytest.mark.parametrize("accept", ["application/json", ABBREVIATED])
async def test_a_document_and_its_tarball_agree_and_neither_has_the_script(tmp_path: Path, accept: str) -> None:
    async with stripping(tmp_path) as stage:
        listed = (await stage.proxy.json("/runs", Accept=accept))["versions"]["1.1.0"]
        assert "hasInstallScript" not in listed
        if accept == "application/json":
            assert listed["scripts"] == {"test": "true"}
        async with stage.proxy.get(tarball_of("runs", "1.1.0")) as response:
            body = await response.read()
            assert response.headers["ETag"] == f'"{listed["dist"]["integrity"]}"'
        assert sri(hashlib.sha512(body).digest()) == listed["dist"]["integrity"]
        assert hashlib.sha1(body, usedforsecurity=False).hexdigest() == listed["dist"]["shasum"]
        assert manifest_in(body)["scripts"] == {"test": "true"}
        theirs = files_of(stage.upstream.shelf.tarballs[tarball_of("runs", "1.1.0")])
        assert {**files_of(body), "package.json": b""} == {**theirs, "package.json": b""}


async def test_what_has_no_script_is_served_byte_for_byte_with_the_upstreams_signature(tmp_path: Path) -> None:
    async with stripping(tmp_path) as stage:
        listed = (await stage.proxy.json("/plain"))["versions"]["1.0.0"]
        assert is_signed(listed, UPSTREAM_KEY)
        async with stage.proxy.get(tarball_of("plain", "1.0.0")) as response:
            assert await response.read() == stage.upstream.shelf.tarballs[tarball_of("plain", "1.0.0")]


async def test_rewritten_versions_have_our_signature_and_no_attestation(tmp_path: Path) -> None:
    async with stripping(tmp_path) as stage:
        stage.upstream.package("runs")["versions"]["1.0.0"]["dist"]["attestations"] = {"url": "x", "provenance": {}}
        for listed in (await stage.proxy.json("/runs"))["versions"].values():
            assert is_signed(listed, stage.proxy.built.services.signing)
            assert "attestations" not in listed["dist"]
        async with stage.proxy.get("/-/npm/v1/attestations/runs@1.1.0") as response:
            assert response.status == 404
            assert "without its install scripts" in (await response.json())["error"]
        assert (await stage.proxy.json("/-/npm/v1/attestations/plain@1.0.0"))["attestations"]


async def test_our_key_stands_behind_the_upstreams(tmp_path: Path) -> None:
    async with stripping(tmp_path) as stage:
        keys = [npm_key(UPSTREAM_KEY), npm_key(stage.proxy.built.services.signing)]
        assert await stage.proxy.json(KEYS) == {"keys": keys}


async def test_our_key_is_there_where_the_upstream_has_none(tmp_path: Path) -> None:
    from tests.fakes.simulator import Fault

    async with stripping(tmp_path) as stage:
        stage.upstream.fault(KEYS, Fault.status(404))
        assert await stage.proxy.json(KEYS) == {"keys": [npm_key(stage.proxy.built.services.signing)]}


async def test_a_manifest_by_version_and_by_tag_is_the_documents(tmp_path: Path) -> None:
    async with stripping(tmp_path) as stage:
        by_version = await stage.proxy.json("/runs/1.0.0")
        by_tag = await stage.proxy.json("/runs/latest")
        listed = (await stage.proxy.json("/runs"))["versions"]
        assert by_version == listed["1.0.0"]
        assert by_tag == listed["1.1.0"]


async def test_head_ranges_and_conditions_are_about_the_rewritten_bytes(tmp_path: Path) -> None:
    async with stripping(tmp_path) as stage:
        path = tarball_of("runs", "1.0.0")
        async with stage.proxy.request("HEAD", path) as response:
            assert response.status == 200
            size, etag = int(response.headers["Content-Length"]), response.headers["ETag"]
        for _ in range(3):  # the answer at hand too
            async with stage.proxy.get(path) as response:
                body = await response.read()
                assert (len(body), response.headers["ETag"]) == (size, etag)
            async with stage.proxy.get(path, If_None_Match=etag) as response:
                assert (response.status, response.headers["ETag"]) == (304, etag)
        async with stage.proxy.get(path, Range="bytes=10-19") as response:
            assert (response.status, await response.read()) == (206, body[10:20])
        upstreams = sri(hashlib.sha512(stage.upstream.shelf.tarballs[path]).digest())
        async with stage.proxy.get(path, If_None_Match=f'"{upstreams}"') as response:
            assert response.status == 200


async def test_what_is_trusted_keeps_its_scripts_and_its_bytes(tmp_path: Path) -> None:
    async with stripping(tmp_path, scripts={"mode": "strip", "trusted": ["runs@1.1.0"]}) as stage:
        listed = (await stage.proxy.json("/runs"))["versions"]
        assert listed["1.1.0"]["scripts"] == RUNS["scripts"]
        assert is_signed(listed["1.1.0"], UPSTREAM_KEY)
        assert listed["1.0.0"]["scripts"] == {"test": "true"}


@pytest.mark.parametrize("mode", ["allow", "flag"])
async def test_without_stripping_bytes_and_document_are_the_upstreams(tmp_path: Path, mode: str) -> None:
    async with stripping(tmp_path, scripts={"mode": mode}) as stage:
        listed = (await stage.proxy.json("/runs"))["versions"]["1.0.0"]
        theirs = stage.upstream.package("runs")["versions"]["1.0.0"]
        assert {**listed["dist"], "tarball": ""} == {**theirs["dist"], "tarball": ""}
        assert listed["scripts"] == RUNS["scripts"]
        assert await stage.proxy.json(KEYS) == {"keys": [npm_key(UPSTREAM_KEY)]}
