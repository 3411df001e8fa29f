#include "tests/unit/test.h"

#include "tests/unit/format_fake.h"

static const struct lg_format *json;

#define GOOD "{\"kind\":\"invoice\",\"number\":\"F1\",\"totals\":{\"payable\":\"1250.50\"}}\n"

static void reads_and_writes_the_same_lines_in_chunks_of_any_size(void **state)
{
	static const char text[] = "\xef\xbb\xbf" GOOD "\n" GOOD "\r\n{\"kind\":\"voucher\",\"text\":\"\xc3\xa5\\\"\"}";
	struct fake f;

	(void)state;
	for (size_t chunk = 1; chunk < sizeof text; chunk++) {
		fake_init(&f, json);
		f.chunk = chunk;
		assert_int_equal(fake_read(&f, LG_STR(text), NULL), LG_OK);
		assert_int_equal(f.count, 3);
		assert_int_equal(f.lines[2], 5);
		assert_int_equal(fake_write(&f, NULL), LG_OK);
		assert_string_equal(buf_text(&f.out), GOOD GOOD "{\"kind\":\"voucher\",\"text\":\"\xc3\xa5\\\"\"}\n");
		fake_fini(&f);
	}
}

static void a_bad_line_among_good_ones_is_named_with_line_and_column(void **state)
{
	struct fake f;

	(void)state;
	fake_init(&f, json);
	assert_int_equal(fake_read(&f, LG_STR(GOOD "{\"kind\":\"invoice\",\"numbr\":\"F2\"}\n" GOOD), NULL), LG_REJECT);
	assert_int_equal(f.line, 2);
	assert_int_equal(f.column, 19);
	assert_string_equal(f.msg, "invoice has no field \"numbr\" (did you mean \"number\"?)");
	assert_int_equal(fake_read(&f, LG_STR(GOOD GOOD "{\"kind\":\"invoice\",\n"), NULL), LG_REJECT);
	assert_int_equal(f.line, 3);
	assert_int_equal(fake_read(&f, LG_STR("{\"number\":\"F2\"}\n"), NULL), LG_REJECT);
	assert_non_null(strstr(f.msg, "kind"));
	fake_fini(&f);
}

static void numbers_keep_every_digit(void **state)
{
	struct fake f;

	(void)state;
	fake_init(&f, json);
	assert_int_equal(fake_read(&f,
				   LG_STR("{\"kind\":\"payment\",\"currency\":\"SEK\",\"amount\":1.100,\"net\":"
					  "\"12345678901234.5600000000000000\"}"),
				   NULL),
			 LG_OK);
	assert_string_equal(fake_json(&f), "{\"kind\":\"payment\",\"amount\":\"1.10\",\"currency\":\"SEK\",\"net\":"
					   "\"12345678901234.56\"}\n");
	fake_fini(&f);
}

static void a_line_longer_than_the_limit_is_refused(void **state)
{
	const struct {
		lg_str kind;
		int64_t line_max;
	} config = { { 0 }, 1024 };
	char text[3000];
	struct fake f;

	(void)state;
	memset(text, ' ', sizeof text);
	memcpy(text, GOOD, sizeof GOOD - 1);
	text[sizeof text - 1] = '\n';
	fake_init(&f, json);
	f.chunk = 100;
	assert_int_equal(fake_read(&f, (lg_str){ text, sizeof text }, &config), LG_REJECT);
	assert_string_equal(f.id, "json.line_max");
	assert_int_equal(f.line, 2);
	fake_fini(&f);
}

static void recognises_its_own(void **state)
{
	(void)state;
	assert_true(json->sniff(LG_STR(GOOD)) > 50);
	assert_int_equal(json->sniff(LG_STR("<Invoice/>")), 0);
	assert_int_equal(json->sniff(LG_STR("")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes_the_same_lines_in_chunks_of_any_size),
		cmocka_unit_test(a_bad_line_among_good_ones_is_named_with_line_and_column),
		cmocka_unit_test(numbers_keep_every_digit),
		cmocka_unit_test(a_line_longer_than_the_limit_is_refused),
		cmocka_unit_test(recognises_its_own),
	};

	json = fake_format("json");
	if (json == NULL)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
