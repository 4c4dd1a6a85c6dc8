#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""check_openmetrics.py FILE…: Prometheus' own Python client reads these OpenMetrics expositions."""
import os
import sys

try:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
except ImportError:
    print("there is no prometheus_client (Debian: python3-prometheus-client)")
    sys.exit(1 if os.environ.get("PLIMSOLL_MUST_RUN") else 77)

for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    families = list(text_string_to_metric_families(text))
    samples = sum(len(family.samples) for family in families)
    lines = sum(1 for line in text.splitlines() if not line.startswith("#"))
    if not families or samples != lines:
        sys.exit(f"{path}: {samples} samples were read from {lines} lines")
    print(f"{path}: {len(families)} families, {samples} samples")
