# SPDX-License-Identifier: Apache-2.0
"""For tests that need a kernel that tells of events."""
import json
import subprocess

import plimsoll_testlib as lib


def need():
    lib.need_root()
    done = subprocess.run([lib.PLIMSOLL, "doctor", "--format", "json"], capture_output=True, text=True,
                          timeout=60 * lib.SLOW, check=False)
    heard = [one for one in json.loads(done.stdout)["findings"]
             if one["what"].startswith("the kernel tells of events") and one["level"] == "ok"]
    if not heard:
        lib.skip("needs a kernel that tells of events: plimsoll doctor says why")
