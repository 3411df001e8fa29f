/* cmd_report.c - finds the report, and what reports share. */
#include "core/cli/report.h"

#include "core/base/date.h"
#include "core/base/dec.h"
#include "core/io/seams.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct report *const reports[] = { &report_aging,      &report_dso,       &report_trial_balance,
						&report_match_rate, &report_reconcile, &report_payments,
						&report_vouchers,   &report_files };

bool report_each(struct cli *cli, uint64_t kinds, store_row_fn *fn, void *ctx)
{
	struct store_filter filter = { .kinds = kinds };
	struct err err = { 0 };

	if (view_records(cli->view, &filter, fn, ctx, &err))
		return true;
	cli_fail(&err);
	return false;
}

int report_sign(const struct lg_rec *allocation)
{
	return rec_has(allocation, LG_ALLOCATION_REVERSES) ? -1 : 1;
}

bool report_day(const struct lg_rec *r, lg_date *out)
{
	static const struct {
		uint16_t kind, fields[2];
	} rows[] = {
		{ LG_INVOICE, { LG_INVOICE_ISSUE_DATE, LG_INVOICE_ISSUE_DATE } },
		{ LG_TRANSACTION, { LG_TRANSACTION_BOOKING_DATE, LG_TRANSACTION_VALUE_DATE } },
		{ LG_ALLOCATION, { LG_ALLOCATION_DATE, LG_ALLOCATION_DATE } },
		{ LG_VOUCHER, { LG_VOUCHER_DATE, LG_VOUCHER_DATE } },
		{ LG_OPEN_ITEM, { LG_OPEN_ITEM_ISSUE_DATE, LG_OPEN_ITEM_DUE_DATE } },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].kind == rec_object(r))
			return rec_date(r, rows[i].fields[0], out) || rec_date(r, rows[i].fields[1], out);
	return false;
}

/* ---- sums ---- */

struct sum *sums_at(struct sums *s, lg_str key)
{
	struct sum *sum = map_get(&s->map, key);

	if (sum == NULL) {
		sum = arena_new(&s->arena, struct sum);
		sum->key = arena_str(&s->arena, key);
		map_put(&s->map, sum->key, sum);
	}
	return sum;
}

static int by_key(const void *a, const void *b)
{
	const struct sum *const *x = a, *const *y = b;

	return str_cmp((*x)->key, (*y)->key);
}

struct sum **sums_sorted(struct sums *s)
{
	struct sum **list = arena_array(&s->arena, struct sum *, s->map.count + 1);

	for (size_t i = 0; i < s->map.count; i++)
		list[i] = s->map.entries[i].value;
	qsort(list, s->map.count, sizeof *list, by_key);
	return list;
}

void sums_fini(struct sums *s)
{
	map_fini(&s->map);
	arena_fini(&s->arena);
}

void sum_add(lg_dec *to, lg_dec value, int sign)
{
	if (!dec_add(*to, sign < 0 ? dec_neg(value) : value, to))
		die("a sum of the report does not fit");
}

/* ---- the command ---- */

static int list(FILE *out)
{
	fputs("usage: loligo report NAME [--as-of YYYY-MM-DD]\n\n", out);
	for (size_t i = 0; i < ARRAY_LEN(reports); i++)
		fprintf(out, "  %-14s %s\n", reports[i]->name, reports[i]->help);
	return CLI_USAGE;
}

static int run(struct cli *cli, int argc, char **argv)
{
	const char *day = cli_option(&argc, argv, "--as-of");
	lg_date as_of = time_date(seams_real.now(seams_real.ctx));

	if (cli_unknown(argc, argv))
		return CLI_USAGE;
	if (day && !date_parse(str_of(day), &as_of)) {
		fprintf(stderr, "loligo: --as-of is a day YYYY-MM-DD, not \"%s\"\n", day);
		return CLI_USAGE;
	}
	for (size_t i = 0; argc == 2 && i < ARRAY_LEN(reports); i++)
		if (strcmp(reports[i]->name, argv[1]) == 0)
			return cli_view(cli) ? reports[i]->run(cli, as_of) : CLI_USAGE;
	if (argc == 2)
		fprintf(stderr, "loligo: there is no report \"%s\"\n", argv[1]);
	return list(stderr);
}

const struct command cmd_report = {
	"report", "report NAME [--as-of DATE]",
	"figures: aging, dso, trial-balance, match-rate, reconcile, payments, vouchers, files", run
};
