/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Occurrences, not objects and not updates: the sender raises a count, expires, and may
 * come back as a new object with the old total.
 */
#include "decode/event.h"

#include <string.h>

#include "base/json.h"
#include "base/time.h"

#define AGGREGATED STR("(combined from similar events): ")
#define COUNT_MAX  INT64_C(1000000000)

bool
event_is(const json_t *object)
{
	struct str kind = json_member_text(object, "kind");

	if (kind.len > 0)
		return str_eq(kind, STR("Event"));
	return json_is_object(json_member(object, "involvedObject")) ||
	       json_is_object(json_member(object, "regarding"));
}

static struct str
either(const json_t *object, const char *first_z, const char *second_z)
{
	struct str s = json_member_text(object, first_z);

	return s.len > 0 ? s : json_member_text(object, second_z);
}

static int64_t
time_of(struct str text)
{
	int64_t at_ns;

	return time_parse(&text, NULL, &at_ns) ? at_ns : TIME_NONE;
}

static int64_t
first_known(const struct str *texts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int64_t at_ns = time_of(texts[i]);

		if (at_ns != TIME_NONE)
			return at_ns;
	}
	return TIME_NONE;
}

static void
read_times(const json_t *object, struct event *e)
{
	const json_t *series = json_member(object, "series");
	struct str created =
		json_member_text(json_member(object, "metadata"), "creationTimestamp");
	struct str event = json_member_text(object, "eventTime");
	struct str first = either(object, "firstTimestamp", "deprecatedFirstTimestamp");
	struct str last = either(object, "lastTimestamp", "deprecatedLastTimestamp");
	struct str observed = json_member_text(series, "lastObservedTime");
	int64_t count = json_i64(json_member(series, "count"), 0);

	if (count <= 0)
		count = json_i64(json_member(object, "count"), 0);
	if (count <= 0)
		count = json_i64(json_member(object, "deprecatedCount"), 0);
	e->count = (uint32_t)(count < 1 ? 1 : count > COUNT_MAX ? COUNT_MAX : count);
	e->first_time = first.len > 0 ? first : event;
	e->first_ns = first_known((struct str[]){ event, first, created }, 3);
	e->last_ns = first_known((struct str[]){ observed, last, event, created }, 4);
}

/* X of spec.containers{X}, spec.initContainers{X}, ... */
static struct str
container_of(struct str path)
{
	struct str rest = path;

	(void)str_cut(&rest, '{');
	return str_cut(&rest, '}');
}

void
event_read(const json_t *object, struct event *out)
{
	const json_t *meta = json_member(object, "metadata");
	const json_t *about = json_member(object, "involvedObject");
	const json_t *from = json_member(object, "source");
	int64_t version = 0;

	if (!json_is_object(about))
		about = json_member(object, "regarding");
	if (!json_is_object(from))
		from = json_member(object, "deprecatedSource");
	*out = (struct event){ .uid = json_member_text(meta, "uid") };
	if (str_to_i64(json_member_text(meta, "resourceVersion"), 0, INT64_MAX, &version))
		out->version = (uint64_t)version;
	out->reason = json_member_text(object, "reason");
	out->type = json_member_text(object, "type");
	out->message = either(object, "message", "note");
	out->kind = json_member_text(about, "kind");
	out->name = json_member_text(about, "name");
	out->namespace = json_member_text(about, "namespace");
	if (out->namespace.len == 0)
		out->namespace = json_member_text(meta, "namespace");
	out->object_uid = json_member_text(about, "uid");
	out->field_path = json_member_text(about, "fieldPath");
	out->container = container_of(out->field_path);
	out->component = json_member_text(from, "component");
	if (out->component.len == 0)
		out->component =
			either(object, "reportingComponent", "reportingController");
	out->host = json_member_text(from, "host");
	if (out->host.len == 0 && str_eq(out->component, STR("kubelet")))
		out->host = json_member_text(object, "reportingInstance");
	out->aggregated = str_starts(out->message, AGGREGATED);
	read_times(object, out);
}

/* The workload that made a ReplicaSet or a Job: with a suffix its name is like a pod's.
 */
static struct str
owner_service(struct str name)
{
	static const char suffix[] = "-bcdfg";
	char pod[256];
	struct str guess;

	if (name.len == 0 || name.len + sizeof(suffix) > sizeof(pod))
		return name;
	memcpy(pod, name.ptr, name.len);
	memcpy(pod + name.len, suffix, sizeof(suffix) - 1);
	guess = workload_of_pod((struct str){ pod, name.len + sizeof(suffix) - 1 });
	return str_sub(name, 0, guess.len);
}

void
event_labels(const struct event *e, struct str label[LABEL_COUNT])
{
	memset(label, 0, LABEL_COUNT * sizeof(label[0]));
	label[LABEL_NAMESPACE] = e->namespace;
	label[LABEL_NODE] = e->host;
	label[LABEL_CONTAINER] = e->container;
	if (str_eq(e->kind, STR("Pod"))) {
		label[LABEL_POD] = e->name;
		label[LABEL_UID] = e->object_uid;
	} else if (str_eq(e->kind, STR("Node"))) {
		label[LABEL_NODE] = e->name;
	} else if (str_eq(e->kind, STR("ReplicaSet")) || str_eq(e->kind, STR("Job"))) {
		label[LABEL_SERVICE] = owner_service(e->name);
	} else {
		label[LABEL_SERVICE] = e->name;
	}
}

static void
put_field(struct record *r, struct str name, struct str value)
{
	if (value.len > 0 && r->n_fields < RECORD_FIELDS)
		r->field[r->n_fields++] = (struct field){ name, value };
}

void
event_to_record(const struct event *e, struct record *r)
{
	r->category = RECORD_EVENT;
	r->at_ns = e->last_ns;
	r->quality = TIME_WRITTEN;
	r->message = e->message;
	put_field(r, STR("reason"), e->reason);
	put_field(r, STR("type"), e->type);
	put_field(r, STR("kind"), e->kind);
	put_field(r, STR("name"), e->name);
	put_field(r, STR("component"), e->component);
}

static void
add_part(struct buf *b, struct str s)
{
	buf_add_varint(b, s.len);
	buf_add(b, s);
}

/* The same thing, whatever object tells of it. */
static struct str
thing_key(struct buf *b, const struct event *e)
{
	buf_reset(b);
	add_part(b, e->kind);
	add_part(b, e->object_uid.len > 0 ? e->object_uid : e->name);
	add_part(b, e->field_path);
	add_part(b, e->type);
	add_part(b, e->reason);
	add_part(b, e->component);
	add_part(b, e->host);
	add_part(b, e->first_time);
	if (!e->aggregated)
		add_part(b, e->message);
	return buf_str(b);
}

/* seen: of this object; thing: of all objects for the same thing; NULL: never. */
static uint32_t
difference(const struct event *e, const struct past_item *seen,
	const struct past_item *thing)
{
	if (seen != NULL && e->version < seen->version)
		return 0;
	if (seen != NULL)
		return e->count < seen->count ? e->count : e->count - seen->count;
	if (e->count == 1 || thing == NULL)
		return e->count;
	return e->count > thing->count ? e->count - thing->count : 0;
}

uint32_t
event_occurrences(struct past *p, struct buf *scratch, const struct event *e)
{
	struct str key = thing_key(scratch, e);
	struct str uid = e->uid.len > 0 ? e->uid : key;
	struct past_item seen, thing;
	bool was_seen = past_get(p, PAST_EVENT, uid, &seen);
	bool has_thing = past_get(p, PAST_THING, key, &thing);
	uint32_t n = difference(e, was_seen ? &seen : NULL, has_thing ? &thing : NULL);

	if (was_seen && e->version < seen.version)
		return n;
	seen.count = thing.count = e->count;
	seen.version = e->version;
	(void)past_put(p, PAST_EVENT, uid, &seen); /* no memory: it is counted again */
	(void)past_put(p, PAST_THING, key, &thing);
	return n;
}
