/* Units of format camt.  With an argument it is a tool of the script tests:
   test_camt FILE: records as JSON lines, each with its identity as `id`; findings and why it was refused on stderr, one
   a line: "LINE: [id] text"; 1 when refused. test_camt -c FILE: counts them only, and prints the largest memory used.
 */
#include "tests/unit/test.h"

#include "core/model/identity.h"
#include "core/plugin/format_run.h"
#include "core/plugin/loader.h"

#include <stdio.h>
#include <sys/resource.h>

static struct registry registry;
static const struct lg_format *camt;

struct sink {
	struct buf out, findings;
	struct arena arena;
	uint64_t records;
	bool count_only;
};

static bool on_record(void *ctx, struct lg_rec *rec, uint64_t offset, uint32_t line)
{
	struct sink *s = ctx;

	(void)offset, (void)line;
	s->records++;
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

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recognises_messages_by_their_head),
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
