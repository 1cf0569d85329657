# SPDX-License-Identifier: Apache-2.0
"""How each tool is started on one file, and how many it found."""
import json
import os
import re
import shutil

import rules
from runner import Tool


def shell(command):
    return ["sh", "-c", command]


def nothing(_out, _err):
    return {}


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def lines_with(path, start):
    with open(path, "rb") as f:
        return sum(1 for line in f if line.startswith(start))


def number(out, _err):
    with open(out, encoding="ascii") as f:
        text = f.read().split()
    return int(text[0]) if text else 0


def stat(err, name):
    """One of gumshoe's --stats."""
    with open(err, encoding="utf-8", errors="replace") as f:
        found = re.search(rf"^ *(\d+)  {name}$", f.read(), re.M)
    return int(found.group(1)) if found else -1


def gumshoe(bench, name, rule_file, data, *options, jobs=1, **more):
    def found(out, err):
        return {"matches": stat(err, "matches"), "findings": lines_with(out, b"{")}

    argv = [bench.gumshoe, "scan", f"-j{jobs}", "-q", "--stats", "-o", "ndjson", "-r", rule_file,
            *options, data]
    return Tool(name, argv, found, **more)


def word_count(data, **more):
    return Tool("wc -l", ["wc", "-l", data], lambda out, err: {"lines": number(out, err)}, **more)


def cat(data, **more):
    return Tool("cat", shell(f"exec cat {data} >/dev/null"), nothing, **more)


def ripgrep(bench, n, data, **more):
    return pattern_tool(bench, "ripgrep --no-mmap", ["rg", "--no-mmap", "-j1", "-c", "-f"], n, data, more)


def gnu_grep(bench, n, data, **more):
    return pattern_tool(bench, "GNU grep", ["grep", "-cE", "-f"], n, data, more)


def pattern_tool(bench, name, argv, n, data, more):
    program = shutil.which(argv[0]) or bench.peer(name, f"usr/bin/{argv[0]}")
    if program is None:
        return None
    patterns = write(bench.path(f"patterns-{n}.txt"), rules.grep(n))
    return Tool(f"{name}, {n} rules", [program, *argv[1:], patterns, data],
                lambda out, err: {"matches": number(out, err)}, **more)


# What tests/bench/install unpacks.

def sec(bench, n, data, **more):
    program = bench.peer("SEC", "usr/bin/sec")
    if program is None:
        return None
    conf = write(bench.path(f"sec-{n}.conf"), rules.sec(n))
    return Tool(f"SEC, {n} rules",
                ["perl", program, f"--conf={conf}", f"--input={data}", "--notail", "--nointevents",
                 "--bufsize=1", "--blocksize=1048576"],
                lambda out, err: {"findings": lines_with(out, b"finding")}, **more)


def syslog_ng(bench, n, data, **more):
    program = bench.peer("syslog-ng", "usr/sbin/syslog-ng")
    if program is None:
        return None
    work = bench.work
    findings = os.path.join(work, "findings")
    database = write(bench.path(f"patterndb-{n}.xml"), rules.patterndb(n))
    conf = write(bench.path(f"syslog-ng-{n}.conf"), rules.syslog_ng(database, findings, n))
    modules = bench.peer_file("usr/lib/syslog-ng/[0-9]*")
    return Tool(f"syslog-ng, {n} rules", shell(
        f"cat {data} | {program} -F --module-path={modules} -f {conf} -R {work}/persist "
        f"-c {work}/control --pidfile={work}/pid --no-caps"),
        lambda out, err: {"findings": lines_with(findings, b"finding") if os.path.exists(findings) else 0},
        **more)


def rsyslog(bench, n, data, **more):
    """It follows the file; the last line says when it is through."""
    program = bench.peer("rsyslog", "usr/sbin/rsyslogd")
    if program is None:
        return None
    out_file = os.path.join(bench.work, "matches")
    conf = write(bench.path(f"rsyslog-{n}.conf"), rules.rsyslog(data, out_file, bench.work, n))
    modules = bench.peer_file("usr/lib/*-linux-gnu/rsyslog")
    return Tool(f"rsyslog, {n} rules", shell(
        f"{program} -n -f {conf} -i {bench.work}/pid -M {modules} & pid=$!; "
        f"trap 'kill $pid' EXIT; "
        f"until tail -n1 {out_file} 2>/dev/null | grep -q 'end of the benchmark'; do sleep 0.1; done; "
        f"kill $pid; wait $pid; trap - EXIT"),
        lambda out, err: {"matches": sum(1 for _ in open(out_file, "rb")) - 1}, **more)


def mtail(bench, n, data, **more):
    program = bench.peer("mtail", "usr/bin/mtail")
    if program is None:
        return None
    folder = bench.path(f"mtail-{n}")
    os.makedirs(folder, exist_ok=True)
    write(os.path.join(folder, "bench.mtail"), rules.mtail(n))

    def found(out, _err):
        with open(out, encoding="utf-8") as f:
            text = f.read()
        metrics = json.loads(text[text.index("{"):])
        return {"matches": sum(v["Value"]["Value"] for m in metrics.values() for one in m
                               for v in one["LabelValues"])}

    return Tool(f"mtail, {n} rules",
                [program, "--one_shot", "--logs", data, "--progs", folder, "--log_dir", bench.work],
                found, **more)
