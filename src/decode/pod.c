/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Per container, the number of instances whose death was counted: instance i is the one
 * that runs while the restart count is i. So a death seen while waiting is not counted
 * again when the restart follows.
 */
#include "decode/pod.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/time.h"

#define RESTARTS_MAX INT64_C(100000000)
#define LISTS        3

static const char *const status_lists_z[LISTS] = { "initContainerStatuses",
	"containerStatuses", "ephemeralContainerStatuses" };

bool
pod_is(const json_t *object)
{
	struct str kind = json_member_text(object, "kind");
	const json_t *status = json_member(object, "status");

	if (kind.len > 0)
		return str_eq(kind, STR("Pod"));
	return json_is_array(json_member(json_member(object, "spec"), "containers")) &&
	       json_member_text(status, "phase").len > 0;
}

static int64_t
time_of(const json_t *object, const char *key_z)
{
	struct str text = json_member_text(object, key_z);
	int64_t at_ns;

	return time_parse(&text, NULL, &at_ns) ? at_ns : TIME_NONE;
}

/* name without "-" and tail at its end. */
static struct str
without(struct str name, struct str tail)
{
	if (tail.len > 0 && name.len > tail.len + 1 && str_ends(name, tail) &&
		name.ptr[name.len - tail.len - 1] == '-')
		return str_sub(name, 0, name.len - tail.len - 1);
	return name;
}

static const json_t *
controller(const json_t *meta)
{
	const json_t *owners = json_member(meta, "ownerReferences");
	const json_t *any = NULL;

	for (size_t i = 0; json_is_array(owners) && i < json_array_size(owners); i++) {
		const json_t *o = json_array_get(owners, i);

		if (json_is_true(json_member(o, "controller")))
			return o;
		any = any == NULL ? o : any;
	}
	return any;
}

/* The workload: a ReplicaSet's Deployment, a Job's CronJob, else the owner itself. */
static struct str
workload(const json_t *meta, const struct pod *p)
{
	const json_t *owner = controller(meta);
	struct str kind = json_member_text(owner, "kind");
	struct str name = json_member_text(owner, "name");
	struct str hash =
		json_member_text(json_member(meta, "labels"), "pod-template-hash");
	struct str shorter = without(name, hash);

	if (owner == NULL)
		return (struct str){ 0 };
	if (str_eq(kind, STR("Node")))
		return without(p->name, name);
	if (str_eq(kind, STR("ReplicaSet")) && shorter.len < name.len)
		return shorter;
	if (str_eq(kind, STR("ReplicaSet")) || str_eq(kind, STR("Job")))
		return workload_of_pod(p->name);
	return name;
}

void
pod_read(const json_t *object, struct pod *out)
{
	const json_t *meta = json_member(object, "metadata");
	int64_t version;

	*out = (struct pod){ .uid = json_member_text(meta, "uid"),
		.name = json_member_text(meta, "name"),
		.namespace = json_member_text(meta, "namespace"),
		.node = json_member_text(json_member(object, "spec"), "nodeName"),
		.created_ns = time_of(meta, "creationTimestamp") };
	if (str_to_i64(json_member_text(meta, "resourceVersion"), 0, INT64_MAX, &version))
		out->version = (uint64_t)version;
	out->service = workload(meta, out);
}

/* tags.datadoghq.com/service, or that of one container. */
static struct str
service_label(const json_t *object, struct str container)
{
	const json_t *labels = json_member(json_member(object, "metadata"), "labels");
	struct str service = { 0 };
	struct buf key;

	buf_init(&key, 512);
	buf_add(&key, STR("tags.datadoghq.com/"));
	buf_add(&key, container);
	buf_add(&key, container.len > 0 ? STR(".service") : STR("service"));
	if (buf_z(&key) != NULL)
		service = json_member_text(labels, buf_z(&key));
	buf_fini(&key);
	return service;
}

static struct str
service_variable(const json_t *container)
{
	const json_t *env = json_member(container, "env");

	for (size_t i = 0; i < json_array_size(env); i++)
		if (str_eq(json_member_text(json_array_get(env, i), "name"),
			    STR("DD_SERVICE")))
			return json_member_text(json_array_get(env, i), "value");
	return (struct str){ 0 };
}

bool
pod_datadog(const json_t *object, size_t i, struct str *container, struct str *service)
{
	const json_t *c =
		json_array_get(json_member(json_member(object, "spec"), "containers"), i);

	if (c == NULL)
		return false;
	*container = json_member_text(c, "name");
	*service = service_label(object, *container);
	if (service->len == 0)
		*service = service_label(object, (struct str){ 0 });
	if (service->len == 0)
		*service = service_variable(c);
	if (service->len == 0)
		*service = workload_of_image(json_member_text(c, "image"));
	return true;
}

/* Borrowed members under the same names. */
static json_t *
pick(const json_t *from, const char *const *keys_z, size_t n)
{
	json_t *to = json_object();

	for (size_t i = 0; to != NULL && i < n; i++) {
		json_t *v = json_member(from, keys_z[i]);

		if (v != NULL)
			json_object_set(to, keys_z[i], v);
	}
	return to;
}

json_t *
pod_shorten(const json_t *object)
{
	static const char *const meta_z[] = { "uid", "name", "namespace",
		"resourceVersion", "creationTimestamp", "ownerReferences", "labels" };
	static const char *const spec_z[] = { "nodeName" };
	json_t *to = json_object();

	if (to == NULL)
		return NULL;
	json_object_set_new(to, "kind", json_string("Pod"));
	json_object_set_new(
		to, "metadata", pick(json_member(object, "metadata"), meta_z, 7));
	json_object_set_new(to, "spec", pick(json_member(object, "spec"), spec_z, 1));
	json_object_set_new(
		to, "status", pick(json_member(object, "status"), status_lists_z, LISTS));
	return to;
}

/* What one sighting says of one container. */
struct status {
	struct str name;
	uint32_t restarts;
	bool crash_loop;
	const json_t *last; /* lastState.terminated, or NULL */
	int64_t finished_ns;
	int64_t started_ns; /* of the running instance */
};

static bool
read_status(const json_t *v, struct status *out)
{
	const json_t *state = json_member(v, "state");
	struct str waiting = json_member_text(json_member(state, "waiting"), "reason");
	int64_t restarts = json_i64(json_member(v, "restartCount"), -1);

	*out = (struct status){ .name = json_member_text(v, "name") };
	if (restarts < 0 || restarts > RESTARTS_MAX || out->name.len == 0)
		return false;
	out->restarts = (uint32_t)restarts;
	out->crash_loop = str_eq(waiting, STR("CrashLoopBackOff"));
	out->last = json_member(json_member(v, "lastState"), "terminated");
	out->finished_ns = time_of(out->last, "finishedAt");
	out->started_ns = time_of(json_member(state, "running"), "startedAt");
	return true;
}

static struct pod_death
death(const struct status *st, uint32_t instance, int64_t at_ns)
{
	struct str reason = json_member_text(st->last, "reason");

	return (struct pod_death){ .container = st->name,
		.reason = reason.len > 0 ? reason : STR("Restarted"),
		.exit_code = json_i64(json_member(st->last, "exitCode"), -1),
		.at_ns = at_ns,
		.instance = instance,
		.restarts = instance + 1 };
}

/* The n-th of all deaths since a known moment: spread evenly, the last one at its time.
 */
static int64_t
spread(int64_t from_ns, int64_t to_ns, uint32_t nth, uint32_t all)
{
	if (from_ns < 0 || to_ns <= from_ns || nth == all)
		return to_ns;
	return from_ns + (to_ns - from_ns) / all * nth;
}

/* When the last one died, as far as anybody knows. */
static int64_t
last_death(const struct past_item *s, const struct status *st)
{
	if (st->finished_ns != TIME_NONE && st->finished_ns >= s->finished_ns)
		return st->finished_ns;
	return st->started_ns != TIME_NONE ? st->started_ns : s->known_ns;
}

static size_t
risen(const struct past_item *s, const struct status *st, struct pod_death *out,
	size_t max)
{
	uint32_t all = st->restarts > s->counted ? st->restarts - s->counted : 0;
	uint32_t first = all > max ? all - (uint32_t)max : 0;
	int64_t to_ns = last_death(s, st);
	size_t n = 0;

	for (uint32_t i = first; i < all; i++)
		out[n++] =
			death(st, s->counted + i, spread(s->known_ns, to_ns, i + 1, all));
	/* Only the last cause is known. */
	for (size_t i = 0; i + 1 < n; i++)
		out[i].exit_code = out[n - 1].exit_code;
	return n;
}

static size_t
compare(struct past_item *s, const struct status *st, struct pod_death *out, size_t max)
{
	size_t n = 0;

	if (st->restarts < s->count) {
		s->counted = st->restarts;
	} else if (st->restarts > s->count) {
		n = risen(s, st, out, max);
		if (s->counted < st->restarts)
			s->counted = st->restarts;
	} else if (st->crash_loop && st->finished_ns != TIME_NONE &&
		   st->finished_ns > s->finished_ns && s->counted <= st->restarts &&
		   max > 0) {
		out[n] = death(st, st->restarts, st->finished_ns);
		out[n].waiting = true;
		out[n++].restarts = st->restarts;
		s->counted = st->restarts + 1;
	}
	return n;
}

static struct str
container_key(struct buf *b, const struct pod *p, struct str name)
{
	buf_reset(b);
	buf_add(b, p->uid.len > 0 ? p->uid : p->name);
	buf_add_char(b, '\0');
	buf_add(b, name);
	return buf_str(b);
}

static size_t
container_deaths(struct past *all, struct buf *scratch, const struct pod *p,
	const json_t *v, struct pod_death *out, size_t max)
{
	struct past_item s;
	struct status st;
	struct str key;
	size_t n = 0;

	if (!read_status(v, &st))
		return 0;
	key = container_key(scratch, p, st.name);
	if (!past_get(all, PAST_CONTAINER, key, &s))
		s = (struct past_item){ .counted = st.restarts,
			.finished_ns = TIME_NONE,
			.known_ns = p->created_ns };
	else if (p->version < s.version)
		return 0;
	else
		n = compare(&s, &st, out, max);
	s.version = p->version;
	s.count = st.restarts;
	s.finished_ns = time_later(s.finished_ns, st.finished_ns);
	s.known_ns = time_later(s.known_ns, time_later(st.finished_ns, st.started_ns));
	(void)past_put(all, PAST_CONTAINER, key, &s); /* no memory: history again */
	return n;
}

size_t
pod_deaths(struct past *past, struct buf *scratch, const json_t *object,
	struct pod_death *out, size_t max)
{
	const json_t *status = json_member(object, "status");
	struct pod p;
	size_t n = 0;

	pod_read(object, &p);
	for (unsigned i = 0; i < LISTS; i++) {
		const json_t *list = json_member(status, status_lists_z[i]);

		for (size_t k = 0; json_is_array(list) && k < json_array_size(list); k++)
			n += container_deaths(past, scratch, &p, json_array_get(list, k),
				out + n, max - n);
	}
	return n;
}

void
pod_labels(const struct pod *p, struct str label[LABEL_COUNT])
{
	memset(label, 0, LABEL_COUNT * sizeof(label[0]));
	label[LABEL_NAMESPACE] = p->namespace;
	label[LABEL_POD] = p->name;
	label[LABEL_NODE] = p->node;
	label[LABEL_UID] = p->uid;
	label[LABEL_SERVICE] = p->service;
}

static struct str
number(struct arena *a, int64_t v)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%" PRId64, v);

	return arena_copy(a, (struct str){ text, n > 0 ? (size_t)n : 0 });
}

static struct str
sentence(const struct pod_death *d, const struct pod *p, struct arena *a)
{
	struct buf b;
	struct str s;

	buf_init(&b, 4096);
	buf_printf(&b, "Container %.*s of pod %.*s ", STR_ARG(d->container),
		STR_ARG(p->name));
	buf_printf(&b, d->waiting ? "died: %.*s" : "restarted: %.*s", STR_ARG(d->reason));
	if (d->exit_code >= 0)
		buf_printf(&b, ", exit code %" PRId64, d->exit_code);
	buf_printf(&b, ", restarts %" PRIu32, d->restarts);
	s = arena_copy(a, buf_str(&b));
	buf_fini(&b);
	return s;
}

void
pod_to_record(
	const struct pod_death *d, const struct pod *p, struct arena *a, struct record *r)
{
	r->category = RECORD_POD;
	r->at_ns = d->at_ns;
	r->quality = TIME_WRITTEN;
	r->label[LABEL_CONTAINER] = arena_copy(a, d->container);
	r->label[LABEL_INSTANCE] = number(a, d->instance);
	r->message = sentence(d, p, a);
	r->field[r->n_fields++] =
		(struct field){ STR("reason"), arena_copy(a, d->reason) };
	r->field[r->n_fields++] = (struct field){ STR("state"),
		d->waiting ? STR("waiting") : STR("restarted") };
	r->field[r->n_fields++] =
		(struct field){ STR("restarts"), number(a, d->restarts) };
	if (d->exit_code >= 0)
		r->field[r->n_fields++] =
			(struct field){ STR("exit_code"), number(a, d->exit_code) };
}
