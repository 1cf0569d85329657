/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/keyfile.h"
#include "base/log.h"
#include "cli/configure.h"
#include "rules/load.h"

int
place_rules(const struct options *o, struct ruleset **rs)
{
	const char *env_z = getenv("GUMSHOE_RULES");
	const char *shipped_z[] = { env_z != NULL && env_z[0] != '\0' ? env_z
								      : RULES_DIR };
	const char *conf_z[OPTION_REPEATS];
	int err;
	size_t n = configure_rules(o, conf_z, ARRAY_LEN(conf_z));

	if (o->n_rules == 0 && n > 0)
		err = rules_load(conf_z, n, stderr, rs);
	else if (o->n_rules > 0)
		err = rules_load(o->rules_z, o->n_rules, stderr, rs);
	else
		err = rules_load(shipped_z, 1, stderr, rs);
	if (err != 0 && o->n_rules == 0 && n == 0 && access(shipped_z[0], R_OK) != 0)
		fputs("the shipped rules are not installed: give -r PATH or set GUMSHOE_RULES\n",
			stderr);
	return err == 0 ? 0 : EXIT_CONFIG;
}

static void
add_state_folder(struct buf *path)
{
	const char *state_z = getenv("XDG_STATE_HOME");
	const char *home_z = getenv("HOME");

	if (state_z != NULL && state_z[0] == '/')
		buf_add(path, str_z(state_z));
	else {
		buf_add(path, str_z(home_z != NULL ? home_z : "/root"));
		buf_add(path, STR("/.local/state"));
	}
	buf_add(path, STR("/gumshoe"));
}

struct hash_key
place_redact_key(void)
{
	struct hash_key key = { 0 };
	struct buf path;
	int err = -ENAMETOOLONG;

	buf_init(&path, 4096);
	add_state_folder(&path);
	if (buf_z(&path) != NULL)
		err = file_make_dirs(buf_z(&path), 0700);
	buf_add(&path, STR("/redact.key"));
	if (err == 0 && buf_z(&path) != NULL)
		err = keyfile_get(buf_z(&path), &key);
	if (err != 0) {
		log_info("redact", "%s: %s; placeholders are this run's own",
			buf_failed(&path) ? "state folder" : buf_z(&path),
			strerror(-err));
		key = hash_seed();
	}
	buf_fini(&path);
	return key;
}

bool
place_store_path(const struct options *o, struct buf *path, bool make)
{
	int err = 0;

	buf_init(path, 4096);
	if (o->store_z != NULL) {
		buf_add(path, str_z(o->store_z));
		return !buf_failed(path);
	}
	add_state_folder(path);
	if (make && buf_z(path) != NULL)
		err = file_make_dirs(buf_z(path), 0700);
	buf_add(path, STR("/last.db"));
	if (err != 0)
		fprintf(stderr,
			"gumshoe: cannot make %s: %s\n"
			"--store FILE keeps the result elsewhere\n",
			buf_z(path), strerror(-err));
	return err == 0 && !buf_failed(path);
}

int
place_status(int err)
{
	switch (err) {
	case -EACCES:
	case -EPERM:
		return EXIT_PERMISSION;
	case STORE_BUSY:
		return EXIT_TEMPORARY;
	case -ENOENT:
		return EXIT_UNAVAILABLE;
	case -ENOMEM:
		return EXIT_SOFTWARE;
	default:
		return EXIT_IO;
	}
}

int
place_fail(const char *what_z, int err)
{
	fprintf(stderr, "gumshoe: %s: %s\n", what_z, store_strerror(err));
	return place_status(err);
}

int
place_store(const struct options *o, struct store **s)
{
	struct buf path;
	int err;
	int status = 0;
	bool of_daemon = false;

	buf_init(&path, 4096);
	if (o->store_z == NULL && configure_store(o, &path))
		of_daemon = true;
	else if (!place_store_path(o, &path, false)) {
		buf_fini(&path);
		return EXIT_IO;
	}
	err = store_open(buf_z(&path), STORE_READ, false, s);
	if (err != 0)
		status = place_fail(buf_z(&path), err);
	if (err == -ENOENT && !of_daemon)
		fputs("no scan has left its result yet; try: gumshoe scan FILE...\n",
			stderr);
	else if (err == STORE_CORRUPT && o->store_z != NULL)
		fputs("--store names what `scan --store` or `run` wrote; logs are read "
		      "by: gumshoe scan FILE...\n",
			stderr);
	buf_fini(&path);
	return status;
}
