"""Serving without install scripts: what rewrites, what signs that, and which keys vouch for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

from config.problem import ConfigError, Problem
from config.settings import Settings
from proxy.clock import TrustedTime
from proxy.npm.archive.members import Caps
from proxy.registry.pieces import Pieces
from proxy.registry.rewriting import Rewriting
from proxy.registry.routed import Routed
from proxy.registry.stripping import Stripping
from proxy.shared.confined import Bounds, Confined
from proxy.signing import keyring
from proxy.signing.key import BadKey, SigningKey
from proxy.web.metrics import Reading
from proxy.wiring.place import Place
from quarantine.ledger import Ledger

IDLE = 300.0
"""Seconds after which the process that strips is ended where nothing came."""

PACKED = Caps().packed
"""Bytes of an archive, which is mapped too."""


def caps(settings: Settings) -> Caps:
    """How much is read of one archive."""
    examiner = settings.examiner
    return Caps(unpacked=examiner.max_unpacked, ratio=examiner.max_ratio, entries=examiner.max_entries)


async def open_rewriting(
    settings: Settings,
    routed: Routed,
    ledger: Ledger,
    time: TrustedTime,
    place: Place,
    signing: SigningKey,
    spool: Path,
    stack: AsyncExitStack,
) -> Rewriting:
    """What takes install scripts out; `stack` closes it. Raises ConfigError with the mend."""
    await note_key(ledger, signing, time.now())
    examiner = settings.examiner
    confined = Confined(Bounds(examiner.memory, examiner.max_unpacked + PACKED, idle=IDLE))
    stack.callback(confined.close)
    stripping = Stripping(confined, spool, caps(settings), examiner.timeout.total_seconds())
    pieces = Pieces(signing, settings.storage.memory // 32)
    rewriting = Rewriting(routed, ledger, stripping, place.claims, time, pieces)
    stack.push_async_callback(rewriting.close)
    return rewriting


def counted(rewriting: Rewriting) -> Iterator[Reading]:
    """For the metrics."""
    counts = rewriting.counts
    yield "counter", "pratique_rewritten", "Versions that were rewritten without their install scripts.", counts.rewritten
    yield "counter", "pratique_without_scripts", "Versions that were found to have no install script.", counts.untouched
    yield "counter", "pratique_not_rewritten", "Versions whose install scripts could not be taken out.", counts.refused
    yield "counter", "pratique_rewritten_again", "Rewritten tarballs that were lost and made again.", counts.repaired


async def note_key(ledger: Ledger, signing: SigningKey, now: datetime) -> None:
    """Put on record that this key signs from now on, and that another did before. Raises ConfigError with the mend."""
    text = await ledger.note(keyring.NOTE)
    try:
        known = keyring.read(text)
    except BadKey as error:
        problem = f"{error}; restore it, or delete it, and signatures of earlier keys cannot be checked any more"
        raise ConfigError([Problem("error", "storage.database_url", problem)]) from error
    after = keyring.written(keyring.with_current(known, signing.public, now))
    if after != text:
        await ledger.write_note(keyring.NOTE, after)
