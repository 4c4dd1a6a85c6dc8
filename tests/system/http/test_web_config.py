# SPDX-License-Identifier: Apache-2.0
"""What promtool says about a web-config file, and what we say about it."""
import os
import subprocess
import tempfile
from pathlib import Path

from certificates import Certificates
from http_lib import FAKE_SERVER, lib, run

FIXTURES = Path(os.environ.get("FIXTURES", Path(__file__).resolve().parents[2] / "fixtures")) / "web_config"


def ours(path):
    done = run(FAKE_SERVER, "-t", "-l", "127.0.0.1:0", "-c", path)
    assert done.returncode in (0, 1), done
    return done.returncode == 0, done.stderr.splitlines()[0] if done.stderr else ""


def theirs(path):
    done = run("promtool", "check", "web-config", path)
    return done.returncode == 0


def folder_with_certificates():
    """The files stand beside certificates that are made anew: none of the repository's ever expires."""
    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name)
    Certificates(path)
    for fixture in sorted(FIXTURES.glob("*/*.yml")):
        (path / f"{fixture.parent.name}-{fixture.name}").write_bytes(fixture.read_bytes())
    return folder, path


def test_we_judge_as_the_folders_say():
    folder, path = folder_with_certificates()
    with folder:
        seen = {"good": 0, "bad": 0, "newer": 0, "stricter": 0}
        for file in sorted(path.glob("*-*.yml")):
            kind = file.name.partition("-")[0]
            seen[kind] += 1
            good, why = ours(file)
            assert good == (kind in ("good", "newer")), (file.name, why)
            assert good or (file.name in why and len(why) < 600), (file.name, why)
        assert all(n >= 3 for n in seen.values()) and sum(seen.values()) > 60, seen


def test_promtool_judges_the_same():
    """newer/ is what a later exporter-toolkit than Debian's promtool knows; stricter/ is what we refuse beyond it."""
    lib.need("promtool")
    folder, path = folder_with_certificates()
    with folder:
        for file in sorted(path.glob("*-*.yml")):
            kind = file.name.partition("-")[0]
            assert theirs(file) == (kind in ("good", "stricter")), file.name


def test_large_and_deep_files_end_soon():
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "web.yml"
        lines = ["a0: &a0 {}"] + [f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 20)}]}}" for i in range(1, 12)]
        for text in ("[" * 200000, "{a: " * 60000, "? " * 100000, "- " * 100000, "&a " * 80000, "\n".join(lines),
                     "x: " + "y" * 300000, "#" * 262144, "a: &a [*a]\n", "<<: &a {<<: *a}\n", "'" * 200001, "\t" * 100000,
                     "&a {<<: *a}", "http_server_config: &a {<<: *a}", "a: |\n" + " x\n" * 60000, "!" * 200000):
            path.write_text(text)
            done = subprocess.run([FAKE_SERVER, "-t", "-l", "127.0.0.1:0", "-c", path], capture_output=True, timeout=20)
            assert done.returncode in (0, 1), (text[:40], done)


lib.main(globals())
