/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target over every file of its corpus, and over each file cut short and with
 * bytes flipped: what `make check` does where no fuzzer is at hand. Speaks TAP.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILE_MAX ((size_t)1 << 20)

static void
variants(uint8_t *data, size_t size)
{
	uint32_t x = 2463534242u;

	LLVMFuzzerTestOneInput(data, size);
	for (size_t cut = 1; cut < size; cut += size / 16 + 1)
		LLVMFuzzerTestOneInput(data, cut);
	for (int i = 0; i < 64 && size > 0; i++) {
		size_t at;
		uint8_t was;

		x ^= x << 13, x ^= x >> 17, x ^= x << 5;
		at = x % size;
		was = data[at];
		data[at] = (uint8_t)(x >> 8);
		LLVMFuzzerTestOneInput(data, size);
		data[at] = was;
	}
}

static int
replay(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = malloc(FILE_MAX);
	size_t size = f != NULL && data != NULL ? fread(data, 1, FILE_MAX, f) : 0;
	/* An exact copy, so that a sanitizer sees a read past its end. */
	uint8_t *exact = malloc(size + !size);
	int good = f != NULL && exact != NULL;

	if (good && size > 0)
		memcpy(exact, data, size);
	if (good)
		variants(exact, size);
	if (f != NULL)
		fclose(f);
	free(data);
	free(exact);
	return good;
}

int
main(int argc, char **argv)
{
	const char *top = getenv("TESTDIR");
	const char *name = strrchr(argv[0], '/');
	char folder[4096];
	struct dirent *e;
	DIR *d;
	int n = 0;

	name = name != NULL ? name + 1 : argv[0];
	if (strncmp(name, "fuzz_", 5) == 0)
		name += 5;
	snprintf(folder, sizeof(folder), "%s/fuzz/corpus/%s", top != NULL ? top : "tests",
		argc > 1 ? argv[1] : name);
	d = opendir(folder);
	while (d != NULL && (e = readdir(d)) != NULL) {
		char path[8192];

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		printf("%s %d - %s\n", replay(path) ? "ok" : "not ok", ++n, e->d_name);
	}
	if (d != NULL)
		closedir(d);
	if (n == 0)
		printf("not ok %d - no corpus in %s\n", ++n, folder);
	printf("1..%d\n", n);
	return 0;
}
