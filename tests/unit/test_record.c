#include "tests/unit/test.h"

#include "core/model/record.h"

static const char invoice[] =
	"{\"kind\":\"invoice\",\"number\":\"F1\",\"issue_date\":\"2026-11-25\",\"currency\":\"SEK\","
	"\"notes\":[\"a\",\"b\"],\"totals\":{\"payable\":\"1250.50\"},"
	"\"lines\":[{\"id\":\"1\",\"quantity\":\"2\",\"item\":{\"name\":\"\xc3\xa5\\\"x\"}}]}";

static void survives_json_and_the_binary_body(void **state)
{
	struct arena a = { 0 };
	struct err err = { 0 };
	struct buf body = { 0 }, json = { 0 };
	struct lg_rec *in = rec_from_json(&a, LG_STR(invoice), 0, &err), *out;

	(void)state;
	assert_non_null(in);
	rec_encode(in, REC_ALL, &body);
	out = rec_decode(&a, buf_view(&body), &err);
	assert_non_null(out);
	assert_true(rec_equal(in, out));
	rec_set_str(out, LG_COMMON_KIND, LG_STR("invoice"));
	rec_to_json(out, &json);
	assert_non_null(strstr(buf_text(&json), "\"totals\":{\"payable\":\"1250.50\"}"));
	buf_fini(&body);
	buf_fini(&json);
	arena_fini(&a);
}

static void names_the_unknown_field_and_its_place(void **state)
{
	struct arena a = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_null(rec_from_json(&a, LG_STR("{\"kind\":\"invoice\",\n \"numbr\":\"F1\"}"), 0, &err));
	assert_string_equal(err.msg, "invoice has no field \"numbr\"");
	assert_string_equal(err.hint, "did you mean \"number\"?");
	assert_int_equal(err.line, 2);
	arena_fini(&a);
}

static void damaged_bodies_are_refused_at_every_length(void **state)
{
	struct arena a = { 0 };
	struct err err = { 0 };
	struct buf body = { 0 };

	(void)state;
	rec_encode(rec_from_json(&a, LG_STR(invoice), 0, &err), REC_ALL, &body);
	for (size_t n = 0; n < body.len; n++)
		assert_null(rec_decode(&a, (lg_str){ body.ptr, n }, &err));
	buf_fini(&body);
	arena_fini(&a);
}

/* record.c has that many bits for them. */
static void common_fields_are_few(void **state)
{
	(void)state;
	assert_true(object_get(OBJECT_COMMON)->count <= 16);
}

static void every_field_is_found_among_all(void **state)
{
	const struct object *o = object_get(LG_TRANSACTION);
	const struct object *common = object_get(OBJECT_COMMON);
	struct arena a = { 0 };
	struct lg_rec *r = rec_new(&a, LG_TRANSACTION);

	(void)state;
	for (int round = 0; round < 2; round++)
		for (size_t i = o->count + common->count; i-- > 0;) {
			const struct field *f = i < o->count ? &o->fields[i] : &common->fields[i - o->count];

			if (f->type != (enum field_type)FIELD_STR)
				continue;
			assert_int_equal(rec_has(r, f->id), round);
			rec_set_str(r, f->id, LG_STR("x"));
			assert_true(rec_has(r, f->id));
		}
	arena_fini(&a);
}

static bool unset_in_turn(const struct field *f)
{
	return f->type == FIELD_STR && f->id % 3 == 0;
}

static void what_is_unset_leaves_the_rest_in_place(void **state)
{
	const struct object *o = object_get(LG_TRANSACTION);
	struct arena a = { 0 };
	struct lg_rec *r = rec_new(&a, LG_TRANSACTION);

	(void)state;
	rec_set_str(r, LG_COMMON_CLIENT, LG_STR("client"));
	for (size_t i = 0; i < o->count; i++)
		if (o->fields[i].type == FIELD_STR)
			rec_set_str(r, o->fields[i].id, str_of(o->fields[i].name));
	for (size_t i = 0; i < o->count; i++)
		if (unset_in_turn(&o->fields[i]))
			rec_unset(r, o->fields[i].id);
	for (size_t i = 0; i < o->count; i++) {
		const struct field *f = &o->fields[i];
		bool there = f->type == FIELD_STR && !unset_in_turn(f);

		assert_int_equal(rec_has(r, f->id), there);
		if (there)
			assert_true(str_is(rec_str(r, f->id), f->name));
	}
	assert_true(str_is(rec_str(r, LG_COMMON_CLIENT), "client"));
	arena_fini(&a);
}

static void a_copy_stands_alone(void **state)
{
	struct arena a = { 0 }, b = { 0 };
	struct err err = { 0 };
	struct lg_rec *from = rec_from_json(&a, LG_STR(invoice), 0, &err), *to = rec_clone(&b, from);

	(void)state;
	assert_true(rec_equal(from, to));
	rec_add_str(to, LG_INVOICE_NOTES, LG_STR("c"));
	rec_set_str(rec_add_obj(to, LG_INVOICE_LINES), LG_LINE_ID, LG_STR("2"));
	rec_set_dec(rec_add_obj(to, LG_INVOICE_TOTALS), LG_TOTALS_PAYABLE, (lg_dec){ 7, 0 });
	assert_int_equal(rec_count(from, LG_INVOICE_NOTES), 2);
	assert_int_equal(rec_count(from, LG_INVOICE_LINES), 1);
	assert_false(rec_equal(from, to));
	arena_fini(&a);
	assert_true(str_is(rec_str(to, LG_INVOICE_NUMBER), "F1"));
	assert_true(str_is(rec_str_at(to, LG_INVOICE_NOTES, 2), "c"));
	assert_true(str_is(rec_str(rec_obj_at(to, LG_INVOICE_LINES, 1), LG_LINE_ID), "2"));
	arena_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(common_fields_are_few),
		cmocka_unit_test(every_field_is_found_among_all),
		cmocka_unit_test(what_is_unset_leaves_the_rest_in_place),
		cmocka_unit_test(a_copy_stands_alone),
		cmocka_unit_test(survives_json_and_the_binary_body),
		cmocka_unit_test(names_the_unknown_field_and_its_place),
		cmocka_unit_test(damaged_bodies_are_refused_at_every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
