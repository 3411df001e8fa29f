#include "core/flow/money.h"

#include "core/base/dec.h"
#include "core/model/fields.h"

/* What a work item is about, in money. */
void money_of(const struct lg_rec *r, lg_dec *amount, lg_str *currency)
{
	static const struct {
		uint16_t kind, amount, currency;
	} rows[] = {
		{ LG_TRANSACTION, LG_TRANSACTION_AMOUNT, LG_TRANSACTION_CURRENCY },
		{ LG_PAYMENT, LG_PAYMENT_AMOUNT, LG_PAYMENT_CURRENCY },
		{ LG_PAYOUT, LG_PAYOUT_AMOUNT, LG_PAYOUT_CURRENCY },
		{ LG_ALLOCATION, LG_ALLOCATION_AMOUNT, LG_ALLOCATION_CURRENCY },
	};
	const struct lg_rec *totals;

	*amount = DEC_ZERO;
	*currency = STR_NONE;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rec_object(r) == rows[i].kind) {
			rec_dec(r, rows[i].amount, amount);
			*currency = rec_str(r, rows[i].currency);
			return;
		}
	if (rec_object(r) == LG_INVOICE) {
		totals = rec_obj(r, LG_INVOICE_TOTALS);
		*currency = rec_str(r, LG_INVOICE_CURRENCY);
		if (totals)
			rec_dec(totals, LG_TOTALS_PAYABLE, amount);
	}
}

static bool fits(lg_dec amount, lg_str currency, const char *what, struct err *err)
{
	int digits = currency_digits(currency);
	char text[DEC_TEXT_MAX];

	if (currency.len == 0 || amount.scale <= digits)
		return true;
	dec_text(amount, digits, text);
	err_set(err, ERR_REJECT, "record.decimals", "the %s %s has more decimals than %.*s, which has %d decimals",
		what, text, STRA(currency), digits);
	return err_hint(err, "ask for a corrected document, then drop this item");
}

static bool invoice_fits(const struct lg_rec *r, struct err *err)
{
	static const struct {
		uint16_t field;
		const char *name;
	} rows[] = {
		{ LG_TOTALS_PAYABLE, "payable amount" }, { LG_TOTALS_GROSS, "gross amount" },
		{ LG_TOTALS_NET, "net amount" },         { LG_TOTALS_TAX, "tax amount" },
		{ LG_TOTALS_PREPAID, "prepaid amount" }, { LG_TOTALS_ROUNDING, "rounding" },
	};
	const struct lg_rec *totals = rec_obj(r, LG_INVOICE_TOTALS), *tax;
	lg_str currency = rec_str(r, LG_INVOICE_CURRENCY);
	lg_dec amount;

	for (size_t i = 0; totals && i < ARRAY_LEN(rows); i++)
		if (rec_dec(totals, rows[i].field, &amount) && !fits(amount, currency, rows[i].name, err))
			return false;
	for (size_t i = 0; i < rec_count(r, LG_INVOICE_TAXES); i++) {
		tax = rec_obj_at(r, LG_INVOICE_TAXES, i);
		if ((rec_dec(tax, LG_TAX_BASE, &amount) && !fits(amount, currency, "taxable amount", err)) ||
		    (rec_dec(tax, LG_TAX_AMOUNT, &amount) && !fits(amount, currency, "tax amount", err)))
			return false;
	}
	return true;
}

bool money_fits(const struct lg_rec *r, struct err *err)
{
	lg_str currency;
	lg_dec amount;

	if (rec_object(r) == LG_INVOICE)
		return invoice_fits(r, err);
	money_of(r, &amount, &currency);
	return fits(amount, currency, "amount", err);
}
