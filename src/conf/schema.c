/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/schema.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/time.h"
#include "conf/settings.h"

#define KIB INT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

const struct str setting_levels[SETTING_LEVELS] = { STR_INIT("informational"),
	STR_INIT("low"), STR_INIT("medium"), STR_INIT("high"), STR_INIT("critical") };

const struct str setting_formats[SETTING_FORMATS] = { STR_INIT("auto"), STR_INIT("cri"),
	STR_INIT("docker"), STR_INIT("kubectl"), STR_INIT("plain"), STR_INIT("objects") };

const struct str setting_labels[SETTING_LABELS] = { STR_INIT("namespace"),
	STR_INIT("pod"), STR_INIT("container"), STR_INIT("service"), STR_INIT("node"),
	STR_INIT("instance"), STR_INIT("uid"), STR_INIT("datadog_service") };

static const struct str starts[] = { STR_INIT("beginning"), STR_INIT("end") };
static const struct str log_levels[] = { STR_INIT("error"), STR_INIT("warn"),
	STR_INIT("info"), STR_INIT("debug") };
static const struct str log_formats[] = { STR_INIT("auto"), STR_INIT("text"),
	STR_INIT("json") };

#define IN(field)  offsetof(struct input_settings, field)
#define TOP(field) offsetof(struct settings, field)
#define WORDS(w)   .words = w, .n_words = ARRAY_LEN(w)

static const struct setting input_rows[] = {
	{ "paths", SETTING_PATHS, SETTING_RELOAD | SETTING_REQUIRED, IN(paths),
		.example_z = "[/var/log/pods]",
		.help_z =
			"Files, folders (with all in them) and globs (`*`, `?`, `[...]`, "
			"`**` for any folders); `-` is standard input." },
	{ "exclude", SETTING_PATHS, SETTING_RELOAD, IN(exclude),
		.example_z = "['/var/log/pods/kube-system_*']",
		.help_z = "Globs of what is left out." },
	{ "link_roots", SETTING_PATHS, SETTING_RELOAD, IN(link_roots),
		.example_z = "[/data/logs]",
		.help_z =
			"Folders that links in folders others may write to can lead to as "
			"well." },
	{ "format", SETTING_WORD, SETTING_RELOAD, IN(format), .default_z = "auto",
		WORDS(setting_formats), .help_z = "`auto` looks at each file." },
	{ "labels", SETTING_PAIRS, SETTING_RELOAD, IN(labels),
		.example_z = "{service: orders}", WORDS(setting_labels),
		.help_z = "What the source cannot tell." },
	{ "start", SETTING_WORD, SETTING_RELOAD, IN(start), .default_z = "beginning",
		WORDS(starts),
		.help_z =
			"Where a file begins that was never read before; known ones go on "
			"where they were." },
	{ "poll_interval", SETTING_SPAN, SETTING_RELOAD, IN(poll_ns), 100 * TIME_MS,
		TIME_H, .default_z = "1s",
		.help_z =
			"How often files are looked at even when nothing was notified." },
	{ "max_files", SETTING_NUMBER, SETTING_RELOAD, IN(max_files), 1, 1000000,
		.default_z = "4096",
		.help_z = "Files followed at a time; more are left and told." },
};

const struct setting_table inputs_table = { .what_z = "an input",
	.rows = input_rows,
	.n = ARRAY_LEN(input_rows),
	.size = sizeof(struct input_settings) };

static const struct setting rows[] = {
	{ "inputs", SETTING_LIST, SETTING_RELOAD, TOP(inputs), .items = &inputs_table,
		.n_offset = TOP(n_inputs), .help_z = "What is read: a list of inputs." },
	{ "rules.paths", SETTING_PATHS, SETTING_RELOAD, TOP(rules),
		.example_z = "[/etc/gumshoe/rules]", .env_z = "GUMSHOE_RULES",
		.help_z =
			"Rule files, and folders of them, instead of the shipped ones." },
	{ "store.file", SETTING_FILE, 0, TOP(store.file),
		.example_z = "/var/lib/gumshoe/gumshoe.db",
		.help_z = "Without it gumshoe.db in $STATE_DIRECTORY, else in "
			  "/var/lib/gumshoe." },
	{ "store.keep_for", SETTING_SPAN, SETTING_RELOAD, TOP(store.keep_for_ns), TIME_H,
		3660 * TIME_DAY, .default_z = "30d",
		.help_z = "Older incidents, entries and orders are deleted." },
	{ "store.keep_bytes", SETTING_BYTES, SETTING_RELOAD, TOP(store.keep_bytes),
		16 * MIB, 1024 * KIB *GIB, .default_z = "10GiB",
		.help_z = "When the file is larger, the oldest go before their time." },
	{ "store.checkpoint_interval", SETTING_SPAN, SETTING_RELOAD,
		TOP(store.checkpoint_ns), TIME_S, TIME_H, .default_z = "10s",
		.help_z =
			"How often windows are written down: what a start has to replay at "
			"most." },
	{ "time.zone", SETTING_ZONE, SETTING_RELOAD, TOP(time.zone), .default_z = "UTC",
		.help_z = "Of times written without one: UTC, +05:30, Asia/Kolkata." },
	{ "time.lateness", SETTING_SPAN, SETTING_RELOAD, TOP(time.lateness_ns), 0, TIME_H,
		.default_z = "30s",
		.help_z = "How late a record may come and still count in windows." },
	{ "time.idle_after", SETTING_SPAN, SETTING_RELOAD, TOP(time.idle_after_ns),
		TIME_S, TIME_DAY, .default_z = "1m",
		.help_z = "A source silent for so long holds the others back no more." },
	{ "limits.max_keys", SETTING_NUMBER, SETTING_RELOAD, TOP(limits.max_keys), 1,
		100000000, .default_z = "100000",
		.help_z =
			"Keys in memory at a time, all rules together. More than that wait "
			"on disk, those idle for longest first, and come back when "
			"something needs them." },
	{ "limits.max_entries", SETTING_NUMBER, SETTING_RELOAD, TOP(limits.max_entries),
		1000, 1000000000, .default_z = "1000000",
		.help_z = "Entries in the windows of all keys in memory." },
	{ "limits.spill_bytes", SETTING_BYTES, SETTING_RELOAD, TOP(limits.spill_bytes),
		MIB, 1024 * 1024 * MIB, .default_z = "1GiB",
		.help_z =
			"Of keys on disk; each counts for a KiB at least. Beyond that idle "
			"keys are dropped, counted and told as a gap." },
	{ "limits.max_pending", SETTING_NUMBER, SETTING_RELOAD, TOP(limits.max_pending),
		1000, 1000000000, .default_z = "1000000",
		.help_z =
			"Matches that wait for late ones; more are judged before their time." },
	{ "limits.max_sources", SETTING_NUMBER, SETTING_RELOAD, TOP(limits.max_sources),
		1, 10000000, .default_z = "65536",
		.help_z =
			"Pods that the lines of inputs name, and those of events, at a time; of "
			"more pods the label of an input stands. Files have a limit of their "
			"own (inputs.max_files)." },
	{ "limits.record_bytes", SETTING_BYTES, SETTING_RELOAD, TOP(limits.record_bytes),
		4 * KIB, MIB, .default_z = "1MiB",
		.help_z =
			"The joined lines of one record; the rest becomes records of its own." },
	{ "jobs", SETTING_NUMBER, 0, TOP(jobs), 0, 1024, .default_z = "0",
		.help_z =
			"Workers of `gumshoe scan -c`; 0: as many as processors. `run` reads with one thread." },
	{ "outputs", SETTING_LIST, SETTING_RELOAD, TOP(outputs), .items = &outputs_table,
		.n_offset = TOP(n_outputs),
		.help_z =
			"Where findings go: a list of destinations. One that fails never "
			"delays another." },
	{ "http.listen", SETTING_LISTEN, 0, TOP(listen), .example_z = "127.0.0.1:9464",
		.help_z = "Where /status, /metrics, /healthz and /readyz are: a port of "
			  "loopback, or unix:/path. Without it there is none." },
	{ "heartbeat.interval", SETTING_SPAN, SETTING_RELOAD, TOP(heartbeat_ns), 0,
		TIME_DAY, .default_z = "1m",
		.help_z =
			"How often a sign of life goes to destinations that take one; 0s: "
			"never." },
	{ "log.level", SETTING_WORD, SETTING_RELOAD, TOP(log.level), .default_z = "info",
		WORDS(log_levels), .help_z = "The least serious of our own messages." },
	{ "log.format", SETTING_WORD, 0, TOP(log.format), .default_z = "auto",
		WORDS(log_formats),
		.help_z =
			"`auto` is text, with levels and fields where journald reads." },
};

const struct setting_table settings_table = { .what_z = "the file",
	.rows = rows,
	.n = ARRAY_LEN(rows),
	.size = sizeof(struct settings) };

const struct setting_section settings_sections[] = {
	{ "rules", "Which records matter: see gumshoe-rules(5)." },
	{ "store", "What is remembered, through kill -9 and power loss." },
	{ "time", "Windows go by the times of records, never by the clock on the wall." },
	{ "limits", "Memory is bounded by these; what goes beyond is counted and told." },
	{ "http", "The daemon tells how it is, on this machine only." },
	{ "heartbeat", "So that silence is noticed." },
	{ "log", "The daemon's own messages, on standard error." },
	{ "outputs.route", "Which findings it gets; without these all." },
};
const size_t settings_sections_n = ARRAY_LEN(settings_sections);

const struct setting *
setting_kind(const struct setting_table *t)
{
	for (size_t i = 0; t->kind_z != NULL && i < t->n; i++)
		if (strcmp(t->rows[i].name_z, t->kind_z) == 0)
			return &t->rows[i];
	return NULL;
}

/* GUMSHOE_STORE_KEEP_FOR */
static void
own_name(const struct setting *s, char *name, size_t size)
{
	int n = snprintf(name, size, "GUMSHOE_%s", s->name_z);

	assert(n > 0 && (size_t)n < size);
	for (char *c = name; *c != '\0'; c++)
		*c = *c == '.'                ? '_'
		     : *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A')
					      : *c;
}

bool
setting_env(const struct setting_table *t, const struct setting *s, size_t *i, char *name,
	size_t size)
{
	struct str rest = str_z(s->env_z);
	struct str word = str_cut(&rest, ' ');

	for (size_t k = 0; k < *i && word.len > 0; k++)
		word = str_cut(&rest, ' ');
	++*i;
	if (word.len > 0) {
		snprintf(name, size, "%.*s", STR_ARG(word));
		return true;
	}
	if (*i > 1 || s->env_z != NULL || t != &settings_table ||
		s->type >= SETTING_PAIRS)
		return false;
	own_name(s, name, size);
	return true;
}
