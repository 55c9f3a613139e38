#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A client that was written from lib/PROTOCOL.md alone, for a tfsd on a memory file.

stranger.py REGION      prints TAP; database "weather" must be empty

Python can neither place barriers nor promise 32-bit accesses; on x86, where section 2
of PROTOCOL.md asks for one barrier, and only before rings, that does for a test.
"""
import fcntl
import mmap
import os
import random
import struct
import sys
import time
import zlib

OWNER = 0x4C000000              # 1.1: Linux, channel 0
PACKET = 256                    # 11.2: largest packet; so that messages are split
STRIDE = 0x10000
COLUMNS = ["date varchar(10)", "precipitation real", "temp_max real", "temp_min real",
           "wind real", "weather varchar(16)"]
ROW = struct.Struct("<H10s4xddddH16s6x")        # 14.3
READY, GRANTED, HELD = 1, 2, 4


def fnv(text, basis, prime, bits):
    value = basis
    for byte in text.encode():
        value = (value ^ byte) * prime % 2**bits
    return value


def padded(data):
    return data + bytes(-len(data) % 8)


class Channel:
    """Sections 1 to 5."""

    def __init__(self, path):
        self.file = os.open(path, os.O_RDWR)
        lock = struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, 1, 1, 0)
        fcntl.fcntl(self.file, 37, lock)        # F_OFD_SETLK, byte 2N + 1
        self.memory = mmap.mmap(self.file, STRIDE)
        self.words = memoryview(self.memory)[:64].cast("I")
        self.epoch = self.sequence = 0
        self.largest = 32768    # 5.1: until LOGIN says otherwise

    def wait(self, done):
        until = time.monotonic() + 10
        while not done():
            if time.monotonic() > until:
                raise TimeoutError
            time.sleep(0)

    def server(self):
        word = self.words[14]
        if word >> 24 != 0xA1 or not word & READY:
            return None
        return word

    def mine(self):
        word = self.server()
        return word is not None and word & GRANTED and word >> 8 & 0xFFFF == self.epoch

    def attach(self):
        self.wait(self.server)
        epoch = self.server() >> 8 & 0xFFFF
        head = struct.pack("<3I", random.getrandbits(32),
                           (self.words[2] + epoch) % 2**32, OWNER)
        uuid = struct.unpack("<4I", head + struct.pack("<I", zlib.crc32(head)))
        for i in range(4):
            self.words[6 + i] = uuid[i]
        self.epoch = (epoch + 1) % 2**16
        self.wait(self.mine)
        if tuple(self.words[10:14]) != uuid:
            raise ConnectionError("granted to another")
        self.words[15] = self.epoch << 16

    def detach(self):
        self.words[15] = self.epoch << 16 | 2

    def word(self, sequence):
        return self.epoch << 16 | (sequence & 0xFF) << 8

    def send(self, message, packets=None):
        if self.words[15] == self.word(self.sequence):
            self.words[15] = self.word(self.sequence - 1)       # 5.6, 1
        for at in range(0, len(message), PACKET)[:packets]:
            packet = message[at:at + PACKET]
            self.wait(lambda: self.words[0] == 0)
            if not self.mine() or self.words[1]:
                raise ConnectionError
            self.memory[64:64 + len(packet)] = packet
            self.words[0] = len(packet)

    def receive(self):
        message = b""
        length = 24
        while len(message) < length:
            self.wait(lambda: self.words[1])
            size = self.words[1]
            message += self.memory[64:64 + size]
            self.words[1] = 0
            length = struct.unpack_from("<I", message)[0]
            if size > self.largest or size % 8:
                raise ValueError("packet of %d bytes" % size)
        return message

    def request(self, op, session, body=b""):
        self.sequence += 1
        body = padded(body)
        return struct.pack("<IHHIIiI", 24 + len(body), op, 0, session, self.sequence, 0,
                           0) + body

    def cancel_in_request(self, op, session, body):
        """Of a request whose first packet has been sent: the status that comes."""
        self.send(self.request(op, session, body), 1)
        self.words[15] = self.word(self.sequence)
        return struct.unpack_from("<i", self.receive(), 16)[0]

    def cancel_in_response(self, op, session, body):
        """Behind the first packet of the response: the size that comes then."""
        self.send(self.request(op, session, body))
        self.wait(lambda: self.words[1])
        self.words[15] = self.word(self.sequence)
        self.words[1] = 0
        self.wait(lambda: self.words[1])
        size = self.words[1]
        self.words[1] = 0
        return size

    def call(self, op, session, body=b""):
        """Status, session and body of the response."""
        self.send(self.request(op, session, body))
        message = self.receive()
        length, its_op, flags, session, sequence, status, zero = struct.unpack_from(
            "<IHHIIiI", message)
        if (length, its_op, flags, sequence, zero) != (len(message), op, 1, self.sequence, 0):
            raise ValueError("header of operation %d" % op)
        return status, session, message[24:]


def row(i):
    date, word = b"2012-01-%02d" % i, b"sun"
    return ROW.pack(len(date), date, 0.5 * i, 10.0 + i, -1.0 * i, 4.7, len(word), word)


def open_body():
    text = "table weather\n" + "".join(column + "\n" for column in COLUMNS)
    hashes = [fnv(column, 0x811C9DC5, 0x01000193, 32) for column in COLUMNS]
    table = struct.pack("<QIHH", fnv(text, 0xCBF29CE484222325, 0x100000001B3, 64), ROW.size,
                        len(COLUMNS), 7)
    return (struct.pack("<II", 7, 1) + padded(b"weather") + table
            + padded(struct.pack("<6I", *hashes)) + padded(b"weather"))


def end_body(first, rows):
    body = struct.pack("<II", len(rows), 0)
    for i, data in enumerate(rows):
        body += struct.pack("<HHIq", 1, 0, 0, first + i) + data
    return body


RESULTS = []


def tap(what, good):
    RESULTS.append(bool(good))
    print("%s %d - %s" % ("ok" if good else "not ok", len(RESULTS), what))


def converse(channel):
    channel.attach()
    tap("attach", True)
    tap("PING comes back", channel.call(1, 0, bytes(range(256)) * 9)[2]
        == bytes(range(256)) * 9)
    channel.largest = PACKET
    status, session, body = channel.call(2, 0, struct.pack(
        "<IHHIIQ", 0x31534654, 1, 0, PACKET, 65536, 0))
    tap("LOGIN", status == 0 and session and struct.unpack_from("<HH", body) == (1, 0))
    tap("OPEN with hashes of our own", channel.call(4, session, open_body())[0] == 0)

    lock = struct.pack("<III", 1, 0, 0)
    status, _, body = channel.call(6, session, lock)
    tap("START_UPDATE gives rowid 1", (status, body) == (0, struct.pack("<q", 1)))
    rows = [row(i) for i in range(1, 21)]
    tap("END of many packets", channel.call(7, session, end_body(1, rows))[::2] == (0, b""))

    status, _, body = channel.call(10, session, struct.pack("<IIq", 0, 100, 0))
    wanted = struct.pack("<II", 20, 1) + b"".join(
        struct.pack("<q", i + 1) + data for i, data in enumerate(rows))
    tap("READ of many packets gives all rows", (status, body) == (0, wanted))
    tap("READ taken back in its response is cut", channel.cancel_in_response(
        10, session, struct.pack("<IIq", 0, 100, 0)) == 1)
    tap("PING taken back behind its first packet: OC_ECANCELLED", channel.cancel_in_request(
        1, 0, bytes(2048)) == -47)
    tap("256 PINGs later its number means nothing", all(
        channel.call(1, 0, bytes(512))[0] == 0 for i in range(300)))
    tap("READ behind the 19th gives the last", channel.call(10, session, struct.pack(
        "<IIq", 0, 100, 19))[2] == struct.pack("<IIq", 1, 1, 20) + rows[19])
    tap("GET", channel.call(9, session, struct.pack("<IIq", 0, 0, 7))[2] == rows[6])
    status, _, body = channel.call(9, session, struct.pack("<IIq", 0, 0, 21))
    tap("GET of no row: OC_ENOTFOUND, table 0", status == -65
        and struct.unpack_from("<3I", body) == (0xFFFFFFFF, 0, 0xFFFFFFFF))

    channel.call(6, session, lock)
    bad = struct.pack("<H", 11) + rows[0][2:]
    status, _, body = channel.call(7, session, end_body(21, [rows[0], bad]))
    tap("a text that is too long: OC_ECONSTRAINT, change 1, table 0, column 0",
        status == -73 and struct.unpack_from("<3I", body) == (1, 0, 0))
    tap("nothing of it is stored", channel.call(10, session, struct.pack(
        "<IIq", 0, 100, 20))[2] == struct.pack("<II", 0, 1))
    tap("the transaction is over: OC_ENOTRANSACTION", channel.call(8, session)[0] == -67)
    channel.call(6, session, lock)
    tap("a wrong rowid: OC_EPROTOCOL", channel.call(7, session, end_body(22, rows[:1]))[0] == -6)

    tap("CLOSE", channel.call(5, session)[0] == 0)
    tap("LOGOUT", channel.call(3, session)[0] == 0)
    tap("the session is gone: OC_ENOSESSION", channel.call(4, session, open_body())[0] == -42)
    channel.detach()
    channel.wait(lambda: channel.server() >> 8 & 0xFFFF == channel.epoch + 1)
    tap("detach frees the channel", not channel.server() & (HELD | GRANTED))


def main():
    converse(Channel(sys.argv[1]))
    print("1..%d" % len(RESULTS))
    sys.exit(not all(RESULTS))


if __name__ == "__main__":
    main()
