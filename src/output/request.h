/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a destination wants sent: plain data, made without a socket. Requests are sent in
 * the order of their list, one at a time. Secrets are not copied into it: headers and
 * secret addresses belong to the destination, which wipes them. One thread at a time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"

struct request_header {
	const char *text_z; /* "Name: value" */
	bool secret;        /* its value is shown nowhere */
};

/* Appends the body to the file named by the URL; "-" is standard output. */
#define REQUEST_APPEND "APPEND"

struct request {
	const char *method_z; /* "GET", "POST", REQUEST_APPEND; of static life */
	struct buf url;
	const char
		*secret_url_z; /* borrowed: used instead of url, which is what is shown */
	const struct request_header *headers; /* borrowed from the destination */
	size_t n_headers;
	struct buf body;
	const char
		*secret_z; /* borrowed: shown nowhere, also where body has it; or NULL */
	bool gzip;         /* the receiver takes it compressed */
	unsigned part;     /* the type's own: one bit, which kind of request it is */
	size_t from,
		to; /* the parcels it carries: [from, to) of its build; equal: none */
};

struct requests {
	struct request *items; /* owned */
	size_t n, cap;
};

/* Most bytes of a body, not compressed. */
#define REQUEST_BODY_MAX ((size_t)8 << 20)
#define REQUEST_URL_MAX  ((size_t)4096)

/* An empty one at the end, valid until the next; NULL: out of memory. */
struct request *requests_add(struct requests *list, const char *method_z);

/* The last one goes again. */
void requests_drop(struct requests *list);
void requests_fini(struct requests *list);

/* Moves r out of its list into *out (request_fini() it); the list keeps an empty one. */
void request_take(struct request *r, struct request *out);
void request_fini(struct request *r);

/* As text for people: the request line, headers, body; secrets are not shown. */
void request_show(const struct request *r, struct buf *out);
