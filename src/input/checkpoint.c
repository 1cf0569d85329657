/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hash at the end finds what a disk did to it; everything is bounded all the same.
 */
#include "input/checkpoint.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"

#define STATE_VERSION 2
#define PATH_MAX_     ((size_t)4096)
#define PARTS_MAX     4096

enum { PART_HAS_GAP = 1, PART_LATE = 2, PART_SPLIT = 4, PART_CLOSED = 8 };

static void
put_hash(struct buf *b, uint64_t h)
{
	for (unsigned i = 0; i < 8; i++)
		buf_add_char(b, (char)(unsigned char)(h >> (8 * i)));
}

static void
put_text(struct buf *b, const char *text_z)
{
	struct str s = str_z(text_z);

	buf_add_varint(b, s.len);
	buf_add(b, s);
}

static void
put_print(struct buf *b, const struct fingerprint *f)
{
	buf_add_varint(b, f->dev);
	buf_add_varint(b, f->ino);
	buf_add_varint(b, (uint64_t)f->born_ns);
	buf_add_varint(b, f->head_len);
	put_hash(b, f->head_hash);
	buf_add_varint(b, f->read_len);
	put_hash(b, f->read_hash);
	buf_add_varint(b, f->at);
	buf_add_varint(b, f->tail_len);
	put_hash(b, f->tail_hash);
}

/* Open ends stay open; a part that was read on after position ends where it is now. A gap
 * that lies before position is not in it. */
static void
put_part(struct buf *b, const struct stretch *p, uint64_t position)
{
	uint64_t read = p->position < position ? position - p->position : 0;
	bool has_gap = p->has_gap && !(p->told && part_behind(p) <= position);
	struct stretch now = *p;
	unsigned flags = (has_gap ? PART_HAS_GAP : 0) | (p->late ? PART_LATE : 0) |
			 (p->split ? PART_SPLIT : 0) |
			 (p->end != PART_OPEN_END ? PART_CLOSED : 0);

	if (read > p->offset - p->start)
		read = p->offset - p->start;
	part_seal(&now);
	/* What is read again is not known by that it was read. */
	if (p->head_len > 0)
		fingerprint_set_read(&now.print, p->head, p->head_len, p->start + read);
	put_print(b, &now.print);
	buf_add_varint(b, flags);
	buf_add_varint(b, p->start);
	buf_add_varint(b, p->end != PART_OPEN_END ? p->end - p->start : 0);
	buf_add_varint(b, p->size);
	buf_add_varint(b, has_gap ? p->lost : 0);
	buf_add_varint(b, has_gap ? p->again : 0);
	buf_add_varint(b, (uint64_t)p->why);
	buf_add_varint(b, read);
}

/* The part that has position; at a border the later one, if it has begun. */
static const struct stretch *
part_at(const struct trail *tr, uint64_t position)
{
	const struct stretch *p = tr->parts;

	while (p != NULL && p != tr->cur && p->next->position <= position)
		p = p->next;
	return p;
}

static size_t
count_parts(const struct stretch *p)
{
	size_t n = 0;

	for (; p != NULL; p = p->next)
		n++;
	return n;
}

void
checkpoint_encode(const struct trail *tr, uint64_t position, struct buf *out)
{
	const struct stretch *p = part_at(tr, position);
	size_t from = out->len;
	struct fingerprint retired;

	assert(position >= tr->committed && position <= tr->position);
	buf_add_varint(out, STATE_VERSION);
	put_text(out, tr->path_z);
	put_text(out, tr->alias_z);
	buf_add_varint(out, position);
	buf_add_varint(out, count_parts(p));
	for (; p != NULL; p = p->next)
		put_part(out, p, position);
	buf_add_varint(out, tr->n_known + (tr->retired != NULL));
	for (size_t i = 0; i < tr->n_known; i++)
		put_print(out, &tr->known[i]);
	if (tr->retired != NULL) {
		part_seal(tr->retired);
		retired = tr->retired->print;
		put_print(out, &retired);
	}
	if (!buf_failed(out))
		put_hash(out,
			hash_stable((struct str){ out->data + from, out->len - from }));
}

static bool
take_number(struct str *s, uint64_t max, uint64_t *out)
{
	return buf_take_varint(s, out) && *out <= max;
}

static bool
take_hash(struct str *s, uint64_t *out)
{
	struct str bytes;

	if (!buf_take(s, 8, &bytes))
		return false;
	*out = 0;
	for (unsigned i = 0; i < 8; i++)
		*out |= (uint64_t)(unsigned char)bytes.ptr[i] << (8 * i);
	return true;
}

/* Into a text with room for PATH_MAX_ bytes and a NUL. */
static bool
take_text(struct str *s, char *out)
{
	uint64_t len;
	struct str bytes;

	if (!take_number(s, PATH_MAX_, &len) || !buf_take(s, (size_t)len, &bytes))
		return false;
	if (str_find_char(bytes, '\0') != SIZE_MAX)
		return false;
	if (bytes.len > 0)
		memcpy(out, bytes.ptr, bytes.len);
	out[bytes.len] = '\0';
	return true;
}

static bool
take_print(struct str *s, struct fingerprint *f)
{
	uint64_t born, head, read = 0, tail;

	*f = (struct fingerprint){ 0 };
	if (!take_number(s, UINT64_MAX, &f->dev) ||
		!take_number(s, UINT64_MAX, &f->ino) ||
		!take_number(s, UINT64_MAX, &born) ||
		!take_number(s, FINGERPRINT_HEAD, &head) ||
		!take_hash(s, &f->head_hash) || !take_number(s, head, &read) ||
		!take_hash(s, &f->read_hash) || !take_number(s, INT64_MAX, &f->at) ||
		!take_number(s, FINGERPRINT_TAIL, &tail) || !take_hash(s, &f->tail_hash))
		return false;
	f->born_ns = (int64_t)born;
	f->head_len = (uint32_t)head;
	f->read_len = (uint32_t)read;
	f->tail_len = (uint32_t)tail;
	return tail <= f->at;
}

static bool
take_part(struct str *s, struct stretch *p)
{
	uint64_t flags, len, why, read;

	if (!take_print(s, &p->print) || !take_number(s, 15, &flags) ||
		!take_number(s, INT64_MAX, &p->start) ||
		!take_number(s, INT64_MAX, &len) ||
		!take_number(s, INT64_MAX, &p->size) ||
		!take_number(s, INT64_MAX, &p->lost) ||
		!take_number(s, p->lost, &p->again) ||
		!take_number(s, LOSS_COUNT - 1, &why) ||
		!take_number(s, INT64_MAX, &read))
		return false;
	p->has_gap = flags & PART_HAS_GAP;
	p->late = flags & PART_LATE;
	p->split = flags & PART_SPLIT;
	p->why = (enum loss)why;
	p->end = flags & PART_CLOSED ? p->start + len : PART_OPEN_END;
	p->offset = p->start + read;
	p->restored = true;
	return p->start + len <= INT64_MAX && p->offset <= INT64_MAX &&
	       p->offset <= p->end;
}

static bool
take_parts(struct trail *tr, struct str *s)
{
	uint64_t n;

	if (!take_number(s, PARTS_MAX, &n))
		return false;
	for (uint64_t i = 0; i < n; i++) {
		struct stretch *p = part_new(NULL, &tr->conf->n_open);

		if (p == NULL)
			return false;
		if (!take_part(s, p) || (i > 0 && p->offset != p->start)) {
			part_free(&p);
			return false;
		}
		trail_append(tr, p);
	}
	if (tr->cur == NULL)
		return true;
	if (tr->position < tr->cur->offset - tr->cur->start)
		return false;
	tr->cur->position = tr->position - (tr->cur->offset - tr->cur->start);
	return true;
}

static bool
take_known(struct trail *tr, struct str *s)
{
	uint64_t n;

	if (!take_number(s, TRAIL_KNOWN_MAX + 1, &n))
		return false;
	for (uint64_t i = 0; i < n; i++) {
		struct fingerprint f;

		if (!take_print(s, &f))
			return false;
		trail_know(tr, &f);
	}
	return s->len == 0;
}

/* What is before the hash, if the hash is right. */
static bool
take_checked(struct str bytes, struct str *out)
{
	struct str end;
	uint64_t hash;

	if (bytes.len < 8 || bytes.len > CHECKPOINT_MAX)
		return false;
	*out = str_sub(bytes, 0, bytes.len - 8);
	end = str_sub(bytes, out->len, 8);
	return take_hash(&end, &hash) && hash == hash_stable(*out);
}

struct trail *
checkpoint_decode(struct trail_conf *conf, struct str bytes)
{
	char path_z[PATH_MAX_ + 1], alias_z[PATH_MAX_ + 1];
	struct trail *tr;
	uint64_t version, position;
	struct str s;

	if (!take_checked(bytes, &s) || !take_number(&s, STATE_VERSION, &version) ||
		version != STATE_VERSION || !take_text(&s, path_z) ||
		!take_text(&s, alias_z) || path_z[0] != '/' ||
		!take_number(&s, INT64_MAX, &position))
		return NULL;
	tr = trail_new(conf, path_z, alias_z[0] != '\0' ? alias_z : NULL);
	if (tr == NULL)
		return NULL;
	tr->restored = tr->was_restored = tr->watch_before = true;
	tr->position = tr->committed = position;
	if (!take_parts(tr, &s) || !take_known(tr, &s))
		trail_free(&tr);
	return tr;
}
