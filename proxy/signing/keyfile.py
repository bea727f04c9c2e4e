"""Where a signing key is kept: a PEM file that only its owner may read."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from proxy.signing.key import BadKey, SigningKey

NAME = "signing-key.pem"
"""The key in the data folder, made at the first start."""


def read_key(file: Path) -> SigningKey:
    """The key in a file. Raises BadKey, which names the file."""
    try:
        return SigningKey.of_pem(file.read_bytes())
    except OSError as error:
        raise BadKey(f"{file} cannot be read: {error.strerror or error}") from error
    except BadKey as error:
        raise BadKey(f"{file} {error}") from error


def kept_key(home: Path) -> SigningKey:
    """The key in the data folder; where there is none yet, a new one is made.

    One that is there and cannot be used is never replaced: what it signed would look like somebody else's. Raises BadKey; OSError
    where a new one cannot be written.
    """
    file = home / NAME
    if not file.exists():
        _write_first(file, SigningKey.generate().pem)
    return read_key(file)


def _write_first(file: Path, pem: bytes) -> None:
    """Write a file whole or not at all; where another process was first, its file stays."""
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as opened:
            opened.write(pem)
            opened.flush()
            os.fsync(opened.fileno())
        try:
            os.link(fresh, file)  # unlike a rename, it replaces nothing
        except FileExistsError:
            pass
        except OSError:
            fresh.rename(file)  # some file systems have no links
    finally:
        with suppress(FileNotFoundError):
            fresh.unlink()
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):  # some network file systems sync names by themselves
            os.fsync(folder)
    finally:
        os.close(folder)
