"""The digests a version is listed with, and whether two listings can be of the same bytes."""

from __future__ import annotations

from collections.abc import Mapping

STRENGTH = ("sha1", "sha256", "sha384", "sha512")
"""The algorithms of Subresource Integrity that npm has used, weakest first (md5 is not accepted)."""

WEAK = "sha1"


class Digests(dict[str, str]):
    """Algorithm -> base64 digest, as in one `integrity` string with at most one hash an algorithm; hashable by text."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(str(self))

    def __str__(self) -> str:
        return " ".join(f"{algorithm}-{self[algorithm]}" for algorithm in STRENGTH if algorithm in self)

    @classmethod
    def parse(cls, text: str) -> Digests:
        """Read what `str` wrote; unknown words are passed over."""
        pairs = (word.partition("-") for word in text.split())
        return cls({algorithm: value for algorithm, _dash, value in pairs if value and algorithm in STRENGTH})

    @property
    def strongest(self) -> str | None:
        """The strongest algorithm present, or None when there is none."""
        return next((algorithm for algorithm in reversed(STRENGTH) if algorithm in self), None)

    @property
    def weak(self) -> bool:
        """Whether nothing better than sha1 vouches for the bytes."""
        return self.strongest == WEAK

    def agrees(self, other: Mapping[str, str]) -> bool:
        """Whether both can be of the same bytes: at least one algorithm in common and none that differs."""
        common = self.keys() & other.keys()
        return bool(common) and all(self[algorithm] == other[algorithm] for algorithm in common)

    def joined(self, other: Mapping[str, str]) -> Digests:
        """Everything known about bytes that both describe."""
        return Digests({**other, **self})
