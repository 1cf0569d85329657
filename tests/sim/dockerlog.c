/* SPDX-License-Identifier: Apache-2.0 */
#include "dockerlog.h"

#include <string.h>

#include "kube.h"

/* Length of the valid UTF-8 sequence at p, 0 if there is none. */
static size_t
sequence(const unsigned char *p, size_t left)
{
	size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;

	if (p[0] < 0xc2 || p[0] > 0xf4 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
		(p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

static void
ascii(struct text *out, unsigned char c)
{
	if (c == '"' || c == '\\') {
		text_char(out, '\\');
		text_char(out, (char)c);
	} else if (c == '\n' || c == '\r') {
		text_str(out, c == '\n' ? "\\n" : "\\r");
	} else {
		text_str(out, "\\u00");
		text_hex(out, c, 2);
	}
}

static size_t
wide(struct text *out, const unsigned char *p, size_t left)
{
	size_t n = sequence(p, left);

	if (n == 0) {
		text_str(out, "\\ufffd");
		return 1;
	}
	if (n == 3 && p[0] == 0xe2 && p[1] == 0x80 && (p[2] & 0xfe) == 0xa8)
		text_str(out, p[2] == 0xa8 ? "\\u2028" : "\\u2029");
	else
		text_put(out, (const char *)p, n);
	return n;
}

static bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\' && c != '<' && c != '>' &&
	       c != '&';
}

static void
escape(struct text *out, const char *ptr, size_t len)
{
	const unsigned char *p = (const unsigned char *)ptr;
	size_t i = 0;

	while (i < len) {
		size_t run = i;

		while (run < len && is_plain(p[run]))
			run++;
		text_put(out, ptr + i, run - i);
		i = run;
		if (i < len && p[i] < 0x80)
			ascii(out, p[i++]);
		else if (i < len)
			i += wide(out, p + i, len - i);
	}
}

void
dockerlog_line(struct text *out, const struct piece *p, enum stream stream, int64_t at_ns)
{
	text_str(out, "{\"log\":\"");
	escape(out, p->ptr, p->len);
	if (!p->torn)
		text_str(out, "\\n");
	text_str(out, stream == STDOUT ? "\",\"stream\":\"stdout\",\"time\":\""
				       : "\",\"stream\":\"stderr\",\"time\":\"");
	text_time(out, at_ns, TEXT_TRIMMED);
	text_str(out, "\"}\n");
}

void
dockerlog_config(struct text *out, const struct container *c)
{
	const struct pod *p = c->pod;

	text_fmt(out, "{\"StreamConfig\":{},\"State\":{\"Running\":true,\"Pid\":%u,",
		20000 + c->restarts * 7);
	text_str(out, "\"StartedAt\":\"");
	text_time(out, c->started_ns, TEXT_TRIMMED);
	text_fmt(out, "\"},\"ID\":\"%s\",\"Config\":{\"Hostname\":\"%s\",\"Labels\":{",
		c->id, p->name);
	text_fmt(out, "\"annotation.io.kubernetes.container.restartCount\":\"%u\",",
		c->restarts);
	text_fmt(out,
		"\"io.kubernetes.container.logpath\":\"/var/log/pods/sock-shop_%s_%s/%s/%u.log\",",
		p->name, p->uid, c->name, c->restarts);
	text_fmt(out, "\"io.kubernetes.container.name\":\"%s\",", c->name);
	text_str(out, "\"io.kubernetes.docker.type\":\"container\",");
	text_fmt(out, "\"io.kubernetes.pod.name\":\"%s\",", p->name);
	text_str(out, "\"io.kubernetes.pod.namespace\":\"sock-shop\",");
	text_fmt(out, "\"io.kubernetes.pod.uid\":\"%s\"}},", p->uid);
	text_fmt(out, "\"Image\":\"sha256:%s\",\"LogPath\":\"", c->id);
	text_fmt(out, "/var/lib/docker/containers/%s/%s-json.log\",", c->id, c->id);
	text_fmt(out, "\"Name\":\"/k8s_%s_%s_sock-shop_%s_%u\",\"Driver\":\"overlay2\",",
		c->name, p->name, p->uid, c->restarts);
	text_fmt(out, "\"RestartCount\":0}\n");
}
