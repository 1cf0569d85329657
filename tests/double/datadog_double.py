#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A strict local stand-in for every service that findings are sent to: Datadog,
Alertmanager, receivers of webhooks, CloudEvents and OTLP, Slack and PagerDuty, told apart by
path.

Prints "port N", then a line "POST PATH STATUS" as each request has arrived. It refuses what
the service refuses, and also what it takes and then drops without a word. --script gives the
answers to successive POSTs, then by contract; it may be for one path: PATH=WORDS.

    503  429  403  202 ...       that status; 503*4: four times; 503!: from now on
    429+Retry-After=2            with a header
    429+Retry-After=date:4       that many seconds from now, as a date
    403+html  403+empty          with another body
    400+echo                     with the key in the body
    302+Location=http://...      a redirect
    200+text=no_service          with that text as body
    202+errors                   taken, but something was wrong
    200+partial=1                OTLP: so many records of it were not taken
    reset                        the connection is reset without an answer
    hang                         no answer, the connection stays open

PUT /double/script replaces the script (lines, each as one --script). GET validate requests
follow a script only under their own path.

--record FILE gets one JSON object per request; secrets never, only whether they were right.
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
from email.utils import formatdate

import datadog_contract as datadog
import service_contracts as services

HANG_S = 60
SECRETS = {"dd-api-key", "dd-application-key", "authorization"}
EVENTS, LOGS, ALERTS, SERIES, CHECKS, VALIDATE = (
    "/api/v1/events", "/api/v2/logs", "/api/v2/events", "/api/v2/series", "/api/v1/check_run",
    "/api/v1/validate")
AM, HOOK, CLOUD, SLACK, PAGER, OTLP = (
    "/api/v2/alerts", "/webhook", "/cloudevents", "/services/(hook)", "/v2/enqueue", "/v1/logs")
NOT_COMPRESSED = {EVENTS, ALERTS, AM, HOOK, CLOUD, SLACK, PAGER}
# status of what is taken, most bytes before and after unpacking
RULES = {EVENTS: (202, 5_000_000, 5_000_000), LOGS: (202, 5_000_000, 5_000_000),
         ALERTS: (202, 5_000_000, 5_000_000), SERIES: (202, 512_000, 5_242_880),
         CHECKS: (202, 5_000_000, 5_000_000), AM: (200, 1 << 30, 1 << 30),
         HOOK: (200, 1 << 30, 1 << 30), CLOUD: (202, 65536, 65536),
         SLACK: (200, 1 << 20, 1 << 20), PAGER: (202, 524_288, 524_288),
         OTLP: (200, 64 << 20, 64 << 20)}


def refuse_constant(name):
    raise ValueError(f"{name} is no JSON")


class Script:
    """Words for successive requests, of one path or of all."""

    def __init__(self, texts):
        self.words = {}
        for text in texts:
            path, words = text.split("=", 1) if text.startswith("/") else ("", text)
            self.words.setdefault(path, []).extend(
                w for part in words.split(",") if part for w in self.repeat(part))

    @staticmethod
    def repeat(word):
        m = re.fullmatch(r"(.*)\*(\d+)", word)
        return [m[1]] * int(m[2]) if m else [word]

    def next(self, path):
        words = self.words.get(path) or (self.words.get("") if path != VALIDATE else None)
        if not words:
            return ""
        return words[0][:-1] if words[0].endswith("!") else words.pop(0)


class Double(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, args):
        super().__init__(("127.0.0.1", 0), Handler)
        self.args, self.script = args, Script(args.script)
        self.lock, self.n = threading.Lock(), 0
        self.record = open(args.record, "a", encoding="utf-8") if args.record else None
        self.checks = {
            EVENTS: datadog.event_errors, LOGS: datadog.logs_errors,
            ALERTS: datadog.alert_errors, SERIES: datadog.series_errors,
            CHECKS: datadog.check_errors, AM: services.Alertmanager().errors,
            HOOK: services.hook_errors, CLOUD: services.CloudEvents().errors,
            SLACK: services.slack_errors,
            PAGER: services.PagerDuty(args.routing_key).errors,
            OTLP: services.otlp_errors}

    def next_word(self, path):
        with self.lock:
            return self.script.next(path)

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
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def answer(self, status, body, headers=()):
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain" if isinstance(body, str) else
                         "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def shown_path(self):
        return SLACK if self.path.startswith("/services/") else self.path

    def state(self, header, wanted):
        key = self.headers.get(header)
        if not key:
            return "missing"
        return "good" if wanted in ("", key) else "wrong"

    def shown_headers(self):
        return {k.lower(): v for k, v in self.headers.items() if k.lower() not in SECRETS}

    def secrets(self):
        args = self.server.args
        return {"key": self.state("DD-API-KEY", args.key),
                "app_key": self.state("DD-APPLICATION-KEY", args.app_key),
                "auth": self.state("Authorization", args.auth)}

    def is_allowed(self, path):
        s, args = self.secrets(), self.server.args
        if path == SLACK:
            return args.hook in ("", self.path)
        if path in (AM, HOOK, CLOUD, OTLP):
            return not args.auth or s["auth"] == "good"
        if path == PAGER:
            return True
        return s["key"] == "good" and (path != ALERTS or s["app_key"] == "good")

    def do_PUT(self):
        text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        with self.server.lock:
            self.server.script = Script(text.splitlines())
        self.answer(200, {})

    def do_GET(self):
        path, key = self.path, self.secrets()["key"]
        status = 404 if path != VALIDATE else 200 if key == "good" else 403
        word, *extras = (self.server.next_word(path) or str(status)).split("+")
        status = int(word)
        self.server.note(dict(self.secrets(), method="GET", path=path, status=status,
                              headers=self.shown_headers(), violations=[],
                              at=time.monotonic()))
        if status == 200:
            self.answer(200, {"valid": True})
        elif "html" in extras:
            self.answer(status, "<html><body>Forbidden</body></html>")
        else:
            self.answer(status, {"errors": ["Forbidden"]})

    def read_body(self, bad):
        if self.headers.get("Transfer-Encoding"):
            bad.append("chunked body")
            self.close_connection = True
            return b"", b""
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        encoding = self.headers.get("Content-Encoding", "identity")
        if encoding == "gzip":
            return data, gzip.decompress(data)
        if encoding == "deflate":
            return data, zlib.decompress(data)
        if encoding != "identity":
            bad.append("Content-Encoding")
        return data, data

    def header_errors(self, path):
        bad = []
        kind = self.headers.get("Content-Type", "").replace(" ", "").lower()
        if path == CLOUD and kind != "application/cloudevents+json;charset=utf-8" or \
                path != CLOUD and kind.split(";")[0] != "application/json":
            bad.append("Content-Type")
        if self.headers.get("Expect"):
            bad.append("Expect header: costs a second")
        if path in NOT_COMPRESSED and self.headers.get("Content-Encoding"):
            bad.append("is not compressed here")
        if path != SLACK and ("key" in self.path.lower() or "?" in self.path):
            bad.append("query or key in the URL")
        if path in (AM, HOOK, CLOUD, SLACK, PAGER, OTLP) and self.headers.get("DD-API-KEY"):
            bad.append("Datadog's key to somebody else")
        return bad

    def parse(self, raw, bad):
        try:
            return json.loads(raw.decode("utf-8"), parse_constant=refuse_constant)
        except ValueError as e:
            bad.append(f"body: {e}")
            return None

    def judge(self, path):
        """(bytes as sent, raw, parsed body, violations, status by contract)"""
        bad = self.header_errors(path)
        sent, raw = self.read_body(bad)
        if path not in RULES:
            return sent, raw, None, ["no such path"], 404
        good, most_sent, most_raw = RULES[path]
        if not self.is_allowed(path):
            return sent, raw, None, bad, 404 if path == SLACK else 403
        cap = self.server.args.max_bytes
        if len(raw) > (min(cap, most_raw) if cap else most_raw) or len(sent) > most_sent:
            return sent, raw, None, bad + ["too large"] * (not cap), 413
        body = self.parse(raw, bad)
        if body is not None:
            bad += self.server.checks[path](body)
        return sent, raw, body, bad, 400 if bad else good

    def shown_body(self, path, body):
        if path == PAGER and isinstance(body, dict) and "routing_key" in body:
            return dict(body, routing_key="(not shown)")
        return body

    def do_POST(self):
        path = self.shown_path()
        sent, raw, body, bad, status = self.judge(path)
        good = status < 300
        word, *extras = (self.server.next_word(path) or str(status)).split("+")
        poison, _, answer = self.server.args.poison.partition("=")
        if poison and poison.encode() in raw:
            word = answer
        if word.isdigit() and (good or int(word) >= 300):
            status = int(word)
        self.server.note(dict(
            self.secrets(), method="POST", path=path, headers=self.shown_headers(),
            bytes=len(raw), sent_bytes=len(sent), sha256=hashlib.sha256(raw).hexdigest(),
            body=self.shown_body(path, body), violations=bad,
            status=status if word.isdigit() else word, at=time.monotonic(),
            wall=time.time()))
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
            self.reply(path, status, extras, bad, body)

    def reply(self, path, status, extras, bad, body):
        pairs = dict(e.split("=", 1) for e in extras if "=" in e)
        text, partial = pairs.pop("text", None), pairs.pop("partial", None)
        headers = [(k, formatdate(time.time() + int(v[5:]), usegmt=True)
                    if v.startswith("date:") else v) for k, v in pairs.items()]
        if text is not None:
            return self.answer(status, text, headers)
        if partial is not None:
            return self.answer(status, {"partialSuccess": {
                "rejectedLogRecords": partial, "errorMessage": "too old"}}, headers)
        if "html" in extras:
            return self.answer(status, "<html><body>Forbidden</body></html>", headers)
        if "empty" in extras:
            return self.answer(status, {}, headers)
        if "echo" in extras:
            return self.answer(status, {"errors": ["bad key " + self.headers.get(
                "DD-API-KEY", self.headers.get("Authorization", ""))]}, headers)
        if status < 300:
            return self.answer(status, self.success(path, extras, body), headers)
        if path == SLACK:
            return self.answer(status, "invalid_payload" if bad else "no_service", headers)
        if path == AM:
            return self.answer(status, {}, headers) if not bad else \
                self.answer(status, json.dumps("; ".join(bad)), headers)
        return self.answer(status, {"errors": bad or [f"status {status}"]}, headers)

    @staticmethod
    def success(path, extras, body):
        if path == EVENTS and isinstance(body, dict):
            # The numeric id is rounded, as Datadog's is: only id_str is right.
            return {"status": "ok", "event": {"id": 6327818702635911000,
                                              "id_str": "6327818702635911562",
                                              "title": body["title"]}}
        if path == ALERTS:
            return {"data": {"attributes": {"attributes": {"evt": {
                "id": "8407723285051133019", "uid": "AZsKLCxvAACrUQTfNDwMWwAA"}}},
                "id": "_", "type": "event"},
                "links": {"self": "https://app.datadoghq.com/event/event?uid=AZsK"}}
        if path == SERIES:
            return {"errors": ["one point was not taken"] if "errors" in extras else []}
        if path == CHECKS:
            return {"status": "ok"}
        if path == PAGER and isinstance(body, dict):
            return {"status": "success", "message": "Event processed",
                    "dedup_key": body.get("dedup_key")}
        if path == SLACK:
            return "ok"
        return "" if path == AM else {}


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--script", action="append", default=[], help="see above; may be repeated")
    p.add_argument("--record", default="", help="ndjson, one line per request")
    p.add_argument("--key", default="", help="the only good API key; default: any")
    p.add_argument("--app-key", default="", help="the only good application key")
    p.add_argument("--auth", default="", help="the Authorization header that is wanted")
    p.add_argument("--hook", default="", help="the only path of a Slack hook there is")
    p.add_argument("--routing-key", default="", help="the only good one of PagerDuty")
    p.add_argument("--max-bytes", type=int, default=0, help="larger bodies get 413")
    p.add_argument("--poison", default="", help="TEXT=STATUS: what bodies with TEXT always get")
    p.add_argument("--delay", type=float, default=0, help="seconds before each answer to a POST")
    server = Double(p.parse_args())
    print("port", server.server_address[1], flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
