/* SPDX-License-Identifier: Apache-2.0 */
/* The table of options: one row each, shared by the commands that take it. */
#include "cli/option.h"

/* clang-format off */
#define ROW(field, name, letter, value, kind, help, more) \
	const struct option_row option_##field = { name, letter, value, kind, \
		offsetof(struct options, AT_##field), help, more, 0 }
/* The same for an OPTION_OUTPUT: the first n of the formats. */
#define OUTPUT_ROW(field, n, help) \
	const struct option_row option_##field = { "output", 'o', "FORMAT", \
		OPTION_OUTPUT, offsetof(struct options, output), help, OUTPUT_MORE, n }
#define OUTPUT_MORE \
	"Text is for people: control bytes of what was logged are shown escaped, and " \
	"colours are left out unless it is a terminal. CSV is safe against formulas. The " \
	"keys of json and ndjson are promised to stay."
#define AT_rules rules_z
#define AT_store store_z
#define AT_since since_ns
#define AT_until until_ns
#define AT_tz zone
#define AT_color color
#define AT_quiet quiet
#define AT_verbose verbose
#define AT_help help
#define AT_format format
#define AT_label labels
#define AT_jobs jobs
#define AT_stats stats
#define AT_follow follow
#define AT_matches matches
#define AT_send send_z
#define AT_send_test send_test_z
#define AT_dry_run dry_run
#define AT_key_file key_file_z
#define AT_lateness lateness_ns
#define AT_chunk chunk
#define AT_max_keys max_keys
#define AT_orders orders_z
#define AT_charges charges_z
#define AT_columns columns_z
#define AT_all all
#define AT_all_rows all
#define AT_store_of_run store_z
#define AT_rule rule_z
#define AT_conf conf_z
#define AT_address address_z
#define AT_listen listen_z
#define AT_input inputs_z
#define AT_keep_for keep_ns
#define AT_keep_bytes keep_bytes

ROW(input, "input", 'i', "PATH", OPTION_INPUTS,
	"file, folder or glob to follow, - for standard input; may be given again",
	"Instead of the inputs of the configuration.");
ROW(listen, "listen", 0, "ADDRESS", OPTION_TEXT,
	"where the status is told: unix:PATH or 127.0.0.1:PORT",
	"Loopback only. GET /status, /metrics, /healthz and /readyz.");
ROW(address, "address", 0, "ADDRESS", OPTION_TEXT,
	"where the daemon listens: unix:PATH or 127.0.0.1:PORT",
	"Without it, the socket of the service: unix:/run/gumshoe/status.sock.");
ROW(rules, "rules", 'r', "PATH", OPTION_RULES,
	"rule file or folder instead of the shipped ones; may be given again",
	"A folder is read with its folders: every *.yaml and *.yml in the order of their "
	"names. To add rules to the shipped ones, name both.");
ROW(store, "store", 0, "FILE", OPTION_TEXT,
	"the store to use instead of the last scan's",
	"`scan` replaces it when it is done; `scan --follow` goes on in it, after a kill too. A "
	"file that is no store is never written over.");
ROW(store_of_run, "store", 0, "FILE", OPTION_TEXT,
	"the store to use instead of the configuration's",
	"One daemon uses a store at a time.");
ROW(since, "since", 0, "TIME", OPTION_TIME,
	"only from here on: RFC 3339, or 2h for two hours ago",
	"A time without a zone is in the zone of `--tz`. Spans are sums of w, d, h, m, s and "
	"ms, as in 1h30m.");
ROW(until, "until", 0, "TIME", OPTION_TIME,
	"only up to here; also the \"now\" of a scan",
	"What would have to happen by then and did not is judged: without it the newest time "
	"read is now, and timers beyond it stay unjudged.");
ROW(tz, "tz", 0, "ZONE", OPTION_ZONE,
	"zone of times written without one, and of those shown (UTC, +05:30, Asia/Kolkata)",
	NULL);
OUTPUT_ROW(output, 5, "text, json, ndjson, csv or markdown");
OUTPUT_ROW(output_tree, 3, "text, json or ndjson");
OUTPUT_ROW(output_schema, 2, "text or json");
ROW(color, "color", 0, "WHEN", OPTION_COLOR, "auto, always or never (also NO_COLOR)", NULL);
ROW(quiet, "quiet", 'q', NULL, OPTION_FLAG, "errors only on stderr", NULL);
ROW(verbose, "verbose", 'v', NULL, OPTION_COUNT, "more on stderr; twice for debug", NULL);
ROW(help, "help", 'h', NULL, OPTION_FLAG, "this text", NULL);
ROW(format, "format", 0, "FORMAT", OPTION_FORMAT,
	"insist on cri, docker, kubectl, plain or objects instead of looking",
	"Looking (auto) takes the first lines of each file. Lines that are not in the format "
	"are counted (see `--stats`) and read as plain ones.");
ROW(label, "label", 'l', "NAME=VALUE[:FILE]", OPTION_LABEL,
	"what the source cannot tell: service=orders, namespace=sock-shop:orders.log",
	"Names are namespace, pod, container, service, node, instance, uid and "
	"datadog_service. With `:FILE` it is for that file only. Without the option a file's "
	"name says the service: orders.log.");
ROW(jobs, "jobs", 'j', "N", OPTION_NUMBER, "workers that read files; default: processors",
	"The answer does not depend on it.");
ROW(stats, "stats", 0, NULL, OPTION_FLAG, "counts of what was read, and what was not", NULL);
ROW(follow, "follow", 'f', NULL, OPTION_FLAG, "print findings of a live pipe as they come",
	"What later lines cannot falsify is told at once; the rest when the newest time read "
	"has passed it by the lateness.");
ROW(matches, "matches", 'm', NULL, OPTION_FLAG,
	"print every match instead of incidents: a grep with rules",
	"The last scan's result stays as it is.");
ROW(send, "send", 0, "DEST", OPTION_TEXT, "send the findings to an output",
	"The name of an output of the configuration; `datadog` also works without one. A live "
	"pipe sends as it finds. What cannot be sent stays in the store and goes first with the next scan that sends, "
	"under the same id.");
ROW(send_test, "send-test", 0, "DEST", OPTION_TEXT,
	"send a test finding to an output and print the answers",
	"It is opened and resolved at once and says that it is a test.");
ROW(dry_run, "dry-run", 0, NULL, OPTION_FLAG, "print the requests instead of sending them",
	"The key is not among what is printed.");
ROW(key_file, "key-file", 0, "FILE", OPTION_TEXT,
	"file with the API key (default: $CREDENTIALS_DIRECTORY/datadog-api-key)",
	"Blanks and line ends around it are dropped. A key is taken from nowhere else.");
ROW(lateness, "lateness", 0, "SPAN", OPTION_SPAN,
	"how late a line may come in a live pipe (default 30s)",
	"Later ones still enter timelines.");
ROW(chunk, "chunk", 0, "BYTES", OPTION_BYTES, "bytes per read",
	"For measurements: the answer does not depend on it.");
ROW(max_keys, "max-keys", 0, "N", OPTION_NUMBER, "keys in memory at a time (default 100000)",
	"It bounds the memory. Keys beyond it wait in a temporary file, those idle for longest "
	"first, and come back when something needs them: the answer is the same (see `--stats`).");
ROW(orders, "orders", 0, "FILE|DIR|URL|-", OPTION_TEXT,
	"what the shop says: GET /orders as HAL pages or plain JSON",
	"A folder holds one page per file; a URL is fetched page by page. If a page is "
	"missing, the list says so.");
ROW(charges, "charges", 0, "FILE", OPTION_TEXT, "what the payment gateway says, as CSV",
	"Columns order_id, amount, currency, status and created, and charge_id if there is "
	"one.");
ROW(columns, "charges-columns", 0, "MAP", OPTION_TEXT,
	"its columns: order_id=Reference,amount=Total,...", NULL);
ROW(all, "all", 'a', NULL, OPTION_FLAG, "also what needs nobody", NULL);
ROW(all_rows, "all", 'a', NULL, OPTION_FLAG,
	"every row of long tables, and reasons for which nothing was lost", NULL);
ROW(rule, "rule", 0, "NAME", OPTION_TEXT, "this rule only", NULL);
ROW(conf, "conf", 'c', "FILE", OPTION_CONF,
	"configuration to take what the command line does not say from",
	"See gumshoe.yaml(5). `scan` takes rules, time, limits and the destination of "
	"`--send` from it, never the daemon's store; `incidents`, `show` and `reconcile` read "
	"that store.");
/* clang-format on */
ROW(keep_for, "keep-for", 0, "SPAN", OPTION_SPAN,
	"how long to keep what is in the store (with --follow: 30d)",
	"By the times in the logs, from the newest on. What goes leaves a gap of the reason "
	"retention, and results say from when on they are complete.");
ROW(keep_bytes, "keep-bytes", 0, "BYTES", OPTION_BYTES,
	"how large the store may be before its oldest days go (with --follow: 10GiB)",
	"A number with K, M, G or T for powers of 1024.");
