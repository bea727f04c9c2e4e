"""Changes to a tar stream as an attacker would try them: of a byte, of a field with its checksum made right again, of blocks."""

from __future__ import annotations

from random import Random

FIELDS = (
    *((0, 100), (100, 8), (108, 8), (116, 8), (124, 12), (136, 12), (148, 8), (156, 1), (157, 100)),
    *((257, 8), (265, 32), (329, 8), (345, 155), (476, 12), (488, 12)),
)
"""Where the fields of a header are, and how long."""
TELLING = b"\0 \n\r/.\\07\x80\xffAx:="
SIZES = (b"77777777777\0", b"\x80" + b"\xff" * 11, b"00000001000\0", bytes(12))
TYPES = b"xgLK1257S"


def nudge(stream: bytearray, random: Random) -> None:
    """One byte of one field of one header."""
    if len(stream) < 512:
        return
    block = random.randrange(len(stream) // 512) * 512
    start, length = random.choice(FIELDS)
    stream[block + start + random.randrange(length)] = random.choice(TELLING)
    if random.random() < 0.9:
        resum(stream, block)


def mutate(stream: bytearray, others: list[bytes], random: Random) -> None:
    """Something coarser: of whole fields and blocks."""
    if not stream:
        return
    block = random.randrange(len(stream) // 512 + 1) * 512
    match random.randrange(7):
        case 0:
            stream[random.randrange(len(stream))] = random.randrange(256)
        case 1:
            del stream[random.randrange(len(stream)) :]
        case 2:
            other = random.choice(others)
            stream[block:block] = other[: random.randrange(0, len(other) + 1, 512)]
        case 3:
            del stream[block : block + 512]
        case 4:
            start, _ = random.choice(FIELDS)
            stream[block + start : block + start + 8] = random.randbytes(8)
            resum(stream, block)
        case 5:
            stream[block + 124 : block + 136] = random.choice(SIZES)
            resum(stream, block)
        case _:
            stream[block + 156 : block + 157] = bytes((random.choice(TYPES),))
            resum(stream, block)


def resum(stream: bytearray, block: int) -> None:
    """A right checksum again, so that the change is seen at all."""
    if block + 512 <= len(stream):
        total = sum(stream[block : block + 148]) + 256 + sum(stream[block + 156 : block + 512])
        stream[block + 148 : block + 156] = f"{total:06o}\0 ".encode()
