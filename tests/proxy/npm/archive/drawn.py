"""Honest archives as anybody's tool could have made them: drawn at random, all of one meaning."""

from __future__ import annotations

from random import Random

from tests.fakes.tars import END, GNU, V7, folder, gz, long_name, member, pax, tar

NAMES = (
    "a",
    "lib",
    "index.js",
    "Readme.md",
    ".hidden",
    "with blank",
    "ünïcode",
    "漢字.txt",
    "e\u0301",
    "...",
    "-",
    "x" * 90,
    "y" * 120,
)
ROOTS = ("package", "node", "some-package-1.2.3", "wörld")
CONTENTS = (b"", b"x", b"\0" * 512, b"module.exports = 1\n" * 40, bytes(range(256)) * 9, b"package/package.json\0" * 30)


def drawn(random: Random, manifest: bytes) -> tuple[bytes, dict[str, bytes]]:
    """An archive, and what is in it."""
    root = random.choice(ROOTS)
    files = {"package.json": manifest}
    for _ in range(random.randrange(12)):
        path = "/".join(random.choice(NAMES) for _ in range(random.randint(1, 4)))
        if not _clashes(path, files):
            files[path] = random.choice(CONTENTS)
    order = list(files)
    random.shuffle(order)
    pieces = [folder(f"{root}/")] if random.random() < 0.3 else []
    if random.random() < 0.2:
        pieces.append(pax({"comment": "a" * 40}, b"g"))
    for path in order:
        pieces += _placed(random, f"{root}/{path}", files[path])
    stream = tar(*pieces, end=END * random.choice((1, 1, 10)))
    return gz(stream, level=random.choice((0, 1, 6, 9))), files


def _clashes(path: str, files: dict[str, bytes]) -> bool:
    """One file must not be another's folder, nor differ from it in capitals only."""
    fold = path.casefold()
    return any(f"{fold}/".startswith(f"{each.casefold()}/") or each.casefold().startswith(f"{fold}/") for each in files)


def _placed(random: Random, path: str, content: bytes) -> list[bytes]:
    """Its blocks, in one of the ways there are to say that name."""
    name = path.encode()
    mode = random.choice((b"000644 \0", b"000755 \0", b"0000664\0", b"0000600\0"))
    ways = ["pax", "gnu"]
    if len(name) <= 100:
        ways += ["short", "short", "old", "times"]
    cut = name.rfind(b"/", 0, 155)
    if cut > 0 and len(name) - cut - 1 <= 100:
        ways.append("prefix")
    match random.choice(ways):
        case "pax":
            return [pax({"path": path}), member(name[:100], content, mode=mode)]
        case "gnu":
            return [long_name(path), member(name[:100], content, mode=mode, magic=GNU)]
        case "old":
            return [member(name, content, mode=mode, magic=V7, kind=b"\0")]
        case "times":
            return [pax({"mtime": "1700000000.5", "atime": "1"}), member(name, content, mode=mode)]
        case "prefix":
            return [member(name[cut + 1 :], content, mode=mode, prefix=name[:cut])]
        case _:
            return [member(name, content, mode=mode)]
