/* SPDX-License-Identifier: Apache-2.0 */
/* A pod as the API gives it, compact. */
#pragma once

#include "kube.h"

void podjson(struct text *t, const struct pod *p, uint64_t version);

/* The image a service runs. */
const char *podjson_image(enum service s);
