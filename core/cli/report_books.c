/* report_books.c - trial balance, vouchers, and the files that hold them. */
#include "core/cli/report.h"

#include "core/base/date.h"
#include "core/base/dec.h"

#include <stdio.h>

struct books {
	struct cli *cli;
	lg_date as_of;
	struct sums accounts; /* "ledger company account" -> a debit, b credit */
	struct table *table;
};

static bool before(const struct books *b, const struct lg_rec *voucher)
{
	lg_date day;

	return rec_date(voucher, LG_VOUCHER_DATE, &day) && day <= b->as_of;
}

static bool add_voucher(void *ctx, const struct store_row *row)
{
	struct books *b = ctx;
	const struct lg_rec *v = row->rec;

	for (size_t i = 0; before(b, v) && i < rec_count(v, LG_VOUCHER_LINES); i++) {
		const struct lg_rec *line = rec_obj_at(v, LG_VOUCHER_LINES, i);
		struct sum *s = sums_at(&b->accounts, arena_printf(&b->cli->arena, "%.*s\t%.*s\t%.*s",
								   STRA(rec_str(v, LG_VOUCHER_LEDGER)),
								   STRA(rec_str(v, LG_VOUCHER_COMPANY)),
								   STRA(rec_str(line, LG_VOUCHER_LINE_ACCOUNT))));
		lg_dec amount;

		if (rec_dec(line, LG_VOUCHER_LINE_DEBIT, &amount))
			sum_add(&s->a, amount, 1);
		if (rec_dec(line, LG_VOUCHER_LINE_CREDIT, &amount))
			sum_add(&s->b, amount, 1);
	}
	return true;
}

static void balance_row(struct table *t, struct cli *cli, lg_str ledger, lg_str company, lg_str account, lg_dec debit,
			lg_dec credit)
{
	lg_dec balance = debit;

	sum_add(&balance, credit, -1);
	table_cell(t, ledger);
	table_cell(t, company);
	table_cell(t, account);
	table_cell(t, cli_amount(cli, debit, STR_NONE));
	table_cell(t, cli_amount(cli, credit, STR_NONE));
	table_cell(t, cli_amount(cli, balance, STR_NONE));
}

/* The accounts of one set of books, then its total, whose balance is zero. */
static void print_balances(struct books *b, struct table *t)
{
	struct sum **list = sums_sorted(&b->accounts), total = { 0 };

	for (size_t i = 0; i < b->accounts.map.count; i++) {
		lg_str rest = list[i]->key, ledger, company, next_ledger, next_company;
		bool last = i + 1 == b->accounts.map.count;

		str_split(&rest, '\t', &ledger);
		str_split(&rest, '\t', &company);
		balance_row(t, b->cli, ledger, company, rest, list[i]->a, list[i]->b);
		sum_add(&total.a, list[i]->a, 1);
		sum_add(&total.b, list[i]->b, 1);
		if (!last) {
			rest = list[i + 1]->key;
			str_split(&rest, '\t', &next_ledger);
			str_split(&rest, '\t', &next_company);
		}
		if (last || !str_eq(ledger, next_ledger) || !str_eq(company, next_company)) {
			balance_row(t, b->cli, ledger, company, LG_STR("total"), total.a, total.b);
			total = (struct sum){ 0 };
		}
	}
}

static int trial_balance(struct cli *cli, lg_date as_of)
{
	static const struct column columns[] = { { "ledger", "ledger", LEFT },   { "company", "company", LEFT },
						 { "account", "account", LEFT }, { "debit", "debit", RIGHT },
						 { "credit", "credit", RIGHT },  { "balance", "balance", RIGHT } };
	struct books b = { .cli = cli, .as_of = as_of };
	struct table *t;

	if (!report_each(cli, LG_KIND_BIT(LG_VOUCHER), add_voucher, &b))
		return CLI_PROBLEM;
	t = table_new(cli, columns, ARRAY_LEN(columns));
	print_balances(&b, t);
	table_end(&t);
	sums_fini(&b.accounts);
	return CLI_OK;
}

const struct report report_trial_balance = { "trial-balance", "debit, credit and balance of every account",
					     trial_balance };

/* ---- vouchers ---- */

static lg_str lines_text(struct books *b, const struct lg_rec *v)
{
	struct buf text = { 0 };
	lg_str out;

	for (size_t i = 0; i < rec_count(v, LG_VOUCHER_LINES); i++) {
		const struct lg_rec *line = rec_obj_at(v, LG_VOUCHER_LINES, i);
		lg_dec amount;
		bool debit = rec_dec(line, LG_VOUCHER_LINE_DEBIT, &amount) && dec_sign(amount) != 0;

		if (!debit)
			rec_dec(line, LG_VOUCHER_LINE_CREDIT, &amount);
		buf_addf(&text, "%s%.*s %s%.*s", i ? ", " : "", STRA(rec_str(line, LG_VOUCHER_LINE_ACCOUNT)),
			 debit ? "" : "-", STRA(cli_amount(b->cli, amount, STR_NONE)));
	}
	out = arena_str(&b->cli->arena, buf_view(&text));
	buf_fini(&text);
	return out;
}

static bool voucher_row(void *ctx, const struct store_row *row)
{
	struct books *b = ctx;
	const struct lg_rec *v = row->rec;
	int64_t number = 0;
	lg_date day;

	if (!before(b, v))
		return true;
	rec_date(v, LG_VOUCHER_DATE, &day);
	rec_int(v, LG_VOUCHER_NUMBER, &number);
	table_cell(b->table, rec_str(v, LG_VOUCHER_LEDGER));
	table_cell(b->table, rec_str(v, LG_VOUCHER_COMPANY));
	table_cellf(b->table, "%.*s%lld", STRA(rec_str(v, LG_VOUCHER_SERIES)), (long long)number);
	table_cell(b->table, cli_date(b->cli, day));
	table_cell(b->table, rec_str(v, LG_VOUCHER_EVENT));
	table_cell(b->table, rec_str(v, LG_VOUCHER_TEXT));
	table_cell(b->table, lines_text(b, v));
	return true;
}

static int vouchers(struct cli *cli, lg_date as_of)
{
	static const struct column columns[] = { { "ledger", "ledger", LEFT },   { "company", "company", LEFT },
						 { "voucher", "voucher", LEFT }, { "date", "date", LEFT },
						 { "event", "event", LEFT },     { "text", "text", LEFT },
						 { "lines", "lines", LEFT } };
	struct books b = { .cli = cli, .as_of = as_of, .table = table_new(cli, columns, ARRAY_LEN(columns)) };
	bool ok = report_each(cli, LG_KIND_BIT(LG_VOUCHER), voucher_row, &b);

	table_end(&b.table);
	return ok ? CLI_OK : CLI_PROBLEM;
}

const struct report report_vouchers = { "vouchers", "every voucher with its lines", vouchers };

/* ---- files ---- */

static bool add_file(void *ctx, const struct store_effect *e)
{
	struct books *b = ctx;
	struct sum *s;

	if (e->state != EFFECT_CONFIRMED)
		return true;
	s = sums_at(&b->accounts, arena_printf(&b->cli->arena, "%.*s\t%.*s", STRA(e->connection), STRA(e->remote_id)));
	s->n++;
	return true;
}

static int files(struct cli *cli, lg_date as_of)
{
	static const struct column columns[] = { { "connection", "connection", LEFT },
						 { "remote_id", "where", LEFT },
						 { "records", "records", RIGHT } };
	struct books b = { .cli = cli, .as_of = as_of };
	struct err err = { 0 };
	struct sum **list;
	struct table *t;

	if (!view_effects(cli->view, EFFECT_CONFIRMED, 0, add_file, &b, &err))
		return cli_fail(&err);
	list = sums_sorted(&b.accounts);
	t = table_new(cli, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < b.accounts.map.count; i++) {
		lg_str rest = list[i]->key, connection;

		str_split(&rest, '\t', &connection);
		table_cell(t, connection);
		table_cell(t, rest);
		table_cellf(t, "%lld", (long long)list[i]->n);
	}
	table_end(&t);
	sums_fini(&b.accounts);
	return CLI_OK;
}

const struct report report_files = { "files", "where delivered records lie", files };
