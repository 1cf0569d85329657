# SPDX-License-Identifier: Apache-2.0
"""Runs tools in turn, A B C A B C, and prints medians and ratios."""
import glob
import json
import math
import os
import shutil
import signal
import statistics
import subprocess
import sys


class Tool:
    """argv for one run; found(out, err) gives counts by name from what it printed."""

    def __init__(self, name, argv, found, size=0, want=None):
        self.name, self.argv, self.found, self.size, self.want = name, argv, found, size, want or {}
        self.samples, self.counts = [], {}


class Sample:
    def __init__(self, wall, user, system, rss_kb, status):
        self.wall, self.cpu, self.rss_kb, self.status = wall, user + system, rss_kb, status


def size_of(text):
    factor = {"K": 10**3, "M": 10**6, "G": 10**9}.get(text[-1], 1)
    return int(text[:-1] if factor > 1 else text) * factor


def short(n):
    for unit, name in ((10**9, "G"), (10**6, "M"), (10**3, "K")):
        if n >= unit and n % unit == 0:
            return f"{n // unit}{name}"
    return str(n)


class Bench:
    """Where things are, how large and how often; what was measured and what was not right."""

    def __init__(self, build, folder, size, runs, limit):
        self.build, self.folder, self.size, self.runs, self.limit = build, folder, size, runs, limit
        self.gumshoe = os.path.join(build, "gumshoe")
        self.tools = os.path.join(build, "tests/bench")
        self.work = os.path.join(folder, "work")
        self.peers = os.path.join(folder, "peers")
        self.goals, self.wrong, self.skipped = [], [], []
        os.makedirs(self.work, exist_ok=True)
        self.report = open(self.path("results.md"), "w", encoding="utf-8")
        self.env = dict(os.environ, XDG_STATE_HOME=self.work, TMPDIR=self.work, LC_ALL="C")
        libs = [self.peer_file(f"usr/lib/{name}") for name in ("*-linux-gnu", "syslog-ng")]
        self.peer_env = dict(self.env, LD_LIBRARY_PATH=":".join(libs))

    def path(self, name):
        return os.path.join(self.folder, name)

    def say(self, text=""):
        for out in (sys.stdout, self.report):
            print(text, file=out, flush=True)

    def skip(self, name):
        if name not in self.skipped:
            self.skipped.append(name)
            self.say(f"skipped: {name} is not installed (tests/bench/install)\n")

    def peer_file(self, pattern):
        return next(iter(glob.glob(os.path.join(self.peers, pattern))), "")

    def peer(self, name, program):
        return self.peer_file(program) or self.skip(name)

    def generator(self, size, *options):
        return [os.path.join(self.tools, "gen"), "--bytes", str(size), *map(str, options)]

    def data(self, name, size, *options):
        """Path of a generated log, made once, and what is in it."""
        path = self.path(f"{name}-{short(size)}.log")
        argv = self.generator(size, *options)
        facts = path + ".json"
        if not os.path.exists(facts) or os.path.getmtime(facts) < os.path.getmtime(argv[0]):
            with open(path, "wb") as out:
                made = subprocess.run(argv, stdout=out, stderr=subprocess.PIPE, check=True)
            with open(facts, "wb") as out:
                out.write(made.stderr)
        subprocess.run(["cat", path], stdout=subprocess.DEVNULL, check=True)  # the page cache
        with open(facts, encoding="utf-8") as f:
            return path, json.load(f)

    def forget(self, log):
        """Removes a generated log that is too large to keep."""
        os.remove(log + ".json")
        os.remove(log)

    def goal(self, what, value, aim, good):
        self.goals.append((what, value, aim, "yes" if good else "no"))

    # One run

    def once(self, tool, limit=None):
        """A Sample, or None if it took too long."""
        shutil.rmtree(self.work)
        os.makedirs(self.work)
        out, err, numbers = (self.path(n) for n in ("out", "err", "numbers"))
        env = self.peer_env if self.peers in " ".join(tool.argv) else self.env
        with open(out, "wb") as o, open(err, "wb") as e:
            run = subprocess.Popen([os.path.join(self.tools, "measure"), numbers, *tool.argv],
                                   stdin=subprocess.DEVNULL, stdout=o, stderr=e, env=env,
                                   start_new_session=True)
            try:
                run.wait(limit or self.limit)
            except subprocess.TimeoutExpired:
                os.killpg(run.pid, signal.SIGKILL)
                run.wait()
                return None
        with open(numbers, encoding="ascii") as f:
            wall, user, system, rss, status = f.read().split()
        if int(status) > 1:
            self.wrong.append(f"{tool.name}: exit status {status}")
            with open(err, encoding="utf-8", errors="replace") as f:
                sys.stderr.write(f.read()[-2000:])
        return Sample(float(wall), float(user), float(system), int(rss), int(status))

    def in_turn(self, tools, runs=None, limit=None):
        """Every tool once, then again. What is slow runs once, what is too slow not at all."""
        tools = [t for t in tools if t is not None]
        slow = set()
        for turn in range(runs or self.runs):
            for t in tools:
                if t in slow:
                    continue
                sample = self.once(t, limit)
                if sample is None or sample.cpu > 12:
                    slow.add(t)
                if sample is None:
                    continue
                t.samples.append(sample)
                if turn == 0:
                    self.check(t)
        return tools

    def check(self, tool):
        tool.counts = tool.found(self.path("out"), self.path("err"))
        for name, want in tool.want.items():
            if tool.counts.get(name, want) != want:
                self.wrong.append(f"{tool.name}: {name} {tool.counts[name]}, not {want}")

    # Tables

    def table(self, title, tools, base=None, note=""):
        self.say(f"### {title}\n")
        if note:
            self.say(note + "\n")
        self.say("| | wall s | × base | CPU s/GB | × base | peak MB | matches | findings | n |")
        self.say("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
        for t in tools:
            self.say(row(t, base))
        self.say()


def median(tool, name):
    return statistics.median(getattr(s, name) for s in tool.samples) if tool.samples else math.nan


def ratio(tool, base, name="wall"):
    """The median of the ratios of each turn, per byte: paired, so that drift cancels."""
    if not tool.samples or not base.samples:
        return math.nan
    per_byte = (base.size or 1) / (tool.size or 1)
    return statistics.median(getattr(a, name) / max(getattr(b, name), 1e-6) * per_byte
                             for a, b in zip(tool.samples, base.samples))


def row(tool, base):
    if not tool.samples:
        return f"| {tool.name} | too slow | | | | | | | 0 |"
    wall, cpu = median(tool, "wall"), median(tool, "cpu")
    per_gb = f"{cpu / tool.size * 1e9:.3f}" if tool.size else f"({cpu:.3f} s)"
    times = [f"{ratio(tool, base, n):.2f}" if base else "" for n in ("wall", "cpu")]
    counts = [str(tool.counts.get(n, "")) for n in ("matches", "findings")]
    return (f"| {tool.name} | {wall:.3f} | {times[0]} | {per_gb} | {times[1]} | "
            f"{median(tool, 'rss_kb') / 1024:.1f} | {counts[0]} | {counts[1]} | {len(tool.samples)} |")
