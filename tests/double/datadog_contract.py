# SPDX-License-Identifier: Apache-2.0
"""What Datadog takes: logs v2, events v1 and v2, metrics v2, service checks. Each function
gets a parsed body and returns what is wrong with it, also what Datadog would take and then
drop without a word."""
import json
import re
import time
from datetime import datetime

EVENT_KEYS = {"aggregation_key", "alert_type", "date_happened", "device_name", "host",
              "priority", "related_event_id", "source_type_name", "tags", "text", "title"}
ALERT_TYPES = {"error", "warning", "info", "success", "user_update", "recommendation",
               "snapshot"}
LOG_KEYS = {"message", "ddsource", "service", "hostname", "ddtags", "status", "timestamp",
            "gumshoe"}
STATUSES = {"emergency", "alert", "critical", "error", "warn", "notice", "info", "debug", "ok"}
SERIES_KEYS = {"metric", "type", "interval", "unit", "points", "resources", "tags",
               "source_type_name", "metadata"}
ALERT_KEYS = {"title", "category", "message", "timestamp", "aggregation_key", "host", "tags",
              "integration_id", "attributes"}
CHECK_KEYS = {"check", "host_name", "status", "tags", "message", "timestamp"}
HEAD, TAIL = "%%% \n", "\n %%%"
PAST, AHEAD = 18 * 3600, 2 * 3600
TAG = re.compile(r"[a-z][a-z0-9_\-:./]{0,199}")
UNBOUNDED = re.compile(r"(order_?id|order|pod|pod_name|finding(_id)?|incident(_id)?|"
                       r"container_id):|[0-9a-f]{24}")
METRIC = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,199}")
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def is_int(v):
    return isinstance(v, int) and not isinstance(v, bool)


def is_text(v, longest):
    return isinstance(v, str) and 0 < len(v) <= longest


def unknown_keys(obj, known):
    return [f"unknown key {k}" for k in sorted(set(obj) - known)]


def seconds(text):
    """Of an RFC 3339 time, or None."""
    if not isinstance(text, str) or not RFC3339.fullmatch(text):
        return None
    return datetime.fromisoformat(re.sub(r"\.\d+", "", text).replace("Z", "+00:00")).timestamp()


def age_errors(at, what, past=PAST, ahead=AHEAD):
    age = time.time() - at
    if age > past:
        return ["Event too far in the past" if what == "date_happened" else f"{what} too old"]
    return [f"{what} too far ahead"] if age < -ahead else []


def tag_errors(tags):
    if not isinstance(tags, list):
        return ["tags: no array"]
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
    bad = unknown_keys(body, EVENT_KEYS)
    title = body.get("title")
    if not is_text(title, 500) or "\n" in title:
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
    return bad + tag_errors(body.get("tags", []))


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


def link_errors(link):
    if not isinstance(link, dict):
        return ["a link is an object"]
    bad = unknown_keys(link, {"category", "url", "title"})
    if link.get("category") not in ("runbook", "documentation", "dashboard", "resource"):
        bad.append("link: category")
    if not is_text(link.get("url"), 2048):
        bad.append("link: url")
    if not is_text(link.get("title", "x"), 300):
        bad.append("link: title")
    return bad


def custom_errors(custom):
    def wide(v):
        if isinstance(v, dict):
            return len(v) > 100 or any(map(wide, v.values()))
        return isinstance(v, list) and any(map(wide, v))
    if not isinstance(custom, dict):
        return ["custom: no object"]
    deep = any(depth > 10 for _, depth in walk(custom))
    return ["custom: over 100 members or 10 levels"] if deep or wide(custom) else []


def alert_errors(body):
    """A v2 event: strict, as its JSON schema is."""
    data = body.get("data") if isinstance(body, dict) and set(body) == {"data"} else None
    if not isinstance(data, dict) or set(data) != {"type", "attributes"} or \
            data["type"] != "event" or not isinstance(data["attributes"], dict):
        return ["JSON validation failed at $.data"]
    a = data["attributes"]
    bad = unknown_keys(a, ALERT_KEYS)
    if a.get("category") != "alert":
        bad.append("JSON validation failed at $.data.attributes.category")
    if not is_text(a.get("title"), 500):
        bad.append("title")
    if not is_text(a.get("message", "x"), 4000):
        bad.append("message")
    if "timestamp" in a:
        at = seconds(a["timestamp"])
        bad += ["timestamp"] if at is None else age_errors(at, "timestamp")
    if not is_text(a.get("aggregation_key", "x"), 100):
        bad.append("aggregation_key")
    if not is_text(a.get("host", "x"), 255):
        bad.append("host")
    bad += tag_errors(a.get("tags", []))
    inner = a.get("attributes")
    if not isinstance(inner, dict):
        return bad + ["attributes missing"]
    bad += unknown_keys(inner, {"status", "priority", "links", "custom"})
    if inner.get("status") not in ("ok", "warn", "error"):
        bad.append("status")
    if inner.get("priority", "1") not in ("1", "2", "3", "4", "5"):
        bad.append("priority: a text, 1 to 5")
    links = inner.get("links", [])
    if not isinstance(links, list) or len(links) > 20:
        bad.append("links")
    else:
        bad += [e for link in links for e in link_errors(link)]
    return bad + custom_errors(inner.get("custom", {}))


def point_errors(p):
    if not isinstance(p, dict) or set(p) != {"timestamp", "value"}:
        return ["a point has timestamp and value"]
    if not is_int(p["timestamp"]):
        return ["point: timestamp no integer"]
    if isinstance(p["value"], bool) or not isinstance(p["value"], (int, float)):
        return ["point: value no number"]
    return age_errors(p["timestamp"], "point", 3600, 600)


def one_series_errors(s):
    if not isinstance(s, dict):
        return ["a series is an object"]
    bad = unknown_keys(s, SERIES_KEYS)
    if not isinstance(s.get("metric"), str) or not METRIC.fullmatch(s["metric"]):
        bad.append("metric name")
    kind = s.get("type", 0)
    if not is_int(kind) or kind not in (0, 1, 2, 3):
        bad.append("type")
    if kind in (1, 2) and (not is_int(s.get("interval")) or s["interval"] <= 0):
        bad.append("count or rate without an interval")
    if kind == 3 and "interval" in s:
        bad.append("gauge with an interval")
    if not isinstance(s.get("points"), list) or not s["points"]:
        bad.append("points")
    else:
        bad += [e for p in s["points"] for e in point_errors(p)]
    for r in s.get("resources", []):
        if not isinstance(r, dict) or set(r) != {"type", "name"}:
            bad.append("resource")
    return bad + tag_errors(s.get("tags", []))


def series_errors(body):
    if not isinstance(body, dict) or set(body) != {"series"} or \
            not isinstance(body["series"], list) or not body["series"]:
        return ["want an object with series"]
    bad = [e for s in body["series"] for e in one_series_errors(s)]
    names = [(s.get("metric"), tuple(sorted(map(str, s.get("tags", [])))))
             for s in body["series"] if isinstance(s, dict)]
    if len(set(names)) != len(names):
        bad.append("one series twice")
    return bad


def check_errors(body):
    if not isinstance(body, list) or not body:
        return ["want an array of checks"]
    bad = []
    for c in body:
        if not isinstance(c, dict):
            bad.append("a check is an object")
            continue
        bad += unknown_keys(c, CHECK_KEYS)
        if not is_text(c.get("check"), 200) or not is_text(c.get("host_name"), 255):
            bad.append("check and host_name are wanted")
        if not is_int(c.get("status")) or c["status"] not in (0, 1, 2, 3):
            bad.append("status")
        if "timestamp" in c:
            at = c["timestamp"]
            bad += age_errors(at, "check", 600, 600) if is_int(at) else ["timestamp"]
        if not isinstance(c.get("message", ""), str) or len(c.get("message", "")) > 500:
            bad.append("message")
        bad += tag_errors(c.get("tags"))
    return bad
