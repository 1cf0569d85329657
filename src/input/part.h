/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stretch of one file that is a part of a log: from a place of the file to where the
 * log goes on in another file. Plain files are read with pread(2) through a descriptor
 * that outlives renaming and deleting; compressed ones are read from their start and
 * skipped up to the place. One thread. For trail.c, checkpoint.c and their helpers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "input/fingerprint.h"
#include "input/loss.h"

#define PART_OPEN_END UINT64_MAX
#define PART_UNPLACED UINT64_MAX

struct reader;

struct stretch {
	struct stretch *next;     /* where the log goes on */
	char *path_z;             /* owned; where the file was last seen, or NULL */
	struct fingerprint print; /* its tail is as of part_seal() */
	uint64_t start;           /* first byte of the file that belongs to the part */
	uint64_t position;        /* of that byte in the log; PART_UNPLACED: not yet */
	uint64_t offset;          /* next byte to read */
	uint64_t end;             /* where it ends, or PART_OPEN_END */
	uint64_t size;            /* of the file as last seen (compressed: of its text) */
	uint64_t lost;            /* bytes that are known to be missing at the end */
	uint64_t again;           /* ... of these, what was given before the restart */
	enum loss why;            /* valid with has_gap */
	int64_t changed_ns;       /* the file's ctime as last seen */
	int64_t quiet_since_ns;   /* all was read then, or INT64_MAX */
	uint64_t used;            /* larger: read later */
	int fd;                   /* -1: not open */
	struct reader *gzip;      /* open and at offset, or NULL */
	uint32_t tail_len;        /* bytes right before offset, if known */
	char tail[FINGERPRINT_TAIL];
	uint32_t head_len; /* first bytes of the file, as far as known */
	char head[FINGERPRINT_HEAD];
	bool is_gzip;
	bool unlinked;  /* the open file has no name any more */
	bool has_gap;   /* to be told once its end is reached */
	bool told;      /* ... and was */
	bool late;      /* came after the log had gone on in another file */
	bool split;     /* the same file goes on in a later part */
	bool ended;     /* nothing more can come: end of the compressed text */
	bool restored;  /* nothing was seen of the file since the start */
	bool found;     /* used while names are put to parts */
	size_t *n_open; /* borrowed: how many parts have a descriptor */
};

/* A part of nothing yet. path_z may be NULL. NULL: out of memory. */
struct stretch *part_new(const char *path_z, size_t *n_open);
void part_free(struct stretch **pp);

/* Begins at start of the file that was sampled; fd is taken over. */
void part_begin(struct stretch *p, const struct sample *s, int fd, uint64_t start);

/* A new part of the same file from p's offset on, with p's descriptor; p ends there.
 * NULL: out of memory, p is as it was. */
struct stretch *part_continue(struct stretch *p);

/* Bytes up to end, which were seen, are missing at the part's end. */
void part_miss(struct stretch *p, uint64_t end, enum loss why);

/* Its file is not to be had any more: it ends where it was read to, with a gap. Nobody
 * held it, so there may have been more than was ever seen of it. */
void part_lose(struct stretch *p, enum loss why);

/* False: out of memory, the name is as it was. */
bool part_set_path(struct stretch *p, const char *path_z);

/* Takes over an open descriptor of the part's file under another name. */
void part_adopt(struct stretch *p, const struct sample *s, int fd);

/*
 * Opens it by its name if it is not open. 0, -ESTALE when the name belongs to another
 * file or other content now, or a negative errno value.
 */
MUST_USE int part_open(struct stretch *p);

/* Takes over fd as that of its file. 0, or as part_open(): then fd is closed. */
MUST_USE int part_take(struct stretch *p, int fd, bool is_gzip);

/* Keeps what it is known by, and its descriptor. */
void part_rest(struct stretch *p);

/* Keeps what it is known by and lets go of the descriptor. */
void part_close(struct stretch *p);

/* Brings print up to the bytes read. */
void part_seal(struct stretch *p);

/*
 * Up to cap bytes from offset on. 0: none now. -ESTALE: what was read before is no
 * longer there, so the file was truncated or overwritten; nothing was taken. -EILSEQ: a
 * broken compressed file. Else a negative errno value. The file must be open.
 */
MUST_USE ssize_t part_read(struct stretch *p, char *buf, size_t cap);

/* Looks at the size of an open plain file again. -ESTALE: it became shorter than what is
 * known of it and is other than it was. */
MUST_USE int part_refresh(struct stretch *p);

/* Whether content that was read is still there. 1, 0 or a negative errno value. */
MUST_USE int part_check(struct stretch *p);

/*
 * Whether s may be a copy of the file from when it was shorter. Early: its head is not
 * whole, but all that was read is in it. Short: not even that.
 */
bool part_has_early_copy(const struct stretch *p, const struct sample *s);
bool part_has_short_copy(const struct stretch *p, const struct sample *s);

/* The position behind what was read of it and, once that was told, what is missing. */
uint64_t part_behind(const struct stretch *p);

/* Bytes that are known to be there and not read. */
uint64_t part_unread(const struct stretch *p);

/* Whether the last byte read ends a line (also when none was read). */
bool part_at_line_start(const struct stretch *p);
