/* SPDX-License-Identifier: Apache-2.0 */
#include "output/weburl.h"

#include <errno.h>

#include "base/log.h"

static bool
is_url(struct str s)
{
	return str_starts(s, STR("https://")) || str_starts(s, STR("http://"));
}

int
weburl_open(struct weburl *u, const struct output_settings *conf, bool dry,
	struct str otherwise)
{
	int err;

	*u = (struct weburl){ .plain = conf->url.len > 0 ? conf->url : otherwise };
	if (conf->url_file.len == 0)
		return 0;
	u->plain = STR("");
	u->file = conf->url_file;
	if (dry)
		return 0;
	err = credential_read(conf->url_file, NULL, "address", &u->secret);
	if (err == 0 && !is_url(str_z(u->secret.text_z))) {
		log_error("outputs", "%.*s: the file has no http or https address",
			STR_ARG(conf->url_file));
		err = -EINVAL;
	}
	return err;
}

void
weburl_apply(const struct weburl *u, struct request *r)
{
	struct str url = str_z(u->secret.text_z);
	struct str rest;

	if (url.len == 0 && u->plain.len == 0) {
		buf_add(&r->url, STR("(the address in "));
		buf_add(&r->url, u->file);
		buf_add_char(&r->url, ')');
		return;
	}
	if (url.len == 0) {
		buf_add(&r->url, u->plain);
		return;
	}
	r->secret_url_z = u->secret.text_z;
	rest = str_sub(url, str_find(url, STR("://")) + 3, url.len);
	buf_add(&r->url, str_sub(url, 0, url.len - rest.len));
	buf_add(&r->url, str_cut(&rest, '/'));
	buf_add(&r->url, STR("/(not shown)"));
}

bool
weburl_is_in(const struct weburl *u, struct str s)
{
	return u->secret.text_z[0] != '\0' && credential_is_in(&u->secret, s);
}
