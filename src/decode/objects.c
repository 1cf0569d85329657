/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sightings of events and pods, put in the order in which the API server wrote them, then
 * compared one with the next. What is kept of a sighting is its text: bounded in number
 * and in bytes, freed when its records are taken.
 */
#include "decode/objects.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/map.h"
#include "base/time.h"
#include "decode/documents.h"
#include "decode/event.h"
#include "decode/pod.h"

#define OBJECT_BYTES       ((size_t)16 << 20)
#define TEXT_BYTES         ((size_t)256 << 10)
#define BYTES_PER_SIGHTING ((size_t)4 << 10)
#define NAME_BYTES         128
#define KEY_BYTES          ((size_t)1 << 20)
#define SCRATCH_BYTES      ((size_t)64 << 10)

struct sighting {
	bool is_event;
	unsigned refs; /* records that need its text, and its maker */
	uint64_t version;
	int64_t at_ns; /* last time of an event, else TIME_NONE */
	uint32_t count;
	size_t uid_len, text_len;
	char data[]; /* uid, then the object's JSON */
};

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
	size_t max;
	struct documents documents;
	struct sighting **sightings;
	size_t n, cap, bytes;
	struct map *seen; /* uid, version, count */
	struct buf key;
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

	if (o == NULL)
		return NULL;
	o->sources = sources;
	o->past = past;
	o->live = live;
	o->max = max_sightings;
	documents_init(&o->documents, OBJECT_BYTES);
	buf_init(&o->key, KEY_BYTES);
	o->seen = map_new(max_sightings);
	o->scratch = arena_new("objects", SCRATCH_BYTES);
	record_reset(&o->record);
	if (o->seen == NULL || o->scratch == NULL)
		objects_free(&o);
	return o;
}

static void
release(struct objects *o, struct sighting *s)
{
	assert(s->refs > 0);
	if (--s->refs > 0)
		return;
	o->bytes -= s->text_len;
	free(s);
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
		release(o, o->due[o->next_due].sighting);
	}
	for (size_t i = 0; i < o->n; i++)
		release(o, o->sightings[i]);
	documents_fini(&o->documents);
	buf_fini(&o->key);
	if (o->seen != NULL)
		map_free(&o->seen);
	arena_free(&o->scratch);
	free(o->sightings);
	free(o->due);
	free(o);
}

static struct str
sighting_text(const struct sighting *s)
{
	return (struct str){ s->data + s->uid_len, s->text_len };
}

/* NULL: too many or too much, counted. */
static struct sighting *
make_sighting(struct objects *o, struct str uid, const json_t *object)
{
	size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
	size_t need = json_dumpb(object, NULL, 0, flags);
	struct sighting *s = NULL;

	if (need > 0 && need <= TEXT_BYTES && uid.len <= NAME_BYTES && o->n < o->max &&
		o->bytes + need <= o->max * BYTES_PER_SIGHTING + TEXT_BYTES)
		s = malloc(sizeof(*s) + uid.len + need);
	if (s == NULL) {
		o->counts.full++;
		return NULL;
	}
	*s = (struct sighting){ .refs = 1, .uid_len = uid.len, .text_len = need };
	if (uid.len > 0)
		memcpy(s->data, uid.ptr, uid.len);
	if (json_dumpb(object, s->data + uid.len, need, flags) != need) {
		free(s);
		o->counts.bad++;
		return NULL;
	}
	o->bytes += need;
	return s;
}

static bool
grow(void **list, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap ? *cap * 2 : 64;
	void *p;

	if (n < *cap)
		return true;
	p = realloc(*list, more * size);
	if (p == NULL)
		return false;
	*list = p;
	*cap = more;
	return true;
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

/* source NULL: the table of sources is full. Held for the record to come. */
static struct due *
add_due(struct objects *o, struct sighting *s, const struct source *source,
	uint32_t ordinal, int64_t at_ns)
{
	void *list = o->due;
	struct due *d;

	if (source == NULL || o->n_due >= o->max + POD_DEATHS_MAX ||
		!grow(&list, o->n_due, &o->cap_due, sizeof(*o->due))) {
		o->counts.full++;
		return NULL;
	}
	o->due = list;
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
	void *list = o->sightings;

	if (o->live) {
		process(o, s, object);
		release(o, s);
		return;
	}
	if (!grow(&list, o->n, &o->cap, sizeof(struct sighting *))) {
		o->counts.full++;
		release(o, s);
		return;
	}
	o->sightings = list;
	o->sightings[o->n++] = s;
}

/* The same object again, from another list or file. */
static bool
was_seen(struct objects *o, struct str uid, uint64_t version, uint32_t count)
{
	bool fresh = true;

	if (o->live || uid.len == 0 || version == 0)
		return false;
	buf_reset(&o->key);
	buf_add_varint(&o->key, version);
	buf_add_varint(&o->key, count);
	buf_add(&o->key, uid);
	return map_put(o->seen, buf_str(&o->key), &fresh) != NULL && !fresh;
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
cmp_texts(const struct sighting *a, const struct sighting *b)
{
	struct str x = { a->data, a->uid_len }, y = { b->data, b->uid_len };
	int c = str_cmp(x, y);

	if (c == 0)
		c = (a->count > b->count) - (a->count < b->count);
	return c != 0 ? c : str_cmp(sighting_text(a), sighting_text(b));
}

/* The server's versions grow over all objects; without them, time. */
static int
cmp_sightings(const void *pa, const void *pb)
{
	const struct sighting *const *a = pa, *const *b = pb;
	int c = ((*a)->version > (*b)->version) - ((*a)->version < (*b)->version);

	if (c == 0)
		c = ((*a)->at_ns > (*b)->at_ns) - ((*a)->at_ns < (*b)->at_ns);
	return c != 0 ? c : cmp_texts(*a, *b);
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
		c = cmp_texts(a->sighting, b->sighting);
	return c != 0 ? c : (a->ordinal > b->ordinal) - (a->ordinal < b->ordinal);
}

void
objects_settle(struct objects *o)
{
	assert(!o->live);
	if (o->n > 0)
		qsort(o->sightings, o->n, sizeof(o->sightings[0]), cmp_sightings);
	for (size_t i = 0; i < o->n; i++) {
		struct sighting *s = o->sightings[i];
		json_t *object;
		size_t used;

		if (json_read(sighting_text(s), &object, &used) == JSON_OK) {
			process(o, s, object);
			json_decref(object);
		}
		release(o, s);
	}
	o->n = 0;
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
		release(o, d->sighting);
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
