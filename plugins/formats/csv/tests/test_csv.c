#include "tests/unit/test.h"

#include "plugins/formats/csv/csv.h"
#include "tests/unit/format_fake.h"

static const struct lg_format *csv, *csv_lines;

#define PAIR(k, v) \
	{ \
		{ (k), sizeof(k) - 1 }, \
		{ \
			(v), sizeof(v) - 1 \
		} \
	}
#define MAP(a) \
	{ \
		(a), sizeof(a) / sizeof((a)[0]) \
	}

static const struct lg_pair bank_columns[] = { PAIR("Datum", "booking_date"), PAIR("Belopp", "amount"),
					       PAIR("Avs\xc3\xa4ndare", "counterparty.name"), PAIR("OCR", "references"),
					       PAIR("Saldo?", "reversal") };
static const struct lg_pair bank_constants[] = { PAIR("currency", "SEK"), PAIR("side", "credit"),
						 PAIR("account.id", "SE35"), PAIR("entry_amount", "1000.5") };
static const lg_str bank_dates[] = { { "YYYY-MM-DD", 10 }, { "D.M.YY", 6 } };

static struct csv_config bank(void)
{
	return (struct csv_config){ .kind = { "transaction", 11 },
				    .columns = MAP(bank_columns),
				    .constants = MAP(bank_constants),
				    .header = true,
				    .separator = { ";", 1 },
				    .decimal = DECIMAL_COMMA,
				    .grouping = { " ", 1 },
				    .dates = MAP(bank_dates) };
}

static void reads_columns_by_name_in_chunks_of_any_size(void **state)
{
	static const char text[] = "\xef\xbb\xbfOCR;belopp;Datum;Ovrigt;Saldo?;Avs\xc3\xa4ndare\r\n"
				   "123;1 250,50;2026-01-15;x;ja;\"\xc3\x85ke \"\"B\"\"; son\"\r\n"
				   "\r\n"
				   ";-7;3.2.26;;nej;\"two\nlines\";\n"
				   "9;0,005;2026-12-31;;;";
	static const char want[] =
		"{\"kind\":\"transaction\",\"account\":{\"id\":\"SE35\"},\"amount\":\"1250.50\",\"side\":\"credit\","
		"\"currency\":\"SEK\",\"booking_date\":\"2026-01-15\",\"reversal\":true,\"counterparty\":{\"name\":"
		"\"\xc3\x85ke "
		"\\\"B\\\"; son\"},\"references\":[\"123\"],\"entry_amount\":\"1000.50\"}\n"
		"{\"kind\":\"transaction\",\"account\":{\"id\":\"SE35\"},\"amount\":\"-7.00\",\"side\":\"credit\","
		"\"currency\":\"SEK\",\"booking_date\":\"2026-02-03\",\"reversal\":false,\"counterparty\":{\"name\":"
		"\"two\\nlines\"},"
		"\"entry_amount\":\"1000.50\"}\n"
		"{\"kind\":\"transaction\",\"account\":{\"id\":\"SE35\"},\"amount\":\"0.005\",\"side\":\"credit\","
		"\"currency\":\"SEK\",\"booking_date\":\"2026-12-31\",\"references\":[\"9\"],\"entry_amount\":\"1000."
		"50\"}\n";
	const struct csv_config cfg = bank();
	struct fake f;

	(void)state;
	for (size_t chunk = 1; chunk < sizeof text; chunk += 3) {
		fake_init(&f, csv);
		f.chunk = chunk;
		assert_int_equal(fake_read(&f, LG_STR(text), &cfg), LG_OK);
		assert_string_equal(fake_json(&f), want);
		assert_int_equal(f.lines[2], 6);
		assert_string_equal(buf_text(&f.findings), "1 csv.unknown_column: the column \"Ovrigt\" is not read\n");
		fake_fini(&f);
	}
}

static void a_missing_column_is_one_clear_message(void **state)
{
	const struct csv_config cfg = bank();
	struct fake f;

	(void)state;
	fake_init(&f, csv);
	assert_int_equal(fake_read(&f, LG_STR("Datum;Summa;Avs\xc3\xa4ndare;OCR;Saldo?\n2026-01-01;1;x;2;\n"), &cfg),
			 LG_REJECT);
	assert_string_equal(f.id, "csv.missing_column");
	assert_string_equal(
		f.msg, "there is no column \"Belopp\"; the columns are Datum, Summa, Avs\xc3\xa4ndare, OCR, Saldo? "
		       "(correct `columns`, or `separator`)");
	assert_int_equal(f.line, 1);
	fake_fini(&f);
}

static void refuses_with_the_line(void **state)
{
#define HEAD "Datum;Belopp;Avs\xc3\xa4ndare;OCR;Saldo?\n"
	static const struct {
		const char *text, *id;
		uint32_t line;
	} bad[] = {
		{ HEAD "2026-01-01;1;a;1;\n2026-01-01;1.5;b;1;\n", "csv.value", 3 },
		{ HEAD "2026-13-01;1;a;1;\n", "csv.value", 2 },
		{ HEAD "2026-01-01;1;a;1;vet ej\n", "csv.value", 2 },
		{ HEAD "2026-01-01;1\n", "csv.width", 2 },
		{ HEAD "2026-01-01;1;a;1;;more\n", "csv.width", 2 },
		{ HEAD "2026-01-01;1;\"a\"b;1;\n", "csv.quote", 2 },
		{ HEAD "2026-01-01;1;\"a;1;\n\n", "csv.quote", 2 },
		{ HEAD "2026-01-01;1;\x86ke;1;\n", "csv.encoding", 2 },
		{ HEAD "2026-01-01;1;a\xc3", "csv.encoding", 2 },
		{ "Datum;Datum\n", "csv.column_twice", 1 },
		{ "", "csv.header", 1 },
	};
	const struct csv_config cfg = bank();
	struct fake f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		fake_init(&f, csv);
		assert_int_equal(fake_read(&f, str_of(bad[i].text), &cfg), LG_REJECT);
		assert_string_equal(f.id, bad[i].id);
		assert_int_equal(f.line, bad[i].line);
		fake_fini(&f);
	}
}

static const struct lg_pair invoice_columns[] = { PAIR("Number", "number"),
						  PAIR("Due", "due_date"),
						  PAIR("Amount", "totals.payable"),
						  PAIR("Seller", "seller.name"),
						  PAIR("Account", "payment.accounts[0].id"),
						  PAIR("Note", "notes[1]") };

static void writes_what_it_reads(void **state)
{
	static const char json[] = "{\"kind\":\"invoice\",\"number\":\"F;1\",\"due_date\":\"2026-02-03\",\"currency\":"
				   "\"JPY\",\"notes\":[\"a\",\"b\"],"
				   "\"seller\":{\"name\":\"\xc3\x85ke \\\"B\\\" "
				   "\xe2\x82\xac\"},\"payment\":{\"accounts\":[{\"id\":\"SE1\"}]},"
				   "\"totals\":{\"payable\":\"1250.5\"}}";
	const lg_str dates[] = { { "DD.MM.YYYY", 10 } };
	struct csv_config cfg = { .kind = { "invoice", 7 },
				  .columns = MAP(invoice_columns),
				  .header = true,
				  .separator = { "tab", 3 },
				  .decimal = DECIMAL_COMMA,
				  .encoding = ENCODING_LATIN1,
				  .dates = { dates, 1 } };
	struct lg_text_error e = { 0 };
	struct fake f;

	(void)state;
	fake_init(&f, csv);
	fake_emit(&f, f.host.json_read(&f, LG_STR(json), 0, &e), 0, 0);
	assert_int_equal(fake_write(&f, &cfg), LG_OK);
	assert_string_equal(buf_text(&f.out), "Number\tDue\tAmount\tSeller\tAccount\tNote\r\n"
					      "F;1\t03.02.2026\t1250,5\t\"\xc5ke \"\"B\"\" ?\"\tSE1\tb\r\n");
	assert_int_equal(fake_read(&f, arena_str(&f.arena, buf_view(&f.out)), &cfg), LG_OK);
	assert_non_null(strstr(fake_json(&f), "\"payable\":\"1250.50\""));
	assert_non_null(strstr(fake_json(&f), "\"accounts\":[{\"id\":\"SE1\"}]"));
	fake_fini(&f);
}

static void lines_have_no_header(void **state)
{
	struct csv_config cfg = { .kind = { "invoice", 7 }, .columns = MAP(invoice_columns), .header = true };
	struct fake f;

	(void)state;
	assert_true(csv_lines->flags & LG_F_LINES);
	assert_false(csv->flags & LG_F_LINES);
	fake_init(&f, csv_lines);
	assert_int_equal(fake_read(&f, LG_STR("F1,2026-02-03,1.5,Seller AB,SE1,\n"), &cfg), LG_OK);
	assert_int_equal(fake_write(&f, &cfg), LG_OK);
	assert_string_equal(buf_text(&f.out), "F1,2026-02-03,1.50,Seller AB,SE1,\r\n");
	fake_fini(&f);
}

/* ---- what check() says of a configuration ---- */

static char said[2000];

static __attribute__((format(printf, 3, 4))) void on_error(const struct lg_report *r, const void *member,
							   const char *fmt, ...)
{
	size_t n = strlen(said);
	va_list ap;

	(void)r;
	(void)member;
	va_start(ap, fmt);
	vsnprintf(said + n, sizeof said - n, fmt, ap);
	va_end(ap);
}

static void a_wrong_path_is_a_config_error(void **state)
{
	static const struct lg_pair columns[] = { PAIR("A", "totals.payble"), PAIR("B", "seller"), PAIR("C", "x..y") };
	struct csv_config cfg = { .kind = { "invoice", 7 }, .columns = MAP(columns) };
	struct lg_report report = { .size = sizeof report, .error = on_error };
	struct fake f;

	(void)state;
	fake_init(&f, csv);
	report.host = &f.host;
	csv->check(&cfg, &report);
	assert_non_null(strstr(said, "there is no \"payble\" (did you mean \"payable\"?)"));
	assert_non_null(strstr(said, "\"seller\" is an object: say which field of it"));
	assert_non_null(strstr(said, "\"x..y\""));
	fake_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_columns_by_name_in_chunks_of_any_size),
		cmocka_unit_test(a_missing_column_is_one_clear_message),
		cmocka_unit_test(refuses_with_the_line),
		cmocka_unit_test(writes_what_it_reads),
		cmocka_unit_test(lines_have_no_header),
		cmocka_unit_test(a_wrong_path_is_a_config_error),
	};

	csv = fake_format("csv");
	if (csv == NULL)
		return 1;
	csv_lines = csv + 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
