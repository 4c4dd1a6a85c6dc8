#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A kernel that is locked down for confidentiality lets nobody load our programs, root or not: the figures come from files, and the cause
is said. That can't be undone until a reboot: hence a guest of its own."""
import os
import sys
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import bpf_source  # noqa: E402
import plimsoll_testlib as lib  # noqa: E402

CAUSE = "locked down for confidentiality"
LEVELS = Path("/sys/kernel/security/lockdown")


def in_guest():
    """Goes on there, with this same program."""
    lib.need("qemu-system-x86_64")
    run = str(lib.SOURCE / "tests/vm/run")
    variables = [f"{name}={value}" for name, value in os.environ.items() if name.startswith("PLIMSOLL")]
    mount = 'mount -t securityfs none /sys/kernel/security 2>/dev/null; exec "$@"'
    os.execv(run, [run, "--kernel", "6.12", "--timeout", "240", "env", *variables, "sh", "-c", mount, "-", sys.executable, "-B", __file__])


def test_locked_down():
    if not lib.IN_GUEST:
        in_guest()
    if not LEVELS.exists():
        lib.skip("this kernel has no lockdown")
    LEVELS.write_text("confidentiality")
    finding = bpf_source.kernel_finding()
    assert finding["level"] == "note" and CAUSE in finding["what"] and "every figure comes from" in finding["what"], finding
    assert "lockdown=integrity" in finding["remedy"], finding
    bpf_source.check_files(CAUSE)


lib.main(globals())
