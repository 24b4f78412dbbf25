"""Asks the public database of known vulnerabilities about what the program is installed with.

Usage: audit.py PATH-OF-pip-audit REQUIREMENTS. Ends with 1 where something is known. Where the
database cannot be reached, or knows none of the packages, it says that the audit was skipped.
"""

import json
import subprocess
import sys


def main(program: str, requirements: str) -> None:
    ran = subprocess.run(
        [program, "--disable-pip", "--no-deps", "--format", "json", "-r", requirements],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    try:
        found = json.loads(ran.stdout)["dependencies"]
    except (ValueError, KeyError):
        last = (ran.stderr.strip().splitlines() or ["no answer"])[-1]
        print(f"audit: SKIPPED, the database was not reached ({last[:160]})")
        return
    audited = [each for each in found if "skip_reason" not in each]
    if not audited:
        print(f"audit: SKIPPED, the database here knows none of the {len(found)} packages")
        return
    known = [
        (each["name"], each["version"], bad["id"]) for each in audited for bad in each["vulns"]
    ]
    for name, version, identity in known:
        print(f"audit: {name} {version}: {identity}")
    print(f"audit: {len(audited)} of {len(found)} packages looked up, {len(known)} findings")
    sys.exit(1 if known else 0)


main(*sys.argv[1:])
