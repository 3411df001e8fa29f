#include "tests/unit/test.h"

#include "core/base/json.h"
#include "core/model/record.h"

/* The tokens of a text as one line: {n:"x"=... */
static const char *tokens(const char *in, struct arena *a, struct err *err)
{
	static const char *const marks[] = { "!", ".", "null", "true", "false", "#", "s:", "n:", "[", "]", "{", "}" };
	struct json j;
	struct buf b = { 0 };
	enum json_type t;
	lg_str text;
	const char *out;

	json_init(&j, str_of(in), a, err);
	do {
		t = json_next(&j, &text);
		buf_cstr(&b, marks[t]);
		if (t == JSON_NUMBER || t == JSON_STRING || t == JSON_NAME)
			buf_add(&b, text);
		buf_char(&b, ' ');
	} while (t != JSON_BAD && t != JSON_END);
	out = arena_cstr(a, buf_view(&b));
	buf_fini(&b);
	return out;
}

static void tells_tokens(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "{}", "{ } . " },
		{ " [ 1 , -0.50e+3 , \"a\" ] ", "[ #1 #-0.50e+3 s:a ] . " },
		{ "{\"a\":{\"b\":[null,true,false]}}", "{ n:a { n:b [ null true false ] } } . " },
		{ "\"\\u00e5\\n\\ud83d\\udc19\"", "s:\xc3\xa5\n\xf0\x9f\x90\x99 . " },
		{ "1250.00", "#1250.00 . " },
		{ "12345678901234567890.12345678901234567890", "#12345678901234567890.12345678901234567890 . " },
	};
	struct arena a = { 0 };
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(tokens(cases[i].in, &a, &err), cases[i].out);
	arena_fini(&a);
}

static void refuses_with_a_place(void **state)
{
	static const struct {
		const char *in;
		int line, column;
	} cases[] = {
		{ "", 1, 1 },
		{ "{\"a\":1,}", 1, 8 },
		{ "[1 2]", 1, 4 },
		{ "[1,\n2,\n  x]", 3, 3 },
		{ "{\"a\" 1}", 1, 6 },
		{ "{a:1}", 1, 2 },
		{ "[01]", 1, 2 },
		{ "[1.]", 1, 2 },
		{ "[+1]", 1, 2 },
		{ "[.5]", 1, 2 },
		{ "[1e]", 1, 2 },
		{ "[\"\\x\"]", 1, 3 },
		{ "[\"\\u0000\"]", 1, 3 },
		{ "[\"\\ud800\"]", 1, 3 },
		{ "[\"a", 1, 2 },
		{ "[\"a\tb\"]", 1, 4 },
		{ "[\"\xff\"]", 1, 3 },
		{ "[1] x", 1, 5 },
		{ "[", 1, 2 },
		{ "nul", 1, 1 },
		{ "[1}", 1, 3 },
	};
	struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct err err = { 0 };
		const char *out = tokens(cases[i].in, &a, &err);

		if (out[strlen(out) - 2] != '!' || err.line != cases[i].line || err.column != cases[i].column)
			fail_msg("%s: %s at %d:%d (%s)", cases[i].in, out, err.line, err.column, err.msg);
	}
	arena_fini(&a);
}

static void depth_is_limited(void **state)
{
	char in[200];
	struct arena a = { 0 };
	struct err err = { 0 };

	(void)state;
	memset(in, '[', sizeof in);
	in[sizeof in - 1] = '\0';
	assert_true(strchr(tokens(in, &a, &err), '!') != NULL);
	assert_int_equal(err.column, JSON_DEPTH_MAX + 1);
	arena_fini(&a);
}

static void skips_and_quotes(void **state)
{
	struct arena a = { 0 };
	struct json j;
	struct buf b = { 0 };
	lg_str text, raw;

	(void)state;
	json_init(&j, LG_STR("{\"a\": {\"b\":[1,{}]} , \"c\":2}"), &a, NULL);
	assert_int_equal(json_next(&j, &text), JSON_OBJECT);
	assert_int_equal(json_next(&j, &text), JSON_NAME);
	assert_true(json_skip(&j, json_next(&j, &text), &raw));
	assert_true(str_is(raw, "{\"b\":[1,{}]}"));
	assert_int_equal(json_next(&j, &text), JSON_NAME);
	assert_true(str_is(text, "c"));
	json_quote(&b, LG_STR("a\"\\\n\x01\xc3\xa5"));
	assert_string_equal(buf_text(&b), "\"a\\\"\\\\\\n\\u0001\xc3\xa5\"");
	buf_fini(&b);
	arena_fini(&a);
}

/* ---- records ---- */

static void wrong_records_say_where(void **state)
{
	static const struct {
		const char *in, *says;
	} cases[] = {
		{ "{\"number\":\"1\"}", "kind" },
		{ "{\"kind\":\"invoce\"}", "invoce" },
		{ "{\"kind\":\"invoice\",\"numbr\":\"1\"}", "numbr" },
		{ "{\"kind\":\"invoice\",\"number\":1}", "number" },
		{ "{\"kind\":\"invoice\",\"issue_date\":\"2026-02-30\"}", "issue_date" },
		{ "{\"kind\":\"invoice\",\"totals\":{\"payable\":\"1,5\"}}", "payable" },
		{ "{\"kind\":\"invoice\",\"totals\":{\"payable\":\"99999999999999999999\"}}", "payable" },
		{ "{\"kind\":\"invoice\",\"totals\":[]}", "totals" },
		{ "{\"kind\":\"invoice\",\"notes\":\"x\"}", "notes" },
		{ "{\"kind\":\"invoice\",\"number\":\"1\",\"number\":\"2\"}", "number" },
		{ "[]", "" },
	};
	struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct err err = { 0 };
		char text[1200];

		if (rec_from_json(&a, str_of(cases[i].in), 0, &err) != NULL)
			fail_msg("%s was read", cases[i].in);
		err_text(&err, text, sizeof text);
		if (err.line != 1 || strstr(text, cases[i].says) == NULL)
			fail_msg("%s: %s", cases[i].in, text);
	}
	arena_fini(&a);
}

static void amounts_keep_their_digits(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "{\"currency\":\"SEK\",\"totals\":{\"payable\":\"1250\"}}", "\"payable\":\"1250.00\"" },
		{ "{\"currency\":\"JPY\",\"totals\":{\"payable\":\"1250.00\"}}", "\"payable\":\"1250\"" },
		{ "{\"currency\":\"KWD\",\"totals\":{\"payable\":\"1.5\"}}", "\"payable\":\"1.500\"" },
		{ "{\"currency\":\"SEK\",\"totals\":{\"payable\":\"1.23450000000000000000\"}}",
		  "\"payable\":\"1.2345\"" },
		{ "{\"currency\":\"SEK\",\"totals\":{\"payable\":\"0.125\"}}", "\"payable\":\"0.125\"" },
		{ "{\"lines\":[{\"quantity\":\"2.500\"}]}", "\"quantity\":\"2.5\"" },
	};
	struct arena a = { 0 };
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct err err = { 0 };
		struct lg_rec *r = rec_from_json(&a, str_of(cases[i].in), LG_INVOICE, &err);

		if (r == NULL)
			fail_msg("%s: %s", cases[i].in, err.msg);
		buf_reset(&b);
		rec_to_json(r, &b);
		if (strstr(buf_text(&b), cases[i].out) == NULL)
			fail_msg("%s", buf_text(&b));
	}
	buf_fini(&b);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_tokens),
		cmocka_unit_test(refuses_with_a_place),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(skips_and_quotes),
		cmocka_unit_test(wrong_records_say_where),
		cmocka_unit_test(amounts_keep_their_digits),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
