"""Why somebody may not ask."""

from __future__ import annotations

from quarantine.errors import PratiqueError


class NotAllowed(PratiqueError):
    """Whoever asks is not known, or the token presented does not count: 401."""


class NotPermitted(PratiqueError):
    """Whoever asks is known and may not do this: 403."""
