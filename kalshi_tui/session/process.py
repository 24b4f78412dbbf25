"""What the operating system may keep of this process: no core dump, no files for others.

Owns the limits of the process. Each is best effort: a system that lacks one is no reason to stop.
Source: reliability 6.4 (`RLIMIT_CORE`, and `PR_SET_DUMPABLE` on Linux, verified there).
"""

import ctypes
import os
import sys

_PR_SET_DUMPABLE = 4
_PR_GET_DUMPABLE = 3


def harden() -> None:
    """Switch core dumps off, keep other processes from reading memory, make new files private."""
    os.umask(0o077)
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (
        ImportError,
        OSError,
        ValueError,
    ):  # Windows, or a stricter limit that is there already.
        pass
    if sys.platform == "linux":
        _prctl(_PR_SET_DUMPABLE, 0)


def is_dumpable() -> bool:
    """True where a debugger of the same user could read this process's memory (Linux)."""
    return sys.platform == "linux" and _prctl(_PR_GET_DUMPABLE, 0) != 0


def _prctl(option: int, value: int) -> int:
    try:
        return int(ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0))
    except (OSError, AttributeError):
        return -1
