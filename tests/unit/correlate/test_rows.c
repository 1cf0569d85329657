/* SPDX-License-Identifier: Apache-2.0 */
/* Rows behind a match do what they do one by one. */
#include "naive.h"

enum { LIST = 2000, SAID = 1 << 16, PACKED = 64 };

static const char rules_z[] =
	"title: P\nname: p\ncorrelation: {type: value_percentile, rules: [a, b], "
	"group-by: [service], timespan: 60s, condition: {field: v, percentile: 75, gte: 50}}\n"
	"level: high\n---\n"
	"title: S\nname: s\ncorrelation: {type: value_sum, rules: [a], group-by: [service], "
	"timespan: 30s, condition: {field: v, gt: 300}}\nlevel: high\n---\n"
	"title: V\nname: v\ncorrelation: {type: value_avg, rules: [b, d], "
	"group-by: [pod], timespan: 30s, condition: {field: v, lt: 30}}\nlevel: high\n";

static char values[LIST][8];
static uint64_t in_rows;

/* A source writes for a while, of one rule; some times are not in order of seconds. */
static void
make(struct match *list, const struct ruleset *rs)
{
	static const struct str service[] = { STR_INIT("x"), STR_INIT("y") };
	static const struct str pod[] = { STR_INIT("x-1"), STR_INIT("x-2"),
		STR_INIT("y-1") };
	int64_t at_ns = KIT_BASE;
	unsigned of = 0, rule = 0, slow = 0;

	for (size_t i = 0; i < LIST; i++) {
		struct match *m = &list[i];

		of = below(40) == 0 ? below(3) : of;
		rule = below(30) == 0 ? below(3) : rule;
		slow = below(100) == 0 ? below(120) : slow;
		at_ns += below(4) == 0 ? 0 : below(200) * TIME_S / 1000;
		at_ns += below(300) == 0 ? below(90) * TIME_S : 0;
		snprintf(values[i], sizeof(values[i]), below(60) == 0 ? "x%u" : "%u.5",
			below(20) + slow);
		*m = (struct match){ .rule = ruleset_find(
					     rs, (struct str){ &"abd"[rule], 1 }),
			.source = of,
			.source_id = 1 + of,
			.id_seed = 1 + 100 * of + rule,
			.at_ns = at_ns,
			.quality = below(500) == 0 ? TIME_NEAREST : TIME_WRITTEN,
			.category = RECORD_LOG,
			.weight = 1,
			.place = { 100 * i, 0 },
			.n_captures = 1 };
		m->label[LABEL_SERVICE] = service[of / 2];
		m->label[LABEL_POD] = pod[of];
		m->capture[0] = (struct field){ STR("v"), str_z(values[i]) };
		m->id = match_id(m);
	}
}

static void
listen(struct correlator *c, char *said, size_t *len)
{
	struct outcome o;

	while (correlator_next(c, &o) && *len < SAID - 200)
		*len += (size_t)snprintf(said + *len, SAID - *len,
			"%u %d %.*s %" PRId64 " %" PRId64 " %" PRId64 " %" PRIu64
			" %" PRIu64 " %.9g %d\n",
			o.corr, (int)o.kind, STR_ARG(o.key[0]), o.at_ns - KIT_BASE,
			o.first_ns, o.last_ns, o.deciding, o.count, o.value,
			(int)o.quality);
}

/* The matches behind list[i] that are like it, at most PACKED of them. */
static struct value_rows
pack(const struct match *list, size_t i, char *to)
{
	struct value_rows v = { .next = to,
		.base_ns = list[i].at_ns,
		.base_offset = list[i].place.offset,
		.until_ns = INT64_MAX };

	for (size_t k = i + 1; k < LIST && v.n < PACKED; k++) {
		const struct match *m = &list[k];
		struct str value = m->capture[0].value;

		if (m->rule != list[i].rule || m->source != list[i].source ||
			m->quality != list[i].quality ||
			m->at_ns - v.base_ns > UINT32_MAX)
			break;
		value_row_head(to, (uint32_t)(m->at_ns - v.base_ns),
			(uint32_t)(m->place.offset - v.base_offset), (uint8_t)value.len);
		memcpy(to + VALUE_ROW_HEAD, value.ptr, value.len);
		to += VALUE_ROW_HEAD + value.len;
		v.n++;
	}
	if (v.n > 0 && below(3) == 0)
		v.until_ns = list[i + 1 + below(v.n)].at_ns;
	return v;
}

static void
feed(struct correlator *c, const struct match *list, bool rows, char *said)
{
	static char packed[PACKED * (VALUE_ROW_HEAD + sizeof(values[0]))];
	size_t len = 0, taken = 0;

	for (size_t i = 0; i < LIST; i += 1 + taken) {
		taken = 0;
		if (!rows || !correlator_add(c, &list[i]))
			correlator_match(c, &list[i]);
		if (rows && correlator_adds(c, list[i].rule)) {
			struct value_rows v = pack(list, i, packed);
			uint32_t n = v.n;

			taken = correlator_add_rows(c, &list[i], &v, v.until_ns);
			in_rows += taken;
			if (v.n + taken != n || (taken > 0 && v.last_ns >= v.until_ns))
				abort();
		}
		listen(c, said, &len);
	}
	correlator_end(c, list[LIST - 1].at_ns + TIME_H);
	listen(c, said, &len);
}

static bool
is_same(const struct correlate_counts *a, const struct correlate_counts *b)
{
	return a->matches == b->matches && a->no_number == b->no_number &&
	       a->no_key == b->no_key;
}

int
main(void)
{
	static const struct outcome_asked nothing[3];
	static const struct correlate_conf conf = {
		.max_keys = 100, .max_entries = 1000, .asked = nothing
	};
	static struct match list[LIST];
	static char want[SAID], got[SAID];

	seed = 20261126;
	for (unsigned round = 0; round < 20; round++) {
		struct kit one = kit_open_with(kit_rules(rules_z), &conf);
		struct kit rows = kit_open_with(kit_rules(rules_z), &conf);

		make(list, one.rs);
		feed(one.c, list, false, want);
		feed(rows.c, list, true, got);
		OK(strlen(want) > 1000 && strcmp(want, got) == 0);
		OK(is_same(correlator_counts(one.c), correlator_counts(rows.c)));
		kit_close(&one);
		kit_close(&rows);
	}
	OK(in_rows > 10 * LIST);
	return tap_done();
}
