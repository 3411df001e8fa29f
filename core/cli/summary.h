/* summary.h - a record in one line, and looking one up by what people call it. */
#pragma once
#include "core/cli/cli.h"

/* "invoice 1001 of Byggfirman AB, 12500.00 SEK"; arena of the cli. */
lg_str summary_text(struct cli *, const struct lg_rec *);
/* Its amount and currency; false when it has none. */
bool summary_amount(const struct lg_rec *, lg_dec *amount, lg_str *currency);
/* Its number or reference; empty: none. */
lg_str summary_name(struct cli *, const struct lg_rec *);

/* Rows that an id, an invoice number or a bank reference names. */
struct found {
	struct store_row *rows;
	size_t count, cap;
};
/* False after having printed why (nothing found, or the store failed). Rows live in the cli's arena. */
bool summary_find(struct cli *, const char *what, struct found *out);
