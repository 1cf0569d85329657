/* SPDX-License-Identifier: Apache-2.0 */
#include "output/datadog.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/time.h"
#include "output/body.h"
#include "output/finding.h"
#include "output/note.h"
#include "rules/ruleset.h"

#define TITLE_MAX ((size_t)500)
#define HOST_MAX  ((size_t)255)

void
datadog_from_env(struct output_settings *out)
{
	*out = (struct output_settings){ .type = DEST_DATADOG,
		.site = str_trim(str_z(getenv("DD_SITE"))),
		.api_url = str_trim(str_z(getenv("DD_URL"))),
		.logs_url = str_trim(str_z(getenv("DD_LOGS_CONFIG_LOGS_DD_URL"))),
		.env = str_trim(str_z(getenv("DD_ENV"))),
		.name = STR("datadog"),
		.send = FINDING_OPENED | FINDING_UPDATED | FINDING_RESOLVED,
		.update_ns = 5 * TIME_MIN,
		.timeout_ns = 10 * TIME_S,
		.proxy = str_trim(str_z(getenv("DD_PROXY_HTTPS"))),
		.service = STR("gumshoe"),
		.cluster = str_trim(str_z(getenv("DD_CLUSTER_NAME"))) };
	if (out->site.len == 0)
		out->site = STR("datadoghq.com");
}

bool
datadog_knows_site(struct str site)
{
	static const struct str sites[] = { STR_INIT("datadoghq.com"),
		STR_INIT("us3.datadoghq.com"), STR_INIT("us5.datadoghq.com"),
		STR_INIT("datadoghq.eu"), STR_INIT("ap1.datadoghq.com"),
		STR_INIT("ap2.datadoghq.com"), STR_INIT("uk1.datadoghq.com"),
		STR_INIT("ddog-gov.com"), STR_INIT("us2.ddog-gov.com") };

	for (size_t i = 0; i < ARRAY_LEN(sites); i++)
		if (str_eq(sites[i], site))
			return true;
	return false;
}

/* No scheme means https, as in Datadog's own programs. */
void
datadog_url(const struct output_settings *conf, struct str base, const char *host_z,
	struct buf *url)
{
	while (base.len > 0 && base.ptr[base.len - 1] == '/')
		base.len--;
	if (base.len == 0) {
		buf_printf(url, "https://%s.", host_z);
		buf_add(url, conf->site);
		return;
	}
	if (str_find(base, STR("://")) == SIZE_MAX)
		buf_add(url, STR("https://"));
	buf_add(url, base);
}

const struct datadog_level *
datadog_level(const struct finding *findings, size_t n, unsigned kind)
{
	static const struct datadog_level levels[] = {
		[LEVEL_NONE] = { "info", "normal", "info", "warn", "5" },
		[LEVEL_INFORMATIONAL] = { "info", "low", "info", "warn", "5" },
		[LEVEL_LOW] = { "info", "low", "info", "warn", "4" },
		[LEVEL_MEDIUM] = { "warning", "normal", "warn", "warn", "3" },
		[LEVEL_HIGH] = { "error", "normal", "error", "error", "2" },
		[LEVEL_CRITICAL] = { "error", "normal", "critical", "error", "1" },
	};
	static const struct datadog_level over = { "success", "normal", "ok", "ok", "5" };
	int level = LEVEL_NONE;

	if (kind == FINDING_RESOLVED)
		return &over;
	for (size_t i = 0; i < n; i++)
		if (finding_level(findings[i].body) > level)
			level = finding_level(findings[i].body);
	return &levels[level];
}

bool
datadog_may_say(int64_t at_ns, int64_t wall_ns)
{
	return at_ns > 0 && at_ns >= wall_ns - DATADOG_AGE_MAX &&
	       at_ns <= wall_ns + DATADOG_AHEAD_MAX;
}

json_t *
datadog_key(const struct parcel *p)
{
	struct buf b;
	json_t *out;

	buf_init(&b, 4096);
	buf_add(&b, STR("gumshoe:"));
	buf_add(&b, body_cut(p->key, DATADOG_KEY_MAX));
	out = body_text_of(&b, DATADOG_KEY_MAX);
	buf_fini(&b);
	return out;
}

json_t *
datadog_title(const struct parcel *p)
{
	struct buf b;
	json_t *out;

	buf_init(&b, 4096);
	buf_add(&b, p->kind == FINDING_RESOLVED ? STR("[gumshoe] resolved: ")
						: STR("[gumshoe] "));
	note_title(p, TITLE_MAX - b.len, &b);
	out = body_text_of(&b, TITLE_MAX);
	buf_fini(&b);
	return out;
}

json_t *
datadog_host(const struct output_settings *conf)
{
	char name_z[HOST_MAX + 1] = "";

	if (conf->hostname.len > 0)
		return body_text(conf->hostname, HOST_MAX);
	if (gethostname(name_z, HOST_MAX) != 0 || name_z[0] == '\0')
		return json_string("unknown");
	return body_text(str_z(name_z), HOST_MAX);
}
