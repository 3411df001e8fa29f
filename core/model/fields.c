#include "core/model/fields.h"

#include "core/base/str.h"

#include <string.h>

/* One array of all fields, in the order of the table. */
enum {
#define OBJECT(num, NAME, name, kind, doc)
#define FIELD(id, OBJ_, NAME, name, type, REF, term, doc) AT_##OBJ_##_##NAME,
#include "core/model/fields.def"
#undef FIELD
	FIELD_COUNT
};

#undef OBJECT
/* clang-format off */
enum object_number {
#define OBJECT(num, NAME, name, kind, doc) OBJECT_NO_##NAME = num,
#define FIELD(id, OBJ_, NAME, name, type, REF, term, doc)
#include "core/model/fields.def"
#undef FIELD
#undef OBJECT
};

static const struct field fields[FIELD_COUNT] = {
#define OBJECT(num, NAME, name, kind, doc)
#define FIELD(id, OBJ_, NAME, name, type, REF, term, doc) \
	{ id, OBJECT_NO_##REF, FIELD_##type, name, term, doc },
#include "core/model/fields.def"
#undef FIELD
#undef OBJECT
};

static struct object objects[] = {
#define OBJECT(num, NAME, name, kind, doc) { num, kind, name, doc, NULL, 0 },
#define FIELD(id, OBJ_, NAME, name, type, REF, term, doc)
#include "core/model/fields.def"
#undef FIELD
#undef OBJECT
};
/* clang-format on */

static const struct object *by_id[OBJECT_MAX];

/* Runs before main: the table is constant from then on, so that any thread may read it. */
__attribute__((constructor)) static void index_fields(void)
{
	size_t at = 0;

	for (size_t i = 0; i < ARRAY_LEN(objects); i++) {
		struct object *o = &objects[i];

		o->fields = &fields[at];
		while (at < FIELD_COUNT && fields[at].id >> 8 == o->id)
			at++;
		o->count = (size_t)(&fields[at] - o->fields);
		by_id[o->id] = o;
	}
	if (at != FIELD_COUNT)
		die("fields.def: a field stands under the wrong object");
}

const struct object *object_get(uint16_t id)
{
	return id < OBJECT_MAX ? by_id[id] : NULL;
}

const struct object *object_by_name(lg_str name)
{
	for (size_t i = 0; i < ARRAY_LEN(objects); i++)
		if (str_is(name, objects[i].name))
			return &objects[i];
	return NULL;
}

const struct field *field_get(uint16_t id)
{
	const struct object *o = object_get((uint16_t)(id >> 8));
	uint16_t n = id & 0xff;

	return o && n > 0 && n <= o->count && o->fields[n - 1].id == id ? &o->fields[n - 1] : NULL;
}

static const struct field *find_in(const struct object *o, lg_str name)
{
	for (size_t i = 0; i < o->count; i++)
		if (str_is(name, o->fields[i].name))
			return &o->fields[i];
	return NULL;
}

const struct field *field_by_name(const struct object *o, lg_str name)
{
	const struct field *f = find_in(o, name);

	return f || !o->is_kind ? f : find_in(by_id[OBJECT_COMMON], name);
}

const char *field_type_name(enum field_type type)
{
	static const char *const names[] = { "text", "amount", "decimal", "integer", "bool", "date",
					     "time", "object", "list",    "texts",   "json" };

	return names[type];
}

const char *field_suggest(const struct object *o, lg_str name)
{
	const char *best = NULL;
	size_t least = 3;

	for (size_t i = 0; i < o->count; i++) {
		size_t d = str_distance(name, str_of(o->fields[i].name), 2);

		if (d < least) {
			least = d;
			best = o->fields[i].name;
		}
	}
	return best;
}
