/* Units of format sie.  With arguments it is a tool of the corpus test:
   test_sie read FILE: records as JSON lines; findings on stderr; 1 and the reason when refused.
   test_sie write FILE [utf-8]: the file read, and written.
   test_sie json FILE: records as JSON lines, written. */
#include "tests/unit/test.h"

#include "plugins/formats/sie/sie.h"
#include "tests/unit/format_fake.h"

static const struct lg_format *sie;

static char *slurp(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	char *all;

	if (f == NULL)
		return NULL;
	fseek(f, 0, SEEK_END);
	*len = (size_t)ftell(f);
	rewind(f);
	all = malloc(*len + 1);
	*len = fread(all, 1, *len, f);
	all[*len] = '\0';
	fclose(f);
	return all;
}

static void json_in(struct fake *f, const char *lines)
{
	struct lg_text_error e = { 0 };
	lg_str all = str_of(lines), line;

	while (str_split(&all, '\n', &line))
		if (line.len > 0)
			fake_emit(f, f->host.json_read(f, line, 0, &e), 0, 0);
}

static int tool(int argc, char **argv)
{
	const struct sie_config config = { .checksum = true, .encoding = argc > 3 ? SIE_UTF8 : SIE_AUTO };
	struct fake f;
	size_t len = 0;
	char *text = slurp(argv[2], &len);
	lg_status st;

	fake_init(&f, sie);
	st = text ? LG_OK : LG_REJECT;
	if (st == LG_OK && strcmp(argv[1], "json") == 0)
		json_in(&f, text);
	else if (st == LG_OK)
		st = fake_read(&f, (lg_str){ text, len }, NULL);
	if (f.findings.len > 0)
		fputs(buf_text(&f.findings), stderr);
	if (st == LG_OK && strcmp(argv[1], "read") != 0)
		st = fake_write(&f, &config);
	else
		fake_json(&f);
	if (st == LG_OK)
		fwrite(f.out.ptr, 1, f.out.len, stdout);
	else
		fprintf(stderr, "%u: [%s] %s\n", f.line, f.id, f.msg);
	fake_fini(&f);
	free(text);
	return st == LG_OK ? 0 : 1;
}

#define HEAD \
	"#FLAGGA 0\r\n#PROGRAM \"P\" 1\r\n#FORMAT PC8\r\n#GEN 20260102\r\n#SIETYP 4\r\n#ORGNR 556036-0793\r\n" \
	"#FNAMN \"Bolaget\"\r\n#RAR 0 20260101 20261231\r\n"

static void reads_a_voucher_with_everything(void **state)
{
	static const char text[] = HEAD "#VER A 7 20260115 \"In \\\"k\\\" \x86\" 20260116 \"Eva\"\r\n{\r\n"
					"#TRANS 1930 {} 100.50\r\n"
					"\t#TRANS 3010 { \"1\" \"No rd\" 6 P7 } -100.5 20260114 rad 2.50 Bo\r\n"
					"#BTRANS 3011 {} -7 20260114\r\n}\r\n";
	static const char want[] =
		"{\"kind\":\"voucher\",\"company\":\"5560360793\",\"series\":\"A\",\"number\":7,\"financial_year\":"
		"\"2026-01-01/2026-12-31\",\"date\":\"2026-01-15\",\"text\":\"In \\\"k\\\" \xc3\xa5\",\"lines\":["
		"{\"account\":\"1930\",\"debit\":\"100.50\"},{\"account\":\"3010\",\"credit\":\"100.50\",\"text\":"
		"\"rad\","
		"\"dimensions\":{\"1\":\"No "
		"rd\",\"6\":\"P7\"},\"quantity\":\"2.5\",\"date\":\"2026-01-14\",\"signature\":"
		"\"Bo\"},{\"account\":\"3011\",\"credit\":\"7.00\",\"date\":\"2026-01-14\",\"mark\":\"removed\"}],"
		"\"registered\":\"2026-01-16\",\"signature\":\"Eva\"}\n";
	struct fake f;

	(void)state;
	for (size_t chunk = 1; chunk < 40; chunk += 6) {
		fake_init(&f, sie);
		f.chunk = chunk;
		assert_int_equal(fake_read(&f, LG_STR(text), NULL), LG_OK);
		assert_int_equal(f.count, 2);
		assert_int_equal(f.lines[1], 9);
		assert_string_equal(strchr(fake_json(&f), '\n') + 1, want);
		fake_fini(&f);
	}
}

static void refuses_with_the_line(void **state)
{
	static const struct {
		const char *text, *id;
		uint32_t line;
	} bad[] = {
		{ HEAD "#VER A 1 20260115 x\n{\n#TRANS 1930 {} 100\n#TRANS 3010 {} -99.99\n}\n", "sie.unbalanced", 9 },
		{ HEAD "#VER A 1 20260115 x\n{\n#TRANS 1930 {} 100\n", "sie.truncated", 9 },
		{ HEAD "#VER A 1 20260231 x\n{\n}\n", "sie.date", 9 },
		{ HEAD "#VER A 1 20260131 x\n{\n#TRANS 1930 {} 1O0\n}\n", "sie.amount", 11 },
		{ HEAD "#VER A 1 20260131 x\n{\n#TRANS 1930 {1} 100\n}\n", "sie.objects", 11 },
		{ HEAD "#TRANS 1930 {} 100\n", "sie.voucher", 9 },
		{ HEAD "#KONTO 1930 {1 2\n", "sie.syntax", 9 },
		{ HEAD "hello\n", "sie.syntax", 9 },
		{ "\n", "sie.empty", 1 },
		{ "#FLAGGA 0\n#KSUMMA\n#KONTO 1930 Bank\n", "sie.truncated", 2 },
		{ "#FLAGGA 0\n#KSUMMA\n#KONTO 1930 Bank\n#KSUMMA 17\n", "sie.checksum", 4 },
	};
	struct fake f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		fake_init(&f, sie);
		assert_int_equal(fake_read(&f, str_of(bad[i].text), NULL), LG_REJECT);
		assert_string_equal(f.id, bad[i].id);
		assert_int_equal(f.line, bad[i].line);
		fake_fini(&f);
	}
}

static void amounts_keep_their_value(void **state)
{
	struct fake f;

	(void)state;
	fake_init(&f, sie);
	assert_int_equal(fake_read(&f,
				   LG_STR(HEAD "#VER A 1 20260115\n{\n#TRANS 1 {} 1234567890123.10000000000000000000\n"
					       "#TRANS 2 {} -1234567890122.055\n#TRANS 3 {} -1.045\n}\n"),
				   NULL),
			 LG_OK);
	assert_non_null(strstr(fake_json(&f), "\"debit\":\"1234567890123.10\""));
	assert_non_null(strstr(fake_json(&f), "\"credit\":\"1234567890122.055\""));
	fake_fini(&f);
}

static void tells_of_encodings_and_oddities(void **state)
{
	struct fake f;

	(void)state;
	fake_init(&f, sie);
	assert_int_equal(fake_read(&f,
				   LG_STR("#FLAGGA 1\n#FNAMN \"\xc3\x85kes\"\n#WHAT 1\n#IB 0 1930 1,50\n#FNR "
					  "\"C:\\x\\\"\n#PROSA \"cu\n"),
				   NULL),
			 LG_OK);
	assert_non_null(strstr(buf_text(&f.findings), "1 sie.flagga"));
	assert_non_null(strstr(buf_text(&f.findings), "2 sie.encoding"));
	assert_non_null(strstr(buf_text(&f.findings), "3 sie.unknown_item: the item #WHAT"));
	assert_non_null(strstr(buf_text(&f.findings), "4 sie.decimal_comma"));
	assert_non_null(strstr(buf_text(&f.findings), "6 sie.quote"));
	assert_non_null(strstr(fake_json(&f), "\xc3\x85kes"));
	assert_non_null(strstr(fake_json(&f), "\"register_id\":\"C:\\\\x\\\\\""));
	assert_int_equal(fake_read(&f, LG_STR("#FLAGGA 0\n#FNAMN \"\xc5kes\"\n#FNR \"\x8fkes\"\n"), NULL), LG_OK);
	assert_non_null(strstr(fake_json(&f), "\"name\":\"\xc3\x85kes\""));
	assert_non_null(strstr(fake_json(&f), "\"register_id\":\"\xc3\x85kes\""));
	assert_string_equal(buf_text(&f.findings), "2 sie.encoding: the line is Latin-1, not PC8 (CP437) as SIE wants; "
						   "read as Latin-1\n");
	fake_fini(&f);
}

static const char ours[] =
	"{\"kind\":\"voucher\",\"company\":\"5560360793\",\"series\":\"K\",\"number\":1,\"financial_year\":"
	"\"2026-01-01/2026-12-31\",\"date\":\"2026-01-15\",\"text\":\"Betalning \xc3\xa5 \\\"x\\\" "
	"\xe2\x82\xac\",\"lines\":["
	"{\"account\":\"1930\",\"debit\":\"100.5\",\"dimensions\":{\"6\":\"P7\"}},{\"account\":\"1510\",\"credit\":"
	"\"100.50\","
	"\"invoice\":\"F1\"}],\"registered\":\"2026-01-20\",\"signature\":\"auto\"}\n"
	"{\"kind\":\"voucher\",\"company\":\"5560360793\",\"series\":\"K\",\"number\":9,\"date\":\"2025-12-31\","
	"\"lines\":["
	"{\"account\":\"1930\",\"debit\":\"1\"},{\"account\":\"2440\",\"credit\":\"1\",\"quantity\":\"3\"}]}\n";

static void writes_a_file_that_an_accounting_system_imports(void **state)
{
	static const struct lg_pair names[] = { { { "1510", 4 }, { "Kundfordringar", 14 } },
						{ { "9999", 4 }, { "Obruten", 7 } } };
	const struct sie_config config = { .checksum = true, .accounts = { names, 2 } };
	static const char want[] =
		"#FLAGGA 0\r\n#KSUMMA\r\n#PROGRAM \"Loligo\" \"" LG_VERSION "\"\r\n#FORMAT PC8\r\n#GEN 20260120\r\n"
		"#SIETYP 4\r\n#ORGNR 556036-0793\r\n#FNAMN \"5560360793\"\r\n#RAR 0 20260101 20261231\r\n"
		"#RAR -1 20250101 20251231\r\n#KONTO 1510 \"Kundfordringar\"\r\n#DIM 6 \"Projekt\"\r\n"
		"#OBJEKT 6 \"P7\" \"P7\"\r\n#VER K 1 20260115 \"Betalning \x86 \\\"x\\\" EUR\" 20260120 "
		"\"auto\"\r\n{\r\n"
		"#TRANS 1930 {6 \"P7\"} 100.50\r\n#TRANS 1510 {} -100.50 20260115 \"F1\"\r\n}\r\n#VER K 9 "
		"20251231\r\n{\r\n"
		"#TRANS 1930 {} 1.00\r\n#TRANS 2440 {} -1.00 20251231 \"\" 3\r\n}\r\n#KSUMMA ";
	struct fake f, back;

	(void)state;
	fake_init(&f, sie);
	json_in(&f, ours);
	assert_int_equal(fake_write(&f, &config), LG_OK);
	assert_memory_equal(buf_text(&f.out), want, sizeof want - 1);
	fake_init(&back, sie);
	assert_int_equal(fake_read(&back, buf_view(&f.out), NULL), LG_OK); /* the checksum fits */
	assert_string_equal(buf_text(&back.findings), "");
	assert_int_equal(back.count, 3);
	fake_fini(&back);
	fake_fini(&f);
}

static void does_not_write_what_is_wrong(void **state)
{
	static const struct {
		const char *json, *id;
	} bad[] = {
		{ "{\"kind\":\"voucher\",\"date\":\"2026-01-01\",\"lines\":[{\"account\":\"1\",\"debit\":\"1\"}]}",
		  "sie.unbalanced" },
		{ "{\"kind\":\"voucher\"}", "sie.date" },
		{ "{\"kind\":\"voucher\",\"company\":\"A\",\"date\":\"2026-01-01\"}\n{\"kind\":\"voucher\",\"company\":"
		  "\"B\",\"date\":"
		  "\"2026-01-01\"}",
		  "sie.company" },
		{ "{\"kind\":\"voucher\",\"date\":\"2026-01-01\",\"lines\":[{\"account\":\"1\",\"dimensions\":{\"1\":["
		  "2]}}]}",
		  "sie.objects" },
		{ "{\"kind\":\"balance\",\"account\":\"1\",\"type\":\"other\"}", "sie.balance" },
		{ "{\"kind\":\"invoice\"}", "sie.kind" },
	};
	struct fake f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		fake_init(&f, sie);
		json_in(&f, bad[i].json);
		assert_int_equal(fake_write(&f, NULL), LG_REJECT);
		assert_string_equal(f.id, bad[i].id);
		assert_int_equal(f.out.len, 0);
		fake_fini(&f);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_voucher_with_everything),
		cmocka_unit_test(refuses_with_the_line),
		cmocka_unit_test(amounts_keep_their_value),
		cmocka_unit_test(tells_of_encodings_and_oddities),
		cmocka_unit_test(writes_a_file_that_an_accounting_system_imports),
		cmocka_unit_test(does_not_write_what_is_wrong),
	};

	sie = fake_format("sie");
	if (sie == NULL)
		return 1;
	if (argc > 2)
		return tool(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
