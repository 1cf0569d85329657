/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gumshoe scan: logs and events in, incidents out.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/counts.h"
#include "cli/draw.h"
#include "cli/listing.h"
#include "cli/matches.h"
#include "cli/place.h"
#include "cli/screen.h"
#include "cli/target.h"
#include "cli/topics.h"
#include "conf/settings.h"
#include "pipeline/batch.h"
#include "pipeline/live.h"

/* As the defaults of gumshoe.yaml. */
#define KEEP_NS    (30 * TIME_DAY)
#define KEEP_BYTES ((int64_t)10 << 30)

/* Results that are printed at a time while another has the store. */
#define BESIDE_MAX 9

static const struct option_row *const options[] = { &option_conf, &option_rules,
	&option_output, &option_follow, &option_matches, &option_label, &option_format,
	&option_tz, &option_since, &option_until, &option_store, &option_send,
	&option_key_file, &option_dry_run, &option_lateness, &option_jobs, &option_chunk,
	&option_max_keys, &option_keep_for, &option_keep_bytes, &option_stats,
	&option_color, &option_quiet, &option_verbose, &option_help, NULL };

/* Set by SIGINT and SIGTERM: a live pipe ends as at its end. */
static volatile sig_atomic_t stopped;

static void
on_signal(int sig)
{
	stopped = sig;
}

static void
catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

static const char *
temp_dir(void)
{
	const char *t = getenv("TMPDIR");

	return t != NULL && t[0] == '/' ? t : "/var/tmp";
}

/* Standard input is among the inputs, and it is not a file. */
static bool
reads_pipe(const struct options *o)
{
	struct stat st;
	bool named = o->n_args == 0;

	for (size_t i = 0; i < o->n_args; i++)
		named = named || strcmp(o->args_z[i], "-") == 0;
	return named && fstat(STDIN_FILENO, &st) == 0 && !S_ISREG(st.st_mode);
}

static void
fill_conf(const struct options *o, struct batch_conf *conf,
	const struct str *destinations, size_t n)
{
	static const char *const standard_input_z[] = { "-" };

	*conf = (struct batch_conf){ .paths_z =
					     o->n_args > 0 ? o->args_z : standard_input_z,
		.n_paths = o->n_args > 0 ? o->n_args : 1,
		.format = o->format,
		.zone = o->zone,
		.labels = o->labels,
		.n_labels = o->n_labels,
		.since_ns = o->since_ns,
		.until_ns = o->until_ns,
		.jobs = (size_t)o->jobs,
		.chunk = (size_t)o->chunk,
		.max_keys = (size_t)o->max_keys,
		.spill_bytes = (size_t)o->spill_bytes,
		.record_bytes = (uint64_t)o->record_bytes,
		.temp_dir_z = temp_dir(),
		.redact_key = place_redact_key(),
		.destinations = destinations,
		.n_destinations = n,
		.lean = !o->matches,
		.progress = !o->quiet && isatty(STDERR_FILENO),
		.hint_z = !o->quiet && reads_pipe(o)
				  ? "still reading; for a live pipe use --follow"
				  : NULL };
}

/*
 * While another gumshoe has the last scan's store, this result is printed from one beside
 * it, which goes afterwards: *kept is false.
 */
static int
settle(struct batch *b, const struct options *o, struct batch_conf *conf,
	struct buf *path, struct store **s, bool *kept)
{
	size_t len = path->len;
	int err = batch_settle(b, s);

	*kept = err != STORE_BUSY || o->store_z != NULL || o->send_z != NULL;
	if (*kept)
		return err;
	fprintf(stderr,
		"gumshoe: %s: %s\n"
		"this result is printed, not kept; --store FILE keeps it elsewhere\n",
		conf->store_path_z, store_strerror(err));
	for (int i = 1; err == STORE_BUSY && i <= BESIDE_MAX; i++) {
		path->len = len;
		buf_printf(path, ".%d", i);
		conf->store_path_z = buf_z(path);
		err = batch_settle(b, s);
	}
	return err;
}

/* Whether all there is to do is to list it and to keep it, by more than one thread. */
static bool
may_go_aside(const struct batch *b, const struct options *o, bool kept)
{
	return batch_workers(b) > 1 && kept && o->send_z == NULL && o->keep_ns == 0 &&
	       o->keep_bytes == 0;
}

static int
finish(struct batch *b, const struct options *o, struct store **s, bool kept)
{
	int err = store_finish(*s);
	int status = err == 0 ? target_retain(*s, o, batch_counts(b)->to_ns)
			      : place_fail("store", err);

	return status == 0 && kept ? target_keep(o, s) : status;
}

static int
print_batch(struct batch *b, const struct options *o, struct store **s, bool kept)
{
	bool aside = may_go_aside(b, o, kept);
	size_t found = 0;
	int status = aside ? 0 : finish(b, o, s, kept);

	if (aside)
		status = listing_finish(*s, o, &found);
	else if (status == 0 && !(o->send_z != NULL && o->dry_run))
		status = listing_print(*s, o, kept, &found);
	fflush(stdout);
	if (status == 0)
		status = target_send(*s, o);
	return status != 0 ? status : found > 0 ? EXIT_FOUND : 0;
}

/* *s: to be closed; *gone: then path is to be removed. */
static int
scan_batch(struct batch *b, const struct options *o, struct batch_conf *conf,
	struct buf *path, struct store **s, bool *gone)
{
	bool kept;
	int err = settle(b, o, conf, path, s, &kept);

	*gone = err == 0 && !kept;
	return err == 0 ? print_batch(b, o, s, kept)
			: place_fail(*s == NULL ? buf_z(path) : "store", err);
}

/* Findings of a live pipe, as they are committed. */
struct printer {
	const struct options *o;
	struct screen screen;
	size_t found, printed;
};

static void
draw_finding(struct printer *p, const struct outbox_row *row)
{
	json_t *finding = NULL;
	size_t used;

	if (json_read(row->body, &finding, &used) != JSON_OK)
		return;
	fprintf(stdout, "%.*s: ", STR_ARG(row->kind));
	draw_incident(&p->screen, finding);
	json_decref(finding);
}

static void
print_finding(struct printer *p, const struct outbox_row *row)
{
	p->found += str_eq(row->kind, STR("opened"));
	if (p->o->output == OUTPUT_TEXT)
		draw_finding(p, row);
	else
		fwrite(row->body.ptr, 1, row->body.len, stdout);
	fputc('\n', stdout);
	fflush(stdout);
}

/* As many as one query may take while their rows go; false: none is left. */
static bool
print_some(struct printer *p, struct store *s)
{
	struct store_query *q = store_outbox(s, STR("stdout"), 0);
	int64_t done[256];
	struct outbox_row row;
	size_t n = 0;
	int err = 0;

	while (q != NULL && n < ARRAY_LEN(done) && store_next_outbox(q, &row)) {
		print_finding(p, &row);
		done[n++] = row.row;
		p->printed++;
	}
	if (q != NULL)
		store_query_free(&q);
	for (size_t i = 0; i < n && err == 0; i++)
		err = store_del_outbox(s, done[i], STR(""));
	if (err != 0)
		fprintf(stderr, "gumshoe: store: %s\n", store_error_z(s));
	return err == 0 && n == ARRAY_LEN(done);
}

static bool
on_committed(void *arg, struct store *s)
{
	struct printer *p = arg;
	size_t before = p->printed;

	while (print_some(p, s))
		;
	return p->printed > before;
}

static void
set_keep(const struct options *o, struct live_conf *conf)
{
	if (o->settings != NULL) {
		conf->keep_ns = o->settings->store.keep_for_ns;
		conf->keep_bytes = o->settings->store.keep_bytes;
	}
	if (o->keep_ns != 0)
		conf->keep_ns = o->keep_ns;
	if (o->keep_bytes != 0)
		conf->keep_bytes = o->keep_bytes;
}

/* What is left is sent; then both are closed. */
static int
end_live(const struct options *o, struct outputs *outputs, struct store *s, int status)
{
	if (status != 0 && outputs_close(&outputs, NULL) != 0)
		status = EXIT_SOFTWARE;
	else if (status == 0 && outputs != NULL)
		status = target_finish(&outputs, s, o, &stopped);
	else if (status == 0)
		status = target_send(s, o);
	store_close(&s);
	return status;
}

static int
follow(const struct ruleset *rs, const struct options *o, struct live_conf *conf)
{
	struct printer *printer = conf->arg;
	struct batch_counts counts = { 0 };
	struct store *s = NULL;
	int status = target_open_live(o, &s);
	int err;

	if (status != 0)
		return end_live(o, conf->outputs, s, status);
	screen_init(&printer->screen, o, stdout);
	for (size_t i = 0; i < o->n_labels; i++)
		conf->label[o->labels[i].label] = o->labels[i].value;
	set_keep(o, conf);
	catch_signals();
	err = live_run(conf, rs, s, &counts);
	if (err != 0)
		status = place_fail("follow", err);
	status = end_live(o, conf->outputs, s, status);
	counts_print(o, &counts);
	if (stopped != 0)
		return 128 + stopped;
	return status != 0 ? status : printer->found > 0 ? EXIT_FOUND : 0;
}

static int
scan_live(const struct ruleset *rs, const struct options *o)
{
	struct target_names names;
	struct printer printer = { .o = o };
	struct live_conf conf = { .path_z = o->n_args > 0 ? o->args_z[0] : "-",
		.format = o->format,
		.zone = o->zone,
		.since_ns = o->since_ns,
		.until_ns = o->until_ns,
		.lateness_ns = o->lateness_ns,
		.max_keys = (size_t)o->max_keys,
		.spill_bytes = (size_t)o->spill_bytes,
		.record_bytes = (uint64_t)o->record_bytes,
		.redact_key = place_redact_key(),
		.stop = &stopped,
		.keep_ns = KEEP_NS,
		.keep_bytes = KEEP_BYTES,
		.quiet = o->quiet,
		.committed = on_committed,
		.arg = &printer };
	int status = target_names_init(&names, o, STR("stdout"));

	conf.destinations = names.items;
	conf.n_destinations = names.n;
	conf.routes = names.routes;
	if (status == 0 && o->send_z != NULL && !o->dry_run)
		status = target_outputs(o, &conf.outputs);
	if (status == 0)
		status = follow(rs, o, &conf);
	target_names_fini(&names);
	return status;
}

static int
check_options(const struct options *o)
{
	const struct {
		bool wrong;
		const char *why_z;
	} checks[] = {
		{ o->follow && o->n_args > 1, "--follow takes one pipe" },
		{ o->follow && o->matches,
			"--matches reads to the end; leave out --follow" },
		{ o->follow && (o->output == OUTPUT_CSV || o->output == OUTPUT_MARKDOWN),
			"--follow prints text or ndjson" },
		{ o->send_z != NULL && o->matches,
			"--send sends findings, not --matches" },
		{ o->send_z == NULL && o->dry_run,
			"--dry-run of what? --send says which output" },
		{ o->send_z == NULL && o->key_file_z != NULL,
			"--key-file is for --send" },
		{ o->n_args == 0 && isatty(STDIN_FILENO),
			"reading the terminal; give FILE, DIR, or pipe kubectl logs into "
			"it" },
	};

	for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
		if (!checks[i].wrong)
			continue;
		fprintf(stderr, "gumshoe scan: %s\n", checks[i].why_z);
		return EXIT_USAGE_ERROR;
	}
	return 0;
}

/* Why was said of each file. */
static int
fail_all(const struct batch *b, int err)
{
	if (batch_counts(b)->unreadable == 0)
		return place_fail("nothing could be read", err);
	fputs("gumshoe: nothing could be read\n", stderr);
	return place_status(err);
}

static int
scan_all(const struct ruleset *rs, const struct options *o, struct batch_conf *conf,
	struct buf *path)
{
	struct batch *b = batch_new(conf, rs);
	struct store *s = NULL;
	bool gone = false;
	int status;
	int err;

	if (b == NULL)
		return place_fail("start", -ENOMEM);
	err = batch_read(b);
	if (err != 0)
		status = fail_all(b, err);
	else if (o->matches)
		status = matches_print(b, rs, o);
	else
		status = scan_batch(b, o, conf, path, &s, &gone);
	counts_print(o, batch_counts(b));
	counts_strangers(o, rs, b);
	batch_free(&b);
	/* Last: the file whose place it took is still on its way out. */
	store_close(&s);
	if (gone)
		(void)unlink(buf_z(path));
	return status;
}

static int
scan_files(const struct ruleset *rs, const struct options *o)
{
	struct target_names to;
	struct batch_conf conf;
	struct buf path;
	int status = target_names_init(&to, o, STR(""));

	buf_init(&path, 0);
	if (status == 0 && !o->matches && !place_store_path(o, &path, true))
		status = EXIT_IO;
	if (status == 0) {
		fill_conf(o, &conf, to.items, to.n);
		conf.routes = to.routes;
		conf.store_path_z = buf_z(&path);
		status = scan_all(rs, o, &conf, &path);
	}
	buf_fini(&path);
	target_names_fini(&to);
	return status;
}

static int
run(const struct options *o)
{
	struct ruleset *rs = NULL;
	int status = check_options(o);

	if (status == 0)
		status = place_rules(o, &rs);
	if (status != 0)
		return status;
	/* A live pipe with a store of its own goes on in it. */
	if (!o->matches && !(o->follow && o->store_z != NULL))
		status = target_check(o);
	if (status == 0)
		status = o->follow ? scan_live(rs, o) : scan_files(rs, o);
	ruleset_free(&rs);
	return status;
}

static const struct example examples[] = {
	{ "Orders of a running cluster",
		"kubectl logs deploy/orders --prefix --timestamps | gumshoe scan" },
	{ "What a container said before it died",
		"kubectl logs deploy/front-end --previous --timestamps | gumshoe scan -l "
		"service=front-end" },
	{ "A node's logs with the events of the cluster, for a program",
		"gumshoe scan /var/log/pods events.json -o ndjson" },
	{ "Findings of a live pipe as they come",
		"kubectl logs -f -l app=orders --prefix --timestamps | gumshoe scan --follow" },
	{ "A grep with rules", "gumshoe scan --matches -r my-rule.yaml orders.log" },
	{ "The requests that Datadog would get",
		"gumshoe scan --send datadog --dry-run orders.log" },
	{ 0 }
};

static const struct topic exits[] = { { "0", "nothing was found" },
	{ "1", "incidents (with `--matches`: matches) were found" }, EXIT_ROW_USAGE,
	EXIT_ROW_UNAVAILABLE, EXIT_ROW_IO, EXIT_ROW_TEMPORARY, EXIT_ROW_PERMISSION,
	EXIT_ROW_CONFIG, { "130", "ended by SIGINT" }, { "143", "ended by SIGTERM" },
	{ 0 } };

static const struct topic files[] = { FILE_ROW_RULES, FILE_ROW_STORE, { 0 } };

static const struct topic environment[] = { ENV_ROW_RULES, ENV_ROW_STATE,
	{ "TMPDIR", "where matches lie while they are sorted (default /var/tmp)" },
	{ "CREDENTIALS_DIRECTORY",
		"folder of the file datadog-api-key when there is no `--key-file`" },
	{ "DD_SITE", "Datadog's site (default datadoghq.com)" },
	{ "DD_URL, DD_LOGS_CONFIG_LOGS_DD_URL",
		"base URLs in place of those of the site, for events and for logs" },
	{ "DD_ENV, DD_CLUSTER_NAME", "tags env and kube_cluster_name of what is sent" },
	ENV_ROW_COLOR, ENV_ROW_COLUMNS, { 0 } };

const struct command command_scan = { .name_z = "scan",
	.args_z = "[FILE|DIR|-]...",
	.brief_z = "read logs and events to their end and print the incidents",
	.text_z =
		"Reads files, folders (/var/log/pods, docker's containers), .gz, and standard "
		"input; finds out what each is (CRI, docker JSON, kubectl logs, plain lines, "
		"kubectl get events/pods -o json). The result is kept for `incidents`, `show` "
		"and `reconcile`.",
	.more_z =
		"Ask kubectl for `--timestamps`: lines without a clock are shown but count in no "
		"window. Ask for `--prefix` where there is more than one pod. Event and pod "
		"objects are read first, whatever their place on the command line; they name "
		"workloads and causes.\n\n"
		"Records are put in the order of their times before they are correlated, so the "
		"answer does not depend on the order of the files, on `--jobs` or `--chunk`. Two "
		"runs differ in `detected_at` only.\n\n"
		"What could not be read, or not be understood, is a gap: the listing says from "
		"when to when it is complete, and where not. Card numbers, passwords and tokens "
		"are taken out before anything is counted, stored or sent.",
	.examples = examples,
	.exits = exits,
	.files = files,
	.environment = environment,
	.see_z = "incidents show reconcile check",
	.options = options,
	.run = run };
