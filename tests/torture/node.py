# SPDX-License-Identifier: Apache-2.0
"""A node's log folder: containers that write, and whoever rotates what they wrote.

Rotation is the kubelet's: rename, a moment in which the writer still has the old file, a new
file, the older ones compressed, the oldest deleted. What is deleted is committed, so that
nothing may be lost."""
import gzip
import os
import shutil

import oracle

PIECE = 20  # bytes of the first piece of a split record


class Log:
    def __init__(self, folder, name, rng, kept):
        self.folder = f"{folder}/shop_{name}_{name}-uid/app"
        os.makedirs(self.folder)
        self.name, self.rng, self.kept = name, rng, kept
        self.path = f"{self.folder}/0.log"
        self.turn = 0
        self.older = []   # (path, ids that must be committed before it goes), oldest first
        self.ids = []     # in the live file
        self.rest = None  # second piece of a record, due in the next file
        self.fd = self.open()

    def open(self):
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)

    def put(self, text):
        data = text.encode()
        if len(data) > 2 and self.rng.random() < 0.02:  # a write that is seen by half
            half = self.rng.randrange(1, len(data))
            os.write(self.fd, data[:half])
            data = data[half:]
        os.write(self.fd, data)

    def write(self, book):
        """One record; sometimes in two pieces, sometimes with other lines around it."""
        self.flush()
        number = book.issue()
        at, body = oracle.stamp(number), oracle.payload(number)
        self.ids.append(number)
        kind = self.rng.random()
        if kind < 0.05:
            self.put(f"{at} stdout P {body[:PIECE]}\n")
            self.rest = f"{at} stdout F {body[PIECE:]}\n"
        elif kind < 0.1:
            self.put(f"{at} stdout F {body}\n{at} stdout F   at some.place\n")
        elif kind < 0.3:
            self.put(f"{at} stdout F {body}\n{at} stdout F nothing of note\n")
        else:
            self.put(f"{at} stdout F {body}\n")

    def flush(self):
        if self.rest is not None:
            self.put(self.rest)
        self.rest = None

    def size(self):
        return os.fstat(self.fd).st_size

    def rotate(self, book):
        self.turn += 1
        old = f"{self.path}.20251125-{self.turn:06d}"
        os.rename(self.path, old)
        fd, before = self.open(), self.fd
        ids, self.ids = self.ids, []
        if self.rest is None and self.rng.random() < 0.3:  # its writer is late
            self.ids = ids
            for _ in range(self.rng.randrange(1, 4)):
                self.write(book)
            self.flush()
            self.ids = []
        os.close(before)
        self.fd = fd
        self.flush()
        self.older.append((old, ids))
        if len(self.older) > 1 and self.rng.random() < 0.7:
            self.squeeze(-2)

    def squeeze(self, which):
        path, ids = self.older[which]
        if path.endswith(".gz"):
            return
        with open(path, "rb") as f, gzip.open(f"{path}.tmp", "wb", 1) as g:
            shutil.copyfileobj(f, g)
        os.rename(f"{path}.tmp", f"{path}.gz")
        os.unlink(path)
        self.older[which] = (f"{path}.gz", ids)

    def retire(self, found):
        """The oldest go, if what they had is committed."""
        while len(self.older) > self.kept and all(i in found for i in self.older[0][1]):
            os.unlink(self.older.pop(0)[0])


class Node:
    def __init__(self, folder, rng, book, logs, rotate_bytes, kept=4):
        self.folder, self.rng, self.book = folder, rng, book
        self.rotate_bytes = rotate_bytes
        self.logs = [Log(folder, f"pod-{i}", rng, kept) for i in range(logs)]
        self.rotations = 0

    def work(self, records):
        for _ in range(records):
            log = self.rng.choice(self.logs)
            log.write(self.book)
            between = log.rest is not None and self.rng.random() < 0.1
            if between or log.size() >= self.rotate_bytes:
                log.rotate(self.book)
                self.rotations += 1

    def flush(self):
        for log in self.logs:
            log.flush()

    def settle(self):
        """A line in each log by which all records are long ago."""
        for log in self.logs:
            log.put(f"{oracle.stamp(self.book.issued + oracle.LATER)} stdout F the end\n")

    def retire(self):
        for log in self.logs:
            log.retire(self.book.found)
