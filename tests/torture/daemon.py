# SPDX-License-Identifier: Apache-2.0
"""The real daemon, with what one does to it."""
import json
import os
import signal
import socket
import subprocess
import time

import oracle

GUMSHOE = os.environ["GUMSHOE"]
WAIT = float(os.environ.get("TORTURE_WAIT", "120"))


class Broken(Exception):
    """Not what was waited for."""


class Daemon:
    def __init__(self, folder, state, shim=None, rules=oracle.RULES, lateness="10m"):
        self.folder, self.state = folder, state
        self.store = f"{state}/gumshoe.db"
        self.socket = f"{state}/s"
        self.conf = f"{folder}/gumshoe.yaml"
        self.said = f"{folder}/daemon.log"
        self.process = None
        self.deleted = 0  # files it had open
        self.env = dict(os.environ, LC_ALL="C.UTF-8")
        if shim:
            self.env["LD_PRELOAD"] = shim
            self.env["CLOCKSHIM"] = f"{folder}/clock"
            self.env["ASAN_OPTIONS"] = (self.env.get("ASAN_OPTIONS", "") +
                                        ":verify_asan_link_order=0").lstrip(":")
        with open(f"{folder}/rules.yaml", "w", encoding="utf-8") as f:
            f.write(rules)
        with open(self.conf, "w", encoding="utf-8") as f:
            f.write(f"inputs:\n  - paths: ['{folder}/logs/*/*/*.log']\n"
                    f"    poll_interval: 100ms\n    start: end\n"
                    f"rules:\n  paths: [{folder}/rules.yaml]\n"
                    f"store:\n  file: {self.store}\n  checkpoint_interval: 1s\n"
                    f"time:\n  lateness: {lateness}\n  idle_after: 1h\n"
                    f"http:\n  listen: unix:{self.socket}\n")

    def start(self):
        with open(self.said, "ab") as log:
            self.process = subprocess.Popen([GUMSHOE, "run", "-c", self.conf], stderr=log,
                                            stdout=log, env=self.env)

    def ask(self, path):
        """The body of the answer; None while nobody answers."""
        s = socket.socket(socket.AF_UNIX)
        reply = b""
        try:
            s.settimeout(5)
            s.connect(self.socket)
            s.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
            while more := s.recv(65536):
                reply += more
        except OSError:
            return None
        finally:
            s.close()
        head, _, body = reply.partition(b"\r\n\r\n")
        return body if b" 200 " in head.split(b"\n")[0] else None

    def status(self):
        body = self.ask("/status")
        return json.loads(body) if body else None

    def wait(self, condition, what):
        until = time.monotonic() + WAIT
        while not condition():
            if self.process.poll() is not None:
                raise Broken(f"waiting for {what}, the daemon ended with "
                             f"{self.process.returncode}")
            if time.monotonic() > until:
                raise Broken(f"waited {WAIT:.0f} s for {what}")
            time.sleep(0.02)

    def wait_first(self, book):
        """Until its first commit: what it follows is known from then on."""
        self.wait(lambda: book.query("SELECT 1 FROM meta WHERE name = 'followed'"),
                  "the first commit")

    def is_alive(self):
        return self.process.poll() is None

    def signal(self, sig):
        self.process.send_signal(sig)

    def kill(self):
        """-9, also of one that is stopped."""
        self.signal(signal.SIGKILL)
        self.process.wait()

    def end(self):
        self.signal(signal.SIGTERM)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()
            return "no end in a minute"

    def descriptors(self):
        try:
            return len(os.listdir(f"/proc/{self.process.pid}/fd"))
        except OSError:
            return -1

    def open_files(self):
        folder = f"/proc/{self.process.pid}/fd"
        out = []
        for x in os.listdir(folder):
            try:
                out.append(os.readlink(f"{folder}/{x}"))
            except OSError:
                pass  # closed meanwhile
        return out

    def tail(self):
        with open(self.said, "rb") as f:
            return f.read()[-3000:].decode(errors="replace")
