/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sightings of events and pods are compared one with the next; a sighting is dropped when
 * its records are taken.
 */
#include "decode/objects.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/time.h"
#include "decode/documents.h"
#include "decode/event.h"
#include "decode/pod.h"
#include "decode/sighting.h"

#define OBJECT_BYTES  ((size_t)16 << 20)
#define NAME_BYTES    128
#define KEY_BYTES     ((size_t)1 << 20)
#define SCRATCH_BYTES ((size_t)64 << 10)
#define DUE_MIN       ((size_t)64)

/* A record to come. Its source is found at once: what is said later does not label it. */
struct due {
	struct sighting *sighting;
	const struct source *source;
	int64_t at_ns;
	uint32_t ordinal;       /* among those of the sighting */
	uint32_t count;         /* EVENT: occurrences */
	struct pod_death death; /* POD: its texts are below */
	char container[NAME_BYTES], reason[NAME_BYTES];
};

struct objects {
	struct source_table *sources; /* borrowed */
	struct past *past;            /* borrowed */
	bool live;
	struct documents documents;
	struct sightings sightings;
	struct buf key; /* for past */
	struct due *due;
	size_t n_due, cap_due, next_due;
	struct pod_death deaths[POD_DEATHS_MAX];
	struct arena *scratch;
	struct record record;
	const struct source *source; /* held for the record */
	struct objects_counts counts;
};

struct objects *
objects_new(
	struct source_table *sources, struct past *past, size_t max_sightings, bool live)
{
	struct objects *o = calloc(1, sizeof(*o));
	bool good;

	if (o == NULL)
		return NULL;
	o->sources = sources;
	o->past = past;
	o->live = live;
	documents_init(&o->documents, OBJECT_BYTES);
	buf_init(&o->key, KEY_BYTES);
	good = sightings_init(&o->sightings, max_sightings);
	o->scratch = arena_new("objects", SCRATCH_BYTES);
	record_reset(&o->record);
	if (!good || o->scratch == NULL)
		objects_free(&o);
	return o;
}

static void
end_record(struct objects *o)
{
	record_reset(&o->record);
	if (o->source != NULL)
		source_table_drop(o->sources, o->source);
	o->source = NULL;
}

void
objects_free(struct objects **po)
{
	struct objects *o = *po;

	*po = NULL;
	if (o == NULL)
		return;
	end_record(o);
	for (; o->next_due < o->n_due; o->next_due++) {
		source_table_drop(o->sources, o->due[o->next_due].source);
		sightings_drop(&o->sightings, o->due[o->next_due].sighting);
	}
	sightings_fini(&o->sightings);
	documents_fini(&o->documents);
	buf_fini(&o->key);
	arena_free(&o->scratch);
	free(o->due);
	free(o);
}

/* NULL: counted why. */
static struct sighting *
make_sighting(struct objects *o, struct str uid, const json_t *object)
{
	struct sighting *s;
	int err = sightings_make(&o->sightings, uid, object, &s);

	if (err == 0)
		return s;
	if (err == -EINVAL)
		o->counts.bad++;
	else
		o->counts.full++;
	return NULL;
}

/* One source per kind of object, namespace and pod: the same in whatever file it stood.
 */
static const struct source *
source_of(struct objects *o, struct str name, const struct str label[LABEL_COUNT])
{
	struct str own[LABEL_COUNT] = { 0 };

	own[LABEL_NAMESPACE] = label[LABEL_NAMESPACE];
	own[LABEL_POD] = label[LABEL_POD];
	if (label[LABEL_POD].len == 0) {
		own[LABEL_SERVICE] = label[LABEL_SERVICE];
		if (label[LABEL_SERVICE].len == 0)
			own[LABEL_NODE] = label[LABEL_NODE];
	}
	return source_table_get(o->sources, name, own);
}

/* For one more record to come. */
static bool
has_room(struct objects *o)
{
	size_t cap = o->cap_due > 0 ? o->cap_due * 2 : DUE_MIN;
	struct due *p;

	if (o->n_due < o->cap_due)
		return true;
	p = realloc(o->due, cap * sizeof(*p));
	if (p == NULL)
		return false;
	o->due = p;
	o->cap_due = cap;
	return true;
}

/* source NULL: the table of sources is full. Held for the record to come. */
static struct due *
add_due(struct objects *o, struct sighting *s, const struct source *source,
	uint32_t ordinal, int64_t at_ns)
{
	struct due *d;

	if (source == NULL || o->n_due >= o->sightings.max + POD_DEATHS_MAX ||
		!has_room(o)) {
		o->counts.full++;
		return NULL;
	}
	d = &o->due[o->n_due++];
	*d = (struct due){
		.sighting = s, .source = source, .at_ns = at_ns, .ordinal = ordinal
	};
	s->refs++;
	source_table_hold(o->sources, source);
	return d;
}

static void
process_event(struct objects *o, struct sighting *s, const json_t *object)
{
	struct str label[LABEL_COUNT];
	const struct source *source;
	struct event e;
	struct due *d;
	uint32_t n;

	event_read(object, &e);
	n = event_occurrences(o->past, &o->key, &e);
	if (n == 0)
		return;
	if (e.last_ns == TIME_NONE) {
		o->counts.bad++;
		return;
	}
	event_labels(&e, label);
	source = source_of(o, STR("events"), label);
	d = add_due(o, s, source, 0, e.last_ns);
	if (d != NULL)
		d->count = n;
	if (source != NULL)
		source_table_drop(o->sources, source);
}

static void
keep_text(char *to, struct str s)
{
	s = str_sub(s, 0, NAME_BYTES - 1);
	if (s.len > 0)
		memcpy(to, s.ptr, s.len);
	to[s.len] = '\0';
}

/* The first n of o->deaths. */
static void
add_deaths(struct objects *o, struct sighting *s, const struct source *source, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct due *d;

		if (o->deaths[i].at_ns == TIME_NONE) {
			o->counts.bad++;
			continue;
		}
		d = add_due(o, s, source, (uint32_t)i, o->deaths[i].at_ns);
		if (d == NULL)
			return;
		d->death = o->deaths[i];
		keep_text(d->container, d->death.container);
		keep_text(d->reason, d->death.reason);
		d->death.container = d->death.reason = (struct str){ 0 };
	}
}

static void
process_pod(struct objects *o, struct sighting *s, const json_t *object)
{
	struct str label[LABEL_COUNT];
	const struct source *source;
	struct pod p;
	size_t n = pod_deaths(o->past, &o->key, object, o->deaths, POD_DEATHS_MAX);

	if (n == 0)
		return;
	pod_read(object, &p);
	pod_labels(&p, label);
	source = source_of(o, STR("pods"), label);
	add_deaths(o, s, source, n);
	if (source != NULL)
		source_table_drop(o->sources, source);
}

static void
process(struct objects *o, struct sighting *s, const json_t *object)
{
	if (s->is_event)
		process_event(o, s, object);
	else
		process_pod(o, s, object);
}

/* Later if not live: first all of them are gathered. Takes s. */
static void
take_sighting(struct objects *o, struct sighting *s, const json_t *object)
{
	if (o->live)
		process(o, s, object);
	else if (sightings_keep(&o->sightings, s))
		return;
	else
		o->counts.full++;
	sightings_drop(&o->sightings, s);
}

/* The same object again. A live watch tells news only. */
static bool
was_seen(struct objects *o, struct str uid, uint64_t version, uint32_t count)
{
	return !o->live && sightings_has(&o->sightings, uid, version, count);
}

static void
take_event(struct objects *o, json_t *object)
{
	struct sighting *s;
	struct event e;

	o->counts.events++;
	event_read(object, &e);
	if (str_eq(e.kind, STR("Pod")) && e.name.len > 0)
		source_table_set_workload(
			o->sources, e.namespace, e.name, (struct str){ 0 });
	if (was_seen(o, e.uid, e.version, e.count))
		return;
	(void)json_object_del(json_member(object, "metadata"), "managedFields");
	s = make_sighting(o, e.uid, object);
	if (s == NULL)
		return;
	s->is_event = true;
	s->version = e.version;
	s->at_ns = e.last_ns;
	s->count = e.count;
	take_sighting(o, s, object);
}

static void
take_pod(struct objects *o, const json_t *object)
{
	struct str container, service;
	struct sighting *s;
	json_t *less;
	struct pod p;

	o->counts.pods++;
	pod_read(object, &p);
	if (p.name.len == 0)
		return;
	source_table_set_workload(o->sources, p.namespace, p.name, p.service);
	for (size_t i = 0; pod_datadog(object, i, &container, &service); i++)
		source_table_set_datadog(
			o->sources, p.namespace, p.name, container, service);
	if (was_seen(o, p.uid, p.version, 0))
		return;
	less = pod_shorten(object);
	if (less == NULL)
		return;
	s = make_sighting(o, p.uid, less);
	if (s != NULL) {
		s->version = p.version;
		s->at_ns = TIME_NONE;
		take_sighting(o, s, less);
	}
	json_decref(less);
}

/* An object, or a watch line around one. */
static void
take_object(struct objects *o, json_t *root)
{
	struct str type = json_member_text(root, "type");
	json_t *object = json_member(root, "object");

	if (!json_is_object(object) || type.len == 0)
		object = root;
	else if (str_eq(type, STR("BOOKMARK")) || str_eq(type, STR("ERROR")))
		object = NULL;
	if (object == NULL)
		o->counts.other++;
	else if (pod_is(object))
		take_pod(o, object);
	else if (!event_is(object))
		o->counts.other++;
	else if (object != root && str_eq(type, STR("DELETED")))
		o->counts.events++;
	else
		take_event(o, object);
}

void
objects_feed(struct objects *o, struct str name, struct str bytes)
{
	struct str text;

	(void)name;
	while (documents_next(&o->documents, &bytes, &text)) {
		json_t *root;
		size_t used;

		o->counts.documents++;
		if (json_read(text, &root, &used) != JSON_OK) {
			o->counts.bad++;
			continue;
		}
		if (json_is_object(root))
			take_object(o, root);
		else
			o->counts.bad++;
		json_decref(root);
	}
	o->counts.bad += o->documents.bad;
	o->documents.bad = 0;
}

void
objects_end(struct objects *o)
{
	documents_end(&o->documents);
	o->counts.bad += o->documents.bad;
	o->documents.bad = 0;
}

static int
cmp_due(const void *pa, const void *pb)
{
	const struct due *a = pa, *b = pb;
	int c = (a->at_ns > b->at_ns) - (a->at_ns < b->at_ns);

	if (c == 0)
		c = (a->sighting->version > b->sighting->version) -
		    (a->sighting->version < b->sighting->version);
	if (c == 0)
		c = sighting_cmp_texts(a->sighting, b->sighting);
	return c != 0 ? c : (a->ordinal > b->ordinal) - (a->ordinal < b->ordinal);
}

void
objects_settle(struct objects *o)
{
	struct sightings *l = &o->sightings;

	assert(!o->live);
	sightings_sort(l);
	for (size_t i = 0; i < l->n; i++) {
		struct sighting *s = l->all[i];
		json_t *object;
		size_t used;

		if (json_read(sighting_text(s), &object, &used) == JSON_OK) {
			process(o, s, object);
			json_decref(object);
		}
		sightings_drop(l, s);
	}
	l->n = 0;
	if (o->n_due > o->next_due)
		qsort(o->due + o->next_due, o->n_due - o->next_due, sizeof(o->due[0]),
			cmp_due);
}

static void
set_place(struct objects *o, struct record *r, const struct due *d)
{
	r->source = d->source;
	r->label[LABEL_NAMESPACE] = r->source->label[LABEL_NAMESPACE];
	r->label[LABEL_SERVICE] = r->source->label[LABEL_SERVICE];
	r->place.offset = d->sighting->version;
	r->place.ordinal = d->ordinal;
	if (r->place.offset == 0)
		r->place.ordinal = past_next_serial(o->past);
}

static void
event_record(struct objects *o, const struct due *d)
{
	struct record *r = &o->record;
	struct event e;

	event_read(r->body, &e);
	event_labels(&e, r->label);
	event_to_record(&e, r);
	r->count = d->count;
	set_place(o, r, d);
}

static void
pod_record(struct objects *o, const struct due *d)
{
	struct record *r = &o->record;
	struct pod_death death = d->death;
	struct pod p;

	pod_read(r->body, &p);
	pod_labels(&p, r->label);
	death.container = str_z(d->container);
	death.reason = str_z(d->reason);
	pod_to_record(&death, &p, o->scratch, r);
	set_place(o, r, d);
}

struct record *
objects_next(struct objects *o)
{
	bool good = false;

	while (!good && o->next_due < o->n_due) {
		const struct due *d = &o->due[o->next_due++];
		struct str text = sighting_text(d->sighting);
		size_t used;

		end_record(o);
		o->source = d->source;
		arena_reset(o->scratch);
		good = json_read(text, &o->record.body, &used) == JSON_OK;
		if (good && d->sighting->is_event)
			event_record(o, d);
		else if (good)
			pod_record(o, d);
		sightings_drop(&o->sightings, d->sighting);
	}
	if (o->next_due == o->n_due)
		o->next_due = o->n_due = 0;
	if (!good)
		end_record(o);
	return good ? &o->record : NULL;
}

uint64_t
objects_needs(const struct objects *o)
{
	return documents_open_at(&o->documents);
}

bool
objects_save(const struct objects *o, struct documents *out)
{
	return documents_copy(out, &o->documents);
}

bool
objects_take(struct objects *o, const struct documents *open)
{
	bool good = documents_copy(&o->documents, open);

	documents_begin_at(&o->documents);
	return good;
}

const struct objects_counts *
objects_counts(const struct objects *o)
{
	return &o->counts;
}
