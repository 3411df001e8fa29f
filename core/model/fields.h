/* fields.h - the field table of fields.def at run time. */
#pragma once
#include "core/base/def.h"
#include "core/plugin/loligo.h"

enum field_type {
	FIELD_STR,
	FIELD_AMOUNT,
	FIELD_DEC,
	FIELD_INT,
	FIELD_BOOL,
	FIELD_DATE,
	FIELD_TIME,
	FIELD_OBJ,
	FIELD_OBJS,
	FIELD_STRS,
	FIELD_JSON
};

struct field {
	uint16_t id;  /* object << 8 | number */
	uint16_t ref; /* OBJ, OBJS: the object it holds */
	enum field_type type;
	const char *name; /* in JSON and in expressions */
	const char *term; /* EN 16931 or ISO 20022, may be empty */
	const char *doc;
};

struct object {
	uint16_t id;
	bool is_kind; /* a record of its own (it has the common fields), not only a part of one */
	const char *name, *doc;
	const struct field *fields; /* in order of id */
	size_t count;
};

#define OBJECT_COMMON 0
#define OBJECT_MAX 128

const struct object *object_get(uint16_t id); /* NULL: no such object */
const struct object *object_by_name(lg_str name);
const struct field *field_get(uint16_t id); /* NULL: no such field */
/* A field of the object, or a common one when it is a kind. */
const struct field *field_by_name(const struct object *, lg_str name);
const char *field_type_name(enum field_type);
/* The nearest name within two edits, for "did you mean"; NULL. */
const char *field_suggest(const struct object *, lg_str name);
static inline uint16_t field_object(uint16_t field)
{
	return (uint16_t)(field >> 8);
}
