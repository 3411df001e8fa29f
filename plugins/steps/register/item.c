#include "register.h"

#define REFERENCE_MIN 4 /* a shorter invoice number is no payment reference */

static void add_reference(const struct lg_host *h, struct lg_rec *item, lg_str ref)
{
	size_t n = h->rec->count(item, LG_OPEN_ITEM_REFERENCES);

	if (ref.len == 0 || ref.len > ITEMS_TEXT || n >= ITEMS_REFERENCES)
		return;
	for (size_t i = 0; i < n; i++) {
		lg_str old = h->rec->str_at(item, LG_OPEN_ITEM_REFERENCES, i);

		if (old.len == ref.len && memcmp(old.ptr, ref.ptr, ref.len) == 0)
			return;
	}
	h->rec->add_str(item, LG_OPEN_ITEM_REFERENCES, ref);
}

/* The reference as the document has it; an RF reference also as what it wraps, a viite also without leading zeros. */
static void add_references(const struct lg_host *h, struct lg_run *run, struct lg_rec *item, lg_str text)
{
	lg_str bare = { 0 };
	uint32_t schemes = h->reference(run, text, &bare);

	add_reference(h, item, bare);
	if ((schemes & LG_REF_RF) != 0)
		add_reference(h, item, items_unpad((lg_str){ bare.ptr + 4, bare.len - 4 }));
	if ((schemes & LG_REF_FI) != 0)
		add_reference(h, item, items_unpad(bare));
}

static bool has_digit(lg_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] >= '0' && s.ptr[i] <= '9')
			return true;
	return false;
}

static void set_references(const struct lg_host *h, struct lg_run *run, const struct register_config *c,
			   struct lg_rec *item, const struct lg_rec *invoice)
{
	const struct lg_rec *payment = h->rec->obj(invoice, LG_INVOICE_PAYMENT);
	char folded[ITEMS_TEXT];
	lg_str number = items_fold(h->rec->str(invoice, LG_INVOICE_NUMBER), folded, sizeof folded);

	if (payment != NULL)
		add_references(h, run, item, h->rec->str(payment, LG_PAYMENT_INFO_REFERENCE));
	if (c->number_as_reference && number.len >= REFERENCE_MIN && has_digit(number))
		add_reference(h, item, number);
}

static void set_discount(const struct lg_host *h, struct lg_rec *item, const struct lg_rec *invoice)
{
	const struct lg_rec *payment = h->rec->obj(invoice, LG_INVOICE_PAYMENT);
	lg_date issued;
	lg_dec percent;
	int64_t days;

	if (payment == NULL || !h->rec->date(invoice, LG_INVOICE_ISSUE_DATE, &issued) ||
	    !terms_discount(h, h->rec->str(payment, LG_PAYMENT_INFO_TERMS), &percent, &days))
		return;
	h->rec->set_date(item, LG_OPEN_ITEM_DISCOUNT_DATE, issued + (lg_date)days);
	h->rec->set_dec(item, LG_OPEN_ITEM_DISCOUNT_PERCENT, percent);
}

static void copy_dates(const struct lg_host *h, struct lg_rec *item, const struct lg_rec *invoice)
{
	lg_date issued, due;

	if (h->rec->date(invoice, LG_INVOICE_ISSUE_DATE, &issued))
		h->rec->set_date(item, LG_OPEN_ITEM_ISSUE_DATE, issued);
	if (h->rec->date(invoice, LG_INVOICE_DUE_DATE, &due))
		h->rec->set_date(item, LG_OPEN_ITEM_DUE_DATE, due);
	else if (h->rec->has(invoice, LG_INVOICE_ISSUE_DATE))
		h->rec->set_date(item, LG_OPEN_ITEM_DUE_DATE, issued);
}

static void copy_common(const struct lg_host *h, struct lg_rec *item, const struct lg_rec *invoice)
{
	static const uint16_t texts[] = { LG_COMMON_CONNECTION, LG_COMMON_EXTERNAL_ID, LG_COMMON_SOURCE };
	int64_t revision;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		h->rec->set_str(item, texts[i], h->rec->str(invoice, texts[i]));
	if (h->rec->integer(invoice, LG_COMMON_REVISION, &revision))
		h->rec->set_int(item, LG_COMMON_REVISION, revision);
}

static void set_parties(const struct lg_host *h, struct lg_rec *item, const struct lg_rec *invoice)
{
	const struct lg_rec *buyer = h->rec->obj(invoice, LG_INVOICE_BUYER);
	char key[ITEMS_TEXT];

	h->rec->set_str(item, LG_OPEN_ITEM_SELLER, party_key(h, h->rec->obj(invoice, LG_INVOICE_SELLER), key));
	h->rec->set_str(item, LG_OPEN_ITEM_DEBTOR, party_key(h, buyer, key));
	if (buyer != NULL)
		h->rec->set_str(item, LG_OPEN_ITEM_DEBTOR_NAME, h->rec->str(buyer, LG_PARTY_NAME));
}

/* Amounts are as in the document; what is owed the other way round (a negative invoice) is kept as a credit note. */
static void set_amount(const struct lg_host *h, struct lg_rec *item, const struct lg_rec *invoice, lg_dec payable)
{
	lg_str type = h->rec->str(invoice, LG_INVOICE_TYPE);
	bool note = h->is_credit_note(type), credit = note != (payable.coef < 0);

	if (payable.coef < 0)
		payable.coef = -payable.coef;
	if (credit != note || type.len == 0)
		type = credit ? LG_STR("381") : LG_STR("380");
	h->rec->set_str(item, LG_OPEN_ITEM_TYPE, type);
	h->rec->set_dec(item, LG_OPEN_ITEM_AMOUNT, payable);
	h->rec->set_dec(item, LG_OPEN_ITEM_OPEN, payable);
	h->rec->set_str(item, LG_OPEN_ITEM_STATUS, payable.coef == 0 ? LG_STR("closed") : LG_STR("open"));
}

static bool complain(const struct lg_host *h, struct lg_run *run, const struct lg_rec *invoice, const char *what)
{
	lg_str number = h->rec->str(invoice, LG_INVOICE_NUMBER);

	h->explain(run, "register.incomplete",
		   "the invoice \"%.*s\" has no %s; correct it at its source and send it again, or drop it",
		   (int)number.len, number.ptr, what);
	return false;
}

static bool complete(const struct lg_host *h, struct lg_run *run, const struct lg_rec *invoice, lg_dec *payable)
{
	const struct lg_rec *totals = h->rec->obj(invoice, LG_INVOICE_TOTALS);

	if (!h->rec->has(invoice, LG_INVOICE_NUMBER))
		return complain(h, run, invoice, "number");
	if (!h->rec->has(invoice, LG_INVOICE_CURRENCY))
		return complain(h, run, invoice, "currency");
	if (!h->rec->has(invoice, LG_INVOICE_SELLER))
		return complain(h, run, invoice, "seller");
	if (totals == NULL ||
	    (!h->rec->dec(totals, LG_TOTALS_PAYABLE, payable) && !h->rec->dec(totals, LG_TOTALS_GROSS, payable)))
		return complain(h, run, invoice, "amount to pay (totals.payable)");
	return true;
}

struct lg_rec *item_of(const struct lg_host *h, struct lg_run *run, const struct register_config *c,
		       const struct lg_rec *invoice, lg_str client, lg_str contract)
{
	struct lg_rec *item;
	lg_dec payable = { 0, 0 };
	size_t preceding = h->rec->count(invoice, LG_INVOICE_PRECEDING);

	if (!complete(h, run, invoice, &payable))
		return NULL;
	item = h->rec_new(run, LG_OPEN_ITEM);
	copy_common(h, item, invoice);
	h->rec->set_str(item, LG_COMMON_CLIENT, client);
	h->rec->set_str(item, LG_OPEN_ITEM_CONTRACT, contract);
	h->rec->set_str(item, LG_OPEN_ITEM_INVOICE, h->rec->str(invoice, LG_COMMON_ID));
	h->rec->set_str(item, LG_OPEN_ITEM_NUMBER, h->rec->str(invoice, LG_INVOICE_NUMBER));
	h->rec->set_str(item, LG_OPEN_ITEM_CURRENCY, h->rec->str(invoice, LG_INVOICE_CURRENCY));
	set_amount(h, item, invoice, payable);
	copy_dates(h, item, invoice);
	set_parties(h, item, invoice);
	set_references(h, run, c, item, invoice);
	set_discount(h, item, invoice);
	for (size_t i = 0; i < preceding; i++)
		h->rec->add_str(item, LG_OPEN_ITEM_CREDITS,
				h->rec->str(h->rec->obj_at(invoice, LG_INVOICE_PRECEDING, i), LG_PRECEDING_NUMBER));
	return item;
}
