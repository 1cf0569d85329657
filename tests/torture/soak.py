# SPDX-License-Identifier: Apache-2.0
"""Load without faults for a long time: what the daemon uses must not grow with it.

One line in many is a record; a rule looks at the others and wants none. How much is written
follows the processor time that the daemon was seen to use, so that it has the wanted share of
one processor. An id is a millisecond, so at two thousand records a second event time runs twice
as fast as the clock, and windows, incidents and what waits for the watermark have come and gone
many times when it ends."""
import os
import time

import oracle

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
ROTATE = 64 << 20
KEPT = 1
BLOCK = 10  # records of one write
BEHIND = 256 << 20  # a rotated file waits for a second before the next is read
FILLER = "GET /login 200 417 ms, and as much more as there is in lines of this kind"


class Log:
    """Its first file is shorter by a different length in each, so that they take turns."""

    def __init__(self, folder, name, shorter):
        self.folder = f"{folder}/shop_{name}_{name}-uid/app"
        os.makedirs(self.folder)
        self.path, self.turn, self.size, self.older = f"{self.folder}/0.log", 0, shorter, []
        self.file = open(self.path, "wb", buffering=0)

    def write(self, pieces):
        """All of them, in as few system calls as the kernel takes."""
        size, done = sum(map(len, pieces)), os.writev(self.file.fileno(), pieces)
        if done < size:
            self.file.write(b"".join(pieces)[done:])
        self.size += size

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
    """Writes as much as gives the daemon its share of a processor."""

    def __init__(self, daemon, folder, book, share, logs, lines):
        self.daemon, self.book, self.share, self.lines = daemon, book, share, lines
        self.logs = [Log(folder, f"pod-{i}", ROTATE // logs * i) for i in range(logs)]
        self.turn, self.rotations = 0, 0
        self.second, self.between = None, b""
        self.rate, self.cost, self.record_bytes = 400.0, 0.0, 1.0
        self.next = time.monotonic()
        self.late = False  # it could not write as fast as it should

    def step(self):
        """One block, if it is time for it."""
        now = time.monotonic()
        if now < self.next:
            time.sleep(min(self.next - now, 0.02))
            return
        self.late |= now - self.next > 0.5
        self.next = max(self.next + BLOCK / self.rate, now - 0.5)
        log = self.logs[self.turn % len(self.logs)]
        self.turn += 1
        pieces = []
        for _ in range(BLOCK):
            pieces += self.record(self.book.issue())
        log.write(pieces)
        self.record_bytes = sum(map(len, pieces)) / BLOCK
        if log.size >= ROTATE:
            log.rotate(set(self.daemon.open_files()))
            self.rotations += 1

    def record(self, number):
        """Its line, and those that are none, which say only the second."""
        if number // 1000 != self.second:
            self.second = number // 1000
            line = f"{oracle.stamp(self.second * 1000)} stdout F {FILLER}\n".encode()
            self.between = line * (self.lines - 1)
        line = f"{oracle.stamp(number)} stdout F {oracle.payload(number)}\n"
        return line.encode(), self.between

    def steer(self, first, last, this):
        """For the next second: what brings the share of all the time since the first sample
        to the wanted one, by what a byte did cost; less if much is still unread."""
        read = this.read - last.read
        if read > 0:
            cost = (this.cpu - last.cpu) / read
            self.cost = 0.7 * self.cost + 0.3 * cost if self.cost else cost
        if not self.cost:
            return
        due = self.share * (this.at - first.at + 1) - (this.cpu - first.cpu)
        due = min(max(due, 0.5 * self.share), 1.3 * self.share)
        if this.behind > BEHIND:
            due /= 8
        self.rate = max(due / self.cost / self.record_bytes, 100.0)

    def settle(self):
        for log in self.logs:
            log.write([f"{oracle.stamp(self.book.issued + oracle.LATER)} "
                       "stdout F the end\n".encode()])


class Sample:
    def __init__(self, daemon, status, late=False):
        pid = daemon.process.pid
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            field = f.read().rpartition(")")[2].split()
        self.at = time.monotonic()
        self.cpu = (int(field[11]) + int(field[12])) / os.sysconf("SC_CLK_TCK")
        self.rss = int(field[21]) * os.sysconf("SC_PAGE_SIZE")
        self.files = daemon.descriptors()
        wal = f"{daemon.store}-wal"
        self.wal = os.path.getsize(wal) if os.path.exists(wal) else 0
        with open(f"/proc/{pid}/schedstat", encoding="ascii") as f:
            self.waited = int(f.read().split()[1]) / 1e9  # for a processor
        self.read, self.behind = status["read"]["bytes"], status["read"]["lag_bytes"]
        self.late = late


def slope(samples, what):
    """Of the line through them (least squares), a second."""
    n = len(samples)
    at = sum(s.at for s in samples) / n
    mean = sum(getattr(s, what) for s in samples) / n
    over = sum((s.at - at) * (getattr(s, what) - mean) for s in samples)
    under = sum((s.at - at) ** 2 for s in samples)
    return over / under if under else 0.0


def share(samples):
    """Of a processor, over all of them."""
    first, last = samples[0], samples[-1]
    return (last.cpu - first.cpu) / (last.at - first.at)


def limits(samples):
    """What kept the daemon from its share, as far as it can be seen."""
    late = sum(s.late for s in samples)
    unread = sum(s.behind > 0 for s in samples)
    waited = (samples[-1].waited - samples[0].waited) / (samples[-1].at - samples[0].at)
    return (f"the writer was late in {late} of {len(samples)} seconds, the daemon had bytes to "
            f"read in {unread} and waited for a processor in {waited:.0%} of the time")


def run(daemon, load, seconds, warm_up):
    """One sample a second from when it is warm."""
    first = last = None
    samples, start = [], time.monotonic()
    looked = start
    while (now := time.monotonic()) < start + seconds:
        load.step()
        if now - looked < 1:
            continue
        looked = now
        status = daemon.status()
        if not status:
            continue
        this = Sample(daemon, status, load.late)
        if first is None:
            first = last = this
        load.steer(first, last, this)
        load.late = False
        last = this
        if now >= start + warm_up:
            samples.append(this)
    return samples
