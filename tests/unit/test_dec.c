#include "tests/unit/test.h"

#include "core/base/dec.h"
#include "core/base/str.h"

/* "coefficient/scale" */
static bool is(lg_dec d, int64_t coef, int scale)
{
	return d.coef == coef && d.scale == scale;
}

static lg_dec dec(const char *text)
{
	lg_dec d = { 0, 0 };

	if (!dec_parse(str_of(text), &d))
		fail_msg("\"%s\" is no decimal", text);
	return d;
}

static const char *text(lg_dec d)
{
	static char out[DEC_TEXT_MAX];

	dec_text(d, 0, out);
	return out;
}

static void parses(void **state)
{
	static const struct {
		const char *text;
		int64_t coef;
		int scale;
	} cases[] = {
		{ "0", 0, 0 },
		{ "-0.00", 0, 0 },
		{ "12.50", 125, 1 },
		{ "-12.50", -125, 1 },
		{ "+3", 3, 0 },
		{ ".5", 5, 1 },
		{ "7.", 7, 0 },
		{ "007", 7, 0 },
		{ "100", 100, 0 },
		/* zeros at the end are cut before overflow is judged */
		{ "1.23450000000000000000", 12345, 4 },
		{ "-250.00000000000000000000000000000000000", -250, 0 },
		{ "0.00000000000000000000000000", 0, 0 },
		{ "9223372036854775807", INT64_MAX, 0 },
		{ "-9223372036854775807", -INT64_MAX, 0 },
		{ "9223372036854775807.000", INT64_MAX, 0 },
		{ "0.000000000000000001", 1, 18 },
		{ "9.223372036854775807", INT64_MAX, 18 },
	};
	static const char *const wrong[] = {
		"",
		"-",
		"+",
		".",
		"-.",
		"1,5",
		"1 000",
		"1e3",
		"0x1",
		"1.2.3",
		"--1",
		"1-",
		" 1",
		"NaN",
		"9223372036854775808",
		"-9223372036854775808",
		"10000000000000000000",
		"0.0000000000000000001",
		"12345678901234567890.5",
		"99999999999999999999999999999999999999999999",
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (!is(dec(cases[i].text), cases[i].coef, cases[i].scale))
			fail_msg("\"%s\" is not %lld/%d", cases[i].text, (long long)cases[i].coef, cases[i].scale);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		lg_dec d = { 42, 1 };

		if (dec_parse(str_of(wrong[i]), &d) || !is(d, 42, 1))
			fail_msg("\"%s\" was read as %s", wrong[i], text(d));
	}
}

static void adds_and_multiplies(void **state)
{
	lg_dec d = { 7, 0 }, max = { INT64_MAX, 0 };

	(void)state;
	assert_true(dec_add(dec("0.1"), dec("0.2"), &d) && is(d, 3, 1));
	assert_true(dec_add(dec("0.05"), dec("0.95"), &d) && is(d, 1, 0));
	assert_true(dec_sub(dec("1"), dec("0.000000000000000001"), &d) && is(d, 999999999999999999, 18));
	assert_true(dec_mul(dec("1.5"), dec("-0.2"), &d) && is(d, -3, 1));
	assert_true(dec_mul(dec("1000000000"), dec("0.000000001"), &d) && is(d, 1, 0));
	assert_false(dec_add(max, dec("1"), &d));
	assert_false(dec_add(max, dec("0.1"), &d));
	assert_false(dec_mul(max, dec("2"), &d));
	assert_false(dec_mul(dec("0.000000000000000001"), dec("0.1"), &d));
	assert_true(is(d, 1, 0)); /* untouched */
	assert_true(is(dec_neg(dec("-2.5")), 25, 1));
	assert_true(is(dec_abs(dec("-2.5")), 25, 1));
}

static void rounds_half_away_from_zero(void **state)
{
	static const struct {
		const char *value;
		int digits;
		const char *round, *floor, *ceil;
	} cases[] = {
		{ "1446.375", 2, "1446.38", "1446.37", "1446.38" },
		{ "-1446.375", 2, "-1446.38", "-1446.38", "-1446.37" },
		{ "0.5", 0, "1", "0", "1" },
		{ "-0.5", 0, "-1", "-1", "0" },
		{ "0.49", 0, "0", "0", "1" },
		{ "2.5", 0, "3", "2", "3" },
		{ "174.055", 2, "174.06", "174.05", "174.06" },
		{ "1.005", 2, "1.01", "1", "1.01" },
		{ "1250", -2, "1300", "1200", "1300" },
		{ "1249", -2, "1200", "1200", "1300" },
		{ "-1250", -2, "-1300", "-1300", "-1200" },
		{ "49", -2, "0", "0", "100" },
		{ "12.5", 5, "12.5", "12.5", "12.5" },
	};
	lg_dec d;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_true(dec_round(dec(cases[i].value), cases[i].digits, &d));
		assert_string_equal(text(d), cases[i].round);
		assert_true(dec_floor(dec(cases[i].value), cases[i].digits, &d));
		assert_string_equal(text(d), cases[i].floor);
		assert_true(dec_ceil(dec(cases[i].value), cases[i].digits, &d));
		assert_string_equal(text(d), cases[i].ceil);
	}
	assert_false(dec_round(dec("9223372036854775807"), -1, &d));
	assert_false(dec_ceil(dec("1"), -19, &d));
}

static void divides_once_rounded(void **state)
{
	lg_dec d;

	(void)state;
	assert_true(dec_div_round(dec("2"), dec("3"), 2, &d) && is(d, 67, 2));
	assert_true(dec_div_round(dec("-1"), dec("8"), 2, &d) && is(d, -13, 2));
	assert_true(dec_div_round(dec("1"), dec("-8"), 2, &d) && is(d, -13, 2));
	assert_true(dec_div_round(dec("1"), dec("0.000000000000000001"), 0, &d) && is(d, 1000000000000000000, 0));
	assert_true(dec_div_round(dec("0"), dec("3"), 18, &d) && is(d, 0, 0));
	assert_true(dec_mul_round(dec("100000"), dec("0.0066666667"), 2, &d) && is(d, 66667, 2));
	assert_true(dec_mul_round(dec("9223372036854775807"), dec("0.000000000000000001"), 2, &d) && is(d, 922, 2));
	assert_false(dec_div_round(dec("1"), dec("0"), 2, &d));
	assert_false(dec_div_round(dec("9223372036854775807"), dec("0.1"), 0, &d));
	assert_false(dec_div_round(dec("1"), dec("3"), 19, &d));
	assert_false(dec_div_round(dec("1"), dec("3"), -1, &d));
}

static void compares(void **state)
{
	(void)state;
	assert_true(dec_eq(dec("1.10"), dec("1.1")));
	assert_int_equal(dec_cmp(dec("9223372036854775807"), dec("0.000000000000000001")), 1);
	assert_int_equal(dec_cmp(dec("-1"), dec("1")), -1);
	assert_int_equal(dec_sign(dec("-0.01")), -1);
	assert_int_equal(dec_sign(dec("0")), 0);
}

static void counts_in_units(void **state)
{
	int64_t v = 3;

	(void)state;
	assert_true(dec_units(dec("12.5"), 2, &v) && v == 1250);
	assert_true(dec_units(dec("-0.01"), 2, &v) && v == -1);
	assert_false(dec_units(dec("0.001"), 2, &v));
	assert_false(dec_units(dec("92233720368547758.07"), 3, &v));
	assert_int_equal(v, -1);
	assert_true(is(dec_from_units(1250, 2), 125, 1));
	assert_true(is(dec_reduce((lg_dec){ 1000, 3 }), 1, 0));
}

static void prints_at_least_so_many_digits(void **state)
{
	static const struct {
		const char *value;
		int digits;
		const char *text;
	} cases[] = {
		{ "1250", 2, "1250.00" }, { "0", 2, "0.00" },
		{ "-0.5", 2, "-0.50" },   { "12.345", 2, "12.345" },
		{ "1000", 0, "1000" },    { "0.001", 0, "0.001" },
		{ "5", 3, "5.000" },      { "-9223372036854775807", 0, "-9223372036854775807" },
	};
	char out[DEC_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(dec_text(dec(cases[i].value), cases[i].digits, out), strlen(cases[i].text));
		assert_string_equal(out, cases[i].text);
	}
	assert_int_equal(dec_text((lg_dec){ 1, 0 }, 99, out), DEC_TEXT_MAX - 1); /* cut, never past the end */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses),
		cmocka_unit_test(adds_and_multiplies),
		cmocka_unit_test(rounds_half_away_from_zero),
		cmocka_unit_test(divides_once_rounded),
		cmocka_unit_test(compares),
		cmocka_unit_test(counts_in_units),
		cmocka_unit_test(prints_at_least_so_many_digits),
	};

	return cmocka_run_group_tests_name("dec", tests, NULL, NULL);
}
