/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A greedy cover: the fragment that is rare and in many phrases that have none yet, until
 * all have one. How often it stands in a log is counted in a sample; how often something
 * is taken for it is told by the bytes of usual logs, as if they were independent.
 */
#include "scan/fragments.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

#define CUES_MAX  8192
#define NEW_PRICE 3e-6 /* of one more fragment: it makes its bucket less telling */
#define HASHES    ((size_t)1 << 16)
#define PUT_TWICE 16   /* fragments at most: of more it takes longer than it saves */
#define TRUST     4096 /* bytes of a sample that are worth as much as usual logs */

/* How many of 10,000 bytes, by both halves: logs of Go, Java and Node programs. */
static const unsigned short share[8][16] = {
	{ 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 65, 0, 0, 0, 0, 0 },
	{ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 63, 0, 0, 0, 0 },
	{ 638, 0, 288, 0, 0, 0, 0, 1, 2, 2, 0, 0, 92, 295, 227, 36 },
	{ 1084, 441, 375, 184, 161, 208, 148, 144, 171, 214, 257, 0, 0, 109, 0, 6 },
	{ 0, 3, 3, 31, 3, 30, 69, 30, 3, 15, 3, 3, 5, 3, 17, 16 },
	{ 3, 3, 6, 5, 105, 3, 3, 3, 3, 3, 72, 135, 66, 29, 0, 3 },
	{ 0, 232, 110, 188, 226, 487, 86, 76, 69, 135, 4, 24, 219, 259, 149, 328 },
	{ 30, 3, 338, 371, 441, 184, 6, 45, 16, 4, 7, 25, 2, 25, 0, 0 },
};

/* The same by nibbles_half(). */
static const unsigned short half_share[16] = { 647, 636, 448, 672, 181, 225, 343, 950,
	1497, 1166, 1267, 552, 382, 557, 291, 163 };

/* A piece of a phrase that could be its fragment. */
struct window {
	uint32_t key, cue, off;
};

/* What a bucket fits: bits as the indices of its tables. */
struct mask {
	uint16_t low[NIBBLES_LEN], high, half[NIBBLES_LEN - 1];
};

struct price {
	double look, found;
};

struct bucket {
	struct mask mask;
	double rate;
	bool open; /* for fragments */
};

struct buckets {
	struct bucket bucket[NIBBLES_BUCKETS];
	struct mask others[NIBBLES_BUCKETS]; /* without fragments */
	unsigned char of[FRAGMENTS_MAX];     /* where a fragment is */
};

struct choosing {
	const struct cues *cues;
	struct fragments *f;
	struct window *all; /* those of a key side by side, ascending by cue */
	size_t n;
	unsigned char *done; /* by cue */
	size_t left;
	const struct sample *sample;
	enum nibbles_depth depth;
};

/* Bytes of the word that begins at from. */
static size_t
word_len(struct str phrase, size_t from)
{
	size_t n = 0;

	while (from + n < phrase.len && char_is_alnum(phrase.ptr[from + n]))
		n++;
	return n;
}

static void
add_word(struct choosing *ch, uint32_t cue, size_t from, size_t len)
{
	const char *p = ch->cues->phrase[cue].ptr;
	char three[4] = { 0 };

	if (len == 3) {
		memcpy(three, p + from, 3);
		ch->all[ch->n++] = (struct window){ sample_short_key(sample_key(three)),
			cue, (uint32_t)from };
		return;
	}
	for (size_t i = from; i + 4 <= from + len; i++)
		ch->all[ch->n++] = (struct window){ sample_key(p + i), cue, (uint32_t)i };
}

/* All windows of a phrase: of words of four and more, with a slash before, or else of
 * three. */
static bool
add_phrase(struct choosing *ch, uint32_t cue)
{
	struct str phrase = ch->cues->phrase[cue];
	size_t n = ch->n;

	for (size_t least = 4; least >= 3 && ch->n == n; least--)
		for (size_t i = 0; i < phrase.len; i++) {
			size_t len = word_len(phrase, i);
			size_t slash = i > 0 && phrase.ptr[i - 1] == '/';

			if (len + slash >= least && len >= 3)
				add_word(ch, cue, i - slash, len + slash);
			i += len;
		}
	return ch->n > n;
}

/* Those of one key side by side, in their order: what else has its hash goes before them
 * or behind them. */
static void
sort_keys(struct window *all, size_t n, unsigned shift)
{
	for (size_t i = 1; i < n; i++) {
		struct window w = all[i];
		size_t k = i;

		for (; k > 0 && all[k - 1].key > w.key &&
			sample_hash(all[k - 1].key) >> shift ==
				sample_hash(w.key) >> shift;
			k--)
			all[k] = all[k - 1];
		all[k] = w;
	}
}

static bool
sort_windows(struct choosing *ch)
{
	struct window *sorted = malloc((ch->n + 1) * sizeof(*sorted));
	unsigned shift = 0;
	uint32_t *from;
	bool good;

	while (shift < 10 && HASHES >> shift > 4 * ch->n)
		shift++;
	from = calloc((HASHES >> shift) + 1, sizeof(*from));
	good = from != NULL && sorted != NULL;
	for (size_t i = 0; good && i < ch->n; i++)
		from[(sample_hash(ch->all[i].key) >> shift) + 1]++;
	for (size_t i = 0; good && i < HASHES >> shift; i++)
		from[i + 1] += from[i];
	for (size_t i = 0; good && i < ch->n; i++)
		sorted[from[sample_hash(ch->all[i].key) >> shift]++] = ch->all[i];
	if (good)
		sort_keys(sorted, ch->n, shift);
	free(from);
	free(good ? ch->all : sorted);
	ch->all = good ? sorted : ch->all;
	return good;
}

static bool
list_windows(struct choosing *ch)
{
	size_t room = 0;

	for (size_t i = 0; i < ch->cues->n; i++)
		room += ch->cues->phrase[i].len;
	ch->all = malloc((room + 1) * sizeof(*ch->all));
	ch->done = calloc(ch->cues->n + 1, 1);
	if (ch->all == NULL || ch->done == NULL)
		return false;
	for (uint32_t i = 0; i < ch->cues->n; i++)
		if (!add_phrase(ch, i))
			return false;
	ch->left = ch->cues->n;
	return sort_windows(ch);
}

static struct mask
mask_of(uint32_t key)
{
	struct mask m;
	unsigned char c[4];

	memcpy(c, &key, sizeof(c));
	for (size_t i = 0; i < NIBBLES_LEN; i++)
		m.low[i] = (uint16_t)(1U << (c[i] & 15));
	if (c[NIBBLES_LEN - 1] == 0)
		m.low[NIBBLES_LEN - 1] = UINT16_MAX;
	m.high = (uint16_t)(1U << (c[0] >> 4));
	if (char_is_alpha((char)c[0]))
		m.high |= (uint16_t)(1U << ((c[0] >> 4) - 2));
	for (size_t i = 0; i < ARRAY_LEN(m.half); i++)
		m.half[i] = (uint16_t)(1U << nibbles_half(c[i]));
	return m;
}

static struct mask
mask_or(struct mask a, struct mask b)
{
	for (size_t i = 0; i < NIBBLES_LEN; i++)
		a.low[i] |= b.low[i];
	a.high |= b.high;
	for (size_t i = 0; i < ARRAY_LEN(a.half); i++)
		a.half[i] |= b.half[i];
	return a;
}

/* The share of bytes in which both halves fit. */
static double
share_of(unsigned low, unsigned high)
{
	unsigned sum = 0;

	for (unsigned h = high & 0xff; h != 0; h &= h - 1)
		for (unsigned l = low; l != 0; l &= l - 1)
			sum += share[__builtin_ctz(h)][__builtin_ctz(l)];
	return sum / 1e4;
}

static double
share_of_half(unsigned half)
{
	unsigned sum = 0;

	for (; half != 0; half &= half - 1)
		sum += half_share[__builtin_ctz(half)];
	return sum / 1e4;
}

static double
rate_of(const struct mask *m, enum nibbles_depth depth)
{
	double rate = share_of_half(m->half[1]);

	if (depth == NIBBLES_ALL)
		rate *= share_of(m->low[0], m->high) * share_of(m->low[2], UINT16_MAX);
	else
		rate *= share_of_half(m->half[0]) * share_of_half(m->half[2]);
	return depth == NIBBLES_THREE ? rate : rate * share_of(m->low[3], UINT16_MAX);
}

/* Phrases that would get their fragment by the windows [from, *end) of one key. */
static size_t
count_new(const struct choosing *ch, size_t from, size_t *end)
{
	uint32_t last = UINT32_MAX;
	size_t n = 0, i = from;

	for (; i < ch->n && ch->all[i].key == ch->all[from].key; i++) {
		n += ch->all[i].cue != last && !ch->done[ch->all[i].cue];
		last = ch->all[i].cue;
	}
	*end = i;
	return n;
}

/* Where the windows of the best fragment begin. */
static size_t
choose(const struct choosing *ch, const struct price *price)
{
	size_t best = 0, end;
	double most = 0;

	for (size_t i = 0; i < ch->n; i = end) {
		double n = (double)count_new(ch, i, &end);
		double worth = n / (price[i].look + price[i].found * (3 + n));

		if (worth > most) {
			most = worth;
			best = i;
		}
	}
	return best;
}

/* So much of text, at most a side, of which the first byte is at at. */
static struct fragment_side
side_of(struct str text, size_t at)
{
	char bytes[FRAGMENT_SIDE] = { 0 }, mask[FRAGMENT_SIDE] = { 0 };

	memcpy(bytes + at, text.ptr, text.len);
	memset(mask + at, 0xff, text.len);
	return (struct fragment_side){ bytes_load8(bytes) | FRAGMENT_FOLD,
		bytes_load8(mask) };
}

static struct fragment_use
use_of(const struct choosing *ch, struct window w, size_t len)
{
	struct str phrase = ch->cues->phrase[w.cue];
	size_t n = w.off < FRAGMENT_SIDE ? w.off : FRAGMENT_SIDE - 1;

	return (struct fragment_use){ w.cue, w.off,
		side_of(str_sub(phrase, w.off - n, n), FRAGMENT_SIDE - n),
		side_of(str_sub(phrase, w.off + len, FRAGMENT_SIDE), 0) };
}

static void
take(struct choosing *ch, size_t from, size_t *n_uses)
{
	struct fragments *f = ch->f;
	struct fragment *one = &f->all[f->n++];
	uint32_t key = ch->all[from].key;

	*one = (struct fragment){ .key = key,
		.len = sample_short_key(key) == key ? 3 : 4,
		.from = (uint32_t)*n_uses };
	f->short_ones = f->short_ones || one->len == 3;
	for (size_t i = from; i < ch->n && ch->all[i].key == key; i++) {
		struct window w = ch->all[i];

		if (ch->done[w.cue])
			continue;
		ch->done[w.cue] = 1;
		ch->left--;
		f->uses[(*n_uses)++] = use_of(ch, w, one->len);
		one->n++;
	}
}

/* Its lowest bit tells. */
static unsigned
row_at(uint16_t row, unsigned i)
{
	return (unsigned)row >> i;
}

/* With NIBBLES_ALL. */
static bool
fits(const struct mask *m, uint32_t key)
{
	unsigned char c[4];

	memcpy(c, &key, sizeof(c));
	return (row_at(m->low[0], c[0] & 15) & row_at(m->high, c[0] >> 4) &
		       row_at(m->half[1], nibbles_half(c[1])) &
		       row_at(m->low[2], c[2] & 15) & row_at(m->low[3], c[3] & 15) & 1) !=
	       0;
}

/* How many places of a log, by the byte, are taken for one of a mask. */
static double
rate_in(const struct choosing *ch, const struct mask *m)
{
	const struct sample *s = ch->sample;
	double rate = rate_of(m, ch->depth);
	size_t n = 0;

	if (ch->depth != NIBBLES_ALL) {
		n = sample_looks(
			s, m->half, ch->depth == NIBBLES_THREE ? UINT16_MAX : m->low[3]);
		return ((double)n + TRUST * rate) / ((double)s->len + TRUST);
	}
	for (size_t i = 0; i < s->n_common; i++)
		if (fits(m, s->common[i]))
			n += sample_count(s, s->common[i]);
	return rate + (double)n / ((double)s->len + 1);
}

/* Of a key: what it costs a byte of a log to look at, and how often it is there. */
static struct price
price_of(const struct choosing *ch, uint32_t key)
{
	const struct mask m = mask_of(key);
	double rate = ch->depth == NIBBLES_ALL ? rate_of(&m, ch->depth) : rate_in(ch, &m);

	return (struct price){ NEW_PRICE + rate,
		(double)sample_count(ch->sample, key) / ((double)ch->sample->len + 1) };
}

static bool
cover(struct choosing *ch)
{
	struct price *price = malloc((ch->n + 1) * sizeof(*price));
	size_t n_uses = 0;

	ch->f->uses = calloc(ch->cues->n + 1, sizeof(*ch->f->uses));
	for (size_t i = 0; price != NULL && i < ch->n; i++)
		price[i] = i > 0 && ch->all[i].key == ch->all[i - 1].key
				   ? price[i - 1]
				   : price_of(ch, ch->all[i].key);
	while (price != NULL && ch->f->uses != NULL && ch->left > 0 &&
		ch->f->n < FRAGMENTS_MAX)
		take(ch, choose(ch, price), &n_uses);
	free(price);
	return ch->left == 0 && ch->f->uses != NULL;
}

static void
put_slot(struct fragments *f, size_t i)
{
	unsigned slot = fragments_slot(f->all[i].key);

	for (; f->slot[slot] != 0; slot = (slot + 1) % FRAGMENTS_SLOTS)
		assert(f->all[f->slot[slot] - 1].key != f->all[i].key);
	f->slot[slot] = (unsigned char)(i + 1);
}

static void
allow(struct nibbles *t, unsigned bucket, uint32_t key)
{
	unsigned char c[4];

	memcpy(c, &key, sizeof(c));
	for (size_t i = 0; i < NIBBLES_LEN; i++) {
		nibbles_allow(t, bucket, i, c[i]);
		if (char_is_alpha((char)c[i]))
			nibbles_allow(t, bucket, i, (unsigned char)(c[i] - 0x20));
	}
	for (unsigned low = 0; c[NIBBLES_LEN - 1] == 0 && low < 16; low++)
		nibbles_allow(t, bucket, NIBBLES_LEN - 1, (unsigned char)low);
}

/* What is in a bucket already. */
static struct mask
mask_in(const struct nibbles *t, unsigned bucket)
{
	struct mask m = { .high = 0 };

	for (unsigned k = 0; k < 16; k++) {
		for (size_t i = 0; i < ARRAY_LEN(m.low); i++)
			m.low[i] |= (uint16_t)((t->low[i][k] >> bucket & 1U) << k);
		for (size_t i = 0; i < ARRAY_LEN(m.half); i++)
			m.half[i] |= (uint16_t)((t->half[i][k] >> bucket & 1U) << k);
		m.high |= (uint16_t)((t->high[k] >> bucket & 1U) << k);
	}
	return m;
}

/* Where one more fragment adds the least: to those that always count. */
static unsigned
best_bucket(const struct choosing *ch, const struct bucket *all, struct mask own)
{
	double least = 2;
	unsigned best = 0;

	for (unsigned b = 0; b < NIBBLES_BUCKETS; b++) {
		struct mask both = mask_or(all[b].mask, own);
		double more = all[b].open ? rate_in(ch, &both) - all[b].rate : 2;

		if (more < least) {
			least = more;
			best = b;
		}
	}
	return best;
}

static void
set_mask(const struct choosing *ch, struct bucket *b, struct mask m)
{
	b->mask = m;
	b->rate = rate_in(ch, &m);
}

static void
put(const struct choosing *ch, struct buckets *all, size_t i)
{
	struct mask own = mask_of(ch->f->all[i].key);
	unsigned b = best_bucket(ch, all->bucket, own);

	all->of[i] = (unsigned char)b;
	set_mask(ch, &all->bucket[b], mask_or(all->bucket[b].mask, own));
}

static void
take_out(const struct choosing *ch, struct buckets *all, size_t i)
{
	unsigned b = all->of[i];
	struct mask m = all->others[b];

	for (size_t k = 0; k < ch->f->n; k++)
		if (k != i && all->of[k] == b)
			m = mask_or(m, mask_of(ch->f->all[k].key));
	set_mask(ch, &all->bucket[b], m);
}

/* Each is put a second time, when it is known what the others are like. */
static void
fill_buckets(const struct choosing *ch, struct nibbles *t)
{
	struct fragments *f = ch->f;
	struct buckets all;

	for (unsigned b = 0; b < NIBBLES_BUCKETS; b++) {
		all.others[b] = mask_in(t, b);
		all.bucket[b].open = (t->colours & 1U << b) == 0;
		set_mask(ch, &all.bucket[b], all.others[b]);
		f->rate -= all.bucket[b].rate;
	}
	for (size_t i = 0; i < f->n; i++)
		put(ch, &all, i);
	for (size_t i = 0; i < f->n && f->n <= PUT_TWICE && ch->sample->len > 0; i++) {
		take_out(ch, &all, i);
		put(ch, &all, i);
	}
	for (size_t i = 0; i < f->n; i++)
		allow(t, all.of[i], f->all[i].key);
	for (unsigned b = 0; b < NIBBLES_BUCKETS; b++)
		f->rate += all.bucket[b].rate;
}

bool
fragments_init(struct fragments *f, const struct cues *c, const struct sample *sample,
	struct nibbles *t)
{
	struct choosing ch = { .cues = c, .f = f, .sample = sample, .depth = t->depth };
	bool good;

	*f = (struct fragments){ 0 };
	good = c->n <= CUES_MAX && list_windows(&ch) && cover(&ch) &&
	       !(f->short_ones && t->depth == NIBBLES_FOUR);
	for (size_t i = 0; good && i < f->n; i++)
		put_slot(f, i);
	if (good)
		fill_buckets(&ch, t);
	else
		fragments_fini(f);
	free(ch.all);
	free(ch.done);
	return good;
}

void
fragments_fini(struct fragments *f)
{
	free(f->uses);
	*f = (struct fragments){ 0 };
}
