/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gumshoe.yaml as plain data: what is configured, each part in a struct of its own that
 * is handed to who needs it. Nothing in it changes after loading; all views live as long
 * as the settings. Loading is for one thread; the result is for any.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/compiler.h"
#include "base/str.h"

struct setting_texts {
	const struct str *items;
	size_t n;
};

struct setting_pair {
	struct str name, value;
};

struct setting_pairs {
	const struct setting_pair *items;
	size_t n;
};

/* Numbers of words: in the order of the schema's words, which a test holds against the
 * enums of decode/ (format) and rules/ (level, from informational on). */
enum setting_start { START_BEGINNING, START_END };

enum output_type {
	DEST_DATADOG,
	DEST_ALERTMANAGER,
	DEST_WEBHOOK,
	DEST_SLACK,
	DEST_PAGERDUTY,
	DEST_OTLP,
	DEST_FILE,
	DEST_TYPES
};

enum webhook_body { WEBHOOK_ALERTMANAGER, WEBHOOK_CLOUDEVENTS };
enum file_lines { FILE_NDJSON, FILE_TEXT };

/* Bits of output_settings.send */
enum finding_kinds { FINDING_OPENED = 1, FINDING_UPDATED = 2, FINDING_RESOLVED = 4 };

struct input_settings {
	struct setting_texts paths; /* files, folders, globs, or "-" */
	struct setting_texts exclude;
	struct setting_texts link_roots;
	int format; /* enum format */
	struct setting_pairs labels;
	int start; /* enum setting_start */
	int64_t poll_ns;
	int64_t max_files;
};

struct store_settings {
	struct str file; /* empty: the program's default */
	int64_t keep_for_ns, keep_bytes, checkpoint_ns;
};

struct time_settings {
	struct str zone; /* known to time_zone_new() */
	int64_t lateness_ns, idle_after_ns;
};

struct limit_settings {
	int64_t max_keys, max_entries, spill_bytes, max_pending, max_sources,
		record_bytes;
};

/* Which findings a destination gets; empty lists and no bits let all pass. */
struct route_settings {
	unsigned levels; /* bit 0: informational ... bit 4: critical */
	struct setting_texts rules, namespaces; /* names or globs */
	struct setting_pairs labels;
};

/* What a type does not know is empty or zero. Secrets are file names, never here. */
struct output_settings {
	struct str name; /* unique */
	int type;        /* enum output_type */
	struct route_settings route;
	unsigned send; /* enum finding_kinds */
	struct setting_texts group_by;
	int64_t group_wait_ns, update_ns, repeat_ns;
	int64_t max_findings, max_age_ns; /* of what waits to be sent */
	bool heartbeat;                   /* where it is not a matter of course */

	int64_t timeout_ns; /* of one request */
	struct str ca_file, proxy;
	struct setting_texts no_proxy;

	struct str site, api_key_file, app_key_file; /* datadog */
	struct str api_url, logs_url, event_url, app_url;
	struct str env, service, cluster, hostname;
	struct setting_texts tags;
	bool metrics, timeline_logs;

	struct str url, url_file;  /* webhook, slack, pagerduty, otlp */
	struct setting_texts urls; /* alertmanager: every member */
	struct str bearer_token_file, username, password_file;
	int64_t resend_ns;
	int body; /* enum webhook_body */
	struct str routing_key_file;

	struct str path; /* file; "-" is standard output */
	int lines;       /* enum file_lines */
};

struct log_settings {
	int level;  /* enum log_level */
	int format; /* enum log_format */
};

struct settings {
	const struct input_settings *inputs;
	size_t n_inputs;
	struct setting_texts rules; /* files and folders; none: the shipped ones */
	struct store_settings store;
	struct time_settings time;
	struct limit_settings limits;
	int64_t jobs; /* 0: as many as processors */
	const struct output_settings *outputs;
	size_t n_outputs;
	struct str listen;    /* of the status page; empty: none */
	int64_t heartbeat_ns; /* 0: none */
	struct log_settings log;
};

/* Bytes an arena for one file's settings needs at most. */
#define SETTINGS_BYTES ((size_t)64 << 20)

/*
 * Reads path_z ("-": standard input). What the file does not say comes from the
 * environment, else from the schema's default. Errors and warnings go to out with file,
 * line and column, all in one run; secrets that stand in the file are not shown. The
 * settings live in a. NULL after errors.
 */
MUST_USE const struct settings *settings_load(
	struct arena *a, const char *path_z, FILE *out);

/* The same from one text: name_z is what messages call it. */
MUST_USE const struct settings *settings_load_text(
	struct arena *a, const char *name_z, struct str text, FILE *out);

struct setting_change {
	const char *name_z; /* "limits.max_keys", "outputs" */
	bool can_reload;    /* else it takes effect with the next start */
};

#define SETTING_CHANGES_MAX 64

/*
 * The settings that differ, in the order of the schema: how many of out were filled in. A
 * list of maps is one setting.
 */
size_t settings_changes(const struct settings *old, const struct settings *new,
	struct setting_change out[SETTING_CHANGES_MAX]);

/* Whether two outputs say the same; a copy of one in a, false: out of memory. */
bool output_settings_same(
	const struct output_settings *x, const struct output_settings *y);
bool output_settings_copy(
	struct arena *a, const struct output_settings *from, struct output_settings *to);

/*
 * The path of a file with a secret: what follows $CREDENTIALS_DIRECTORY/ is in that
 * folder, others stay as they are. False when the variable is needed and not set.
 */
bool setting_secret_path(struct str file, struct buf *path);
