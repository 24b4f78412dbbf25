"""Which file system a path lies on is read from the table of mounts."""

from pathlib import Path

import pytest

from kalshi_tui.session.disk import shared_kind

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
tmpfs /run tmpfs rw 0 0
C:\\134 /mnt/c 9p rw 0 0
host:/export /home/me/My\\040Share nfs4 rw 0 0
/dev/sdb1 /home/me/My\\040Share/local ext4 rw 0 0
host:/a /data nfs rw 0 0
/dev/sdc1 /data ext4 rw 0 0
short line
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/me/state", ""),
        ("/mnt/c/Users/me", "9p"),
        ("/mnt/cabinet", ""),
        ("/home/me/My Share/state", "nfs4"),
        ("/home/me/My Share/local/state", ""),
        ("/data/state", ""),
    ],
)
def test_FH05_the_innermost_and_last_mount_decides(path: str, kind: str) -> None:
    assert shared_kind(Path(path), MOUNTS) == kind


def test_FH05_a_system_without_a_table_refuses_nothing() -> None:
    assert shared_kind(Path("/home/me"), "") == ""
