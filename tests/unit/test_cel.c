#include "tests/unit/test.h"

#include "core/base/date.h"
#include "core/base/dec.h"
#include "core/conf/cel.h"
#include "core/conf/template.h"

#include <pthread.h>
#include <stdio.h>

static struct arena arena;

static const char invoice_json[] =
	"{\"kind\":\"invoice\",\"client\":\"10427\",\"type\":\"380\",\"number\":\"F-17\",\"issue_date\":\"2026-11-25\","
	"\"due_date\":\"2026-12-25\",\"currency\":\"SEK\",\"notes\":[\"first\",\"second\"],"
	"\"seller\":{\"name\":\"S\xc3\xa4ljaren AB\",\"legal_id\":{\"scheme\":\"0007\",\"value\":\"5560360793\"}},"
	"\"totals\":{\"net\":\"1000.10\",\"payable\":\"1250.13\"},"
	"\"lines\":[{\"id\":\"1\",\"quantity\":\"3\",\"net\":\"1100.10\"},{\"id\":\"2\",\"quantity\":\"1\",\"net\":\"-"
	"100\"}]}";

static const char transaction_json[] =
	"{\"kind\":\"transaction\",\"amount\":\"1250.13\",\"side\":\"credit\",\"currency\":\"SEK\",\"status\":"
	"\"booked\","
	"\"booking_date\":\"2026-12-20\",\"return\":{\"code\":\"AC04\"},\"account\":{\"id\":\"SE1\"}}";

static const char financing_json[] =
	"{\"kind\":\"financing\",\"event\":\"purchase\",\"date\":\"2026-11-30\","
	"\"amounts\":{\"face\":\"125000.00\",\"fee\":1.10,\"big\":123456789012345678901234567890.5,\"n\":3,"
	"\"since\":\"2026-01-31\",\"tags\":[\"a\",{\"b\":true}]}}";

#define INVOICE LG_KIND_BIT(LG_INVOICE)
#define TRANSACTION LG_KIND_BIT(LG_TRANSACTION)
#define FINANCING LG_KIND_BIT(LG_FINANCING)

static struct lg_rec *rec(const char *json)
{
	struct err err = { 0 };
	struct lg_rec *r = rec_from_json(&arena, str_of(json), 0, &err);

	if (r == NULL)
		fail_msg("%s", err.msg);
	return r;
}

static const struct lg_rec *record_of(uint64_t kinds)
{
	return kinds == INVOICE       ? rec(invoice_json)
	       : kinds == TRANSACTION ? rec(transaction_json)
	       : kinds == FINANCING   ? rec(financing_json)
				      : NULL;
}

/* What an expression gives, as text: its value, or "line:column message (hint)" of the check, or "! message". */
static const char *outcome(uint64_t kinds, const char *text, enum lg_expr_result result, const struct lg_rec *r)
{
	struct cel_env env = { .kinds = kinds };
	struct err err = { 0 };
	struct lg_expr *x = cel_compile(&arena, str_of(text), &env, result, &err);
	struct cel_value v;
	struct buf b = { 0 };
	lg_str out;

	if (x == NULL)
		out = arena_printf(&arena, "%d:%d %s%s%s%s", err.line, err.column, err.msg, err.hint[0] ? " (" : "",
				   err.hint, err.hint[0] ? ")" : "");
	else if (!cel_eval(x, r, &arena, &v, &err))
		out = arena_printf(&arena, "! %d:%d %s", err.line, err.column, err.msg);
	else {
		cel_print(v, &b);
		out = arena_str(&arena, buf_view(&b));
	}
	buf_fini(&b);
	return out.ptr;
}

struct row {
	const char *text, *want;
};

static void check_rows(uint64_t kinds, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *is = outcome(kinds, rows[i].text, LG_X_DYN, record_of(kinds));

		if (strcmp(is, rows[i].want) != 0)
			fail_msg("%s\n  gives %s\n  not   %s", rows[i].text, is, rows[i].want);
	}
	arena_fini(&arena);
}

#define ROWS(kinds, ...) \
	do { \
		static const struct row rows[] = { __VA_ARGS__ }; \
		check_rows(kinds, rows, ARRAY_LEN(rows)); \
	} while (0)

static void fields_are_names(void **state)
{
	(void)state;
	ROWS(INVOICE, { "number == \"F-17\"", "true" }, { "totals.payable > 1000", "true" },
	     { "totals.payable > 1250.13", "false" }, { "lines.exists(l, l.net < 0)", "true" },
	     { "lines.filter(l, l.net > 0).map(l, l.id)", "[\"1\"]" }, { "size(lines)", "2" },
	     { "kind", "\"invoice\"" }, { "client", "\"10427\"" }, { "seller.legal_id.value", "\"5560360793\"" },
	     { "notes[1]", "\"second\"" }, { "\"second\" in notes", "true" }, { "size(seller.name)", "11" },
	     { "lines[0].net + lines[1].net", "1000.1" }, { "type(issue_date) == date", "true" },
	     { "issue_date", "date(\"2026-11-25\")" });
	ROWS(TRANSACTION, { "status == \"booked\" && side == 'credit'", "true" }, { "return.code", "\"AC04\"" },
	     { "reversal", "false" });
}

static void absent_texts_are_empty_and_absent_amounts_need_has(void **state)
{
	(void)state;
	ROWS(INVOICE, { "buyer_reference == \"\"", "true" }, { "buyer.address.city", "\"\"" },
	     { "has(buyer)", "false" }, { "has(buyer.address.city)", "false" }, { "has(due_date)", "true" },
	     { "has(totals.payable)", "true" }, { "size(charges)", "0" }, { "has(charges)", "false" },
	     { "totals.rounding > 0",
	       "1:8 the amount \"totals.rounding\" may be absent (test it first: has(totals.rounding) && ...)" },
	     { "due_date > issue_date",
	       "1:1 the date \"due_date\" may be absent (test it first: has(due_date) && ...)" },
	     { "has(due_date) && due_date > issue_date", "true" },
	     { "!has(totals.rounding) || totals.rounding > 0", "true" },
	     { "has(totals.rounding) ? totals.rounding : 0", "0" },
	     { "!has(totals.rounding) ? 0 : totals.rounding", "0" },
	     { "has(totals.rounding) || totals.rounding > 0",
	       "1:32 the amount \"totals.rounding\" may be absent (test it first: has(totals.rounding) && ...)" },
	     { "(has(due_date) && has(tax_point_date)) && due_date > tax_point_date", "false" },
	     { "lines.exists(l, l.price_gross > 0)",
	       "1:19 the amount \"l.price_gross\" may be absent (test it first: has(l.price_gross) && ...)" },
	     { "lines.exists(l, has(l.price_gross) && l.price_gross > 0)", "false" },
	     { "lines.map(l, has(l.price_gross), l.price_gross)", "[]" },
	     { "lines[0].price", "! 1:10 \"price\" is absent" });
	ROWS(TRANSACTION,
	     { "instructed.amount > 1",
	       "1:12 the amount \"instructed.amount\" may be absent (test it first: has(instructed.amount) && ...)" },
	     { "has(instructed) && instructed.amount > 1", "false" });
}

static void numbers_are_exact(void **state)
{
	(void)state;
	ROWS(0, { "0.1 + 0.2 == 0.3", "true" }, { "1 + 0.5", "1.5" }, { "type(1 + 0.5) == decimal", "true" },
	     { "2 * 1.5 == 3", "true" }, { "[1, 2.5].exists(x, x == 1.0)", "true" }, { "1.10", "1.1" },
	     { "string(1.10)", "\"1.1\"" }, { "decimal(\"-0.50\")", "-0.5" }, { "7 / 2", "3" }, { "-7 % 3", "-1" },
	     { "1.5 % 2", "1:5 there is no operator % for decimal and int" },
	     { "10.0 / 4", "1:6 a decimal division must be rounded (write round(a / b, 2))" },
	     { "round(10.0 / 4, 1)", "2.5" }, { "round(1 / 3, 4)", "0.3333" }, { "round(2 / 3 * 3, 2)", "2.0" },
	     { "round(-2.5, 0)", "-3.0" }, { "round(1250, -2)", "1300.0" }, { "round(1.005, 2)", "1.01" },
	     { "round(-(1 / 8.0), 2)", "-0.13" }, { "round(true ? 1 / 3.0 : 2, 2)", "0.33" },
	     { "round(1 / 0.0, 2)", "! 1:9 division by zero" }, { "round([1 / 2][0], 2)", "0.0" },
	     { "round(1000 * (date(\"2026-12-25\") - date(\"2026-11-25\")) * 0.08 / 365, 2)", "6.58" },
	     { "round(1, 19)", "! 1:10 round() takes -18 to 18 digits" },
	     { "0.000000001 * 0.0000000001", "! 1:13 the decimal does not fit: 18 digits" },
	     { "9223372036854775807 + 1", "! 1:21 integer overflow" },
	     { "1e19", "1:1 the number does not fit: integers have 64 bits, decimals 18 digits" },
	     { "true ? 1 : 1.5", "1" }, { "int(2.9)", "2" },
	     { "1u + 1", "1:4 there is no operator + for uint and int (int(x) and uint(x) convert)" });
}

static void dates_count_in_days(void **state)
{
	(void)state;
	ROWS(INVOICE,
	     { "due_date - issue_date",
	       "1:1 the date \"due_date\" may be absent (test it first: has(due_date) && ...)" },
	     { "has(due_date) ? due_date - issue_date : 0", "30" },
	     { "issue_date + 30 == date(\"2026-12-25\")", "true" }, { "30 + issue_date", "date(\"2026-12-25\")" },
	     { "issue_date.year() * 100 + issue_date.month()", "202611" }, { "issue_date.day()", "25" },
	     { "issue_date.weekday()", "3" }, { "date(\"2026-01-31\").addMonths(1)", "date(\"2026-02-28\")" },
	     { "date(timestamp(\"2026-11-25T23:30:00-01:00\"))", "date(\"2026-11-26\")" },
	     { "timestamp(issue_date)", "timestamp(\"2026-11-25T00:00:00Z\")" },
	     { "string(issue_date)", "\"2026-11-25\"" },
	     { "issue_date > \"2026-01-01\"",
	       "1:12 there is no operator > for date and string (a date is written date(\"2026-11-25\"))" },
	     { "date(\"2026-02-30\")", "1:6 \"2026-02-30\" is no date (YYYY-MM-DD)" },
	     { "issue_date + 99999999", "! 1:12 the date is out of range: years 1 to 9999" },
	     { "timestamp(\"2045-07-01T12:00:00Z\").getHours(\"Europe/Stockholm\")", "14" },
	     { "timestamp(\"2045-01-01T12:00:00Z\").getHours(\"Europe/Stockholm\")", "13" },
	     { "timestamp(0).getHours(\"Europe/Nowhere\")", "1:23 there is no time zone \"Europe/Nowhere\"" });
}

static void errors_have_a_place_and_a_hint(void **state)
{
	(void)state;
	ROWS(INVOICE, { "numbr == \"x\"", "1:1 there is no \"numbr\" in invoice (did you mean \"number\"?)" },
	     { "number == 1", "1:8 there is no operator == for string and int (numbers stand without quotes; string(x) "
			      "makes a text of a number)" },
	     { "seller.nam == \"x\"", "1:8 party has no field \"nam\" (did you mean \"name\"?)" },
	     { "number ==\n  \"\xc3\xa4\" + seller.nam", "2:16 party has no field \"nam\" (did you mean \"name\"?)" },
	     { "number = 1", "1:8 \"=\" does not compare, \"==\" does" },
	     { "number & 1", "1:8 \"&\" is written twice" },
	     { "number == ", "1:11 the expression ends where a value is expected" },
	     { "(number", "1:8 the expression ends where \")\" is expected" },
	     { "lines.net > 1",
	       "1:7 a list(line) has no field \"net\" (take one of the list, or ask of all: exists(x, x.net ...))" },
	     { "number.startWith(\"F\")", "1:8 there is no function startWith() (did you mean startsWith()?)" },
	     { "number.matches(\"(\")", "1:16 wrong pattern: missing ): (" },
	     { "number ? 1 : 2", "1:1 ? : takes true or false, not string" }, { "\"a", "1:1 the text does not end" },
	     { "notes.all(y, y.z, 1)", "1:16 all needs a plain name here" },
	     { "Party{}", "1:6 expressions do not make messages" }, { "size()", "1:1 size() needs an argument" },
	     { "true ? 1 : \"x\"", "1:6 the two results of ? : are int and string" },
	     { "\"F\" in number", "1:5 there is no operator in for string and string (write text.contains(part))" },
	     { "for", "1:1 \"for\" is a reserved word" }, { "", "1:1 the expression ends where a value is expected" });
}

static void several_kinds_share_what_agrees(void **state)
{
	const uint64_t kinds = INVOICE | TRANSACTION;
	const char *amount = "1:1 the amount \"amount\" may be absent (test it first: has(amount) && ...)";
	struct lg_rec *i = rec(invoice_json), *t = rec(transaction_json);

	(void)state;
	assert_string_equal(outcome(kinds, "currency == \"SEK\"", LG_X_BOOL, i), "true");
	assert_string_equal(outcome(kinds, "currency == \"SEK\"", LG_X_BOOL, t), "true");
	assert_string_equal(outcome(kinds, "status", LG_X_STR, i), "\"\"");
	assert_string_equal(outcome(kinds, "status", LG_X_STR, t), "\"booked\"");
	assert_string_equal(outcome(kinds, "amount > 1", LG_X_BOOL, t), amount);
	assert_string_equal(outcome(kinds, "has(amount) && amount > 1", LG_X_BOOL, t), "true");
	assert_string_equal(outcome(kinds, "has(amount) && amount > 1", LG_X_BOOL, i), "false");
	assert_string_equal(outcome(kinds, "kind == \"transaction\" && amount > 1", LG_X_BOOL, t), "true");
	assert_string_equal(outcome(kinds, "kind == \"transaction\" && amount > 1", LG_X_BOOL, i), "false");
	assert_string_equal(outcome(kinds, "kind != \"transaction\" || amount > 1", LG_X_BOOL, i), "true");
	assert_string_equal(outcome(kinds, "kind in [\"transaction\"] ? amount : totals.payable", LG_X_DEC, i),
			    "1250.13");
	assert_string_equal(outcome(INVOICE, "number == \"\"", LG_X_BOOL, t), "true");
	assert_string_equal(outcome(kinds, "charges", LG_X_DYN, i),
			    "1:1 \"charges\" is list(allowance) in invoice and list(charge) in transaction (say which "
			    "is meant: kind == "
			    "\"invoice\" && ...)");
	assert_string_equal(outcome(kinds, "amont == 1", LG_X_BOOL, i),
			    "1:1 there is no \"amont\" in invoice, transaction (did you mean \"amount\"?)");
	arena_fini(&arena);
}

static void json_keeps_its_numbers_text(void **state)
{
	(void)state;
	ROWS(FINANCING, { "string(amounts.fee)", "\"1.10\"" },
	     { "string(amounts.big)", "\"123456789012345678901234567890.5\"" }, { "amounts.fee == 1.1", "true" },
	     { "amounts.n + 1", "4" }, { "amounts.fee * 2", "2.2" }, { "round(amounts.fee / 3, 2)", "0.37" },
	     { "amounts.big + 1", "! 1:13 the decimal does not fit: 18 digits" },
	     { "decimal(amounts.face) - 1000", "124000.0" }, { "has(amounts.nothing)", "false" },
	     { "amounts.nothing", "! 1:9 there is no key \"nothing\"" }, { "amounts[\"tags\"][1].b", "true" },
	     { "amounts.tags.exists(t, t == \"a\")", "true" }, { "type(amounts.n) == int", "true" },
	     { "amounts.face + 1", "! 1:14 there is no operator + for string and int" });
}

static void results_have_the_declared_type(void **state)
{
	const struct lg_rec *f = record_of(FINANCING);

	(void)state;
	assert_string_equal(outcome(FINANCING, "event", LG_X_BOOL, f),
			    "1:1 the expression gives string, true or false is expected");
	assert_string_equal(outcome(FINANCING, "1 + 1", LG_X_DEC, f), "2.0");
	assert_string_equal(outcome(FINANCING, "date", LG_X_STR, f),
			    "1:1 the expression gives date, a string is expected (string(x) makes a text of it)");
	assert_string_equal(outcome(FINANCING, "amounts.fee", LG_X_STR, f), "\"1.10\"");
	assert_string_equal(outcome(FINANCING, "amounts.face", LG_X_DEC, f), "125000.0");
	assert_string_equal(outcome(FINANCING, "amounts.since", LG_X_DATE, f), "date(\"2026-01-31\")");
	assert_string_equal(outcome(FINANCING, "amounts.tags", LG_X_DEC, f),
			    "! 1:1 the expression gives [\"a\", {\"b\": true}], a number is expected");
	arena_fini(&arena);
}

static void evaluation_is_bounded(void **state)
{
	static const char ten[] = "[0,1,2,3,4,5,6,7,8,9]";
	static const char broke[] = "the expression takes too long or too much memory";
	struct buf b = { 0 };
	lg_str twice;

	(void)state;
	for (int i = 0; i < 9; i++)
		buf_addf(&b, "%s.all(v%d, ", ten, i);
	buf_cstr(&b, "true");
	for (int i = 0; i < 9; i++)
		buf_char(&b, ')');
	assert_non_null(strstr(outcome(0, buf_text(&b), LG_X_BOOL, NULL), broke));
	buf_reset(&b);
	buf_cstr(&b, "[\"0123456789\"]");
	for (int i = 0; i < 40; i++)
		buf_cstr(&b, ".map(x, x + x)");
	assert_non_null(strstr(outcome(0, buf_text(&b), LG_X_DYN, NULL), broke));
	buf_reset(&b);
	buf_cstr(&b, "[[1]]");
	for (int i = 0; i < 40; i++)
		buf_cstr(&b, ".map(x, [x, x])");
	twice = arena_str(&arena, buf_view(&b));
	buf_cstr(&b, " == ");
	buf_add(&b, twice);
	assert_non_null(strstr(outcome(0, buf_text(&b), LG_X_BOOL, NULL), broke));
	buf_reset(&b);
	for (int i = 0; i < 5000; i++)
		buf_char(&b, '(');
	assert_non_null(strstr(outcome(0, buf_text(&b), LG_X_BOOL, NULL), "nested too deeply"));
	buf_reset(&b);
	buf_cstr(&b, "1");
	for (int i = 0; i < 5000; i++)
		buf_cstr(&b, " + 1");
	assert_non_null(strstr(outcome(0, buf_text(&b), LG_X_DYN, NULL), "too large"));
	assert_string_equal(outcome(0, "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\".matches(\"(a*)*b\")", LG_X_BOOL, NULL),
			    "false");
	buf_fini(&b);
	arena_fini(&arena);
}

/* A budget that is used up cannot be absorbed by what else stands in the expression. */
static void a_spent_budget_is_final(void **state)
{
	struct cel_env env = { .steps = 50 };
	struct err err = { 0 };
	struct cel_value v;
	struct lg_expr *x =
		cel_compile(&arena, LG_STR("[1,2,3,4,5,6,7,8,9].all(a, [1,2,3,4,5,6,7,8,9].all(b, b > 0)) || true"),
			    &env, LG_X_BOOL, &err);

	(void)state;
	assert_non_null(x);
	assert_false(cel_eval(x, NULL, &arena, &v, &err));
	assert_int_equal(err.class, ERR_REJECT);
	arena_fini(&arena);
}

static struct lg_expr *setter(const char *path, const char *text, uint64_t to, struct err *err)
{
	struct cel_env env = { .kinds = INVOICE };

	*err = (struct err){ 0 };
	return cel_compile_set(&arena, str_of(path), str_of(text), &env, to, err);
}

static void fields_are_set_by_path(void **state)
{
	static const char *const rows[][2] = {
		{ "buyer.name", "seller.name + \"!\"" },
		{ "payment.reference", "\"RF18\"" },
		{ "totals.rounding", "totals.payable - 1250" },
		{ "due_date", "issue_date + 10" },
		{ "notes", "lines.map(l, l.id)" },
		{ "order_reference", "\"\"" },
		{ "period.start", "null" },
		{ "payee.name", "\"\"" },
	};
	struct lg_expr_item items[ARRAY_LEN(rows)];
	struct lg_expr_map map = { items, ARRAY_LEN(rows) };
	struct lg_rec *from = rec(invoice_json), *to;
	struct err err;
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		items[i].path = str_of(rows[i][0]);
		items[i].expr = setter(rows[i][0], rows[i][1], INVOICE, &err);
		assert_string_equal(err.msg, "");
	}
	to = rec_new(&arena, LG_INVOICE);
	assert_true(cel_set_all(&map, from, to, &arena, &err));
	rec_to_json(to, &b);
	assert_string_equal(buf_text(&b),
			    "{\"due_date\":\"2026-12-05\",\"notes\":[\"1\",\"2\"],"
			    "\"buyer\":{\"name\":\"S\xc3\xa4ljaren AB!\"},\"payment\":{\"reference\":\"RF18\"},"
			    "\"totals\":{\"rounding\":\"0.13\"}}");
	buf_fini(&b);
	arena_fini(&arena);
}

static void a_wrong_set_is_refused(void **state)
{
	struct err err;

	(void)state;
	assert_null(setter("buyer.nam", "\"x\"", INVOICE, &err));
	assert_string_equal(err.msg, "\"buyer.nam\": party has no field \"nam\"");
	assert_string_equal(err.hint, "did you mean \"name\"?");
	assert_null(setter("lines.net", "1", INVOICE, &err));
	assert_string_equal(err.msg, "\"lines.net\": lines of invoice is a list");
	assert_null(setter("buyer", "1", INVOICE, &err));
	assert_null(setter("id", "\"x\"", INVOICE, &err));
	assert_string_equal(err.msg, "\"id\" cannot be set: the hub sets it");
	assert_null(setter("totals.rounding", "number", INVOICE, &err));
	assert_string_equal(err.msg, "the expression gives string, a number is expected");
	assert_null(setter("notes", "[1]", INVOICE, &err));
	assert_null(setter("", "1", INVOICE, &err));
	assert_null(setter("buyer.", "1", INVOICE, &err));
	assert_non_null(setter("status", "\"x\"", INVOICE | TRANSACTION, &err));
	arena_fini(&arena);
}

static void swapping_two_fields_works(void **state)
{
	struct lg_expr_item items[2] = { { .path = LG_STR("number") }, { .path = LG_STR("currency") } };
	struct lg_rec *r = rec(invoice_json);
	struct err err;

	(void)state;
	items[0].expr = setter("number", "currency", INVOICE, &err);
	items[1].expr = setter("currency", "number", INVOICE, &err);
	assert_true(cel_set_all(&(struct lg_expr_map){ items, 2 }, r, r, &arena, &err));
	assert_true(str_is(rec_str(r, LG_INVOICE_NUMBER), "SEK"));
	assert_true(str_is(rec_str(r, LG_INVOICE_CURRENCY), "F-17"));
	arena_fini(&arena);
}

static const char *expanded(const char *text, uint64_t kinds, const struct lg_rec *r)
{
	static const lg_str extra[] = { { "2026-11-25", 10 }, { "purchase", 8 } };
	struct err err = { 0 };
	struct buf b = { 0 };
	struct lg_template *t = template_compile(&arena, str_of(text), kinds, "today contract", &err);
	const char *out;

	if (t == NULL)
		return arena_printf(&arena, "%d:%d %s", err.line, err.column, err.msg).ptr;
	template_expand(t, r, extra, &b);
	out = arena_str(&arena, buf_view(&b)).ptr;
	buf_fini(&b);
	return out;
}

static void templates_take_fields(void **state)
{
	struct lg_rec *r = rec(invoice_json);

	(void)state;
	assert_string_equal(expanded("{number}-{issue_date}.{totals.payable}{kind}", INVOICE, r),
			    "F-17-2026-11-25.1250.13invoice");
	assert_string_equal(expanded("a{{b}}{ client }{buyer.name}", INVOICE, r), "a{b}10427");
	assert_string_equal(expanded("{today}/{contract}", INVOICE, r), "2026-11-25/purchase");
	assert_string_equal(expanded("{status}{number}", INVOICE | TRANSACTION, r), "F-17");
	assert_string_equal(expanded("x{numbr}", INVOICE, r), "1:3 \"numbr\": invoice has no field \"numbr\"");
	assert_string_equal(expanded("x{number", INVOICE, r), "1:2 a lone \"{\"");
	assert_string_equal(expanded("x}", INVOICE, r), "1:2 a lone \"}\"");
	assert_string_equal(expanded("{lines}", INVOICE, r), "1:2 \"lines\" is no single value");
	assert_string_equal(expanded("", INVOICE, r), "");
	arena_fini(&arena);
}

/* One expression, two threads: nothing in it is written. */
static void *evaluate_often(void *ctx)
{
	const struct lg_expr *x = ctx;
	struct arena a = { 0 };
	struct err err = { 0 };
	struct lg_rec *r = rec_from_json(&a, LG_STR(invoice_json), 0, &err);
	bool is = true;

	for (int i = 0; is && i < 2000; i++) {
		struct arena_mark m = arena_mark(&a);

		is = cel_eval_bool(x, r, &a, &is, &err) && is;
		arena_rewind(&a, m);
	}
	arena_fini(&a);
	return is ? ctx : NULL;
}

static void threads_share_an_expression(void **state)
{
	struct cel_env env = { .kinds = INVOICE };
	struct lg_expr *x = cel_compile(&arena, LG_STR("number.matches(\"^F-[0-9]+$\") && lines.exists(l, l.net < 0)"),
					&env, LG_X_BOOL, NULL);
	pthread_t other;
	void *result;

	(void)state;
	assert_non_null(x);
	assert_int_equal(pthread_create(&other, NULL, evaluate_often, x), 0);
	assert_non_null(evaluate_often(x));
	pthread_join(other, &result);
	assert_non_null(result);
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_names),
		cmocka_unit_test(absent_texts_are_empty_and_absent_amounts_need_has),
		cmocka_unit_test(numbers_are_exact),
		cmocka_unit_test(dates_count_in_days),
		cmocka_unit_test(errors_have_a_place_and_a_hint),
		cmocka_unit_test(several_kinds_share_what_agrees),
		cmocka_unit_test(json_keeps_its_numbers_text),
		cmocka_unit_test(results_have_the_declared_type),
		cmocka_unit_test(evaluation_is_bounded),
		cmocka_unit_test(a_spent_budget_is_final),
		cmocka_unit_test(fields_are_set_by_path),
		cmocka_unit_test(a_wrong_set_is_refused),
		cmocka_unit_test(swapping_two_fields_works),
		cmocka_unit_test(templates_take_fields),
		cmocka_unit_test(threads_share_an_expression),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
