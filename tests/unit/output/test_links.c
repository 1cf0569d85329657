/* SPDX-License-Identifier: Apache-2.0 */
/* links and tags: what an operator would type, and the names of Datadog's Agent. */
#include "output/links.h"

#include <stdlib.h>

#include "base/json.h"
#include "output/tags.h"

#include "../../tap.h"

#define SOURCE(image)                                                                  \
	"\"source\":{\"namespace\":\"sock-shop\",\"pod\":\"orders-9798858684-zmlzt\"," \
	"\"container\":\"orders\",\"service\":\"orders\"" image "}"

#define IMAGE ",\"datadog_service\":\"sock-shop-orders\""

#define FINDING(image)                                                                        \
	"{\"rule\":\"payment_outage\",\"key\":{\"namespace\":\"sock-shop\"},"                 \
	"\"first_at\":\"2025-10-28T10:04:45.548Z\",\"last_at\":\"2025-10-28T10:06:02.518Z\"," \
	"\"timeline\":[{\"rule\":\"order_created\",\"level\":\"informational\"," SOURCE(      \
		image) ",\"text\":\"Order created with ID: 6900 and status: Created\"},"      \
		       "{\"rule\":\"payment_failed\",\"level\":\"high\"," SOURCE(             \
			       image) ","                                                     \
				      "\"text\":\"2025-10-28 10:04:45 ERROR [orders,1] "      \
				      "w.w.s.o.OrdersController     : Payment failed for "    \
				      "order 6900953ac1f4320001b50703: I/O error on a POST request to it\"}]}"

static json_t *
parse(const char *text_z)
{
	json_t *v = json_loads(text_z, 0, NULL);

	if (v == NULL)
		abort();
	return v;
}

static bool
makes(const char *site_z, const char *app_z, const json_t *f, enum link_kind kind,
	const char *want_z)
{
	struct output_settings conf = { .site = str_z(site_z), .app_url = str_z(app_z) };
	struct buf b;
	bool good;

	buf_init(&b, 2 * LINK_MAX);
	good = links_make(&conf, f, kind, &b) && str_eq(buf_str(&b), str_z(want_z));
	if (!good)
		printf("# %.*s\n", STR_ARG(buf_str(&b)));
	buf_fini(&b);
	return good;
}

static void
test_links(void)
{
	static const char us5_z[] =
		"https://us5.datadoghq.com/logs?query=kube_namespace%3Asock-shop%20service%3A"
		"sock-shop-orders%20%22Payment%20failed%20for%20order%22&from_ts=1761645600000"
		"&to_ts=1761646500000&live=false";
	json_t *f = parse(FINDING(IMAGE));

	OK(makes("us5.datadoghq.com", "", f, LINK_LOGS, us5_z));
	OK(makes("x", "https://us5.datadoghq.com/", f, LINK_LOGS, us5_z));
	OK(makes("datadoghq.eu", "", f, LINK_EVENTS,
		"https://app.datadoghq.eu/event/explorer?query=source%3Akubernetes%20"
		"kube_namespace%3Asock-shop%20kube_deployment%3Aorders&from_ts=1761645600000"
		"&to_ts=1761646500000&live=false"));
	OK(makes("datadoghq.com", "", f, LINK_CONTAINERS,
		"https://app.datadoghq.com/containers?query=kube_namespace%3Asock-shop"));
	OK(makes("ap1.datadoghq.com", "", f, LINK_METRICS,
		"https://ap1.datadoghq.com/metric/explorer?exp_metric="
		"kubernetes.containers.restarts&exp_scope=kube_namespace%3Asock-shop"
		"&from_ts=1761645600000&to_ts=1761646500000&live=false&exp_agg=sum"));
	OK(makes("ddog-gov.com", "", f, LINK_CONTAINERS,
		"https://app.ddog-gov.com/containers?query=kube_namespace%3Asock-shop"));
	json_decref(f);
}

static bool
searches(const char *finding_z, const char *want_z)
{
	json_t *f = parse(finding_z);
	struct buf b;
	bool good;

	buf_init(&b, LINK_MAX);
	links_query(f, LINK_LOGS, &b);
	good = str_eq(buf_str(&b), str_z(want_z));
	if (!good)
		printf("# %.*s\n", STR_ARG(buf_str(&b)));
	buf_fini(&b);
	json_decref(f);
	return good;
}

static void
test_queries(void)
{
	OK(searches("{}", ""));
	OK(searches(FINDING(""), "kube_namespace:sock-shop service:orders "
				 "\"Payment failed for order\""));
	/* what is not in all lines of the leading rule is no phrase */
	OK(searches("{\"timeline\":[{\"rule\":\"a\",\"text\":\"it is gone 1\"},"
		    "{\"rule\":\"a\",\"text\":\"it is here 2\"}]}",
		""));
	OK(searches("{\"timeline\":[{\"rule\":\"a\",\"text\":\"<card:1234> declined "
		    "by 7 of the whole world\"}]}",
		"\"of the whole world\""));
	OK(searches("{\"key\":{\"namespace\":\"a (b)*\\\"\"}}",
		"kube_namespace:a\\ \\(b\\)\\*\\\""));
}

static void
test_nowhere(void)
{
	struct output_settings conf = { .site = STR("datadoghq.com") };
	json_t *f = parse("{\"first_at\":\"2025-10-28T10:04:45.548Z\"}");
	struct buf b;

	buf_init(&b, LINK_MAX);
	OK(!links_make(&conf, f, LINK_LOGS, &b) && b.len == 0);
	json_object_set_new(f, "key", json_pack("{s:s}", "namespace", "a"));
	json_object_set_new(f, "first_at", json_string("long ago"));
	OK(!links_make(&conf, f, LINK_LOGS, &b) && b.len == 0);
	buf_fini(&b);
	json_decref(f);
}

static bool
tagged(const struct output_settings *conf, const char *finding_z, enum tags_use use,
	const char *want_z)
{
	json_t *f = parse(finding_z);
	const struct finding one = { .body = f };
	json_t *tags = tags_make(conf, &one, 1, use);
	struct buf b;
	bool good;

	buf_init(&b, 1 << 16);
	tags_join(tags, &b);
	good = str_eq(buf_str(&b), str_z(want_z));
	if (!good)
		printf("# %.*s\n", STR_ARG(buf_str(&b)));
	buf_fini(&b);
	json_decref(tags);
	json_decref(f);
	return good;
}

static void
test_tags(void)
{
	static const struct str extra[] = { STR_INIT("Team:Shop, one"), STR_INIT("7:x"),
		STR_INIT("canary"), STR_INIT("env:demo") };
	const struct output_settings none = { 0 };
	const struct output_settings conf = { .env = STR("demo"),
		.cluster = STR("unknown"),
		.tags = { extra, ARRAY_LEN(extra) } };
	const char *labelled_z = FINDING(",\"datadog_service\":\"foo\"");

	OK(tagged(&none, FINDING(IMAGE), TAGS_SUBJECT,
		"kube_namespace:sock-shop,service:sock-shop-orders,kube_deployment:orders,"
		"kube_container_name:orders,detected_by:gumshoe,rule:payment_outage"));
	OK(tagged(&none, labelled_z, TAGS_SUBJECT,
		"kube_namespace:sock-shop,service:foo,kube_deployment:orders,"
		"kube_container_name:orders,detected_by:gumshoe,rule:payment_outage"));
	OK(tagged(&none, labelled_z, TAGS_PLACE,
		"kube_namespace:sock-shop,kube_deployment:orders,"
		"kube_container_name:orders,detected_by:gumshoe,rule:payment_outage"));
	OK(tagged(&conf, labelled_z, TAGS_OWN,
		"env:demo,detected_by:gumshoe,rule:payment_outage,team:shop__one,canary"));
	OK(tagged(&none,
		"{\"rule\":\"R\",\"key\":{\"namespace\":\"unknown\",\"order_id\":\"x1\"},"
		"\"timeline\":[{\"source\":{\"service\":\"a:\"}},"
		"{\"source\":{\"service\":\"B\xc3\xa9 C\",\"pod\":\"b-0\"}},7]}",
		TAGS_SUBJECT, "service:a,service:b__c,detected_by:gumshoe,rule:r"));
}

static void
test_workloads(void)
{
	static const struct {
		const char *pod_z, *service_z, *want_z;
	} rows[] = { { "orders-9798858684-zmlzt", "orders", "kube_deployment" },
		{ "web-0", "web", "kube_stateful_set" },
		{ "node-exporter-x2x4z", "node-exporter", "kube_daemon_set" },
		{ "orders", "orders", "" }, { "orders-a-b-c", "orders", "" },
		{ "other-1", "orders", "" }, { "", "orders", "" }, { "a-0", "", "" } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_t *s = json_pack(
			"{s:s,s:s}", "pod", rows[i].pod_z, "service", rows[i].service_z);

		OK(str_eq(tags_workload(s), str_z(rows[i].want_z)));
		json_decref(s);
	}
}

int
main(void)
{
	test_links();
	test_queries();
	test_nowhere();
	test_tags();
	test_workloads();
	return tap_done();
}
