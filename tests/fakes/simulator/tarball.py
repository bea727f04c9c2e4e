"""npm tarballs as `npm pack` makes them: gzip, `package/package.json` first, no real times or owners."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from typing import Any

NPM_MTIME = 499162500  # what npm pack writes into every entry


def build_tarball(manifest: Mapping[str, Any], files: Mapping[str, str | bytes], *, executable: Iterable[str] = ()) -> bytes:
    """The same input gives the same bytes."""
    runs = set(executable)
    members = {"package.json": json.dumps(manifest, indent=2) + "\n", **files}
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, content in members.items():
            data = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(f"package/{path}")
            entry.size = len(data)
            entry.mtime = NPM_MTIME
            entry.mode = 0o755 if path in runs else 0o644
            archive.addfile(entry, io.BytesIO(data))
    return gzip.compress(raw.getvalue(), mtime=0)


def integrity_of(data: bytes) -> str:
    """The `dist.integrity` of these bytes."""
    return "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()


def shasum_of(data: bytes) -> str:
    """The `dist.shasum` of these bytes."""
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()
