"""How this registry answers: mirrors and older servers differ in what they leave out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass
class Style:
    """The defaults are those of a complete, current registry."""

    etag: bool = True
    last_modified: bool = True
    gzip: bool = True
    abbreviated: bool | Literal["406"] = True
    """False: always the full document. "406": refuses whoever names the abbreviated type."""
    only_latest: bool = False
    """Documents list no version but the one that `latest` names."""
    has_time: bool = True
    modified: bool = True
    """Whether abbreviated documents carry `modified`."""
    abbreviated_time: bool = False
    """Whether abbreviated documents carry `time` as well, as some mirrors do."""
    cache_control: str | None = "public, max-age=300"
