"""What can go wrong between us and the upstream."""

from __future__ import annotations

from datetime import datetime

from quarantine.errors import PratiqueError
from quarantine.package import PackageName
from quarantine.verdict import Verdict, stamp


class NotFound(PratiqueError):
    """The upstream has no such package, version or tag."""


class UpstreamFailed(PratiqueError):
    """The upstream could not be asked, or answered nonsense; nothing was kept."""


class UpstreamDown(UpstreamFailed):
    """No answer: refused, timed out, or busy (429, 5xx)."""


class UpstreamRefused(UpstreamFailed):
    """Asking again would not help: the upstream wants other credentials than ours."""


class UpstreamLoops(UpstreamRefused):
    """The upstream leads back to where the request came from (508)."""


class AddressRefused(UpstreamFailed):
    """An address chosen by a document or a redirect leads where nobody configured us to go."""


class DownloadBroken(UpstreamFailed):
    """A tarball stopped midway, or was not what was promised, after its first bytes had gone out."""


class Withheld(PratiqueError):
    """Policy says no. Carries what the client is told; always a 403."""

    def __init__(self, name: PackageName, version: str | None, verdict: Verdict) -> None:
        self.name = name
        self.version = version
        self.verdict = verdict
        super().__init__(f"{self.subject} is withheld{self._until()}: {verdict.sentence}")

    @property
    def subject(self) -> str:
        """`name@version`, or the name where the whole package is withheld."""
        return f"{self.name}@{self.version}" if self.version else str(self.name)

    @property
    def until(self) -> datetime | None:
        """See Verdict.until."""
        return self.verdict.until

    @property
    def reason_phrase(self) -> str:
        """What pnpm, yarn 4 and npm print of the status line: short ASCII without line breaks."""
        subject = self.subject if len(self.subject) <= 120 else f"{self.subject[:117]}..."
        return f"{subject} withheld{self._until()}"

    def _until(self) -> str:
        return f" until {stamp(self.until)}" if self.until else ""


class PinnedElsewhere(Withheld):
    """A lockfile pins other bytes of the version than are served: from that it cannot be installed, though nothing is wrong."""

    def __str__(self) -> str:
        return f"{self.subject}: {self.verdict.sentence}"

    @property
    def reason_phrase(self) -> str:
        return f"{self.subject[:120]} pinned with other bytes: pratique relock"
