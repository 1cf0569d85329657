/* SPDX-License-Identifier: Apache-2.0 */
#include "web/microhttpd.h"

LIBRARY_NOTE(note, "listen", "The daemon's status, metrics and health over HTTP",
	"recommended", SONAME_MICROHTTPD);

struct mhd_functions mhd;

static const struct library_function functions[] = {
	{ "MHD_add_response_header", &mhd.add_response_header },
	{ "MHD_create_response_from_buffer", &mhd.create_response_from_buffer },
	{ "MHD_destroy_response", &mhd.destroy_response },
	{ "MHD_get_connection_values", &mhd.get_connection_values },
	{ "MHD_queue_response", &mhd.queue_response },
	{ "MHD_start_daemon", &mhd.start_daemon },
	{ "MHD_stop_daemon", &mhd.stop_daemon },
};

struct library mhd_library = LIBRARY(SONAME_MICROHTTPD, functions);
