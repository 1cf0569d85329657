/* SPDX-License-Identifier: Apache-2.0 */
/* Docker's json-file records and container configuration. */
#pragma once

#include "layout.h"

/* Appends one record with its LF, escaped exactly as moby does. */
void dockerlog_line(
	struct text *out, const struct piece *p, enum stream stream, int64_t at_ns);

/* Appends config.v2.json of a container the kubelet started. */
void dockerlog_config(struct text *out, const struct container *c);
