/* SPDX-License-Identifier: Apache-2.0 */
/* What only the settings of a destination together show. */
#include "conf/reader.h"
#include "conf/settings.h"

static bool
fail(struct reader *r, struct str where, const char *text_z)
{
	diag_error(&r->diag, where, "%s", text_z);
	return false;
}

bool
output_check(struct reader *r, const struct output_settings *o, struct str where)
{
	if (o->type == DEST_WEBHOOK && o->url.len + o->url_file.len == 0)
		return fail(r, where, "\"url\" or \"url_file\" is missing in an output");
	if (o->url.len > 0 && o->url_file.len > 0)
		return fail(r, where, "\"url\" and \"url_file\" do not go together");
	if ((o->username.len > 0) != (o->password_file.len > 0))
		return fail(r, where, "\"username\" and \"password_file\" go together");
	if (o->username.len > 0 && o->bearer_token_file.len > 0)
		return fail(r, where,
			"\"username\" and \"bearer_token_file\" do not go together");
	return true;
}

bool
output_check_names(
	struct reader *r, struct output_settings *outputs, const struct yaml_node *list)
{
	const struct setting *type = setting_kind(&outputs_table);
	bool good = true;

	for (size_t i = 0; i < list->n; i++) {
		const struct yaml_node *node = list->items[i];
		struct output_settings *o = &outputs[i];
		const struct yaml_node *name = yaml_get(node, STR("name"));

		if (o->name.len == 0)
			o->name = type->words[o->type];
		for (size_t k = 0; k < i; k++) {
			if (!str_eq(outputs[k].name, o->name))
				continue;
			diag_error(&r->diag,
				name != NULL ? name->where : node->pairs[0].key_where,
				"another output is called \"%.*s\" already",
				STR_ARG(o->name));
			diag_hint(&r->diag, "give each a \"name\" of its own");
			good = false;
			break;
		}
	}
	return good;
}

bool
output_check_heartbeats(
	struct reader *r, const struct settings *s, const struct yaml_node *map)
{
	const struct yaml_node *list = yaml_get(map, STR("outputs"));
	bool good = true;

	for (size_t i = 0; list != NULL && i < s->n_outputs && s->heartbeat_ns == 0;
		i++) {
		const struct yaml_node *own = yaml_get(list->items[i], STR("heartbeat"));

		if (own == NULL || !s->outputs[i].heartbeat)
			continue;
		diag_error(&r->diag, own->where,
			"there is no heartbeat: \"heartbeat.interval\" is 0s");
		diag_hint(&r->diag, "say how often, such as \"interval: 1m\"");
		good = false;
	}
	return good;
}
