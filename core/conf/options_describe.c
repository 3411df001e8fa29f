/* options_describe.c - option tables as rows for people. */
#include "core/conf/options_priv.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 6 /* tables may contain themselves */

struct rows {
	struct arena *arena;
	struct options_row *items;
	size_t count, cap;
};

/* How the keys of a sub table are written behind the key itself. */
static const char *joint(enum lg_option_type t)
{
	return t == LG_T_OBJS ? "[]." : t == LG_T_OBJMAP ? ".*." : ".";
}

static void add_table(struct rows *r, const struct lg_options *table, lg_str prefix, int depth)
{
	for (size_t i = 0; i < table->count; i++) {
		struct lg_option o = options_at(table, i);
		lg_str name = arena_printf(r->arena, "%.*s%s", (int)prefix.len, prefix.ptr ? prefix.ptr : "", o.name);

		r->items = xgrow(r->items, &r->cap, r->count + 1, sizeof *r->items);
		r->items[r->count++] = (struct options_row){ .name = name,
							     .type = str_of(option_type_text(o.type)),
							     .dflt = str_of(o.dflt),
							     .range = option_range(r->arena, &o),
							     .unit = str_of(o.unit),
							     .doc = str_of(o.doc),
							     .required = o.required };
		if (o.sub != NULL && depth < DEPTH_MAX)
			add_table(r, o.sub, arena_printf(r->arena, "%.*s%s", STRA(name), joint(o.type)), depth + 1);
	}
}

size_t options_describe(struct arena *a, const struct lg_options *table, struct options_row **out)
{
	struct rows r = { .arena = a };

	if (table != NULL)
		add_table(&r, table, STR_NONE, 0);
	*out = arena_array(a, struct options_row, r.count);
	if (r.count > 0)
		memcpy(*out, r.items, r.count * sizeof *r.items);
	free(r.items);
	return r.count;
}
