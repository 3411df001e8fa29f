#include "core/cli/summary.h"

#include "core/base/date.h"
#include "core/base/dec.h"

#include <stdio.h>

/* Where a kind keeps what a line about it shows. */
static const struct {
	uint16_t kind, name, amount, currency, date;
} rows[] = {
	{ LG_INVOICE, LG_INVOICE_NUMBER, 0, LG_INVOICE_CURRENCY, LG_INVOICE_ISSUE_DATE },
	{ LG_TRANSACTION, LG_TRANSACTION_BANK_REFERENCE, LG_TRANSACTION_AMOUNT, LG_TRANSACTION_CURRENCY,
	  LG_TRANSACTION_BOOKING_DATE },
	{ LG_STATEMENT, LG_STATEMENT_STATEMENT_ID, LG_STATEMENT_CLOSING_BALANCE, 0, LG_STATEMENT_TO },
	{ LG_ALLOCATION, LG_ALLOCATION_INVOICE_NUMBER, LG_ALLOCATION_AMOUNT, LG_ALLOCATION_CURRENCY,
	  LG_ALLOCATION_DATE },
	{ LG_VOUCHER, 0, 0, 0, LG_VOUCHER_DATE },
	{ LG_PAYMENT, LG_PAYMENT_REMITTANCE, LG_PAYMENT_AMOUNT, LG_PAYMENT_CURRENCY, LG_PAYMENT_AVAILABLE_ON },
	{ LG_FINANCING, LG_FINANCING_INVOICE_NUMBER, 0, LG_FINANCING_CURRENCY, LG_FINANCING_DATE },
	{ LG_BOOKS, LG_BOOKS_PROGRAM, 0, LG_BOOKS_CURRENCY, LG_BOOKS_GENERATED_ON },
	{ LG_BALANCE, LG_BALANCE_ACCOUNT, LG_BALANCE_AMOUNT, LG_BALANCE_CURRENCY, LG_BALANCE_YEAR_END },
};

static size_t row_of(const struct lg_rec *r)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].kind == rec_object(r))
			return i;
	return ARRAY_LEN(rows);
}

lg_str summary_name(struct cli *cli, const struct lg_rec *r)
{
	size_t i = row_of(r);
	int64_t number;

	if (rec_object(r) == LG_VOUCHER && rec_int(r, LG_VOUCHER_NUMBER, &number))
		return arena_printf(&cli->arena, "%.*s %.*s%lld", STRA(rec_str(r, LG_VOUCHER_LEDGER)),
				    STRA(rec_str(r, LG_VOUCHER_SERIES)), (long long)number);
	return i < ARRAY_LEN(rows) && rows[i].name ? rec_str(r, rows[i].name) : STR_NONE;
}

bool summary_amount(const struct lg_rec *r, lg_dec *amount, lg_str *currency)
{
	size_t i = row_of(r);
	const struct lg_rec *totals;

	*currency = i < ARRAY_LEN(rows) && rows[i].currency ? rec_str(r, rows[i].currency) : STR_NONE;
	if (rec_object(r) == LG_INVOICE) {
		totals = rec_obj(r, LG_INVOICE_TOTALS);
		return totals && rec_dec(totals, LG_TOTALS_PAYABLE, amount);
	}
	return i < ARRAY_LEN(rows) && rows[i].amount && rec_dec(r, rows[i].amount, amount);
}

/* What is particular to a kind, behind its name. */
static void add_detail(struct cli *cli, const struct lg_rec *r, struct buf *b)
{
	const struct lg_rec *party, *to;

	(void)cli;
	if (rec_object(r) == LG_INVOICE && (party = rec_obj(r, LG_INVOICE_SELLER)) != NULL)
		buf_addf(b, " of %.*s", STRA(rec_str(party, LG_PARTY_NAME)));
	if (rec_object(r) == LG_TRANSACTION && (party = rec_obj(r, LG_TRANSACTION_COUNTERPARTY)) != NULL)
		buf_addf(b, " %s %.*s", str_is(rec_str(r, LG_TRANSACTION_SIDE), "credit") ? "from" : "to",
			 STRA(rec_str(party, LG_COUNTERPARTY_NAME)));
	if (rec_object(r) == LG_ALLOCATION && (to = rec_obj(r, LG_ALLOCATION_TO)) != NULL)
		buf_addf(b, "%s to %.*s by %.*s %.*s",
			 rec_has(r, LG_ALLOCATION_REVERSES) ? " taken back, that went" : "",
			 STRA(rec_str(to, LG_LINK_KIND)), STRA(rec_str(r, LG_ALLOCATION_STAGE)),
			 STRA(rec_str(r, LG_ALLOCATION_RULE)));
	if (rec_object(r) == LG_VOUCHER)
		buf_addf(b, ": %.*s, %.*s", STRA(rec_str(r, LG_VOUCHER_EVENT)), STRA(rec_str(r, LG_VOUCHER_TEXT)));
	if (rec_object(r) == LG_FINANCING)
		buf_addf(b, ": %.*s", STRA(rec_str(r, LG_FINANCING_EVENT)));
}

lg_str summary_text(struct cli *cli, const struct lg_rec *r)
{
	lg_str name = summary_name(cli, r), currency, text;
	struct buf b = { 0 };
	lg_dec amount;
	lg_date day;
	size_t i = row_of(r);

	buf_cstr(&b, object_get(rec_object(r))->name);
	if (name.len > 0)
		buf_addf(&b, " %.*s", STRA(name));
	add_detail(cli, r, &b);
	if (summary_amount(r, &amount, &currency))
		buf_addf(&b, ", %.*s %.*s", STRA(cli_amount(cli, amount, currency)), STRA(currency));
	if (i < ARRAY_LEN(rows) && rec_date(r, rows[i].date, &day))
		buf_addf(&b, ", %.*s", STRA(cli_date(cli, day)));
	if (rec_has(r, LG_COMMON_CLIENT))
		buf_addf(&b, ", client %.*s", STRA(rec_str(r, LG_COMMON_CLIENT)));
	text = arena_str(&cli->arena, buf_view(&b));
	buf_fini(&b);
	return text;
}

struct finder {
	struct cli *cli;
	struct found *out;
};

static bool keep(void *ctx, const struct store_row *row)
{
	struct finder *f = ctx;
	struct store_row *more;

	if (f->out->count == f->out->cap) {
		f->out->cap = f->out->cap ? f->out->cap * 2 : 8;
		more = arena_array(&f->cli->arena, struct store_row, f->out->cap);
		for (size_t i = 0; i < f->out->count; i++)
			more[i] = f->out->rows[i];
		f->out->rows = more;
	}
	f->out->rows[f->out->count] = *row;
	f->out->rows[f->out->count].id = arena_str(&f->cli->arena, row->id);
	f->out->rows[f->out->count++].rec = row->rec ? rec_clone(&f->cli->arena, row->rec) : NULL;
	return f->out->count < 1000;
}

bool summary_find(struct cli *cli, const char *what, struct found *out)
{
	struct finder f = { cli, out };
	struct store_filter by_id = { .id = str_of(what) }, by_text = { .text = str_of(what) };
	struct err err = { 0 };

	if (!view_records(cli->view, &by_id, keep, &f, &err) ||
	    (out->count == 0 && !view_records(cli->view, &by_text, keep, &f, &err))) {
		cli_fail(&err);
		return false;
	}
	if (out->count == 0)
		fprintf(stderr, "loligo: no record has the id, number or bank reference \"%s\"\n", what);
	return out->count > 0;
}
