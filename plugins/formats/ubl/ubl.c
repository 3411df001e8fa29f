/* ubl - UBL 2.1 Invoice and CreditNote, read and written by the table in ubl_rows.c. */
#include "ubl.h"

#include <string.h>

struct config {
	int64_t text_max;
};

static const struct lg_option options[] = {
	LG_OPTION(struct config, text_max, LG_T_SIZE, .dflt = "100MiB", .min = 1 << 20, .max = (int64_t)1 << 31,
		  .doc = "longest text of one element that is taken; attachments are such texts (base64)"),
};
static const struct lg_options option_table = LG_OPTIONS(struct config, options);

static bool is(lg_str s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.ptr, text, s.len) == 0;
}

/* ---- what the table cannot say when reading ---- */

struct reading {
	bool tax_scheme_told, invoice_seen;
};

static lg_status default_type(const struct lg_xml_at *at, const char *type)
{
	const struct lg_records *rec = at->read->host->rec;
	struct reading *reading = at->ctx;

	reading->invoice_seen = true;
	if (!rec->has(at->rec, LG_INVOICE_TYPE))
		rec->set_str(at->rec, LG_INVOICE_TYPE, (lg_str){ type, strlen(type) });
	return LG_OK;
}

lg_status ubl_invoice_end(const struct lg_xml_at *at)
{
	return default_type(at, "380");
}

lg_status ubl_credit_note_end(const struct lg_xml_at *at)
{
	return default_type(at, "381");
}

/* Swedish giro accounts name the giro where others have their BIC. */
static const struct giro {
	const char *branch, *scheme;
} giros[] = { { "SE:BANKGIRO", "bankgiro" }, { "SE:PLUSGIRO", "plusgiro" }, { "SE:PLUSGIROT", "plusgiro" } };

#define GIRO_COUNT (sizeof giros / sizeof giros[0])

static int iban_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	return -1;
}

/* ISO 13616: the first four characters moved behind the others, the remainder modulo 97 is 1. */
static bool is_iban(lg_str s)
{
	char text[34];
	unsigned rest = 0;
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == ' ')
			continue;
		if (n == sizeof text || iban_value(s.ptr[i]) < 0)
			return false;
		text[n++] = s.ptr[i];
	}
	if (n < 15 || iban_value(text[0]) < 10 || iban_value(text[1]) < 10)
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned v = (unsigned)iban_value(text[(i + 4) % n]);

		rest = (rest * (v > 9 ? 100 : 10) + v) % 97;
	}
	return rest == 1;
}

lg_status ubl_account_end(const struct lg_xml_at *at)
{
	const struct lg_records *rec = at->read->host->rec;
	lg_str bic = rec->str(at->rec, LG_ACCOUNT_BIC), scheme = rec->str(at->rec, LG_ACCOUNT_SCHEME);

	for (size_t i = 0; i < GIRO_COUNT; i++) {
		if (!is(bic, giros[i].branch))
			continue;
		rec->set_str(at->rec, LG_ACCOUNT_SCHEME, (lg_str){ giros[i].scheme, strlen(giros[i].scheme) });
		rec->unset(at->rec, LG_ACCOUNT_BIC);
		return LG_OK;
	}
	if (is_iban(rec->str(at->rec, LG_ACCOUNT_ID)) && (scheme.len == 0 || is(scheme, "IBAN")))
		rec->set_str(at->rec, LG_ACCOUNT_SCHEME, LG_STR("iban"));
	return LG_OK;
}

/* Told once a document. */
lg_status ubl_tax_scheme(const struct lg_xml_at *at)
{
	struct reading *reading = at->ctx;

	if (is(at->text, "VAT") || reading->tax_scheme_told)
		return LG_OK;
	reading->tax_scheme_told = true;
	at->read->finding(at->read->job, "ubl.tax_scheme", at->line,
			  "the tax scheme \"%.*s\" is not kept: records know VAT only",
			  (int)(at->text.len < 40 ? at->text.len : 40), at->text.ptr);
	return LG_OK;
}

/* ---- and when writing: texts that the schema demands ---- */

/* What the giro or the number itself says is not said again. */
lg_str ubl_scheme_text(const struct lg_write *w, const struct lg_rec *top, const struct lg_rec *account)
{
	lg_str scheme = w->host->rec->str(account, LG_ACCOUNT_SCHEME);

	(void)top;
	for (size_t i = 0; i < GIRO_COUNT; i++)
		if (is(scheme, giros[i].scheme))
			return (lg_str){ 0 };
	return is(scheme, "iban") ? (lg_str){ 0 } : scheme;
}

lg_str ubl_branch_text(const struct lg_write *w, const struct lg_rec *top, const struct lg_rec *account)
{
	const struct lg_records *rec = w->host->rec;
	lg_str scheme = rec->str(account, LG_ACCOUNT_SCHEME);

	(void)top;
	for (size_t i = 0; i < GIRO_COUNT; i++)
		if (is(scheme, giros[i].scheme))
			return (lg_str){ giros[i].branch, strlen(giros[i].branch) };
	return rec->str(account, LG_ACCOUNT_BIC);
}

/* An order of the seller (BT-14) cannot stand without one of the buyer. */
lg_str ubl_order_text(const struct lg_write *w, const struct lg_rec *top, const struct lg_rec *current)
{
	const struct lg_records *rec = w->host->rec;
	lg_str order = rec->str(current, LG_INVOICE_ORDER_REFERENCE);

	(void)top;
	if (order.len == 0 && rec->has(current, LG_INVOICE_SALES_ORDER_REFERENCE))
		return LG_STR("NA");
	return order;
}

/* Means of payment without a code: 1, "instrument not defined". */
lg_str ubl_means_text(const struct lg_write *w, const struct lg_rec *top, const struct lg_rec *payment)
{
	const struct lg_records *rec = w->host->rec;
	lg_str code = rec->str(payment, LG_PAYMENT_INFO_MEANS_CODE);

	(void)top;
	if (code.len == 0 && (rec->has(payment, LG_PAYMENT_INFO_ACCOUNTS) ||
			      rec->has(payment, LG_PAYMENT_INFO_REFERENCE) || rec->has(payment, LG_PAYMENT_INFO_CARD)))
		return LG_STR("1");
	return code;
}

lg_str ubl_network_text(const struct lg_write *w, const struct lg_rec *top, const struct lg_rec *card)
{
	lg_str network = w->host->rec->str(card, LG_CARD_NETWORK);

	(void)top;
	return network.len > 0 ? network : LG_STR("NA");
}

/* ---- the format ---- */

/* The name of the root element; *s is moved to it. */
static lg_str root_of(lg_str *s)
{
	size_t i = 0, from;

	for (; i + 1 < s->len; i++) {
		char next = s->ptr[i + 1];

		if (s->ptr[i] == '<' && next != '?' && next != '!')
			break;
		if (s->ptr[i] == '<' && i + 3 < s->len && memcmp(s->ptr + i, "<!--", 4) == 0)
			while (i + 2 < s->len && memcmp(s->ptr + i, "-->", 3) != 0)
				i++;
	}
	from = ++i;
	for (; i < s->len && memchr(" \t\r\n/>", s->ptr[i], 6) == NULL; i++)
		if (s->ptr[i] == ':')
			from = i + 1;
	*s = i < s->len ? (lg_str){ s->ptr + i, s->len - i } : (lg_str){ 0 };
	return i <= s->len + 1 && from <= i && s->ptr ? (lg_str){ s->ptr - (i - from), i - from } : (lg_str){ 0 };
}

static bool contains(lg_str s, const char *what)
{
	return s.len > 0 && memmem(s.ptr, s.len, what, strlen(what)) != NULL;
}

static int judge(lg_str head)
{
	lg_str rest = head, root = root_of(&rest);

	if (is(root, "Invoice") && contains(rest, "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"))
		return 100;
	if (is(root, "CreditNote") && contains(rest, "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"))
		return 100;
	if (is(root, "StandardBusinessDocument") &&
	    (contains(rest, "ubl:schema:xsd:Invoice-2") || contains(rest, "ubl:schema:xsd:CreditNote-2")))
		return 95;
	return 0;
}

/* UTF-16 is judged without its zero bytes. */
static int sniff(lg_str head)
{
	char narrow[2048];
	size_t n = 0;

	if (head.len < 2 || (memcmp(head.ptr, "\xff\xfe", 2) != 0 && memcmp(head.ptr, "\xfe\xff", 2) != 0))
		return judge(head);
	for (size_t i = 2; i < head.len && n < sizeof narrow; i++)
		if (head.ptr[i] != '\0')
			narrow[n++] = head.ptr[i];
	return judge((lg_str){ narrow, n });
}

static lg_status read_ubl(const struct lg_read *r)
{
	const struct config *c = r->config;
	const struct lg_xml_limits limits = { .size = sizeof limits, .text = c ? (uint64_t)c->text_max : 0 };
	struct reading reading = { false, false };
	lg_status status = r->host->xml_read(r, &ubl_xml, &limits, &reading);

	if (status != LG_OK || reading.invoice_seen)
		return status;
	r->fail(r->job, "ubl.no_invoice", 1, 1, "the envelope holds no UBL invoice or credit note");
	return LG_REJECT;
}

/* What the schema demands of every document. */
static const struct demand {
	uint16_t field;
	const char *name;
} demands[] = {
	{ LG_INVOICE_NUMBER, "number" }, { LG_INVOICE_ISSUE_DATE, "issue_date" }, { LG_INVOICE_SELLER, "seller" },
	{ LG_INVOICE_TOTALS, "totals" }, { LG_INVOICE_LINES, "lines" },
};

static bool complete(const struct lg_write *w, const struct lg_rec *inv)
{
	const struct lg_rec *totals = w->host->rec->obj(inv, LG_INVOICE_TOTALS);

	for (size_t i = 0; i < sizeof demands / sizeof demands[0]; i++) {
		if (w->host->rec->has(inv, demands[i].field))
			continue;
		w->fail(w->job, "ubl.missing", "the invoice has no \"%s\", which UBL demands", demands[i].name);
		return false;
	}
	if (!w->host->rec->has(totals, LG_TOTALS_PAYABLE)) {
		w->fail(w->job, "ubl.missing", "the invoice has no \"totals.payable\", which UBL demands");
		return false;
	}
	return true;
}

static lg_status write_ubl(const struct lg_write *w)
{
	const struct lg_rec *inv = w->next(w->job);
	lg_status status;

	if (inv == NULL)
		return LG_OK;
	if (!complete(w, inv))
		return LG_REJECT;
	status = w->host->xml_write(w, &ubl_xml,
				    w->host->is_credit_note(w->host->rec->str(inv, LG_INVOICE_TYPE))
					    ? ubl_credit_note_row
					    : ubl_invoice_row,
				    inv);
	if (status == LG_OK && w->next(w->job) != NULL) {
		w->fail(w->job, "ubl.single", "a UBL document holds one invoice only");
		return LG_REJECT;
	}
	return status;
}

static const struct lg_format formats[] = { {
	.size = sizeof(struct lg_format),
	.name = "ubl",
	.doc = "UBL 2.1 Invoice and CreditNote (EN 16931: Peppol BIS 3, XRechnung, NLCIUS, ...)",
	.flags = LG_F_SINGLE,
	.reads = LG_KIND_BIT(LG_INVOICE),
	.writes = LG_KIND_BIT(LG_INVOICE),
	.suffix = ".xml",
	.options = &option_table,
	.sniff = sniff,
	.read = read_ubl,
	.write = write_ubl,
} };

const struct lg_plugin lg_plugin = {
	LG_PLUGIN_HEAD("ubl", "1.0.0", "UBL 2.1 invoices and credit notes"),
	.format_size = sizeof formats[0],
	.format_count = 1,
	.formats = formats,
};
