/* SPDX-License-Identifier: Apache-2.0 */
#include "output/auth.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void
auth_base64(struct buf *out, struct str s)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < s.len; i += 3) {
		unsigned v = 0;

		for (size_t k = 0; k < 3; k++)
			v = v << 8 | (i + k < s.len ? (unsigned char)s.ptr[i + k] : 0U);
		buf_add_char(out, digits[v >> 18]);
		buf_add_char(out, digits[v >> 12 & 63]);
		buf_add_char(out, i + 1 < s.len ? digits[v >> 6 & 63] : '=');
		buf_add_char(out, i + 2 < s.len ? digits[v & 63] : '=');
	}
}

static int
set_basic(struct auth *a, struct str name)
{
	struct buf pair, text;
	int err = 0;

	buf_init(&pair, sizeof(a->secret) + 256);
	buf_init(&text, sizeof(a->header_z) - 1);
	buf_add(&pair, name);
	buf_add_char(&pair, ':');
	buf_add(&pair, str_z(a->secret.text_z));
	buf_add(&text, STR("Authorization: Basic "));
	auth_base64(&text, buf_str(&pair));
	if (buf_failed(&pair) || buf_failed(&text))
		err = -ENOMEM;
	else
		memcpy(a->header_z, text.data, text.len);
	if (pair.data != NULL)
		explicit_bzero(pair.data, pair.cap);
	if (text.data != NULL)
		explicit_bzero(text.data, text.cap);
	buf_fini(&pair);
	buf_fini(&text);
	return err;
}

static int
set_secret(struct auth *a, const struct output_settings *conf)
{
	int err;

	if (conf->username.len > 0) {
		err = credential_read(conf->password_file, NULL, "password", &a->secret);
		return err != 0 ? err : set_basic(a, conf->username);
	}
	err = credential_read(conf->bearer_token_file, NULL, "bearer token", &a->secret);
	if (err == 0)
		(void)snprintf(a->header_z, sizeof(a->header_z),
			"Authorization: Bearer %s", a->secret.text_z);
	return err;
}

int
auth_open(struct auth *a, const struct output_settings *conf, bool dry,
	const char *content_z)
{
	memset(a, 0, sizeof(*a));
	a->headers[a->n++] = (struct request_header){ content_z, false };
	a->headers[a->n++] = (struct request_header){ "Accept: application/json", false };
	if (conf->username.len + conf->bearer_token_file.len == 0)
		return 0;
	a->headers[a->n++] = (struct request_header){ a->header_z, true };
	if (dry)
		memcpy(a->header_z, "Authorization:", sizeof("Authorization:"));
	return dry ? 0 : set_secret(a, conf);
}

void
auth_apply(const struct auth *a, struct request *r)
{
	r->headers = a->headers;
	r->n_headers = a->n;
}

bool
auth_is_in(const struct auth *a, struct str s)
{
	return a->secret.text_z[0] != '\0' && credential_is_in(&a->secret, s);
}
