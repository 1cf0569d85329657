/* SPDX-License-Identifier: Apache-2.0 */
/*
 * -c FILE: what the configuration says where the command line says nothing. Main thread.
 */
#pragma once

#include "base/buf.h"
#include "base/compiler.h"
#include "cli/option.h"
#include "conf/settings.h"

/* Where it is when `run` is not told. */
#define CONF_FILE CONF_DIR "/gumshoe.yaml"

/*
 * Loads o->conf_z into o->settings, if it is set, and sets the options it has values for:
 * before those of the command line. 0 or EXIT_CONFIG after messages on stderr.
 */
MUST_USE int configure(struct options *o);
void configure_fini(struct options *o);

/*
 * The rule paths of the configuration. How many of at most max; 0: it names none, or none
 * was loaded.
 */
size_t configure_rules(const struct options *o, const char **paths_z, size_t max);

/* The daemon's store. False: no configuration was loaded. */
bool configure_store(const struct options *o, struct buf *path);

/*
 * The output of that name (of --send or --send-test): of the configuration by its name
 * or, for "datadog", its first of that type, without a configuration what the environment
 * says. Views live as long as o. 0 or an exit code after a message on stderr.
 */
MUST_USE int configure_send(
	const struct options *o, const char *name_z, struct output_settings *out);
