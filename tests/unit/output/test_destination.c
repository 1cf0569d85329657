/* SPDX-License-Identifier: Apache-2.0 */
/* destination, request and the datadog type: which requests carry what, and no secrets.
 */
#include "output/destination.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/time.h"

#include "../../tap.h"

#define T0    (INT64_C(1761645885) * TIME_S)
#define KEY_Z "SECRETKEY0123456789"

static const struct destination_type *const type = &destination_datadog;

/* n parcels of one finding each, whose title has size bytes. */
struct load {
	struct finding *findings;
	struct parcel *parcels;
	size_t n;
};

static struct load
make_load(size_t n, size_t size)
{
	struct load l = { calloc(n, sizeof(*l.findings)), calloc(n, sizeof(*l.parcels)),
		n };
	char *text_z = malloc(size + 1);

	if (l.findings == NULL || l.parcels == NULL || text_z == NULL)
		abort();
	memset(text_z, 'x', size);
	text_z[size] = '\0';
	for (size_t i = 0; i < n; i++) {
		json_t *body = json_pack("{s:s,s:s,s:i,s:s}", "id", "0123456789abcdef",
			"kind", "opened", "seq", (int)i, "title", text_z);

		for (size_t k = 0; k < 10 && size > 100; k++) {
			json_t *list = json_object_get(body, "timeline");

			if (list == NULL) {
				list = json_array();
				json_object_set_new(body, "timeline", list);
			}
			json_array_append_new(list, json_pack("{s:s}", "text", text_z));
		}
		l.findings[i] = (struct finding){ .body = body,
			.id = STR("0123456789abcdef"),
			.seq = (int64_t)i,
			.kind = FINDING_OPENED };
		l.parcels[i] = (struct parcel){ .key = STR("0123456789abcdef"),
			.kind = FINDING_OPENED,
			.findings = &l.findings[i],
			.n = 1,
			.open = 1 };
	}
	free(text_z);
	return l;
}

static void
free_load(struct load *l)
{
	for (size_t i = 0; i < l->n; i++)
		json_decref((json_t *)(uintptr_t)l->findings[i].body);
	free(l->findings);
	free(l->parcels);
}

static struct destination *
open_one(void)
{
	static const struct output_settings conf = { .type = DEST_DATADOG,
		.site = STR_INIT("datadoghq.com") };
	char path_z[] = "/tmp/destination-XXXXXX";
	int fd = mkstemp(path_z);
	struct destination_conf dc = { .output = &conf, .key_file_z = path_z };
	struct destination *d = NULL;

	if (fd < 0 || write(fd, KEY_Z "\n", strlen(KEY_Z) + 1) < 0)
		abort();
	OK(destination_new(type, &dc, &d) == 0);
	close(fd);
	unlink(path_z);
	return d;
}

static struct requests
build(struct destination *d, const struct load *l, unsigned parts)
{
	struct build b = {
		.parcels = l->parcels, .n = l->n, .parts = parts, .wall_ns = T0
	};
	struct requests list = { 0 };

	OK(type->build(d, &b, &list) == 0);
	return list;
}

static bool
is_array(const struct buf *b, size_t n)
{
	json_t *v = json_loadb(b->data, b->len, 0, NULL);
	bool good = json_array_size(v) == n;

	json_decref(v);
	return good;
}

static void
test_build(void)
{
	struct destination *d = open_one();
	struct load l = make_load(3, 10);
	struct requests list = build(d, &l, UINT_MAX);
	struct buf shown;

	OK(list.n == 4);
	OK(list.items[0].gzip && list.items[0].from == 0 && list.items[0].to == 3);
	OK(is_array(&list.items[0].body, 3));
	for (size_t i = 1; i < list.n; i++)
		OK(!list.items[i].gzip && list.items[i].from == i - 1 &&
			list.items[i].to == i);
	OK(strcmp(buf_z(&list.items[0].url),
		   "https://http-intake.logs.datadoghq.com/api/v2/logs") == 0);
	OK(strcmp(buf_z(&list.items[3].url), "https://api.datadoghq.com/api/v1/events") ==
		0);
	buf_init(&shown, 1 << 20);
	request_show(&list.items[1], &shown);
	OK(str_starts(buf_str(&shown),
		STR("POST https://api.datadoghq.com/api/v1/events\n"
		    "DD-API-KEY: (not shown)\nContent-Type: application/json\n")));
	OK(str_find(buf_str(&shown), STR(KEY_Z)) == SIZE_MAX);
	buf_fini(&shown);
	requests_fini(&list);
	free_load(&l);
	destination_free(type, &d);
	OK(d == NULL);
}

/* Part by part, and cut by number and bytes. */
static void
test_cut(void)
{
	struct destination *d = open_one();
	struct load l = make_load(1000, 900);
	struct requests all = build(d, &l, UINT_MAX);
	unsigned part = all.items[0].part;
	struct requests logs = build(d, &l, part);
	size_t next = 0;

	OK(logs.n >= 1 && all.n == logs.n + 1000);
	for (size_t i = 0; i < logs.n; i++) {
		OK(logs.items[i].from == next && logs.items[i].part == part);
		OK(logs.items[i].body.len <= 4250000);
		OK(is_array(&logs.items[i].body, logs.items[i].to - next));
		next = logs.items[i].to;
	}
	OK(next == 1000);
	requests_fini(&all);
	requests_fini(&logs);
	free_load(&l);
	destination_free(type, &d);
}

static void
test_answers(void)
{
	static const struct {
		long status;
		enum verdict verdict;
	} rows[] = { { 202, VERDICT_DONE }, { 200, VERDICT_DONE }, { 0, VERDICT_RETRY },
		{ 408, VERDICT_RETRY }, { 429, VERDICT_RETRY }, { 500, VERDICT_RETRY },
		{ 413, VERDICT_SPLIT }, { 400, VERDICT_REJECTED }, { 401, VERDICT_PAUSE },
		{ 403, VERDICT_PAUSE }, { 404, VERDICT_PAUSE }, { 302, VERDICT_PAUSE } };
	struct destination *d = open_one();
	struct requests list = { 0 };
	struct request one = { 0 };
	struct buf why;

	buf_init(&why, 4096);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct reply reply = { .status = rows[i].status, .body = STR("{}") };

		OK(type->judge(d, &one, &reply, &why) == rows[i].verdict);
	}
	OK(why.len == 0);
	OK(type->judge(d, &one,
		   &(struct reply){ .status = 403, .body = STR("bad " KEY_Z) },
		   &why) == VERDICT_PAUSE);
	OK(why.len > 0 && str_find(buf_str(&why), STR(KEY_Z)) == SIZE_MAX);
	OK(type->probe(d, &list) == 0 && list.n == 1);
	OK(strcmp(buf_z(&list.items[0].url),
		   "https://api.datadoghq.com/api/v1/validate") == 0);
	requests_fini(&list);
	buf_fini(&why);
	destination_free(type, &d);
}

int
main(void)
{
	test_build();
	test_cut();
	test_answers();
	return tap_done();
}
