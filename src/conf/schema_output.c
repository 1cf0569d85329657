/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of destinations. */
#include "base/compiler.h"
#include "base/time.h"
#include "conf/schema.h"
#include "conf/settings.h"

#define OUT(field) offsetof(struct output_settings, field)
#define WORDS(w)   .words = w, .n_words = ARRAY_LEN(w)
#define ONLY(type) (1U << DEST_##type)
#define WEB                                                                 \
	(ONLY(DATADOG) | ONLY(ALERTMANAGER) | ONLY(WEBHOOK) | ONLY(SLACK) | \
		ONLY(PAGERDUTY) | ONLY(OTLP))
#define MACHINES (ONLY(ALERTMANAGER) | ONLY(WEBHOOK) | ONLY(OTLP) | ONLY(FILE))
#define AUTH (ONLY(WEBHOOK) | ONLY(ALERTMANAGER) | ONLY(OTLP))

static const struct str types[DEST_TYPES] = { STR_INIT("datadog"),
	STR_INIT("alertmanager"), STR_INIT("webhook"), STR_INIT("slack"),
	STR_INIT("pagerduty"), STR_INIT("otlp"), STR_INIT("file") };
static const struct str kinds[] = { STR_INIT("opened"), STR_INIT("updated"),
	STR_INIT("resolved") };
static const struct str bodies[] = { STR_INIT("alertmanager"), STR_INIT("cloudevents") };
static const struct str lines[] = { STR_INIT("ndjson"), STR_INIT("text") };

/* clang-format off */
static const struct setting rows[] = {
	{ "type", SETTING_WORD, SETTING_RELOAD | SETTING_REQUIRED, OUT(type), WORDS(types),
		.example_z = "datadog", .help_z = "What is at the other end." },
	{ "name", SETTING_NAME, SETTING_RELOAD, OUT(name), .max = 64, .example_z = "datadog",
		.help_z = "What messages and counters call it; without one its type. Keep it: "
			  "what waits to be sent waits under it." },
	{ "send", SETTING_WORDS, SETTING_RELOAD, OUT(send), WORDS(kinds),
		.default_z = "[opened, updated, resolved]",
		.help_z = "Which moments of an incident are sent." },
	{ "route.levels", SETTING_WORDS, SETTING_RELOAD, OUT(route.levels),
		WORDS(setting_levels), .example_z = "[high, critical]",
		.help_z = "Only incidents of these levels." },
	{ "route.rules", SETTING_TEXTS, SETTING_RELOAD, OUT(route.rules),
		.example_z = "[payment_*]", .help_z = "Only of these rules: names or globs." },
	{ "route.namespaces", SETTING_TEXTS, SETTING_RELOAD, OUT(route.namespaces),
		.example_z = "[sock-shop]", .help_z = "Only of these namespaces: names or globs." },
	{ "route.labels", SETTING_PAIRS, SETTING_RELOAD, OUT(route.labels),
		.example_z = "{service: orders}",
		.help_z = "Only those whose key has these values: texts or globs." },
	{ "group_by", SETTING_TEXTS, SETTING_RELOAD, OUT(group_by), .example_z = "[rule, namespace]",
		.help_z = "Incidents equal in these (rule, level, fields of the key) go out as one." },
	{ "group_wait", SETTING_SPAN, SETTING_RELOAD, OUT(group_wait_ns), 0, TIME_H,
		.default_z = "0s", .help_z = "How long the first of a group waits for others, and an opening that another incident may explain (mutes) for that." },
	{ "update_interval", SETTING_SPAN, SETTING_RELOAD, OUT(update_ns), TIME_S, TIME_DAY,
		.default_z = "5m", .help_z = "How often an incident that grows is told again." },
	{ "repeat_interval", SETTING_SPAN, SETTING_RELOAD, OUT(repeat_ns), 0, 30 * TIME_DAY,
		.default_z = "4h", .help_z = "How often one that stays open is; 0s: never." },
	{ "max_findings", SETTING_NUMBER, SETTING_RELOAD, OUT(max_findings), 1, 100000000,
		.default_z = "100000",
		.help_z = "What may wait to be sent; then the oldest are dropped, counted and told." },
	{ "max_age", SETTING_SPAN, SETTING_RELOAD, OUT(max_age_ns), TIME_MIN, 30 * TIME_DAY,
		.default_z = "7d", .help_z = "How long it may wait." },
	{ "timeout", SETTING_SPAN, SETTING_RELOAD, OUT(timeout_ns), 100 * TIME_MS, 10 * TIME_MIN,
		.default_z = "10s", .only = WEB, .help_z = "Of one request." },
	{ "ca_file", SETTING_FILE, SETTING_RELOAD, OUT(ca_file), .only = WEB,
		.example_z = "/etc/ssl/certs/company.pem",
		.help_z = "Certificates to trust instead of the system's. Servers are always "
			  "verified." },
	{ "proxy", SETTING_URL, SETTING_RELOAD, OUT(proxy), .only = WEB,
		.example_z = "http://proxy.example:3128", .env_z = "DD_PROXY_HTTPS https_proxy HTTPS_PROXY",
		.help_z = "HTTP proxy on the way." },
	{ "no_proxy", SETTING_TEXTS, SETTING_RELOAD, OUT(no_proxy), .only = WEB,
		.example_z = "[localhost, .cluster.local]", .env_z = "DD_PROXY_NO_PROXY no_proxy NO_PROXY",
		.help_z = "Hosts reached without it." },

	{ "site", SETTING_TEXT, SETTING_RELOAD, OUT(site), .max = 255, .only = ONLY(DATADOG),
		.default_z = "datadoghq.com", .env_z = "DD_SITE",
		.help_z = "Datadog's site: datadoghq.com, us5.datadoghq.com, datadoghq.eu and so on." },
	{ "api_key_file", SETTING_SECRET_FILE, SETTING_RELOAD, OUT(api_key_file), .only = ONLY(DATADOG),
		.default_z = "$CREDENTIALS_DIRECTORY/datadog-api-key",
		.help_z = "File with the API key." },
	{ "app_key_file", SETTING_SECRET_FILE, SETTING_RELOAD, OUT(app_key_file), .only = ONLY(DATADOG),
		.example_z = "$CREDENTIALS_DIRECTORY/datadog-app-key",
		.help_z = "File with an application key, for alert events." },
	{ "api_url", SETTING_URL, SETTING_RELOAD, OUT(api_url), .only = ONLY(DATADOG),
		.example_z = "https://api.datadoghq.com", .env_z = "DD_DD_URL DD_URL",
		.help_z = "Base URL of events and metrics instead of the site's." },
	{ "logs_url", SETTING_URL, SETTING_RELOAD, OUT(logs_url), .only = ONLY(DATADOG),
		.example_z = "https://http-intake.logs.datadoghq.com",
		.env_z = "DD_LOGS_CONFIG_LOGS_DD_URL", .help_z = "The same of logs." },
	{ "event_url", SETTING_URL, SETTING_RELOAD, OUT(event_url), .only = ONLY(DATADOG),
		.example_z = "https://event-management-intake.datadoghq.com",
		.help_z = "The same of alert events." },
	{ "app_url", SETTING_URL, SETTING_RELOAD, OUT(app_url), .only = ONLY(DATADOG),
		.example_z = "https://app.datadoghq.com",
		.help_z = "Where links for people lead, if the organisation has its own." },
	{ "env", SETTING_TEXT, SETTING_RELOAD, OUT(env), .max = 200, .only = ONLY(DATADOG) | ONLY(OTLP),
		.example_z = "production", .env_z = "DD_ENV", .help_z = "Tag env." },
	{ "service", SETTING_TEXT, SETTING_RELOAD, OUT(service), .max = 100, .only = ONLY(DATADOG) | ONLY(OTLP),
		.default_z = "gumshoe", .help_z = "Service of our own logs and checks." },
	{ "cluster", SETTING_TEXT, SETTING_RELOAD, OUT(cluster), .max = 200, .only = ONLY(DATADOG) | ONLY(OTLP),
		.example_z = "sockshop-kind", .env_z = "DD_CLUSTER_NAME",
		.help_z = "Tag kube_cluster_name." },
	{ "hostname", SETTING_TEXT, SETTING_RELOAD, OUT(hostname), .max = 255, .only = ONLY(DATADOG) | ONLY(OTLP),
		.example_z = "node-1", .env_z = "DD_HOSTNAME", .help_z = "Host to report." },
	{ "tags", SETTING_TEXTS, SETTING_RELOAD, OUT(tags), .only = ONLY(DATADOG),
		.example_z = "['team:shop']", .env_z = "DD_TAGS DD_EXTRA_TAGS",
		.help_z = "More tags." },
	{ "metrics", SETTING_BOOL, SETTING_RELOAD, OUT(metrics), .only = ONLY(DATADOG),
		.default_z = "true", .help_z = "Also numbers: incidents open, orders failed, money at risk." },
	{ "timeline_logs", SETTING_BOOL, SETTING_RELOAD, OUT(timeline_logs), .only = ONLY(DATADOG),
		.default_z = "false",
		.help_z = "Also the entries of timelines, as logs of our own service." },

	{ "urls", SETTING_URLS, SETTING_RELOAD, OUT(urls), .only = ONLY(ALERTMANAGER),
		.needed = ONLY(ALERTMANAGER), .example_z = "[http://alertmanager:9093]",
		.help_z = "Every member of the cluster." },
	{ "resend_interval", SETTING_SPAN, SETTING_RELOAD, OUT(resend_ns), 10 * TIME_S, TIME_H,
		.default_z = "1m", .only = ONLY(ALERTMANAGER), .help_z = "How often open alerts are sent." },
	{ "heartbeat", SETTING_BOOL, SETTING_RELOAD, OUT(heartbeat), .only = MACHINES,
		.default_z = "false",
		.help_z = "Also a sign of life every `heartbeat.interval`, so that something "
			  "that watches for it notices silence." },
	{ "url", SETTING_URL, SETTING_RELOAD, OUT(url),
		.only = ONLY(WEBHOOK) | ONLY(PAGERDUTY) | ONLY(OTLP), .needed = ONLY(OTLP),
		.example_z = "https://hooks.example/gumshoe",
		.help_z = "Where it is posted. If the address is a secret, use `url_file`. PagerDuty "
			  "has one of its own; of OTLP it is the endpoint, which gets /v1/logs when "
			  "it has no path." },
	{ "url_file", SETTING_SECRET_FILE, SETTING_RELOAD, OUT(url_file),
		.only = ONLY(WEBHOOK) | ONLY(SLACK), .needed = ONLY(SLACK),
		.example_z = "$CREDENTIALS_DIRECTORY/slack-url", .help_z = "File with the address." },
	{ "body", SETTING_WORD, SETTING_RELOAD, OUT(body), WORDS(bodies), .only = ONLY(WEBHOOK),
		.default_z = "alertmanager", .help_z = "The JSON that is posted." },
	{ "bearer_token_file", SETTING_SECRET_FILE, SETTING_RELOAD, OUT(bearer_token_file),
		.only = AUTH,
		.example_z = "$CREDENTIALS_DIRECTORY/token", .help_z = "File with a bearer token." },
	{ "username", SETTING_TEXT, SETTING_RELOAD, OUT(username), .max = 255,
		.only = AUTH, .example_z = "gumshoe",
		.help_z = "For basic authentication." },
	{ "password_file", SETTING_SECRET_FILE, SETTING_RELOAD, OUT(password_file),
		.only = AUTH,
		.example_z = "$CREDENTIALS_DIRECTORY/password", .help_z = "File with its password." },
	{ "routing_key_file", SETTING_SECRET_FILE, SETTING_RELOAD, OUT(routing_key_file),
		.only = ONLY(PAGERDUTY), .needed = ONLY(PAGERDUTY),
		.example_z = "$CREDENTIALS_DIRECTORY/pagerduty-key",
		.help_z = "File with the integration's key." },
	{ "path", SETTING_PATH, SETTING_RELOAD, OUT(path), .only = ONLY(FILE), .needed = ONLY(FILE),
		.example_z = "/var/log/gumshoe/findings.ndjson",
		.help_z = "The file that grows; `-` is standard output." },
	{ "lines", SETTING_WORD, SETTING_RELOAD, OUT(lines), WORDS(lines), .only = ONLY(FILE),
		.default_z = "ndjson", .help_z = "One object per line, or for people." },
};
/* clang-format on */

const struct setting_table outputs_table = { .what_z = "an output",
	.rows = rows,
	.n = ARRAY_LEN(rows),
	.size = sizeof(struct output_settings),
	.kind_z = "type" };
