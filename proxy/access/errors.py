"""Why somebody may not ask."""

from __future__ import annotations

from quarantine.errors import PratiqueError


class NotAllowed(PratiqueError):
    """Whoever asks is not known, and the operator wants to know who asks."""
