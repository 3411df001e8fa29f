/* store.c - the durable way of a record through store.h alone: taken in, read by a flow, its effect planned, claimed
   and settled, 1,000 records a commit, each stage a transaction of its own as in the hub.  What the hub can reach at
   most. usage: store [RECORDS] [FILE]; prints "store: N records/s, N ms CPU", then how fast what was written is
   audited. */
#include "core/store/store.h"
#include "core/base/dec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define BATCH 1000

static struct store *st;
static struct err err;

static lg_time now(void *ctx)
{
	struct timespec t;

	(void)ctx;
	clock_gettime(CLOCK_REALTIME, &t);
	return (lg_time)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void must(bool ok)
{
	char text[1024];

	if (ok)
		return;
	err_text(&err, text, sizeof text);
	die("%s", text);
}

/* A bank line with what a bank line has. */
static struct lg_rec *record(struct arena *a, int64_t i)
{
	struct lg_rec *r = rec_new(a, LG_TRANSACTION), *other;
	lg_str reference = arena_printf(a, "BANK%010lld", (long long)i);

	rec_set_str(rec_add_obj(r, LG_TRANSACTION_ACCOUNT), LG_ACCOUNT_ID, LG_STR("SE3550000000054910000003"));
	rec_set_str(r, LG_TRANSACTION_BANK_REFERENCE, reference);
	rec_set_dec(r, LG_TRANSACTION_AMOUNT, (lg_dec){ 12500 + i % 10000, 2 });
	rec_set_str(r, LG_TRANSACTION_CURRENCY, LG_STR("SEK"));
	rec_set_str(r, LG_TRANSACTION_SIDE, LG_STR("credit"));
	rec_set_str(r, LG_TRANSACTION_STATUS, LG_STR("booked"));
	rec_set_date(r, LG_TRANSACTION_BOOKING_DATE, 20417);
	rec_set_date(r, LG_TRANSACTION_VALUE_DATE, 20417);
	other = rec_add_obj(r, LG_TRANSACTION_COUNTERPARTY);
	rec_set_str(other, LG_COUNTERPARTY_NAME, LG_STR("Byggfirman i Norrtaelje AB"));
	rec_set_str(other, LG_COUNTERPARTY_ACCOUNT, LG_STR("SE7280000810340009783242"));
	rec_set_str(r, LG_TRANSACTION_REMITTANCE, arena_printf(a, "Faktura %lld tack for leveransen", (long long)i));
	return r;
}

static void take_in(struct arena *a, int64_t from)
{
	struct store_doc d = { .connection = LG_STR("bank"),
			       .name = arena_printf(a, "batch-%lld", (long long)from),
			       .size = 1,
			       .received_at = now(NULL) };
	enum store_outcome outcome;
	lg_str id;

	memcpy(d.hash, &from, sizeof from);
	must(store_begin(st, &err) && store_doc_begin(st, &d, &err));
	for (int64_t i = from; i < from + BATCH; i++) {
		struct store_item item = { .rec = record(a, i),
					   .identity = arena_printf(a, "transaction:%032llx", (long long)i),
					   .offset = (uint64_t)i * 700,
					   .line = (uint32_t)i + 1 };

		must(store_doc_append(st, &d, &item, a, &id, &outcome, &err));
	}
	must(store_doc_end(st, &d, LG_STR("taken"), STR_NONE, &err) && store_commit(st, &err));
}

static void plan(struct arena *a)
{
	static struct store_row rows[BATCH];
	struct store_position p;
	size_t n;
	bool fresh;

	must(store_begin(st, &err));
	must(store_flow_next(st, LG_STR("copy"), LG_STR("bank"), ~UINT64_C(0), BATCH, a, rows, &n, &p, &err));
	for (size_t i = 0; i < n; i++) {
		struct store_effect e = { .key = arena_printf(a, "out/append/%.*s/1", (int)rows[i].id.len,
							      rows[i].id.ptr),
					  .connection = LG_STR("out"),
					  .operation = LG_STR("append"),
					  .flow = LG_STR("copy"),
					  .lane = rows[i].id,
					  .seq = rows[i].seq };

		must(store_effect_plan(st, &e, &fresh, &err));
	}
	must(store_flow_advance(st, LG_STR("copy"), LG_STR("bank"), &p, &err) && store_commit(st, &err));
}

static void deliver(struct arena *a)
{
	static struct store_effect list[BATCH];
	size_t n;

	must(store_begin(st, &err));
	must(store_effect_claim(st, LG_STR("out"), LG_STR("append"), now(NULL), BATCH, a, list, &n, &err));
	must(store_commit(st, &err) && store_begin(st, &err));
	for (size_t i = 0; i < n; i++)
		must(store_effect_settle(st, list[i].id, EFFECT_CONFIRMED, LG_STR("out.jsonl"), STR_NONE, 0, &err));
	must(store_commit(st, &err));
}

static void audit(const char *uri)
{
	lg_time start = now(NULL);
	struct store_view *v;
	int64_t entries = 0;

	must(store_view_open(uri, &v, &err) && view_audit(v, &entries, NULL, NULL, &err));
	printf("audit: %lld entries/s, the log of effects replayed\n",
	       (long long)(entries * 1000 / MAX(now(NULL) - start, 1)));
	store_view_close(&v);
}

int main(int argc, char **argv)
{
	int64_t total = argc > 1 ? strtoll(argv[1], NULL, 10) : 100000;
	const char *file = argc > 2 ? argv[2] : "/tmp/loligo-bench-store.db";
	char uri[512], side[600];
	struct store_env env = { now, NULL };
	struct arena a = { 0 };
	struct rusage use;
	lg_time start, ms;

	for (int i = 0; i < 4; i++) {
		static const char *const ends[] = { "", "-wal", "-shm", ".lock" };

		snprintf(side, sizeof side, "%s%s", file, ends[i]);
		unlink(side);
	}
	snprintf(uri, sizeof uri, "sqlite:%s", file);
	must(store_open(uri, &env, &st, &err));
	start = now(NULL);
	for (int64_t i = 0; i < total; i += BATCH) {
		take_in(&a, i);
		plan(&a);
		deliver(&a);
		arena_reset(&a);
	}
	ms = now(NULL) - start;
	getrusage(RUSAGE_SELF, &use);
	printf("store: %lld records/s, %lld ms CPU, %ld KiB resident\n", (long long)(total * 1000 / MAX(ms, 1)),
	       (long long)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000 +
		       (use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1000,
	       use.ru_maxrss);
	store_close(&st);
	audit(uri);
	arena_fini(&a);
	return 0;
}
