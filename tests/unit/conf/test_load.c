/* SPDX-License-Identifier: Apache-2.0 */
/* gumshoe.yaml becomes settings: defaults, the environment, lists, bounds; and no secret
 * is ever shown. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/log.h"
#include "base/time.h"
#include "conf/schema.h"
#include "conf/settings.h"
#include "decode/decoder.h"
#include "record/source.h"
#include "rules/ruleset.h"
#include "tap.h"

static struct arena *arena;
static char *said;

static const struct settings *
load(const char *text_z)
{
	const struct settings *s;
	size_t len = 0;
	FILE *out;

	free(said);
	said = NULL;
	out = open_memstream(&said, &len);
	if (out == NULL)
		abort();
	arena_reset(arena);
	s = settings_load_text(arena, "test.yaml", str_z(text_z), out);
	fclose(out);
	return s;
}

static bool
says(const char *text_z)
{
	bool yes = strstr(said, text_z) != NULL;

	if (!yes)
		printf("# said: %s\n", said);
	return yes;
}

static bool
is(struct str s, const char *text_z)
{
	return str_eq(s, str_z(text_z));
}

static void
test_defaults(void)
{
	const struct settings *s = load("");

	OK(s != NULL && said[0] == '\0');
	if (s == NULL)
		return;
	OK(s->n_inputs == 0 && s->n_outputs == 0 && s->rules.n == 0 && s->jobs == 0);
	OK(is(s->time.zone, "UTC") && s->time.lateness_ns == 30 * TIME_S);
	OK(s->store.keep_for_ns == 30 * TIME_DAY && s->store.file.len == 0);
	OK(s->store.keep_bytes == INT64_C(10) << 30 && s->limits.max_keys == 100000);
	OK(s->log.level == LOG_LEVEL_INFO && s->log.format == LOG_AUTO);
	OK(s->listen.len == 0 && s->heartbeat_ns == TIME_MIN);
	s = load("store:\ninputs:\nlog: {}\n");
	OK(s != NULL && s->store.keep_for_ns == 30 * TIME_DAY && s->n_inputs == 0);
}

static void
test_values(void)
{
	const struct settings *s =
		load("inputs:\n"
		     "  - paths: [/var/log/pods, '/x/*.log']\n"
		     "    format: docker\n"
		     "    labels: {service: orders}\n"
		     "    start: end\n"
		     "    poll_interval: 1m30s\n"
		     "  - paths: '-'\n"
		     "rules: {paths: /r}\n"
		     "store: {file: /s.db, keep_for: 1.5h, keep_bytes: 100MB}\n"
		     "time: {zone: Asia/Kolkata, lateness: 0s}\n"
		     "jobs: 3\n"
		     "http: {listen: '[::1]:0'}\n"
		     "log: {level: debug}\n");

	OK(s != NULL && said[0] == '\0');
	if (s == NULL)
		return;
	OK(s->n_inputs == 2 && s->inputs[0].paths.n == 2 &&
		is(s->inputs[0].paths.items[1], "/x/*.log"));
	OK(s->inputs[0].format == FORMAT_DOCKER && s->inputs[1].format == FORMAT_AUTO);
	OK(s->inputs[0].labels.n == 1 &&
		is(s->inputs[0].labels.items[0].value, "orders"));
	OK(s->inputs[0].start == START_END && s->inputs[1].start == START_BEGINNING);
	OK(s->inputs[0].poll_ns == 90 * TIME_S && s->inputs[1].poll_ns == TIME_S);
	OK(s->inputs[1].paths.n == 1 && is(s->inputs[1].paths.items[0], "-"));
	OK(s->rules.n == 1 && is(s->store.file, "/s.db"));
	OK(s->store.keep_for_ns == 90 * TIME_MIN && s->store.keep_bytes == 100000000);
	OK(s->time.lateness_ns == 0 && s->jobs == 3 && is(s->listen, "[::1]:0"));
	OK(s->log.level == LOG_LEVEL_DEBUG);
}

static void
test_outputs(void)
{
	const struct settings *s =
		load("outputs:\n"
		     "  - {type: datadog, tags: [a, 'b:c'], metrics: false}\n"
		     "  - type: alertmanager\n"
		     "    urls: [http://a:9093, https://b/x]\n"
		     "    route: {levels: [low, critical], labels: {service: 'pay*'}}\n"
		     "    send: [opened]\n"
		     "  - {type: pagerduty, name: pd-2, routing_key_file: /k}\n"
		     "  - {type: file, path: '-', lines: text}\n");

	OK(s != NULL && said[0] == '\0' && s->n_outputs == 4);
	if (s == NULL)
		return;
	OK(s->outputs[0].type == DEST_DATADOG && is(s->outputs[0].name, "datadog"));
	OK(is(s->outputs[0].site, "datadoghq.com") && !s->outputs[0].metrics);
	OK(is(s->outputs[0].api_key_file, "$CREDENTIALS_DIRECTORY/datadog-api-key"));
	OK(s->outputs[0].send == (FINDING_OPENED | FINDING_UPDATED | FINDING_RESOLVED));
	OK(s->outputs[0].tags.n == 2 && s->outputs[0].route.levels == 0);
	OK(s->outputs[1].urls.n == 2 && s->outputs[1].send == FINDING_OPENED);
	OK(s->outputs[1].route.levels == (1U << 1 | 1U << 4) &&
		s->outputs[1].route.labels.n == 1);
	OK(s->outputs[1].site.len == 0 && s->outputs[1].resend_ns == TIME_MIN);
	OK(is(s->outputs[2].name, "pd-2") && s->outputs[3].lines == FILE_TEXT);
	OK(load("outputs:\n  - {type: file, path: /a}\n  - {type: file, path: /b}\n") ==
			NULL &&
		says("test.yaml:3:6: error: another output is called \"file\" already"));
}

static void
test_environment(void)
{
	const struct settings *s;

	setenv("GUMSHOE_TIME_LATENESS", "5s", 1);
	setenv("GUMSHOE_RULES", "/a/rules", 1);
	setenv("DD_SITE", "us5.datadoghq.com", 1);
	setenv("DD_TAGS", "team:shop, env:x y:z", 1);
	setenv("DD_URL", "http://127.0.0.1:1", 1);
	setenv("DD_DD_URL", "http://127.0.0.1:2", 1);
	s = load(
		"outputs: [{type: datadog}, {type: datadog, name: b, site: datadoghq.eu}]\n");
	OK(s != NULL && s->time.lateness_ns == 5 * TIME_S);
	OK(s != NULL && s->rules.n == 1 && is(s->rules.items[0], "/a/rules"));
	OK(s != NULL && is(s->outputs[0].site, "us5.datadoghq.com") &&
		is(s->outputs[1].site, "datadoghq.eu"));
	OK(s != NULL && s->outputs[0].tags.n == 3 &&
		is(s->outputs[0].tags.items[2], "y:z"));
	OK(s != NULL && is(s->outputs[0].api_url, "http://127.0.0.1:2"));
	s = load("time: {lateness: 7s}\nrules: {paths: [/b]}\n");
	OK(s != NULL && s->time.lateness_ns == 7 * TIME_S && is(s->rules.items[0], "/b"));
	setenv("GUMSHOE_TIME_LATENESS", "soon", 1);
	OK(load("") == NULL &&
		says("$GUMSHOE_TIME_LATENESS:1:1: error: \"time.lateness\" must "
		     "be a span of time"));
	setenv("GUMSHOE_TIME_LATENESS", " ", 1);
	OK(load("") != NULL);
	unsetenv("GUMSHOE_TIME_LATENESS");
	setenv("https_proxy", "http://u:hunter2@proxy:3128", 1);
	OK(load("outputs: [{type: datadog}]\n") == NULL &&
		says("$https_proxy:1:1: error") && strstr(said, "hunter2") == NULL);
	setenv("https_proxy", "http://proxy:3128", 1);
	s = load("outputs: [{type: datadog}]\n");
	OK(s != NULL && is(s->outputs[0].proxy, "http://proxy:3128"));
	unsetenv("https_proxy");
	unsetenv("GUMSHOE_RULES");
	unsetenv("DD_SITE");
	unsetenv("DD_TAGS");
	unsetenv("DD_URL");
	unsetenv("DD_DD_URL");
}

static void
test_secrets(void)
{
	static const char *const texts_z[] = {
		"outputs: [{type: datadog, api_key: hunter2, tags: [a]}]\n",
		"outputs: [{type: datadog, 'api-key': 'hunter2'}]\n",
		"outputs:\n  - type: datadog\n    DD_API_KEY: hunter2\n",
		"outputs:\n  - type: webhook\n    url: https://u:hunter2@h/x\n",
		"outputs:\n  - type: slack\n    url: https://hooks.slack.com/services/hunter2\n",
		"outputs:\n  - type: pagerduty\n    routing_key_file: hunter2\n",
		"outputs:\n  - type: pagerduty\n    routing_key_file: \"hunter2\"\n",
		"outputs: [{type: nix, token: hunter2}]\n",
		"password: hunter2\npassword: hunter2\n",
		"secret: [hunter2\n",
		"outputs: [{type: slack, url_file: {a: hunter2}}]\n",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts_z); i++) {
		OK(load(texts_z[i]) == NULL && strstr(said, "hunter2") == NULL);
		if (strstr(said, "hunter2") != NULL)
			printf("# %s", said);
	}
	OK(load("outputs: [{type: datadog, api_key: hunter2}]\n") == NULL &&
		says("a secret (\"api_key\") does not belong into this file") &&
		says("api_key_file: $CREDENTIALS_DIRECTORY/NAME"));
	OK(load("outputs: [{type: datadog, api_key_file: /etc/key, tags: [a]}]\n") !=
		NULL);
}

static void
test_secret_path(void)
{
	struct buf b;

	buf_init(&b, 1024);
	unsetenv("CREDENTIALS_DIRECTORY");
	OK(!setting_secret_path(STR("$CREDENTIALS_DIRECTORY/x"), &b) && b.len == 0);
	OK(setting_secret_path(STR("/etc/x"), &b) && is(buf_str(&b), "/etc/x"));
	buf_reset(&b);
	setenv("CREDENTIALS_DIRECTORY", "/run/c", 1);
	OK(setting_secret_path(STR("$CREDENTIALS_DIRECTORY/x"), &b) &&
		is(buf_str(&b), "/run/c/x"));
	buf_fini(&b);
}

/* Words that conf may not take from rooms beside or above it. */
static void
test_words(void)
{
	bool same = true;

	for (size_t i = 0; i < SETTING_LEVELS; i++)
		same = same && str_eq(setting_levels[i], level_names[i + 1]);
	OK(same && LEVEL_INFORMATIONAL == 1 && LEVEL_CRITICAL == SETTING_LEVELS);
	for (size_t i = 0; i < SETTING_FORMATS; i++)
		same = same && str_eq(setting_formats[i], format_names[i]);
	OK(same && SETTING_FORMATS == FORMAT_OBJECTS + 1);
	for (size_t i = 0; i < SETTING_LABELS; i++)
		same = same && str_eq(setting_labels[i], label_names[i]);
	OK(same && SETTING_LABELS == LABEL_COUNT);
}

static void
test_file(void)
{
	char path[] = "/tmp/test_conf.XXXXXX";
	int fd = mkstemp(path);
	FILE *out = fopen("/dev/null", "w");

	if (fd < 0 || out == NULL || write(fd, "jobs: 2\n", 8) != 8)
		abort();
	arena_reset(arena);
	OK(settings_load(arena, path, out) != NULL);
	fchmod(fd, 0606);
	OK(settings_load(arena, path, out) == NULL);
	fchmod(fd, 0600);
	OK(settings_load(arena, path, out) != NULL);
	OK(settings_load(arena, "/nix/gumshoe.yaml", out) == NULL);
	OK(settings_load(arena, "/tmp", out) == NULL);
	unlink(path);
	close(fd);
	fclose(out);
}

int
main(void)
{
	unsetenv("GUMSHOE_RULES");
	arena = arena_new("test", SETTINGS_BYTES);
	if (arena == NULL)
		abort();
	test_defaults();
	test_values();
	test_outputs();
	test_environment();
	test_secrets();
	test_secret_path();
	test_words();
	test_file();
	arena_free(&arena);
	free(said);
	return tap_done();
}
