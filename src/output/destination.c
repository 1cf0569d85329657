/* SPDX-License-Identifier: Apache-2.0 */
#include "output/destination.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct destination_type *const destination_types[DEST_TYPES] = {
	[DEST_DATADOG] = &destination_datadog,
	[DEST_ALERTMANAGER] = &destination_alertmanager,
	[DEST_WEBHOOK] = &destination_webhook,
	[DEST_SLACK] = &destination_slack,
	[DEST_PAGERDUTY] = &destination_pagerduty,
	[DEST_OTLP] = &destination_otlp,
	[DEST_FILE] = &destination_file,
};

int
destination_new(const struct destination_type *type, const struct destination_conf *conf,
	struct destination **out)
{
	int err;

	*out = calloc(1, type->size);
	if (*out == NULL)
		return -ENOMEM;
	err = type->init(*out, conf);
	if (err != 0)
		destination_free(type, out);
	return err;
}

void
destination_free(const struct destination_type *type, struct destination **pd)
{
	struct destination *d = *pd;

	*pd = NULL;
	if (d == NULL)
		return;
	if (type->fini != NULL)
		type->fini(d);
	explicit_bzero(d, type->size);
	free(d);
}

void
destination_name(const struct output_settings *output, size_t member, struct buf *out)
{
	struct str url, scheme = STR("://");
	size_t at;

	buf_add(out, output->name);
	if (output->urls.n < 2)
		return;
	url = output->urls.items[member];
	at = str_find(url, scheme);
	buf_add_char(out, '@');
	buf_add(out, str_sub(url, at == SIZE_MAX ? 0 : at + scheme.len, url.len));
}

enum verdict
destination_judge_status(long status)
{
	if (status >= 200 && status < 300)
		return VERDICT_DONE;
	if (status == 0 || status == 408 || status == 429 || status >= 500)
		return VERDICT_RETRY;
	if (status == 413)
		return VERDICT_SPLIT;
	if (status == 400 || status == 422)
		return VERDICT_REJECTED;
	return VERDICT_PAUSE;
}
