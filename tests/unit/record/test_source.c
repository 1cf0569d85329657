/* SPDX-License-Identifier: Apache-2.0 */
#include "record/source.h"

#include "base/compiler.h"

#include "tap.h"

static bool
guess(const char *pod_z, const char *service_z)
{
	struct str s = workload_of_pod(str_z(pod_z));

	if (!str_eq(s, str_z(service_z)))
		printf("# %s gives %.*s\n", pod_z, STR_ARG(s));
	return str_eq(s, str_z(service_z));
}

static void
test_guess(void)
{
	OK(guess("orders-6c9f7b5d8-4xk2p", "orders"));
	OK(guess("front-end-6649b54d45-9tq7r", "front-end"));
	OK(guess("carts-db-7c59b9f8d6-xg5qz", "carts-db"));
	OK(guess("carts-db-xg5qz", "carts-db"));
	OK(guess("redis-0", "redis"));
	OK(guess("backup-28374651-x7k2p", "backup"));
	OK(guess("fluent-bit-bcdfg", "fluent-bit"));
	OK(guess("front-end", "front-end"));
	OK(guess("orders", "orders"));
	OK(guess("", ""));
	OK(guess("-abc", "-abc"));
}

static const struct source *
get(struct source_table *t, const char *namespace_z, const char *pod_z)
{
	struct str label[LABEL_COUNT] = { 0 };

	label[LABEL_NAMESPACE] = str_z(namespace_z);
	label[LABEL_POD] = str_z(pod_z);
	return source_table_get(t, STR("-"), label);
}

static const struct source *
get_log(struct source_table *t, const char *folder_z, const char *uid_z)
{
	struct str label[LABEL_COUNT] = { 0 };
	char path_z[128];

	label[LABEL_NAMESPACE] = STR("shop");
	label[LABEL_POD] = STR("orders-0");
	label[LABEL_CONTAINER] = STR("orders");
	label[LABEL_UID] = str_z(uid_z);
	(void)snprintf(path_z, sizeof(path_z), "%s/shop_orders-0_%s/orders/0.log",
		folder_z, uid_z);
	return source_table_get(t, str_z(path_z), label);
}

/* The name of a pod is given to the next one; its logs may lie in another folder. */
static void
test_uid(void)
{
	struct source_table *t = source_table_new(10, SOURCES_STAY);
	const struct source *first = get_log(t, "/var/log/pods", "u1");
	const struct source *next = get_log(t, "/var/log/pods", "u2");
	const struct source *copy = get_log(t, "/mnt/node1", "u1");

	OK(first != NULL && next != NULL && copy != NULL);
	OK(first->id != next->id && first->writer != next->writer);
	OK(first->id == copy->id && first->writer == copy->writer);
	source_table_free(&t);
}

static void
test_table(void)
{
	struct source_table *t = source_table_new(3, SOURCES_STAY);
	const struct source *a, *b;
	struct str none[LABEL_COUNT] = { 0 };

	source_table_set_workload(t, STR("shop"), STR("weird-name"), STR("orders"));
	source_table_set_workload(t, STR("shop"), STR("weird-name"), STR("late"));
	source_table_set_workload(t, STR("shop"), STR("known-6c9f7b5d8-4xk2p"), STR(""));
	a = get(t, "", "weird-name");
	OK(a != NULL && str_eq(a->label[LABEL_SERVICE], STR("orders")));
	OK(str_eq(a->label[LABEL_NAMESPACE], STR("shop")));
	OK(get(t, "", "weird-name") == a);
	source_table_set_workload(t, STR("other"), STR("x"), STR("y"));
	b = get(t, "", "known-6c9f7b5d8-4xk2p");
	OK(b != a && b->id != a->id && b->index == 1);
	OK(str_eq(b->label[LABEL_NAMESPACE], STR("shop")));
	OK(str_eq(b->label[LABEL_SERVICE], STR("known")));
	OK(source_table_get(t, STR("f"), none)->label[LABEL_NAMESPACE].len == 0);
	OK(source_table_get(t, STR("g"), none) == NULL);
	OK(source_table_len(t) == 3 && source_table_at(t, 1) == b);
	OK(source_table_at(t, 3) == NULL);
	source_table_free(&t);
	OK(t == NULL);
}

static void
test_ambiguous(void)
{
	struct source_table *t = source_table_new(10, SOURCES_STAY);

	source_table_set_workload(t, STR("a"), STR("redis-0"), STR("redis"));
	source_table_set_workload(t, STR("b"), STR("redis-0"), STR("cache"));
	OK(get(t, "", "redis-0")->label[LABEL_NAMESPACE].len == 0);
	OK(str_eq(get(t, "b", "redis-0")->label[LABEL_SERVICE], STR("cache")));
	source_table_free(&t);
}

/* A label that a pod's source got stands, also for a table that is filled anew. */
static void
test_restore(void)
{
	struct source_table *t = source_table_new(10, SOURCES_STAY),
			    *again = source_table_new(10, SOURCES_STAY);
	struct workload_row w, decoded;
	struct buf b;
	uint64_t n = 0, last = 3;

	buf_init(&b, 1 << 16);
	OK(str_eq(get(t, "shop", "cart-6c9f7b5d8-4xk2p")->label[LABEL_SERVICE],
		STR("cart")));
	source_table_set_workload(
		t, STR("shop"), STR("cart-6c9f7b5d8-4xk2p"), STR("other"));
	source_table_set_workload(t, STR("shop"), STR("odd"), STR(""));
	source_table_set_workload(t, STR("shop"), STR("odd"), STR(""));
	source_table_set_workload(t, STR("shop"), STR("odd"), STR("pay"));
	while (source_table_workload(t, &n, &w)) {
		buf_reset(&b);
		workload_encode(&w, &b);
		OK(workload_decode(buf_str(&b), &decoded));
		source_table_restore(again, &decoded);
		b.data[3] ^= 1;
		OK(!workload_decode(buf_str(&b), &decoded));
	}
	OK(n == 4 && source_table_workload(again, &last, &w) &&
		!source_table_workload(again, &last, &w));
	source_table_set_workload(
		again, STR("shop"), STR("cart-6c9f7b5d8-4xk2p"), STR("other"));
	OK(str_eq(get(again, "shop", "cart-6c9f7b5d8-4xk2p")->label[LABEL_SERVICE],
		STR("cart")));
	OK(str_eq(get(again, "", "odd")->label[LABEL_SERVICE], STR("pay")));
	OK(str_eq(get(again, "", "odd")->label[LABEL_NAMESPACE], STR("shop")));
	buf_fini(&b);
	source_table_free(&again);
	source_table_free(&t);
}

/* Told before the source is made; the first word stands. */
static void
test_datadog(void)
{
	struct source_table *t = source_table_new(10, SOURCES_STAY);
	struct str label[LABEL_COUNT] = { [LABEL_NAMESPACE] = STR("a"),
		[LABEL_POD] = STR("web-0"),
		[LABEL_CONTAINER] = STR("proxy") };
	struct source_table *again = source_table_new(10, SOURCES_STAY);
	struct workload_row w;
	struct buf b;
	uint64_t n;

	buf_init(&b, 1 << 16);
	source_table_set_workload(t, STR("a"), STR("web-0"), STR("web"));
	source_table_set_datadog(t, STR("a"), STR("web-0"), STR("web"), STR("shop-web"));
	source_table_set_datadog(t, STR("a"), STR("web-0"), STR("web"), STR("late"));
	OK(str_eq(get(t, "a", "web-0")->label[LABEL_DATADOG], STR("shop-web")));
	source_table_set_datadog(t, STR("a"), STR("web-0"), STR("proxy"), STR("envoy"));
	OK(str_eq(source_table_get(t, STR("f"), label)->label[LABEL_DATADOG],
		STR("envoy")));
	label[LABEL_CONTAINER] = STR("other");
	OK(source_table_get(t, STR("f"), label)->label[LABEL_DATADOG].len == 0);
	source_table_set_datadog(t, STR("a"), STR("web-0"), STR("other"), STR("late"));
	OK(source_table_get(t, STR("g"), label)->label[LABEL_DATADOG].len == 0);
	for (uint64_t i = 4; i-- > 0;) { /* last first */
		n = i;
		OK(source_table_workload(t, &n, &w) && n == i + 1);
		buf_reset(&b);
		workload_encode(&w, &b);
		OK(workload_decode(buf_str(&b), &w));
		source_table_restore(again, &w);
	}
	n = 4;
	OK(!source_table_workload(t, &n, &w));
	OK(str_eq(get(again, "a", "web-0")->label[LABEL_SERVICE], STR("web")));
	label[LABEL_CONTAINER] = STR("web");
	OK(str_eq(source_table_get(again, STR("f"), label)->label[LABEL_DATADOG],
		STR("shop-web")));
	label[LABEL_CONTAINER] = STR("other");
	OK(source_table_get(again, STR("g"), label)->label[LABEL_DATADOG].len == 0);
	buf_fini(&b);
	source_table_free(&again);
	source_table_free(&t);
}

/* Those of a daemon go with the last who holds them, and their place is another's. */
static void
test_go(void)
{
	const struct str none[LABEL_COUNT] = { 0 };
	struct source_table *t = source_table_new(2, SOURCES_GO);
	const struct source *a = get(t, "shop", "a-0"), *b = get(t, "shop", "b-0");
	uint32_t first = a->index, second = b->index;

	OK(get(t, "shop", "c-0") == NULL);
	OK(source_table_open(t, STR("/var/log/c"), none) !=
		NULL); /* has a bound of its own */
	OK(source_table_len(t) == 3);
	source_table_hold(t, a);
	source_table_drop(t, a);
	OK(source_table_at(t, first) == a && get(t, "shop", "a-0") == a);
	source_table_drop(t, a);
	source_table_drop(t, a);
	OK(source_table_at(t, first) == NULL && source_table_at(t, second) == b);
	a = get(t, "shop", "a-0");
	OK(a != NULL && a->index > second && source_table_at(t, a->index) == a);
	OK(get(t, "shop", "c-0") == NULL);
	source_table_drop(t, b);
	OK(source_table_at(t, a->index) == a && source_table_len(t) == 2);
	source_table_free(&t);
}

static void
set_pod(struct source_table *t, int i)
{
	char pod_z[32];

	(void)snprintf(pod_z, sizeof(pod_z), "pod-%d", i);
	source_table_set_workload(t, STR("a"), str_z(pod_z), STR("many"));
}

static bool
is_service(struct source_table *t, const char *pod_z, const char *service_z)
{
	const struct source *s = get(t, "a", pod_z);
	bool good = str_eq(s->label[LABEL_SERVICE], str_z(service_z));

	source_table_drop(t, s);
	return good;
}

/* Of pods that come and go as many are known as there may be sources, or twice as many;
 * who is asked for stays. What was forgotten is no news any more. */
static void
test_forget(void)
{
	struct source_table *t = source_table_new(8, SOURCES_GO);
	struct workload_row w;
	uint64_t n = 0, known = 0;

	source_table_set_workload(t, STR("a"), STR("old-0"), STR("gone"));
	source_table_set_workload(t, STR("a"), STR("web-0"), STR("shop"));
	source_table_set_datadog(t, STR("a"), STR("web-0"), STR("web"), STR("dd"));
	for (int i = 0; i < 100; i++) {
		set_pod(t, i);
		OK(is_service(t, "web-0", "shop"));
	}
	OK(is_service(t, "pod-99", "many") && is_service(t, "pod-95", "many"));
	OK(is_service(t, "pod-20", "pod") && is_service(t, "old-0", "old"));
	OK(str_eq(get(t, "", "web-0")->label[LABEL_NAMESPACE], STR("a")));
	OK(str_eq(get(t, "a", "web-0")->label[LABEL_DATADOG], STR("dd")));
	while (source_table_workload(t, &n, &w)) {
		OK(str_eq(w.namespace, STR("a")) && w.pod.len > 0);
		known++;
	}
	OK(n > 100 && known >= 8 && known <= 2 * 8 + 4);
	source_table_free(&t);
}

static void
test_images(void)
{
	static const char *const rows_z[] = {
		"quay.io/powercloud/sock-shop-orders:v1.0-status-fix", "sock-shop-orders",
		"localhost:5000/a/b:v1@sha256:00", "b", "a/b@sha256:00", "b", "redis",
		"redis", "", "", "sha256:0123", ""
	};

	for (size_t i = 0; i < ARRAY_LEN(rows_z); i += 2)
		OK(str_eq(workload_of_image(str_z(rows_z[i])), str_z(rows_z[i + 1])));
}

int
main(void)
{
	OK(label_find(STR("pod")) == LABEL_POD && label_find(STR("x")) == LABEL_COUNT);
	test_guess();
	test_uid();
	test_table();
	test_ambiguous();
	test_restore();
	test_datadog();
	test_go();
	test_forget();
	test_images();
	return tap_done();
}
