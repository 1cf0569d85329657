/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The workload that a pod belongs to: its name, guessed where nobody says it, and what is
 * kept of it as a row. Pure functions; any thread.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

/* News of a pod's workload, or of the service that Datadog knows a container's logs by.
 */
struct workload_row {
	struct str namespace, pod, service;
	struct str container, datadog; /* of a container: instead of service */
	bool guessed, of_container;
};

/* As bytes of a row that is kept: version, texts, and a hash over all of it. False: these
 * are no such bytes. Views into them. */
void workload_encode(const struct workload_row *w, struct buf *out);
bool workload_decode(struct str bytes, struct workload_row *out);

/* "quay.io/a/sock-shop-orders:v1@sha256:..." -> "sock-shop-orders": a view into image.
 * Empty for one that is only a digest. */
struct str workload_of_image(struct str image);

/* Deployment, StatefulSet, ... name guessed from a pod's name: a view into pod. */
struct str workload_of_pod(struct str pod);
