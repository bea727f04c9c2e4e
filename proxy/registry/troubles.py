"""Failures of the upstream, remembered for a while: what happened, not the exception, which would keep all it passed alive."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from proxy.ledger.errors import LedgerFailed
from proxy.npm.split import BadDocument
from proxy.registry.errors import NotFound, UpstreamFailed
from quarantine.package import PackageName

Trouble = NotFound | UpstreamFailed | BadDocument | LedgerFailed
"""Why a look brought nothing: the upstream, its document, or a ledger that cannot write down what was seen (a full disk)."""

LIMIT = 20_000
"""The most packages whose trouble is remembered; beyond that the oldest is forgotten."""

AT_LEAST = timedelta(minutes=1)
"""How long a trouble can be asked for, though it may count for less."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a failure says, without its traceback and its cause, and without all that those refer to."""

    kind: type[Trouble]
    text: str
    details: Mapping[str, str]
    at: datetime

    @classmethod
    def of(cls, error: Trouble, at: datetime) -> Told:
        """Take a failure down."""
        details = {key: value for key, value in vars(error).items() if isinstance(value, str)}
        return cls(type(error), str(error), details, at)

    def error(self) -> Trouble:
        """The failure once more, as an exception of its own: one that many raise would gather the frames of all of them."""
        error = self.kind.__new__(self.kind)
        error.args = (self.text,)
        vars(error).update(self.details)
        return error


class Troubles:
    """The last failure of each package, forgotten once it counts no more."""

    def __init__(self, counts_for: timedelta, limit: int = LIMIT) -> None:
        self._counts_for = counts_for
        self._limit = limit
        self._told: OrderedDict[PackageName, Told] = OrderedDict()

    def put(self, name: PackageName, error: Trouble, now: datetime) -> None:
        """Remember a failure in place of an earlier one."""
        self._told.pop(name, None)
        self._told[name] = Told.of(error, now)
        while len(self._told) > self._limit or now - next(iter(self._told.values())).at >= max(self._counts_for, AT_LEAST):
            self._told.popitem(last=False)

    def drop(self, name: PackageName) -> None:
        """All is well again."""
        self._told.pop(name, None)

    def last(self, name: PackageName) -> Trouble | None:
        """What went wrong lately."""
        told = self._told.get(name)
        return told.error() if told is not None else None

    def counting(self, name: PackageName, now: datetime) -> Trouble | None:
        """The same where it is so recent that it stands for an answer of the upstream."""
        told = self._told.get(name)
        return told.error() if told is not None and now - told.at < self._counts_for else None

    def __len__(self) -> int:
        return len(self._told)
