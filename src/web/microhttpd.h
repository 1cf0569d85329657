/* SPDX-License-Identifier: Apache-2.0 */
/* libmicrohttpd, as far as web/server.c uses it. Private to it. */
#pragma once

#include <microhttpd.h>

#include "base/library.h"

/* Valid once mhd_library is open. */
struct mhd_functions {
	__typeof__(MHD_add_response_header) *add_response_header;
	__typeof__(MHD_create_response_from_buffer) *create_response_from_buffer;
	__typeof__(MHD_destroy_response) *destroy_response;
	__typeof__(MHD_get_connection_values) *get_connection_values;
	__typeof__(MHD_queue_response) *queue_response;
	__typeof__(MHD_start_daemon) *start_daemon;
	__typeof__(MHD_stop_daemon) *stop_daemon;
};

extern struct mhd_functions mhd;
extern struct library mhd_library;
