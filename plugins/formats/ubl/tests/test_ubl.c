/* Format ubl: every element of EN 16931 there and back, credit notes, odd and bad input. */
#include "core/plugin/format_run.h"
#include "core/plugin/loader.h"
#include "tests/unit/test.h"

#include <stdio.h>

#define FOLDER "plugins/formats/ubl/tests/"

static struct registry registry;
static const struct lg_format *ubl;

struct got {
	struct arena arena;
	struct lg_rec *rec;
	size_t count, content;
	uint64_t offset;
	uint32_t line;
	struct buf findings;
	struct err err;
};

static bool keep(void *ctx, struct lg_rec *rec, uint64_t offset, uint32_t line)
{
	struct got *g = ctx;
	const struct lg_rec *file = rec_obj_at(rec, LG_INVOICE_ATTACHMENTS, 0);

	g->count++;
	g->offset = offset;
	g->line = line;
	g->content = file ? rec_str(file, LG_ATTACHMENT_CONTENT).len : 0;
	if (g->content < 1000)
		g->rec = rec_clone(&g->arena, rec);
	return true;
}

static void keep_finding(void *ctx, const char *id, uint32_t line, lg_str text)
{
	struct got *g = ctx;

	buf_addf(&g->findings, "%u [%s] %.*s\n", line, id, STRA(text));
}

static void done(struct got *g)
{
	arena_fini(&g->arena);
	buf_fini(&g->findings);
	*g = (struct got){ .count = 0 };
}

static lg_status read_text(struct got *g, lg_str text)
{
	const struct format_sink sink = { keep, keep_finding, g };

	return format_read_bytes(ubl, NULL, NULL, LG_STR("x.xml"), text, &sink, &g->err);
}

static void is_json(const struct lg_rec *rec, const char *json)
{
	struct buf b = { 0 };

	rec_to_json(rec, &b);
	assert_string_equal(buf_text(&b), json);
	buf_fini(&b);
}

static void load_text(struct buf *b, const char *path)
{
	FILE *f = fopen(path, "rbe");

	assert_non_null(f);
	b->len += fread(buf_room(b, 1 << 16), 1, 1 << 16, f);
	fclose(f);
}

static void written(const struct lg_rec *rec, struct buf *out)
{
	struct err err = { 0 };
	lg_status status = format_write_buf(ubl, NULL, NULL, &rec, 1, out, &err);

	assert_string_equal(err.msg, "");
	assert_int_equal(status, LG_OK);
}

static void test_full(void **state)
{
	struct got g = { .count = 0 }, again = { .count = 0 };
	struct buf xml = { 0 }, json = { 0 }, out = { 0 };

	(void)state;
	load_text(&xml, FOLDER "full.xml");
	load_text(&json, FOLDER "full.json");
	json.len--; /* newline */
	assert_int_equal(read_text(&g, buf_view(&xml)), LG_OK);
	assert_int_equal(g.findings.len, 0);
	assert_int_equal(g.line, 5); /* where the tag ends */
	assert_int_equal(g.offset, strstr(buf_text(&xml), "<ubl:Invoice") - xml.ptr);
	is_json(g.rec, buf_text(&json));
	written(g.rec, &out);
	assert_int_equal(read_text(&again, buf_view(&out)), LG_OK);
	assert_int_equal(again.findings.len, 0);
	is_json(again.rec, buf_text(&json));
	done(&g);
	done(&again);
	buf_fini(&xml);
	buf_fini(&json);
	buf_fini(&out);
}

#define SPACES \
	" xmlns:cac='urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2'" \
	" xmlns:cbc='urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2'>"
#define INVOICE "<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'" SPACES
#define CREDIT "<CreditNote xmlns='urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2'" SPACES
#define READ(g, text) read_text((g), LG_STR(text))

static void test_credit_note(void **state)
{
	static const char json[] = "{\"kind\":\"invoice\",\"type\":\"381\",\"number\":\"C1\",\"issue_date\":\"2026-11-"
				   "25\",\"due_date\":\"2026-12-01\","
				   "\"currency\":\"SEK\",\"project_reference\":\"P\",\"preceding\":[{\"number\":\"F1\"}"
				   "],\"seller\":{\"name\":\"S\"},"
				   "\"payment\":{\"means_code\":\"30\"},\"totals\":{\"payable\":\"125.00\"},\"lines\":["
				   "{\"id\":\"1\",\"quantity\":\"1\","
				   "\"unit\":\"C62\",\"net\":\"100.00\"}]}";
	struct got g = { .count = 0 };
	struct buf out = { 0 };

	(void)state;
	assert_int_equal(
		READ(&g, CREDIT
		     "<cbc:ID>C1</cbc:ID><cbc:IssueDate>2026-11-25</cbc:IssueDate>"
		     "<cbc:DocumentCurrencyCode>SEK</cbc:DocumentCurrencyCode><cac:BillingReference>"
		     "<cac:InvoiceDocumentReference><cbc:ID>F1</cbc:ID></cac:InvoiceDocumentReference></"
		     "cac:BillingReference>"
		     "<cac:AdditionalDocumentReference><cbc:ID>P</cbc:ID><cbc:DocumentTypeCode>50</"
		     "cbc:DocumentTypeCode>"
		     "</cac:AdditionalDocumentReference><cac:AccountingSupplierParty><cac:Party><cac:PartyLegalEntity>"
		     "<cbc:RegistrationName>S</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party>"
		     "</cac:AccountingSupplierParty><cac:PaymentMeans><cbc:PaymentMeansCode>30</cbc:PaymentMeansCode>"
		     "<cbc:PaymentDueDate>2026-12-01</cbc:PaymentDueDate></cac:PaymentMeans><cac:LegalMonetaryTotal>"
		     "<cbc:PayableAmount currencyID='SEK'>125.00</cbc:PayableAmount></cac:LegalMonetaryTotal>"
		     "<cac:CreditNoteLine><cbc:ID>1</cbc:ID><cbc:CreditedQuantity "
		     "unitCode='C62'>1</cbc:CreditedQuantity>"
		     "<cbc:LineExtensionAmount currencyID='SEK'>100</cbc:LineExtensionAmount></cac:CreditNoteLine>"
		     "</CreditNote>"),
		LG_OK);
	assert_int_equal(g.findings.len, 0);
	is_json(g.rec, json);
	written(g.rec, &out);
	assert_non_null(strstr(buf_text(&out), "<CreditNote xmlns="));
	assert_non_null(strstr(buf_text(&out), "<cbc:PaymentDueDate>2026-12-01</cbc:PaymentDueDate>"));
	done(&g);
	assert_int_equal(read_text(&g, buf_view(&out)), LG_OK);
	is_json(g.rec, json);
	done(&g);
	buf_fini(&out);
}

static void test_envelope(void **state)
{
	static const char text[] =
		"<StandardBusinessDocument "
		"xmlns='http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader'>"
		"<StandardBusinessDocumentHeader><HeaderVersion>1.0</HeaderVersion></"
		"StandardBusinessDocumentHeader>\n" INVOICE "<ext:UBLExtensions "
		"xmlns:ext='urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2'>"
		"<ext:UBLExtension/></ext:UBLExtensions><cbc:ID>E</cbc:ID></Invoice></StandardBusinessDocument>";
	struct got g = { .count = 0 };

	(void)state;
	assert_int_equal(ubl->sniff(LG_STR(text)), 95);
	assert_int_equal(READ(&g, text), LG_OK);
	assert_int_equal(g.findings.len, 0);
	assert_int_equal(g.line, 2);
	is_json(g.rec, "{\"kind\":\"invoice\",\"type\":\"380\",\"number\":\"E\"}");
	done(&g);
}

static void test_findings(void **state)
{
	struct got g = { .count = 0 };

	(void)state;
	assert_int_equal(
		READ(&g,
		     INVOICE "<cbc:DocumentCurrencyCode>SEK</cbc:DocumentCurrencyCode>\n<cac:LegalMonetaryTotal>"
			     "<cbc:TaxExclusiveAmount currencyID='EUR'>1</cbc:TaxExclusiveAmount>\n"
			     "<cbc:PayableAmount currencyID='SEK'>12.345</cbc:PayableAmount></cac:LegalMonetaryTotal>\n"
			     "<cac:InvoiceLine><cac:Item><cbc:Odd/></cac:Item></cac:InvoiceLine><cac:InvoiceLine>"
			     "<cac:Item><cbc:Odd>1</cbc:Odd></cac:Item></cac:InvoiceLine></Invoice>"),
		LG_OK);
	assert_string_equal(buf_text(&g.findings),
			    "2 [xml.currency] /Invoice/cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount is in \"EUR\", "
			    "but the document is in "
			    "SEK\n3 [xml.decimals] /Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount: 12.345 has more "
			    "decimals than SEK; it is "
			    "kept as it is\n4 [xml.unknown_element] /Invoice/cac:InvoiceLine/cac:Item/cbc:Odd is not "
			    "read (2 times)\n");
	done(&g);
}

static const struct bad {
	const char *text, *id;
	int line;
} bad[] = {
	{ INVOICE "\n<cbc:ID>1</cbc:ID><cac:Inv", "xml.truncated", 2 },
	{ INVOICE "\n<cbc:IssueDate>25.11.2026</cbc:IssueDate></Invoice>", "xml.bad_value", 2 },
	{ INVOICE "\n<cac:LegalMonetaryTotal><cbc:PayableAmount currencyID='SEK'>1,50</cbc:PayableAmount>"
		  "</cac:LegalMonetaryTotal></Invoice>",
	  "xml.bad_value", 2 },
	{ INVOICE
	  "\n<cac:LegalMonetaryTotal><cbc:PayableAmount currencyID='SEK'>12345678901234567890</cbc:PayableAmount>"
	  "</cac:LegalMonetaryTotal></Invoice>",
	  "xml.bad_value", 2 },
	{ INVOICE "\n<cbc:Note>\xe5\xe4\xf6</cbc:Note></Invoice>", "xml.encoding", 2 },
	{ "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>]>" INVOICE
	  "<cbc:Note>&b;</cbc:Note></Invoice>",
	  "xml.entity", 1 },
	{ "<Order xmlns='urn:oasis:names:specification:ubl:schema:xsd:Order-2'/>", "xml.unknown_root", 1 },
	{ "not XML", "xml.empty", 1 },
	{ "<StandardBusinessDocument xmlns='http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader'>"
	  "<Order xmlns='urn:oasis:names:specification:ubl:schema:xsd:Order-2'/></StandardBusinessDocument>",
	  "ubl.no_invoice", 1 },
};

static void test_bad(void **state)
{
	struct got g = { .count = 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(read_text(&g, str_of(bad[i].text)), LG_REJECT);
		assert_int_equal(g.count, 0);
		assert_string_equal(g.err.id, bad[i].id);
		assert_int_equal(g.err.line, bad[i].line);
		assert_true(g.err.column > 0);
		done(&g);
	}
	/* Twenty digits of which the last are zeros behind the point are no problem. */
	assert_int_equal(READ(&g, INVOICE
			      "<cac:LegalMonetaryTotal><cbc:PayableAmount currencyID='SEK'>"
			      "12345678901234.500000000000</cbc:PayableAmount></cac:LegalMonetaryTotal></Invoice>"),
			 LG_OK);
	is_json(g.rec, "{\"kind\":\"invoice\",\"type\":\"380\",\"currency\":\"SEK\",\"totals\":{\"payable\":"
		       "\"12345678901234.50\"}}");
	done(&g);
}

/* An attachment of any size, made while it is read. */
struct large {
	size_t left;
	int part;
};

static lg_str large_next(void *ctx)
{
	static const char head[] =
		INVOICE "<cac:AdditionalDocumentReference><cbc:ID>1</cbc:ID><cac:Attachment>"
			"<cbc:EmbeddedDocumentBinaryObject mimeCode='application/pdf' filename='a.pdf'>";
	static const char tail[] =
		"</cbc:EmbeddedDocumentBinaryObject></cac:Attachment></cac:AdditionalDocumentReference>"
		"</Invoice>";
	static const char body[] = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5";
	struct large *l = ctx;
	size_t n = MIN(l->left, sizeof body - 1);

	if (l->part == 0) {
		l->part++;
		return LG_STR(head);
	}
	l->left -= n;
	if (n > 0)
		return (lg_str){ body, n };
	return l->part++ == 1 ? LG_STR(tail) : STR_NONE;
}

static void test_attachment(void **state)
{
	const size_t size = 200u << 20;
	struct large l = { .left = size };
	struct got g = { .count = 0 };
	const struct format_sink sink = { keep, keep_finding, &g };
	const struct format_in in = { LG_STR("big.xml"), large_next, &l };
	const struct {
		int64_t text_max;
	} config = { 1 << 20 };

	(void)state;
	assert_int_equal(format_read(ubl, NULL, NULL, &in, &sink, &g.err), LG_OK);
	assert_int_equal(g.content, size);
	done(&g);
	l = (struct large){ .left = 2u << 20 };
	assert_int_equal(format_read(ubl, &config, NULL, &in, &sink, &g.err), LG_REJECT);
	assert_string_equal(g.err.id, "xml.text_limit");
	done(&g);
}

static void test_sniff(void **state)
{
	static const char wide[] = "\xff\xfe<\0I\0n\0v\0o\0i\0c\0e\0 \0x\0";

	(void)state;
	assert_int_equal(ubl->sniff(LG_STR("\xef\xbb\xbf<?xml version='1.0'?>\n<!-- <Order> -->\n" INVOICE)), 100);
	assert_int_equal(
		ubl->sniff(LG_STR("<c:CreditNote xmlns:c='urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2'")),
		100);
	assert_int_equal(ubl->sniff(LG_STR("<Invoice xmlns='urn:other'>")), 0);
	assert_int_equal(ubl->sniff(LG_STR("<Document>urn:oasis:names:specification:ubl:schema:xsd:Invoice-2")), 0);
	assert_int_equal(ubl->sniff((lg_str){ wide, sizeof wide - 1 }), 0);
	assert_int_equal(ubl->sniff(LG_STR("<")), 0);
	assert_int_equal(ubl->sniff(LG_STR("")), 0);
	assert_int_equal(ubl->sniff(LG_STR("<!--")), 0);
	assert_int_equal(ubl->sniff(LG_STR("{\"kind\":\"invoice\"}")), 0);
}

static void test_missing(void **state)
{
	struct arena a = { 0 };
	const struct lg_rec *rec = rec_new(&a, LG_INVOICE);
	struct buf out = { 0 };
	struct err err;

	(void)state;
	assert_int_equal(format_write_buf(ubl, NULL, NULL, &rec, 1, &out, &err), LG_REJECT);
	assert_string_equal(err.msg, "the invoice has no \"number\", which UBL demands");
	assert_int_equal(out.len, 0);
	arena_fini(&a);
	buf_fini(&out);
}

static int setup(void **state)
{
	const char *build = getenv("BUILD");
	char path[512];
	struct err err;

	(void)state;
	snprintf(path, sizeof path, "%s/plugins/ubl.so", build ? build : "build");
	if (!registry_load(&registry, path, &err))
		die("%s: %s", path, err.msg);
	ubl = registry_format(&registry, LG_STR("ubl"));
	return ubl == NULL;
}

static int teardown(void **state)
{
	(void)state;
	registry_fini(&registry);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full),     cmocka_unit_test(test_credit_note), cmocka_unit_test(test_envelope),
		cmocka_unit_test(test_findings), cmocka_unit_test(test_bad),         cmocka_unit_test(test_attachment),
		cmocka_unit_test(test_sniff),    cmocka_unit_test(test_missing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
