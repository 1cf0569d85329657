/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the shop's pages come from. Links to the next page are followed on the host that
 * the user named, wherever they point: behind a gateway they carry an inner name, and
 * nothing a server answers may send us elsewhere.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/http.h"
#include "base/time.h"
#include "reconcile/shop.h"

#define PAGE_BYTES   ((size_t)512 << 20)
#define REPLY_BYTES  ((size_t)64 << 20)
#define PAGES_MAX    10000
#define PAGE_TIMEOUT (30 * TIME_S)

static int
fail(const char *name_z, const char *why_z, FILE *err)
{
	fprintf(err, "gumshoe: %s: %s\n", name_z, why_z);
	return -1;
}

/* path_z "-": standard input. The text lives as long as this function. */
static int
load_file(const char *path_z, struct arena *a, FILE *err, struct shop *s)
{
	bool is_stdin = strcmp(path_z, "-") == 0;
	struct arena *page = arena_new("shop page", PAGE_BYTES);
	struct str text;
	int code = -ENOMEM;

	if (page != NULL)
		code = is_stdin ? file_read_fd(page, STDIN_FILENO, PAGE_BYTES / 2, &text)
				: file_read(page, path_z, PAGE_BYTES / 2, &text);
	if (code != 0)
		code = fail(is_stdin ? "<stdin>" : path_z, strerror(-code), err);
	else
		code = shop_parse(s, is_stdin ? "<stdin>" : path_z, text, a, err, NULL);
	if (page != NULL)
		arena_free(&page);
	return code;
}

static int
is_page(const struct dirent *e)
{
	struct str name = str_z(e->d_name);

	return str_starts(name, STR("page")) && str_ends(name, STR(".json"));
}

static int
is_json(const struct dirent *e)
{
	return e->d_name[0] != '.' && str_ends(str_z(e->d_name), STR(".json"));
}

/* page-*.json, else every *.json: a page is not counted again for an all.json beside it.
 */
static int
load_folder(const char *path_z, struct arena *a, FILE *err, struct shop *s)
{
	struct dirent **list = NULL;
	int n = scandir(path_z, &list, is_page, versionsort);
	int code = 0;

	if (n == 0) {
		free(list);
		n = scandir(path_z, &list, is_json, versionsort);
	}
	if (n < 0)
		return fail(path_z, strerror(errno), err);
	if (n == 0)
		code = fail(path_z, "no page-*.json in this folder", err);
	for (int i = 0; i < n; i++) {
		struct buf name;

		buf_init(&name, 1 << 16);
		buf_printf(&name, "%s/%s", path_z, list[i]->d_name);
		if (code == 0)
			code = buf_z(&name) == NULL ? -1
						    : load_file(buf_z(&name), a, err, s);
		buf_fini(&name);
		free(list[i]);
	}
	free(list);
	return code;
}

/* scheme://host of a URL; empty when it is a path. */
static struct str
origin(struct str url)
{
	size_t at = str_find(url, STR("://"));
	size_t slash;

	if (at == SIZE_MAX)
		return (struct str){ 0 };
	slash = str_find_char(str_sub(url, at + 3, url.len), '/');
	return slash == SIZE_MAX ? url : str_sub(url, 0, at + 3 + slash);
}

/*
 * The address of the next page: the link itself on the same host or as a path, else the
 * link's query on the address that the user gave.
 */
static void
next_url(struct str first, struct str link, struct buf *url)
{
	struct str from = origin(link), rest = link, query = first;

	if (from.len > 0 && str_eq_fold(from, origin(first))) {
		buf_add(url, link);
		return;
	}
	if (from.len == 0 && link.len > 1 && link.ptr[0] == '/' && link.ptr[1] != '/') {
		buf_add(url, origin(first));
		buf_add(url, link);
		return;
	}
	buf_add(url, str_cut(&query, '?'));
	(void)str_cut(&rest, '?');
	buf_add_char(url, '?');
	buf_add(url, rest);
}

static int
get_page(struct http *h, const char *url_z, struct http_reply *reply, FILE *err)
{
	static const char *const headers_z[] = {
		"Accept: application/hal+json, application/json", NULL
	};
	struct http_request req = { .method_z = "GET",
		.url_z = url_z,
		.headers_z = headers_z,
		.timeout_ns = PAGE_TIMEOUT,
		.max_reply = REPLY_BYTES };
	char why_z[64];
	int code = http_do(h, &req, reply);

	if (code != 0)
		return fail(url_z, reply->error, err);
	if (reply->status == 200)
		return 0;
	(void)snprintf(
		why_z, sizeof(why_z), "answered with HTTP status %ld", reply->status);
	return fail(url_z, why_z, err);
}

static int
load_pages(struct http *h, const char *url_z, struct arena *a, FILE *err, struct shop *s)
{
	struct str first = str_z(url_z), link = { 0 };
	struct buf url, before;
	int code = 0;

	buf_init(&url, 1 << 16);
	buf_init(&before, 1 << 16);
	buf_add(&url, first);
	for (int n = 0; code == 0 && n < PAGES_MAX; n++) {
		struct http_reply reply = { 0 };

		code = buf_z(&url) == NULL ? -1 : get_page(h, buf_z(&url), &reply, err);
		if (code == 0)
			code = shop_parse(
				s, buf_z(&url), buf_str(&reply.body), a, err, &link);
		if (code != 0 && n > 0) {
			s->incomplete = true;
			code = 0;
			break;
		}
		if (code != 0 || link.len == 0)
			break;
		buf_reset(&before);
		buf_add(&before, buf_str(&url));
		buf_reset(&url);
		next_url(first, link, &url);
		if (str_eq(buf_str(&before), buf_str(&url)) || n + 1 == PAGES_MAX) {
			s->incomplete = true;
			fail(url_z, "its pages do not end", err);
			break;
		}
	}
	buf_fini(&before);
	buf_fini(&url);
	return code;
}

static int
load_url(const char *url_z, struct arena *a, FILE *err, struct shop *s)
{
	struct http *h = http_new();
	int code;

	if (h == NULL)
		return fail(url_z, "out of memory", err);
	code = load_pages(h, url_z, a, err, s);
	http_free(&h);
	return code;
}

int
shop_load(const char *from_z, struct arena *a, FILE *err, struct shop *out)
{
	struct str from = str_z(from_z);
	struct stat st;
	int code;

	if (shop_init(out) != 0)
		return fail(from_z, "out of memory", err);
	if (str_starts(from, STR("http://")) || str_starts(from, STR("https://")))
		code = load_url(from_z, a, err, out);
	else if (stat(from_z, &st) == 0 && S_ISDIR(st.st_mode))
		code = load_folder(from_z, a, err, out);
	else
		code = load_file(from_z, a, err, out);
	if (code == 0)
		shop_end(out, from_z, err);
	return code;
}
