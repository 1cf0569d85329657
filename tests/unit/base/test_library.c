/* SPDX-License-Identifier: Apache-2.0 */
/* library: what is opened when it is needed, or is not there. */
#include "base/library.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/curl.h"

#include "../../tap.h"

static double (*root)(double);
static void (*other)(void);
static char why_z[LIBRARY_WHY];

static void
test_opens(void)
{
	static const struct library_function f[] = { { "sqrt", &root } };
	static struct library l = LIBRARY("libm.so.6", f);

	OK(library_open(&l, why_z) == 0);
	OK(root != NULL && root(4) > 1.9 && root(4) < 2.1);
	OK(library_open(&l, why_z) == 0);
}

static void
test_is_not_there(void)
{
	static const struct library_function f[] = { { "sqrt", &other } };
	static struct library l = LIBRARY("libgumshoe-none.so.7", f);

	OK(library_open(&l, why_z) == -ELIBACC);
	OK(strstr(why_z, "libgumshoe-none.so.7") != NULL);
	OK(library_open(&l, why_z) == -ELIBACC);
	OK(other == NULL);
}

static void
test_lacks_a_function(void)
{
	static const struct library_function f[] = { { "gumshoe_none", &other } };
	static struct library l = LIBRARY("libm.so.6", f);

	OK(library_open(&l, why_z) == -ELIBACC);
	OK(strstr(why_z, "gumshoe_none") != NULL);
	OK(!l.is_open && other == NULL);
}

/* By the name that configure found. */
static void
test_ours(void)
{
	OK(library_open(&curl_library, why_z) == 0);
	OK(curl.easy_init != NULL && curl.slist_free_all != NULL);
}

int
main(void)
{
	test_opens();
	test_is_not_there();
	test_lacks_a_function();
	test_ours();
	return tap_done();
}
