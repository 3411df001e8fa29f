/* items.h - how the open items are kept, for the steps that share them (register makes them, match changes them, book
   and others read them).  Everything follows from the fields of the open_item, so that each step that puts one gives
   the same index values.

   Table "items", key client/seller/number (as in the record).  Index values:
     ref      each of `references` (bare payment references and, when it can stand for one, the folded number)
     number   the number folded: ASCII letters and digits, upper case; and once more without leading zeros
     invoice  id of the invoice record
     client   the client
   and only while `open` is above zero:
     debtor   key of the debtor
     amount   open amount and currency, "1250.00 SEK"
     open     the client

   register wakes "ref:VALUE", "number:VALUE", "debtor:VALUE", "amount:VALUE" with the same values. */
#pragma once
#include "loligo.h"

#include <string.h>

#define ITEMS_TABLE "items"
/* The rows of an invoice's taxes by the invoice's id, as an invoice with nothing else: for the VAT of a discount.
   register keeps them when the terms offer one, book for all that it books. */
#define TAXES_TABLE "invoice_taxes"
#define ITEMS_REFERENCES 8
#define ITEMS_INDEX_MAX (ITEMS_REFERENCES + 7)
#define ITEMS_TEXT 160 /* longest index value */

struct items_values {
	struct lg_index index[ITEMS_INDEX_MAX];
	size_t count;
	char number[ITEMS_TEXT], amount[ITEMS_TEXT];
};

/* ASCII letters and digits, upper case; cut at `size`. */
static inline lg_str items_fold(lg_str s, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len && n < size; i++) {
		char c = s.ptr[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
			out[n++] = c;
	}
	return (lg_str){ out, n };
}

static inline lg_str items_unpad(lg_str s)
{
	while (s.len > 1 && s.ptr[0] == '0')
		s = (lg_str){ s.ptr + 1, s.len - 1 };
	return s;
}

/* "1250.00 SEK"; out has ITEMS_TEXT bytes. */
static inline lg_str items_amount(const struct lg_host *h, lg_dec amount, lg_str currency, char *out)
{
	size_t n = h->dec_text(amount, h->currency_digits(currency), out);

	out[n++] = ' ';
	if (currency.len > 8)
		currency.len = 8;
	memcpy(out + n, currency.ptr ? currency.ptr : "", currency.len);
	return (lg_str){ out, n + currency.len };
}

static inline void items_add(struct items_values *v, const char *name, lg_str value)
{
	if (value.len > 0)
		v->index[v->count++] = (struct lg_index){ { name, strlen(name) }, value };
}

/* Index values of an item; they point into the item and into *v. */
static inline void items_index(const struct lg_host *h, const struct lg_rec *item, struct items_values *v)
{
	const struct lg_records *r = h->rec;
	size_t refs = r->count(item, LG_OPEN_ITEM_REFERENCES);
	lg_str number = items_fold(r->str(item, LG_OPEN_ITEM_NUMBER), v->number, sizeof v->number);
	lg_str client = r->str(item, LG_COMMON_CLIENT);
	lg_dec open = { 0, 0 };

	v->count = 0;
	for (size_t i = 0; i < refs && i < ITEMS_REFERENCES; i++)
		items_add(v, "ref", r->str_at(item, LG_OPEN_ITEM_REFERENCES, i));
	items_add(v, "number", number);
	if (items_unpad(number).len < number.len)
		items_add(v, "number", items_unpad(number));
	items_add(v, "invoice", r->str(item, LG_OPEN_ITEM_INVOICE));
	items_add(v, "client", client);
	if (!r->dec(item, LG_OPEN_ITEM_OPEN, &open) || open.coef <= 0)
		return;
	items_add(v, "debtor", r->str(item, LG_OPEN_ITEM_DEBTOR));
	items_add(v, "amount", items_amount(h, open, r->str(item, LG_OPEN_ITEM_CURRENCY), v->amount));
	items_add(v, "open", client);
}
