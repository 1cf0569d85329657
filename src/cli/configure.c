/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/configure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/datadog.h"

int
configure(struct options *o)
{
	const struct settings *s;

	if (o->conf_z == NULL)
		return 0;
	o->conf_arena = arena_new("configuration", SETTINGS_BYTES);
	s = o->conf_arena == NULL ? NULL
				  : settings_load(o->conf_arena, o->conf_z, stderr);
	if (s == NULL)
		return EXIT_CONFIG;
	o->settings = s;
	if (o->zone == NULL)
		o->zone = time_zone_new(s->time.zone);
	o->lateness_ns = s->time.lateness_ns;
	o->max_keys = s->limits.max_keys;
	o->spill_bytes = s->limits.spill_bytes;
	o->record_bytes = s->limits.record_bytes;
	o->jobs = s->jobs;
	return 0;
}

void
configure_fini(struct options *o)
{
	arena_free(&o->conf_arena);
	o->settings = NULL;
}

static const char *
text_z(const struct options *o, struct str s)
{
	char *z = arena_alloc(o->conf_arena, s.len + 1);

	if (z != NULL)
		memcpy(z, s.ptr, s.len);
	return z;
}

size_t
configure_rules(const struct options *o, const char **paths_z, size_t max)
{
	size_t n = 0;

	if (o->settings == NULL)
		return 0;
	for (; n < o->settings->rules.n && n < max; n++) {
		paths_z[n] = text_z(o, o->settings->rules.items[n]);
		if (paths_z[n] == NULL)
			return n;
	}
	return n;
}

bool
configure_store(const struct options *o, struct buf *path)
{
	const char *state_z = getenv("STATE_DIRECTORY");

	if (o->settings == NULL)
		return false;
	if (o->settings->store.file.len > 0)
		buf_add(path, o->settings->store.file);
	else
		buf_printf(path, "%s/gumshoe.db",
			state_z != NULL && state_z[0] == '/' ? state_z
							     : "/var/lib/gumshoe");
	return true;
}

static const struct output_settings *
find_output(const struct settings *s, struct str name)
{
	const struct output_settings *typed = NULL;

	for (size_t i = 0; s != NULL && i < s->n_outputs; i++) {
		if (str_eq(s->outputs[i].name, name))
			return &s->outputs[i];
		if (typed == NULL && s->outputs[i].type == DEST_DATADOG &&
			str_eq(name, STR("datadog")))
			typed = &s->outputs[i];
	}
	return typed;
}

static int
no_output(const struct options *o, const char *name_z)
{
	fprintf(stderr, "gumshoe: there is no output \"%s\": want ", name_z);
	for (size_t i = 0; o->settings != NULL && i < o->settings->n_outputs; i++)
		fprintf(stderr, "%.*s, ", STR_ARG(o->settings->outputs[i].name));
	fputs(o->settings == NULL ? "datadog, or one of a configuration (-c FILE)\n"
				  : "or datadog\n",
		stderr);
	return EXIT_USAGE_ERROR;
}

int
configure_send(const struct options *o, const char *name_z, struct output_settings *out)
{
	const struct output_settings *found = find_output(o->settings, str_z(name_z));

	if (found != NULL) {
		*out = *found;
		return 0;
	}
	if (strcmp(name_z, "datadog") != 0)
		return no_output(o, name_z);
	datadog_from_env(out);
	return 0;
}
