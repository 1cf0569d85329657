/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three shapes of paths that Kubernetes and docker use, and files named by hand. A
 * namespace, a pod and a container never have a "_" in their names, so cutting is exact.
 */
#include "input/labels.h"

#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "input/tree.h"

#define CONFIG_BYTES ((size_t)1 << 20)
#define ID_MIN       12
#define NAME_LEN_MAX 253

/* s without the part behind the last slash, which becomes *last. */
static struct str
cut_last(struct str s, struct str *last)
{
	size_t slash = str_rfind_char(s, '/');

	if (slash == SIZE_MAX) {
		*last = s;
		return (struct str){ 0 };
	}
	*last = str_sub(s, slash + 1, s.len);
	return str_sub(s, 0, slash);
}

/* Exactly n parts between "_", none empty. */
static bool
split(struct str s, struct str *part, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		part[i] = str_cut(&s, '_');
		if (part[i].len == 0)
			return false;
	}
	return s.len == 0;
}

static bool
is_dns_name(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!char_is_digit(s.ptr[i]) && !(s.ptr[i] >= 'a' && s.ptr[i] <= 'z') &&
			s.ptr[i] != '-' && s.ptr[i] != '.')
			return false;
	return s.len > 0 && s.len <= NAME_LEN_MAX && s.ptr[0] != '-' && s.ptr[0] != '.';
}

/* NS_POD_UID/CONTAINER/N.log, N.log.20260314-094012, N.log.20260314-094012.gz */
static bool
from_pods(struct str path, struct str label[LABEL_COUNT])
{
	struct str file, container, folder, part[3];
	size_t n;

	path = cut_last(path, &file);
	path = cut_last(path, &container);
	(void)cut_last(path, &folder);
	n = str_skip_digits(file, 0);
	if (n == 0 || !str_starts(str_sub(file, n, file.len), STR(".log")))
		return false;
	if (!is_dns_name(container) || !split(folder, part, 3) || !is_dns_name(part[0]) ||
		!is_dns_name(part[1]))
		return false;
	label[LABEL_NAMESPACE] = part[0];
	label[LABEL_POD] = part[1];
	label[LABEL_UID] = part[2];
	label[LABEL_CONTAINER] = container;
	label[LABEL_INSTANCE] = str_sub(file, 0, n);
	return true;
}

static bool
is_hex(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!char_is_digit(s.ptr[i]) && !(s.ptr[i] >= 'a' && s.ptr[i] <= 'f'))
			return false;
	return s.len > 0;
}

/* POD_NS_CONTAINER-ID.log */
static bool
from_containers(struct str path, struct str label[LABEL_COUNT])
{
	struct str file, part[3], id;
	size_t end, dash;

	(void)cut_last(path, &file);
	end = str_find(file, STR(".log"));
	if (end == SIZE_MAX || !split(str_sub(file, 0, end), part, 3))
		return false;
	dash = str_rfind_char(part[2], '-');
	if (dash == SIZE_MAX || dash == 0)
		return false;
	id = str_sub(part[2], dash + 1, part[2].len);
	if (id.len < ID_MIN || !is_hex(id) || !is_dns_name(part[0]) ||
		!is_dns_name(part[1]))
		return false;
	label[LABEL_POD] = part[0];
	label[LABEL_NAMESPACE] = part[1];
	label[LABEL_CONTAINER] = str_sub(part[2], 0, dash);
	return true;
}

static void
set(struct arena *a, struct str *to, struct str value)
{
	if (value.len > 0 && value.len <= NAME_LEN_MAX)
		*to = arena_copy(a, value);
}

/* k8s_CONTAINER_POD_NS_UID_ATTEMPT, how dockershim names a container. */
static bool
from_shim_name(struct arena *a, struct str name, struct str label[LABEL_COUNT])
{
	struct str part[6];

	if (!split(name, part, 6) || !str_eq(part[0], STR("k8s")))
		return false;
	set(a, &label[LABEL_CONTAINER], part[1]);
	set(a, &label[LABEL_POD], part[2]);
	set(a, &label[LABEL_NAMESPACE], part[3]);
	set(a, &label[LABEL_UID], part[4]);
	set(a, &label[LABEL_INSTANCE], part[5]);
	return true;
}

static void
from_config(struct arena *a, const json_t *root, struct str label[LABEL_COUNT])
{
	const json_t *own = json_member(json_member(root, "Config"), "Labels");
	struct str name = json_member_text(root, "Name");
	struct str service = json_member_text(own, "com.docker.compose.service");

	struct str image = json_member_text(json_member(root, "Config"), "Image");
	struct str unified = json_member_text(own, "com.datadoghq.tags.service");

	if (str_starts(name, STR("/")))
		name = str_sub(name, 1, name.len);
	set(a, &label[LABEL_DATADOG],
		unified.len > 0 ? unified : workload_of_image(image));
	if (!from_shim_name(a, name, label)) {
		set(a, &label[LABEL_CONTAINER], name);
		set(a, &label[LABEL_SERVICE], service.len > 0 ? service : name);
	}
	if (json_member_text(own, "io.kubernetes.pod.name").len == 0)
		return;
	label[LABEL_SERVICE] = (struct str){ 0 };
	set(a, &label[LABEL_POD], json_member_text(own, "io.kubernetes.pod.name"));
	set(a, &label[LABEL_NAMESPACE],
		json_member_text(own, "io.kubernetes.pod.namespace"));
	set(a, &label[LABEL_UID], json_member_text(own, "io.kubernetes.pod.uid"));
	set(a, &label[LABEL_CONTAINER],
		json_member_text(own, "io.kubernetes.container.name"));
	set(a, &label[LABEL_INSTANCE],
		json_member_text(own, "annotation.io.kubernetes.container.restartCount"));
}

void
labels_docker(struct arena *a, struct str folder, struct str label[LABEL_COUNT])
{
	static const char name_z[] = "/config.v2.json";
	char *path_z = arena_alloc(a, folder.len + sizeof(name_z));
	struct str text;
	json_t *root;
	size_t used;

	if (path_z == NULL)
		return;
	memcpy(path_z, folder.ptr, folder.len);
	memcpy(path_z + folder.len, name_z, sizeof(name_z));
	if (file_read_regular(a, path_z, CONFIG_BYTES, &text) != 0)
		return;
	if (json_read(text, &root, &used) != JSON_OK)
		return;
	from_config(a, root, label);
	json_decref(root);
}

/* ID/ID-json.log, rotated or not */
static bool
from_docker(struct arena *a, struct str path, struct str label[LABEL_COUNT])
{
	struct str file, id;
	struct str folder = cut_last(path, &file);
	size_t end = str_find(file, STR("-json.log"));

	if (end == SIZE_MAX)
		return false;
	(void)cut_last(folder, &id);
	if (end < ID_MIN || !is_hex(str_sub(file, 0, end)) ||
		!str_eq(id, str_sub(file, 0, end)))
		return false;
	labels_docker(a, folder, label);
	return true;
}

/* Names that people give to files with everything in them. */
static bool
is_common(struct str name)
{
	static const struct str common[] = { { "all", 3 }, { "app", 3 }, { "log", 3 },
		{ "logs", 4 }, { "output", 6 }, { "stdout", 6 }, { "stderr", 6 },
		{ "console", 7 }, { "dump", 4 }, { "messages", 8 }, { "syslog", 6 },
		{ "kubectl", 7 }, { "cluster", 7 }, { "combined", 8 }, { "events", 6 },
		{ "pods", 4 }, { "test", 4 }, { "journal", 7 }, { "sock-shop", 9 },
		{ "merged", 6 }, { "stdin", 5 } };

	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		if (str_eq(name, common[i]))
			return true;
	return false;
}

/* Dates and numbers behind a dash. */
static struct str
without_numbers(struct str s)
{
	size_t dash;

	while ((dash = str_rfind_char(s, '-')) != SIZE_MAX && dash > 0 &&
		str_skip_digits(s, dash + 1) == s.len)
		s = str_sub(s, 0, dash);
	return s;
}

/* orders.log, orders-20251028.log.1.gz, orders-6c9f7b5d8-4xk2p.log */
static void
from_name(struct str path, struct str label[LABEL_COUNT])
{
	struct str file, name;
	size_t end;

	(void)cut_last(path, &file);
	end = str_find(file, STR(".log"));
	if (end == SIZE_MAX)
		end = str_find(file, STR(".txt"));
	if (end == SIZE_MAX || end == 0)
		return;
	name = without_numbers(str_sub(file, 0, end));
	if (!is_dns_name(name) || str_skip_digits(name, 0) == name.len ||
		is_common(name) || str_find_char(name, '.') != SIZE_MAX)
		return;
	label[LABEL_SERVICE] = workload_of_pod(name);
	if (label[LABEL_SERVICE].len < name.len)
		label[LABEL_POD] = name;
}

void
tree_labels(struct arena *a, const char *path_z, struct str label[LABEL_COUNT])
{
	struct str path = arena_copy(a, str_z(path_z));

	memset(label, 0, LABEL_COUNT * sizeof(label[0]));
	if (from_pods(path, label) || from_containers(path, label))
		return;
	if (!from_docker(a, path, label))
		from_name(path, label);
}
