/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container folder of docker says of its container. For tree.c; one thread.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"
#include "record/source.h"

/* Reads config.v2.json in the folder; leaves label as it is when that says nothing. */
void labels_docker(struct arena *a, struct str folder, struct str label[LABEL_COUNT]);
