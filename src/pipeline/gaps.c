/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/gaps.h"

#include <string.h>

#include "base/time.h"

static int
put(struct store *s, const struct worker_file *f, struct str reason, const char *detail_z,
	uint64_t n)
{
	struct gap_row g = { .from_ns = f->first_ns,
		.to_ns = f->last_ns,
		.source = str_z(f->path_z),
		.reason = reason,
		.detail = str_z(detail_z),
		.n = n };

	return n == 0 ? 0 : store_put_gap(s, &g);
}

int
gaps_of_file(struct store *s, const struct worker_file *f)
{
	int err = 0;

	if (f->error != 0)
		err = put(s, f, STR("unreadable"), strerror(-f->error), 1);
	if (err == 0)
		err = put(s, f, STR("line_too_long"),
			"bytes behind the first MiB of a line", f->counts.cut_bytes);
	if (err == 0)
		err = put(s, f, STR("piece_without_end"),
			"log lines whose last piece is missing", f->counts.open_pieces);
	if (err == 0)
		err = put(s, f, STR("no_clock"),
			"matches without a time: no window counts them",
			(uint64_t)f->undated);
	return err;
}

int
gaps_complete(struct store *s, int64_t from_ns, int64_t to_ns)
{
	int err = 0;

	if (from_ns != TIME_NONE)
		err = store_put_meta_i64(s, STR("complete_from"), from_ns);
	if (err == 0 && to_ns != TIME_NONE)
		err = store_put_meta_i64(s, STR("complete_to"), to_ns);
	return err;
}
