/* SPDX-License-Identifier: Apache-2.0 */
/* A text with CRASH-HERE in it ends the program as soon as a regex looks at it. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <dlfcn.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

typedef int match_fn(const pcre2_code *, PCRE2_SPTR, PCRE2_SIZE, PCRE2_SIZE, uint32_t,
	pcre2_match_data *, pcre2_match_context *);

static int
match(const char *name_z, const pcre2_code *code, PCRE2_SPTR text, PCRE2_SIZE len,
	PCRE2_SIZE start, uint32_t options, pcre2_match_data *data,
	pcre2_match_context *context)
{
	match_fn *next;

	*(void **)&next = dlsym(RTLD_NEXT, name_z);
	if (next == NULL || memmem(text, len, "CRASH-HERE", 10) != NULL)
		abort();
	return next(code, text, len, start, options, data, context);
}

int
pcre2_match(const pcre2_code *code, PCRE2_SPTR text, PCRE2_SIZE len, PCRE2_SIZE start,
	uint32_t options, pcre2_match_data *data, pcre2_match_context *context)
{
	return match("pcre2_match_8", code, text, len, start, options, data, context);
}

int
pcre2_jit_match(const pcre2_code *code, PCRE2_SPTR text, PCRE2_SIZE len, PCRE2_SIZE start,
	uint32_t options, pcre2_match_data *data, pcre2_match_context *context)
{
	return match("pcre2_jit_match_8", code, text, len, start, options, data, context);
}
