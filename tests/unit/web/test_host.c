/* SPDX-License-Identifier: Apache-2.0 */
/* host: which Host and Origin values pass. */
#include "web/host.h"

#include "base/compiler.h"

#include "../../tap.h"

static const char *const good[] = { "localhost", "LocalHost", "localhost:9464",
	"127.0.0.1", "127.0.0.1:1", "127.0.0.1:65535", "[::1]", "[::1]:9464" };

static const char *const bad[] = { "", "example.com", "localhost.", "localhost.:80",
	"localhost.example.com", "127.0.0.1.example.com", "127.0.0.1:", "127.0.0.1:0",
	"127.0.0.1:65536", "127.0.0.1:+80", "127.0.0.1:-1", "127.0.0.1:80:80",
	"127.0.0.1: 80", "127.0.0.2", "127.1", "0x7f000001", "2130706433", "0.0.0.0",
	"::1", "[::1", "[::1]x", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]",
	"user@localhost", "localhost@example.com", "localhost/", " localhost",
	"localhost ", "localhost\t", "local host", "xlocalhost", "localhostx",
	"localhost:http", "localhost:9464/", "localhost,localhost", "attacker.com:9464" };

static void
test_host(void)
{
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		OK(host_is_loopback(str_z(good[i])));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		OK(!host_is_loopback(str_z(bad[i])));
}

static void
test_origin(void)
{
	OK(host_origin_is_ours(STR("")));
	OK(host_origin_is_ours(STR("http://localhost:9464")));
	OK(host_origin_is_ours(STR("https://127.0.0.1")));
	OK(!host_origin_is_ours(STR("null")));
	OK(!host_origin_is_ours(STR("http://")));
	OK(!host_origin_is_ours(STR("http://example.com")));
	OK(!host_origin_is_ours(STR("file://localhost")));
	OK(!host_origin_is_ours(STR("http://localhost.example.com")));
	OK(!host_origin_is_ours(STR("localhost")));
}

int
main(void)
{
	test_host();
	test_origin();
	return tap_done();
}
