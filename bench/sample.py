#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Collection and rendering by themselves (bench/sample.c), of the same crowd by BPF and from files."""
import argparse
import os
import subprocess
from pathlib import Path

from monitors import Crowd


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--build", type=Path, required=True)
    options.add_argument("--sizes", default=os.environ.get("BENCH_SIZES", "100 1000"))
    options.add_argument("--samples", default=os.environ.get("BENCH_SAMPLES", "20"))
    options.add_argument("--pause", default="1000", help="milliseconds between samples")
    told = options.parse_args()
    for count in map(int, told.sizes.split()):
        with Crowd(told.build, count):
            for source in ("bpf", "files"):
                subprocess.run([told.build / "bench" / "bench_sample", source, told.samples, told.pause], check=True)


if __name__ == "__main__":
    main()
