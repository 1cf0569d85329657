/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that rotation gives to the older parts of a log, and their order: 0.log is the
 * log; 0.log.20250101-120000, 0.log.1, 0.log-20250101, app-20250101.log, each perhaps
 * with .gz, are its older parts (kubelet, docker, logrotate). One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/str.h"

struct rotation {
	const char *path_z; /* in the arena */
	struct str stamp;   /* a time in the name; empty: a number */
	uint32_t number;    /* 1 is the newest */
	bool gzip;
};

struct rotation_list {
	struct rotation *items; /* oldest first; in the arena */
	size_t n;
	bool left_some; /* there are more than max */
};

/* Whether name is an older part of the log called base, both without folders. */
bool rotation_is_of(struct str base, struct str name, struct rotation *out);

/*
 * The older parts of the log at path_z that are in its folder now, at most max (the
 * newest ones). X.gz is left out while X is there, since it may not be whole yet, and
 * so is what is no regular file's name. 0 or a negative errno value.
 */
MUST_USE int rotation_list(
	struct arena *a, const char *path_z, size_t max, struct rotation_list *out);

/*
 * The names of logs of which name may be an older part: the i-th (from 0) into buf.
 * False: there is no i-th. For asking whether one of them exists.
 */
bool rotation_base(struct str name, size_t i, char *buf, size_t cap, struct str *out);
