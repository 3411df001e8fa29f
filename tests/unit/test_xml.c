/* XML by tables: what the rows of struct lg_xml mean, on a small dialect of its own. */
#include "core/plugin/format_run.h"
#include "tests/unit/test.h"

#include <stdio.h>

static const struct lg_xml_row id_rows[] = {
	{ .path = "@scheme", .field = LG_IDENTIFIER_SCHEME },
	{ .path = ".", .field = LG_IDENTIFIER_VALUE },
};
static const struct lg_xml_rows id = LG_XML_ROWS(id_rows);

static const struct lg_xml_row vat_rows[] = {
	{ .path = "p:Value", .field = LG_PARTY_VAT_ID },
	{ .path = "p:Scheme/p:ID", .kind = LG_XML_CONST, .value = "VAT" },
};
static const struct lg_xml_rows vat = LG_XML_ROWS(vat_rows);
static const struct lg_xml_row other_rows[] = {
	{ .path = "p:Value", .field = LG_PARTY_TAX_REGISTRATION },
	{ .path = "p:Scheme/p:ID", .kind = LG_XML_CONST, .value = "TAX", .flags = LG_XML_WRITE },
};
static const struct lg_xml_rows other = LG_XML_ROWS(other_rows);

static const struct lg_xml_row seller_rows[] = {
	{ .path = "p:ID", .kind = LG_XML_OBJECT, .field = LG_PARTY_IDS, .rows = &id },
	{ .path = "p:Name", .field = LG_PARTY_NAME },
	{ .path = "p:Address/p:Street", .in = LG_PARTY_ADDRESS, .field = LG_ADDRESS_LINE1 },
	{ .path = "p:Address/p:City", .in = LG_PARTY_ADDRESS, .field = LG_ADDRESS_CITY },
	{ .path = "p:Tax", .kind = LG_XML_GROUP, .rows = &vat },
	{ .path = "p:Tax", .kind = LG_XML_GROUP, .rows = &other },
};
static const struct lg_xml_rows seller = LG_XML_ROWS(seller_rows);

static const struct lg_xml_row allowance_rows[] = {
	{ .path = "p:Charge", .kind = LG_XML_CONST, .value = "false" },
	{ .path = "p:Amount", .field = LG_ALLOWANCE_AMOUNT, .currency = LG_INVOICE_CURRENCY },
};
static const struct lg_xml_rows allowance = LG_XML_ROWS(allowance_rows);
static const struct lg_xml_row charge_rows[] = {
	{ .path = "p:Charge", .kind = LG_XML_CONST, .value = "true" },
	{ .path = "p:Amount", .field = LG_ALLOWANCE_AMOUNT, .currency = LG_INVOICE_CURRENCY },
};
static const struct lg_xml_rows charge = LG_XML_ROWS(charge_rows);

static const struct lg_xml_row line_rows[] = {
	{ .path = "p:ID", .field = LG_LINE_ID },
	{ .path = "p:Qty/@unit", .field = LG_LINE_UNIT },
	{ .path = "p:Qty", .field = LG_LINE_QUANTITY },
	{ .path = "p:Amount", .field = LG_LINE_NET, .currency = LG_INVOICE_CURRENCY },
};
static const struct lg_xml_rows line = LG_XML_ROWS(line_rows);

static const struct lg_xml_row account_rows[] = {
	{ .path = "p:ID", .field = LG_ACCOUNT_ID },
};
static const struct lg_xml_rows account = LG_XML_ROWS(account_rows);
static const struct lg_xml_row means_rows[] = {
	{ .path = "p:Code", .field = LG_PAYMENT_INFO_MEANS_CODE },
	{ .path = "p:Account", .kind = LG_XML_OBJECT, .field = LG_PAYMENT_INFO_ACCOUNTS, .rows = &account },
};
static const struct lg_xml_rows means = LG_XML_ROWS(means_rows);

static const struct lg_xml_row invoice_rows[] = {
	{ .path = "p:Version", .kind = LG_XML_CONST, .value = "2", .flags = LG_XML_WRITE },
	{ .path = "p:Number", .field = LG_INVOICE_NUMBER },
	{ .path = "p:Date", .field = LG_INVOICE_ISSUE_DATE, .form = LG_XML_FORM_DATE8 },
	{ .path = "p:Type", .field = LG_INVOICE_TYPE, .map = "INV=380|CRN=381" },
	{ .path = "p:Note", .field = LG_INVOICE_NOTES },
	{ .path = "p:Currency", .field = LG_INVOICE_CURRENCY },
	{ .path = "p:Seller", .kind = LG_XML_OBJECT, .field = LG_INVOICE_SELLER, .rows = &seller },
	{ .path = "p:Means",
	  .kind = LG_XML_GROUP,
	  .in = LG_INVOICE_PAYMENT,
	  .each = LG_PAYMENT_INFO_ACCOUNTS,
	  .rows = &means },
	{ .path = "p:AC", .kind = LG_XML_OBJECT, .field = LG_INVOICE_ALLOWANCES, .rows = &allowance },
	{ .path = "p:AC", .kind = LG_XML_OBJECT, .field = LG_INVOICE_CHARGES, .rows = &charge },
	{ .path = "p:Line", .kind = LG_XML_OBJECT, .field = LG_INVOICE_LINES, .rows = &line },
	{ .path = "p:Known", .kind = LG_XML_SKIP },
};
static const struct lg_xml_rows invoice = LG_XML_ROWS(invoice_rows);

static const struct lg_xml_row document_rows[] = {
	{ .path = "r:Invoice", .kind = LG_XML_RECORD, .field = LG_INVOICE, .rows = &invoice },
	{ .path = "r:Many/r:Invoice", .kind = LG_XML_RECORD, .field = LG_INVOICE, .rows = &invoice },
};
static const struct lg_xml_rows document = LG_XML_ROWS(document_rows);

static const struct lg_xml_space spaces[] = { { "r", "urn:root" }, { "p", "urn:part" } };
static const struct lg_xml table = { sizeof table, 2, spaces, &document, "currency" };

static lg_status read_small(const struct lg_read *r)
{
	static const struct lg_xml_limits limits = { .size = sizeof limits, .text = 1000 };

	return r->host->xml_read(r, &table, &limits, NULL);
}

static lg_status write_small(const struct lg_write *w)
{
	const struct lg_rec *rec = w->next(w->job);

	return w->host->xml_write(w, &table, &document_rows[0], rec);
}

static const struct lg_format format = {
	.size = sizeof format, .name = "small", .read = read_small, .write = write_small
};

struct got {
	struct arena arena;
	struct lg_rec *recs[8];
	size_t count;
	uint64_t offset[8];
	uint32_t line[8];
	struct buf findings;
	struct err err;
	size_t piece; /* bytes a chunk; 0: all */
	lg_str rest;
};

static bool keep(void *ctx, struct lg_rec *rec, uint64_t offset, uint32_t at_line)
{
	struct got *g = ctx;

	assert_true(g->count < 8);
	g->offset[g->count] = offset;
	g->line[g->count] = at_line;
	g->recs[g->count++] = rec_clone(&g->arena, rec);
	return true;
}

static void keep_finding(void *ctx, const char *id_, uint32_t at_line, lg_str text)
{
	struct got *g = ctx;

	buf_addf(&g->findings, "%s:%u:%.*s|", id_, at_line, STRA(text));
}

static lg_str pieces(void *ctx)
{
	struct got *g = ctx;
	lg_str s = str_sub(g->rest, 0, g->piece ? g->piece : g->rest.len);

	g->rest = str_from(g->rest, s.len);
	return s;
}

static lg_status run(struct got *g, const char *text, size_t len)
{
	const struct format_sink sink = { keep, keep_finding, g };
	const struct format_in in = { LG_STR("x.xml"), pieces, g };

	g->rest = (lg_str){ text, len };
	return format_read(&format, NULL, NULL, &in, &sink, &g->err);
}

static void done(struct got *g)
{
	arena_fini(&g->arena);
	buf_fini(&g->findings);
}

static void is_json(const struct lg_rec *rec, const char *json)
{
	struct buf b = { 0 };

	rec_to_json(rec, &b);
	assert_string_equal(buf_text(&b), json);
	buf_fini(&b);
}

#define HEAD "<Invoice xmlns='urn:root' xmlns:p='urn:part'>"
#define FULL \
	HEAD "\n<p:Number> F1 </p:Number><p:Date>20261125</p:Date><p:Type>CRN</p:Type><p:Note>a &amp; b</p:Note>" \
	     "<p:Note>c</p:Note><p:Currency>SEK</p:Currency>" \
	     "<p:Seller><p:ID scheme='0007'>5566</p:ID><p:Name>N</p:Name><p:Address><p:Street>S 1</p:Street>" \
	     "<p:City>C</p:City></p:Address>" \
	     "<p:Tax><p:Value>T9</p:Value><p:Scheme><p:ID>TAX</p:ID></p:Scheme></p:Tax>" \
	     "<p:Tax><p:Value>SE1</p:Value><p:Scheme><p:ID>VAT</p:ID></p:Scheme></p:Tax></p:Seller>" \
	     "<p:Means><p:Code>30</p:Code><p:Account><p:ID>A1</p:ID></p:Account></p:Means>" \
	     "<p:Means><p:Code>30</p:Code><p:Account><p:ID>A2</p:ID></p:Account></p:Means>" \
	     "<p:AC><p:Amount currency='SEK'>5</p:Amount><p:Charge>true</p:Charge></p:AC>" \
	     "<p:AC><p:Charge>false</p:Charge><p:Amount currency='SEK'>7.125</p:Amount></p:AC>" \
	     "<p:Known><p:What/></p:Known>" \
	     "<p:Line><p:ID>1</p:ID><p:Qty unit='C62'>2.50</p:Qty><p:Amount currency='SEK'>10.00</p:Amount></p:Line>" \
	     "</Invoice>"
#define FULL_JSON \
	"{\"kind\":\"invoice\",\"type\":\"381\",\"number\":\"F1\",\"issue_date\":\"2026-11-25\",\"currency\":\"SEK\"," \
	"\"notes\":[\"a & b\",\"c\"],\"seller\":{\"name\":\"N\",\"ids\":[{\"scheme\":\"0007\",\"value\":\"5566\"}]," \
	"\"vat_id\":\"SE1\",\"tax_registration\":\"T9\",\"address\":{\"line1\":\"S 1\",\"city\":\"C\"}}," \
	"\"payment\":{\"means_code\":\"30\",\"accounts\":[{\"id\":\"A1\"},{\"id\":\"A2\"}]}," \
	"\"allowances\":[{\"amount\":\"7.125\"}],\"charges\":[{\"amount\":\"5.00\"}]," \
	"\"lines\":[{\"id\":\"1\",\"quantity\":\"2.5\",\"unit\":\"C62\",\"net\":\"10.00\"}]}"

static void test_read(void **state)
{
	(void)state;
	for (size_t piece = 0; piece < 40; piece += 13) {
		struct got g = { .piece = piece };

		assert_int_equal(run(&g, FULL, strlen(FULL)), LG_OK);
		assert_int_equal(g.count, 1);
		assert_string_equal(
			buf_text(&g.findings),
			"xml.decimals:2:/Invoice/p:AC/p:Amount: 7.125 has more decimals than SEK; it is kept as "
			"it is|");
		is_json(g.recs[0], FULL_JSON);
		done(&g);
	}
}

static void test_write(void **state)
{
	struct got g = { .piece = 0 }, again = { .piece = 0 };
	struct buf out = { 0 };
	struct err err;

	(void)state;
	run(&g, FULL, strlen(FULL));
	assert_int_equal(format_write_buf(&format, NULL, NULL, (const struct lg_rec *const *)g.recs, 1, &out, &err),
			 LG_OK);
	assert_non_null(strstr(buf_text(&out),
			       "<Invoice xmlns=\"urn:root\" xmlns:p=\"urn:part\">\n  <p:Version>2</p:Version>"));
	assert_non_null(strstr(buf_text(&out), "<p:Amount currency=\"SEK\">5.00</p:Amount>"));
	assert_non_null(strstr(buf_text(&out), "<p:Qty unit=\"C62\">2.5</p:Qty>"));
	assert_int_equal(run(&again, out.ptr, out.len), LG_OK);
	is_json(again.recs[0], FULL_JSON);
	buf_fini(&out);
	done(&g);
	done(&again);
}

static void test_places(void **state)
{
	static const char doc[] =
		"<Many xmlns='urn:root' xmlns:p='urn:part'>\n <Invoice><p:Number>1</p:Number></Invoice>\n"
		"<Invoice\n a='x'><p:Number>2</p:Number></Invoice></Many>";
	struct got g = { .piece = 7 };

	(void)state;
	assert_int_equal(run(&g, doc, strlen(doc)), LG_OK);
	assert_int_equal(g.count, 2);
	assert_int_equal(g.line[0], 2);
	assert_int_equal(g.offset[0], strstr(doc, "<Invoice>") - doc);
	assert_int_equal(g.offset[1], strstr(doc, "<Invoice\n") - doc);
	done(&g);
}

static void test_findings(void **state)
{
	static const char doc[] =
		HEAD "\n<p:Number>1</p:Number><p:Number>2</p:Number><p:Currency>SEK</p:Currency>\n"
		     "<p:Odd><p:X/></p:Odd><p:Odd/><p:Line><p:Amount currency='EUR'>1</p:Amount></p:Line>\n"
		     "<p:AC><p:Amount>1</p:Amount></p:AC></Invoice>";
	struct got g = { .piece = 0 };

	(void)state;
	assert_int_equal(run(&g, doc, strlen(doc)), LG_OK);
	assert_string_equal(
		buf_text(&g.findings),
		"xml.repeated:2:/Invoice/p:Number: \"2\" is not kept, the record has room for the first value "
		"only|xml.unknown_element:3:/Invoice/p:Odd is not read (2 times)|xml.currency:3:"
		"/Invoice/p:Line/p:Amount is in \"EUR\", but the document is in SEK|xml.no_variant:4:"
		"/Invoice/p:AC is not read: it is none of the kinds that are known|");
	done(&g);
}

static void refused(const char *doc, size_t len, const char *id_, int at_line)
{
	for (size_t piece = 0; piece < 20; piece += 9) {
		struct got g = { .piece = piece };

		assert_int_equal(run(&g, doc, len), LG_REJECT);
		assert_string_equal(g.err.id, id_);
		assert_int_equal(g.err.line, at_line);
		assert_string_equal(g.err.file, "x.xml");
		assert_true(g.err.msg[0] != '\0');
		done(&g);
	}
}

#define REFUSED(doc, id_, at_line) refused(doc, sizeof(doc) - 1, id_, at_line)

static void test_refused(void **state)
{
	(void)state;
	REFUSED("", "xml.empty", 1);
	REFUSED(HEAD "\n<p:Number>1</p:Nu", "xml.truncated", 2);
	REFUSED(HEAD "\n<p:Number>1</p:Other></Invoice>", "xml.not_well_formed", 2);
	REFUSED(HEAD "\n\n<p:Date>2026-02-30</p:Date></Invoice>", "xml.bad_value", 3);
	REFUSED(HEAD "<p:Note>\xe5</p:Note></Invoice>", "xml.encoding", 1);
	REFUSED("<?xml version='1.0' encoding='nonsense'?>\n" HEAD "</Invoice>", "xml.encoding", 1);
	REFUSED("<Other xmlns='urn:root'/>", "xml.unknown_root", 1);
	REFUSED("<!DOCTYPE Invoice [\n<!ENTITY a 'aaaa'>\n<!ENTITY b '&a;&a;'>]>" HEAD "<p:Note>&b;</p:Note></Invoice>",
		"xml.entity", 2);
	REFUSED("<!DOCTYPE Invoice [\n<!ENTITY % a SYSTEM 'file:///etc/passwd'> %a;]>" HEAD "</Invoice>", "xml.entity",
		2);
	REFUSED("<!DOCTYPE Invoice SYSTEM 'http://127.0.0.1:1/x.dtd'>\n" HEAD "<p:Note>&b;</p:Note></Invoice>",
		"xml.entity", 2);
	REFUSED("<!DOCTYPE Invoice [\n<!ATTLIST Invoice a CDATA 'x'>]>" HEAD "</Invoice>", "xml.dtd", 2);
}

static void test_limits(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_cstr(&b, HEAD "\n<p:Note>");
	for (int i = 0; i < 300; i++)
		buf_cstr(&b, "text");
	buf_cstr(&b, "</p:Note></Invoice>");
	refused(b.ptr, b.len, "xml.text_limit", 2);
	buf_reset(&b);
	buf_cstr(&b, HEAD "\n<p:Note ");
	for (int i = 0; i < 300000; i++)
		buf_addf(&b, "a%d='' ", i);
	buf_cstr(&b, "/></Invoice>");
	refused(b.ptr, b.len, "xml.markup_limit", 2);
	buf_reset(&b);
	for (int i = 0; i < 100000; i++)
		buf_cstr(&b, "<a>");
	refused(b.ptr, b.len, "xml.unknown_root", 1);
	buf_fini(&b);
}

static void test_encodings(void **state)
{
	static const char latin[] =
		"<?xml version='1.0' encoding='ISO-8859-1'?>" HEAD "<p:Note>\xe5</p:Note></Invoice>";
	struct got g = { .piece = 3 };
	struct buf b = { 0 };

	(void)state;
	assert_int_equal(run(&g, latin, sizeof latin - 1), LG_OK);
	is_json(g.recs[0], "{\"kind\":\"invoice\",\"notes\":[\"\xc3\xa5\"]}");
	buf_bytes(&b, "\xff\xfe", 2);
	for (const char *p = HEAD "<p:Note>x</p:Note></Invoice>"; *p; p++) {
		buf_char(&b, *p);
		buf_char(&b, '\0');
	}
	assert_int_equal(run(&g, b.ptr, b.len), LG_OK);
	is_json(g.recs[1], "{\"kind\":\"invoice\",\"notes\":[\"x\"]}");
	buf_fini(&b);
	done(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),      cmocka_unit_test(test_write),   cmocka_unit_test(test_places),
		cmocka_unit_test(test_findings),  cmocka_unit_test(test_refused), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_encodings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
