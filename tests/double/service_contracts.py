# SPDX-License-Identifier: Apache-2.0
"""What Alertmanager, receivers of webhooks and OTLP, Slack and PagerDuty take. As in
datadog_contract.py, but some keep a memory: what must stay the same from one request to the
next."""
import hashlib
import json
import re

from datadog_contract import RFC3339, is_int, is_text, seconds, unknown_keys

LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
NEVER = "0001-01-01T00:00:00Z"
ALERT_KEYS = {"labels", "annotations", "startsAt", "endsAt", "generatorURL"}
HOOK_KEYS = {"version", "groupKey", "truncatedAlerts", "status", "receiver", "groupLabels",
             "commonLabels", "commonAnnotations", "externalURL", "alerts"}
PAGER_KEYS = {"routing_key", "event_action", "dedup_key", "payload", "images", "links",
              "client", "client_url"}
PAYLOAD_KEYS = {"summary", "source", "severity", "timestamp", "component", "group", "class",
                "custom_details"}


VALUES = {"stringValue", "boolValue", "intValue", "doubleValue", "arrayValue", "kvlistValue"}
INT64 = re.compile(r"-?\d{1,19}")
RECORD_KEYS = {"timeUnixNano", "observedTimeUnixNano", "severityNumber", "severityText", "body",
               "attributes", "droppedAttributesCount", "flags", "traceId", "spanId"}


def pairs_errors(pairs, what):
    if not isinstance(pairs, dict):
        return [f"{what}: no object"]
    bad = []
    for name, value in pairs.items():
        if not LABEL.fullmatch(name):
            bad.append(f"{what}: name {name!r}")
        if not isinstance(value, str) or not value:
            bad.append(f"{what}: {name} has no text")
    return bad


class Alertmanager:
    """The labels of an incident never change."""

    def __init__(self):
        self.labels = {}

    def alert_errors(self, alert):
        if not isinstance(alert, dict):
            return ["an alert is an object"]
        bad = unknown_keys(alert, ALERT_KEYS) + pairs_errors(alert.get("labels"), "labels")
        bad += pairs_errors(alert.get("annotations", {}), "annotations")
        if bad:
            return bad
        labels = alert["labels"]
        if "alertname" not in labels:
            bad.append("no alertname")
        known = self.labels.setdefault(labels.get("incident", json.dumps(labels)), labels)
        if known != labels:
            bad.append("the labels of an incident have changed")
        starts, ends = seconds(alert.get("startsAt")), seconds(alert.get("endsAt"))
        if starts is None or ends is None or ends < starts:
            bad.append("startsAt and endsAt")
        return bad

    def errors(self, body):
        if not isinstance(body, list) or not body:
            return ["want an array of alerts"]
        return [e for alert in body for e in self.alert_errors(alert)]


def hook_alert_errors(alert):
    if not isinstance(alert, dict):
        return ["an alert is an object"]
    bad = []
    if set(alert) != ALERT_KEYS | {"status", "fingerprint"}:
        bad.append("keys of an alert")
    if alert.get("status") not in ("firing", "resolved"):
        bad.append("status of an alert")
    if (alert.get("status") == "firing") != (alert.get("endsAt") == NEVER):
        bad.append("endsAt does not fit the status")
    if not re.fullmatch(r"[0-9a-f]{16}", str(alert.get("fingerprint"))):
        bad.append("fingerprint")
    return bad + pairs_errors(alert.get("labels"), "labels")


def hook_errors(body):
    """The JSON that Alertmanager posts."""
    if not isinstance(body, dict):
        return ["want an object"]
    bad = [] if set(body) == HOOK_KEYS else [f"keys: {sorted(set(body) ^ HOOK_KEYS)}"]
    if body.get("version") != "4" or body.get("status") not in ("firing", "resolved"):
        bad.append("version or status")
    if not is_int(body.get("truncatedAlerts")):
        bad.append("truncatedAlerts")
    if not isinstance(body.get("alerts"), list) or not body["alerts"]:
        return bad + ["alerts"]
    for name in ("commonLabels", "commonAnnotations"):
        bad += pairs_errors(body.get(name), name)
    return bad + [e for alert in body["alerts"] for e in hook_alert_errors(alert)]


class CloudEvents:
    """What has the same source and id is the same event."""

    def __init__(self):
        self.seen = {}

    def errors(self, body):
        if not isinstance(body, dict):
            return ["want an object"]
        bad = [f"attribute name {k!r}" for k in body if not re.fullmatch(r"[a-z0-9]{1,20}", k)]
        if body.get("specversion") != "1.0":
            bad.append("specversion")
        for k in ("id", "source", "type"):
            if not isinstance(body.get(k), str) or not body[k] or re.search(r"\s", body[k]):
                bad.append(k)
        if not re.fullmatch(r"[a-z0-9]+(\.[a-z0-9]+)+", str(body.get("type"))):
            bad.append("type: want reverse DNS")
        if "time" in body and not RFC3339.fullmatch(str(body["time"])):
            bad.append("time")
        if body.get("datacontenttype", "application/json") != "application/json" or \
                not isinstance(body.get("data"), (dict, list)):
            bad.append("data is no JSON value")
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
        if len(text) > 64 * 1024:
            bad.append("over 64 KiB")
        key = (body.get("source"), body.get("id"))
        if self.seen.setdefault(key, hashlib.sha256(text).digest()) != \
                hashlib.sha256(text).digest():
            bad.append("another event under the same id")
        return bad


def mrkdwn_errors(text):
    bad = []
    if re.search(r"&(?!amp;|lt;|gt;)", text):
        bad.append("& not escaped")
    if "<" in re.sub(r"<https?://[^<>|]+\|[^<>|]+>", "", text) or \
            ">" in re.sub(r"<https?://[^<>|]+\|[^<>|]+>", "", text):
        bad.append("< or > not escaped")
    return bad


def slack_errors(body):
    if not isinstance(body, dict):
        return ["invalid_payload"]
    bad = unknown_keys(body, {"text", "blocks", "attachments"})
    if not is_text(body.get("text"), 40000):
        return bad + ["no_text"]
    bad += mrkdwn_errors(body["text"])
    blocks = body.get("blocks", [])
    if not isinstance(blocks, list) or len(blocks) > 50:
        return bad + ["invalid_blocks"]
    for block in blocks:
        text = block.get("text", {}) if isinstance(block, dict) else {}
        if not isinstance(block, dict) or block.get("type") != "section" or \
                text.get("type") not in ("mrkdwn", "plain_text") or \
                not is_text(text.get("text"), 3000):
            bad.append("invalid_blocks")
        else:
            bad += mrkdwn_errors(text["text"])
    return bad


class PagerDuty:
    """Only what was triggered can be resolved."""

    def __init__(self, routing_key):
        self.routing_key, self.open = routing_key, set()

    def payload_errors(self, payload):
        if not isinstance(payload, dict):
            return ["payload missing"]
        bad = unknown_keys(payload, PAYLOAD_KEYS)
        if not is_text(payload.get("summary"), 1024):
            bad.append("payload.summary")
        if not is_text(payload.get("source"), 255):
            bad.append("payload.source")
        if payload.get("severity") not in ("critical", "error", "warning", "info"):
            bad.append("payload.severity")
        if "timestamp" in payload and not RFC3339.fullmatch(str(payload["timestamp"])):
            bad.append("payload.timestamp")
        return bad

    def errors(self, body):
        if not isinstance(body, dict):
            return ["want an object"]
        bad = unknown_keys(body, PAGER_KEYS)
        if body.get("routing_key") != self.routing_key and self.routing_key:
            bad.append("routing_key")
        key = body.get("dedup_key")
        if not is_text(key, 255):
            bad.append("dedup_key")
        action = body.get("event_action")
        if action == "trigger":
            bad += self.payload_errors(body.get("payload"))
            self.open.add(key)
        elif action in ("acknowledge", "resolve"):
            if key not in self.open:
                bad.append("nothing is open under this dedup_key")
            self.open -= {key} if action == "resolve" else set()
        else:
            bad.append("event_action")
        for link in body.get("links", []):
            if not isinstance(link, dict) or not is_text(link.get("href"), 2048):
                bad.append("links")
        if len(json.dumps(body, ensure_ascii=False).encode()) > 512 * 1024:
            bad.append("over 512 KB")
        return bad


def any_value_errors(value):
    """AnyValue of OTLP in JSON: one member, 64-bit integers as texts."""
    if not isinstance(value, dict) or len(value) > 1 or not set(value) <= VALUES:
        return [f"no AnyValue: {str(value)[:80]}"]
    for kind, v in value.items():
        if kind == "stringValue" and not isinstance(v, str) or \
                kind == "boolValue" and not isinstance(v, bool) or \
                kind == "intValue" and not (isinstance(v, str) and INT64.fullmatch(v)) or \
                kind == "doubleValue" and not isinstance(v, (int, float)):
            return [f"{kind}: {v!r}"]
        if kind in ("arrayValue", "kvlistValue"):
            if not isinstance(v, dict) or not isinstance(v.get("values"), list):
                return [f"{kind} has no values"]
            if kind == "kvlistValue":
                return key_value_errors(v["values"])
            return [e for item in v["values"] for e in any_value_errors(item)]
    return []


def key_value_errors(pairs):
    if not isinstance(pairs, list):
        return ["attributes: no array"]
    bad = []
    for pair in pairs:
        if not isinstance(pair, dict) or set(pair) != {"key", "value"} or \
                not is_text(pair["key"], 1000):
            bad.append(f"no key and value: {str(pair)[:80]}")
        else:
            bad += any_value_errors(pair["value"])
    keys = [p.get("key") for p in pairs if isinstance(p, dict)]
    return bad + ["a key twice"] * (len(set(keys)) < len(keys))


def record_errors(record):
    bad = unknown_keys(record, RECORD_KEYS)
    for k in ("timeUnixNano", "observedTimeUnixNano"):
        if k in record and not (isinstance(record[k], str) and INT64.fullmatch(record[k])):
            bad.append(f"{k}: want the digits as a text")
    if not is_int(record.get("severityNumber")) or not 1 <= record["severityNumber"] <= 24:
        bad.append("severityNumber")
    bad += any_value_errors(record.get("body"))
    return bad + key_value_errors(record.get("attributes"))


def otlp_errors(body):
    if not isinstance(body, dict) or set(body) != {"resourceLogs"} or \
            not isinstance(body["resourceLogs"], list):
        return ["want resourceLogs only"]
    bad = []
    for logs in body["resourceLogs"]:
        bad += unknown_keys(logs, {"resource", "scopeLogs", "schemaUrl"})
        attributes = logs.get("resource", {}).get("attributes")
        bad += key_value_errors(attributes)
        if "service.name" not in {a["key"] for a in attributes or []}:
            bad.append("service.name is required of a resource")
        for scope in logs.get("scopeLogs", []):
            bad += unknown_keys(scope, {"scope", "logRecords", "schemaUrl"})
            if not scope.get("logRecords"):
                bad.append("no records")
            bad += [e for r in scope.get("logRecords", []) for e in record_errors(r)]
    return bad
