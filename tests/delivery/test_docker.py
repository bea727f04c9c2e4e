"""The image's contents, made by the Dockerfile's own commands, run as its user on a file system that it cannot write."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

import pytest

from tests.delivery import dockerfile, sealed
from tests.delivery.conftest import had
from tests.delivery.replay import Image, build

pytestmark = [pytest.mark.delivery, pytest.mark.timeout(300)]

OPEN = {"PRATIQUE_ACCESS__ANONYMOUS": "true", "PRATIQUE_UPSTREAM__URL": "http://127.0.0.1:9"}
"""What an operator has to say: who may ask, and which registry is behind. Nobody answers there, which is no reason not to run."""


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    """Not below pytest's own folder, which other users cannot enter."""
    root = Path(tempfile.mkdtemp(prefix="pratique-image-"))
    root.chmod(0o755)
    try:
        yield had(lambda: build(root))
    finally:
        if not sealed.becomes_user():
            subprocess.run(["chmod", "-R", "u+w", root], check=True)
        shutil.rmtree(root)


@pytest.fixture
def port() -> str:
    """One that is free."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])


def arguments(image: Image, word: str, port: str) -> list[str]:
    """The array of an instruction of the final stage, with another port."""
    (found,) = [each for each in dockerfile.stages()[-1] if each.word == word]
    return [each.replace("4873", port) for each in found.array]


def call(image: Image, command: list[str], env: Mapping[str, str]) -> list[str]:
    """A command in the image: its PATH, its user, its writable folders."""
    program = shutil.which(command[0], path=image.environment["PATH"])
    assert program is not None, command[0]
    return sealed.command([program, *command[1:]], image.environment | env, [image.data, image.tmp])


@contextmanager
def running(image: Image, port: str, env: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """ENTRYPOINT and CMD; ended at the end."""
    command = arguments(image, "ENTRYPOINT", port) + arguments(image, "CMD", port)
    with (image.root / "log").open("w") as log:
        process = subprocess.Popen(call(image, command, env), stdout=log, stderr=log, cwd=image.data, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def healthy(image: Image, port: str) -> bool:
    """What HEALTHCHECK says."""
    check = call(image, arguments(image, "HEALTHCHECK", port), {"http_proxy": "http://127.0.0.1:9"})
    return subprocess.run(check, capture_output=True, timeout=20, check=False, cwd=image.data).returncode == 0


def contents(folder: Path) -> set[tuple[str, int]]:
    """Every file below a folder, and when it was written."""
    return {(str(each), each.lstat().st_mtime_ns) for each in folder.rglob("*")}


def test_it_serves_nobody_without_a_token_unasked(image: Image, port: str) -> None:
    with running(image, port, {"PRATIQUE_UPSTREAM__URL": OPEN["PRATIQUE_UPSTREAM__URL"]}) as process:
        until = time.monotonic() + 60
        while not healthy(image, port):
            assert process.poll() is None, (image.root / "log").read_text()
            assert time.monotonic() < until, (image.root / "log").read_text()
            time.sleep(0.2)
        with pytest.raises(HTTPError) as refused:
            build_opener(ProxyHandler({})).open(f"http://127.0.0.1:{port}/left-pad", timeout=10)
        assert refused.value.code == 401
        refused.value.close()


def test_it_serves_writing_its_data_alone(image: Image, port: str) -> None:
    before = contents(image.root / "opt")
    with running(image, port, OPEN) as process:
        until = time.monotonic() + 60
        while not healthy(image, port):
            assert process.poll() is None, (image.root / "log").read_text()
            assert time.monotonic() < until, (image.root / "log").read_text()
            time.sleep(0.2)
        for state in ("live", "ready"):
            address = f"http://127.0.0.1:{port}/-/pratique/health/{state}"
            with build_opener(ProxyHandler({})).open(address, timeout=10) as answer:
                assert answer.status == 200
        if sealed.becomes_user():
            status = Path(f"/proc/{process.pid}/status").read_text()
            assert f"\nUid:\t{sealed.UID}\t{sealed.UID}\t" in status
            assert "\nCapEff:\t0000000000000000\n" in status
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    assert any(image.data.iterdir())
    assert contents(image.root / "opt") == before
    assert not healthy(image, port)


def test_nothing_that_builds_is_left(image: Image) -> None:
    installed = {each.name.partition("-")[0] for each in image.root.glob("opt/pratique/lib/python*/site-packages/*.dist-info")}
    assert {"pratique", "aiohttp", "msgspec"} <= installed
    assert not installed & {"pip", "setuptools", "wheel", "hatchling", "editables"}


def test_the_wheel_holds_every_file_of_the_packages(image: Image) -> None:
    (site,) = image.root.glob("opt/pratique/lib/python*/site-packages")
    assert {"config/default.toml", "proxy/py.typed"} <= image.sources
    assert {name for name in image.sources if not (site / name).exists()} == set()
