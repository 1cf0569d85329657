/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/checkpoint.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/time.h"
#include "base/unpack.h"
#include "incident/restore.h"
#include "incident/saved.h"

#define HEAD_VERSION 1
#define HEAD_BYTES   ((size_t)1 << 20)
#define NAMES_MAX    100000

static int
save_head(struct store *s, const struct checkpoint_head *h)
{
	struct buf b;
	int err;

	buf_init(&b, HEAD_BYTES);
	buf_add_char(&b, HEAD_VERSION);
	buf_add_varint(&b, (uint64_t)h->seq);
	buf_add_varint(&b, (uint64_t)h->settled_ns);
	match_encode(&b, &h->last);
	err = buf_failed(&b) ? -ENOMEM
			     : store_put_checkpoint(s, PART_HEAD, 0, buf_str(&b));
	buf_fini(&b);
	return err;
}

int
checkpoint_save(struct store *s, const struct checkpoint_parts *p,
	const struct checkpoint_head *head)
{
	struct correlate_state window;
	struct incident_saved incident;
	struct volume_saved volume;
	int err = 0;

	while (err == 0 && correlator_changed(p->correlator, &window))
		err = store_put_checkpoint(s, PART_WINDOWS, window.id, window.bytes);
	while (err == 0 && incidents_changed(p->incidents, &incident))
		err = store_put_checkpoint(
			s, PART_INCIDENTS, incident.id, incident.bytes);
	while (err == 0 && volume_changed(p->volume, &volume))
		err = store_put_checkpoint(s, PART_VOLUMES, volume.id, volume.bytes);
	return err != 0 ? err : save_head(s, head);
}

int
checkpoint_ended(struct store *s, struct incidents *i)
{
	struct incident_saved x;
	int err = 0;

	while (err == 0 && incidents_ended(i, &x))
		err = store_put_checkpoint(s, PART_INCIDENTS, x.id, x.bytes);
	return err;
}

static bool
read_head(struct str bytes, struct checkpoint_head *h)
{
	struct unpack in = { .rest = bytes };

	if (unpack_byte(&in) != HEAD_VERSION)
		return false;
	h->seq = (int64_t)unpack_u64(&in, INT64_MAX);
	h->settled_ns = unpack_cast(&in);
	if (in.bad || !match_decode(&in.rest, &h->last))
		return false;
	/* Its texts are the query's; only its order is asked for. */
	h->last = (struct match){ .rule = h->last.rule,
		.source_id = h->last.source_id,
		.id = h->last.id,
		.at_ns = h->last.at_ns,
		.place = h->last.place };
	return true;
}

static int
restore_head(struct store *s, struct checkpoint_head *h, struct checkpoint_counts *n)
{
	struct store_query *q = store_checkpoint(s, PART_HEAD);
	struct str bytes;
	uint64_t id;
	int err;

	*h = (struct checkpoint_head){ .settled_ns = TIME_NONE };
	h->last.at_ns = TIME_NONE;
	if (q == NULL)
		return -EIO;
	if (store_next_checkpoint(q, &id, &bytes) && !read_head(bytes, h)) {
		*h = (struct checkpoint_head){ .settled_ns = TIME_NONE };
		h->last.at_ns = TIME_NONE;
		n->damaged++;
	}
	err = store_query_failed(q) ? -EIO : 0;
	store_query_free(&q);
	return err;
}

/* One row into whom it belongs to: 0, 1 (nobody asks for it), -EINVAL, else an error. */
static int
restore_row(int part, const struct checkpoint_parts *p, uint64_t id, struct str bytes)
{
	if (part == PART_WINDOWS)
		return correlator_restore(p->correlator, bytes);
	if (part == PART_VOLUMES)
		return volume_restore(p->volume, id, bytes);
	return incidents_restore(p->incidents, id, bytes);
}

static int
drop_rows(struct store *s, int part, struct buf *ids)
{
	const uint64_t *id = (const uint64_t *)(const void *)ids->data;
	int err = buf_failed(ids) ? -ENOMEM : 0;

	for (size_t k = 0; err == 0 && k < ids->len / sizeof(*id); k++)
		err = store_put_checkpoint(s, part, id[k], (struct str){ 0 });
	return err;
}

/* What is not taken goes, so that the next start does not meet it again. */
static int
restore_part(struct store *s, int part, const struct checkpoint_parts *p,
	struct checkpoint_counts *n)
{
	struct store_query *q = store_checkpoint(s, part);
	struct buf unwanted;
	struct str bytes;
	uint64_t id;
	int err = 0;

	if (q == NULL)
		return -EIO;
	buf_init(&unwanted, (size_t)256 << 20);
	while (err == 0 && store_next_checkpoint(q, &id, &bytes)) {
		int got = restore_row(part, p, id, bytes);

		n->rows++;
		n->refused += got == 1;
		n->damaged += got == -EINVAL;
		if (got == 1 || got == -EINVAL)
			buf_add(&unwanted, (struct str){ (const char *)&id, sizeof(id) });
		else
			err = got;
	}
	if (err == 0 && store_query_failed(q))
		err = -EIO;
	store_query_free(&q);
	if (err == 0)
		err = drop_rows(s, part, &unwanted);
	buf_fini(&unwanted);
	return err;
}

int
checkpoint_restore(struct store *s, const struct checkpoint_parts *p,
	struct checkpoint_head *head, struct checkpoint_counts *counts)
{
	int err;

	*counts = (struct checkpoint_counts){ 0 };
	err = restore_head(s, head, counts);
	if (err == 0)
		err = restore_part(s, PART_WINDOWS, p, counts);
	if (err == 0)
		err = restore_part(s, PART_INCIDENTS, p, counts);
	if (err == 0)
		err = restore_part(s, PART_VOLUMES, p, counts);
	return err;
}

static uint32_t
find(const struct ruleset *rs, uint32_t number, struct str name)
{
	bool corr = (number & CORRELATION_BIT) != 0;
	uint32_t index = number & ~CORRELATION_BIT, other;

	if (index < (corr ? rs->n_corrs : rs->n_rules) &&
		str_eq(name, ruleset_name(rs, number)))
		return index;
	other = ruleset_find(rs, name);
	if (other == UINT32_MAX || ((other & CORRELATION_BIT) != 0) != corr)
		return UINT32_MAX;
	return other & ~CORRELATION_BIT;
}

static bool
keep(uint32_t **list, size_t *n, uint32_t index, uint32_t value)
{
	uint32_t *p;

	if (index != *n || *n == NAMES_MAX)
		return false;
	p = realloc(*list, (*n + 1) * sizeof(*p));
	if (p == NULL)
		return false;
	*list = p;
	p[(*n)++] = value;
	return true;
}

int
checkpoint_names_load(
	struct store *s, const struct ruleset *rs, struct checkpoint_names *out)
{
	struct store_query *q = store_checkpoint(s, PART_NAMES);
	struct str name;
	uint64_t id;
	int err = 0;

	*out = (struct checkpoint_names){ 0 };
	if (q == NULL)
		return -EIO;
	while (err == 0 && store_next_checkpoint(q, &id, &name)) {
		uint32_t number = (uint32_t)id, index = number & ~CORRELATION_BIT;
		uint32_t now = find(rs, number, name);
		bool good = (number & CORRELATION_BIT) != 0
				    ? keep(&out->corrs, &out->n_corrs, index, now)
				    : keep(&out->rules, &out->n_rules, index, now);

		out->known = true;
		out->changed |= now != index;
		if (!good) {
			checkpoint_names_free(out);
			out->known = out->changed = true;
			break;
		}
	}
	if (err == 0 && store_query_failed(q))
		err = -EIO;
	store_query_free(&q);
	out->changed |= out->n_rules != rs->n_rules || out->n_corrs != rs->n_corrs;
	return err;
}

void
checkpoint_names_free(struct checkpoint_names *n)
{
	free(n->rules);
	free(n->corrs);
	*n = (struct checkpoint_names){ 0 };
}

int
checkpoint_names_save(struct store *s, const struct ruleset *rs)
{
	int err = store_del_checkpoint(s, PART_NAMES);

	for (uint32_t k = 0; err == 0 && k < rs->n_rules; k++)
		err = store_put_checkpoint(s, PART_NAMES, k, rs->rules[k].name);
	for (uint32_t k = 0; err == 0 && k < rs->n_corrs; k++)
		err = store_put_checkpoint(
			s, PART_NAMES, k | CORRELATION_BIT, rs->corrs[k].name);
	return err;
}
