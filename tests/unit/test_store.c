/* Taking in, flows, state and waits, through store.h only. */
#include "tests/unit/store_fixture.h"

#include <pthread.h>

static void a_document_is_visible_at_its_end(void **state)
{
	struct fixture *f = *state;
	struct store_position p;
	struct store_row rows[8];
	struct store_doc d = doc_new("bank", "a.xml", 1);

	TX(f)
	{
		OK(f, store_doc_begin(f->st, &d, &f->err));
		assert_int_equal(append(f, &d, tx_rec(&f->a, "B1", 5), "tx B1", ""), STORE_NEW);
	}
	TX(f)
	{
		assert_int_equal(append(f, &d, tx_rec(&f->a, "B2", 6), "tx B2", ""), STORE_NEW);
		assert_int_equal(next(f, "cash", "bank", 8, rows, &p), 0);
	}
	TX(f)
	{
		OK(f, store_doc_end(f->st, &d, LG_STR("taken"), STR_NONE, &f->err));
	}
	assert_int_equal(next(f, "cash", "bank", 8, rows, &p), 2);
	STR_EQ(REF(rows[0]), "B1");
	STR_EQ(REF(rows[1]), "B2");
	STR_EQ(rec_str(rows[0].rec, LG_COMMON_CONNECTION), "bank");
	STR_EQ(rec_str(rows[0].rec, LG_COMMON_KIND), "transaction");
	assert_true(str_starts(rec_str(rows[0].rec, LG_COMMON_ID), LG_STR("tx-")));
	assert_true(str_starts(rec_str(rows[0].rec, LG_COMMON_SOURCE), LG_STR("0101010101")));
	assert_true(str_ends(rec_str(rows[0].rec, LG_COMMON_SOURCE), LG_STR("@7:3")));
}

static void positions_move_and_last(void **state)
{
	struct fixture *f = *state;
	struct store_position p;
	struct store_row rows[8];

	TX(f)
	{
		doc_taken(f, "bank", "a", 1, "A", 3);
		doc_taken(f, "bank", "b", 2, "B", 2);
		doc_taken(f, "other", "c", 3, "C", 2);
	}
	TX(f)
	{
		assert_int_equal(next(f, "cash", "bank", 2, rows, &p), 2);
		advance(f, "cash", "bank", &p);
	}
	fixture_reopen(f);
	TX(f)
	{
		assert_int_equal(next(f, "cash", "bank", 2, rows, &p), 2);
		STR_EQ(REF(rows[0]), "A2");
		STR_EQ(REF(rows[1]), "B0");
		advance(f, "cash", "bank", &p);
		assert_int_equal(next(f, "cash", "bank", 8, rows, &p), 1);
		STR_EQ(REF(rows[0]), "B1");
		advance(f, "cash", "bank", &p);
		assert_int_equal(next(f, "cash", "bank", 8, rows, &p), 0);
		assert_int_equal(next(f, "second", "bank", 8, rows, &p), 5);
	}
	TX(f)
	{
		doc_taken(f, "bank", "d", 4, "D", 1);
	}
	assert_int_equal(next(f, "cash", "bank", 8, rows, &p), 1);
	STR_EQ(REF(rows[0]), "D0");
}

static void other_kinds_are_passed_over(void **state)
{
	struct fixture *f = *state;
	struct store_doc d = doc_new("bank", "a", 1);
	struct store_position p;
	struct store_row rows[8];

	TX(f)
	{
		OK(f, store_doc_begin(f->st, &d, &f->err));
		append(f, &d, invoice_rec(&f->a, "F1", "c"), "F1", "");
		append(f, &d, tx_rec(&f->a, "B1", 5), "B1", "");
		append(f, &d, invoice_rec(&f->a, "F2", "c"), "F2", "");
		OK(f, store_doc_end(f->st, &d, LG_STR("taken"), STR_NONE, &f->err));
		assert_int_equal(next_kinds(f, "cash", "bank", 1u << LG_TRANSACTION, 8, rows, &p), 1);
		STR_EQ(REF(rows[0]), "B1");
		advance(f, "cash", "bank", &p);
		assert_int_equal(next_kinds(f, "cash", "bank", ALL_KINDS, 8, rows, &p), 0);
	}
}

static void a_sorted_document_is_read_by_order(void **state)
{
	struct fixture *f = *state;
	struct store_doc d = doc_new("bank", "a", 1);
	struct store_position p;
	struct store_row rows[8];
	const char *expect[] = { "plain", "first", "second", "second too" };

	TX(f)
	{
		OK(f, store_doc_begin(f->st, &d, &f->err));
		append(f, &d, tx_rec(&f->a, "second", 1), "1", "20");
		append(f, &d, tx_rec(&f->a, "first", 1), "2", "10");
		append(f, &d, tx_rec(&f->a, "second too", 1), "3", "20");
		append(f, &d, tx_rec(&f->a, "plain", 1), "4", "");
		OK(f, store_doc_end(f->st, &d, LG_STR("taken"), STR_NONE, &f->err));
		doc_taken(f, "bank", "b", 2, "B", 1);
	}
	for (size_t i = 0; i < ARRAY_LEN(expect); i++) {
		TX(f)
		{
			assert_int_equal(next(f, "cash", "bank", 1, rows, &p), 1);
			STR_EQ(REF(rows[0]), expect[i]);
			advance(f, "cash", "bank", &p);
		}
	}
	assert_int_equal(next(f, "cash", "bank", 8, rows, &p), 1);
	STR_EQ(REF(rows[0]), "B0");
}

static void the_same_again_writes_nothing(void **state)
{
	struct fixture *f = *state;
	struct store_doc d = doc_new("bank", "b", 2);
	struct store_position p;
	struct store_row rows[8];

	TX(f)
	{
		doc_taken(f, "bank", "a", 1, "A", 2);
		OK(f, store_doc_begin(f->st, &d, &f->err));
		assert_int_equal(append(f, &d, tx_rec(&f->a, "A0", 1), "A0", ""), STORE_SAME);
		assert_int_equal(append(f, &d, tx_rec(&f->a, "A1", 77), "A1", ""), STORE_REVISION);
		assert_int_equal(append(f, &d, tx_rec(&f->a, "A1", 77), "A1", ""), STORE_SAME);
		OK(f, store_doc_end(f->st, &d, LG_STR("taken"), STR_NONE, &f->err));
	}
	assert_int_equal(next(f, "cash", "bank", 8, rows, &p), 3);
	assert_int_equal(rows[2].revision, 2);
	assert_true(str_eq(rows[2].id, rows[1].id));
}

static void documents_are_known_by_content_and_by_name(void **state)
{
	struct fixture *f = *state;
	struct store_doc d, copy = doc_new("bank", "copy", 1);

	TX(f)
	{
		OK(f, store_doc_known(f->st, copy.hash, &f->a, &d, &f->err));
		assert_int_equal(d.id, 0);
		doc_taken(f, "bank", "a", 1, "A", 2);
		OK(f, store_doc_known(f->st, copy.hash, &f->a, &d, &f->err));
		STR_EQ(d.name, "a");
		STR_EQ(d.state, "taken");
		assert_int_equal(d.records, 2);
		OK(f, store_doc_named(f->st, str("bank"), str("a"), &f->a, &d, &f->err));
		assert_memory_equal(d.hash, copy.hash, STORE_HASH);
		OK(f, store_doc_named(f->st, str("other"), str("a"), &f->a, &d, &f->err));
		assert_int_equal(d.id, 0);
	}
}

static void a_parked_document_leaves_nothing_to_flows(void **state)
{
	struct fixture *f = *state;
	struct store_doc d = doc_new("bank", "bad", 2);
	struct store_position p;
	struct store_row rows[8];
	bool more = true;

	TX(f)
	{
		doc_taken(f, "bank", "a", 1, "A", 1);
		OK(f, store_doc_begin(f->st, &d, &f->err));
		assert_int_equal(append(f, &d, tx_rec(&f->a, "A0", 9), "A0", ""), STORE_REVISION);
		assert_int_equal(append(f, &d, tx_rec(&f->a, "N", 9), "N", ""), STORE_NEW);
		OK(f, store_doc_finding(f->st, &d, str("camt.sum"), 4, str("does not add up"), &f->err));
		OK(f, store_doc_end(f->st, &d, LG_STR("parked"), LG_STR("does not add up"), &f->err));
	}
	for (int round = 0; round < 2; round++) {
		struct store_doc again = doc_new("bank", "again", (char)(3 + round));

		OK(f, store_begin(f->st, &f->err));
		OK(f, store_doc_begin(f->st, &again, &f->err));
		assert_int_equal(append(f, &again, tx_rec(&f->a, "A0", 1), "A0", ""), STORE_SAME);
		assert_int_equal(append(f, &again, tx_rec(&f->a, "N", 9), "N", ""), STORE_NEW);
		assert_int_equal(next(f, "cash", "bank", 8, rows, &p), 1);
		store_rollback(f->st);
		while (more)
			OK(f, store_tidy(f->st, &more, &f->err));
	}
	TX(f)
	{
		OK(f, store_doc_known(f->st, d.hash, &f->a, &d, &f->err));
		STR_EQ(d.state, "parked");
		STR_EQ(d.message, "does not add up");
	}
}

static void an_aborted_document_was_never_there(void **state)
{
	struct fixture *f = *state;
	struct store_doc d = doc_new("bank", "bad", 2), again = doc_new("bank", "bad", 2);
	struct store_position p;
	struct store_row rows[8];
	bool more = true;

	TX(f)
	{
		OK(f, store_doc_begin(f->st, &d, &f->err));
		append(f, &d, tx_rec(&f->a, "N", 9), "N", "");
		OK(f, store_archive(f->st, &d, 0, str("bytes"), &f->err));
		OK(f, store_doc_end(f->st, &d, LG_STR("aborted"), STR_NONE, &f->err));
	}
	TX(f)
	{
		OK(f, store_doc_known(f->st, again.hash, &f->a, &d, &f->err));
		assert_int_equal(d.id, 0);
		OK(f, store_doc_begin(f->st, &again, &f->err));
		assert_int_equal(append(f, &again, tx_rec(&f->a, "N", 9), "N", ""), STORE_NEW);
		OK(f, store_doc_end(f->st, &again, LG_STR("taken"), STR_NONE, &f->err));
	}
	while (more)
		OK(f, store_tidy(f->st, &more, &f->err));
	assert_int_equal(next(f, "cash", "bank", 8, rows, &p), 1);
}

static void two_documents_at_once_do_not_guess(void **state)
{
	struct fixture *f = *state;
	struct store_doc big = doc_new("bank", "big", 1), other = doc_new("b2", "x", 2);
	struct lg_rec *r = tx_rec(&f->a, "A", 1);
	struct store_item item = { .rec = r, .identity = str("A") };
	enum store_outcome outcome;
	lg_str id;

	TX(f)
	{
		OK(f, store_doc_begin(f->st, &big, &f->err));
		append(f, &big, r, "A", "");
	}
	OK(f, store_begin(f->st, &f->err));
	OK(f, store_doc_begin(f->st, &other, &f->err));
	assert_false(store_doc_append(f->st, &other, &item, &f->a, &id, &outcome, &f->err));
	assert_string_equal(f->err.id, "store.pending");
	assert_int_equal(f->err.class, ERR_RETRY);
	store_rollback(f->st);
	TX(f)
	{
		OK(f, store_doc_end(f->st, &big, LG_STR("taken"), STR_NONE, &f->err));
	}
	TX(f)
	{
		OK(f, store_doc_begin(f->st, &other, &f->err));
		assert_int_equal(append(f, &other, r, "A", ""), STORE_SAME);
		OK(f, store_doc_end(f->st, &other, LG_STR("taken"), STR_NONE, &f->err));
	}
}

static void rollback_and_savepoints_undo(void **state)
{
	struct fixture *f = *state;
	struct store_position p;
	struct store_row rows[8];
	const struct lg_rec *r;

	OK(f, store_begin(f->st, &f->err));
	doc_taken(f, "bank", "a", 1, "A", 1);
	OK(f, store_state_put(f->st, str("items"), str("k"), tx_rec(&f->a, "S", 1), NULL, 0, &f->err));
	store_rollback(f->st);
	TX(f)
	{
		assert_int_equal(next(f, "cash", "bank", 8, rows, &p), 0);
		doc_taken(f, "bank", "a", 1, "A", 2);
		OK(f, store_mark(f->st, &f->err));
		doc_taken(f, "fresh", "b", 2, "B", 2);
		OK(f, store_undo(f->st, &f->err));
		OK(f, store_mark(f->st, &f->err));
		doc_taken(f, "bank", "c", 3, "C", 1);
		OK(f, store_keep(f->st, &f->err));
	}
	assert_int_equal(next(f, "cash", "bank", 8, rows, &p), 3);
	assert_int_equal(next(f, "cash", "fresh", 8, rows, &p), 0);
	OK(f, store_state_get(f->st, str("items"), str("k"), &f->a, &r, &f->err));
	assert_null(r);
}

static bool cursor(void *ctx, lg_str name, lg_str value)
{
	struct buf *b = ctx;

	buf_addf(b, "%.*s=%.*s;", STRA(name), STRA(value));
	return true;
}

static void cursors_are_kept(void **state)
{
	struct fixture *f = *state;
	struct buf b = { 0 };

	OK(f, store_cursors(f->st, str("mail"), cursor, &b, &f->err));
	assert_int_equal(b.len, 0);
	TX(f)
	{
		OK(f, store_cursor_set(f->st, str("mail"), str("uid"), str("17"), &f->err));
		OK(f, store_cursor_set(f->st, str("mail"), str("uid"), str("18"), &f->err));
		OK(f, store_cursor_set(f->st, str("mail"), str("epoch"), str("3"), &f->err));
		OK(f, store_cursor_set(f->st, str("other"), str("uid"), str("1"), &f->err));
	}
	fixture_reopen(f);
	OK(f, store_cursors(f->st, str("mail"), cursor, &b, &f->err));
	assert_string_equal(buf_text(&b), "epoch=3;uid=18;");
	buf_fini(&b);
}

/* ---- what flows make ---- */

static enum store_outcome emit(struct fixture *f, const char *key, int64_t amount, int64_t *seq, lg_str *id)
{
	struct lg_rec *r = tx_rec(&f->a, key, amount);
	struct store_made m = { .rec = r, .flow = str("cash"), .step = str("match"), .key = str(key), .cause = 1 };
	enum store_outcome outcome;

	OK(f, store_emit(f->st, &m, &f->a, seq, &outcome, &f->err));
	*id = rec_str(r, LG_COMMON_ID);
	return outcome;
}

static void making_again_finds_it_made(void **state)
{
	struct fixture *f = *state;
	const struct lg_rec *r;
	int64_t a, b, revision;
	lg_str ia, ib;
	lg_dec amount;

	TX(f)
	{
		OK(f, store_made(f->st, str("cash"), str("match"), str("K"), &f->a, &r, &f->err));
		assert_null(r);
		assert_int_equal(emit(f, "K", 1, &a, &ia), STORE_NEW);
		assert_int_equal(emit(f, "K", 1, &b, &ib), STORE_SAME);
		assert_int_equal(a, b);
		assert_true(str_eq(ia, ib));
		assert_int_equal(emit(f, "K", 2, &b, &ib), STORE_REVISION);
		assert_true(b > a && str_eq(ia, ib));
		OK(f, store_made(f->st, str("cash"), str("match"), str("K"), &f->a, &r, &f->err));
		assert_true(rec_int(r, LG_COMMON_REVISION, &revision) && revision == 2);
		assert_true(rec_dec(r, LG_TRANSACTION_AMOUNT, &amount) && dec_eq(amount, dec_int(2)));
	}
}

/* ---- state ---- */

static void put(struct fixture *f, const char *key, const char *debtor, const char *number)
{
	struct lg_index index[] = { { str("debtor"), str(debtor) }, { str("number"), str(number) } };

	OK(f, store_state_put(f->st, str("items"), str(key), invoice_rec(&f->a, number, "c"), index, 2, &f->err));
}

static size_t find(struct fixture *f, const char *index, const char *value, struct lg_row *rows, size_t limit)
{
	size_t n;

	OK(f, store_state_find(f->st, str("items"), str(index), str(value), &f->a, rows, limit, &n, &f->err));
	return n;
}

static void state_is_found_by_its_keys(void **state)
{
	struct fixture *f = *state;
	struct lg_row rows[4];
	const struct lg_rec *r;

	TX(f)
	{
		put(f, "b", "D1", "F1");
		put(f, "a", "D1", "F2");
		put(f, "c", "D2", "F1");
	}
	assert_int_equal(find(f, "debtor", "D1", rows, 4), 2);
	STR_EQ(rows[0].key, "a");
	STR_EQ(rows[1].key, "b");
	assert_int_equal(find(f, "number", "F1", rows, 1), 1);
	assert_int_equal(find(f, "number", "D1", rows, 4), 0);
	assert_int_equal(find(f, "nothing", "D1", rows, 4), 0);
	TX(f)
	{
		put(f, "a", "D2", "F2");
		OK(f, store_state_put(f->st, str("items"), str("b"), NULL, NULL, 0, &f->err));
		OK(f, store_state_put(f->st, str("items"), str("gone"), NULL, NULL, 0, &f->err));
	}
	fixture_reopen(f);
	assert_int_equal(find(f, "debtor", "D1", rows, 4), 0);
	assert_int_equal(find(f, "debtor", "D2", rows, 4), 2);
	OK(f, store_state_get(f->st, str("items"), str("a"), &f->a, &r, &f->err));
	STR_EQ(rec_str(r, LG_INVOICE_NUMBER), "F2");
	STR_EQ(rec_str(r, LG_COMMON_CLIENT), "c");
	OK(f, store_state_get(f->st, str("items"), str("b"), &f->a, &r, &f->err));
	assert_null(r);
}

static void numbers_have_no_gaps(void **state)
{
	struct fixture *f = *state;
	int64_t n;

	TX(f)
	{
		OK(f, store_number(f->st, str("main/A/2026"), &n, &f->err));
		assert_int_equal(n, 1);
	}
	OK(f, store_begin(f->st, &f->err));
	OK(f, store_number(f->st, str("main/A/2026"), &n, &f->err));
	store_rollback(f->st);
	TX(f)
	{
		OK(f, store_number(f->st, str("main/A/2026"), &n, &f->err));
		assert_int_equal(n, 2);
		OK(f, store_number(f->st, str("main/B/2026"), &n, &f->err));
		assert_int_equal(n, 1);
	}
}

/* ---- waits ---- */

static struct store_wait wait_new(const char *record, int64_t seq)
{
	return (struct store_wait){ .flow = str("cash"),
				    .step = 2,
				    .seq = seq,
				    .record = str(record),
				    .client = str("c1"),
				    .state = str("waiting"),
				    .rule = str("match.none"),
				    .reason = str("no invoice"),
				    .amount = { 125, 1 },
				    .currency = str("SEK") };
}

static void a_topic_wakes_those_that_wait_for_it(void **state)
{
	struct fixture *f = *state;
	lg_str topics[] = { LG_STR("number F1"), LG_STR("debtor D") }, other = LG_STR("number F2");
	struct store_position p;
	struct store_row rows[8];
	struct store_wait w;

	TX(f)
	{
		doc_taken(f, "bank", "a", 1, "A", 1);
		assert_int_equal(next(f, "cash", "bank", 8, rows, &p), 1);
		advance(f, "cash", "bank", &p);
		w = wait_new("tx-1", rows[0].seq);
		OK(f, store_wait_put(f->st, &w, topics, 2, &f->err));
		assert_int_equal(w.since, T0);
	}
	TX(f)
	{
		OK(f, store_wake(f->st, &other, 1, &f->err));
		assert_int_equal(next(f, "cash", "", 8, rows, &p), 0);
		OK(f, store_wake(f->st, topics, 2, &f->err));
	}
	TX(f)
	{
		assert_int_equal(next(f, "cash", "bank", 8, rows, &p), 0);
		assert_int_equal(next(f, "other", "", 8, rows, &p), 0);
		assert_int_equal(next(f, "cash", "", 8, rows, &p), 1);
		assert_int_equal(rows[0].wait, w.id);
		assert_int_equal(rows[0].step, 2);
		STR_EQ(REF(rows[0]), "A0");
	}
	/* It waits again: handling the old wait must not end the new one. */
	f->now += 5000;
	TX(f)
	{
		struct store_wait again = wait_new("tx-1", rows[0].seq);

		OK(f, store_wait_put(f->st, &again, &other, 1, &f->err));
		assert_int_equal(again.since, T0);
		OK(f, store_wait_done(f->st, w.id, LG_STR("done"), &f->err));
		assert_int_equal(next(f, "cash", "", 8, rows, &p), 0);
		OK(f, store_wake(f->st, topics, 2, &f->err));
		assert_int_equal(next(f, "cash", "", 8, rows, &p), 0);
		OK(f, store_wake(f->st, &other, 1, &f->err));
		assert_int_equal(next(f, "cash", "", 8, rows, &p), 1);
		OK(f, store_wait_done(f->st, rows[0].wait, LG_STR("done"), &f->err));
		assert_int_equal(next(f, "cash", "", 8, rows, &p), 0);
	}
}

static bool count_wait(void *ctx, const struct store_wait *w, const struct lg_rec *r)
{
	(void)w;
	(void)r;
	++*(int *)ctx;
	return true;
}

static void findings_stand_beside_the_wait(void **state)
{
	struct fixture *f = *state;
	struct store_wait w = wait_new("tx-1", 1), finding = wait_new("tx-1", 1), other = wait_new("tx-1", 1);
	int n = 0;

	finding.state = other.state = str("finding");
	other.rule = str("match.odd");
	TX(f)
	{
		doc_taken(f, "bank", "a", 1, "A", 1);
		for (int i = 0; i < 2; i++) {
			OK(f, store_wait_put(f->st, &finding, NULL, 0, &f->err));
			OK(f, store_wait_put(f->st, &w, NULL, 0, &f->err));
			OK(f, store_wait_put(f->st, &other, NULL, 0, &f->err));
		}
	}
	OK(f, view_waits(store_view_own(f->st), STR_NONE, true, count_wait, &n, &f->err));
	assert_int_equal(n, 3);
}

static void a_person_decides_once(void **state)
{
	struct fixture *f = *state;
	struct store_position p;
	struct store_row rows[8];
	struct store_wait w;

	TX(f)
	{
		doc_taken(f, "bank", "a", 1, "A", 1);
		next(f, "cash", "bank", 8, rows, &p);
		advance(f, "cash", "bank", &p);
		w = wait_new("tx-1", rows[0].seq);
		OK(f, store_wait_put(f->st, &w, NULL, 0, &f->err));
	}
	TX(f)
	{
		OK(f,
		   store_decide(f->st, w.id, str("woken"), str("{\"apply\":1}"), str("eva"), str("phoned"), &f->err));
		assert_int_equal(next(f, "cash", "", 8, rows, &p), 1);
		STR_EQ(rows[0].decision, "{\"apply\":1}");
		OK(f, store_wait_done(f->st, w.id, LG_STR("done"), &f->err));
	}
	OK(f, store_begin(f->st, &f->err));
	assert_false(store_decide(f->st, w.id, str("dropped"), STR_NONE, str("eva"), str("again"), &f->err));
	assert_string_equal(f->err.id, "wait.ended");
	store_rollback(f->st);
}

/* ---- threads ---- */

struct reader {
	const char *uri;
	_Atomic int stop, docs, failures;
};

static bool count_doc(void *ctx, const struct store_doc *d)
{
	struct reader *r = ctx;

	/* Each ended document is seen whole. */
	if (d->records != 3)
		r->failures++;
	return true;
}

static bool count_row(void *ctx, const struct store_row *row)
{
	(void)row;
	++*(int *)ctx;
	return true;
}

static void *read_beside(void *arg)
{
	struct reader *r = arg;
	struct store_view *v;
	struct err err;
	int before = 0;

	if (!store_view_open(r->uri, &v, &err)) {
		r->failures++;
		return NULL;
	}
	while (!r->stop) {
		int rows = 0;

		if (!view_records(v, &(struct store_filter){ 0 }, count_row, &rows, &err) || rows % 3 != 0 ||
		    rows < before || !view_docs(v, STR_NONE, count_doc, r, &err))
			r->failures++;
		before = rows;
	}
	store_view_close(&v);
	return NULL;
}

static void *prepare_beside(void *arg)
{
	struct store_item *items = arg;
	static struct arena a; /* for the test's one run of this thread; freed by it */

	for (int i = 0; i < 3; i++)
		store_prepare(&a, &items[i]);
	return &a;
}

static void views_read_and_workers_prepare_beside_the_writer(void **state)
{
	struct fixture *f = *state;
	struct reader r = { .uri = f->uri };
	pthread_t reader, worker;
	void *arena;

	assert_int_equal(pthread_create(&reader, NULL, read_beside, &r), 0);
	for (int i = 0; i < 30; i++) {
		struct store_doc d = doc_new("bank", "a", (char)i);
		struct store_item items[3] = { 0 };
		enum store_outcome outcome;
		lg_str id;

		for (int k = 0; k < 3; k++) {
			const char *text = arena_cstr(&f->a, arena_printf(&f->a, "T%d.%d", i, k));

			items[k] = (struct store_item){ .rec = tx_rec(&f->a, text, k), .identity = str(text) };
		}
		assert_int_equal(pthread_create(&worker, NULL, prepare_beside, items), 0);
		assert_int_equal(pthread_join(worker, &arena), 0);
		TX(f)
		{
			OK(f, store_doc_begin(f->st, &d, &f->err));
			for (int k = 0; k < 3; k++) {
				OK(f, store_doc_append(f->st, &d, &items[k], &f->a, &id, &outcome, &f->err));
				assert_int_equal(outcome, STORE_NEW);
			}
			OK(f, store_doc_end(f->st, &d, LG_STR("taken"), STR_NONE, &f->err));
		}
		arena_fini(arena);
	}
	r.stop = 1;
	assert_int_equal(pthread_join(reader, NULL), 0);
	assert_int_equal(r.failures, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(a_document_is_visible_at_its_end),
		T(positions_move_and_last),
		T(other_kinds_are_passed_over),
		T(a_sorted_document_is_read_by_order),
		T(the_same_again_writes_nothing),
		T(documents_are_known_by_content_and_by_name),
		T(a_parked_document_leaves_nothing_to_flows),
		T(an_aborted_document_was_never_there),
		T(two_documents_at_once_do_not_guess),
		T(rollback_and_savepoints_undo),
		T(cursors_are_kept),
		T(making_again_finds_it_made),
		T(state_is_found_by_its_keys),
		T(numbers_have_no_gaps),
		T(a_topic_wakes_those_that_wait_for_it),
		T(findings_stand_beside_the_wait),
		T(a_person_decides_once),
		T(views_read_and_workers_prepare_beside_the_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
