#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""region.py TREE NODE: the reserved region NODE lies in the board's memory and
meets no other reserved region. Says what is wrong and exits with 1."""
import subprocess
import sys

tree, ours = sys.argv[1], "/reserved-memory/" + sys.argv[2]


def fdtget(*arguments):
    done = subprocess.run(("fdtget", *arguments), capture_output=True, text=True)
    return done.stdout.split()


def cells(node, name):
    return int(fdtget(tree, node, name)[0])


def number(words):
    value = 0
    for word in words:
        value = value << 32 | int(word, 16)
    return value


def spans(node, parent):
    """(start, end) of each range in the node's reg; none if it has no reg."""
    address, size = cells(parent, "#address-cells"), cells(parent, "#size-cells")
    words = fdtget("-t", "x", tree, node, "reg")
    for i in range(0, len(words), address + size):
        start = number(words[i:i + address])
        yield start, start + number(words[i + address:i + address + size])


memory = [s for n in fdtget("-l", tree, "/") if n.split("@")[0] == "memory"
          for s in spans("/" + n, "/")]
(start, end), = spans(ours, "/reserved-memory")
if not any(s <= start and end <= e for s, e in memory):
    sys.exit(f"{start:#x}-{end:#x} is not memory of this board")
for name in fdtget("-l", tree, "/reserved-memory"):
    node = "/reserved-memory/" + name
    for s, e in spans(node, "/reserved-memory"):
        if node != ours and s < end and start < e:
            sys.exit(f"meets {name} at {s:#x}-{e:#x}")
