/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of a file or pipe: plain or gzip (found by looking), UTF-16 with a byte order
 * mark becomes UTF-8. read(2), never mmap. One thread per reader.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"

struct reader;

/* path_z "-" is standard input. 0 or a negative errno value. */
MUST_USE int reader_open(const char *path_z, struct reader **out);

/* The text of a compressed file, from its start, as it is (no UTF-16, no mark is taken
 * off). fd is borrowed and its position moved. -EILSEQ from reader_read() when it is not
 * gzip. */
MUST_USE int reader_open_gzip(int fd, struct reader **out);

/*
 * The same for a regular file of plain bytes, which it does not look for marks in, from a
 * byte of it on.
 */
MUST_USE int reader_open_at(const char *path_z, uint64_t from, struct reader **out);
void reader_close(struct reader **pr);

/* Up to cap bytes; 0 at the end; a negative errno value (-EILSEQ: broken gzip or UTF-16,
 * the bytes before it were given). */
MUST_USE ssize_t reader_read(struct reader *r, char *buf, size_t cap);

/* What an error of these functions means to a person. Not for two threads at a time. */
const char *reader_why(int err);

/* Whether bytes are held that reader_read() gives without asking the descriptor. */
bool reader_has_more(const struct reader *r);

/* The descriptor, for poll(2). */
int reader_fd(const struct reader *r);

/* Last change of the file in ns, or TIME_NONE for a pipe. Size in bytes or -1. */
int64_t reader_date_ns(const struct reader *r);
int64_t reader_size(const struct reader *r);
