"""Archives that readers have been known to see in two ways, and honest ones that look odd: what is to be said of each.

Every row has a clean `package.json` and, placed oddly, another one ("evil") or some other file.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

from proxy.npm.archive.oddities import Kind
from tests.fakes.tars import END, GNU, V7, folder, gz, header, long_name, member, padded, pax, pax_text, summed, tar, tgz

BLOCK = bytes(512)
ROOT = "package/package.json"
EVIL = b"evil"
Build = Callable[[bytes, bytes], bytes]


@dataclass(frozen=True)
class Row:
    """One kind of archive, of a clean manifest and an evil one."""

    name: str
    build: Build
    kinds: frozenset[Kind] = frozenset()
    """What is odd about it; nothing: every client sees the same."""


def odd(name: str, build: Build, *kinds: Kind) -> Row:
    """A row that readers may differ on."""
    return Row(name, build, frozenset(kinds))


def second(name: str | bytes, **fields: bytes | None) -> Build:
    """A second member of that name."""
    return lambda clean, evil: tgz(member(ROOT, clean), member(name, evil, **fields))


def beside(*pieces: bytes) -> Build:
    """Behind the manifest."""
    return lambda clean, evil: tgz(member(ROOT, clean), *pieces)


def before(*pieces: bytes) -> Build:
    """In front of it."""
    return lambda clean, evil: tgz(*pieces, member(ROOT, clean))


def twice(*pieces: bytes) -> Build:
    """Between the manifest and the evil one."""
    return lambda clean, evil: tgz(member(ROOT, clean), *pieces, member(ROOT, evil))


def cut(*pieces: bytes) -> Build:
    """Behind the manifest, with nothing after it."""
    return lambda clean, evil: gz(tar(member(ROOT, clean), *pieces, end=b""))


def with_header(flags: int, extra: bytes) -> Build:
    """An honest stream behind an unusual gzip header."""
    return lambda clean, evil: gz(tar(member(ROOT, clean)), flags=flags, extra=extra)


def _flipped(block: bytes) -> bytes:
    return block[:148] + b"0000001\0" + block[156:]


def _signed(name: str) -> bytes:
    block = header(name)
    total = sum(byte - 256 if byte > 127 else byte for byte in block[:148] + b" " * 8 + block[156:])
    return summed(block, f"{total:06o}\0 ".encode())


def _unended(name: str) -> bytes:
    block = header(name)
    total = sum(block[:148]) + 8 * 32 + sum(block[156:])
    return summed(block, f"{total:08o}".encode())


def _two_members(clean: bytes, evil: bytes) -> bytes:
    return gz(tar(member(ROOT, clean), end=b"")) + gz(tar(member(ROOT, evil)))


def _linked(clean: bytes, evil: bytes) -> bytes:
    return tgz(member("package/e.json", evil), header(ROOT, kind=b"2", link=b"e.json"))


def _stuffed(clean: bytes, evil: bytes) -> bytes:
    inside = member(ROOT, evil)
    return tgz(member(ROOT, clean), header("package/d", len(inside), kind=b"5"), inside)


LONG = "package/" + "folder/" * 20 + "file.js"
UMLAUT = "package/" + "ö" * 60 + ".js"
HEADER_CRC = (zlib.crc32(bytes((0x1F, 0x8B, 8, 2, 0, 0, 0, 0, 0, 0xFF))) & 0xFFFF).to_bytes(2, "little")
PREFIX = b"package/" + b"folder/" * 8 + b"last"

HONEST = (
    Row("plain", beside(member("package/a.js", EVIL))),
    Row("manifest last", lambda clean, evil: tgz(member("package/a.js", evil), member(ROOT, clean))),
    Row("another root", lambda clean, evil: tgz(member("whatever/package.json", clean), member("whatever/a.js", evil))),
    Row("a root with blanks", lambda clean, evil: tgz(member("what ever/package.json", clean), member("what ever/a.js", evil))),
    Row("folders", before(folder("package/"), folder("package/lib"), member("package/lib/a", b""))),
    Row("dot in the middle", beside(member("package/./lib/a.js", EVIL))),
    Row("only a dotted manifest", lambda clean, evil: tgz(member("package/./package.json", clean))),
    Row("old type", lambda clean, evil: tgz(member(ROOT, clean, kind=b"\0", magic=V7), member("package/a.js", evil, kind=b"\0"))),
    Row("GNU headers", lambda clean, evil: tgz(member(ROOT, clean, magic=GNU), member("package/a.js", evil, magic=GNU))),
    Row("GNU long name", beside(long_name(LONG), member(LONG[:100], EVIL, magic=GNU))),
    Row("pax path", beside(pax({"path": LONG}), member(LONG[:99], EVIL))),
    Row("pax path override", beside(pax({"path": "package/b.js"}), member("package/a.js", EVIL))),
    Row("pax umlauts", beside(pax({"path": UMLAUT}), member(UMLAUT.encode()[:99], EVIL))),
    Row("pax path with its size", beside(pax({"path": LONG, "size": "4"}), member(LONG[:99], EVIL))),
    Row("umlauts without pax", second("package/ä ö.js")),
    Row("ustar prefix", second(b"file.js", prefix=PREFIX)),
    Row("a prefix of one folder", second(b"lib/file.js", prefix=b"package")),
    Row("pax times and attributes", before(pax({"mtime": "1.5", "SCHILY.xattr.user.x": b"a\nb\xff"}))),
    Row("git's global comment", before(pax({"comment": "0" * 40}, b"g", "pax_global_header"))),
    Row("the same bytes twice", lambda clean, evil: tgz(member(ROOT, clean), member(ROOT, clean))),
    Row("two folders that differ in capitals", beside(member("package/Lib/a", b""), member("package/lib/b", b""))),
    Row("Package.json alone", beside(member("package/lib/Package.json", EVIL))),
    Row("owner in base 256", second("package/a.js", uid=b"\x80" + b"\0" * 3 + b"\xff" * 4)),
    Row("no owner", second("package/a.js", uid=b"", major=b"")),
    Row("negative owner", second("package/a.js", uid=b"\xff" * 7 + b"\xfe")),
    Row("owner with umlauts", second("package/a.js", owner="jörg".encode())),
    Row("twelve digits of size", beside(header("package/a", size_field=b"%012o" % len(EVIL)), padded(EVIL))),
    Row("blanks before the size", beside(header("package/a", size_field=b"%11o " % len(EVIL)), padded(EVIL))),
    Row("garbage in the padding", beside(header("package/a", 3) + b"abc" + b"x" * 509)),
    Row("twenty blocks of zeros", lambda clean, evil: tgz(member(ROOT, clean), end=END * 10)),
    Row("one block of zeros at the end", lambda clean, evil: tgz(member(ROOT, clean), end=BLOCK)),
    Row("zeros after gzip", lambda clean, evil: tgz(member(ROOT, clean)) + bytes(6982)),
    Row("gzip name and comment", with_header(0x18, b"package.tar\0a comment\0")),
    Row("gzip extra field", with_header(0x04, b"\x05\0abcde")),
    Row("gzip header checksum", with_header(0x02, HEADER_CRC)),
    Row("gzip text flag", with_header(0x01, b"")),
    Row("stored, not deflated", lambda clean, evil: gz(tar(member(ROOT, clean)), level=0)),
)  # fmt: skip
"""Nothing is odd about these. All clients read them alike, as tests/end_to_end/test_archives.py shows."""


ODD = (
    odd("duplicate, evil last", second(ROOT), Kind.DUPLICATE),
    odd("duplicate, evil first", lambda clean, evil: tgz(member(ROOT, evil), member(ROOT, clean)), Kind.DUPLICATE),
    odd("second root", second("zzz/package.json"), Kind.DUPLICATE, Kind.ROOTS),
    odd("second root, other file", second("zzz/a.js"), Kind.ROOTS),
    odd("dot first", second("./package/package.json"), Kind.PATH, Kind.ROOTS),
    odd("all below a dot", lambda clean, evil: tgz(member("./package.json", clean)), Kind.PATH),
    odd("empty component", second("package//package.json"), Kind.DUPLICATE, Kind.PATH),
    odd("dot in the middle, twice", second("package/./package.json"), Kind.DUPLICATE),
    odd("dots that lead back", second("package/x/../package.json"), Kind.DUPLICATE, Kind.PATH),
    odd("dots that lead out", second("package/../../package.json"), Kind.DUPLICATE, Kind.PATH),
    odd("absolute", second("/package/package.json"), Kind.PATH, Kind.ROOTS),
    odd("backslash", second("package\\package.json"), Kind.BACKSLASH, Kind.ROOTLESS),
    odd("drive", second("package/c:package.json"), Kind.DRIVE),
    odd("drive, absolute", second("package/c:/package.json"), Kind.DRIVE),
    odd("control character", second("package/a\nb"), Kind.CONTROL),
    odd("not UTF-8", second(b"package/\xe4.js"), Kind.ENCODING),
    odd("a name of 256 bytes", beside(pax({"path": "package/" + "a" * 256}), member("a", EVIL)), Kind.NAME_LENGTH),
    odd("a file in no folder", second("package.json"), Kind.DUPLICATE, Kind.ROOTLESS),
    odd("capitals", second("package/Package.json"), Kind.FOLDING),
    odd("composed and decomposed", beside(member("package/\u00e9", b"1"), member("package/e\u0301", b"2")), Kind.FOLDING),
    odd("sharp s", beside(member("package/ß", b"1"), member("package/SS", b"2")), Kind.FOLDING),
    odd("dot at the end", second("package/package.json."), Kind.FOLDING),
    odd("stream of Windows", second("package/package.json::$DATA"), Kind.FOLDING),
    odd("file and folder", beside(member("package/a", b"1"), member("package/A/b", b"2")), Kind.FILE_AND_FOLDER),
    odd("file and empty folder", beside(member("package/a", b"1"), folder("package/a/")), Kind.FILE_AND_FOLDER),
    odd("no manifest", lambda clean, evil: tgz(member("package/lib/package.json", clean)), Kind.NO_MANIFEST),
    odd("empty stream", lambda clean, evil: tgz(), Kind.NO_MANIFEST),
    odd("one zero block, then evil", twice(BLOCK), Kind.LONE_ZEROS, Kind.DUPLICATE),
    odd("two zero blocks, then evil", twice(END), Kind.AFTER_END),
    odd("a byte far behind the end", lambda clean, evil: tgz(member(ROOT, clean), end=END + bytes(5119) + b"x"), Kind.AFTER_END),
    odd("bad checksum, then evil", twice(_flipped(header("package/x"))), Kind.CHECKSUM, Kind.DUPLICATE),
    odd("signed checksum", beside(_signed("package/ä")), Kind.CHECKSUM),
    odd("checksum without an end", beside(_unended("package/a")), Kind.CHECKSUM),
    odd("two gzip members", _two_members, Kind.GZIP_MEMBERS, Kind.DUPLICATE),
    odd("not gzipped", lambda clean, evil: tar(member(ROOT, clean)), Kind.NOT_GZIP),
    odd("garbage after gzip", lambda clean, evil: tgz(member(ROOT, clean)) + b"garbage", Kind.GZIP_TRAILING),
    odd("another member behind zeros", lambda clean, evil: tgz(member(ROOT, clean)) + bytes(9) + tgz(), Kind.GZIP_TRAILING),
    odd("gzip cut in its trailer", lambda clean, evil: tgz(member(ROOT, clean))[:-3], Kind.GZIP_TRUNCATED),
    odd("gzip without a trailer", lambda clean, evil: tgz(member(ROOT, clean))[:-8], Kind.GZIP_TRUNCATED),
    odd("wrong CRC", lambda clean, evil: gz(tar(member(ROOT, clean)), crc=1), Kind.GZIP_CHECKSUM),
    odd("wrong size in the trailer", lambda clean, evil: gz(tar(member(ROOT, clean)), size=1), Kind.GZIP_CHECKSUM),
    odd("reserved gzip flags", with_header(0x80, b""), Kind.GZIP_HEADER),
    odd("wrong gzip header checksum", with_header(0x02, b"\0\0"), Kind.GZIP_HEADER),
    odd("hard link over the manifest", beside(member("package/e", EVIL), header(ROOT, kind=b"1", link=b"package/e")), Kind.LINK),
    odd("symbolic link", _linked, Kind.LINK, Kind.NO_MANIFEST),
    odd("long link name", beside(long_name("package/e", b"K"), member("package/a", EVIL)), Kind.LINK),
    odd("contiguous file", second(ROOT, kind=b"7"), Kind.TYPE, Kind.DUPLICATE),
    odd("unknown type", second(ROOT, kind=b"Z"), Kind.TYPE),
    odd("sparse file", second("package/a", kind=b"S", magic=GNU), Kind.TYPE),
    odd("device", second("package/a", kind=b"3"), Kind.TYPE),
    odd("folder with a size", _stuffed, Kind.FOLDER_SIZE, Kind.DUPLICATE),
    odd("file that ends like a folder", second("package/lib/"), Kind.FILE_SLASH),
    odd("link target of a file", second("package/a", link=b"x"), Kind.LINK_NAME),
    odd("pax link target of a file", before(pax({"linkpath": "x"})), Kind.LINK_NAME),
    odd("size in base 256", beside(header("package/a", size_field=b"\x80" + bytes(11))), Kind.NUMBER),
    odd("negative size", beside(header("package/a", size_field=b"\xff" * 12)), Kind.NUMBER),
    odd("no size", beside(header("package/a", size_field=b"")), Kind.NUMBER),
    odd("size with a sign", beside(header("package/a", size_field=b"-00000000000")), Kind.NUMBER),
    odd("owner that JavaScript cannot count", second("package/a", uid=b"\x80" + b"\xff" * 7), Kind.NUMBER),
    odd("no mode", second("package/a", mode=b""), Kind.NUMBER),
    odd("mode of letters", second("package/a", mode=b"00064x\0\0"), Kind.NUMBER),
    odd("owner with a high bit", second("package/a", uid=b"0000\x800 \0"), Kind.NUMBER),
    odd("owner of letters", second("package/a", uid=b"root\0\0\0\0"), Kind.NUMBER),
    odd("owner in no base", second("package/a", uid=b"\x90" + bytes(7)), Kind.NUMBER),
    odd("device number in no base", second("package/a", major=b"\x90" + bytes(7)), Kind.NUMBER),
    odd("device number of letters", second("package/a", major=b"none"), Kind.NUMBER),
    odd("owner in two pieces", second("package/a", uid=b"00 000 \0"), Kind.NUMBER),
    odd("instant in no base behind the prefix", second("package/a", prefix=bytes(131) + b"\x90" + bytes(23)), Kind.NUMBER),
    odd("name hidden behind a NUL", second(b"package/a\0\nb"), Kind.NAME_FIELD),
    odd("no name", beside(pax({"path": "package/a"}), member(b"", EVIL)), Kind.NAME_FIELD),
    odd("prefix hidden behind a NUL", second(b"b.js", prefix=b"package\0x"), Kind.NAME_FIELD),
    odd("prefix in a GNU header", second(b"package/a", prefix=b"package/x", magic=GNU), Kind.PREFIX),
    odd("prefix in an old header", second(b"package/a", prefix=b"package/x", magic=V7), Kind.PREFIX),
    odd("prefix in an unknown version", second(b"a", prefix=b"package", magic=b"ustar\0\0\0"), Kind.PREFIX, Kind.ROOTLESS),
    odd("pax size", before(pax({"size": "0"})), Kind.RECORD_SIZE),
    odd("pax in an old header", before(member("PaxHeader", pax_text({"mtime": "1"}), kind=b"x", magic=V7)), Kind.RECORD),
    odd("pax path twice", before(pax(pax_text({"path": ROOT}) * 2)), Kind.RECORD),
    odd("pax path with a NUL", before(pax({"path": ROOT + "\0x"})), Kind.RECORD),
    odd("empty pax path", before(pax({"path": ""})), Kind.RECORD),
    odd("pax path of digits", before(pax({"path": "123"})), Kind.ROOTLESS, Kind.NO_MANIFEST),
    odd("pax size of letters", before(pax({"size": "1e3"})), Kind.RECORD),
    odd("pax record with a wrong length", before(pax(b"99 path=package/x\n")), Kind.RECORD),
    odd("pax record with a zero before its length", before(pax(b"018 path=package/x\n")), Kind.RECORD),
    odd("pax record without end", before(pax(b"17 path=package/xy")), Kind.RECORD),
    odd("pax record without value", before(pax(b"6 path\n")), Kind.RECORD),
    odd("empty pax header", before(pax(b"")), Kind.RECORD),
    odd("pax path inside another value", before(pax({"comment": b"x\n" + pax_text({"path": "package/b"})})), Kind.RECORD),
    odd("pax key of libarchive", before(pax({"GNU.sparse.name": "package/b"})), Kind.RECORD),
    odd("two pax headers", before(pax({"mtime": "1"}), pax({"path": ROOT})), Kind.RECORD_ORDER),
    odd("long name, then pax", beside(long_name("package/b"), pax({"mtime": "1"}), member("package/a", EVIL)), Kind.RECORD_ORDER),
    odd("pax, then long name", beside(pax({"mtime": "1"}), long_name("package/b"), member("package/a", EVIL)), Kind.RECORD_ORDER),
    odd("global header in between", before(long_name(ROOT), pax({"comment": "x"}, b"g")), Kind.RECORD_ORDER),
    odd("pax for nobody", beside(pax({"path": "package/a"})), Kind.RECORD_ORDER),
    odd("long name with something behind", beside(long_name(b"package/a\0b"), member("package/a", EVIL)), Kind.RECORD),
    odd("long name with many ends", beside(long_name(b"package/a\0\0"), member("package/a", EVIL)), Kind.RECORD),
    odd("global path", before(pax({"path": "package/b"}, b"g")), Kind.GLOBAL_RECORD),
    odd("global size", before(pax({"size": "0"}, b"g")), Kind.GLOBAL_RECORD),
    odd("umlauts that may get lost", beside(pax({"path": "package/ü.js"}), member("package/index.js", EVIL)), Kind.LONG_NAME),
    odd("no end", lambda clean, evil: tgz(member(ROOT, clean), end=b""), Kind.NO_END),
    odd("cut in a file", cut(header("package/a", 2000), b"x" * 700), Kind.TRUNCATED),
    odd("cut in the padding", cut(header("package/a", 3), b"abc"), Kind.TRUNCATED, Kind.NO_END),
    odd("cut in a block of zeros", lambda clean, evil: tgz(member(ROOT, clean), end=END + bytes(100)), Kind.TRUNCATED),
    odd("cut in a header", cut(header("package/a")[:200]), Kind.TRUNCATED, Kind.NO_END),
)  # fmt: skip
"""On these, readers differ, or could."""


ROWS = HONEST + ODD
