"""What to delete so that a store keeps to its budget: pure."""

from __future__ import annotations

from collections.abc import Iterable

from proxy.storage.blobs import BlobInfo


def plan_prune(infos: Iterable[BlobInfo], budget: int) -> list[BlobInfo]:
    """The blobs to delete, least recently used first, so that what stays is at most `budget` bytes.

    Not one more than needed: without its last blob the plan would not do. Empty blobs stay, deleting them frees
    nothing. Among blobs of the same time the key decides, so that every replica plans the same. Raises ValueError for a
    negative budget.
    """
    if budget < 0:
        raise ValueError(f"a budget of {budget} bytes")
    known = list(infos)
    excess = sum(info.size for info in known) - budget
    plan: list[BlobInfo] = []
    if excess <= 0:
        return plan
    for info in sorted(known, key=lambda info: (info.modified, info.key)):
        if info.size:
            plan.append(info)
            excess -= info.size
            if excess <= 0:
                break
    return plan
