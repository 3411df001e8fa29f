/* report.h - figures, all derived from records alone. */
#pragma once
#include "core/cli/cli.h"

struct report {
	const char *name, *help;
	int (*run)(struct cli *, lg_date as_of);
};

extern const struct report report_aging, report_dso, report_trial_balance, report_match_rate, report_reconcile,
	report_payments, report_vouchers, report_files;

/* Calls back for each newest record of the kinds, decoded; false after having printed why. */
bool report_each(struct cli *, uint64_t kinds, store_row_fn *, void *ctx);
/* 1, or -1 for an allocation that undoes another. */
int report_sign(const struct lg_rec *allocation);
/* The day that a record counts for: of the money, the document or the voucher; false when it has none. */
bool report_day(const struct lg_rec *, lg_date *out);

/* Sums by a text key, in order of the key when walked. */
struct sums {
	struct arena arena;
	struct map map; /* key -> struct sum */
};
struct sum {
	lg_str key;
	lg_dec a, b, c, d, e, f;
	int64_t n;
};
struct sum *sums_at(struct sums *, lg_str key);
/* Sorted by key; arena memory of the sums. */
struct sum **sums_sorted(struct sums *);
void sums_fini(struct sums *);
/* Adds; a sum that does not fit ends the program, saying so: a figure must not be wrong. */
void sum_add(lg_dec *to, lg_dec value, int sign);
