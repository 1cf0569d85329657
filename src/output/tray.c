/* SPDX-License-Identifier: Apache-2.0 */
#include "output/tray.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/time.h"

#define BUNDLE_BYTES ((size_t)4 << 20) /* of findings; as JSON in memory it is more */
#define BYTES_MAX    ((size_t)8 << 20) /* then no other bundle is begun */
#define BUNDLES_MAX  64
#define STALE_NS     (10 * TIME_MIN) /* a request says how old things are */

void
tray_init(struct tray *t)
{
	letters_init(&t->ended);
}

void
tray_fini(struct tray *t)
{
	while (t->bundles != NULL) {
		struct bundle *b = t->bundles;

		t->bundles = b->next;
		bundle_free(&b);
	}
	errands_free(&t->todo);
	errands_free(&t->sent);
	letters_fini(&t->ended);
}

/* --- ends --- */

static void
end_letter(struct tray *t, struct letter *l, enum letter_fate fate)
{
	json_decref(l->finding);
	l->finding = NULL;
	l->fate = fate;
	waiting_let_go(t->waiting, l);
	letters_add(&t->ended, l);
}

static void
end_parcel(struct tray *t, struct bundle *b, size_t p, int64_t mono_ns)
{
	struct progress *pr = &b->progress[p];
	enum letter_fate fate = pr->fate == LETTER_WAITS ? LETTER_SENT : pr->fate;

	if (pr->ended || pr->errands > 0)
		return;
	pr->ended = true;
	b->left--;
	for (size_t i = pr->first; i < pr->first + pr->n; i++) {
		struct letter *l = b->letters[i];

		b->letters[i] = NULL;
		t->n--;
		if (fate == LETTER_SENT)
			waiting_told(t->waiting, l, mono_ns);
		memcpy(l->why_z, pr->why_z, sizeof(l->why_z));
		memcpy(l->link_z, pr->link_z, sizeof(l->link_z));
		end_letter(t, l, fate);
	}
}

static void
drop_bundle(struct tray *t, struct bundle *b)
{
	struct bundle **at = &t->bundles;

	while (*at != b)
		at = &(*at)->next;
	*at = b->next;
	t->n_bundles--;
	t->bytes -= b->bytes;
	bundle_free(&b);
}

static void
end_parcels(struct tray *t, struct bundle *b, size_t from, size_t to, int64_t mono_ns)
{
	for (size_t p = from; p < to; p++)
		end_parcel(t, b, p, mono_ns);
	if (b->left == 0 && b->errands == 0)
		drop_bundle(t, b);
}

/* --- errands --- */

/* e carries its parcels, or does not any more. */
static void
carry(const struct errand *e, bool does)
{
	struct bundle *b = e->bundle;

	if (does)
		b->errands++;
	else
		b->errands--;
	for (size_t p = e->request.from; p < e->request.to; p++)
		if (does)
			b->progress[p].errands++;
		else
			b->progress[p].errands--;
}

static void
forget(struct errand *list)
{
	for (const struct errand *e = list; e != NULL; e = e->next)
		carry(e, false);
	errands_free(&list);
}

/* What errands are made of. */
struct making {
	struct bundle *bundle;
	unsigned parts;
	bool small;
	const struct trouble *trouble; /* NULL: none yet */
};

/* Puts the requests at *at, which moves on behind them. */
static int
add_all(struct tray *t, const struct making *m, struct requests *list, size_t from,
	struct errand ***at)
{
	for (size_t i = 0; i < list->n; i++) {
		struct errand *e = errand_new(&list->items[i], FOR_FINDINGS, t->wall_ns);

		if (e == NULL)
			return -ENOMEM;
		e->bundle = m->bundle;
		e->small = m->small;
		if (m->trouble != NULL)
			e->trouble = *m->trouble;
		e->request.from += from;
		e->request.to += from;
		carry(e, true);
		e->next = **at;
		**at = e;
		*at = &e->next;
	}
	return 0;
}

/* A parcel that cannot be built is found by halves. */
static int
build(struct tray *t, const struct making *m, size_t from, size_t to, struct errand ***at)
{
	struct build b = { .parcels = m->bundle->parcels + from,
		.n = to - from,
		.parts = m->parts,
		.small = m->small,
		.wall_ns = t->wall_ns };
	struct requests list = { 0 };
	int err = t->type->build(t->destination, &b, &list);

	if (err == -EINVAL && to - from > 1) {
		size_t half = from + (to - from) / 2;

		requests_fini(&list);
		err = build(t, m, from, half, at);
		return err != 0 ? err : build(t, m, half, to, at);
	}
	if (err == -EINVAL) {
		bundle_doom(m->bundle, from, to, LETTER_REJECTED, "not a finding");
		err = 0;
	} else if (err == 0) {
		err = add_all(t, m, &list, from, at);
	}
	requests_fini(&list);
	return err;
}

/* Those of [from, to) that are still to be sent, in as few pieces as can be. */
static int
build_rest(struct tray *t, const struct making *m, size_t from, size_t to,
	struct errand ***at)
{
	int err = 0;

	for (size_t p = from; p < to && err == 0; p++) {
		size_t first = p;

		while (p < to && !bundle_has_dropped(m->bundle, p))
			p++;
		if (p > first)
			err = build(t, m, first, p, at);
	}
	return err;
}

bool
tray_replace(struct tray *t, struct errand *e, bool halves, bool small,
	const struct trouble *trouble, int64_t mono_ns)
{
	struct bundle *b = e->bundle;
	size_t from = e->request.from, to = e->request.to;
	size_t half = halves ? from + (to - from) / 2 : to;
	const struct making m = {
		.bundle = b, .parts = e->request.part, .small = small, .trouble = trouble
	};
	struct errand *made = NULL;
	struct errand **at = &made;
	int err = build_rest(t, &m, from, half, &at);

	if (err == 0)
		err = build_rest(t, &m, half, to, &at);
	if (err != 0) {
		forget(made);
		tray_again(t, e); /* as it was: nothing is lost */
		return false;
	}
	*at = t->todo;
	t->todo = made;
	carry(e, false);
	errand_free(&e);
	end_parcels(t, b, from, to, mono_ns);
	return true;
}

void
tray_again(struct tray *t, struct errand *e)
{
	e->next = t->todo;
	t->todo = e;
}

void
tray_done(struct tray *t, struct errand *e, int64_t mono_ns)
{
	struct bundle *b = e->bundle;
	size_t from = e->request.from, to = e->request.to;

	carry(e, false);
	errand_free(&e);
	end_parcels(t, b, from, to, mono_ns);
}

void
tray_doom(struct tray *t, struct errand *e, enum letter_fate fate, const char *why_z,
	int64_t mono_ns)
{
	bundle_doom(e->bundle, e->request.from, e->request.to, fate, why_z);
	tray_done(t, e, mono_ns);
}

/* --- bundles --- */

/* A row that is no finding is rejected here: nobody can ever send it. */
static bool
parse(struct tray *t, struct letter *l)
{
	size_t used;

	if (json_read(l->body, &l->finding, &used) == JSON_OK &&
		json_is_object(l->finding))
		return true;
	(void)snprintf(l->why_z, sizeof(l->why_z), "not a finding");
	end_letter(t, l, LETTER_REJECTED);
	return false;
}

/* There was no memory for its requests: it waits as before. */
static void
give_back(struct tray *t, struct bundle *b)
{
	struct letters list;

	letters_init(&list);
	for (size_t i = 0; i < b->n; i++) {
		struct letter *l = b->letters[i];

		if (l == NULL)
			continue;
		json_decref(l->finding);
		l->finding = NULL;
		letters_add(&list, l);
		b->letters[i] = NULL;
	}
	t->n -= list.n;
	waiting_return(t->waiting, &list);
	drop_bundle(t, b);
}

static struct bundle *
make_bundle(struct tray *t, struct letters *list)
{
	struct bundle *b = bundle_new(list->n);
	struct letter *l;

	if (b == NULL)
		return NULL;
	while ((l = letters_take(list)) != NULL)
		if (parse(t, l))
			bundle_add(b, l);
	for (size_t p = 0; p < b->n_parcels; p++)
		bundle_describe(
			b, p, waiting_open(t->waiting, b->letters[b->progress[p].first]));
	return b;
}

static void
keep_bundle(struct tray *t, struct bundle *b)
{
	struct bundle **at = &t->bundles;

	while (*at != NULL)
		at = &(*at)->next;
	*at = b;
	t->n_bundles++;
	t->bytes += b->bytes;
	t->n += b->n;
}

bool
tray_fill(struct tray *t, int64_t mono_ns)
{
	struct errand *made = NULL;
	struct errand **at = &made, **end = &t->todo;
	struct making m = { .parts = UINT_MAX };
	struct letters list;

	if (t->bytes >= BYTES_MAX || t->n_bundles >= BUNDLES_MAX)
		return false;
	letters_init(&list);
	waiting_expire(t->waiting, t->wall_ns);
	waiting_take(t->waiting, mono_ns, t->type->max_parcels, BUNDLE_BYTES, &list);
	if (list.n == 0)
		return false;
	m.bundle = make_bundle(t, &list);
	if (m.bundle == NULL) {
		waiting_return(t->waiting, &list);
		return false;
	}
	keep_bundle(t, m.bundle);
	if (m.bundle->n > 0 && (!bundle_chain(m.bundle) ||
				       build(t, &m, 0, m.bundle->n_parcels, &at) != 0)) {
		forget(made);
		give_back(t, m.bundle);
		return false;
	}
	while (*end != NULL)
		end = &(*end)->next;
	*end = made;
	end_parcels(t, m.bundle, 0, m.bundle->n_parcels, mono_ns);
	return true;
}

/* --- on the way --- */

struct errand *
tray_send(struct tray *t, unsigned least_tried, int64_t mono_ns)
{
	struct errand **at = &t->todo;
	struct errand *e;

	while (*at != NULL &&
		((*at)->trouble.tries >= least_tried || (*at)->trouble.try_ns > mono_ns ||
			errand_is_blocked(*at)))
		at = &(*at)->next;
	if (*at == NULL)
		return NULL;
	e = errands_take(at);
	/* What was built long ago may say wrongly how old things are. */
	if (t->wall_ns - e->built_ns > STALE_NS) {
		struct trouble trouble = e->trouble;

		if (!tray_replace(t, e, false, e->small, &trouble, mono_ns))
			return NULL;
		return tray_send(t, least_tried, mono_ns);
	}
	tray_sent(t, e);
	return e;
}

void
tray_sent(struct tray *t, struct errand *e)
{
	e->next = t->sent;
	t->sent = e;
	t->n_sent++;
}

int64_t
tray_due(const struct tray *t, int64_t mono_ns)
{
	int64_t due_ns = INT64_MAX;

	for (const struct errand *e = t->todo; e != NULL; e = e->next)
		if (e->trouble.try_ns > mono_ns && e->trouble.try_ns < due_ns)
			due_ns = e->trouble.try_ns;
	return due_ns;
}

struct errand *
tray_answered(struct tray *t, const struct request *r)
{
	struct errand **at = &t->sent;

	while (&(*at)->request != r)
		at = &(*at)->next;
	t->n_sent--;
	return errands_take(at);
}

/* --- given up --- */

static bool
is_on_the_way(const struct tray *t, const struct bundle *b, size_t p)
{
	for (const struct errand *e = t->sent; e != NULL; e = e->next)
		if (e->bundle == b && e->request.from <= p && p < e->request.to)
			return true;
	return false;
}

static bool
carries_dropped(const struct errand *e)
{
	for (size_t p = e->request.from; p < e->request.to; p++)
		if (bundle_has_dropped(e->bundle, p))
			return true;
	return false;
}

/* Errands go on without what was given up. */
static void
prune(struct tray *t, int64_t mono_ns)
{
	struct errand *old = t->todo, **at = &old;
	struct errand *cut = NULL; /* the last first: each comes to the front again */

	while (*at != NULL) {
		struct errand *e = *at;

		if (!carries_dropped(e)) {
			at = &e->next;
			continue;
		}
		(void)errands_take(at);
		e->next = cut;
		cut = e;
	}
	t->todo = old;
	while (cut != NULL) {
		struct errand *e = errands_take(&cut);
		struct trouble trouble = e->trouble;

		(void)tray_replace(t, e, false, e->small, &trouble, mono_ns);
	}
}

static bool
is_old(const struct tray *t, const struct bundle *b, const struct progress *pr)
{
	const struct letter *last = b->letters[pr->first + pr->n - 1];

	return t->output->max_age_ns > 0 && last->put_ns > 0 &&
	       t->wall_ns - last->put_ns > t->output->max_age_ns;
}

/* True: parcel p will not be sent any more. */
static bool
give_up(struct tray *t, struct bundle *b, size_t p, enum letter_fate fate)
{
	const struct progress *pr = &b->progress[p];

	if (pr->ended || pr->fate != LETTER_WAITS || is_on_the_way(t, b, p))
		return false;
	bundle_doom(b, p, p + 1, fate, "");
	return true;
}

void
tray_drop(struct tray *t, size_t n, int64_t mono_ns)
{
	bool any = false;

	for (struct bundle *b = t->bundles; b != NULL; b = b->next)
		for (size_t p = 0; p < b->n_parcels && n > 0; p++) {
			size_t its = b->progress[p].n;

			if (!give_up(t, b, p, LETTER_TOO_MANY))
				continue;
			n -= its < n ? its : n;
			any = true;
		}
	waiting_drop(t->waiting, n);
	if (any)
		prune(t, mono_ns);
}

void
tray_expire(struct tray *t, int64_t mono_ns)
{
	bool any = false;

	for (struct bundle *b = t->bundles; b != NULL; b = b->next)
		for (size_t p = 0; p < b->n_parcels; p++)
			if (!b->progress[p].ended && is_old(t, b, &b->progress[p]))
				any |= give_up(t, b, p, LETTER_TOO_OLD);
	waiting_expire(t->waiting, t->wall_ns);
	if (any)
		prune(t, mono_ns);
}

int64_t
tray_since(const struct tray *t)
{
	int64_t since_ns = t->bundles != NULL ? bundle_since(t->bundles) : 0;

	return since_ns != 0 ? since_ns : waiting_since(t->waiting);
}
