#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Uses a guest as a person does: on a terminal, with a shell, and Ctrl-C at the end.

Usage: shell_session.py COMMAND [ARGUMENT]...    exit 0 when all of it was seen.
"""
import os
import pty
import select
import sys
import termios
import time

LIMIT = 60
PROMPT = b"guest# "


class Session:
    def __init__(self, command):
        self.seen = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvp(command[0], command)
        self.settings = termios.tcgetattr(self.fd)

    def expect(self, text):
        end = time.monotonic() + LIMIT
        while text not in self.seen:
            if time.monotonic() > end:
                raise TimeoutError("no %r in %r" % (text, self.seen[-2000:]))
            if select.select([self.fd], [], [], 0.1)[0]:
                self.seen += os.read(self.fd, 4096)
        self.seen = self.seen.split(text, 1)[1]

    def send(self, text):
        os.write(self.fd, text)

    def end(self):
        """The exit code; what is still said does not matter."""
        limit = time.monotonic() + LIMIT
        while time.monotonic() < limit:
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    os.read(self.fd, 4096)
                except OSError:
                    pass
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
        raise TimeoutError("it goes on")


def main(command):
    session = Session(command)
    session.expect(PROMPT)
    session.send(b"cat /sys/class/remoteproc/remoteproc0/state\r")
    session.expect(b"running")
    session.send(b"echo stop > /sys/class/remoteproc/remoteproc0/state\r")
    session.send(b"cat /sys/class/remoteproc/remoteproc0/state\r")
    session.expect(b"offline")
    session.send(b"\x03")
    code = session.end()
    after = termios.tcgetattr(session.fd)
    if after[3] & (termios.ECHO | termios.ICANON) != \
            session.settings[3] & (termios.ECHO | termios.ICANON):
        raise ValueError("the terminal was left raw")
    print("exit code %d" % code)
    return 0 if code == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
