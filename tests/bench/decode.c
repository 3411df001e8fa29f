/* decode: XML to typed records, against libxml2's SAX parser alone on the same bytes, in the same run.
     decode [PLUGINS [FILE FORMAT]...]
   Without files it makes its own: UBL invoices of 3 and of 2000 lines, a camt.053 of 5000 entries. */
#include "core/plugin/format_run.h"
#include "core/plugin/loader.h"

#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUND_NS 100000000ll
#define ROUNDS 5 /* the best counts; with SHORT in the environment one of any length */

static long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

/* ---- the floor: the parser with handlers that count ---- */

static size_t events;

static void on_start(void *ctx, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri, int ns_count,
		     const xmlChar **ns, int attr_count, int defaulted, const xmlChar **attrs)
{
	(void)ctx, (void)local, (void)prefix, (void)uri, (void)ns_count, (void)ns;
	(void)attr_count, (void)defaulted, (void)attrs;
	events++;
}

static void on_end(void *ctx, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri)
{
	(void)ctx, (void)local, (void)prefix, (void)uri;
	events++;
}

static void on_text(void *ctx, const xmlChar *text, int n)
{
	(void)ctx, (void)text, (void)n;
	events++;
}

static void bare(lg_str bytes)
{
	xmlSAXHandler handler = { .initialized = XML_SAX2_MAGIC,
				  .startElementNs = on_start,
				  .endElementNs = on_end,
				  .characters = on_text,
				  .ignorableWhitespace = on_text };

	if (xmlSAXUserParseMemory(&handler, NULL, bytes.ptr, (int)bytes.len) != 0)
		die("decode: the input is not well-formed");
}

/* ---- records ---- */

static size_t records;

static bool on_record(void *ctx, struct lg_rec *rec, uint64_t offset, uint32_t line)
{
	(void)ctx, (void)rec, (void)offset, (void)line;
	records++;
	return true;
}

static void typed(const struct lg_format *format, lg_str bytes)
{
	const struct format_sink sink = { on_record, NULL, NULL };
	struct err err;

	if (format_read_bytes(format, NULL, NULL, LG_STR("bench"), bytes, &sink, &err) != LG_OK)
		die("decode: %s (line %d)", err.msg, err.line);
}

/* Tenths of a MB/s. */
static long long round_of(const struct lg_format *format, lg_str bytes)
{
	long long start = now_ns(), took, done = 0;

	do {
		if (format)
			typed(format, bytes);
		else
			bare(bytes);
		done += (long long)bytes.len;
		took = now_ns() - start;
	} while (took < ROUND_NS && getenv("SHORT") == NULL);
	return done * 10000 / MAX(took, 1);
}

/* Both take turns, so that a busy machine hits both. */
static void measure(const struct lg_format *format, const char *what, lg_str bytes)
{
	long long floor = 0, ours = 0;

	typed(format, bytes);
	for (int i = 0; i < (getenv("SHORT") ? 1 : ROUNDS); i++) {
		long long a = round_of(NULL, bytes), b = round_of(format, bytes);

		floor = MAX(floor, a);
		ours = MAX(ours, b);
	}
	printf("%-24s %9zu bytes  SAX alone %4lld.%lld MB/s  records %4lld.%lld MB/s  %3lld %%\n", what, bytes.len,
	       floor / 10, floor % 10, ours / 10, ours % 10, ours * 100 / MAX(floor, 1));
}

/* ---- own input ---- */

static void party(struct buf *b, const char *role, int n)
{
	buf_addf(
		b,
		" <cac:%s>\n  <cac:Party>\n   <cbc:EndpointID schemeID=\"0007\">556677889%d</cbc:EndpointID>\n"
		"   <cac:PostalAddress>\n    <cbc:StreetName>Storgatan %d</cbc:StreetName>\n"
		"    <cbc:CityName>Lund</cbc:CityName>\n    <cbc:PostalZone>22222</cbc:PostalZone>\n"
		"    <cac:Country>\n     <cbc:IdentificationCode>SE</cbc:IdentificationCode>\n    </cac:Country>\n"
		"   </cac:PostalAddress>\n   <cac:PartyTaxScheme>\n    <cbc:CompanyID>SE556677889%d01</cbc:CompanyID>\n"
		"    <cac:TaxScheme>\n     <cbc:ID>VAT</cbc:ID>\n    </cac:TaxScheme>\n   </cac:PartyTaxScheme>\n"
		"   <cac:PartyLegalEntity>\n    <cbc:RegistrationName>Bolaget %d AB</cbc:RegistrationName>\n"
		"    <cbc:CompanyID schemeID=\"0007\">556677889%d</cbc:CompanyID>\n   </cac:PartyLegalEntity>\n"
		"  </cac:Party>\n </cac:%s>\n",
		role, n, n, n, n, n, role);
}

static void ubl_head(struct buf *b)
{
	buf_cstr(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		    "<Invoice xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2\"\n"
		    " xmlns:cac=\"urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2\"\n"
		    " xmlns:cbc=\"urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2\">\n"
		    " <cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>\n <cbc:ID>F-1001</cbc:ID>\n"
		    " <cbc:IssueDate>2026-11-25</cbc:IssueDate>\n <cbc:DueDate>2026-12-25</cbc:DueDate>\n"
		    " <cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>\n"
		    " <cbc:DocumentCurrencyCode>SEK</cbc:DocumentCurrencyCode>\n");
	party(b, "AccountingSupplierParty", 1);
	party(b, "AccountingCustomerParty", 2);
	buf_cstr(b, " <cac:PaymentMeans>\n  <cbc:PaymentMeansCode>30</cbc:PaymentMeansCode>\n"
		    "  <cbc:PaymentID>1234567897</cbc:PaymentID>\n  <cac:PayeeFinancialAccount>\n   "
		    "<cbc:ID>12345678</cbc:ID>\n"
		    "   <cac:FinancialInstitutionBranch>\n    <cbc:ID>SE:BANKGIRO</cbc:ID>\n"
		    "   </cac:FinancialInstitutionBranch>\n  </cac:PayeeFinancialAccount>\n </cac:PaymentMeans>\n");
}

static void ubl(struct buf *b, int lines)
{
	buf_reset(b);
	ubl_head(b);
	buf_addf(b,
		 " <cac:TaxTotal>\n  <cbc:TaxAmount currencyID=\"SEK\">%d.50</cbc:TaxAmount>\n  <cac:TaxSubtotal>\n"
		 "   <cbc:TaxableAmount currencyID=\"SEK\">%d.00</cbc:TaxableAmount>\n"
		 "   <cbc:TaxAmount currencyID=\"SEK\">%d.50</cbc:TaxAmount>\n   <cac:TaxCategory>\n    "
		 "<cbc:ID>S</cbc:ID>\n"
		 "    <cbc:Percent>25</cbc:Percent>\n    <cac:TaxScheme>\n     <cbc:ID>VAT</cbc:ID>\n    "
		 "</cac:TaxScheme>\n"
		 "   </cac:TaxCategory>\n  </cac:TaxSubtotal>\n </cac:TaxTotal>\n <cac:LegalMonetaryTotal>\n"
		 "  <cbc:LineExtensionAmount currencyID=\"SEK\">%d.00</cbc:LineExtensionAmount>\n"
		 "  <cbc:PayableAmount currencyID=\"SEK\">%d.50</cbc:PayableAmount>\n </cac:LegalMonetaryTotal>\n",
		 lines * 2, lines * 10, lines * 2, lines * 10, lines * 12);
	for (int i = 1; i <= lines; i++)
		buf_addf(
			b,
			" <cac:InvoiceLine>\n  <cbc:ID>%d</cbc:ID>\n"
			"  <cbc:InvoicedQuantity unitCode=\"C62\">2</cbc:InvoicedQuantity>\n"
			"  <cbc:LineExtensionAmount currencyID=\"SEK\">10.00</cbc:LineExtensionAmount>\n  <cac:Item>\n"
			"   <cbc:Description>Skruvar av st&#229;l, 50 i en ask</cbc:Description>\n"
			"   <cbc:Name>Skruv M%d</cbc:Name>\n   <cac:SellersItemIdentification>\n"
			"    <cbc:ID>A-%d</cbc:ID>\n   </cac:SellersItemIdentification>\n   "
			"<cac:ClassifiedTaxCategory>\n"
			"    <cbc:ID>S</cbc:ID>\n    <cbc:Percent>25</cbc:Percent>\n    <cac:TaxScheme>\n"
			"     <cbc:ID>VAT</cbc:ID>\n    </cac:TaxScheme>\n   </cac:ClassifiedTaxCategory>\n  "
			"</cac:Item>\n"
			"  <cac:Price>\n   <cbc:PriceAmount currencyID=\"SEK\">5.00</cbc:PriceAmount>\n  </cac:Price>\n"
			" </cac:InvoiceLine>\n",
			i, i, i);
	buf_cstr(b, "</Invoice>\n");
}

static void camt(struct buf *b, int entries)
{
	buf_reset(b);
	buf_cstr(b,
		 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		 "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\">\n <BkToCstmrStmt>\n  <GrpHdr>\n"
		 "   <MsgId>M1</MsgId>\n   <CreDtTm>2026-11-25T08:00:00Z</CreDtTm>\n  </GrpHdr>\n  <Stmt>\n   "
		 "<Id>S1</Id>\n"
		 "   <ElctrncSeqNb>1</ElctrncSeqNb>\n   <CreDtTm>2026-11-25T08:00:00Z</CreDtTm>\n   <Acct>\n    <Id>\n"
		 "     <IBAN>SE4550000000058398257466</IBAN>\n    </Id>\n    <Ccy>SEK</Ccy>\n   </Acct>\n");
	buf_addf(
		b,
		"   <Bal>\n    <Tp>\n     <CdOrPrtry>\n      <Cd>OPBD</Cd>\n     </CdOrPrtry>\n    </Tp>\n"
		"    <Amt Ccy=\"SEK\">0.00</Amt>\n    <CdtDbtInd>CRDT</CdtDbtInd>\n    <Dt>\n     <Dt>2026-11-24</Dt>\n"
		"    </Dt>\n   </Bal>\n   <Bal>\n    <Tp>\n     <CdOrPrtry>\n      <Cd>CLBD</Cd>\n     </CdOrPrtry>\n"
		"    </Tp>\n    <Amt Ccy=\"SEK\">%lld.00</Amt>\n    <CdtDbtInd>CRDT</CdtDbtInd>\n    <Dt>\n"
		"     <Dt>2026-11-25</Dt>\n    </Dt>\n   </Bal>\n",
		1250ll * entries);
	for (int i = 1; i <= entries; i++)
		buf_addf(b,
			 "   <Ntry>\n    <NtryRef>%d</NtryRef>\n    <Amt Ccy=\"SEK\">1250.00</Amt>\n"
			 "    <CdtDbtInd>CRDT</CdtDbtInd>\n    <Sts>BOOK</Sts>\n    <BookgDt>\n     "
			 "<Dt>2026-11-25</Dt>\n"
			 "    </BookgDt>\n    <ValDt>\n     <Dt>2026-11-25</Dt>\n    </ValDt>\n"
			 "    <AcctSvcrRef>AB%d</AcctSvcrRef>\n    <BkTxCd>\n     <Domn>\n      <Cd>PMNT</Cd>\n      "
			 "<Fmly>\n"
			 "       <Cd>RCDT</Cd>\n       <SubFmlyCd>DMCT</SubFmlyCd>\n      </Fmly>\n     </Domn>\n    "
			 "</BkTxCd>\n"
			 "    <NtryDtls>\n     <TxDtls>\n      <Refs>\n       <EndToEndId>E%d</EndToEndId>\n      "
			 "</Refs>\n"
			 "      <RltdPties>\n       <Dbtr>\n        <Nm>Kund %d AB</Nm>\n       </Dbtr>\n      "
			 "</RltdPties>\n"
			 "      <RmtInf>\n       <Strd>\n        <CdtrRefInf>\n         <Ref>%d</Ref>\n"
			 "        </CdtrRefInf>\n       </Strd>\n      </RmtInf>\n     </TxDtls>\n    </NtryDtls>\n   "
			 "</Ntry>\n",
			 i, i, i, i, i);
	buf_cstr(b, "  </Stmt>\n </BkToCstmrStmt>\n</Document>\n");
}

static const struct lg_format *load(struct registry *all, const char *folder, const char *name)
{
	const struct lg_format *format = registry_format(all, str_of(name));
	char path[4096];
	struct err err;

	if (format)
		return format;
	snprintf(path, sizeof path, "%s/%s.so", folder, name);
	if (!registry_load(all, path, &err))
		die("decode: %s", err.msg);
	return registry_format(all, str_of(name));
}

static void file_into(struct buf *b, const char *path)
{
	FILE *f = fopen(path, "rbe");
	size_t n;

	if (f == NULL)
		die("decode: cannot open %s", path);
	buf_reset(b);
	while ((n = fread(buf_room(b, 1 << 20), 1, 1 << 20, f)) > 0)
		b->len += n;
	fclose(f);
}

int main(int argc, char **argv)
{
	const char *folder = argc > 1 ? argv[1] : "build/plugins";
	struct registry all = { 0 };
	struct buf b = { 0 };

	for (int i = 2; i + 1 < argc; i += 2) {
		const char *slash = strrchr(argv[i], '/');

		file_into(&b, argv[i]);
		measure(load(&all, folder, argv[i + 1]), slash ? slash + 1 : argv[i], buf_view(&b));
	}
	if (argc <= 2) {
		ubl(&b, 3);
		measure(load(&all, folder, "ubl"), "ubl, 3 lines", buf_view(&b));
		ubl(&b, 2000);
		measure(load(&all, folder, "ubl"), "ubl, 2000 lines", buf_view(&b));
		camt(&b, 5000);
		measure(load(&all, folder, "camt"), "camt.053, 5000 entries", buf_view(&b));
	}
	buf_fini(&b);
	registry_fini(&all);
	return 0;
}
