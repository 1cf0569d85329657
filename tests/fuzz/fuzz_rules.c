/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: hostile rule files must be refused or loaded, never crash the loader. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "rules/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *out; /* one thread; as long as the process */
	struct ruleset *rs = NULL;
	struct str text = { .ptr = (const char *)data, .len = size };

	if (out == NULL)
		out = fopen("/dev/null", "w");
	if (out == NULL)
		abort();
	if (rules_load_text("fuzz.yaml", text, out, &rs) == 0)
		ruleset_free(&rs);
	return 0;
}
