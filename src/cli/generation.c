/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/generation.h"

#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "cli/configure.h"
#include "cli/place.h"
#include "pipeline/ruletest.h"

/* Without a file: standard input unless -i says otherwise, and defaults. */
static const struct settings *
load_file(const struct options *o, struct arena *a)
{
	const char *path_z = o->conf_z;

	if (path_z == NULL && access(CONF_FILE, F_OK) == 0)
		path_z = CONF_FILE;
	if (path_z != NULL)
		return settings_load(a, path_z, stderr);
	return settings_load_text(
		a, "defaults", STR("inputs:\n  - paths: ['-']\n"), stderr);
}

static int
load_rules(const struct options *given, struct generation *g)
{
	struct options o = *given;
	struct ruletest_counts counts;
	int status;

	o.settings = g->settings;
	o.conf_arena = g->arena;
	status = place_rules(&o, &g->rules);
	if (status != 0)
		return status;
	ruletest_run(g->rules, stderr, &counts);
	if (counts.failed == 0)
		return 0;
	log_error("rules", "%zu of their tests fail", counts.failed);
	return EXIT_CONFIG;
}

void
generation_fini(struct generation *g)
{
	if (g->rules != NULL)
		ruleset_free(&g->rules);
	if (g->arena != NULL)
		arena_free(&g->arena);
}

int
generation_load(const struct options *o, struct generation *g)
{
	int status = EXIT_CONFIG;

	g->arena = arena_new("settings", SETTINGS_BYTES);
	if (g->arena == NULL)
		return EXIT_SOFTWARE;
	g->settings = load_file(o, g->arena);
	if (g->settings != NULL)
		status = load_rules(o, g);
	if (status != 0)
		generation_fini(g);
	return status;
}

void
generation_tell(const struct generation *before, const struct generation *g)
{
	struct setting_change change[SETTING_CHANGES_MAX];
	size_t n = settings_changes(before->settings, g->settings, change);
	struct buf names;

	buf_init(&names, 4096);
	for (size_t i = 0; i < n; i++) {
		if (!change[i].can_reload)
			log_warn("reload", "%s has changed: that takes a restart",
				change[i].name_z);
		else
			buf_printf(&names, "%s%s", names.len > 0 ? ", " : "",
				change[i].name_z);
	}
	log_info("reload", "generation %lld: %zu rules, %zu correlations%s%.*s",
		(long long)g->number, g->rules->n_rules, g->rules->n_corrs,
		names.len > 0 ? "; changed: " : "", STR_ARG(buf_str(&names)));
	buf_fini(&names);
}
