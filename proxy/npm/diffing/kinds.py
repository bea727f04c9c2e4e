"""What kind of file some bytes are. A name proves nothing: node runs whatever a `require` names, be it called `.png`."""

from __future__ import annotations

import re

_MAGIC = (
    (b"\x7fELF", "a program for Linux (ELF)"),
    (b"MZ", "a program for Windows (PE)"),
    (b"\xcf\xfa\xed\xfe", "a program for macOS (Mach-O)"),
    (b"\xce\xfa\xed\xfe", "a program for macOS (Mach-O)"),
    (b"\xca\xfe\xba\xbe", "a program for macOS (Mach-O), or Java bytecode"),
    (b"\0asm", "WebAssembly"),
    (b"\x1f\x8b", "something compressed (gzip)"),
    (b"PK\x03\x04", "an archive (zip)"),
    (b"\x89PNG", "an image (PNG)"),
    (b"\xff\xd8\xff", "an image (JPEG)"),
    (b"GIF8", "an image (GIF)"),
    (b"wOF2", "a font"),
    (b"wOFF", "a font"),
    (b"%PDF", "a document (PDF)"),
)
TEXT = "text"

_ODD = bytes(each for each in range(32) if each not in b"\t\n\r\f\b\x1b")
_LOOKED = 2**20
"""Bytes from the beginning, and from the end, that are looked at."""
_PERCENT = 5
_SOURCES = re.compile(
    r".*\.(?:[cm]?jsx?|[cm]?tsx?|json5?|gypi?|sh|bash|zsh|fish|ps1|bat|cmd|py|rb|pl|php|html?|vue|svelte|mk|ya?ml|toml)"
)


def kind_of(path: str, data: memoryview) -> str:
    """`text` where it can be read as such, or is a program's source by its name; else what it is."""
    if _SOURCES.fullmatch(path.lower()) or not len(data) or _is_text(data):
        return TEXT
    head = bytes(data[:8])
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), "not text")


def _is_text(data: memoryview) -> bool:
    """Nearly all of it can be read: one odd byte would be an easy way not to be shown."""
    looked = bytes(data[:_LOOKED]) + (bytes(data[-_LOOKED:]) if len(data) > _LOOKED else b"")
    strange = len(looked) - len(looked.translate(None, _ODD)) + looked.decode("utf-8", "replace").count("\ufffd")
    return strange * 100 <= len(looked) * _PERCENT
