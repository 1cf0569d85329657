/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A finding that is none, opened and resolved, sent to an output to see whether it gets
 * there. Waits for the answers.
 */
#pragma once

#include <stdio.h>

#include "base/compiler.h"
#include "conf/settings.h"

/*
 * Every request and its answer go to out, a line each, without secrets; of a cluster all
 * members are tried. 0, -EIO when an answer was not good (and the rest was not tried), or
 * a negative errno value after a message.
 */
MUST_USE int trial_send(
	const struct output_settings *output, const char *key_file_z, FILE *out);
