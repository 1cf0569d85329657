/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/inflight.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC    UINT64_C(0x31746c666e497547) /* "GuInflt1" */
#define SUSPECTS 32

struct suspect {
	uint64_t source_id, place, times;
};

/* The file. Native byte order: it never leaves the machine. */
struct page {
	uint64_t magic;
	volatile uint64_t busy; /* 1: the two below are being looked at */
	volatile uint64_t source_id, place;
	struct suspect suspect[SUSPECTS]; /* the latest first; times 0: none */
};

struct inflight {
	struct page *page;
	bool found;
	size_t n; /* suspects: 0 nearly always */
};

/* Counts what the last process was looking at when it ended. */
static void
take_stock(struct inflight *i)
{
	struct page *p = i->page;
	struct suspect s = { p->source_id, p->place, 1 };
	size_t k = 0;

	if (p->busy != 1)
		return;
	while (k < SUSPECTS - 1 && p->suspect[k].times > 0 &&
		(p->suspect[k].source_id != s.source_id ||
			p->suspect[k].place != s.place))
		k++;
	if (p->suspect[k].times > 0 && p->suspect[k].source_id == s.source_id &&
		p->suspect[k].place == s.place)
		s.times += p->suspect[k].times;
	memmove(&p->suspect[1], &p->suspect[0], k * sizeof(s));
	p->suspect[0] = s;
	p->busy = 0;
	i->found = true;
}

static int
map(int fd, struct inflight *i)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size != (off_t)sizeof(struct page) &&
		(ftruncate(fd, 0) != 0 || ftruncate(fd, sizeof(struct page)) != 0))
		return -errno;
	i->page = mmap(
		NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (i->page == MAP_FAILED) {
		i->page = NULL;
		return -errno;
	}
	if (i->page->magic != MAGIC) {
		memset(i->page, 0, sizeof(*i->page));
		i->page->magic = MAGIC;
	}
	return 0;
}

int
inflight_open(const char *path_z, struct inflight **out)
{
	struct inflight *i = calloc(1, sizeof(*i));
	int fd, err;

	*out = NULL;
	if (i == NULL)
		return -ENOMEM;
	fd = open(path_z, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	err = fd < 0 ? -errno : map(fd, i);
	if (fd >= 0)
		close(fd);
	if (err != 0) {
		free(i);
		return err;
	}
	take_stock(i);
	while (i->n < SUSPECTS && i->page->suspect[i->n].times > 0)
		i->n++;
	*out = i;
	return 0;
}

void
inflight_close(struct inflight **pi)
{
	struct inflight *i = *pi;

	*pi = NULL;
	if (i == NULL)
		return;
	i->page->busy = 0;
	(void)munmap(i->page, sizeof(*i->page));
	free(i);
}

bool
inflight_begin(struct inflight *i, uint64_t source_id, uint64_t place)
{
	for (size_t k = 0; k < i->n; k++) {
		const struct suspect *s = &i->page->suspect[k];

		if (s->source_id == source_id && s->place == place &&
			s->times >= INFLIGHT_CRASHES)
			return false;
	}
	i->page->source_id = source_id;
	i->page->place = place;
	i->page->busy = 1;
	return true;
}

/* What was looked at and did no harm is innocent. */
static void
clear(struct inflight *i)
{
	struct page *p = i->page;

	for (size_t k = 0; k < i->n; k++) {
		if (p->suspect[k].source_id != p->source_id ||
			p->suspect[k].place != p->place)
			continue;
		memmove(&p->suspect[k], &p->suspect[k + 1],
			(i->n - k - 1) * sizeof(p->suspect[0]));
		p->suspect[--i->n] = (struct suspect){ 0 };
		return;
	}
}

void
inflight_end(struct inflight *i)
{
	i->page->busy = 0;
	if (i->n > 0)
		clear(i);
}

bool
inflight_found(
	const struct inflight *i, uint64_t *source_id, uint64_t *place, unsigned *times)
{
	const struct suspect *s = &i->page->suspect[0];

	*source_id = s->source_id;
	*place = s->place;
	*times = (unsigned)s->times;
	return i->found;
}
