#include "core/conf/cel_priv.h"

/* clang-format off */
const struct cel_type cel_types[CEL_ANY + 1] = {
	[CEL_NULL] = { CEL_NULL, 0, NULL, NULL },
	[CEL_BOOL] = { CEL_BOOL, 0, NULL, NULL },
	[CEL_INT] = { CEL_INT, 0, NULL, NULL },
	[CEL_UINT] = { CEL_UINT, 0, NULL, NULL },
	[CEL_DEC] = { CEL_DEC, 0, NULL, NULL },
	[CEL_STR] = { CEL_STR, 0, NULL, NULL },
	[CEL_BYTES] = { CEL_BYTES, 0, NULL, NULL },
	[CEL_LIST] = { CEL_LIST, 0, NULL, &cel_types[CEL_ANY] },
	[CEL_MAP] = { CEL_MAP, 0, &cel_types[CEL_ANY], &cel_types[CEL_ANY] },
	[CEL_DATE] = { CEL_DATE, 0, NULL, NULL },
	[CEL_TIME] = { CEL_TIME, 0, NULL, NULL },
	[CEL_DURATION] = { CEL_DURATION, 0, NULL, NULL },
	[CEL_TYPE] = { CEL_TYPE, 0, NULL, NULL },
	[CEL_REC] = { CEL_REC, 0, NULL, NULL },
	[CEL_NUM] = { CEL_NUM, 0, NULL, NULL },
	[CEL_ERROR] = { CEL_ERROR, 0, NULL, NULL },
	[CEL_DYN] = { CEL_DYN, 0, NULL, NULL },
	[CEL_ANY] = { CEL_ANY, 0, NULL, NULL },
};
/* clang-format on */

/* The words of CEL, where it has one; `date` and `decimal` are ours. */
static const char *const names[] = {
	[CEL_NULL] = "null_type",
	[CEL_BOOL] = "bool",
	[CEL_INT] = "int",
	[CEL_UINT] = "uint",
	[CEL_DEC] = "decimal",
	[CEL_STR] = "string",
	[CEL_BYTES] = "bytes",
	[CEL_LIST] = "list",
	[CEL_MAP] = "map",
	[CEL_DATE] = "date",
	[CEL_TIME] = "google.protobuf.Timestamp",
	[CEL_DURATION] = "google.protobuf.Duration",
	[CEL_TYPE] = "type",
	[CEL_REC] = "object",
	[CEL_NUM] = "number",
	[CEL_ERROR] = "error",
	[CEL_DYN] = "dyn",
	[CEL_ANY] = "any",
};

const char *cel_kind_name(enum cel_kind k)
{
	return names[k];
}

bool cel_type_named(lg_str name, enum cel_kind *out)
{
	if (str_is(name, "double")) { /* what CEL calls a number with a fraction */
		*out = CEL_DEC;
		return true;
	}
	for (int k = CEL_NULL; k <= CEL_TYPE; k++)
		if (str_is(name, names[k])) {
			*out = (enum cel_kind)k;
			return true;
		}
	return false;
}

bool cel_is_number(enum cel_kind k)
{
	return k == CEL_INT || k == CEL_UINT || k == CEL_DEC;
}

const struct cel_type *cel_type_list(struct arena *a, const struct cel_type *elem)
{
	struct cel_type *t = arena_new(a, struct cel_type);

	*t = (struct cel_type){ CEL_LIST, 0, NULL, elem };
	return t;
}

const struct cel_type *cel_type_map(struct arena *a, const struct cel_type *key, const struct cel_type *elem)
{
	struct cel_type *t = arena_new(a, struct cel_type);

	*t = (struct cel_type){ CEL_MAP, 0, key, elem };
	return t;
}

const struct cel_type *cel_type_rec(struct arena *a, uint16_t object)
{
	struct cel_type *t = arena_new(a, struct cel_type);

	*t = (struct cel_type){ CEL_REC, object, NULL, NULL };
	return t;
}

const struct cel_type *cel_type_copy(struct arena *a, const struct cel_type *t)
{
	if (t->kind == CEL_LIST)
		return cel_type_list(a, t->elem ? cel_type_copy(a, t->elem) : &cel_types[CEL_DYN]);
	if (t->kind == CEL_MAP)
		return cel_type_map(a, t->key ? cel_type_copy(a, t->key) : &cel_types[CEL_DYN],
				    t->elem ? cel_type_copy(a, t->elem) : &cel_types[CEL_DYN]);
	return t->kind == CEL_REC ? cel_type_rec(a, t->object) : &cel_types[t->kind];
}

static bool open_type(const struct cel_type *t)
{
	return t->kind == CEL_DYN || t->kind == CEL_ANY;
}

bool cel_type_fits(const struct cel_type *a, const struct cel_type *b)
{
	if (open_type(a) || open_type(b))
		return true;
	if (a->kind == CEL_DEC || b->kind == CEL_DEC)
		return cel_is_number(a->kind) && cel_is_number(b->kind);
	if (a->kind == CEL_NULL || b->kind == CEL_NULL)
		return a->kind == b->kind || a->kind == CEL_REC || b->kind == CEL_REC;
	if (a->kind != b->kind)
		return false;
	if (a->kind == CEL_LIST)
		return cel_type_fits(a->elem, b->elem);
	if (a->kind == CEL_MAP)
		return cel_type_fits(a->key, b->key) && cel_type_fits(a->elem, b->elem);
	return a->kind != CEL_REC || a->object == b->object;
}

bool cel_type_same(const struct cel_type *a, const struct cel_type *b)
{
	if (a == b)
		return true;
	if (a->kind != b->kind || a->object != b->object)
		return false;
	if (a->kind == CEL_LIST)
		return cel_type_same(a->elem, b->elem);
	return a->kind != CEL_MAP || (cel_type_same(a->key, b->key) && cel_type_same(a->elem, b->elem));
}

const struct cel_type *cel_type_join(struct arena *arena, const struct cel_type *a, const struct cel_type *b)
{
	const struct cel_type *dyn = &cel_types[CEL_DYN];

	if (a->kind == CEL_ANY || cel_type_same(a, b))
		return b;
	if (b->kind == CEL_ANY)
		return a;
	if ((a->kind == CEL_DEC || b->kind == CEL_DEC) && cel_is_number(a->kind) && cel_is_number(b->kind))
		return &cel_types[CEL_DEC];
	if (a->kind == CEL_NULL && b->kind == CEL_REC)
		return b;
	if (b->kind == CEL_NULL && a->kind == CEL_REC)
		return a;
	if (a->kind != b->kind || !cel_type_fits(a, b))
		return dyn;
	if (a->kind == CEL_LIST)
		return cel_type_list(arena, cel_type_join(arena, a->elem, b->elem));
	if (a->kind == CEL_MAP)
		return cel_type_map(arena, cel_type_join(arena, a->key, b->key),
				    cel_type_join(arena, a->elem, b->elem));
	return dyn;
}

void cel_type_text(const struct cel_type *t, struct buf *out)
{
	if (t->kind == CEL_REC && t->object != 0) {
		buf_cstr(out, object_get(t->object)->name);
		return;
	}
	buf_cstr(out, t->kind == CEL_ANY ? "dyn" : names[t->kind]);
	if (t->kind == CEL_LIST) {
		buf_char(out, '(');
		cel_type_text(t->elem, out);
		buf_char(out, ')');
	} else if (t->kind == CEL_MAP) {
		buf_char(out, '(');
		cel_type_text(t->key, out);
		buf_cstr(out, ", ");
		cel_type_text(t->elem, out);
		buf_char(out, ')');
	}
}
