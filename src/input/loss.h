/* SPDX-License-Identifier: Apache-2.0 */
/* Why bytes of a log were not read. Any thread. */
#pragma once

enum loss {
	LOSS_TRUNCATED,  /* cut away or overwritten in place before they were read */
	LOSS_GONE,       /* the file was deleted or replaced, and nobody held it */
	LOSS_UNREADABLE, /* a broken compressed file */
	LOSS_COUNT
};

/* "truncated", "gone", "unreadable". */
extern const char *const loss_names[LOSS_COUNT];
