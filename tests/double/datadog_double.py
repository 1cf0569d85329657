#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A strict local stand-in for Datadog: v1 events, v2 logs and key validation.

Prints "port N", then a line "POST PATH STATUS" as each request has arrived. It refuses what
Datadog refuses, and also what Datadog takes and then drops without a word. Answers follow
--script: one word per POST, then 202.

    503  429  403  202 ...       that status
    429+Retry-After=2            with a header
    403+html  403+empty          with another body
    400+echo                     with the key in the body
    reset                        the connection is reset without an answer
    hang                         no answer, the connection stays open

--record FILE gets one JSON object per request (never the key, only whether it was right).
"""
import argparse
import gzip
import hashlib
import http.server
import json
import re
import socket
import struct
import threading
import time
import zlib

EVENT_KEYS = {"aggregation_key", "alert_type", "date_happened", "device_name", "host",
              "priority", "related_event_id", "source_type_name", "tags", "text", "title"}
ALERT_TYPES = {"error", "warning", "info", "success", "user_update", "recommendation",
               "snapshot"}
LOG_KEYS = {"message", "ddsource", "service", "hostname", "ddtags", "status", "timestamp",
            "gumshoe"}
STATUSES = {"emergency", "alert", "critical", "error", "warn", "notice", "info", "debug", "ok"}
HEAD, TAIL = "%%% \n", "\n %%%"
PAST, AHEAD = 18 * 3600, 2 * 3600
TAG = re.compile(r"[a-z][a-z0-9_\-:./]{0,199}")
UNBOUNDED = re.compile(r"(order_?id|order|pod|pod_name|finding(_id)?|container_id):|[0-9a-f]{24}")
HANG_S = 60


def is_int(v):
    return isinstance(v, int) and not isinstance(v, bool)


def age_errors(seconds, what):
    age = time.time() - seconds
    if age > PAST:
        return ["Event too far in the past" if what == "date_happened" else f"{what} too old"]
    return [f"{what} too far ahead"] if age < -AHEAD else []


def tag_errors(tags):
    bad = []
    for tag in tags:
        if not isinstance(tag, str) or not TAG.fullmatch(tag) or tag.endswith(":"):
            bad.append(f"bad tag {tag!r}")
        elif UNBOUNDED.search(tag):
            bad.append(f"tag without bound {tag!r}")
        elif tag == "kube_namespace:unknown":
            bad.append("tag of an unknown namespace")
    if len(tags) > 100 or len(set(map(str, tags))) != len(tags):
        bad.append("more than 100 tags, or one twice")
    return bad


def text_errors(text):
    if not isinstance(text, str) or not text:
        return ["text missing"]
    bad = []
    if len(text) > 4000:
        bad.append("text over 4000 characters")
    if not (text.startswith(HEAD) and text.endswith(TAIL)):
        bad.append("markdown wrapper broken")
    inner = text[len(HEAD):-len(TAIL)]
    if "%%%" in inner:
        bad.append("markdown ends early")
    if re.search(r"(?<!\\)~", inner):
        bad.append("~ not escaped")
    return bad


def event_errors(body):
    if not isinstance(body, dict):
        return ["an event is an object"]
    bad = [f"unknown key {k}" for k in sorted(set(body) - EVENT_KEYS)]
    title = body.get("title")
    if not isinstance(title, str) or not 0 < len(title) <= 500 or "\n" in title:
        bad.append("title: want 1 to 500 characters, one line")
    bad += text_errors(body.get("text"))
    if "date_happened" in body:
        at = body["date_happened"]
        bad += age_errors(at, "date_happened") if is_int(at) else ["date_happened: no integer"]
    if body.get("priority", "normal") not in ("normal", "low"):
        bad.append("priority")
    if body.get("alert_type", "info") not in ALERT_TYPES:
        bad.append("alert_type")
    key = body.get("aggregation_key", "")
    if not isinstance(key, str) or len(key) > 100:
        bad.append("aggregation_key over 100 characters")
    for k in ("host", "device_name", "source_type_name"):
        if not isinstance(body.get(k, ""), str):
            bad.append(f"{k}: no text")
    tags = body.get("tags", [])
    return bad + (tag_errors(tags) if isinstance(tags, list) else ["tags: no array"])


def walk(value, depth=1):
    """Every (key, depth) of nested objects."""
    if isinstance(value, dict):
        for k, v in value.items():
            yield k, depth
            yield from walk(v, depth + 1)
    elif isinstance(value, list):
        for v in value:
            yield from walk(v, depth)


def log_errors(item):
    if not isinstance(item, dict):
        return ["a log is an object"]
    bad = [f"private key at the root: {k}" for k in sorted(set(item) - LOG_KEYS)]
    message = item.get("message")
    if not isinstance(message, str) or not message or "\n" in message:
        bad.append("message: want one line of text")
    for k in ("ddsource", "service", "hostname", "ddtags"):
        if not isinstance(item.get(k), str) or not item[k]:
            bad.append(f"{k}: no text")
    if isinstance(item.get("ddtags"), str):
        bad += tag_errors(item["ddtags"].split(","))
    if item.get("status") not in STATUSES:
        bad.append("status")
    if "timestamp" in item:
        at = item["timestamp"]
        bad += age_errors(at / 1000, "timestamp") if is_int(at) else ["timestamp: no integer"]
    keys = list(walk(item))
    if len(keys) >= 256:
        bad.append("256 attributes or more")
    if any(len(k) >= 50 for k, _ in keys) or any(depth >= 10 for _, depth in keys):
        bad.append("attribute name or nesting too long")
    if len(json.dumps(item, ensure_ascii=False).encode()) > 1_000_000:
        bad.append("log over 1 MB: would be cut")
    return bad


def logs_errors(body):
    if not isinstance(body, list) or not 1 <= len(body) <= 1000:
        return ["want an array of 1 to 1000 logs"]
    return [e for item in body for e in log_errors(item)]


def refuse_constant(name):
    raise ValueError(f"{name} is no JSON")


class Double(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, args):
        super().__init__(("127.0.0.1", 0), Handler)
        self.args = args
        self.script = [w for w in args.script.split(",") if w]
        self.lock = threading.Lock()
        self.n = 0
        self.record = open(args.record, "a", encoding="utf-8") if args.record else None

    def next_word(self):
        with self.lock:
            return self.script.pop(0) if self.script else ""

    def note(self, entry):
        with self.lock:
            self.n += 1
            if self.record:
                self.record.write(json.dumps(dict(entry, n=self.n)) + "\n")
                self.record.flush()
            print(entry["method"], entry["path"], entry["status"], flush=True)

    def handle_error(self, request, client_address):
        pass    # a client that was killed


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "double", ""

    def log_message(self, *args):
        pass

    def answer(self, status, body, headers=()):
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def key_state(self):
        key = self.headers.get("DD-API-KEY")
        if not key:
            return "missing"
        return "good" if self.server.args.key in ("", key) else "wrong"

    def shown_headers(self):
        return {k.lower(): v for k, v in self.headers.items() if k.lower() != "dd-api-key"}

    def do_GET(self):
        known, key = self.path == "/api/v1/validate", self.key_state()
        status = 404 if not known else 200 if key == "good" else 403
        self.server.note({"method": "GET", "path": self.path, "status": status, "key": key,
                          "headers": self.shown_headers(), "violations": []})
        if status == 200:
            self.answer(200, {"valid": True})
        else:
            self.answer(status, {"errors": ["API key required" if known else "Not found"]})

    def read_body(self, bad):
        if self.headers.get("Transfer-Encoding"):
            bad.append("chunked body")
            self.close_connection = True
            return b""
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        encoding = self.headers.get("Content-Encoding", "identity")
        if encoding == "gzip":
            return gzip.decompress(data)
        if encoding == "deflate":
            return zlib.decompress(data)
        if encoding != "identity":
            bad.append("Content-Encoding")
        return data

    def header_errors(self):
        bad = []
        if self.headers.get("Content-Type", "").split(";")[0] != "application/json":
            bad.append("Content-Type")
        if self.headers.get("Expect"):
            bad.append("Expect header: costs a second")
        if self.path.endswith("/events") and self.headers.get("Content-Encoding"):
            bad.append("events are not compressed")
        if "key" in self.path.lower() or "?" in self.path:
            bad.append("query or key in the URL")
        return bad

    def parse(self, raw, bad):
        try:
            return json.loads(raw.decode("utf-8"), parse_constant=refuse_constant)
        except ValueError as e:
            bad.append(f"body: {e}")
            return None

    def judge(self):
        """(raw, parsed body, violations, status by contract)"""
        bad = self.header_errors()
        raw = self.read_body(bad)
        checks = {"/api/v1/events": event_errors, "/api/v2/logs": logs_errors}
        check = checks.get(self.path)
        if check is None:
            return raw, None, ["no such path"], 404
        if self.key_state() != "good":
            return raw, None, bad, 403
        if len(raw) > 5_000_000:
            return raw, None, bad + ["over 5 MB uncompressed"], 413
        body = self.parse(raw, bad)
        if body is not None:
            bad += check(body)
        return raw, body, bad, 400 if bad else 202

    def do_POST(self):
        raw, body, bad, status = self.judge()
        word, *extras = (self.server.next_word() or str(status)).split("+")
        if word.isdigit() and (status == 202 or word != "202"):
            status = int(word)
        self.server.note({
            "method": "POST", "path": self.path, "key": self.key_state(),
            "headers": self.shown_headers(), "bytes": len(raw),
            "sha256": hashlib.sha256(raw).hexdigest(), "body": body, "violations": bad,
            "status": status if word.isdigit() else word, "at": time.monotonic()})
        if self.server.args.delay and threading.Event().wait(self.server.args.delay):
            return
        if word == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                       struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
        elif word == "hang":
            threading.Event().wait(HANG_S)
            self.close_connection = True
        else:
            self.reply(status, extras, bad, body)

    def reply(self, status, extras, bad, body):
        headers = [e.split("=", 1) for e in extras if "=" in e]
        if "html" in extras:
            return self.answer(status, "<html><body>Forbidden</body></html>", headers)
        if "empty" in extras:
            return self.answer(status, "{}", headers)
        if "echo" in extras:
            return self.answer(status, {"errors": ["bad key " +
                                                   self.headers.get("DD-API-KEY", "")]}, headers)
        if status < 300:
            # The numeric id is rounded, as Datadog's is: only id_str is right.
            events = self.path.endswith("/events")
            return self.answer(status, {"status": "ok", "event": {
                "id": 6327818702635911000, "id_str": "6327818702635911562",
                "title": body["title"]}} if events and body else {}, headers)
        return self.answer(status, {"errors": bad or [f"status {status}"]}, headers)


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--script", default="", help="answers to successive POSTs, then 202")
    p.add_argument("--record", default="", help="ndjson, one line per request")
    p.add_argument("--key", default="", help="the only good key; default: any")
    p.add_argument("--delay", type=float, default=0, help="seconds before each answer to a POST")
    server = Double(p.parse_args())
    print("port", server.server_address[1], flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
