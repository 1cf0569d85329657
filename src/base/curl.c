/* SPDX-License-Identifier: Apache-2.0 */
#include "base/curl.h"

LIBRARY_NOTE(note, "http", "Findings sent by HTTP, status, and orders read from a shop",
	"recommended", SONAME_CURL);

struct curl_functions curl;

static const struct library_function functions[] = {
	{ "curl_easy_cleanup", &curl.easy_cleanup },
	{ "curl_easy_getinfo", &curl.easy_getinfo },
	{ "curl_easy_header", &curl.easy_header },
	{ "curl_easy_init", &curl.easy_init },
	{ "curl_easy_perform", &curl.easy_perform },
	{ "curl_easy_reset", &curl.easy_reset },
	{ "curl_easy_setopt", &curl.easy_setopt },
	{ "curl_easy_strerror", &curl.easy_strerror },
	{ "curl_getdate", &curl.getdate },
	{ "curl_global_init", &curl.global_init },
	{ "curl_multi_add_handle", &curl.multi_add_handle },
	{ "curl_multi_cleanup", &curl.multi_cleanup },
	{ "curl_multi_info_read", &curl.multi_info_read },
	{ "curl_multi_init", &curl.multi_init },
	{ "curl_multi_perform", &curl.multi_perform },
	{ "curl_multi_poll", &curl.multi_poll },
	{ "curl_multi_remove_handle", &curl.multi_remove_handle },
	{ "curl_multi_setopt", &curl.multi_setopt },
	{ "curl_slist_append", &curl.slist_append },
	{ "curl_slist_free_all", &curl.slist_free_all },
};

struct library curl_library = LIBRARY(SONAME_CURL, functions);
