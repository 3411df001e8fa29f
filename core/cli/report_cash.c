/* report_cash.c - what came in, where it went and by which rule; how much of it went by itself; and whether bank,
   register and books say the same. */
#include "core/cli/report.h"

#include "core/base/date.h"
#include "core/base/dec.h"
#include "core/model/identity.h"

#include <stdio.h>

/* ---- payments ---- */

struct cash {
	struct cli *cli;
	lg_date as_of;
	struct sums by_transaction; /* id -> n allocations */
	struct sums figures;        /* "currency figure" -> a */
	struct sums stages;         /* allocation id -> key: of its stage's figure, for the undo of it */
	struct table *table;
};

static bool payment_row(void *ctx, const struct store_row *row)
{
	struct cash *c = ctx;
	const struct lg_rec *a = row->rec, *to, *adjustment, *decided;
	lg_str currency;
	lg_dec amount;
	lg_date day;

	if (row->kind != LG_ALLOCATION)
		return true;
	to = rec_obj(a, LG_ALLOCATION_TO);
	adjustment = rec_obj(a, LG_ALLOCATION_ADJUSTMENT);
	decided = rec_obj(a, LG_ALLOCATION_DECIDED);
	currency = rec_str(a, LG_ALLOCATION_CURRENCY);
	rec_dec(a, LG_ALLOCATION_AMOUNT, &amount);
	table_cell(c->table, rec_date(a, LG_ALLOCATION_DATE, &day) ? cli_date(c->cli, day) : STR_NONE);
	table_cell(c->table, rec_str(a, LG_ALLOCATION_BANK_REFERENCE));
	table_cell(c->table, cli_amount(c->cli, report_sign(a) < 0 ? dec_neg(amount) : amount, currency));
	table_cell(c->table, to ? rec_str(to, LG_LINK_KIND) : STR_NONE);
	table_cell(c->table, rec_str(a, LG_COMMON_CLIENT));
	table_cell(c->table, rec_str(a, LG_ALLOCATION_INVOICE_NUMBER));
	table_cell(c->table, adjustment ? rec_str(adjustment, LG_ADJUSTMENT_REASON) : STR_NONE);
	table_cell(c->table, rec_str(a, LG_ALLOCATION_STAGE));
	table_cell(c->table, rec_str(a, LG_ALLOCATION_RULE));
	table_cell(c->table, decided ? rec_str(decided, LG_DECIDED_BY) : STR_NONE);
	return true;
}

static int payments(struct cli *cli, lg_date as_of)
{
	static const struct column columns[] = {
		{ "date", "date", LEFT },
		{ "bank_reference", "bank reference", LEFT },
		{ "amount", "amount", RIGHT },
		{ "to", "to", LEFT },
		{ "client", "client", LEFT },
		{ "invoice_number", "invoice", LEFT },
		{ "adjustment", "difference", LEFT },
		{ "stage", "stage", LEFT },
		{ "rule", "rule", LEFT },
		{ "by", "by", LEFT },
	};
	struct cash c = { .cli = cli, .as_of = as_of, .table = table_new(cli, columns, ARRAY_LEN(columns)) };
	bool ok = report_each(cli, LG_KIND_BIT(LG_ALLOCATION), payment_row, &c);

	table_end(&c.table);
	return ok ? CLI_OK : CLI_PROBLEM;
}

const struct report report_payments = { "payments", "each payment: what it was applied to, and the rule that decided",
					payments };

/* ---- match rate ---- */

static void figure(struct cash *c, lg_str currency, const char *name, lg_dec amount, int sign)
{
	struct sum *s = sums_at(&c->figures, arena_printf(&c->cli->arena, "%.*s\t%s", STRA(currency), name));

	sum_add(&s->a, amount, sign);
	s->n += sign;
}

static bool in_time(const struct cash *c, const struct lg_rec *r)
{
	lg_date day;

	return report_day(r, &day) && day <= c->as_of;
}

/* The figure of the allocation's stage; an undo counts against the stage of what it undoes. */
static const char *stage_figure(struct cash *c, const struct lg_rec *a)
{
	lg_str undone = rec_str(a, LG_ALLOCATION_REVERSES);
	const char *name = undone.len > 0 ? map_get(&c->stages.map, undone) : NULL;

	if (name == NULL)
		name = arena_printf(&c->stages.arena, "stage %.*s", STRA(rec_str(a, LG_ALLOCATION_STAGE))).ptr;
	map_put(&c->stages.map, arena_str(&c->stages.arena, rec_str(a, LG_COMMON_ID)), (void *)(uintptr_t)name);
	return name;
}

/* A transaction counts as applied by itself when nothing of it is left to a person. */
static bool rate_allocation(void *ctx, const struct store_row *row)
{
	struct cash *c = ctx;
	const struct lg_rec *a = row->rec, *to = rec_obj(a, LG_ALLOCATION_TO), *from = rec_obj(a, LG_ALLOCATION_FROM);
	const struct lg_rec *decided = rec_obj(a, LG_ALLOCATION_DECIDED);
	struct sum *s;
	lg_dec amount;
	int sign = report_sign(a);

	if (!in_time(c, a) || to == NULL || from == NULL || !str_is(rec_str(from, LG_LINK_KIND), "transaction"))
		return true;
	s = sums_at(&c->by_transaction, rec_str(from, LG_LINK_ID));
	rec_dec(a, LG_ALLOCATION_AMOUNT, &amount);
	if (str_is(rec_str(to, LG_LINK_KIND), "details"))
		sum_add(&s->e, amount, sign);
	else if (str_is(rec_str(to, LG_LINK_KIND), "suspense") ||
		 (decided && !str_is(rec_str(decided, LG_DECIDED_BY), "auto")))
		sum_add(&s->b, amount, sign);
	else
		sum_add(&s->a, amount, sign);
	s->n += sign;
	if (str_is(rec_str(to, LG_LINK_KIND), "invoice"))
		figure(c, rec_str(a, LG_ALLOCATION_CURRENCY), stage_figure(c, a), amount, sign);
	return true;
}

static bool rate_transaction(void *ctx, const struct store_row *row)
{
	struct cash *c = ctx;
	const struct lg_rec *t = row->rec;
	lg_str currency = rec_str(t, LG_TRANSACTION_CURRENCY);
	struct sum *s = sums_at(&c->by_transaction, rec_str(t, LG_COMMON_ID));
	lg_dec amount;

	if (!str_is(rec_str(t, LG_TRANSACTION_SIDE), "credit") ||
	    !str_is(rec_str(t, LG_TRANSACTION_STATUS), "booked") || !in_time(c, t))
		return true;
	rec_dec(t, LG_TRANSACTION_AMOUNT, &amount);
	if (dec_eq(amount, s->e))
		return true; /* a lump: its details are the payments */
	figure(c, currency, "payments", amount, 1);
	if (dec_sign(s->a) > 0 && dec_sign(s->b) == 0)
		figure(c, currency, "applied by themselves", amount, 1);
	else if (dec_sign(s->a) > 0)
		figure(c, currency, "applied in part", amount, 1);
	else
		figure(c, currency, "left to a person", amount, 1);
	return true;
}

static void print_figures(struct cash *c, struct table *t)
{
	struct sum **list = sums_sorted(&c->figures);

	for (size_t i = 0; i < c->figures.map.count; i++) {
		lg_str rest = list[i]->key, currency;

		str_split(&rest, '\t', &currency);
		table_cell(t, currency);
		table_cell(t, rest);
		table_cellf(t, "%lld", (long long)list[i]->n);
		table_cell(t, cli_amount(c->cli, list[i]->a, currency));
	}
}

static void cash_fini(struct cash *c)
{
	sums_fini(&c->by_transaction);
	sums_fini(&c->figures);
	sums_fini(&c->stages);
}

static int match_rate(struct cli *cli, lg_date as_of)
{
	static const struct column columns[] = { { "currency", "currency", LEFT },
						 { "figure", "figure", LEFT },
						 { "count", "count", RIGHT },
						 { "amount", "amount", RIGHT } };
	struct cash c = { .cli = cli, .as_of = as_of };
	bool ok = report_each(cli, LG_KIND_BIT(LG_ALLOCATION), rate_allocation, &c) &&
		  report_each(cli, LG_KIND_BIT(LG_TRANSACTION), rate_transaction, &c);
	struct table *t = table_new(cli, columns, ARRAY_LEN(columns));

	print_figures(&c, t);
	table_end(&t);
	cash_fini(&c);
	return ok ? CLI_OK : CLI_PROBLEM;
}

const struct report report_match_rate = { "match-rate", "how much was applied by itself, by stage, count and sum",
					  match_rate };

/* ---- reconcile ---- */

/* Where an allocation's money went, as the one line that must add up has it. */
static const struct {
	const char *to, *figure;
} homes[] = {
	{ "invoice", "applied" },   { "credit_note", "applied" },   { "fee", "applied" },
	{ "interest", "applied" },  { "on_account", "on account" }, { "client_money", "on account" },
	{ "suspense", "suspense" }, { "refund", "returned" },       { "details", "details" },
};

static bool place_allocation(void *ctx, const struct store_row *row)
{
	struct cash *c = ctx;
	const struct lg_rec *a = row->rec, *to = rec_obj(a, LG_ALLOCATION_TO), *from = rec_obj(a, LG_ALLOCATION_FROM);
	struct sum *s;
	lg_dec amount;

	if (!in_time(c, a) || to == NULL || from == NULL || !str_is(rec_str(from, LG_LINK_KIND), "transaction"))
		return true;
	s = sums_at(&c->by_transaction, rec_str(from, LG_LINK_ID));
	rec_dec(a, LG_ALLOCATION_AMOUNT, &amount);
	for (size_t i = 0; i < ARRAY_LEN(homes); i++) {
		if (!str_is(rec_str(to, LG_LINK_KIND), homes[i].to))
			continue;
		sum_add(i < 4    ? &s->a
			: i < 6  ? &s->b
			: i == 6 ? &s->c
			: i == 7 ? &s->d
				 : &s->e,
			amount, report_sign(a));
		return true;
	}
	return true;
}

static bool place_transaction(void *ctx, const struct store_row *row)
{
	struct cash *c = ctx;
	const struct lg_rec *t = row->rec;
	struct sum *s = sums_at(&c->by_transaction, rec_str(t, LG_COMMON_ID));
	bool credit = str_is(rec_str(t, LG_TRANSACTION_SIDE), "credit");
	lg_str currency = rec_str(t, LG_TRANSACTION_CURRENCY);
	lg_dec amount;

	if (!str_is(rec_str(t, LG_TRANSACTION_STATUS), "booked") || !in_time(c, t))
		return true;
	rec_dec(t, LG_TRANSACTION_AMOUNT, &amount);
	sum_add(&amount, s->e, -1); /* a lump whose details are counted themselves */
	figure(c, currency, credit ? "1 received" : "6 paid out", amount, 1);
	if (!credit)
		return true;
	figure(c, currency, "2 applied", s->a, 1);
	figure(c, currency, "3 on account", s->b, 1);
	figure(c, currency, "4 suspense", s->c, 1);
	figure(c, currency, "5 returned", s->d, 1);
	return true;
}

static lg_dec value(struct cash *c, lg_str currency, const char *name)
{
	return sums_at(&c->figures, arena_printf(&c->cli->arena, "%.*s\t%s", STRA(currency), name))->a;
}

/* "received = applied + on account + suspense + returned"; false when it does not hold. */
static bool print_line(struct cash *c, lg_str currency)
{
	lg_dec rest = value(c, currency, "1 received");
	const char *const parts[] = { "2 applied", "3 on account", "4 suspense", "5 returned" };

	printf("%.*s: received %.*s =", STRA(currency), STRA(cli_amount(c->cli, rest, currency)));
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		lg_dec v = value(c, currency, parts[i]);

		printf("%s %s %.*s", i ? " +" : "", parts[i] + 2, STRA(cli_amount(c->cli, v, currency)));
		sum_add(&rest, v, -1);
	}
	if (dec_sign(rest) != 0)
		printf(", which leaves %.*s without a home", STRA(cli_amount(c->cli, rest, currency)));
	puts("");
	return dec_sign(rest) == 0;
}

static bool print_lines(struct cash *c)
{
	struct sum **list = sums_sorted(&c->figures);
	bool ok = true;

	for (size_t i = 0; i < c->figures.map.count; i++) {
		lg_str rest = list[i]->key, currency;

		str_split(&rest, '\t', &currency);
		if (str_is(rest, "1 received"))
			ok &= print_line(c, currency);
	}
	return ok;
}

/* ---- bank by statement and by books, open items and receivable accounts ---- */

struct account {
	lg_date first, last;
	lg_dec opening, closing;
	bool any;
};

struct control {
	struct cash *cash;
	struct sums
		accounts; /* "account currency" -> a opening of the first, b closing of the last; n: day of the last */
	struct sums firsts;
	struct sums roles; /* role -> a: debit less credit */
	struct sums items; /* "total" -> a */
};

static bool on_statement(void *ctx, const struct store_row *row)
{
	struct control *k = ctx;
	const struct lg_rec *s = row->rec, *acc = rec_obj(s, LG_STATEMENT_ACCOUNT);
	struct sum *last, *first;
	lg_dec opening, closing;
	lg_time made = 0;
	lg_date to;
	lg_str key;

	if (acc == NULL || !str_is(rec_str(s, LG_STATEMENT_TYPE), "camt.053") ||
	    !rec_dec(s, LG_STATEMENT_OPENING_BALANCE, &opening) || !rec_dec(s, LG_STATEMENT_CLOSING_BALANCE, &closing))
		return true;
	rec_time(s, LG_STATEMENT_CREATED_AT, &made);
	if (!rec_date(s, LG_STATEMENT_TO, &to))
		to = time_date(made);
	if (to > k->cash->as_of)
		return true;
	key = rec_str(acc, LG_ACCOUNT_ID);
	last = sums_at(&k->accounts, key);
	first = sums_at(&k->firsts, key);
	if (last->n <= to) {
		last->n = to;
		last->b = closing;
	}
	if (first->n == 0 || first->n > to) {
		first->n = to;
		first->a = opening;
	}
	return true;
}

static bool on_voucher(void *ctx, const struct store_row *row)
{
	struct control *k = ctx;
	const struct lg_rec *v = row->rec;

	for (size_t i = 0; in_time(k->cash, v) && i < rec_count(v, LG_VOUCHER_LINES); i++) {
		const struct lg_rec *line = rec_obj_at(v, LG_VOUCHER_LINES, i);
		struct sum *s = sums_at(&k->roles, arena_printf(&k->cash->cli->arena, "%.*s\t%.*s\t%.*s",
								STRA(rec_str(v, LG_VOUCHER_LEDGER)),
								STRA(rec_str(v, LG_VOUCHER_COMPANY)),
								STRA(rec_str(line, LG_VOUCHER_LINE_ROLE))));
		lg_dec amount;

		if (rec_dec(line, LG_VOUCHER_LINE_DEBIT, &amount))
			sum_add(&s->a, amount, 1);
		if (rec_dec(line, LG_VOUCHER_LINE_CREDIT, &amount))
			sum_add(&s->a, amount, -1);
	}
	return true;
}

static bool on_item(void *ctx, lg_str key, const struct lg_rec *item)
{
	struct control *k = ctx;
	lg_dec open;

	(void)key;
	rec_dec(item, LG_OPEN_ITEM_OPEN, &open);
	sum_add(&sums_at(&k->items, rec_str(item, LG_COMMON_CLIENT))->a, open,
		is_credit_note(rec_str(item, LG_OPEN_ITEM_TYPE)) ? -1 : 1);
	return true;
}

static void control_row(struct cli *cli, struct table *t, const char *what, lg_str of, lg_dec amount)
{
	table_cell(t, str_of(what));
	table_cell(t, of);
	table_cell(t, cli_amount(cli, amount, STR_NONE));
}

static void print_control(struct control *k)
{
	static const struct column columns[] = { { "what", "what", LEFT },
						 { "of", "of", LEFT },
						 { "amount", "amount", RIGHT } };
	struct cli *cli = k->cash->cli;
	struct table *t = table_new(cli, columns, ARRAY_LEN(columns));
	struct sum **list = sums_sorted(&k->accounts);

	for (size_t i = 0; i < k->accounts.map.count; i++) {
		lg_dec moved = list[i]->b;

		sum_add(&moved, sums_at(&k->firsts, list[i]->key)->a, -1);
		control_row(cli, t, "bank, closing balance", list[i]->key, list[i]->b);
		control_row(cli, t, "bank, moved by statements", list[i]->key, moved);
	}
	list = sums_sorted(&k->roles);
	for (size_t i = 0; i < k->roles.map.count; i++) {
		lg_str rest = list[i]->key, ledger, company;

		str_split(&rest, '\t', &ledger);
		str_split(&rest, '\t', &company);
		control_row(cli, t, "books, balance of a role",
			    arena_printf(&cli->arena, "%.*s %.*s %.*s", STRA(ledger), STRA(company), STRA(rest)),
			    list[i]->a);
	}
	list = sums_sorted(&k->items);
	for (size_t i = 0; i < k->items.map.count; i++)
		control_row(cli, t, "register, open items", list[i]->key, list[i]->a);
	table_end(&t);
}

static bool gather_control(struct control *k)
{
	struct err err = { 0 };

	if (!report_each(k->cash->cli, LG_KIND_BIT(LG_STATEMENT), on_statement, k) ||
	    !report_each(k->cash->cli, LG_KIND_BIT(LG_VOUCHER), on_voucher, k))
		return false;
	if (view_state(k->cash->cli->view, LG_STR("items"), on_item, k, &err))
		return true;
	cli_fail(&err);
	return false;
}

static int reconcile(struct cli *cli, lg_date as_of)
{
	struct cash c = { .cli = cli, .as_of = as_of };
	struct control k = { .cash = &c };
	bool ok = report_each(cli, LG_KIND_BIT(LG_ALLOCATION), place_allocation, &c) &&
		  report_each(cli, LG_KIND_BIT(LG_TRANSACTION), place_transaction, &c) && gather_control(&k);

	if (ok && cli->format == CLI_TABLE)
		ok = print_lines(&c);
	print_control(&k);
	cash_fini(&c);
	sums_fini(&k.accounts);
	sums_fini(&k.firsts);
	sums_fini(&k.roles);
	sums_fini(&k.items);
	return ok ? CLI_OK : CLI_PROBLEM;
}

const struct report report_reconcile = { "reconcile",
					 "bank by statement and by books, register, and the line that adds up",
					 reconcile };
