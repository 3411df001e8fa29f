/* What stands in a detail (and some of it in an entry): amounts, charges, references, parties, remittance. */
#include "camt.h"

#include <string.h>

/* ---- amounts ---- */

static lg_status keep_amount(const struct lg_xml_at *at, enum amount_place place)
{
	struct camt *c = camt_of(at);

	if (c->now.rec && !c->now.amounts[place].ccy[0])
		c->now.amounts[place] = money_of(c, at->rec);
	return LG_OK;
}

lg_status on_detail_amount(const struct lg_xml_at *at)
{
	return keep_amount(at, PLACE_OWN);
}

lg_status on_tx_amount(const struct lg_xml_at *at)
{
	return keep_amount(at, PLACE_TX);
}

lg_status on_counter_amount(const struct lg_xml_at *at)
{
	return keep_amount(at, PLACE_COUNTER);
}

/* What the payer ordered, in the payer's currency. */
lg_status on_instructed_amount(const struct lg_xml_at *at)
{
	struct camt *c = camt_of(at);
	struct lg_rec *to = camt_target(c);

	if (c->rec->has(at->rec, LG_MONEY_AMOUNT) && !c->rec->has(to, LG_TRANSACTION_INSTRUCTED))
		c->rec->copy(c->rec->add_obj(to, LG_TRANSACTION_INSTRUCTED), at->rec);
	return keep_amount(at, PLACE_INSTRUCTED);
}

/* Several amounts may repeat the exchange: the first one counts. */
lg_status on_exchange_end(const struct lg_xml_at *at)
{
	struct camt *c = camt_of(at);
	struct lg_rec *to = camt_target(c);

	if (!c->rec->has(to, LG_TRANSACTION_EXCHANGE))
		c->rec->copy(c->rec->add_obj(to, LG_TRANSACTION_EXCHANGE), at->rec);
	return LG_OK;
}

lg_status on_charge_end(const struct lg_xml_at *at)
{
	struct camt *c = camt_of(at);
	struct lg_rec *to = camt_target(c);

	if (!c->rec->has(at->rec, LG_CHARGE_AMOUNT))
		return LG_OK;
	c->rec->copy(c->rec->add_obj(to, LG_TRANSACTION_CHARGES), at->rec);
	if (c->rec->boolean(at->rec, LG_CHARGE_INCLUDED))
		c->rec->set_bool(to, LG_TRANSACTION_CHARGES_INCLUDED, true);
	return LG_OK;
}

/* ---- references ---- */

/* What banks write where they have none. */
static bool says_nothing(lg_str s)
{
	static const char *const none[] = { "NOTPROVIDED", "NOT PROVIDED", "NONREF", "notprovided", "NotProvided" };

	if (s.len == 0 || (s.ptr[0] != 'N' && s.ptr[0] != 'n'))
		return s.len == 0;
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		if (same_text(s, none[i]))
			return true;
	return false;
}

lg_status on_reference(const struct lg_xml_at *at)
{
	struct camt *c = camt_of(at);

	if (!says_nothing(at->text) && !c->rec->has(at->rec, at->row->field))
		c->rec->set_str(at->rec, at->row->field, at->text);
	return LG_OK;
}

lg_status on_detail_reference(const struct lg_xml_at *at)
{
	struct camt *c = camt_of(at);

	if (!says_nothing(at->text))
		c->rec->set_str(c->now.rec, LG_TRANSACTION_DETAIL_REFERENCE, at->text);
	return LG_OK;
}

lg_status on_batch_id(const struct lg_xml_at *at)
{
	struct camt *c = camt_of(at);

	if (!says_nothing(at->text))
		c->rec->set_str(c->rec->add_obj(c->now.rec, LG_TRANSACTION_BATCH), LG_BATCH_ID, at->text);
	return LG_OK;
}

/* ---- the other side, and our own ---- */

/* What was collected of one side goes to the counterparty, or it is ourselves: then the name alone. */
static void keep_party(struct camt *c, const struct lg_rec *found, bool other)
{
	static const uint16_t fields[] = { LG_COUNTERPARTY_NAME, LG_COUNTERPARTY_ACCOUNT, LG_COUNTERPARTY_BIC,
					   LG_COUNTERPARTY_IDS,  LG_COUNTERPARTY_COUNTRY, LG_COUNTERPARTY_ADDRESS };
	lg_str name = c->rec->str(found, LG_COUNTERPARTY_NAME);
	bool any = false;

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		any = any || c->rec->has(found, fields[i]);
	if (other && any)
		c->rec->copy(c->rec->add_obj(c->now.rec, LG_TRANSACTION_COUNTERPARTY), found);
	else if (!other && name.len)
		c->rec->set_str(c->now.rec, LG_TRANSACTION_OWN_PARTY, name);
}

lg_status on_party_start(const struct lg_xml_at *at)
{
	camt_of(at)->party = at->rec;
	return LG_OK;
}

/* A debtor pays: the other side of a credit. */
lg_status on_debtor(const struct lg_xml_at *at)
{
	keep_party(camt_of(at), at->rec, camt_of(at)->now.side == SIDE_CREDIT);
	return LG_OK;
}

lg_status on_creditor(const struct lg_xml_at *at)
{
	keep_party(camt_of(at), at->rec, camt_of(at)->now.side == SIDE_DEBIT);
	return LG_OK;
}

static void keep_ultimate(struct camt *c, const struct lg_rec *found, bool other)
{
	lg_str name = c->rec->str(found, LG_COUNTERPARTY_NAME);

	if (other && name.len)
		c->rec->set_str(c->rec->add_obj(c->now.rec, LG_TRANSACTION_COUNTERPARTY), LG_COUNTERPARTY_ULTIMATE_NAME,
				name);
}

lg_status on_ultimate_debtor(const struct lg_xml_at *at)
{
	keep_ultimate(camt_of(at), at->rec, camt_of(at)->now.side == SIDE_CREDIT);
	return LG_OK;
}

lg_status on_ultimate_creditor(const struct lg_xml_at *at)
{
	keep_ultimate(camt_of(at), at->rec, camt_of(at)->now.side == SIDE_DEBIT);
	return LG_OK;
}

lg_status on_scheme(const struct lg_xml_at *at)
{
	const char *scheme = at->row->value;

	camt_of(at)->rec->set_str(at->rec, LG_IDENTIFIER_SCHEME, (lg_str){ scheme, strlen(scheme) });
	return LG_OK;
}

lg_status on_address_line(const struct lg_xml_at *at)
{
	camt_of(at)->rec->add_str(camt_of(at)->party, LG_COUNTERPARTY_ADDRESS, at->text);
	return LG_OK;
}

/* "Storgatan 1", "111 22 Stockholm" */
static bool add_line(struct camt *c, const struct lg_rec *address, uint16_t first, uint16_t second)
{
	lg_str a = c->rec->str(address, first), b = c->rec->str(address, second);

	text_clear(&c->scratch);
	if (!text_add(&c->scratch, a) || (a.len && b.len && !text_add(&c->scratch, LG_STR(" "))) ||
	    !text_add(&c->scratch, b))
		return false;
	if (c->scratch.len)
		c->rec->add_str(c->party, LG_COUNTERPARTY_ADDRESS, text_view(&c->scratch));
	return true;
}

lg_status on_address_end(const struct lg_xml_at *at)
{
	struct camt *c = camt_of(at);

	c->rec->set_str(c->party, LG_COUNTERPARTY_COUNTRY, c->rec->str(at->rec, LG_ADDRESS_COUNTRY));
	if (!add_line(c, at->rec, LG_ADDRESS_LINE1, LG_ADDRESS_LINE2) ||
	    !add_line(c, at->rec, LG_ADDRESS_POSTAL_CODE, LG_ADDRESS_CITY))
		return LG_RETRY;
	return LG_OK;
}

/* ---- remittance ---- */

static lg_status append(struct text *t, lg_str s)
{
	return (t->len == 0 || text_add(t, LG_STR(" "))) && text_add(t, s) ? LG_OK : LG_RETRY;
}

lg_status on_unstructured(const struct lg_xml_at *at)
{
	return append(&camt_of(at)->remittance, at->text);
}

/* Swiss banks put the outcome of their own checks here: "?REJECT?0?ERROR?000". */
lg_status on_additional_remittance(const struct lg_xml_at *at)
{
	static const char swiss[] = "?REJECT?";

	if (at->text.len >= sizeof swiss - 1 && memcmp(at->text.ptr, swiss, sizeof swiss - 1) == 0)
		return LG_OK;
	return append(&camt_of(at)->remittance, at->text);
}

lg_status on_return_text(const struct lg_xml_at *at)
{
	return append(&camt_of(at)->reason, at->text);
}

lg_status on_creditor_reference(const struct lg_xml_at *at)
{
	struct camt *c = camt_of(at);

	if (!says_nothing(at->text))
		c->rec->add_str(c->now.rec, LG_TRANSACTION_REFERENCES, at->text);
	return LG_OK;
}

static void keep_document(const struct camt *c, const struct lg_rec *found)
{
	c->rec->copy(c->rec->add_obj(c->now.rec, LG_TRANSACTION_DOCUMENTS), found);
}

/* The first document of a Strd shares its amounts; further ones stand for themselves. */
lg_status on_document_end(const struct lg_xml_at *at)
{
	struct camt *c = camt_of(at);

	if (!c->rec->has(at->rec, LG_REMITTED_NUMBER))
		return LG_OK;
	if (!c->document) {
		c->document = at->rec;
		return LG_OK;
	}
	keep_document(c, at->rec);
	return LG_OK;
}

/* A credit note that is deducted counts negative. */
static void sign_document(const struct camt *c, struct lg_rec *doc)
{
	bool credit = same_text(c->rec->str(doc, LG_REMITTED_TYPE), "CREN");
	lg_dec amount;

	if (c->rec->dec(doc, LG_REMITTED_AMOUNT, &amount)) {
		if (credit)
			c->rec->set_dec(doc, LG_REMITTED_AMOUNT, negative(positive(amount)));
	} else if (c->rec->dec(doc, LG_REMITTED_CREDIT, &amount)) {
		c->rec->set_dec(doc, LG_REMITTED_AMOUNT, negative(positive(amount)));
	}
}

lg_status on_structured_end(const struct lg_xml_at *at)
{
	static const uint16_t kept[] = { LG_REMITTED_NUMBER, LG_REMITTED_AMOUNT, LG_REMITTED_DUE_AMOUNT,
					 LG_REMITTED_CREDIT };
	struct camt *c = camt_of(at);
	bool any = false;

	if (c->document)
		c->rec->copy(at->rec, c->document);
	c->document = NULL;
	sign_document(c, at->rec);
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
		any = any || c->rec->has(at->rec, kept[i]);
	if (any)
		keep_document(c, at->rec);
	return LG_OK;
}
