/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/configure.h"

#include <stdlib.h>
#include <string.h>

#include "conf/settings.h"

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

void
configure_datadog(const struct options *o, struct sender_conf *conf, struct buf *key)
{
	const struct output_settings *d = NULL;

	for (size_t i = 0; o->settings != NULL && i < o->settings->n_outputs; i++)
		if (d == NULL && o->settings->outputs[i].type == DEST_DATADOG)
			d = &o->settings->outputs[i];
	if (d == NULL)
		return;
	conf->datadog = *d;
	if (conf->key_file_z == NULL && setting_secret_path(d->api_key_file, key))
		conf->key_file_z = buf_z(key);
}
