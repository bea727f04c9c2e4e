"""The signing key: made at the first start, found again at the next, or taken from the file that is named."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from config.problem import ConfigError
from proxy.signing.key import SigningKey
from proxy.signing.keyfile import NAME
from proxy.wiring import signing
from proxy.wiring.signing import signing_key
from tests.fakes.proxy import running_proxy, settings_for
from tests.fakes.simulator import Simulator


async def test_the_first_start_makes_a_key_and_the_second_uses_it(tmp_path: Path) -> None:
    async with Simulator() as upstream:
        ids = []
        for _ in range(2):
            async with running_proxy(upstream.url, tmp_path) as proxy:
                ids.append(proxy.built.services.signing.public.id)
        assert ids[0] == ids[1] == SigningKey.of_pem((tmp_path / NAME).read_bytes()).public.id
        assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600
        async with running_proxy(upstream.url, tmp_path / "other") as proxy:
            assert proxy.built.services.signing.public.id not in ids


def test_a_key_that_is_named_is_used_and_none_is_made(tmp_path: Path) -> None:
    file, key = tmp_path / "given.pem", SigningKey.generate()
    file.write_bytes(key.pem)
    settings = settings_for(tmp_path, {"signing": {"key_file": str(file)}})
    assert signing_key(settings, tmp_path).public == key.public
    assert not (tmp_path / NAME).exists()


@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN CERTIFICATE-----\n"], ids=["missing", "empty", "another"])
def test_a_named_key_that_cannot_be_used_is_told_with_the_mend(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "given.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"^signing\.key_file: .*given\.pem .*openssl genpkey -algorithm EC"):
        signing_key(settings_for(tmp_path, {"signing": {"key_file": str(file)}}), tmp_path)
    assert not (tmp_path / NAME).exists()


def test_a_damaged_key_is_told_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("damaged")
    with pytest.raises(ConfigError, match=r"^signing\.key_file: .*signing-key\.pem .*backup"):
        signing_key(settings_for(tmp_path), tmp_path)
    assert (tmp_path / NAME).read_text() == "damaged"


def test_a_disk_that_is_full_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(home: Path) -> SigningKey:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(signing, "kept_key", full)
    with pytest.raises(ConfigError, match=r"^storage\.data_dir: .*No space left"):
        signing_key(settings_for(tmp_path), tmp_path)
