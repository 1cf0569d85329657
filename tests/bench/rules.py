# SPDX-License-Identifier: Apache-2.0
"""The same rules for everybody: N patterns as Gumshoe's rule files and as the peers' own.

The first three match the benchmark's log; the others never do, though their words are those
of a shop. A pattern is a list of literals and (name, regex) captures.
"""
import re
from xml.sax.saxutils import escape

HEX = "[0-9a-f]{24}"
BASE = [
    ["Payment failed for order ", ("order_id", HEX), " of account ", ("account", HEX), ": ", ("why", ".+")],
    ["npm ERR! signal ", ("signal", "SIGTERM")],
    ["java.lang.OutOfMemoryError: ", ("what", ".+")],
]
ACCESS = r"GET /login\s+(?P<status>\d{3})\s+(?P<latency_ms>\d+\.\d+) ms"
# No line has a word of these.
ABSENT = ["Zugzwang of quiz ", r"npm ERR! signal SIGJAZZ", r"java\.lang\.OutOfQuartzError: "]
# Every word of it is on a quarter of the lines, yet it never matches.
HOT = r"Fetched (?P<items>\d+) items for the customer.*refused"
# Its phrase is there, too, with other bytes beside it.
NEAR = r"Fetched (?P<items>\d{6}) items for the customer"

SUBJECTS = """Payment Inventory Shipment Refund Voucher Session Basket Courier Invoice Replica
    Partition Consumer Producer Leader Snapshot Migration Gateway Sidecar Listener Scheduler
    Certificate Secret Volume Quota Probe""".split()
VERBS = "rejected;stalled;timed out;aborted;throttled;evicted;corrupted;expired;diverged;overflowed".split(";")
OBJECTS = "order parcel account topic shard node tenant batch".split()


def patterns(n):
    """The first n of a fixed sequence."""
    out = list(BASE)
    for i in range(n - len(out)):
        s, v, o = SUBJECTS[i % 25], VERBS[i // 25 % 10], OBJECTS[i // 250 % 8]
        if i % 4 < 2:
            out.append([f"{s} {v} for {o} ", ("id", HEX), ": ", ("why", ".+")])
        elif i % 4 == 2:
            out.append([f"com.shop.{o}.{s}{v.title().replace(' ', '')}Exception: ", ("why", ".+")])
        else:
            out.append([f"npm ERR! code E{(s + v + o).upper().replace(' ', '')} ", ("why", ".+")])
    return out


def hostile(n):
    """Patterns that backtrack for ever on a long run of one letter, behind a word that only those lines have."""
    shapes = ["(a+)+$", "(a|aa)+$", "(a*)*b", "(.*a){%d}x", "(a|a?)+y", r"(\w+\s?)+!",
              "(([a-z])+.)+[A-Z]{%d}$", "(.*)(.*)(.*)(.*)q{%d}"]
    return ["hostile " + (s % (i // len(shapes) + 10) if "%d" in s else s)
            for i, s in ((i, shapes[i % len(shapes)]) for i in range(n))]


def regex(pattern, named=True):
    name = "(?P<{}>{})" if named else "({1})"
    return "".join(re.sub(r"([.\[\](){}*+?^$|\\])", r"\\\1", p) if isinstance(p, str) else name.format(*p)
                   for p in pattern)


# Gumshoe

def rule(name, regex_text):
    quoted = regex_text.replace("'", "''")
    return f"""title: {name}
name: {name}
logsource: {{product: kubernetes, category: log}}
detection:
  it:
    message|re: '{quoted}'
  condition: it
level: high
"""


CANNOT_PAY = """title: An account cannot pay
name: cannot_pay
correlation:
  type: event_count
  rules: [rule_0]
  group-by: [account]
  timespan: 5m
  condition: {gte: 3}
level: high
incident:
  title: '{count} failed payments of {account}'
  resolve-after: 5m
"""

SLOW = """title: Logins are slow
name: slow
correlation:
  type: value_percentile
  rules: [access]
  group-by: [status]
  timespan: 1m
  condition: {field: latency_ms, percentile: 95, gte: 10000}
level: high
"""


# No slice of the log is silent.
SILENT = """title: Silent
name: silent
logsource: {category: volume}
detection:
  slice: {lines: 0, lines_before|gte: 10}
  condition: slice
level: low
"""


def gumshoe(n, access=False, percentile=False, hot=False, hostile_patterns=0, volumes=False):
    """n patterns, and: three failures of an account within five minutes are an incident."""
    docs = [rule(f"rule_{i}", regex(p)) for i, p in enumerate(patterns(n))] + [CANNOT_PAY]
    if access or percentile:
        docs.append(rule("access", ACCESS))
    if percentile:
        docs.append(SLOW)
    if hot:
        docs.append(rule("hot", HOT))
    if volumes:
        docs.append(SILENT)
    docs += [rule(f"hostile_{i}", p) for i, p in enumerate(hostile(hostile_patterns))]
    return "---\n".join(docs)


def absent():
    return "---\n".join(rule(f"absent_{i}", p) for i, p in enumerate(ABSENT))


# Peers: the fastest form each has.

def grep(n):
    """One extended regular expression a line."""
    return "".join(regex(p, named=False) + "\n" for p in patterns(n))


def sec(n):
    first, *others = (regex(p, named=False) for p in patterns(n))
    out = f"""type=SingleWithThreshold
ptype=RegExp
pattern={first}
desc=account $2
action=write - finding $2
window=300
thresh=3
"""
    for p in others:
        out += f"\ntype=Single\nptype=RegExp\npattern={p}\ndesc=other\naction=none\n"
    return out


def syslog_ng(patterndb, findings, n):
    return f"""@version: 3.35
options {{ stats-freq(0); }};
source s {{ stdin(flags(no-parse) program-override("app") log-fetch-limit(10000) log-iw-size(100000)); }};
parser p {{ db-parser(file("{patterndb}") drop-unmatched(yes)); }};
parser t {{ date-parser(format("%Y-%m-%dT%H:%M:%S.%f%z") template("${{ts}}")); }};
parser g {{ grouping-by(
    key("${{account}}") scope(global) timeout(300) where("${{account}}" ne "") inject-mode(pass-through)
    trigger("$(context-length)" >= "3") having("$(context-length)" >= "3")
    aggregate(value("MESSAGE" "finding ${{account}}@1") inherit-mode(none))); }};
destination d {{ file("{findings}" template("$MSG\\n")); }};
filter f {{ match("^finding" value("MESSAGE")); }};
log {{ source(s); parser(p); parser(t); parser(g); filter(f); destination(d); }};
"""


def patterndb(n):
    def one(pattern):
        out, rest = "", list(pattern)
        while rest:
            p = rest.pop(0)
            if isinstance(p, str):
                out += p
            elif p[1] == "SIGTERM":
                out += p[1]
            elif rest:  # up to the literal that follows
                out += f"@ESTRING:{p[0]}:{rest.pop(0)}@"
            else:
                out += f"@ANYSTRING:{p[0]}@"
        return out

    rows = ""
    for i, p in enumerate(patterns(n)):
        # The first stands behind Spring's prefix, up to its colon.
        prefix = "@ESTRING:ts: @stdout F " + ("@ESTRING:head::@ " if i == 0 else "")
        rows += f"""<rule id="{i}" class="x" provider="bench"><patterns><pattern>{escape(prefix + one(p))}</pattern></patterns></rule>\n"""
    return f"""<patterndb version="4" pub_date="2025-01-01"><ruleset name="bench" id="bench">
<patterns><pattern>app</pattern></patterns><rules>
{rows}</rules></ruleset></patterndb>
"""


def rsyslog(log, out, work, n):
    tests = "".join(f'if $msg contains "{p[0]}" then {{ action(type="omfile" file="{out}" template="m") stop }}\n'
                    for p in patterns(n))
    return f"""global(workDirectory="{work}" parser.escapeControlCharactersOnReceive="off" maxMessageSize="8k")
main_queue(queue.type="Direct")
module(load="imfile" mode="inotify")
template(name="m" type="string" string="%msg%\\n")
input(type="imfile" file="{log}" tag="app" ruleset="r")
ruleset(name="r" queue.type="Direct") {{
{tests}if $msg contains "end of the benchmark" then action(type="omfile" file="{out}" template="m")
}}
"""


def mtail(n):
    return "".join(f"counter rule_{i}\n/{regex(p, named=False).replace('/', chr(92) + '/')}/ {{\n  rule_{i}++\n}}\n"
                   for i, p in enumerate(patterns(n)))
