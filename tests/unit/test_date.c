#include "tests/unit/test.h"

#include "core/base/date.h"
#include "core/base/str.h"

static lg_date date(const char *text)
{
	lg_date d = 0;

	if (!date_parse(str_of(text), &d))
		fail_msg("\"%s\" is no date", text);
	return d;
}

static void knows_the_calendar(void **state)
{
	static const struct {
		const char *text;
		lg_date day;
		int weekday;
	} cases[] = {
		{ "1970-01-01", 0, 4 },     { "2026-11-25", 20782, 3 },   { "1969-12-31", -1, 3 },
		{ "2000-02-29", 11016, 2 }, { "0001-01-01", -719162, 1 }, { "9999-12-31", 2932896, 5 },
		{ "2024-02-29", 19782, 4 },
	};
	char out[DATE_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(date(cases[i].text), cases[i].day);
		assert_int_equal(date_weekday(cases[i].day), cases[i].weekday);
		assert_int_equal(date_text(cases[i].day, out), 10);
		assert_string_equal(out, cases[i].text);
	}
}

static void refuses_what_is_no_day(void **state)
{
	static const char *const wrong[] = { "2026-02-29",  "1900-02-29", "2100-02-29", "2026-04-31", "2026-13-01",
					     "2026-00-10",  "2026-01-00", "0000-01-01", "2026-1-01",  "20260101",
					     "2026-01-01 ", "",           "2026/01/01", "+026-01-01", "2026-01-0x" };
	lg_date d = 7;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		if (date_parse(str_of(wrong[i]), &d))
			fail_msg("\"%s\" is a date", wrong[i]);
	assert_false(date_from_ymd(10000, 1, 1, &d));
	assert_int_equal(d, 7);
}

static void every_day_comes_back(void **state)
{
	int y, m, d;
	lg_date back;

	(void)state;
	for (lg_date day = -719162; day <= 2932896; day += 17) {
		date_to_ymd(day, &y, &m, &d);
		assert_true(date_from_ymd(y, m, d, &back));
		assert_int_equal(back, day);
	}
}

static void months_end_where_they_end(void **state)
{
	(void)state;
	assert_int_equal(date_add_months(date("2026-01-31"), 1), date("2026-02-28"));
	assert_int_equal(date_add_months(date("2024-01-31"), 1), date("2024-02-29"));
	assert_int_equal(date_add_months(date("2026-11-25"), 2), date("2027-01-25"));
	assert_int_equal(date_add_months(date("2026-01-31"), -2), date("2025-11-30"));
	assert_int_equal(date_add_months(date("2024-02-29"), 12), date("2025-02-28"));
	assert_int_equal(date_month_days(2000, 2), 29);
}

static void reads_instants(void **state)
{
	static const struct {
		const char *text, *utc;
	} cases[] = {
		{ "2026-11-25T10:00:00Z", "2026-11-25T10:00:00Z" },
		{ "2026-11-25t10:00:00.5z", "2026-11-25T10:00:00.500Z" },
		{ "2026-11-25T00:30:00+01:00", "2026-11-24T23:30:00Z" },
		{ "2026-11-25T23:30:00-05:30", "2026-11-26T05:00:00Z" },
		{ "1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999Z" },
		{ "2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z" },
	};
	static const char *const wrong[] = { "2026-11-25",
					     "2026-11-25T10:00:00",
					     "2026-11-25T24:00:00Z",
					     "2026-11-25T10:60:00Z",
					     "2026-11-25T10:00:00.Z",
					     "2026-11-25T10:00:00.1234567890Z",
					     "2026-11-25T10:00:00+1:00",
					     "2026-11-25T10:00:00+01:60",
					     "2026-02-30T10:00:00Z",
					     "0001-01-01T00:00:00+01:00",
					     "9999-12-31T23:59:60Z",
					     "2026-11-25T10:00:00Zx" };
	char out[TIME_TEXT_MAX];
	lg_time t;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_true(time_parse(str_of(cases[i].text), &t));
		time_text(t, out);
		assert_string_equal(out, cases[i].utc);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		if (time_parse(str_of(wrong[i]), &t))
			fail_msg("\"%s\" is an instant", wrong[i]);
	assert_int_equal(time_date(-1), -1);
	assert_int_equal(time_date(0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_the_calendar),   cmocka_unit_test(refuses_what_is_no_day),
		cmocka_unit_test(every_day_comes_back), cmocka_unit_test(months_end_where_they_end),
		cmocka_unit_test(reads_instants),
	};

	return cmocka_run_group_tests_name("date", tests, NULL, NULL);
}
