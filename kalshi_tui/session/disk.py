"""What kind of file system a file lies on: a ledger needs one whose locks and syncs hold.

Reads the system's table of mounts; knows nothing of ledgers.
Source: reliability catalogue FH05; sqlite.org/wal.html (WAL needs memory shared by its users).
"""

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mounts")
"""Linux's table: device, directory, type, options, two numbers."""

SHARED = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "drvfs", "afs", "ceph", "glusterfs", "davfs"}
    | {"fuse.sshfs", "fuse.rclone", "fuse.vmhgfs-fuse", "vboxsf", "prl_fs"}
)
"""Network shares and the host's disks as a virtual machine sees them (9p: WSL's /mnt/c)."""

_OCTAL = re.compile(r"\\([0-7]{3})")


def shared_kind(path: Path, mounts: str) -> str:
    """Return the type of file system where `path` lies on a shared one, or an empty string.

    `path` is absolute; it need not exist. `mounts` is the text of the table.
    """
    found, depth = "", -1
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        directory = Path(_OCTAL.sub(lambda each: chr(int(each[1], 8)), fields[1]))
        # The last of several mounts on one directory is the one that is seen.
        if path.is_relative_to(directory) and len(directory.parts) >= depth:
            found, depth = fields[2], len(directory.parts)
    return found if found in SHARED else ""


def read_mounts() -> str:
    """Return the table of mounts, empty where the system keeps none."""
    try:
        return MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
