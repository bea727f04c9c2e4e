"""SQLite's directory is refused on a network file system, and on no other."""

from pathlib import Path

import pytest

from proxy.storage.errors import NetworkFileSystem
from proxy.storage.locality import file_system_of, parse_mounts, refuse_listed, refuse_network_filesystem

MOUNTS = r"""
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
31 27 0:40 / /srv rw,relatime shared:5 master:1 - nfs4 files.example:/srv rw,vers=4.2,addr=192.0.2.7
32 31 8:1 /sub /srv/local rw,relatime shared:6 - xfs /dev/sda1 rw
33 27 0:41 / /mnt/with\040space rw - fuse.sshfs me@files.example:/ rw
34 27 0:42 / /stacked rw - nfs files.example:/a rw
35 34 8:2 / /stacked rw - btrfs /dev/sdb rw
36 27 0:43 / /hidden/below rw - nfs files.example:/b rw
37 27 8:3 / /hidden rw - ext4 /dev/sdc rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/var/lib/pratique", "ext4"),
        ("/proc/1", "proc"),
        ("/srv", "nfs4"),
        ("/srv/data", "nfs4"),
        ("/srvdata", "ext4"),
        ("/srv/local/data", "xfs"),
        ("/mnt/with space/data", "fuse.sshfs"),
        ("/stacked/data", "btrfs"),
        ("/hidden/below/data", "ext4"),
    ],
)
def test_finds_the_file_system_of_a_path(path: str, kind: str) -> None:
    assert file_system_of(MOUNTS, path) == kind


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "1 2 3 - ext4", "a b 0:1 / / rw - ext4 x rw", "5 1 0:1 / /srv rw - xfs x rw"],
)
def test_a_text_that_does_not_say(text: str) -> None:
    assert file_system_of(text, "/home") is None


def test_a_mount_that_is_its_own_parent_ends() -> None:
    assert file_system_of("1 1 0:1 / / rw - rootfs rootfs rw\n2 1 0:2 / / rw - tmpfs tmpfs rw", "/x") == "tmpfs"


def test_reads_optional_fields_and_escapes() -> None:
    mounts = {mount.number: mount for mount in parse_mounts(MOUNTS)}
    assert len(mounts) == 9
    assert mounts[31] == (31, 27, "/srv", "nfs4")
    assert mounts[33].point == "/mnt/with space"


@pytest.mark.parametrize(
    "kind",
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "afs",
        "ceph",
        "lustre",
        "glusterfs",
        "fuse.glusterfs",
        "fuse.sshfs",
        "fuse.s3fs",
        "fuse.ceph-fuse",
    ],
)
def test_refuses_a_network_file_system(kind: str, tmp_path: Path) -> None:
    text = f"1 0 0:1 / / rw - ext4 x rw\n2 1 0:2 / {tmp_path.resolve()} rw - {kind} x rw\n"
    with pytest.raises(NetworkFileSystem, match="PostgreSQL") as caught:
        refuse_listed(text, tmp_path / "not yet" / "there")
    assert caught.value.kind == kind
    refuse_listed(text, tmp_path.parent)


@pytest.mark.parametrize(
    "kind",
    ["ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "fuse", "fuse.lxcfs", "nfsd", "apfs"],
)
def test_lets_a_local_file_system_be(kind: str, tmp_path: Path) -> None:
    refuse_listed(f"1 0 0:1 / / rw - {kind} x rw\n", tmp_path)


def test_follows_links(tmp_path: Path) -> None:
    (tmp_path / "remote").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "remote")
    text = f"1 0 0:1 / / rw - ext4 x rw\n2 1 0:2 / {(tmp_path / 'remote').resolve()} rw - nfs x rw\n"
    with pytest.raises(NetworkFileSystem):
        refuse_listed(text, tmp_path / "link" / "data")


def test_looks_at_the_real_mounts() -> None:
    refuse_network_filesystem(Path("/dev"))
