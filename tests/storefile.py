# SPDX-License-Identifier: Apache-2.0
"""A store, read by SQL: its entries, which lie in packs, are a table of their own here."""
import sqlite3
import struct


def varint(b, at):
    v = 0
    for i in range(9):
        byte = b[at + i]
        if i == 8:
            return v | byte << 56, at + 9
        v |= (byte & 127) << 7 * i
        if byte < 128:
            return v, at + i + 1
    raise AssertionError


def entries(pack):
    """(row, id, at, rule, level, weight, file, offset, text) of each."""
    at = 0
    while at < len(pack):
        (row,) = struct.unpack_from("<q", pack, at)
        rule, at = varint(pack, at + 8)
        size, at = varint(pack, at)
        end = at + size
        (ident,) = struct.unpack_from("<q", pack, at)
        head, at = varint(pack, at + 8)
        time, at = varint(pack, at)
        weight, at = varint(pack, at)
        file, at = varint(pack, at)
        offset, at = varint(pack, at)
        size, at = varint(pack, at)
        if head & 3 != 3:
            time |= row >> 20 << 20
        yield row, ident, time, rule, head >> 2, weight, file, offset, pack[at:at + size].decode()
        at = end


def connect(path, since=-2**63, **more):
    """Read only. Entries in packs that end before `since` (ns) are left out."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, **more)
    db.execute("BEGIN")
    if db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'entry'").fetchall():
        packs = db.execute("SELECT body FROM entry WHERE last >= ? ORDER BY row", (since,)).fetchall()
        db.execute("CREATE TEMP TABLE entry(row, id, at, rule, level, weight, file, offset, text)")
        db.executemany("INSERT INTO entry VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
                       (e for (pack,) in packs for e in entries(pack)))
    return db
