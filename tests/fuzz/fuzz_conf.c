/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: a hostile configuration must be refused or loaded, never crash the loader.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "conf/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *out; /* one thread; as long as the process */
	struct arena *a = arena_new("fuzz", SETTINGS_BYTES);
	struct str text = { .ptr = (const char *)data, .len = size };
	struct setting_change changes[SETTING_CHANGES_MAX];
	const struct settings *s;

	if (out == NULL)
		out = fopen("/dev/null", "w");
	if (out == NULL || a == NULL)
		abort();
	s = settings_load_text(a, "fuzz.yaml", text, out);
	if (s != NULL && settings_changes(s, s, changes) != 0)
		abort();
	arena_free(&a);
	return 0;
}
