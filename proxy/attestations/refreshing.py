"""Newer trust from a TUF repository, as Sigstore runs one, which protects against old and frozen copies as well.

Its client keeps what it has seen in a folder, and judges expiry by the machine's clock. Blocks, and is slow to import (0.2 s).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sigstore._internal.tuf import DEFAULT_TUF_URL
from sigstore._utils import read_embedded
from tuf.api.exceptions import DownloadError, DownloadHTTPError, RepositoryError
from tuf.ngclient.fetcher import FetcherInterface
from tuf.ngclient.updater import Updater

from proxy.attestations.anchors import check_trust
from proxy.attestations.refusals import NotRefreshed, NotThere
from proxy.attestations.trust import Trust
from proxy.npm.signing_keys import read_signing_keys
from quarantine.errors import PratiqueError

ROOT_TARGET = "trusted_root.json"


Download = Callable[[str], Iterable[bytes]]
"""Fetches an address in pieces. Raises NotThere, or whatever it likes for other failures."""


class TrustSource(Protocol):
    """Where newer trust comes from."""

    def refreshed(self, trust: Trust) -> Trust:
        """The trust with whatever is newer in it. Raises NotRefreshed."""


@dataclass(frozen=True, slots=True)
class TufSource:
    """A TUF repository with Sigstore's trusted root and registries' keys."""

    folder: Path
    """Where its metadata and targets are kept between refreshes; nobody else may write there."""
    download: Download
    keys_host: str | None
    """The host of the registry whose keys are wanted, after which they are named there; None: the keys stay."""
    url: str = DEFAULT_TUF_URL
    bootstrap: bytes | None = None
    """The repository's own root, trusted from the start; None: the one that sigstore comes with for this address."""

    def refreshed(self, trust: Trust) -> Trust:
        """Ask for root and keys. A trust that could not be used is not returned."""
        try:
            updater = self._updater()
            root = self._target(updater, ROOT_TARGET)
            keys = (
                trust.keys if self.keys_host is None else read_signing_keys(self._target(updater, f"{self.keys_host}/keys.json"))
            )
            found = Trust(root, keys, trust.issuers)
            check_trust(found)
        except (RepositoryError, DownloadError, OSError, ValueError, PratiqueError) as error:
            raise NotRefreshed(f"the trusted root and the registry's keys were not refreshed: {error}") from error
        return found

    def _updater(self) -> Updater:
        targets = self.folder / "targets"
        targets.mkdir(parents=True, exist_ok=True)
        updater = Updater(
            metadata_dir=str(self.folder),
            metadata_base_url=self.url,
            target_dir=str(targets),
            target_base_url=f"{self.url.rstrip('/')}/targets/",
            fetcher=_Fetcher(self.download),
            bootstrap=read_embedded("root.json", self.url) if self.bootstrap is None else self.bootstrap,
        )
        updater.refresh()
        return updater

    def _target(self, updater: Updater, name: str) -> bytes:
        info = updater.get_targetinfo(name)
        if info is None:
            raise NotRefreshed(f"the repository has no {name}")
        kept = updater.find_cached_target(info)
        return Path(updater.download_target(info) if kept is None else kept).read_bytes()


class _Fetcher(FetcherInterface):
    """Downloads for TUF's client through ours, which knows proxies and authorities."""

    def __init__(self, download: Download) -> None:
        self._download = download

    def _fetch(self, url: str) -> Iterator[bytes]:
        try:
            yield from self._download(url)
        except NotThere as missing:
            raise DownloadHTTPError(str(missing), 404) from missing
        except Exception as error:
            raise DownloadError(f"{url}: {error}") from error
