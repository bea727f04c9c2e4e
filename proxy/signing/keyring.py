"""The keys that this installation signs and signed rewritten versions with, as `/-/npm/v1/keys` shows them.

npm takes a signature by an expired key for good where the version was published before it expired. So a key that was replaced is
shown on, with a date.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from proxy.signing.key import BadKey, PublicKey

NOTE = "signing-keys"
"""Under which the ledger has them."""

OVERLAP = timedelta(days=30)
"""How long a replaced key counts for new versions too: caches and other replicas have what it signed."""

KIND = "ecdsa-sha2-nistp256"

MOST = 100


@dataclass(frozen=True, slots=True)
class UsedKey:
    """A public key, and until when it counts; None: it is in use."""

    key: PublicKey
    expires: datetime | None = None

    @property
    def value(self) -> dict[str, Any]:
        """As npm writes a registry's key."""
        expires = self.expires.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z") if self.expires else None
        return {"expires": expires, "keyid": self.key.fingerprint, "keytype": KIND, "scheme": KIND, "key": self.key.text}


def with_current(known: Sequence[UsedKey], current: PublicKey, now: datetime) -> tuple[UsedKey, ...]:
    """The keys once `current` signs: what signed before expires, what is back in use does not any longer."""
    before = [each if each.expires is not None else replace(each, expires=now + OVERLAP) for each in known if each.key != current]
    return (UsedKey(current), *before[: MOST - 1])


def written(keys: Sequence[UsedKey]) -> str:
    """The text of the note."""
    return json.dumps([each.value for each in keys], separators=(",", ":"))


def read(text: str | None) -> tuple[UsedKey, ...]:
    """What `written` wrote; nothing where there is no note. Raises BadKey."""
    try:
        return tuple(_read(each) for each in json.loads(text or "[]"))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadKey(f"the note {NOTE} in the database does not hold signing keys: {error}") from error


def _read(value: dict[str, Any]) -> UsedKey:
    expires = value["expires"]
    return UsedKey(PublicKey.of_text(value["key"]), datetime.fromisoformat(expires) if expires is not None else None)
