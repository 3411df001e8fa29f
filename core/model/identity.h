/* identity.h - what makes a record this record, whenever and however often it comes by, and its place in its document.

   invoice      seller, number, and whether it is a credit note; without seller the client
   transaction  account, and the bank's reference with amount, side and booking date (banks reuse references), else the
		other system's id, else a fingerprint of the line; then the position among the details of its entry and
		the count among equal lines of its statement.  So the same line in an overlapping statement, in a copy,
		or in a camt.054 beside a camt.053, is one; two equal lines of a day stay two (domain.md 2.2).
   statement    account, kind of message, id, sequences, page, last day (banks start their ids anew each year)
   others       the connection's external id, else the content

   The results are short ASCII texts, the same on every machine. */
#pragma once
#include "core/base/arena.h"
#include "core/model/record.h"

/* "transaction:" and 32 hexadecimal digits; lives in the arena. */
lg_str identity_of(const struct lg_rec *r, struct arena *a);

/* Sorts the records of a document: a statement before transactions, these by booking date, account, line, occurrence
   and detail, so that the order in which a bank lists a day does not matter.  Empty for others: they keep their order.
 */
lg_str order_of(const struct lg_rec *r, struct arena *a);

/* A bank tells of one line in several messages (camt.053, camt.054, camt.052), and no message has all of it.  When
   `seen` is of another message than `known`, the line is what is known with what `seen` adds to it; *out is NULL when
   it adds nothing.  False: they are of the same message, or no transactions, and `seen` stands for itself. */
bool identity_complement(const struct lg_rec *known, const struct lg_rec *seen, struct arena *a, struct lg_rec **out);

/* Equal for transactions that nothing but `occurrence` tells apart: what a format counts by.  Stable within a process
   only; 0 for other kinds. */
uint64_t identity_line(const struct lg_rec *r);

/* Does a document of that type (UNTDID 1001) lower what is owed?  The credit notes of EN 16931. */
bool is_credit_note(lg_str type);
