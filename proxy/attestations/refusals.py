"""Why an attestation does not count."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from proxy.npm.inspecting.printable import printable
from quarantine.errors import PratiqueError

_Found = TypeVar("_Found")


class Refused(PratiqueError):
    """It does not hold: tampered with, or made wrongly."""


class Undecided(Refused):
    """It may hold, but by a key or a log that is not known here."""


def guarded(check: Callable[[], _Found]) -> _Found:
    """Run one check, and make a refusal of whatever a library raises: what cannot be understood is not verified.

    Libraries written in Rust end with a panic, which is no Exception.
    """
    try:
        return check()
    except Refused:
        raise
    except Exception as error:
        raise Refused(f"it cannot be verified ({type(error).__name__}: {printable(str(error), 200)})") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise Refused("it cannot be verified (a library gave up)") from error


class NotRefreshed(PratiqueError):
    """No newer trust could be had; the one at hand stays good."""


class NotThere(PratiqueError):
    """A download has been answered with 404, which is how a repository says that there is no newer root."""
