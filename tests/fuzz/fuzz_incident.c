/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as rows of a checkpoint of incidents: taken or refused, and safe to go on
 * with. */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "incident/restore.h"
#include "incident/saved.h"
#include "rules/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char yaml[] =
	"title: A\nname: a\ngenerate: true\nlogsource: {category: log}\ndetection:\n"
	"  s: {message|re: 'order (?P<order_id>[0-9a-f]+)'}\n  condition: s\n"
	"incident: {key: [order_id], title: '{order_id} {count}'}\n---\n"
	"title: B\nname: b\ncorrelation: {type: value_count, rules: [a], group-by: [namespace],"
	" timespan: 5m, condition: {field: order_id, gte: 3}}\n"
	"incident: {title: '{count}', supersedes: [a], hold: 1m}\n---\n"
	"title: C\nname: c\ncorrelation: {type: event_count, rules: [a], group-by: [namespace],"
	" timespan: 1m, condition: {gte: 2}}\nincident: {mutes: [b]}\n";

static struct ruleset *rules;
static struct store *store;

static char path[] = "/tmp/gumshoe-fuzz-XXXXXX";

static void
stop(void)
{
	store_close(&store);
	unlink(path);
	ruleset_free(&rules);
}

static void
start(void)
{
	int fd;

	if (rules != NULL)
		return;
	fd = mkstemp(path);
	if (rules_load_text("fuzz.yaml", str_z(yaml), stderr, &rules) != 0 || fd < 0 ||
		store_open(path, STORE_REPLACE, true, &store) != 0 ||
		store_begin(store) != 0)
		abort();
	close(fd);
	atexit(stop);
}

static struct incidents *
make(void)
{
	struct incidents_conf conf = {
		.max_open = 20, .max_values = 200, .at_once = true
	};
	struct incidents *i = incidents_new(rules, NULL, store, &conf);

	if (i == NULL)
		abort();
	return i;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = { (const char *)data, size }, bytes;
	struct incident_saved out;
	struct incidents *i;
	uint64_t id, len;

	start();
	i = make();
	while (buf_take_varint(&rest, &id) && buf_take_varint(&rest, &len) &&
		len <= rest.len && buf_take(&rest, (size_t)len, &bytes))
		if (incidents_restore(i, id, bytes) == -ENOMEM)
			abort();
	for (int64_t at = 0; at < 4; at++)
		if (incidents_advance(i, at << 60) != 0)
			abort();
	while (incidents_changed(i, &out))
		assert(out.bytes.len > 0 || out.id != 0);
	incidents_free(&i);
	return 0;
}
