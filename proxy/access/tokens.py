"""Tokens: 256 random bits behind a prefix that secret scanners can look for, with a checksum that tells typing errors."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import zlib
from urllib.parse import unquote

PREFIX = "prq_"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SECRET = 43
"""62 ** 43 is more than 2 ** 256."""
CHECK = 6

TOKEN = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{SECRET + CHECK}}}")
"""What a scanner looks for."""
_IN_BYTES = re.compile(TOKEN.pattern.encode())


def new_token() -> str:
    """A token that nobody has had; shown once, and kept nowhere."""
    secret = _base62(secrets.randbits(256), SECRET)
    return f"{PREFIX}{secret}{_checksum(secret)}"


def is_token(text: str) -> bool:
    """Whether the text is a token of ours as far as its spelling tells."""
    body = text.removeprefix(PREFIX)
    return TOKEN.fullmatch(text) is not None and _checksum(body[:SECRET]) == body[SECRET:]


def holds_token(text: str | bytes) -> bool:
    """Whether there is a token in an address, percent-encoded or not, or in a body."""
    if isinstance(text, bytes):
        return _IN_BYTES.search(text) is not None
    return TOKEN.search(unquote(text) if "%" in text else text) is not None


def without_tokens(text: str) -> str:
    """The text with every token in it cut to its prefix."""
    return TOKEN.sub(f"{PREFIX}...", text)


def digest_of(token: str) -> str:
    """What is kept instead of a token."""
    # A header may hold bytes that are no text, which come as lone surrogates.
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def presented(authorization: str | None) -> str | None:
    """The token in an Authorization header: a bearer one, or the password of a basic one. None where there is neither."""
    scheme, _, value = (authorization or "").strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip() or None
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value.strip(), validate=True).decode().partition(":")[2] or None
        except ValueError:
            return None
    return None


def _checksum(secret: str) -> str:
    return _base62(zlib.crc32(secret.encode()), CHECK)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))
