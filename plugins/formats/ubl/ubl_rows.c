/* UBL 2.1 Invoice and CreditNote as EN 16931-3-2 binds them: the rows stand in the order of the schema.  An element that
   is not here is no element of EN 16931. */
#include "ubl.h"

/* The last named member of each takes more members behind it. */
#define VALUE(p, ...) { .path = (p), .field = __VA_ARGS__ }
#define OBJECT(p, f, ...) { .path = (p), .kind = LG_XML_OBJECT, .field = (f), .rows = &__VA_ARGS__ }
#define GROUP(p, ...) { .path = (p), .kind = LG_XML_GROUP, .rows = &__VA_ARGS__ }
#define CONST(p, ...) { .path = (p), .kind = LG_XML_CONST, .value = __VA_ARGS__ }
#define INCLUDE(r) { .kind = LG_XML_INCLUDE, .rows = &(r) }
#define SKIP(p) { .path = (p), .kind = LG_XML_SKIP }
#define MONEY .currency = LG_INVOICE_CURRENCY
#define ROWS(name) static const struct lg_xml_rows name = LG_XML_ROWS(name##_rows)

/* The scheme of a tax is VAT; another one is told. */
#define TAX_SCHEME(p) \
	CONST(p, "VAT", .flags = LG_XML_WRITE), { .path = (p), .flags = LG_XML_READ, .hook = ubl_tax_scheme }

/* ---- parties ---- */

static const struct lg_xml_row id_rows[] = {
	VALUE("@schemeID", LG_IDENTIFIER_SCHEME),
	VALUE(".", LG_IDENTIFIER_VALUE),
};
ROWS(id);

static const struct lg_xml_row address_rows[] = {
	VALUE("cbc:StreetName", LG_ADDRESS_LINE1),
	VALUE("cbc:AdditionalStreetName", LG_ADDRESS_LINE2),
	VALUE("cbc:CityName", LG_ADDRESS_CITY),
	VALUE("cbc:PostalZone", LG_ADDRESS_POSTAL_CODE),
	VALUE("cbc:CountrySubentity", LG_ADDRESS_REGION),
	VALUE("cac:AddressLine/cbc:Line", LG_ADDRESS_LINE3),
	VALUE("cac:Country/cbc:IdentificationCode", LG_ADDRESS_COUNTRY),
};
ROWS(address);

static const struct lg_xml_row party_id_rows[] = { OBJECT("cbc:ID", LG_PARTY_IDS, id) };
ROWS(party_id);
/* The creditor's id for direct debits (BT-90) is an id of the seller or the payee with the scheme SEPA. */
static const struct lg_xml_row sepa_id_rows[] = {
	CONST("cbc:ID/@schemeID", "SEPA"),
	VALUE("cbc:ID", LG_MANDATE_CREDITOR_ID, .flags = LG_XML_TOP, .outer = LG_INVOICE_PAYMENT,
	      .in = LG_PAYMENT_INFO_MANDATE),
};
ROWS(sepa_id);

static const struct lg_xml_row vat_rows[] = {
	VALUE("cbc:CompanyID", LG_PARTY_VAT_ID),
	CONST("cac:TaxScheme/cbc:ID", "VAT"),
};
ROWS(vat);
static const struct lg_xml_row tax_registration_rows[] = {
	VALUE("cbc:CompanyID", LG_PARTY_TAX_REGISTRATION),
	CONST("cac:TaxScheme/cbc:ID", "TAX", .flags = LG_XML_WRITE),
};
ROWS(tax_registration);

static const struct lg_xml_row contact_rows[] = {
	VALUE("cbc:Name", LG_CONTACT_NAME),
	VALUE("cbc:Telephone", LG_CONTACT_PHONE),
	VALUE("cbc:ElectronicMail", LG_CONTACT_EMAIL),
};
ROWS(contact);

static const struct lg_xml_row party_end_rows[] = {
	GROUP("cac:PartyTaxScheme", vat),
	GROUP("cac:PartyTaxScheme", tax_registration),
	VALUE("cac:PartyLegalEntity/cbc:RegistrationName", LG_PARTY_NAME),
	OBJECT("cac:PartyLegalEntity/cbc:CompanyID", LG_PARTY_LEGAL_ID, id),
	VALUE("cac:PartyLegalEntity/cbc:CompanyLegalForm", LG_PARTY_LEGAL_FORM),
	OBJECT("cac:Contact", LG_PARTY_CONTACT, contact),
};
ROWS(party_end);

static const struct lg_xml_row buyer_rows[] = {
	OBJECT("cbc:EndpointID", LG_PARTY_ENDPOINT, id),
	GROUP("cac:PartyIdentification", party_id, .each = LG_PARTY_IDS),
	VALUE("cac:PartyName/cbc:Name", LG_PARTY_TRADING_NAME),
	OBJECT("cac:PostalAddress", LG_PARTY_ADDRESS, address),
	INCLUDE(party_end),
};
ROWS(buyer);

static const struct lg_xml_row seller_rows[] = {
	OBJECT("cbc:EndpointID", LG_PARTY_ENDPOINT, id),
	GROUP("cac:PartyIdentification", sepa_id),
	GROUP("cac:PartyIdentification", party_id, .each = LG_PARTY_IDS),
	VALUE("cac:PartyName/cbc:Name", LG_PARTY_TRADING_NAME),
	OBJECT("cac:PostalAddress", LG_PARTY_ADDRESS, address),
	INCLUDE(party_end),
};
ROWS(seller);

/* Payee and tax representative have their name where others have their trading name. */
static const struct lg_xml_row payee_rows[] = {
	OBJECT("cbc:EndpointID", LG_PARTY_ENDPOINT, id),
	GROUP("cac:PartyIdentification", sepa_id, .flags = LG_XML_READ),
	GROUP("cac:PartyIdentification", party_id, .each = LG_PARTY_IDS),
	VALUE("cac:PartyName/cbc:Name", LG_PARTY_NAME),
	OBJECT("cac:PostalAddress", LG_PARTY_ADDRESS, address),
	GROUP("cac:PartyTaxScheme", vat),
	GROUP("cac:PartyTaxScheme", tax_registration),
	VALUE("cac:PartyLegalEntity/cbc:RegistrationName", LG_PARTY_TRADING_NAME),
	OBJECT("cac:PartyLegalEntity/cbc:CompanyID", LG_PARTY_LEGAL_ID, id),
	VALUE("cac:PartyLegalEntity/cbc:CompanyLegalForm", LG_PARTY_LEGAL_FORM),
	OBJECT("cac:Contact", LG_PARTY_CONTACT, contact),
};
ROWS(payee);

/* ---- references and documents ---- */

static const struct lg_xml_row preceding_rows[] = {
	VALUE("cbc:ID", LG_PRECEDING_NUMBER),
	VALUE("cbc:IssueDate", LG_PRECEDING_ISSUE_DATE),
};
ROWS(preceding);
static const struct lg_xml_row billing_rows[] = {
	OBJECT("cac:InvoiceDocumentReference", LG_INVOICE_PRECEDING, preceding),
	OBJECT("cac:CreditNoteDocumentReference", LG_INVOICE_PRECEDING, preceding, .flags = LG_XML_READ),
};
ROWS(billing);

static const struct lg_xml_row object_rows[] = {
	VALUE("cbc:ID/@schemeID", LG_IDENTIFIER_SCHEME),
	VALUE("cbc:ID", LG_IDENTIFIER_VALUE),
	CONST("cbc:DocumentTypeCode", "130"),
};
ROWS(object);
static const struct lg_xml_row project_rows[] = {
	VALUE("cbc:ID", LG_INVOICE_PROJECT_REFERENCE),
	CONST("cbc:DocumentTypeCode", "50"),
};
ROWS(project);
static const struct lg_xml_row attachment_rows[] = {
	VALUE("cbc:ID", LG_ATTACHMENT_ID),
	VALUE("cbc:DocumentDescription", LG_ATTACHMENT_DESCRIPTION),
	VALUE("cac:Attachment/cbc:EmbeddedDocumentBinaryObject/@mimeCode", LG_ATTACHMENT_MIME_TYPE),
	VALUE("cac:Attachment/cbc:EmbeddedDocumentBinaryObject/@filename", LG_ATTACHMENT_FILENAME),
	VALUE("cac:Attachment/cbc:EmbeddedDocumentBinaryObject", LG_ATTACHMENT_CONTENT, .flags = LG_XML_REQUIRED),
	VALUE("cac:Attachment/cac:ExternalReference/cbc:URI", LG_ATTACHMENT_URI),
};
ROWS(attachment);

static const struct lg_xml_row references_rows[] = {
	VALUE("cac:OrderReference/cbc:ID", LG_INVOICE_ORDER_REFERENCE, .text = ubl_order_text),
	VALUE("cac:OrderReference/cbc:SalesOrderID", LG_INVOICE_SALES_ORDER_REFERENCE),
	GROUP("cac:BillingReference", billing, .each = LG_INVOICE_PRECEDING),
	VALUE("cac:DespatchDocumentReference/cbc:ID", LG_INVOICE_DESPATCH_REFERENCE),
	VALUE("cac:ReceiptDocumentReference/cbc:ID", LG_INVOICE_RECEIPT_REFERENCE),
};
ROWS(references);

/* ---- payment and tax ---- */

static const struct lg_xml_row account_rows[] = {
	VALUE("cbc:ID/@schemeID", LG_ACCOUNT_SCHEME, .text = ubl_scheme_text),
	VALUE("cbc:ID", LG_ACCOUNT_ID),
	VALUE("cbc:Name", LG_ACCOUNT_NAME),
	VALUE("cbc:CurrencyCode", LG_ACCOUNT_CURRENCY),
	VALUE("cac:FinancialInstitutionBranch/cbc:ID", LG_ACCOUNT_BIC, .text = ubl_branch_text),
	VALUE("cac:FinancialInstitutionBranch/cac:FinancialInstitution/cbc:ID", LG_ACCOUNT_BIC, .flags = LG_XML_READ),
};
ROWS(account);
static const struct lg_xml_row card_rows[] = {
	VALUE("cbc:PrimaryAccountNumberID", LG_CARD_NUMBER),
	VALUE("cbc:NetworkID", LG_CARD_NETWORK, .text = ubl_network_text),
	VALUE("cbc:HolderName", LG_CARD_HOLDER),
};
ROWS(card);
static const struct lg_xml_row mandate_rows[] = {
	VALUE("cbc:ID", LG_MANDATE_REFERENCE),
	VALUE("cac:PayerFinancialAccount/cbc:ID", LG_MANDATE_ACCOUNT),
};
ROWS(mandate);

/* One element for each account: UBL has the account inside the means. */
#define MEANS_HEAD \
	VALUE("cbc:PaymentMeansCode/@name", LG_PAYMENT_INFO_MEANS_TEXT), \
		VALUE("cbc:PaymentMeansCode", LG_PAYMENT_INFO_MEANS_CODE, .text = ubl_means_text)
#define MEANS_TAIL \
	VALUE("cbc:PaymentID", LG_PAYMENT_INFO_REFERENCE), OBJECT("cac:CardAccount", LG_PAYMENT_INFO_CARD, card), \
		OBJECT("cac:PayeeFinancialAccount", LG_PAYMENT_INFO_ACCOUNTS, account, .hook = ubl_account_end), \
		OBJECT("cac:PaymentMandate", LG_PAYMENT_INFO_MANDATE, mandate)
static const struct lg_xml_row means_rows[] = {
	MEANS_HEAD,
	VALUE("cbc:PaymentDueDate", LG_INVOICE_DUE_DATE, .flags = LG_XML_TOP | LG_XML_READ),
	MEANS_TAIL,
};
ROWS(means);
/* A credit note has its due date here. */
static const struct lg_xml_row credit_means_rows[] = {
	MEANS_HEAD,
	VALUE("cbc:PaymentDueDate", LG_INVOICE_DUE_DATE, .flags = LG_XML_TOP),
	MEANS_TAIL,
};
ROWS(credit_means);

#define ALLOWANCE(is_charge) \
	CONST("cbc:ChargeIndicator", is_charge), VALUE("cbc:AllowanceChargeReasonCode", LG_ALLOWANCE_REASON_CODE), \
		VALUE("cbc:AllowanceChargeReason", LG_ALLOWANCE_REASON), \
		VALUE("cbc:MultiplierFactorNumeric", LG_ALLOWANCE_PERCENT), \
		VALUE("cbc:Amount", LG_ALLOWANCE_AMOUNT, MONEY), VALUE("cbc:BaseAmount", LG_ALLOWANCE_BASE, MONEY)
static const struct lg_xml_row allowance_tax_rows[] = {
	VALUE("cbc:ID", LG_ALLOWANCE_TAX_CATEGORY),
	VALUE("cbc:Percent", LG_ALLOWANCE_TAX_RATE),
	TAX_SCHEME("cac:TaxScheme/cbc:ID"),
};
ROWS(allowance_tax);
static const struct lg_xml_row allowance_rows[] = {
	ALLOWANCE("false|0"),
	GROUP("cac:TaxCategory", allowance_tax),
};
ROWS(allowance);
static const struct lg_xml_row charge_rows[] = {
	ALLOWANCE("true|1"),
	GROUP("cac:TaxCategory", allowance_tax),
};
ROWS(charge);

static const struct lg_xml_row tax_category_rows[] = {
	VALUE("cbc:ID", LG_TAX_CATEGORY),
	VALUE("cbc:Percent", LG_TAX_RATE),
	VALUE("cbc:TaxExemptionReasonCode", LG_TAX_EXEMPTION_CODE),
	VALUE("cbc:TaxExemptionReason", LG_TAX_EXEMPTION_REASON),
	TAX_SCHEME("cac:TaxScheme/cbc:ID"),
};
ROWS(tax_category);
static const struct lg_xml_row subtotal_rows[] = {
	VALUE("cbc:TaxableAmount", LG_TAX_BASE, MONEY),
	VALUE("cbc:TaxAmount", LG_TAX_AMOUNT, MONEY),
	VALUE("cbc:Percent", LG_TAX_RATE, .flags = LG_XML_READ),
	GROUP("cac:TaxCategory", tax_category),
};
ROWS(subtotal);
/* One total in the document's currency with its parts, one in that of the tax authority; which is which says only the
   currency.  Without any the parts tell. */
static const struct lg_xml_row tax_total_rows[] = {
	VALUE("cbc:TaxAmount", LG_TOTALS_TAX, .in = LG_INVOICE_TOTALS, MONEY, .flags = LG_XML_FITS),
	OBJECT("cac:TaxSubtotal", LG_INVOICE_TAXES, subtotal),
};
ROWS(tax_total);
static const struct lg_xml_row tax_currency_total_rows[] = {
	VALUE("cbc:TaxAmount", LG_TOTALS_TAX_IN_TAX_CURRENCY, .in = LG_INVOICE_TOTALS, .currency = LG_INVOICE_TAX_CURRENCY,
	      .flags = LG_XML_FITS),
};
ROWS(tax_currency_total);
static const struct lg_xml_row any_tax_total_rows[] = {
	VALUE("cbc:TaxAmount", LG_TOTALS_TAX, .in = LG_INVOICE_TOTALS, MONEY),
	OBJECT("cac:TaxSubtotal", LG_INVOICE_TAXES, subtotal),
};
ROWS(any_tax_total);

static const struct lg_xml_row totals_rows[] = {
	VALUE("cbc:LineExtensionAmount", LG_TOTALS_LINES, MONEY),
	VALUE("cbc:TaxExclusiveAmount", LG_TOTALS_NET, MONEY),
	VALUE("cbc:TaxInclusiveAmount", LG_TOTALS_GROSS, MONEY),
	VALUE("cbc:AllowanceTotalAmount", LG_TOTALS_ALLOWANCES, MONEY),
	VALUE("cbc:ChargeTotalAmount", LG_TOTALS_CHARGES, MONEY),
	VALUE("cbc:PrepaidAmount", LG_TOTALS_PREPAID, MONEY),
	VALUE("cbc:PayableRoundingAmount", LG_TOTALS_ROUNDING, MONEY),
	VALUE("cbc:PayableAmount", LG_TOTALS_PAYABLE, MONEY),
};
ROWS(totals);

/* ---- lines ---- */

#define LINE_ALLOWANCES \
	OBJECT("cac:AllowanceCharge", LG_LINE_ALLOWANCES, allowance), OBJECT("cac:AllowanceCharge", LG_LINE_CHARGES, charge)

static const struct lg_xml_row classification_rows[] = {
	VALUE("cbc:ItemClassificationCode/@listID", LG_IDENTIFIER_SCHEME),
	VALUE("cbc:ItemClassificationCode/@listVersionID", LG_IDENTIFIER_VERSION),
	VALUE("cbc:ItemClassificationCode", LG_IDENTIFIER_VALUE),
};
ROWS(classification);
static const struct lg_xml_row line_tax_rows[] = {
	VALUE("cbc:ID", LG_LINE_TAX_CATEGORY),
	VALUE("cbc:Percent", LG_LINE_TAX_RATE),
	TAX_SCHEME("cac:TaxScheme/cbc:ID"),
};
ROWS(line_tax);
static const struct lg_xml_row attribute_rows[] = {
	VALUE("cbc:Name", LG_ATTRIBUTE_NAME),
	VALUE("cbc:Value", LG_ATTRIBUTE_VALUE),
};
ROWS(attribute);
static const struct lg_xml_row item_rows[] = {
	VALUE("cbc:Description", LG_ITEM_DESCRIPTION, .in = LG_LINE_ITEM),
	VALUE("cbc:Name", LG_ITEM_NAME, .in = LG_LINE_ITEM),
	VALUE("cac:BuyersItemIdentification/cbc:ID", LG_ITEM_BUYER_ID, .in = LG_LINE_ITEM),
	VALUE("cac:SellersItemIdentification/cbc:ID", LG_ITEM_SELLER_ID, .in = LG_LINE_ITEM),
	OBJECT("cac:StandardItemIdentification/cbc:ID", LG_ITEM_STANDARD_ID, id, .in = LG_LINE_ITEM),
	VALUE("cac:OriginCountry/cbc:IdentificationCode", LG_ITEM_ORIGIN_COUNTRY, .in = LG_LINE_ITEM),
	OBJECT("cac:CommodityClassification", LG_ITEM_CLASSIFICATIONS, classification, .in = LG_LINE_ITEM),
	GROUP("cac:ClassifiedTaxCategory", line_tax),
	OBJECT("cac:AdditionalItemProperty", LG_ITEM_ATTRIBUTES, attribute, .in = LG_LINE_ITEM),
};
ROWS(item);

static const struct lg_xml_row price_allowance_rows[] = {
	CONST("cbc:ChargeIndicator", "false|0"),
	VALUE("cbc:Amount", LG_LINE_PRICE_DISCOUNT, MONEY),
	VALUE("cbc:BaseAmount", LG_LINE_PRICE_GROSS, MONEY),
};
ROWS(price_allowance);
static const struct lg_xml_row price_rows[] = {
	VALUE("cbc:PriceAmount", LG_LINE_PRICE, MONEY),
	VALUE("cbc:BaseQuantity/@unitCode", LG_LINE_PRICE_UNIT),
	VALUE("cbc:BaseQuantity", LG_LINE_PRICE_QUANTITY),
	GROUP("cac:AllowanceCharge", price_allowance),
};
ROWS(price);

#define LINE_HEAD(quantity) \
	VALUE("cbc:ID", LG_LINE_ID), VALUE("cbc:Note", LG_LINE_NOTE), VALUE(quantity "/@unitCode", LG_LINE_UNIT), \
		VALUE(quantity, LG_LINE_QUANTITY), VALUE("cbc:LineExtensionAmount", LG_LINE_NET, MONEY), \
		VALUE("cbc:AccountingCost", LG_LINE_ACCOUNTING_REFERENCE), \
		VALUE("cac:InvoicePeriod/cbc:StartDate", LG_PERIOD_START, .in = LG_LINE_PERIOD), \
		VALUE("cac:InvoicePeriod/cbc:EndDate", LG_PERIOD_END, .in = LG_LINE_PERIOD), \
		VALUE("cac:OrderLineReference/cbc:LineID", LG_LINE_ORDER_LINE), \
		OBJECT("cac:DocumentReference", LG_LINE_OBJECT, object)
#define LINE_TAIL GROUP("cac:Item", item, .flags = LG_XML_REQUIRED), GROUP("cac:Price", price)
static const struct lg_xml_row line_rows[] = { LINE_HEAD("cbc:InvoicedQuantity"), LINE_ALLOWANCES, LINE_TAIL };
ROWS(line);
static const struct lg_xml_row credit_line_rows[] = { LINE_HEAD("cbc:CreditedQuantity"), LINE_ALLOWANCES, LINE_TAIL };
ROWS(credit_line);

/* ---- the documents ---- */

static const struct lg_xml_row head_rows[] = {
	SKIP("ext:UBLExtensions"),
	SKIP("cbc:UBLVersionID"),
	VALUE("cbc:CustomizationID", LG_INVOICE_CUSTOMIZATION),
	VALUE("cbc:ProfileID", LG_INVOICE_PROFILE),
	VALUE("cbc:ID", LG_INVOICE_NUMBER),
	VALUE("cbc:IssueDate", LG_INVOICE_ISSUE_DATE),
};
ROWS(head);
static const struct lg_xml_row codes_rows[] = {
	VALUE("cbc:DocumentCurrencyCode", LG_INVOICE_CURRENCY),
	VALUE("cbc:TaxCurrencyCode", LG_INVOICE_TAX_CURRENCY),
	VALUE("cbc:AccountingCost", LG_INVOICE_ACCOUNTING_REFERENCE),
	VALUE("cbc:BuyerReference", LG_INVOICE_BUYER_REFERENCE),
	VALUE("cac:InvoicePeriod/cbc:StartDate", LG_PERIOD_START, .in = LG_INVOICE_PERIOD),
	VALUE("cac:InvoicePeriod/cbc:EndDate", LG_PERIOD_END, .in = LG_INVOICE_PERIOD),
	VALUE("cac:InvoicePeriod/cbc:DescriptionCode", LG_INVOICE_TAX_POINT_CODE),
};
ROWS(codes);
static const struct lg_xml_row customer_rows[] = { OBJECT("cac:Party", LG_INVOICE_BUYER, buyer) };
ROWS(customer);
static const struct lg_xml_row parties_rows[] = {
	SKIP("cac:Signature"),
	OBJECT("cac:AccountingSupplierParty/cac:Party", LG_INVOICE_SELLER, seller),
	GROUP("cac:AccountingCustomerParty", customer, .flags = LG_XML_REQUIRED),
	OBJECT("cac:PayeeParty", LG_INVOICE_PAYEE, payee),
	OBJECT("cac:TaxRepresentativeParty", LG_INVOICE_TAX_REPRESENTATIVE, payee),
	VALUE("cac:Delivery/cbc:ActualDeliveryDate", LG_DELIVERY_INFO_DATE, .in = LG_INVOICE_DELIVERY),
	OBJECT("cac:Delivery/cac:DeliveryLocation/cbc:ID", LG_DELIVERY_INFO_LOCATION, id, .in = LG_INVOICE_DELIVERY),
	OBJECT("cac:Delivery/cac:DeliveryLocation/cac:Address", LG_DELIVERY_INFO_ADDRESS, address,
	       .in = LG_INVOICE_DELIVERY),
	VALUE("cac:Delivery/cac:DeliveryParty/cac:PartyName/cbc:Name", LG_DELIVERY_INFO_NAME, .in = LG_INVOICE_DELIVERY),
};
ROWS(parties);
static const struct lg_xml_row sums_rows[] = {
	VALUE("cac:PaymentTerms/cbc:Note", LG_PAYMENT_INFO_TERMS, .in = LG_INVOICE_PAYMENT),
	VALUE("cac:PaymentTerms/cbc:PaymentDueDate", LG_INVOICE_DUE_DATE, .flags = LG_XML_READ),
	OBJECT("cac:AllowanceCharge", LG_INVOICE_ALLOWANCES, allowance),
	OBJECT("cac:AllowanceCharge", LG_INVOICE_CHARGES, charge),
	GROUP("cac:TaxTotal", tax_total),
	GROUP("cac:TaxTotal", tax_currency_total),
	GROUP("cac:TaxTotal", any_tax_total, .flags = LG_XML_READ),
	OBJECT("cac:LegalMonetaryTotal", LG_INVOICE_TOTALS, totals),
};
ROWS(sums);

static const struct lg_xml_row invoice_rows[] = {
	INCLUDE(head),
	VALUE("cbc:DueDate", LG_INVOICE_DUE_DATE),
	VALUE("cbc:InvoiceTypeCode", LG_INVOICE_TYPE),
	VALUE("cbc:Note", LG_INVOICE_NOTES),
	VALUE("cbc:TaxPointDate", LG_INVOICE_TAX_POINT_DATE),
	INCLUDE(codes),
	INCLUDE(references),
	VALUE("cac:OriginatorDocumentReference/cbc:ID", LG_INVOICE_TENDER_REFERENCE),
	VALUE("cac:ContractDocumentReference/cbc:ID", LG_INVOICE_CONTRACT_REFERENCE),
	OBJECT("cac:AdditionalDocumentReference", LG_INVOICE_OBJECT, object),
	OBJECT("cac:AdditionalDocumentReference", LG_INVOICE_ATTACHMENTS, attachment),
	VALUE("cac:ProjectReference/cbc:ID", LG_INVOICE_PROJECT_REFERENCE),
	INCLUDE(parties),
	GROUP("cac:PaymentMeans", means, .in = LG_INVOICE_PAYMENT, .each = LG_PAYMENT_INFO_ACCOUNTS),
	INCLUDE(sums),
	OBJECT("cac:InvoiceLine", LG_INVOICE_LINES, line, .flags = LG_XML_REQUIRED),
};
ROWS(invoice);

static const struct lg_xml_row credit_note_rows[] = {
	INCLUDE(head),
	VALUE("cbc:DueDate", LG_INVOICE_DUE_DATE, .flags = LG_XML_READ), /* not in the schema, but met */
	VALUE("cbc:TaxPointDate", LG_INVOICE_TAX_POINT_DATE),
	VALUE("cbc:CreditNoteTypeCode", LG_INVOICE_TYPE),
	VALUE("cbc:Note", LG_INVOICE_NOTES),
	INCLUDE(codes),
	INCLUDE(references),
	VALUE("cac:ContractDocumentReference/cbc:ID", LG_INVOICE_CONTRACT_REFERENCE),
	OBJECT("cac:AdditionalDocumentReference", LG_INVOICE_OBJECT, object),
	GROUP("cac:AdditionalDocumentReference", project),
	OBJECT("cac:AdditionalDocumentReference", LG_INVOICE_ATTACHMENTS, attachment),
	VALUE("cac:OriginatorDocumentReference/cbc:ID", LG_INVOICE_TENDER_REFERENCE),
	INCLUDE(parties),
	GROUP("cac:PaymentMeans", credit_means, .in = LG_INVOICE_PAYMENT, .each = LG_PAYMENT_INFO_ACCOUNTS),
	INCLUDE(sums),
	OBJECT("cac:CreditNoteLine", LG_INVOICE_LINES, credit_line, .flags = LG_XML_REQUIRED),
};
ROWS(credit_note);

#define DOCUMENT(p, r, end) \
	{ .path = (p), .kind = LG_XML_RECORD, .field = LG_INVOICE, .rows = &(r), .hook = (end) }
static const struct lg_xml_row document_rows[] = {
	DOCUMENT("inv:Invoice", invoice, ubl_invoice_end),
	DOCUMENT("cn:CreditNote", credit_note, ubl_credit_note_end),
	/* The envelope of a Peppol transport. */
	SKIP("sbd:StandardBusinessDocument/sbd:StandardBusinessDocumentHeader"),
	DOCUMENT("sbd:StandardBusinessDocument/inv:Invoice", invoice, ubl_invoice_end),
	DOCUMENT("sbd:StandardBusinessDocument/cn:CreditNote", credit_note, ubl_credit_note_end),
};
ROWS(document);
const struct lg_xml_row *const ubl_invoice_row = &document_rows[0];
const struct lg_xml_row *const ubl_credit_note_row = &document_rows[1];

#define UBL "urn:oasis:names:specification:ubl:schema:xsd:"
static const struct lg_xml_space spaces[] = {
	{ "inv", UBL "Invoice-2" },
	{ "cn", UBL "CreditNote-2" },
	{ "cac", UBL "CommonAggregateComponents-2" },
	{ "cbc", UBL "CommonBasicComponents-2" },
	{ "ext", UBL "CommonExtensionComponents-2" },
	{ "sbd", "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader" },
};

const struct lg_xml ubl_xml = {
	.size = sizeof ubl_xml,
	.space_count = sizeof spaces / sizeof spaces[0],
	.spaces = spaces,
	.rows = &document,
	.currency_attribute = "currencyID",
};
