/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A random key that stays with its machine: 16 bytes in a file of mode 0600, made when
 * first asked for. Any thread, any number of processes: all of them get the same.
 */
#pragma once

#include "base/compiler.h"
#include "base/hash.h"

/*
 * 0 or a negative errno value: -EINVAL when the file is not one of ours (another length,
 * no plain file), -EACCES when others may read it. Its folder must exist.
 */
MUST_USE int keyfile_get(const char *path_z, struct hash_key *out);
