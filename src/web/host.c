/* SPDX-License-Identifier: Apache-2.0 */
#include "web/host.h"

#include <stddef.h>

#include "base/compiler.h"

static bool
is_port(struct str s)
{
	int64_t port;

	return s.len > 0 && char_is_digit(s.ptr[0]) && str_to_i64(s, 1, 65535, &port);
}

bool
host_is_loopback(struct str host)
{
	static const struct str names[] = { STR_INIT("localhost"), STR_INIT("127.0.0.1"),
		STR_INIT("[::1]") };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct str rest;

		if (host.len < names[i].len ||
			!str_eq_fold(str_sub(host, 0, names[i].len), names[i]))
			continue;
		rest = str_sub(host, names[i].len, host.len);
		if (rest.len == 0)
			return true;
		return rest.ptr[0] == ':' && is_port(str_sub(rest, 1, rest.len));
	}
	return false;
}

bool
host_origin_is_ours(struct str origin)
{
	static const struct str schemes[] = { STR_INIT("http://"), STR_INIT("https://") };

	if (origin.len == 0)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (origin.len > schemes[i].len &&
			str_eq_fold(str_sub(origin, 0, schemes[i].len), schemes[i]))
			return host_is_loopback(
				str_sub(origin, schemes[i].len, origin.len));
	return false;
}
