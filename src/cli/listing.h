/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The incidents of a store in any output format: shared by scan and incidents. Main
 * thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "cli/option.h"
#include "store/store.h"

/*
 * Prints those opened within --since/--until that no other incident has taken in. *n: how
 * many. kept: `gumshoe show` finds them, which is said. 0 or an exit code.
 */
MUST_USE int listing_print(
	struct store *s, const struct options *o, bool kept, size_t *n);

/*
 * The same of a store that is loaded, which is finished and takes its place meanwhile:
 * nothing is printed before it has.
 */
MUST_USE int listing_finish(struct store *s, const struct options *o, size_t *n);

/* One row of text cells as CSV (RFC 4180, safe against formulas) or of a Markdown table.
 */
void listing_add_row(struct buf *b, const struct str *cells, size_t n, bool csv);

/* The line of a Markdown table below its head. */
void listing_add_rule(struct buf *b, size_t n);
