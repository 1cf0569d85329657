/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store in a folder of its own, with a transaction open and two incidents: "aa", and
 * "bb", which may be explained by another.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/time.h"
#include "store/outbox.h"
#include "store/store.h"

#include "../../tap.h"

#define KIT_AA "00000000000000aa"
#define KIT_BB "00000000000000bb"

struct kit {
	char folder_z[64], path_z[128];
	struct store *store;
};

/* Of "bb"; empty: by none, and it is not muted. */
static inline void
kit_open(struct kit *k, const char *name_z, struct str explained_by)
{
	struct incident_row row = { .id = STR(KIT_AA),
		.rule = STR("r"),
		.title = STR("t"),
		.state = STR("open"),
		.level = 1,
		.first_ns = TIME_S,
		.last_ns = TIME_S,
		.opened_ns = TIME_S,
		.resolved_ns = TIME_NONE,
		.detected_ns = TIME_S,
		.count = 1,
		.body = STR("{}") };

	(void)snprintf(k->folder_z, sizeof(k->folder_z), "/tmp/%s.XXXXXX", name_z);
	if (mkdtemp(k->folder_z) == NULL)
		abort();
	(void)snprintf(k->path_z, sizeof(k->path_z), "%s/a.db", k->folder_z);
	if (store_open(k->path_z, STORE_WRITE, true, &k->store) != 0 ||
		store_begin(k->store) != 0)
		abort();
	OK(store_put_incident(k->store, &row) == 0);
	row.id = STR(KIT_BB);
	row.explained_by = explained_by;
	row.muted = explained_by.len > 0;
	OK(store_put_incident(k->store, &row) == 0);
}

static inline void
kit_close(struct kit *k)
{
	OK(store_commit(k->store) == 0);
	store_close(&k->store);
	(void)unlink(k->path_z);
	(void)snprintf(k->path_z, sizeof(k->path_z), "%s/a.db.lock", k->folder_z);
	(void)unlink(k->path_z);
	OK(rmdir(k->folder_z) == 0);
}
