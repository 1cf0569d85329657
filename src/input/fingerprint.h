/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a log file is known by: the hash of its first bytes and of the bytes before the
 * place it was read to. Never the inode alone, which is reused at once (kubernetes.md
 * §1.5): with the time it was made, where the file system tells that, it is a hint that
 * makes a short likeness enough. A rename, a copy and a compression keep a fingerprint;
 * a new file, a truncated and rewritten one do not.
 * Any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/str.h"

#define FINGERPRINT_HEAD ((size_t)1024)
#define FINGERPRINT_TAIL ((size_t)64)
/* Two files that agree in fewer bytes may be two: logs without times begin alike. */
#define FINGERPRINT_SURE ((size_t)64)

/* All 0: of an empty file. It grows with the file until FINGERPRINT_HEAD bytes. */
struct fingerprint {
	uint64_t dev, ino; /* hint */
	int64_t born_ns;   /* when the inode was made; 0: not known */
	uint64_t head_hash;
	uint64_t read_hash; /* of the head as far as it was read */
	uint32_t head_len, read_len;
	uint32_t tail_len; /* 0: the bytes before at are not known */
	uint64_t at;       /* known up to here; in a compressed file: of its text */
	uint64_t tail_hash;
};

/* What is seen of a file when it is opened. */
struct sample {
	uint64_t dev, ino;
	int64_t born_ns;
	uint64_t size; /* of a compressed file: of its text, modulo 2^32 */
	int64_t changed_ns;
	bool gzip;
	bool unlinked;
	size_t len;
	char head[FINGERPRINT_HEAD];
};

/*
 * Opens a regular file without following any symbolic link in its path, never blocking.
 * A descriptor or a negative errno value: -ELOOP a link is in the way, -ENXIO neither
 * a file nor a folder (a pipe, a device), -EISDIR.
 */
MUST_USE int fingerprint_open(const char *path_z);

/* When the inode of name in the folder dir was made; an empty name: of dir itself, which
 * may be any file. 0: not known. */
int64_t fingerprint_born(int dir, const char *name_z);

/* Looks at fd; is_gzip: a compressed file, whose text counts. 0 or a negative errno. */
MUST_USE int sample_take(int fd, bool is_gzip, struct sample *out);

/* The fingerprint of what was sampled, known up to at (not past the sampled size). */
struct fingerprint fingerprint_of(const struct sample *s, int fd, uint64_t at);

/*
 * Whether fd, of which s is a sample, may be the file of f, by content alone. A copy that
 * was made before all of f's head was written fits if it has what was read. A file that
 * was nothing but empty fits no fingerprint.
 */
bool fingerprint_fits(const struct fingerprint *f, const struct sample *s, int fd);

/* Whether it is the inode of f, and not one that has its number again. Not by device,
 * whose number may be another after a reboot. */
bool fingerprint_is_inode(const struct fingerprint *f, const struct sample *s);

/* Whether it begins as f does, as far as both are known. */
bool fingerprint_begins(const struct fingerprint *f, const struct sample *s);

/* Whether a likeness by content is enough although the inode is another. */
bool fingerprint_is_sure(const struct fingerprint *f, const struct sample *s);

/*
 * Whether the head of the plain file fd is still that of f; f's head grows with the
 * file. It was read up to at. One read, into head. 1 yes, 0 no, or a negative errno
 * value.
 */
MUST_USE int fingerprint_check_head(
	struct fingerprint *f, int fd, uint64_t at, char head[FINGERPRINT_HEAD]);

/* head: the first bytes; the file was read up to at. */
void fingerprint_set_read(
	struct fingerprint *f, const char *head, size_t len, uint64_t at);

/* Sets what is known up to at: tail are the bytes before it (at most the last 64 count).
 */
void fingerprint_set_tail(struct fingerprint *f, uint64_t at, struct str tail);

/* The up to FINGERPRINT_TAIL bytes before at in the plain file fd. How many, or a
 * negative errno value; fewer than there should be when the file is shorter. */
MUST_USE int fingerprint_read_tail(int fd, uint64_t at, char tail[FINGERPRINT_TAIL]);
