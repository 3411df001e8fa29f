/* Effects and lists, through store.h only. */
#include "tests/unit/store_fixture.h"

#define LIST 32

static bool plan_at(struct fixture *f, const char *key, const char *operation, const char *lane, int64_t seq,
		    lg_time not_before)
{
	struct store_effect e = { .key = str(key),
				  .connection = str("erp"),
				  .operation = str(operation),
				  .lane = str(lane),
				  .flow = str("cash"),
				  .seq = seq,
				  .not_before = not_before };
	bool fresh = false;

	OK(f, store_effect_plan(f->st, &e, &fresh, &f->err));
	return fresh;
}

static bool plan(struct fixture *f, const char *key, const char *lane)
{
	return plan_at(f, key, "post", lane, 1, 0);
}

static size_t claim(struct fixture *f, struct store_effect *out, size_t limit)
{
	size_t n = 99;

	OK(f, store_effect_claim(f->st, str("erp"), str("post"), f->now, limit, &f->a, out, &n, &f->err));
	return n;
}

static size_t unknown(struct fixture *f, struct store_effect *out, size_t limit)
{
	size_t n = 99;

	OK(f, store_effect_unknown(f->st, str("erp"), str("post"), f->now, limit, &f->a, out, &n, &f->err));
	return n;
}

static void settle(struct fixture *f, int64_t id, enum effect_state state, const char *remote, lg_time not_before)
{
	OK(f, store_effect_settle(f->st, id, state, str(remote), STR_NONE, not_before, &f->err));
}

static void planned_once_sent_once(void **state)
{
	struct fixture *f = *state;
	struct store_effect list[LIST];

	TX(f)
	{
		doc_taken(f, "bank", "a", 1, "A", 1);
		assert_true(plan(f, "k1", ""));
		assert_false(plan(f, "k1", ""));
		assert_true(plan(f, "k2", ""));
	}
	TX(f)
	{
		assert_int_equal(claim(f, list, LIST), 2);
		STR_EQ(list[0].key, "k1");
		STR_EQ(list[0].connection, "erp");
		assert_int_equal(list[0].attempt, 1);
		assert_int_equal(list[0].state, EFFECT_IN_FLIGHT);
		STR_EQ(rec_str(list[0].rec, LG_TRANSACTION_BANK_REFERENCE), "A0");
		assert_int_equal(claim(f, list + 2, LIST - 2), 0);
		settle(f, list[0].id, EFFECT_CONFIRMED, "remote 1", 0);
		settle(f, list[1].id, EFFECT_REJECTED, "", 0);
		assert_false(plan(f, "k1", ""));
		assert_int_equal(claim(f, list + 2, LIST - 2), 0);
	}
}

static void a_lane_goes_one_by_one(void **state)
{
	struct fixture *f = *state;
	struct store_effect list[LIST], more[LIST];

	TX(f)
	{
		doc_taken(f, "bank", "a", 1, "A", 1);
		plan(f, "a1", "A");
		plan(f, "a2", "A");
		plan_at(f, "a3", "other operation", "A", 1, 0);
		plan(f, "b1", "B");
		assert_int_equal(claim(f, list, LIST), 2);
		STR_EQ(list[0].key, "a1");
		STR_EQ(list[1].key, "b1");
	}
	TX(f)
	{
		assert_int_equal(claim(f, more, LIST), 0);
		settle(f, list[0].id, EFFECT_UNKNOWN, "", 0);
		assert_int_equal(claim(f, more, LIST), 0);
		settle(f, list[0].id, EFFECT_PLANNED, "", f->now + 1000);
		assert_int_equal(claim(f, more, LIST), 0);
		f->now += 1000;
		assert_int_equal(claim(f, more, LIST), 1);
		STR_EQ(more[0].key, "a1");
		assert_int_equal(more[0].attempt, 2);
		settle(f, list[0].id, EFFECT_CONFIRMED, "r", 0);
		assert_int_equal(claim(f, more, LIST), 1);
		STR_EQ(more[0].key, "a2");
		settle(f, more[0].id, EFFECT_ACCEPTED, "r", 0);
		assert_int_equal(claim(f, more, LIST), 0);
	}
	TX(f)
	{
		size_t n;

		OK(f,
		   store_effect_claim(f->st, str("erp"), str("other operation"), f->now, 1, &f->a, more, &n, &f->err));
		assert_int_equal(n, 1);
	}
}

static void one_that_comes_back_waits_for_the_one_on_its_way(void **state)
{
	struct fixture *f = *state;
	struct store_effect list[LIST], more[LIST];

	TX(f)
	{
		plan(f, "a1", "A");
		plan(f, "a2", "A");
		plan(f, "a3", "A");
		assert_int_equal(claim(f, list, 1), 1);
		settle(f, list[0].id, EFFECT_REJECTED, "", 0);
		assert_int_equal(claim(f, list, LIST), 1);
		STR_EQ(list[0].key, "a2");
		OK(f, store_effect_decide(f->st, str("a1"), EFFECT_PLANNED, str("eva"), str("fixed there"), &f->err));
		assert_int_equal(claim(f, more, LIST), 0);
		settle(f, list[0].id, EFFECT_CONFIRMED, "", 0);
		assert_int_equal(claim(f, more, LIST), 1);
		STR_EQ(more[0].key, "a1");
		settle(f, more[0].id, EFFECT_CONFIRMED, "", 0);
		assert_int_equal(claim(f, more, LIST), 1);
		STR_EQ(more[0].key, "a3");
	}
}

static void what_was_put_off_comes_when_it_is_time(void **state)
{
	struct fixture *f = *state;
	struct store_effect list[LIST];
	lg_time at;

	OK(f, store_effect_next(f->st, str("erp"), &at, &f->err));
	assert_true(at == INT64_MAX);
	TX(f)
	{
		plan_at(f, "later", "post", "", 1, T0 + 5000);
		OK(f, store_effect_next(f->st, str("erp"), &at, &f->err));
		assert_true(at == T0 + 5000);
		plan(f, "now", "");
		OK(f, store_effect_next(f->st, str("erp"), &at, &f->err));
		assert_true(at == 0);
		OK(f, store_effect_next(f->st, str("elsewhere"), &at, &f->err));
		assert_true(at == INT64_MAX);
		assert_int_equal(claim(f, list, LIST), 1);
		f->now = T0 + 5000;
		plan(f, "new", "");
		assert_int_equal(claim(f, list, 1), 1);
		STR_EQ(list[0].key, "later");
	}
}

static void in_flight_becomes_unknown_at_the_start(void **state)
{
	struct fixture *f = *state;
	struct store_effect list[LIST];

	TX(f)
	{
		doc_taken(f, "bank", "a", 1, "A", 1);
		plan(f, "a1", "A");
		plan(f, "a2", "A");
		plan(f, "b", "");
		assert_int_equal(claim(f, list, LIST), 2);
	}
	f->now += 3000;
	fixture_reopen(f);
	TX(f)
	{
		assert_int_equal(claim(f, list, LIST), 0);
		assert_int_equal(unknown(f, list, LIST), 2);
		STR_EQ(list[0].key, "a1");
		assert_int_equal(list[0].attempt, 1);
		STR_EQ(rec_str(list[0].rec, LG_TRANSACTION_BANK_REFERENCE), "A0");
		settle(f, list[0].id, EFFECT_UNKNOWN, "", f->now + 10);
		assert_int_equal(unknown(f, list + 1, LIST - 1), 1);
		f->now += 10;
		assert_int_equal(unknown(f, list, LIST), 2);
		assert_true(list[0].changed_at == T0 && list[1].changed_at == T0);
		STR_EQ(list[0].key, "a1");
		settle(f, list[0].id, EFFECT_CONFIRMED, "found it", 0);
		assert_int_equal(claim(f, list, LIST), 1);
		STR_EQ(list[0].key, "a2");
	}
}

static void confirmed_is_final(void **state)
{
	struct fixture *f = *state;
	struct store_effect list[LIST];

	TX(f)
	{
		plan(f, "k", "");
		assert_int_equal(claim(f, list, LIST), 1);
		settle(f, list[0].id, EFFECT_CONFIRMED, "r", 0);
		settle(f, list[0].id, EFFECT_PLANNED, "", 0);
		assert_int_equal(claim(f, list, LIST), 0);
	}
	OK(f, store_begin(f->st, &f->err));
	assert_false(store_effect_decide(f->st, str("k"), EFFECT_PLANNED, str("eva"), str("x"), &f->err));
	assert_string_equal(f->err.id, "effect.state");
	assert_false(store_effect_decide(f->st, str("none"), EFFECT_PLANNED, str("eva"), str("x"), &f->err));
	assert_string_equal(f->err.id, "effect.none");
	store_rollback(f->st);
}

static void history_of_a_file(void **state)
{
	struct fixture *f = *state;
	struct store_effect list[LIST];
	const struct lg_rec **recs;
	struct store_row rows[LIST];
	struct store_position p;
	size_t n;

	TX(f)
	{
		doc_taken(f, "bank", "a", 1, "A", 20);
		assert_int_equal(next(f, "cash", "bank", LIST, rows, &p), 20);
		for (int i = 0; i < 20; i++) {
			char key[8];

			snprintf(key, sizeof key, "k%d", i);
			plan_at(f, key, "post", "", rows[i].seq, 0);
		}
		assert_int_equal(claim(f, list, LIST), 20);
		for (int i = 19; i > 0; i--)
			settle(f, list[i].id, EFFECT_CONFIRMED, i % 2 ? "out.csv" : "other.csv", 0);
		settle(f, list[0].id, EFFECT_REJECTED, "out.csv", 0);
		OK(f, store_effect_history(f->st, str("erp"), str("other.csv"), &f->a, &recs, &n, &f->err));
		assert_int_equal(n, 9);
		STR_EQ(rec_str(recs[0], LG_TRANSACTION_BANK_REFERENCE), "A2");
		STR_EQ(rec_str(recs[8], LG_TRANSACTION_BANK_REFERENCE), "A18");
		OK(f, store_effect_history(f->st, str("erp"), str("out.csv"), &f->a, &recs, &n, &f->err));
		assert_int_equal(n, 10);
		OK(f, store_effect_history(f->st, str("x"), str("out.csv"), &f->a, &recs, &n, &f->err));
		assert_int_equal(n, 0);
	}
}

/* ---- lists ---- */

struct seen {
	struct buf text;
	int stop; /* after that many */
};

static bool see_row(void *ctx, const struct store_row *row)
{
	struct seen *s = ctx;

	buf_addf(&s->text, "%.*s/%lld ", STRA(REF(*row)), (long long)row->revision);
	return --s->stop != 0;
}

static void check_rows(struct fixture *f, struct store_view *v, struct store_filter filter, int stop,
		       const char *expect)
{
	struct seen s = { .stop = stop };

	OK(f, view_records(v, &filter, see_row, &s, &f->err));
	assert_string_equal(buf_text(&s.text), expect);
	buf_fini(&s.text);
}

static void lists_show_what_is_committed_and_ended(void **state)
{
	struct fixture *f = *state;
	struct store_doc d = doc_new("bank", "b", 2), open = doc_new("bank", "c", 3);
	struct store_row rows[LIST];
	struct store_position p;
	struct store_view *v;
	lg_str id;

	TX(f)
	{
		doc_taken(f, "bank", "a", 1, "A", 2);
		doc_taken(f, "other", "o", 7, "O", 1);
		OK(f, store_doc_begin(f->st, &d, &f->err));
		append(f, &d, tx_rec(&f->a, "A1", 99), "A1", "");
		OK(f, store_doc_end(f->st, &d, LG_STR("taken"), STR_NONE, &f->err));
		OK(f, store_doc_begin(f->st, &open, &f->err));
		append(f, &open, tx_rec(&f->a, "A0", 99), "A0", "");
		assert_int_equal(next(f, "x", "bank", LIST, rows, &p), 3);
	}
	id = rows[1].id;
	OK(f, store_view_open(f->uri, &v, &f->err));
	check_rows(f, v, (struct store_filter){ 0 }, 0, "A0/1 O0/1 A1/2 ");
	check_rows(f, v, (struct store_filter){ .all_revisions = true }, 0, "A0/1 A1/1 O0/1 A1/2 ");
	check_rows(f, v, (struct store_filter){ .connection = str("bank") }, 0, "A0/1 A1/2 ");
	check_rows(f, v, (struct store_filter){ .connection = str("nobody") }, 0, "");
	check_rows(f, v, (struct store_filter){ .kinds = 1u << LG_INVOICE }, 0, "");
	check_rows(f, v, (struct store_filter){ .kinds = 1u << LG_TRANSACTION }, 1, "A0/1 ");
	check_rows(f, v, (struct store_filter){ .id = id }, 0, "A1/2 ");
	check_rows(f, v, (struct store_filter){ .id = id, .all_revisions = true }, 0, "A1/2 A1/1 ");
	check_rows(f, v, (struct store_filter){ .id = str("tx-0000000000000000") }, 0, "");
	check_rows(f, v, (struct store_filter){ .text = str("a-1") }, 0, "A1/2 ");
	check_rows(f, v, (struct store_filter){ .text = str("A9") }, 0, "");
	store_view_close(&v);
	check_rows(f, store_view_own(f->st), (struct store_filter){ .text = str("O0") }, 0, "O0/1 ");
}

static bool see_wait(void *ctx, const struct store_wait *w, const struct lg_rec *r)
{
	buf_addf(ctx, "%.*s %.*s %.*s %lld;", STRA(w->state), STRA(w->client),
		 STRA(rec_str(r, LG_TRANSACTION_BANK_REFERENCE)), (long long)w->amount.coef);
	return true;
}

static bool see_effect(void *ctx, const struct store_effect *e)
{
	buf_addf(ctx, "%.*s %s %.*s;", STRA(e->key), effect_state_name(e->state), STRA(e->remote_id));
	return true;
}

static bool see_state(void *ctx, lg_str key, const struct lg_rec *r)
{
	buf_addf(ctx, "%.*s=%.*s;", STRA(key), STRA(rec_str(r, LG_INVOICE_NUMBER)));
	return true;
}

static bool see_finding(void *ctx, const struct store_doc *d, lg_str id, uint32_t line, lg_str text)
{
	buf_addf(ctx, "%.*s:%u %.*s %.*s;", STRA(d->name), line, STRA(id), STRA(text));
	return true;
}

#define EXPECT(b, text) \
	do { \
		assert_string_equal(buf_text(b), (text)); \
		buf_reset(b); \
	} while (0)

static void waits_effects_state_and_findings_are_listed(void **state)
{
	struct fixture *f = *state;
	struct store_wait w = { .flow = str("cash"),
				.record = str("r"),
				.client = str("c1"),
				.state = str("parked"),
				.amount = { 125, 1 } };
	struct store_doc d = doc_new("bank", "bad", 9);
	struct store_effect list[LIST];
	struct store_counts n;
	struct store_view *v;
	struct buf b = { 0 };

	TX(f)
	{
		doc_taken(f, "bank", "a", 1, "A", 1);
		w.seq = 1;
		OK(f, store_seq(f->st, str("tx-0000000000000000"), &w.seq, &f->err));
		assert_int_equal(w.seq, 0);
		w.seq = 1;
		OK(f, store_wait_put(f->st, &w, NULL, 0, &f->err));
		plan(f, "k1", "");
		plan(f, "k2", "");
		assert_int_equal(claim(f, list, 1), 1);
		settle(f, list[0].id, EFFECT_CONFIRMED, "r1", 0);
		OK(f, store_state_put(f->st, str("items"), str("i"), invoice_rec(&f->a, "F1", "c"), NULL, 0, &f->err));
		OK(f, store_doc_begin(f->st, &d, &f->err));
		OK(f, store_doc_finding(f->st, &d, str("camt.sum"), 4, str("no"), &f->err));
		OK(f, store_doc_end(f->st, &d, str("parked"), str("no"), &f->err));
	}
	OK(f, store_view_open(f->uri, &v, &f->err));
	OK(f, view_waits(v, STR_NONE, false, see_wait, &b, &f->err));
	EXPECT(&b, "parked c1 A0 125;");
	OK(f, view_waits(v, str("c2"), true, see_wait, &b, &f->err));
	EXPECT(&b, "");
	OK(f, view_effects(v, -1, 0, see_effect, &b, &f->err));
	EXPECT(&b, "k1 confirmed r1;k2 planned ;");
	OK(f, view_effects(v, EFFECT_CONFIRMED, 0, see_effect, &b, &f->err));
	EXPECT(&b, "k1 confirmed r1;");
	OK(f, view_effects(v, EFFECT_PLANNED, 1, see_effect, &b, &f->err));
	EXPECT(&b, "k2 planned ;");
	OK(f, view_effects(v, EFFECT_REJECTED, 0, see_effect, &b, &f->err));
	EXPECT(&b, "");
	OK(f, view_state(v, str("items"), see_state, &b, &f->err));
	EXPECT(&b, "i=F1;");
	OK(f, view_findings(v, 0, see_finding, &b, &f->err));
	EXPECT(&b, "bad:4 camt.sum no;");
	OK(f, view_findings(v, d.id, see_finding, &b, &f->err));
	EXPECT(&b, "bad:4 camt.sum no;");
	OK(f, view_counts(v, &n, &f->err));
	assert_int_equal(n.parked, 1);
	assert_int_equal(n.effects[EFFECT_PLANNED], 1);
	store_view_close(&v);
	buf_fini(&b);
}

static bool see_chunk(void *ctx, lg_str chunk)
{
	buf_add(ctx, chunk);
	return true;
}

static void every_krona_can_be_traced(void **state)
{
	struct fixture *f = *state;
	struct store_doc d = doc_new("bank", "a.xml", 1), origin;
	struct store_view *v = store_view_own(f->st);
	struct store_made m = { .flow = str("cash"), .step = str("match"), .key = str("K") };
	enum store_outcome outcome;
	struct store_row row;
	struct seen s = { 0 };
	struct buf b = { 0 };
	int64_t cause, made;
	uint64_t offset;
	uint32_t line;
	lg_str flow, step, id;
	bool found;

	TX(f)
	{
		struct store_item item = {
			.rec = tx_rec(&f->a, "A0", 5), .identity = str("A0"), .offset = 70, .line = 3
		};

		OK(f, store_doc_begin(f->st, &d, &f->err));
		OK(f, store_archive(f->st, &d, 0, str("<Document"), &f->err));
		OK(f, store_archive(f->st, &d, 1, str("/>"), &f->err));
		store_prepare(&f->a, &item);
		item.rec = NULL;
		OK(f, store_doc_append(f->st, &d, &item, &f->a, &id, &outcome, &f->err));
		OK(f, store_doc_end(f->st, &d, str("taken"), STR_NONE, &f->err));
		OK(f, store_seq(f->st, id, &cause, &f->err));
		m.rec = tx_rec(&f->a, "made", 5);
		m.cause = cause;
		OK(f, store_emit(f->st, &m, &f->a, &made, &outcome, &f->err));
	}
	OK(f, view_made_from(v, cause, see_row, &s, &f->err));
	assert_string_equal(buf_text(&s.text), "made/1 ");
	OK(f, view_cause(v, made, &f->a, &row, &found, &f->err));
	assert_true(found && row.seq == cause);
	STR_EQ(REF(row), "A0");
	OK(f, view_cause(v, cause, &f->a, &row, &found, &f->err));
	assert_false(found);
	OK(f, view_origin(v, made, &f->a, &origin, &offset, &line, &flow, &step, &f->err));
	STR_EQ(flow, "cash");
	STR_EQ(step, "match");
	assert_int_equal(origin.id, 0);
	OK(f, view_origin(v, cause, &f->a, &origin, &offset, &line, &flow, &step, &f->err));
	STR_EQ(origin.name, "a.xml");
	assert_int_equal(offset, 70);
	assert_int_equal(line, 3);
	OK(f, view_archive(v, d.hash, see_chunk, &b, &f->err));
	assert_string_equal(buf_text(&b), "<Document/>");
	buf_fini(&b);
	buf_fini(&s.text);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(planned_once_sent_once),
		T(a_lane_goes_one_by_one),
		T(one_that_comes_back_waits_for_the_one_on_its_way),
		T(what_was_put_off_comes_when_it_is_time),
		T(in_flight_becomes_unknown_at_the_start),
		T(confirmed_is_final),
		T(history_of_a_file),
		T(lists_show_what_is_committed_and_ended),
		T(waits_effects_state_and_findings_are_listed),
		T(every_krona_can_be_traced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
