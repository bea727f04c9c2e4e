"""What can go wrong with a database, told as one sentence that names the place and the mend."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, StatementError

from quarantine.errors import PratiqueError


class LedgerFailed(PratiqueError):
    """A database refused; the transaction was rolled back, and nothing has been tried a second time.

    `place` is the file, or the URL without its password; `code` the database's own name for the error, or empty.
    """

    def __init__(self, action: str, place: str, reason: str, mend: str, code: str = "") -> None:
        super().__init__(f"cannot {action} {place}: {reason}; {mend}")
        self.place = place
        self.reason = reason
        self.mend = mend
        self.code = code


class LedgerTooNew(LedgerFailed):
    """The database was written by a later version of pratique: reading it with this one could lose what it holds."""

    def __init__(self, place: str, revision: str) -> None:
        super().__init__(
            "use",
            place,
            f"a later version of pratique has written it (schema {revision!r})",
            "start that version again, or restore the backup made before it",
        )


_Said = tuple[str, str]
_LOCKED: _Said = (
    "another process has kept it locked for too long",
    "look for a backup, a shell or a second server that holds a transaction open on it",
)
_FULL: _Said = ("no space is left", "free some, or enlarge the volume that it lies on")
_READ_ONLY: _Said = (
    "it may only be read",
    "let the user that pratique runs as write the file and its directory, and mount the volume writable",
)
_CORRUPT: _Said = (
    "the file is damaged or is not a database",
    "stop pratique, check it with `PRAGMA integrity_check`, and restore a backup if that fails",
)
_CONSTRAINT: _Said = (
    "the change contradicts what is on record, so it was not made",
    "please report this with the text of the error it came from",
)
_UNREACHABLE: _Said = ("the server does not answer", "check that it runs, and the host, port and account in the URL")

_SQLITE: dict[str, _Said] = {
    "SQLITE_BUSY": _LOCKED,
    "SQLITE_LOCKED": _LOCKED,
    "SQLITE_FULL": _FULL,
    "SQLITE_READONLY": _READ_ONLY,
    "SQLITE_PERM": _READ_ONLY,
    "SQLITE_CANTOPEN": (
        "the file cannot be opened",
        "create its directory, and let the user that pratique runs as write there",
    ),
    "SQLITE_CORRUPT": _CORRUPT,
    "SQLITE_NOTADB": _CORRUPT,
    "SQLITE_IOERR": ("the disk failed to read or write", "check the disk and the system log"),
    "SQLITE_CONSTRAINT": _CONSTRAINT,
}
"""By primary result code; extended ones (`SQLITE_BUSY_SNAPSHOT`) begin with it."""

_SQLSTATE: dict[str, _Said] = {
    "08": _UNREACHABLE,
    "57P": _UNREACHABLE,
    "23": _CONSTRAINT,
    "25006": _READ_ONLY,
    "42501": _READ_ONLY,
    "53100": _FULL,
    "55P03": _LOCKED,
    "40": _LOCKED,
}
"""By the longest prefix of PostgreSQL's five-character code."""


def _said(code: str, table: dict[str, _Said], fallback: _Said) -> _Said:
    fitting = [prefix for prefix in table if code.startswith(prefix)]
    return table[max(fitting, key=len)] if fitting else fallback


def described(error: BaseException, action: str, place: str) -> LedgerFailed:
    """The failure that a driver's exception, or SQLAlchemy's wrapping of one, amounts to."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    fallback: _Said = (str(cause).strip() or type(cause).__name__, "check the database and its log")
    if name := getattr(cause, "sqlite_errorname", None):
        return LedgerFailed(action, place, *_said(name, _SQLITE, fallback), code=name)
    state = getattr(cause, "sqlstate", None) or ""
    if not state and "connection" in str(cause).lower():
        fallback = _UNREACHABLE
    return LedgerFailed(action, place, *_said(state, _SQLSTATE, fallback), code=state)


@contextmanager
def explained(action: str, place: str) -> Iterator[None]:
    """Turn a database's error, and text that it cannot hold, into `LedgerFailed` about `place`.

    A value that a column type refuses (a naive datetime) stays the ValueError that it was.
    """
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        raise described(error, action, place) from error
    except StatementError as error:
        raise error.orig or error from error
    except UnicodeEncodeError as error:
        reason = "the text holds half of a surrogate pair, which no database can keep"
        raise LedgerFailed(action, place, reason, "leave out what carries it") from error
