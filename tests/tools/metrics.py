#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
#
# Whether standard input is Prometheus' text format 0.0.4, as strictly as its rules are:
# each metric has HELP and TYPE before its samples, which stand together; counters end in
# _total; no sample comes twice. Prints what is wrong.
import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\n"])*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (-?[0-9]+(?:\.[0-9]+)?)\n")


def check(lines):
    helped, types, done, seen, current = set(), {}, set(), set(), None
    for number, line in enumerate(lines, 1):
        head = re.fullmatch(rf"# (HELP|TYPE) ({NAME}) (.+)\n", line)
        sample = SAMPLE.fullmatch(line)
        if head and head[1] == "HELP":
            if head[2] in helped:
                yield number, "a second HELP"
            helped.add(head[2])
        elif head:
            if head[2] in types or head[2] not in helped:
                yield number, "TYPE twice, or before HELP"
            if head[3] not in ("counter", "gauge"):
                yield number, "type"
            if (head[3] == "counter") != head[2].endswith("_total"):
                yield number, "only counters end in _total"
            types[head[2]] = head[3]
        elif sample:
            name, labels = sample[1], sample[2] or ""
            if name not in types:
                yield number, "a sample before its TYPE"
            if name != current:
                if name in done:
                    yield number, "samples of one metric apart"
                done.add(name)
                current = name
            if (name, labels) in seen:
                yield number, "a sample twice"
            seen.add((name, labels))
        else:
            yield number, "no line of this format: " + line.rstrip()
    if not seen:
        yield 0, "no sample"


problems = list(check(sys.stdin))
for number, what in problems:
    print(f"line {number}: {what}")
sys.exit(1 if problems else 0)
