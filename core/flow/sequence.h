/* sequence.h - is a bank statement the one that follows?
   A booked statement (camt.053 and its like, with both balances) must open with the balance that the statement before
   it closed with, account by account; else one is missing or false, and the document is parked whole until the missing
   one has come or a person releases it.  Interim reports (camt.052) and notifications (camt.054) have no such order. */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/model/record.h"
#include "core/store/store.h"

struct sequence_entry {
	lg_str account, statement;
	lg_date from, to;
	lg_dec opening, closing;
	const struct lg_rec *rec; /* as kept in the table of statements */
};

/* The statements of one document. */
struct sequence {
	struct sequence_entry *entries;
	size_t count, cap;
	bool released; /* a person said that the gap is known: noted, not checked */
};

/* Any thread: notes the record when it is a statement with an order. */
void sequence_note(struct sequence *, const struct lg_rec *, struct arena *);
/* The writer's thread: true when every statement fits, which is then remembered; false with *err when one does not, or
   with *store_err when the store failed. */
bool sequence_check(struct sequence *, struct store *, struct arena *, struct err *err, struct err *store_err);
