#include "tests/unit/test.h"

#include "core/base/str.h"

static void views(void **state)
{
	lg_str s = LG_STR("  a,b,,c \n"), part;
	int n = 0;

	(void)state;
	assert_true(str_is(str_trim(s), "a,b,,c"));
	assert_true(str_is(str_trim(LG_STR(" \t")), ""));
	s = str_trim(s);
	while (str_split(&s, ',', &part))
		n += part.len == 0 ? 100 : 1;
	assert_int_equal(n, 103);
	assert_true(str_is(str_sub(LG_STR("abc"), 1, 99), "bc"));
	assert_true(str_is(str_sub(LG_STR("abc"), 9, 1), ""));
	assert_true(str_is(str_from(LG_STR("abc"), 3), ""));
	assert_int_equal(str_find(LG_STR("abcabd"), LG_STR("abd")), 3);
	assert_int_equal(str_find(LG_STR("abc"), LG_STR("x")), 3);
	assert_int_equal(str_find(LG_STR("abc"), LG_STR("")), 0);
	assert_int_equal(str_chr(LG_STR("abc"), 'c'), 2);
	assert_true(str_starts(LG_STR("abc"), LG_STR("ab")) && !str_starts(LG_STR("a"), LG_STR("ab")));
	assert_true(str_ends(LG_STR("abc"), LG_STR("bc")) && !str_ends(LG_STR("c"), LG_STR("bc")));
	assert_true(str_ieq(LG_STR("Faktura"), LG_STR("fAKTURA")) && !str_ieq(LG_STR("a"), LG_STR("ab")));
	assert_true(str_cmp(LG_STR("a"), LG_STR("ab")) < 0 && str_cmp(LG_STR("b"), LG_STR("ab")) > 0);
	assert_true(str_eq(STR_NONE, LG_STR("")));
	assert_true(str_eq(str_of(NULL), LG_STR("")));
}

static void integers(void **state)
{
	static const char *const wrong[] = { "",
					     "-",
					     "+1",
					     " 1",
					     "1 ",
					     "1.0",
					     "9223372036854775808",
					     "-9223372036854775809",
					     "99999999999999999999999" };
	int64_t v = 5;

	(void)state;
	assert_true(str_i64(LG_STR("9223372036854775807"), &v) && v == INT64_MAX);
	assert_true(str_i64(LG_STR("-9223372036854775807"), &v) && v == -INT64_MAX);
	assert_true(str_i64(LG_STR("-007"), &v) && v == -7);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		if (str_i64(str_of(wrong[i]), &v))
			fail_msg("\"%s\" is an integer", wrong[i]);
	assert_true(str_is_digits(LG_STR("0123")) && !str_is_digits(LG_STR("")) && !str_is_digits(LG_STR("1a")));
}

static void utf8(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{ "", true },
		{ "abc", true },
		{ "\xc3\xa5\xe2\x82\xac\xf0\x9f\x90\x99", true },
		{ "\xf4\x8f\xbf\xbf", true },  /* U+10FFFF */
		{ "\xf4\x90\x80\x80", false }, /* above */
		{ "\xc0\xaf", false },         /* too long for what it is */
		{ "\xe0\x80\xaf", false },
		{ "\xed\xa0\x80", false }, /* a surrogate */
		{ "\xc3", false },         /* cut off */
		{ "\xe2\x82", false },
		{ "\xa5", false },
		{ "\xff", false },
	};
	lg_str s = LG_STR("\xc3\xa5\xff"
			  "x");

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (str_is_utf8(str_of(cases[i].text)) != cases[i].good)
			fail_msg("case %zu", i);
	assert_int_equal(utf8_next(&s), 0xe5);
	assert_int_equal(utf8_next(&s), 0xfffd);
	assert_int_equal(utf8_next(&s), 'x');
	assert_int_equal(s.len, 0);
}

static void distances(void **state)
{
	static const struct {
		const char *a, *b;
		size_t limit, distance;
	} cases[] = {
		{ "register", "register", 2, 0 }, { "registr", "register", 2, 1 },
		{ "ergister", "register", 2, 1 }, { "", "ab", 2, 2 },
		{ "abc", "xyz", 2, 3 },           { "abc", "abcdefgh", 2, 3 },
		{ "kitten", "sitting", 5, 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_int_equal(str_distance(str_of(cases[i].a), str_of(cases[i].b), cases[i].limit),
				 cases[i].distance);
}

static void builders(void **state)
{
	struct buf b = { 0 };

	(void)state;
	assert_string_equal(buf_text(&b), "");
	buf_add(&b, STR_NONE);
	buf_cstr(&b, "a");
	buf_char(&b, 'b');
	buf_addf(&b, "%d-%s", 12, "x");
	buf_utf8(&b, 0x20ac);
	buf_utf8(&b, 0x1f419);
	assert_string_equal(buf_text(&b), "ab12-x\xe2\x82\xac\xf0\x9f\x90\x99");
	for (int i = 0; i < 5000; i++)
		buf_addf(&b, "%05d", i);
	assert_int_equal(b.len, 13 + 25000);
	buf_reset(&b);
	assert_int_equal(buf_view(&b).len, 0);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(views),     cmocka_unit_test(integers), cmocka_unit_test(utf8),
		cmocka_unit_test(distances), cmocka_unit_test(builders),
	};

	return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
