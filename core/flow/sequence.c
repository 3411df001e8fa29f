#include "core/flow/sequence.h"

#include "core/base/date.h"
#include "core/base/dec.h"

#include <stdlib.h>
#include <string.h>

#define TABLE LG_STR("statements")
#define KEPT_MAX 1024 /* statements of one account that are looked at */

static lg_str account_key(const struct lg_rec *r, struct arena *a)
{
	const struct lg_rec *acc = rec_obj(r, LG_STATEMENT_ACCOUNT);
	lg_str id = acc ? rec_str(acc, LG_ACCOUNT_ID) : STR_NONE;
	lg_str currency = acc ? rec_str(acc, LG_ACCOUNT_CURRENCY) : STR_NONE;

	return arena_printf(a, "%.*s/%.*s", STRA(id), STRA(currency));
}

/* The days that a statement covers: stated, else those of its balances, else the day it was made. */
static bool days(const struct lg_rec *r, lg_date *from, lg_date *to)
{
	lg_time created;
	bool have_from = rec_date(r, LG_STATEMENT_FROM, from), have_to = rec_date(r, LG_STATEMENT_TO, to);

	for (size_t i = 0; i < rec_count(r, LG_STATEMENT_BALANCES); i++) {
		const struct lg_rec *b = rec_obj_at(r, LG_STATEMENT_BALANCES, i);
		lg_str type = rec_str(b, LG_STATEMENT_BALANCE_TYPE);
		lg_date d;

		if (!rec_date(b, LG_STATEMENT_BALANCE_DATE, &d))
			continue;
		if (!have_to && str_is(type, "CLBD")) {
			have_to = true;
			*to = d;
		}
	}
	if (!have_to && rec_time(r, LG_STATEMENT_CREATED_AT, &created)) {
		have_to = true;
		*to = time_date(created);
	}
	if (!have_from)
		*from = *to;
	return have_to;
}

void sequence_note(struct sequence *s, const struct lg_rec *r, struct arena *a)
{
	struct sequence_entry e = { 0 };
	struct sequence_entry *more;

	if (rec_object(r) != LG_STATEMENT || !str_is(rec_str(r, LG_STATEMENT_TYPE), "camt.053") ||
	    rec_bool(r, LG_STATEMENT_INTERIM_OPENING) || !rec_dec(r, LG_STATEMENT_OPENING_BALANCE, &e.opening) ||
	    !rec_dec(r, LG_STATEMENT_CLOSING_BALANCE, &e.closing) || !days(r, &e.from, &e.to))
		return;
	e.account = account_key(r, a);
	e.statement = arena_str(a, rec_str(r, LG_STATEMENT_STATEMENT_ID));
	e.rec = rec_clone(a, r);
	if (s->count == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 4;
		more = arena_array(a, struct sequence_entry, s->cap);
		if (s->count > 0)
			memcpy(more, s->entries, s->count * sizeof *more);
		s->entries = more;
	}
	s->entries[s->count++] = e;
}

/* The kept statements of the account, as entries. */
static bool load(struct store *st, lg_str account, struct arena *a, struct sequence *out, struct err *err)
{
	struct lg_row *rows = arena_array(a, struct lg_row, KEPT_MAX);
	size_t count;

	if (!store_state_find(st, TABLE, LG_STR("account"), account, a, rows, KEPT_MAX, &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		sequence_note(out, rows[i].rec, a);
	return true;
}

static bool same(const struct sequence_entry *x, const struct sequence_entry *y)
{
	return x->from == y->from && x->to == y->to && dec_eq(x->opening, y->opening) && dec_eq(x->closing, y->closing);
}

/* The nearest statement that ends before e begins (or on the day it begins), and the nearest that begins after it ends.
 */
static void neighbours(const struct sequence *kept, const struct sequence_entry *e,
		       const struct sequence_entry **before, const struct sequence_entry **after, bool *known)
{
	for (size_t i = 0; i < kept->count; i++) {
		const struct sequence_entry *k = &kept->entries[i];

		if (same(k, e))
			*known = true;
		else if (k->to < e->to && (*before == NULL || k->to > (*before)->to))
			*before = k;
		else if (k->to > e->to && (*after == NULL || k->to < (*after)->to))
			*after = k;
		else if (k->to == e->to && dec_eq(k->closing, e->opening))
			*before = k; /* a second one of the same day goes on from the first */
	}
}

static bool gap(const struct sequence_entry *e, const struct sequence_entry *k, bool before, struct err *err)
{
	char mine[DEC_TEXT_MAX], theirs[DEC_TEXT_MAX], day[DATE_TEXT_MAX];

	dec_text(before ? e->opening : e->closing, 2, mine);
	dec_text(before ? k->closing : k->opening, 2, theirs);
	date_text(k->to, day);
	err_set(err, ERR_REJECT, "statement.sequence",
		before ? "statement \"%.*s\" opens with %s, but the one before it (\"%.*s\", %s) closed with %s"
		       : "statement \"%.*s\" closes with %s, but the one after it (\"%.*s\", %s) opened with %s",
		STRA(e->statement), mine, STRA(k->statement), day, theirs);
	return err_hint(err, "a statement is missing: put it in, or release this one with `work release`");
}

static bool fits(const struct sequence_entry *e, const struct sequence *kept, bool *known, struct err *err)
{
	const struct sequence_entry *before = NULL, *after = NULL;

	neighbours(kept, e, &before, &after, known);
	if (*known)
		return true;
	if (before && !dec_eq(before->closing, e->opening))
		return gap(e, before, true, err);
	if (before == NULL && after && !dec_eq(after->opening, e->closing))
		return gap(e, after, false, err);
	return true;
}

static bool keep(struct store *st, const struct sequence_entry *e, struct arena *a, struct err *err)
{
	char from[DATE_TEXT_MAX], to[DATE_TEXT_MAX];
	struct lg_index index = { LG_STR("account"), e->account };

	date_text(e->from, from);
	date_text(e->to, to);
	return store_state_put(st, TABLE,
			       arena_printf(a, "%.*s/%s/%s/%.*s", STRA(e->account), from, to, STRA(e->statement)),
			       e->rec, &index, 1, err);
}

/* What is known of the account: kept statements, and those of this document before this one. */
static bool gather(const struct sequence *s, size_t i, struct store *st, struct arena *a, struct sequence *out,
		   struct err *err)
{
	if (!load(st, s->entries[i].account, a, out, err))
		return false;
	for (size_t k = 0; k < i; k++)
		if (str_eq(s->entries[k].account, s->entries[i].account))
			sequence_note(out, s->entries[k].rec, a);
	return true;
}

bool sequence_check(struct sequence *s, struct store *st, struct arena *a, struct err *err, struct err *store_err)
{
	bool *known = arena_array(a, bool, s->count + 1);

	for (size_t i = 0; i < s->count; i++) {
		struct sequence around = { 0 };

		if (!gather(s, i, st, a, &around, store_err) ||
		    (!s->released && !fits(&s->entries[i], &around, &known[i], err)))
			return false;
	}
	for (size_t i = 0; i < s->count; i++)
		if (!known[i] && !keep(st, &s->entries[i], a, store_err))
			return false;
	return true;
}
