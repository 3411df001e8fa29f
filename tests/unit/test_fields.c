/* The field table: one id for each field, the same in loligo.h, and never another one than in a release. */
#include "tests/unit/test.h"

#include "core/base/str.h"
#include "core/model/fields.h"

#include <stdio.h>

/* clang-format off */
#define OBJECT(num, NAME, name, kind, doc)
#define FIELD(id, OBJ_, NAME, name, type, REF, term, doc) \
	_Static_assert(LG_##OBJ_##_##NAME == (id), "loligo.h: run `make fields` for " #OBJ_ "." #NAME);
#include "core/model/fields.def"
#undef FIELD
#undef OBJECT

struct released {
	unsigned id;
	char object[40], name[60], json[60], type[12], ref[40];
};

static const struct released now[] = {
#define OBJECT(num, NAME, name, kind, doc)
#define FIELD(id, OBJ_, NAME, name, type, REF, term, doc) { id, #OBJ_, #NAME, name, #type, #REF },
#include "core/model/fields.def"
#undef FIELD
#undef OBJECT
};

/* A kind or object keeps its number, too. */
#define OBJECT(num, NAME, name, kind, doc) OBJECT_##NAME##_HAS = (num),
#define FIELD(id, OBJ_, NAME, name, type, REF, term, doc)
enum {
#include "core/model/fields.def"
};
#undef FIELD
#undef OBJECT
/* clang-format on */

_Static_assert((int)LG_INVOICE == (int)OBJECT_INVOICE_HAS, "loligo.h: run `make fields`");
_Static_assert((int)LG_WORK_ITEM == (int)OBJECT_WORK_ITEM_HAS, "loligo.h: run `make fields`");
_Static_assert((int)LG_DIMENSION_OBJECT == (int)OBJECT_DIMENSION_OBJECT_HAS, "loligo.h: run `make fields`");

static const struct released *find(unsigned id)
{
	for (size_t i = 0; i < sizeof now / sizeof now[0]; i++)
		if (now[i].id == id)
			return &now[i];
	return NULL;
}

static void released_fields_stay(void **state)
{
	FILE *f = fopen("tests/unit/fields-1.0.txt", "r");
	struct released r;
	size_t count = 0;

	(void)state;
	assert_non_null(f);
	while (fscanf(f, "%x %39s %59s %59s %11s %39s", &r.id, r.object, r.name, r.json, r.type, r.ref) == 6) {
		const struct released *is = find(r.id);

		count++;
		if (is == NULL || strcmp(is->object, r.object) != 0 || strcmp(is->name, r.name) != 0 ||
		    strcmp(is->json, r.json) != 0 || strcmp(is->type, r.type) != 0 || strcmp(is->ref, r.ref) != 0)
			fail_msg("0x%04x was %s.%s (\"%s\", %s): an id is never reused and never changes its type",
				 r.id, r.object, r.name, r.json, r.type);
	}
	assert_true(feof(f));
	fclose(f);
	assert_true(count > 500);
}

static void ids_are_unique_and_in_their_object(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof now / sizeof now[0]; i++) {
		const struct field *f = field_get((uint16_t)now[i].id);

		assert_ptr_equal(find(now[i].id), &now[i]);
		assert_non_null(f);
		assert_int_equal(f->id, now[i].id);
		assert_string_equal(f->name, now[i].json);
		assert_ptr_equal(field_by_name(object_get(field_object(f->id)), str_of(f->name)), f);
		if (f->type == FIELD_OBJ || f->type == FIELD_OBJS)
			assert_true(f->ref != 0 && object_get(f->ref) != NULL);
	}
	assert_null(field_get(0x7fff));
	assert_null(object_get(127));
}

static void names_are_suggested(void **state)
{
	const struct object *invoice = object_by_name(LG_STR("invoice"));

	(void)state;
	assert_non_null(invoice);
	assert_string_equal(field_suggest(invoice, LG_STR("nmber")), "number");
	assert_null(field_suggest(invoice, LG_STR("zzzzzzzz")));
	assert_null(object_by_name(LG_STR("invoces")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(released_fields_stay),
		cmocka_unit_test(ids_are_unique_and_in_their_object),
		cmocka_unit_test(names_are_suggested),
	};

	return cmocka_run_group_tests_name("fields", tests, NULL, NULL);
}
