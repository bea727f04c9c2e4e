"""Code that no reader of text can read: machine code of all systems, WebAssembly, and compiled JavaScript."""

from __future__ import annotations

from collections.abc import Iterator

from proxy.npm.archive.members import Archive

_MACH_O = (b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe")
_UNIVERSAL = (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")
_SHORTEST = 4


def native_files(archive: Archive) -> Iterator[str]:
    """Their paths, sorted. By content, whatever they are called; a `.node` file always, since node loads it as machine code."""
    for path in sorted(archive.files):
        member = archive.files[path]
        if path.endswith(".node") or (member.size >= _SHORTEST and is_native(archive.view(member), path)):
            yield path


def is_native(data: memoryview, path: str = "") -> bool:
    """Whether a file begins as ELF, Mach-O, PE, a library of objects, WebAssembly, or (`.jsc`) V8's cache do."""
    start = bytes(data[:8])
    if start.startswith((b"\x7fELF", b"\0asm", b"!<arch>\n", *_MACH_O)):
        return True
    if start.startswith(_UNIVERSAL):
        # Java's classes begin alike; where they have a format of at least 45, this has a count of architectures.
        return int.from_bytes(start[4:8], "big") < 45
    if start.startswith(b"MZ"):
        header = int.from_bytes(data[60:64], "little")
        return bytes(data[header : header + 4]) == b"PE\0\0"
    return path.endswith(".jsc") and start[2:4] == b"\xde\xc0"
