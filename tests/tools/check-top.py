#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
#
# tfs top on a terminal of the test's own: what it draws, its keys, another size, and a
# tfsd that is killed and comes back.
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

BUILD = os.path.abspath(os.environ.get("BUILD", "build"))
SCHEMA = os.path.abspath("tests/data/weather.sql")
count = failures = 0


def check(what, good, seen=""):
    global count, failures
    count += 1
    print(f"{'ok' if good else 'not ok'} {count} - {what}", flush=True)
    if not good:
        failures += 1
        for line in repr(seen[-600:]).split("\\n"):
            print(f"# {line}")


def start_tfsd(folder):
    log = os.path.join(folder, "log")
    open(log, "w").close()
    process = subprocess.Popen(
        [f"{BUILD}/asan/tfsd", "-f", "/dev/null", "-o", "file=region", "-o", "channels=3",
         "-o", "database.weather.file=w.db", "-o", f"database.weather.schema={SCHEMA}",
         "-o", "control=control", "-o", "log=log"],
        cwd=folder, stdin=subprocess.DEVNULL)
    for _ in range(200):
        if "ready: " in open(log).read():
            return process
        time.sleep(0.05)
    raise RuntimeError("tfsd is not ready")


class Top:
    """A tfs top, and what it has written since it was last asked."""

    def __init__(self, folder, rows, columns):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.environ["TERM"] = "vt100"
            os.execv(f"{BUILD}/asan/tfs", ["tfs", "top", "-s", "control", "-d", "1"])
        self.resize(rows, columns)

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, keys):
        os.write(self.fd, keys.encode())

    def read_until(self, pattern, seconds=10):
        text, end = "", time.monotonic() + seconds
        while time.monotonic() < end and not re.search(pattern, text, re.S):
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    text += os.read(self.fd, 65536).decode(errors="replace")
                except OSError:
                    break
        return text

    def shows(self, what, pattern, but_not=r"(?!)"):
        """Sooner or later, in a picture that is drawn anew."""
        for _ in range(20):
            self.press("\f")
            text = self.read_until(pattern, 0.5)
            good = re.search(pattern, text, re.S) and not re.search(but_not, text, re.S)
            if good:
                break
        check(what, good, text)

    def end(self):
        self.press("q")
        self.last = self.read_until(r"\Z(?!)", 0.2)
        for _ in range(200):
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            self.last += self.read_until(r"\Z(?!)", 0.05)
            time.sleep(0.05)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        return "did not end"


def main():
    with tempfile.TemporaryDirectory() as folder:
        tfsd = start_tfsd(folder)
        top = Top(folder, 30, 120)
        top.shows("its first line", rf"tfsd {tfsd.pid}, up .*: 3 channels, 1 database, 0 sessions")
        top.shows("what comes a second", r"per second: 0 requests")
        top.shows("channels", r"CHANNEL .*2.*free")
        top.shows("the order is marked", r"t transaction\*")
        top.press("r")
        top.shows("another order", r"r requests\*")
        top.press("x")
        top.shows("a key that is none changes nothing", r"r requests\*")

        top.resize(4, 30)
        top.shows("a small terminal has no more than fits", r"q quit", "SESSION ")
        top.resize(24, 200)
        top.shows("a large one", r"SESSION +CHANNEL +CLIENT .*q quit.*i session")
        top.resize(1, 1)
        top.press("\f")
        top.read_until(r"\Z(?!)", 0.3)
        top.resize(24, 100)
        top.shows("and after hardly any", r"SESSION .*q quit")

        tfsd.kill()
        tfsd.wait()
        top.shows("a tfsd that was killed", r"control: Connection refused")
        tfsd = start_tfsd(folder)
        top.shows("and its successor", rf"tfsd {tfsd.pid}, up ")
        status = top.end()
        check("q ends it", status == 0, f"{status} {top.last}")
        tfsd.terminate()
        check("tfsd ends cleanly", tfsd.wait() == 0)

        plain = subprocess.run([f"{BUILD}/asan/tfs", "top", "-s", "control"], cwd=folder,
                               stdin=subprocess.DEVNULL, capture_output=True, text=True)
        check("without a terminal it says so", plain.returncode == 1 and "-b" in plain.stderr,
              plain.stderr)


main()
print(f"1..{count}")
sys.exit(1 if failures else 0)
