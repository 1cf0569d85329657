/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One list in the order of rows, looked through from the front: it has some thousand
 * letters at most, and most of them may go at once.
 */
#include "output/waiting.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/map.h"
#include "base/time.h"

#define WINDOW     ((size_t)1000)
#define HELD_MAX   ((size_t)4000) /* held back; they take no room from others */
#define BYTES_MAX  ((size_t)16 << 20)
#define GROUPS_MAX ((size_t)100000)
#define TOLD_MAX   ((size_t)100000)
#define AWAY_MAX   ((size_t)100000)

struct group {
	size_t open, waiting;
	int64_t due_ns;  /* of those that wait; INT64_MAX: of none */
	int64_t told_ns; /* TIME_NONE: never */
};

struct waiting {
	const struct output_settings *conf;
	struct letters list, ended;
	size_t bytes;
	size_t held;        /* updates whose time has not come, as of the last look */
	struct map *groups; /* hash -> struct group, owned */
	struct map *told;   /* incident id -> monotonic time */
	struct map *away;   /* id or group -> letters that were taken and go on */
};

struct waiting *
waiting_new(const struct output_settings *conf)
{
	struct waiting *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->conf = conf;
	letters_init(&w->list);
	letters_init(&w->ended);
	w->groups = map_new(GROUPS_MAX);
	w->told = map_new(TOLD_MAX);
	w->away = map_new(AWAY_MAX);
	if (w->groups == NULL || w->told == NULL || w->away == NULL)
		waiting_free(&w);
	return w;
}

void
waiting_free(struct waiting **pw)
{
	struct waiting *w = *pw;
	size_t pos = 0;
	void *g;

	*pw = NULL;
	if (w == NULL)
		return;
	while (w->groups != NULL && map_next(w->groups, &pos, NULL, &g))
		free(g);
	if (w->groups != NULL)
		map_free(&w->groups);
	if (w->told != NULL)
		map_free(&w->told);
	if (w->away != NULL)
		map_free(&w->away);
	letters_fini(&w->list);
	letters_fini(&w->ended);
	free(w);
}

static struct str
key_of(const uint64_t *group)
{
	return (struct str){ (const char *)group, sizeof(*group) };
}

static struct group *
group_get(const struct waiting *w, uint64_t group)
{
	void **slot = group != 0 ? map_get(w->groups, key_of(&group)) : NULL;

	return slot != NULL ? *slot : NULL;
}

/* NULL: no room for one more; its members go alone. */
static struct group *
group_make(struct waiting *w, uint64_t group)
{
	bool fresh;
	void **slot = map_put(w->groups, key_of(&group), &fresh);
	struct group *g;

	if (slot == NULL)
		return NULL;
	if (!fresh)
		return *slot;
	g = calloc(1, sizeof(*g));
	if (g == NULL) {
		(void)map_del(w->groups, key_of(&group));
		return NULL;
	}
	g->due_ns = INT64_MAX;
	g->told_ns = TIME_NONE;
	*slot = g;
	return g;
}

/* Never 0. What it is grouped by is in the finding itself or in its key. */
static uint64_t
group_of(const struct output_settings *conf, const json_t *finding)
{
	uint64_t h = hash_stable(conf->name);

	for (size_t i = 0; i < conf->group_by.n; i++) {
		struct str name = conf->group_by.items[i];
		bool own = str_eq(name, STR("rule")) || str_eq(name, STR("level"));
		const json_t *in = own ? finding : json_member(finding, "key");

		h = hash_mix(h, hash_stable(name));
		h = hash_mix(h, hash_stable(json_text(json_at(in, name))));
	}
	return h != 0 ? h : 1;
}

static uint64_t
group_of_letter(const struct waiting *w, const struct letter *l)
{
	json_t *finding = NULL;
	uint64_t h = 0;
	size_t used;

	if (w->conf->group_by.n == 0)
		return 0;
	if (json_read(l->body, &finding, &used) == JSON_OK)
		h = group_of(w->conf, finding);
	json_decref(finding);
	return h;
}

static void
end(struct waiting *w, struct letter *l, enum letter_fate fate)
{
	l->fate = fate;
	letters_add(&w->ended, l);
}

/* The letter at *at leaves the list. */
static struct letter *
remove_at(struct waiting *w, struct letter **at)
{
	struct letter *l = *at;
	struct group *g = group_get(w, l->group);

	*at = l->next;
	if (l->next == NULL)
		w->list.end = at;
	w->list.n--;
	w->bytes -= l->body.len;
	if (g != NULL && --g->waiting == 0)
		g->due_ns = INT64_MAX;
	l->next = NULL;
	return l;
}

/* What l says makes an update that still waits superfluous. */
static void
fold(struct waiting *w, const struct letter *l)
{
	struct letter **at = &w->list.first;

	if (l->kind == FINDING_OPENED)
		return;
	while (*at != NULL) {
		if ((*at)->kind == FINDING_UPDATED && str_eq((*at)->id, l->id))
			end(w, remove_at(w, at), LETTER_FOLDED);
		else
			at = &(*at)->next;
	}
}

static void
join_group(struct waiting *w, struct letter *l, int64_t mono_ns)
{
	struct group *g = group_make(w, l->group);
	int64_t due_ns = mono_ns + (l->held_ns == 0 ? w->conf->group_wait_ns : 0);

	if (g == NULL) {
		l->group = 0;
		return;
	}
	if (l->kind == FINDING_OPENED)
		g->open++;
	else if (l->kind == FINDING_RESOLVED && g->open > 0)
		g->open--;
	/* What was told is not told again soon, unless that it is over. */
	if (g->open > 0 && g->told_ns != TIME_NONE &&
		due_ns < g->told_ns + w->conf->update_ns)
		due_ns = g->told_ns + w->conf->update_ns;
	if (due_ns < g->due_ns)
		g->due_ns = due_ns;
	g->waiting++;
}

void
waiting_put(struct waiting *w, struct letter *l, int64_t mono_ns)
{
	fold(w, l);
	l->group = group_of_letter(w, l);
	if (l->group != 0)
		join_group(w, l, mono_ns);
	w->bytes += l->body.len;
	letters_add(&w->list, l);
}

size_t
waiting_n(const struct waiting *w)
{
	return w->list.n;
}

int64_t
waiting_since(const struct waiting *w)
{
	return w->list.first != NULL ? w->list.first->put_ns : 0;
}

size_t
waiting_room(const struct waiting *w)
{
	size_t held = w->held < HELD_MAX ? w->held : HELD_MAX;
	size_t n = w->list.n > held ? w->list.n - held : 0;

	return n < WINDOW && w->bytes < BYTES_MAX ? WINDOW - n : 0;
}

/* What of l's is never in two bundles at a time. */
static struct str
order_key(const struct letter *l)
{
	return l->group != 0 ? key_of(&l->group) : l->id;
}

static bool
is_away(const struct waiting *w, const struct letter *l)
{
	return map_get(w->away, order_key(l)) != NULL;
}

/* Without room for one more: it may be overtaken. */
static void
mark_away(struct waiting *w, const struct letters *list)
{
	for (const struct letter *l = list->first; l != NULL; l = l->next) {
		void **slot = map_put(w->away, order_key(l), NULL);

		if (slot != NULL)
			*slot = (void *)((uintptr_t)*slot + 1);
	}
}

void
waiting_let_go(struct waiting *w, const struct letter *l)
{
	void **slot = map_get(w->away, order_key(l));

	if (slot == NULL)
		return;
	*slot = (void *)((uintptr_t)*slot - 1);
	if (*slot == NULL)
		(void)map_del(w->away, order_key(l));
}

static int64_t
due_of(const struct waiting *w, const struct letter *l)
{
	const struct group *g = group_get(w, l->group);
	void **told;

	if (is_away(w, l))
		return INT64_MAX;
	if (g != NULL)
		return g->due_ns;
	if (l->kind != FINDING_UPDATED)
		return INT64_MIN;
	told = map_get(w->told, l->id);
	return told != NULL ? (int64_t)(intptr_t)*told + w->conf->update_ns : INT64_MIN;
}

void
waiting_take(struct waiting *w, int64_t mono_ns, size_t max_parcels, size_t max_bytes,
	struct letters *out)
{
	struct letter **at = &w->list.first;
	size_t bytes = 0;

	w->held = 0;
	while (*at != NULL) {
		struct letter *l = *at;

		/* So much held back would keep others out: then it goes, too. */
		if (is_away(w, l) || (w->held < HELD_MAX && w->bytes < BYTES_MAX &&
					     due_of(w, l) > mono_ns)) {
			w->held++;
			at = &l->next;
			continue;
		}
		if (out->n > 0 &&
			(out->n >= max_parcels || bytes + l->body.len > max_bytes))
			break;
		bytes += l->body.len;
		letters_add(out, remove_at(w, at));
	}
	mark_away(w, out);
}

void
waiting_return(struct waiting *w, struct letters *list)
{
	for (struct letter *l = list->first; l != NULL; l = l->next) {
		struct group *g = group_get(w, l->group);

		waiting_let_go(w, l);
		w->bytes += l->body.len;
		if (g != NULL && g->waiting++ == 0)
			g->due_ns = INT64_MIN;
	}
	letters_move(list, &w->list);
	w->list = *list;
	if (w->list.first == NULL)
		w->list.end = &w->list.first;
	letters_init(list);
}

int64_t
waiting_due(const struct waiting *w, int64_t mono_ns)
{
	int64_t due_ns = INT64_MAX;

	for (const struct letter *l = w->list.first; l != NULL; l = l->next) {
		int64_t ns = due_of(w, l);

		if (ns <= mono_ns)
			return mono_ns;
		if (ns < due_ns)
			due_ns = ns;
	}
	return due_ns;
}

void
waiting_told(struct waiting *w, const struct letter *l, int64_t mono_ns)
{
	struct group *g = group_get(w, l->group);
	void **slot;

	if (l->kind == FINDING_RESOLVED) {
		(void)map_del(w->told, l->id);
	} else {
		slot = map_put(w->told, l->id, NULL);
		if (slot != NULL)
			*slot = (void *)(intptr_t)mono_ns;
	}
	if (g == NULL)
		return;
	g->told_ns = mono_ns;
	if (g->open == 0 && g->waiting == 0) {
		(void)map_del(w->groups, key_of(&l->group));
		free(g);
	}
}

size_t
waiting_open(const struct waiting *w, const struct letter *l)
{
	const struct group *g = group_get(w, l->group);

	return g != NULL ? g->open : l->kind != FINDING_RESOLVED;
}

void
waiting_know(struct waiting *w, const json_t *finding)
{
	struct group *g = NULL;

	if (w->conf->group_by.n > 0)
		g = group_make(w, group_of(w->conf, finding));
	if (g != NULL)
		g->open++;
}

void
waiting_expire(struct waiting *w, int64_t wall_ns)
{
	while (w->list.first != NULL && w->list.first->put_ns > 0 &&
		wall_ns - w->list.first->put_ns > w->conf->max_age_ns &&
		w->conf->max_age_ns > 0)
		end(w, remove_at(w, &w->list.first), LETTER_TOO_OLD);
}

void
waiting_drop(struct waiting *w, size_t n)
{
	while (n-- > 0 && w->list.first != NULL)
		end(w, remove_at(w, &w->list.first), LETTER_TOO_MANY);
}

void
waiting_ended(struct waiting *w, struct letters *out)
{
	letters_move(out, &w->ended);
}
