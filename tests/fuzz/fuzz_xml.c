/* fuzz_xml.c - any bytes as XML for the engine, by a small table of its own that has each kind of row: variants with
   conditions, groups for each of a list, texts in an object's object, attributes, maps, forms.  Its names have one
   letter: a mutation finds them. */
#include "tests/fuzz/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct lg_xml_row id_rows[] = {
	{ .path = "@s", .field = LG_IDENTIFIER_SCHEME },
	{ .path = ".", .field = LG_IDENTIFIER_VALUE },
};
static const struct lg_xml_rows id = LG_XML_ROWS(id_rows);

static const struct lg_xml_row vat_rows[] = {
	{ .path = "p:V", .field = LG_PARTY_VAT_ID },
	{ .path = "p:S/p:I", .kind = LG_XML_CONST, .value = "V" },
};
static const struct lg_xml_rows vat = LG_XML_ROWS(vat_rows);
static const struct lg_xml_row other_rows[] = {
	{ .path = "p:V", .field = LG_PARTY_TAX_REGISTRATION },
	{ .path = "p:S/p:I", .kind = LG_XML_CONST, .value = "T", .flags = LG_XML_WRITE },
};
static const struct lg_xml_rows other = LG_XML_ROWS(other_rows);

static const struct lg_xml_row party_rows[] = {
	{ .path = "p:I", .kind = LG_XML_OBJECT, .field = LG_PARTY_IDS, .rows = &id },
	{ .path = "p:N", .field = LG_PARTY_NAME },
	{ .path = "p:A/p:L", .in = LG_PARTY_ADDRESS, .field = LG_ADDRESS_LINE1 },
	{ .path = "p:A/p:C", .in = LG_PARTY_ADDRESS, .field = LG_ADDRESS_CITY },
	{ .path = "p:T", .kind = LG_XML_GROUP, .rows = &vat },
	{ .path = "p:T", .kind = LG_XML_GROUP, .rows = &other },
};
static const struct lg_xml_rows party = LG_XML_ROWS(party_rows);

static const struct lg_xml_row allowance_rows[] = {
	{ .path = "p:C", .kind = LG_XML_CONST, .value = "false" },
	{ .path = "p:A", .field = LG_ALLOWANCE_AMOUNT, .currency = LG_INVOICE_CURRENCY },
};
static const struct lg_xml_rows allowance = LG_XML_ROWS(allowance_rows);
static const struct lg_xml_row charge_rows[] = {
	{ .path = "p:C", .kind = LG_XML_CONST, .value = "true" },
	{ .path = "p:A", .field = LG_ALLOWANCE_AMOUNT, .currency = LG_INVOICE_CURRENCY },
};
static const struct lg_xml_rows charge = LG_XML_ROWS(charge_rows);

static const struct lg_xml_row account_rows[] = { { .path = "p:I", .field = LG_ACCOUNT_ID } };
static const struct lg_xml_rows account = LG_XML_ROWS(account_rows);
static const struct lg_xml_row means_rows[] = {
	{ .path = "p:C", .field = LG_PAYMENT_INFO_MEANS_CODE },
	{ .path = "p:A", .kind = LG_XML_OBJECT, .field = LG_PAYMENT_INFO_ACCOUNTS, .rows = &account },
};
static const struct lg_xml_rows means = LG_XML_ROWS(means_rows);

static const struct lg_xml_row line_rows[] = {
	{ .path = "p:I", .field = LG_LINE_ID },
	{ .path = "p:Q/@u", .field = LG_LINE_UNIT },
	{ .path = "p:Q", .field = LG_LINE_QUANTITY },
	{ .path = "p:A", .field = LG_LINE_NET, .currency = LG_INVOICE_CURRENCY },
};
static const struct lg_xml_rows line = LG_XML_ROWS(line_rows);

static const struct lg_xml_row invoice_rows[] = {
	{ .path = "p:X", .kind = LG_XML_CONST, .value = "2", .flags = LG_XML_WRITE },
	{ .path = "p:N", .field = LG_INVOICE_NUMBER },
	{ .path = "p:D", .field = LG_INVOICE_ISSUE_DATE, .form = LG_XML_FORM_DATE8 },
	{ .path = "p:E", .field = LG_INVOICE_DUE_DATE },
	{ .path = "p:T", .field = LG_INVOICE_TYPE, .map = "I=380|C=381" },
	{ .path = "p:O", .field = LG_INVOICE_NOTES },
	{ .path = "p:C", .field = LG_INVOICE_CURRENCY },
	{ .path = "p:S", .kind = LG_XML_OBJECT, .field = LG_INVOICE_SELLER, .rows = &party },
	{ .path = "p:M",
	  .kind = LG_XML_GROUP,
	  .in = LG_INVOICE_PAYMENT,
	  .each = LG_PAYMENT_INFO_ACCOUNTS,
	  .rows = &means },
	{ .path = "p:A", .kind = LG_XML_OBJECT, .field = LG_INVOICE_ALLOWANCES, .rows = &allowance },
	{ .path = "p:A", .kind = LG_XML_OBJECT, .field = LG_INVOICE_CHARGES, .rows = &charge },
	{ .path = "p:L", .kind = LG_XML_OBJECT, .field = LG_INVOICE_LINES, .rows = &line },
	{ .path = "p:K", .kind = LG_XML_SKIP },
};
static const struct lg_xml_rows invoice = LG_XML_ROWS(invoice_rows);

static const struct lg_xml_row document_rows[] = {
	{ .path = "r:I", .kind = LG_XML_RECORD, .field = LG_INVOICE, .rows = &invoice },
	{ .path = "r:M/r:I", .kind = LG_XML_RECORD, .field = LG_INVOICE, .rows = &invoice },
};
static const struct lg_xml_rows document = LG_XML_ROWS(document_rows);

static const struct lg_xml_space spaces[] = { { "r", "r" }, { "p", "p" } };
static const struct lg_xml table = { sizeof table, 2, spaces, &document, "c" };

static lg_status read_small(const struct lg_read *r)
{
	static const struct lg_xml_limits limits = { .size = sizeof limits, .text = 200 };

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format, NULL, data, size);
}
