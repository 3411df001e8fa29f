/* Units of format camt.  With an argument it is a tool of the script tests:
   test_camt FILE: records as JSON lines, each with its identity as `id`; findings and why it was refused on stderr, one
   a line: "LINE: [id] text"; 1 when refused. test_camt -c FILE: counts them only, and prints the largest memory used.
 */
#include "tests/unit/test.h"

#include "core/model/identity.h"
#include "core/plugin/format_run.h"
#include "core/plugin/loader.h"
#include "plugins/formats/camt/camt.h"

#include <stdio.h>
#include <sys/resource.h>

static struct registry registry;
static const struct lg_format *camt;

struct sink {
	struct buf out, findings;
	struct arena arena;
	uint64_t records, stop_after; /* 0: never */
	bool count_only;
};

static bool on_record(void *ctx, struct lg_rec *rec, uint64_t offset, uint32_t line)
{
	struct sink *s = ctx;

	(void)offset, (void)line;
	s->records++;
	if (s->stop_after && s->records == s->stop_after)
		return false;
	if (s->count_only)
		return true;
	rec_set_str(rec, LG_COMMON_ID, identity_of(rec, &s->arena));
	rec_to_json(rec, &s->out);
	buf_char(&s->out, '\n');
	return true;
}

static void on_finding(void *ctx, const char *id, uint32_t line, lg_str text)
{
	struct sink *s = ctx;

	buf_addf(&s->findings, "%u: [%s] %.*s\n", line, id, STRA(text));
}

static void sink_fini(struct sink *s)
{
	buf_fini(&s->out);
	buf_fini(&s->findings);
	arena_fini(&s->arena);
}

static int tool(const char *path, bool count_only)
{
	struct sink s = { .count_only = count_only };
	const struct format_sink sink = { on_record, on_finding, &s };
	struct err err = { 0 };
	struct rusage used;
	lg_status st = format_read_file(camt, NULL, NULL, path, &sink, &err);

	getrusage(RUSAGE_SELF, &used);
	fputs(buf_text(&s.out), stdout);
	fputs(buf_text(&s.findings), stderr);
	if (st != LG_OK)
		fprintf(stderr, "%d: [%s] refused: %s\n", err.line, err.id, err.msg);
	if (count_only)
		printf("%llu records, %ld KiB\n", (unsigned long long)s.records, used.ru_maxrss);
	sink_fini(&s);
	return st == LG_OK ? 0 : 1;
}

static void recognises_messages_by_their_head(void **state)
{
	(void)state;
	assert_int_equal(camt->sniff(LG_STR("<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\">")),
			 100);
	assert_int_equal(camt->sniff(LG_STR("<?xml version=\"1.0\"?><n:Document><n:BkToCstmrStmt>")), 100);
	assert_int_equal(camt->sniff(LG_STR("<\0B\0k\0T\0o\0C\0s\0t\0m\0r\0S\0t\0m\0t\0")), 100);
	assert_int_equal(camt->sniff(LG_STR("<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.055.001.09\">")), 0);
	assert_int_equal(camt->sniff(LG_STR("<Invoice xmlns=\"urn:oasis\">")), 0);
	assert_int_equal(camt->sniff(LG_STR("")), 0);
}

static const char unbalanced[] =
	"<Document><BkToCstmrStmt><Stmt><Id>1</Id>"
	"<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy=\"SEK\">1</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>"
	"<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy=\"SEK\">2</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>"
	"<Ntry><Amt Ccy=\"SEK\">3</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts></Ntry>"
	"<Ntry><Amt Ccy=\"SEK\">4</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts></Ntry>"
	"</Stmt></BkToCstmrStmt></Document>";

static void what_does_not_add_up_is_parked_or_reported(void **state)
{
	const struct config configs[] = { { UNBALANCED_PARK }, { UNBALANCED_REPORT } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(configs); i++) {
		struct sink s = { .count_only = true };
		const struct format_sink sink = { on_record, on_finding, &s };
		struct err err = { 0 };
		lg_status st = format_read_bytes(camt, &configs[i], NULL, LG_STR("x"), LG_STR(unbalanced), &sink, &err);

		assert_int_equal(st, i == 0 ? LG_REJECT : LG_OK);
		assert_string_equal(err.id, i == 0 ? "camt.balance" : "");
		assert_int_equal(strstr(buf_text(&s.findings), "camt.balance") != NULL, i);
		assert_int_equal(s.records, 3);
		sink_fini(&s);
	}
}

static void stops_when_told(void **state)
{
	struct sink s = { .stop_after = 1 };
	const struct format_sink sink = { on_record, on_finding, &s };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(format_read_bytes(camt, NULL, NULL, LG_STR("x"), LG_STR(unbalanced), &sink, &err),
			 LG_CANCELED);
	assert_int_equal(s.records, 1);
	sink_fini(&s);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recognises_messages_by_their_head),
		cmocka_unit_test(what_does_not_add_up_is_parked_or_reported),
		cmocka_unit_test(stops_when_told),
	};
	const char *build = getenv("BUILD");
	struct err err = { 0 };
	char path[256];
	int failed;

	snprintf(path, sizeof path, "%s/plugins/camt.so", build ? build : "build");
	if (!registry_load(&registry, path, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	camt = registry_format(&registry, LG_STR("camt"));
	if (argc > 1)
		failed = tool(argv[argc - 1], argc > 2);
	else
		failed = cmocka_run_group_tests(tests, NULL, NULL);
	registry_fini(&registry);
	return failed;
}
