/* SPDX-License-Identifier: Apache-2.0 */
/*
 * -c FILE: what the configuration says where the command line says nothing. Main thread.
 */
#pragma once

#include "base/buf.h"
#include "base/compiler.h"
#include "cli/option.h"
#include "output/sender.h"

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

/* The first datadog destination over what conf has. key holds the path of its key. */
void configure_datadog(
	const struct options *o, struct sender_conf *conf, struct buf *key);
