# SPDX-License-Identifier: Apache-2.0
"""Load without faults for a long time: what the daemon uses must not grow with it.

One line in LINES_PER_RECORD is a record; a rule looks at the others and wants none. The rate goes up and down
so that the daemon has the wanted share of one processor. An id is a millisecond, so at two
thousand records a second event time runs twice as fast as the clock, and windows, incidents
and what waits for the watermark have come and gone many times when it ends."""
import os
import time

import oracle

LINES_PER_RECORD = 200
RULES = oracle.RULES.replace("timespan: 1h", "timespan: 20s").replace(
    "resolve-after: 1h", "resolve-after: 20s") + """---
title: A slow login
logsource: {product: kubernetes, category: log}
detection:
  line:
    message|re: 'GET /login 200 [0-9]{5,} ms'
  condition: line
level: low
"""
LATENESS = "5s"
ROTATE = 32 << 20
KEPT = 1
LOGS = 6
BLOCK = 10  # records of one write
BEHIND = 128 << 20  # a rotated file waits for a second before the next is read
FILLER = "GET /login 200 417 ms, and as much more as there is in lines of this kind"


class Log:
    def __init__(self, folder, name):
        self.folder = f"{folder}/shop_{name}_{name}-uid/app"
        os.makedirs(self.folder)
        self.path, self.turn, self.size, self.older = f"{self.folder}/0.log", 0, 0, []
        self.file = open(self.path, "wb", buffering=0)

    def write(self, text):
        self.file.write(text)
        self.size += len(text)

    def rotate(self, held):
        self.file.close()
        self.turn += 1
        self.older.append(f"{self.path}.20251125-{self.turn:06d}")
        os.rename(self.path, self.older[-1])
        self.file, self.size = open(self.path, "wb", buffering=0), 0
        for path in self.older[:-KEPT]:
            if path in held:  # as long as it is open it may go
                os.unlink(path)
                self.older.remove(path)


class Load:
    """Writes at a rate that keeps the daemon at its share."""

    def __init__(self, daemon, folder, book, share):
        self.daemon, self.book, self.share = daemon, book, share
        self.logs = [Log(folder, f"pod-{i}") for i in range(LOGS)]
        self.rate, self.turn, self.rotations, self.lines = 400.0, 0, 0, 0
        self.next = time.monotonic()

    def step(self):
        """One block, if it is time for it."""
        now = time.monotonic()
        if now < self.next:
            time.sleep(min(self.next - now, 0.05))
            return
        self.next = max(self.next + BLOCK / self.rate, now - 0.5)
        log = self.logs[self.turn % LOGS]
        self.turn += 1
        text = []
        for _ in range(BLOCK):
            number = self.book.issue()
            at = oracle.stamp(number)
            text.append(f"{at} stdout F {oracle.payload(number)}\n")
            text.append(f"{at} stdout F {FILLER}\n" * (LINES_PER_RECORD - 1))
        log.write("".join(text).encode())
        self.lines += BLOCK * LINES_PER_RECORD
        if log.size >= ROTATE:
            log.rotate(set(self.daemon.open_files()))
            self.rotations += 1

    def steer(self, used, behind):
        """used: the share of a processor that the daemon had lately; behind: bytes that it
        has not read, since others may have the processor."""
        wanted = self.share / max(used, 0.01) if behind < BEHIND else 0.5
        self.rate *= min(1.3, max(0.7, wanted))
        self.rate = min(max(self.rate, 100.0), 10000.0)

    def settle(self):
        for log in self.logs:
            log.write(f"{oracle.stamp(self.book.issued + oracle.LATER)} "
                      "stdout F the end\n".encode())


class Sample:
    def __init__(self, daemon):
        pid = daemon.process.pid
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            field = f.read().rpartition(")")[2].split()
        self.at = time.monotonic()
        self.cpu = (int(field[11]) + int(field[12])) / os.sysconf("SC_CLK_TCK")
        self.rss = int(field[21]) * os.sysconf("SC_PAGE_SIZE")
        self.files = daemon.descriptors()
        wal = f"{daemon.store}-wal"
        self.wal = os.path.getsize(wal) if os.path.exists(wal) else 0


def slope(samples, what):
    """Of the line through them (least squares), a second."""
    n = len(samples)
    at = sum(s.at for s in samples) / n
    mean = sum(getattr(s, what) for s in samples) / n
    over = sum((s.at - at) * (getattr(s, what) - mean) for s in samples)
    under = sum((s.at - at) ** 2 for s in samples)
    return over / under if under else 0.0


def run(daemon, load, seconds, warm_up):
    """One sample a second from when it is warm."""
    samples, last = [], Sample(daemon)
    end = last.at + seconds
    warm = last.at + warm_up
    while (now := time.monotonic()) < end:
        load.step()
        if now - last.at < 1:
            continue
        this = Sample(daemon)
        status = daemon.status()
        if status:
            load.steer((this.cpu - last.cpu) / (this.at - last.at), status["read"]["lag_bytes"])
        last = this
        if now >= warm:
            samples.append(this)
    return samples
