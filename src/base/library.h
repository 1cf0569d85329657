/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared libraries that are opened by those who need them, when they do: most commands
 * start faster without. Who packages the program finds them in its ELF notes.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct library_function {
	const char *name_z;
	void *to; /* a pointer to a function, which is set */
};

struct library {
	const char *soname_z;
	const struct library_function *functions;
	size_t n;
	pthread_mutex_t lock;
	bool is_open; /* stays so */
};

#define LIBRARY(soname_z, functions)                                                  \
	{                                                                             \
		soname_z, functions, ARRAY_LEN(functions), PTHREAD_MUTEX_INITIALIZER, \
			false                                                         \
	}

#define LIBRARY_WHY 200

/*
 * Opens l and finds its functions; once, also for several threads. 0, or -ELIBACC when it
 * or one of its functions is not there: why_z says so.
 */
MUST_USE int library_open(struct library *l, char why_z[LIBRARY_WHY]);

/* Says in the program's ELF notes that it may open a library (the UAPI group's "ELF
 * dlopen metadata"). */
#define LIBRARY_NOTE(variable, feature_z, text_z, priority_z, soname_z)     \
	LIBRARY_NOTE_OF(variable,                                           \
		"[{\"feature\":\"" feature_z "\",\"description\":\"" text_z \
		"\",\"priority\":\"" priority_z "\",\"soname\":[\"" soname_z "\"]}]")
#define LIBRARY_NOTE_OF(variable, json_z)                                                \
	__attribute__((used, section(".note.dlopen"), aligned(4))) static const struct { \
		uint32_t name_bytes, json_bytes, type;                                   \
		char name[4];                                                            \
		char json[sizeof(json_z)];                                               \
	} variable = { 4, sizeof(json_z), 0x407c0c0a, "FDO", json_z }
