#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""What lib/PROTOCOL.md says, in a form that can be compared.

protocol_md.py facts FILE.md        one fact a line, as facts.c writes them
protocol_md.py names FILE.md        statuses, operations, fields, constants, with numbers
protocol_md.py names HEADER.h...    the same from headers
protocol_md.py hashes FILE.md       recomputes the hashes and checks that it shows
protocol_md.py conversation FILE.md what conversation.c writes
"""
import re
import struct
import sys
import zlib

PREFIX = {"client_word": "CW", "server_word": "SW"}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def rows(text):
    """Cells of each row of each table, with the heading or caption that came last."""
    caption = ""
    for line in text.split("\n"):
        if line.startswith("#") or re.match(r"`struct \w+`, \d+ bytes:$", line):
            caption = line
        elif line.startswith("|"):
            yield caption, [cell.strip() for cell in line.strip("|").split("|")]


def structs(text):
    for caption, cells in rows(text):
        found = re.match(r"`struct (\w+)`", caption)
        if found and cells[0].isdigit():
            yield found.group(1), cells[2].strip("`"), int(cells[0]), int(cells[1])


def constants(text):
    for _, cells in rows(text):
        if re.match(r"`(OC|TFS_SHM_POLL)_[A-Z_]+`$", cells[0]) and len(cells) == 3:
            yield cells[0].strip("`"), int(cells[1], 0)


def columns(text):
    """Table, canonical text, hash, offsets."""
    for _, cells in rows(text):
        if len(cells) == 5 and re.match(r"`\w+ [a-z0-9() ]+`$", cells[1]):
            yield cells[0].strip("`"), cells[1], int(cells[2].strip("`"), 16), cells[3], cells[4]


def tables(text):
    for _, cells in rows(text):
        if len(cells) == 3 and re.match(r"`0x[0-9a-f]{16}`$", cells[1]):
            yield cells[0].strip("`"), int(cells[1].strip("`"), 16), int(cells[2])


def checks(text):
    for _, cells in rows(text):
        if len(cells) == 4 and all(re.match(r"`[0-9a-f]{8}`$", cell) for cell in cells):
            yield [int(cell.strip("`"), 16) for cell in cells]


def facts(text):
    for found in re.finditer(r"^`struct (\w+)`, (\d+) bytes:$", text, re.M):
        yield f"struct {found.group(1)} {found.group(2)}"
    for name, field, offset, size in structs(text):
        yield f"field {name} {field} {offset} {size}"
    for caption, cells in rows(text):
        found = re.match(r"### [\d.]+ `(\w+)`$", caption)
        if found and cells[0][0].isdigit():
            ends = cells[0].split("..")
            yield f"bits {PREFIX[found.group(1)]} {cells[1].strip('`')} {ends[0]} {ends[-1]}"
    for name, value in constants(text):
        yield f"constant {name} {value}"
    for words in checks(text):
        yield "check " + " ".join(f"{word:08x}" for word in words)
    for name, value, size in tables(text):
        yield f"table {name} {value:016x} {size}"
    for table, canonical, value, has_value, offset in columns(text):
        yield f"column {table} {canonical} {value:08x} {has_value} {offset}"


def names_of_document(text):
    for _, cells in rows(text):
        if re.match(r"-?\d+$", cells[0]) and re.match(r"`OC_[A-Z_]+`$", cells[1]):
            yield f"{cells[1].strip('`')} = {cells[0]}"
    for name, value in constants(text):
        if name.startswith("OC_"):
            yield f"{name} = {value}"
    for name, field, _, _ in structs(text):
        if name.startswith("oc_"):
            yield f"{name}.{field}"


def names_of_header(text):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    for name, value in re.findall(r"\b(OC_[A-Z_]+) = (-?\d+),", text):
        yield f"{name} = {value}"
    for name, value in re.findall(r"^#define (OC_[A-Z_]+)\s+(0x[0-9a-f]+|\d+)u?\s*$", text, re.M):
        yield f"{name} = {int(value, 0)}"
    for name, body in re.findall(r"^struct (\w+) \{(.*?)^\};", text, re.S | re.M):
        for field in re.findall(r"(\w+);", body):
            yield f"{name}.{field}"


def fnv(data, basis, prime, bits):
    value = basis
    for byte in data:
        value = (value ^ byte) * prime % 2**bits
    return value


def hashes(text):
    """Whatever is shown and does not follow from the text's own definition."""
    canonical = {}
    for table, shown, value, _, _ in columns(text):
        plain = shown.strip("`")
        canonical[table] = canonical.get(table, f"table {table}\n") + plain + "\n"
        if fnv(plain.encode(), 0x811C9DC5, 0x01000193, 32) != value:
            yield f"column {table} {shown}: {value:08x}"
    for table, value, _ in tables(text):
        if fnv(canonical[table].encode(), 0xCBF29CE484222325, 0x100000001B3, 64) != value:
            yield f"table {table}: {value:016x}"
    for *words, check in checks(text):
        if zlib.crc32(struct.pack("<3I", *words)) != check:
            yield f"check {check:08x}"


def conversation(text):
    """All blocks of that kind, without the remarks."""
    for block in re.findall(r"^```conversation\n(.*?)^```$", text, re.S | re.M):
        for line in block.splitlines():
            line = re.sub(r"\s*(;.*)?$", "", line)
            if line:
                yield line


def main():
    mode, paths = sys.argv[1], sys.argv[2:]
    for path in paths:
        text = read(path)
        if mode == "facts":
            lines = sorted(facts(text))
        elif mode == "names":
            parse = names_of_header if path.endswith(".h") else names_of_document
            lines = sorted(set(parse(text)))
        elif mode == "hashes":
            lines = list(hashes(text))
        elif mode == "conversation":
            lines = list(conversation(text))
        else:
            sys.exit(__doc__)
        for line in lines:
            print(line)


if __name__ == "__main__":
    main()
