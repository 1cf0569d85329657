/* SPDX-License-Identifier: Apache-2.0 */
/* What can be bought, and what it costs: in cents, and as the shop's 32-bit floats say.
 */
#include <stdio.h>
#include <stdlib.h>

#include "shop.h"

static const struct {
	const char *id;
	unsigned cents;
} items[] = {
	{ "03fef6ac-1896-4ce8-bd69-b798f85c6e0b", 9999 },
	{ "3395a43e-2d88-40de-b95f-e00e1502085b", 1800 },
	{ "510a0d7e-8e83-4193-b483-e27e09ddc34d", 1500 },
	{ "808a2de1-1aaa-4c25-a9b9-6612e8f29a38", 1732 },
	{ "819e1fbf-8b7e-4f6d-811f-693534916a8b", 1400 },
	{ "837ab141-399e-4c1f-9abc-bace40296bac", 1500 },
	{ "a0a4f044-b040-410d-8ead-4de0446aec7e", 799 },
	{ "d3588630-ad8e-49df-bbd7-3167f7efb246", 1099 },
	{ "zzz4f044-b040-410d-8ead-4de0446aec7e", 1200 },
};

unsigned
shop_items(void)
{
	return sizeof(items) / sizeof(items[0]);
}

unsigned
item_cents(unsigned item)
{
	return items[item].cents;
}

const char *
item_id(unsigned item)
{
	return items[item].id;
}

unsigned
basket_cents(const struct basket *b)
{
	unsigned cents = 499;

	for (unsigned i = 0; i < b->len; i++)
		cents += b->quantity[i] * items[b->item[i]].cents;
	return cents;
}

void
basket_total(struct text *t, const struct basket *b)
{
	float total = 0;
	char s[32];

	for (unsigned i = 0; i < b->len; i++)
		total +=
			(float)b->quantity[i] * ((float)items[b->item[i]].cents / 100.0f);
	total += 4.99f;
	for (int digits = 1; digits <= 9; digits++) {
		(void)snprintf(s, sizeof(s), "%.*g", digits, (double)total);
		if (!(strtof(s, NULL) < total) && !(strtof(s, NULL) > total))
			break;
	}
	text_str(t, s);
}

void
basket_json(struct text *t, const struct basket *b, bool ids)
{
	text_str(t, "\"items\":[");
	for (unsigned i = 0; i < b->len; i++) {
		unsigned cents = items[b->item[i]].cents;

		text_str(t, i == 0 ? "{" : ",{");
		if (ids)
			text_fmt(t, "\"id\":\"%.8s%.16s\",", items[b->item[i]].id,
				"c10d300018b70000");
		text_fmt(t, "\"itemId\":\"%s\",\"quantity\":%u,\"unitPrice\":%u.%02u}",
			items[b->item[i]].id, b->quantity[i], cents / 100, cents % 100);
	}
	text_char(t, ']');
}
