/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/deaths.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/map.h"

#define CONTAINERS_MAX 1024
#define NAME_BYTES     768
#define SEEN_MAX       ((size_t)100000)

struct container {
	struct buf name; /* namespace, pod and container, one behind the other */
	struct str namespace, pod, container;
	uint64_t n[RECORD_CATEGORIES];
};

struct deaths {
	struct container at[CONTAINERS_MAX];
	size_t n;
	uint64_t apart[RECORD_CATEGORIES]; /* of no known container */
	struct map *seen;
};

struct deaths *
deaths_new(void)
{
	struct deaths *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->seen = map_new(SEEN_MAX);
	if (d->seen == NULL) {
		free(d);
		return NULL;
	}
	return d;
}

void
deaths_free(struct deaths **pd)
{
	struct deaths *d = *pd;

	*pd = NULL;
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->n; i++)
		buf_fini(&d->at[i].name);
	map_free(&d->seen);
	free(d);
}

/* What one of them does not know cannot make them different. */
static bool
agree(struct str a, struct str b)
{
	return a.len == 0 || b.len == 0 || str_eq(a, b);
}

/* NULL when it is not to be told which one it is. */
static struct container *
find(struct deaths *d, const struct death *one)
{
	struct container *hit = NULL;

	for (size_t i = 0; i < d->n; i++) {
		struct container *c = &d->at[i];

		if (!str_eq(c->pod, one->pod) || !agree(c->namespace, one->namespace) ||
			!agree(c->container, one->container))
			continue;
		if (hit != NULL)
			return NULL;
		hit = c;
	}
	return hit;
}

static bool
name(struct container *c, const struct death *one)
{
	buf_init(&c->name, NAME_BYTES);
	buf_add(&c->name, one->namespace);
	buf_add(&c->name, one->pod);
	buf_add(&c->name, one->container);
	if (buf_failed(&c->name)) {
		buf_fini(&c->name);
		return false;
	}
	c->namespace = str_sub(buf_str(&c->name), 0, one->namespace.len);
	c->pod = str_sub(buf_str(&c->name), one->namespace.len, one->pod.len);
	c->container = str_sub(
		buf_str(&c->name), one->namespace.len + one->pod.len, one->container.len);
	return true;
}

static bool
is_new(struct deaths *d, const struct death *one)
{
	struct buf key;
	bool fresh = true;

	if (one->once.len == 0)
		return true;
	buf_init(&key, 8192);
	buf_add_char(&key, (char)('0' + (int)one->witness));
	buf_add(&key, one->pod);
	buf_add_char(&key, '\0');
	buf_add(&key, one->container);
	buf_add_char(&key, '\0');
	buf_add(&key, one->once);
	if (!buf_failed(&key))
		map_put(d->seen, buf_str(&key), &fresh);
	buf_fini(&key);
	return fresh;
}

void
deaths_add(struct deaths *d, const struct death *one)
{
	struct container *c;

	if (!is_new(d, one))
		return;
	c = one->pod.len > 0 ? find(d, one) : NULL;
	if (c == NULL && one->pod.len > 0 && one->container.len > 0 &&
		d->n < CONTAINERS_MAX && name(&d->at[d->n], one))
		c = &d->at[d->n++];
	if (c != NULL)
		c->n[one->witness] += one->weight;
	else
		d->apart[one->witness] += one->weight;
}

uint64_t
deaths_sum(const struct deaths *d)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < d->n; i++) {
		uint64_t most = 0;

		for (size_t w = 0; w < RECORD_CATEGORIES; w++)
			if (d->at[i].n[w] > most)
				most = d->at[i].n[w];
		sum += most;
	}
	for (size_t w = 0; w < RECORD_CATEGORIES; w++) {
		uint64_t seen = d->apart[w];

		for (size_t i = 0; i < d->n; i++)
			seen += d->at[i].n[w];
		if (seen > sum)
			sum = seen;
	}
	return sum;
}
