"""Which file system holds a path: SQLite needs locks that network file systems do not give reliably. Linux only."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from proxy.storage.errors import NetworkFileSystem

_NETWORK = re.compile(
    r"""
    9p | acfs | afs | beegfs | ceph | cifs | coda | davfs | glusterfs | gpfs | lustre | ncpfs | nfs4? | orangefs | panfs
    | pvfs2 | smb[23] | smbfs
    | fuse[.](blobfuse2? | ceph | ceph-fuse | curlftpfs | davfs | gcsfuse | glusterfs | goofys | juicefs | mfs
    | mount-s3 | nfs | rclone | s3fs | smbnetfs | sshfs | weed)
    """,
    re.VERBOSE,
)
"""File system types, as the kernel names them, whose locks or shared memory SQLite cannot rely on."""

_MOUNTS = Path("/proc/self/mountinfo")
_OCTAL = re.compile(r"\\([0-7]{3})")


class Mount(NamedTuple):
    """One line of mountinfo."""

    number: int
    parent: int
    """The number of the mount it is mounted on."""
    point: str
    kind: str
    """The file system's type, `ext4` or `nfs4`."""


def parse_mounts(mountinfo: str) -> list[Mount]:
    """What a text in the form of /proc/self/mountinfo lists; lines that are not of this form are left out."""
    mounts = []
    for line in mountinfo.splitlines():
        # number parent device root point options [optional fields ...] - kind source options
        fields, _, described = line.partition(" - ")
        words = fields.split(" ")
        if len(words) < 6 or not described or not (words[0].isdecimal() and words[1].isdecimal()):
            continue
        point = _OCTAL.sub(lambda octal: chr(int(octal[1], 8)), words[4])
        mounts.append(Mount(int(words[0]), int(words[1]), point, described.split(" ")[0]))
    return mounts


def file_system_of(mountinfo: str, path: str) -> str | None:
    """The type of the file system that holds an absolute path without links; None when the text does not say.

    Goes from mount to mount as the kernel does: a mount may hide what was mounted below or at the same point before,
    so that the longest mount point, or the last line, would be wrong answers.
    """
    mounts = [mount for mount in parse_mounts(mountinfo) if _is_above(mount.point, path)]
    numbers = {mount.number for mount in mounts}
    # The parent of the root lies outside of what this process can see, or is the root itself.
    here = min(
        (mount for mount in mounts if mount.parent not in numbers or mount.parent == mount.number),
        key=lambda mount: len(mount.point),
        default=None,
    )
    while here:
        numbers.discard(here.number)
        below = [mount for mount in mounts if mount.parent == here.number and mount.number in numbers]
        if not below:
            return here.kind
        here = min(below, key=lambda mount: len(mount.point))
    return None


def refuse_network_filesystem(path: Path) -> None:
    """Raise `NetworkFileSystem` when `path`, which need not exist yet, would lie on one; blocks for a short read.

    Where there is no mountinfo nothing is known, and nothing refused.
    """
    try:
        mountinfo = _MOUNTS.read_text(errors="surrogateescape")
    except OSError:
        return
    refuse_listed(mountinfo, path)


def refuse_listed(mountinfo: str, path: Path) -> None:
    """As `refuse_network_filesystem`, by the mounts that a text lists."""
    kind = file_system_of(mountinfo, str(path.resolve()))
    if kind and _NETWORK.fullmatch(kind):
        raise NetworkFileSystem(str(path), kind)


def _is_above(point: str, path: str) -> bool:
    return path == point or path.startswith(point.rstrip("/") + "/")
