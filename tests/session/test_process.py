"""What the operating system may keep of the program, tried in a process of its own."""

import json
import subprocess
import sys

import pytest

PROGRAM = """
import json, os, sys
from kalshi_tui.session.process import harden, is_dumpable
before = is_dumpable()
harden()
import resource
open(sys.argv[1], "w").close()
print(json.dumps([before, is_dumpable(), resource.getrlimit(resource.RLIMIT_CORE),
                  oct(os.stat(sys.argv[1]).st_mode & 0o777)]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="read from the Linux kernel")
def test_FI15_no_core_is_dumped_and_new_files_are_private(tmp_path: object) -> None:
    path = f"{tmp_path}/made"
    command = [sys.executable, "-c", PROGRAM, path]
    answer = subprocess.run(
        command, capture_output=True, check=True, timeout=30, env={"PYTHONPATH": ":".join(sys.path)}
    )
    before, after, limits, mode = json.loads(answer.stdout)
    assert before
    assert not after
    assert limits == [0, 0]
    assert mode == "0o600"
