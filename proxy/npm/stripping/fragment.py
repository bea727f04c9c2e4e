"""What a packument says of one version, told anew for bytes without install scripts.

npm runs `scripts` of the document and not those of the tarball, so stripping the tarball alone would not do. Which fields speak
of the bytes was read in documents of npm's registry and of mirrors: cnpm tells a `size`, older npm `npm-signature` and `_shasum`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from proxy.npm.stripping.manifest import script_edits
from proxy.npm.stripping.members import Edit, Object, edited, is_object, read_object
from quarantine.rewrite import Rewrite

_FLAG = "hasInstallScript"

_BESIDE = frozenset({"_integrity", "_shasum"})
"""Digests of the upstream's bytes that are not in `dist`."""

_VOUCHING = frozenset({"attestations", "npm-signature", "md5", "sha1", "sha256", "sha384", "sha512"})
"""More digests and signatures of them that are; of the served bytes there are none of these."""

_IF_THERE = frozenset({"size"})
"""Told where the upstream tells it, and else not."""


def strip_fragment(raw: bytes, rewrite: Rewrite, signatures: Sequence[Mapping[str, str]] | None) -> bytes:
    """A version's object without install scripts, and with the `dist` of the served bytes.

    `raw` is JSON that was checked before, full or abbreviated; `GAP` may stand in the tarball's address. `signatures`, each with
    `keyid` and `sig`, take the place of the upstream's; None: there are none. Where the bytes are the upstream's after all,
    `dist` stays as it is. Everything else is passed on byte for byte.
    """
    if rewrite.untouched:
        return edited(raw, script_edits(raw, {_FLAG})[0])
    edits, _ = script_edits(raw, {_FLAG, *_BESIDE})
    told: dict[str, object] = {
        "integrity": rewrite.integrity,
        "shasum": rewrite.shasum,
        "size": rewrite.size,
        "unpackedSize": rewrite.unpacked,
        "fileCount": rewrite.files,
    }
    if signatures is not None:
        told["signatures"] = [dict(each) for each in signatures]
    for each in read_object(raw).members:
        if each.key == "dist" and is_object(raw, each):
            edits += _dist_edits(read_object(raw, each.value), {key: _written(value) for key, value in told.items()})
    return edited(raw, edits)


def _dist_edits(dist: Object, told: Mapping[str, bytes]) -> list[Edit]:
    there = {each.key for each in dist.members}
    gone = _VOUCHING | ({"signatures"} - told.keys())
    edits = dist.without(lambda each: each.key in gone)
    edits += (Edit(each.value, each.end, told[each.key]) for each in dist.members if each.key in told)
    added = [_written(key) + b":" + told[key] for key in told if key not in there and key not in _IF_THERE]
    if added:
        comma = b"," if there - gone else b""
        edits.append(Edit(dist.close, dist.close, comma + b",".join(added)))
    return edits


def _written(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
