# SPDX-License-Identifier: Apache-2.0
"""The conservation oracle: what was issued must be found, once and whole, and nothing else.

A record has an id, and all of its text derives from it: who finds a text can tell whether it
was ever issued. Its time does too, a millisecond per id. Ids are dense, so what is missing is
known by its number."""
import gzip
import hashlib
import json
import os
import re
import sqlite3
import subprocess

import storefile

BASE_S = 1764064800  # 2025-11-25T10:00:00Z
BATCH = 500          # records per incident
TEXT = re.compile(r"record (\d{24}) of (b\d+) ([0-9a-f]{16})")
RULES = """title: A record of the torture
name: torture_record
logsource: {product: kubernetes, category: log}
detection:
  record:
    message|re: 'record (?P<order_id>[0-9]{24}) of (?P<batch>b[0-9]+) (?P<sum>[0-9a-f]{16})'
  condition: record
level: low
marks: {order: seen}
---
title: A batch of records
name: torture_batch
correlation:
  type: event_count
  rules: [torture_record]
  group-by: [batch]
  timespan: 1h
  condition: {gte: 1}
level: medium
incident:
  title: '{count} records of {batch}'
  timeline: []
  resolve-after: 1h
"""


def payload(number):
    digest = hashlib.sha256(b"%d" % number).hexdigest()
    mark = f"{digest[:7]}ab{digest[7:14]}"  # no number of a card
    return f"record {number:024d} of b{number // BATCH} {mark}"


def stamp(number):
    ms = number
    s = BASE_S + ms // 1000
    day, second = s // 86400, s % 86400
    return "2025-11-%02dT%02d:%02d:%02d.%03d000000Z" % (
        25 + day - BASE_S // 86400, second // 3600, second // 60 % 60, second % 60, ms % 1000)


LATER = 3 * 3600 * 1000  # a time at which all is settled, as an id


class Oracle:
    def __init__(self, store):
        self.store = store
        self.issued = 0     # ids below are issued
        self.found = set()  # ids that the store has
        self.low = 0        # all below are found
        self.faults = []    # what is wrong for good

    def issue(self):
        self.issued += 1
        return self.issued - 1

    def query(self, sql, since=-2**63):
        """None while there is no store. since: of the entries only those from then on (ns)."""
        try:
            db = storefile.connect(self.store, since, timeout=10)
            try:
                return db.execute(sql).fetchall()
            finally:
                db.close()
        except sqlite3.OperationalError:
            return None

    def blame(self, what):
        if len(self.faults) < 20:
            self.faults.append(what)

    def look(self, whole=False):
        """What the store has now. Every text in it must be one that was issued, once. Not the
        whole: only from the first that was missing on."""
        low = 0 if whole else self.low
        since = BASE_S * 10**9 + low * 10**6
        rows = self.query("SELECT text FROM entry WHERE at >= %d" % since, since >> 20 << 20)
        if rows is None:
            return
        found = set()
        for (text,) in rows:
            m = TEXT.search(text)
            number = int(m.group(1)) if m else -1
            if number < 0 or number >= self.issued or payload(number) not in text:
                self.blame(f"invented: {text[:120]}")
            elif number in found:
                self.blame(f"twice: {number}")
            found.add(number)
        for number in self.found:
            if number >= low and number not in found:
                self.blame(f"was committed and is gone: {number}")
        self.found |= found
        while self.low in self.found:
            self.low += 1

    def missing(self):
        return [i for i in range(self.low, self.issued) if i not in self.found]

    def where(self, numbers, folder):
        """The files that the end of these records' text is in."""
        for root, _, names in os.walk(f"{folder}/logs"):
            for name in names:
                path = f"{root}/{name}"
                with (gzip.open if name.endswith(".gz") else open)(path, "rb") as f:
                    data = f.read()
                for number in numbers:
                    at = data.find(payload(number)[-16:].encode())
                    if at >= 0:
                        yield f"{number}: {path}, byte {at} of {len(data)}"

    def check_store(self, gumshoe):
        """After a graceful end: rows that count must say the same as the entries."""
        self.look(whole=True)
        lost = self.missing()
        if lost:
            self.blame(f"{len(lost)} missing: {lost[:20]}")
        if self.query("PRAGMA integrity_check") != [("ok",)]:
            self.blame("the store is damaged")
        marks = self.query("SELECT count(*), count(DISTINCT entity_id) FROM mark")
        if marks != [(self.issued, self.issued)]:
            self.blame(f"the ledger has {marks}, not {self.issued}")
        # A gap of nothing says that there may have been more: a file that was read is gone.
        gaps = self.query("SELECT source, reason, n FROM gap WHERE n > 0")
        if gaps:
            self.blame(f"gaps although nothing was lost: {gaps[:5]}")
        self.check_incidents(gumshoe)

    def check_incidents(self, gumshoe):
        p = subprocess.run([gumshoe, "incidents", "-o", "ndjson", "--store", self.store],
                           capture_output=True, check=False)
        counts = {}
        for line in p.stdout.splitlines():
            row = json.loads(line)
            batch = int(row["key"]["batch"][1:])
            if batch in counts:
                self.blame(f"two incidents of batch {batch}")
            counts[batch] = row["count"]
        want = {b: min(BATCH, self.issued - b * BATCH)
                for b in range((self.issued + BATCH - 1) // BATCH)}
        for batch, n in want.items():
            if counts.get(batch) != n:
                self.blame(f"batch {batch} counts {counts.get(batch)}, not {n}")
        for batch in counts.keys() - want.keys():
            self.blame(f"an incident of batch {batch}, which was never issued")
