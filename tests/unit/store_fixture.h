/* store_fixture.h - a store in a folder of its own, with a clock that stands still, and short ways to fill it.
   The tests speak to store.h only, so that each kind of store can be held against them: LOLIGO_TEST_STORE is the URI of
   another one, empty before each test. */
#pragma once
#include "tests/unit/test.h"

#include "core/base/dec.h"
#include "core/store/store.h"

#include <stdio.h>
#include <unistd.h>

#define T0 INT64_C(1764000000000)

struct fixture {
	char dir[64], path[128], uri[160];
	struct store *st;
	struct store_env env;
	struct arena a;
	struct err err;
	lg_time now;
};

#define OK(f, call) fixture_ok((call), &(f)->err, __FILE__, __LINE__)
/* A transaction around what stands in the braces. */
#define TX(f) \
	for (int once_ = (OK(f, store_begin((f)->st, &(f)->err)), 1); once_; \
	     OK(f, store_commit((f)->st, &(f)->err)), once_ = 0)

static inline void fixture_ok(bool done, const struct err *err, const char *file, int line)
{
	char text[1024];

	if (done)
		return;
	err_text(err, text, sizeof text);
	print_error("%s\n", text);
	_fail(file, line);
}

static inline lg_time fixture_now(void *ctx)
{
	return ((struct fixture *)ctx)->now;
}

/* Without an abort in between, as cmocka's teardown runs in any case. */
static inline int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	const char *uri = getenv("LOLIGO_TEST_STORE");

	snprintf(f->dir, sizeof f->dir, "/tmp/loligo-store-XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	snprintf(f->path, sizeof f->path, "%s/hub.db", f->dir);
	snprintf(f->uri, sizeof f->uri, "sqlite:%s", f->path);
	if (uri != NULL)
		snprintf(f->uri, sizeof f->uri, "%s", uri);
	f->now = T0;
	f->env = (struct store_env){ fixture_now, f };
	*state = f;
	return store_open(f->uri, &f->env, &f->st, &f->err) ? 0 : -1;
}

static inline int fixture_teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];

	store_close(&f->st);
	arena_fini(&f->a);
	snprintf(command, sizeof command, "rm -rf '%s'", f->dir);
	free(f);
	return system(command);
}

static inline void fixture_reopen(struct fixture *f)
{
	store_close(&f->st);
	OK(f, store_open(f->uri, &f->env, &f->st, &f->err));
}

static inline lg_str str(const char *s)
{
	return str_of(s);
}

static inline struct lg_rec *tx_rec(struct arena *a, const char *reference, int64_t amount)
{
	struct lg_rec *r = rec_new(a, LG_TRANSACTION);

	rec_set_str(r, LG_TRANSACTION_BANK_REFERENCE, str(reference));
	rec_set_dec(r, LG_TRANSACTION_AMOUNT, dec_int(amount));
	rec_set_str(r, LG_TRANSACTION_CURRENCY, LG_STR("SEK"));
	return r;
}

static inline struct lg_rec *invoice_rec(struct arena *a, const char *number, const char *client)
{
	struct lg_rec *r = rec_new(a, LG_INVOICE);

	rec_set_str(r, LG_INVOICE_NUMBER, str(number));
	rec_set_str(r, LG_COMMON_CLIENT, str(client));
	return r;
}

static inline struct store_doc doc_new(const char *connection, const char *name, char byte)
{
	struct store_doc d = { .connection = str(connection), .name = str(name), .size = 100, .received_at = T0 };

	memset(d.hash, byte, sizeof d.hash);
	return d;
}

static inline enum store_outcome append(struct fixture *f, const struct store_doc *d, const struct lg_rec *r,
					const char *identity, const char *order)
{
	struct store_item item = { .rec = r, .identity = str(identity), .order = str(order), .offset = 7, .line = 3 };
	enum store_outcome outcome;
	lg_str id;

	OK(f, store_doc_append(f->st, d, &item, &f->a, &id, &outcome, &f->err));
	assert_true(id.len > 16);
	return outcome;
}

/* begin, n transactions PREFIX0.., end; inside the caller's transaction. */
static inline struct store_doc doc_taken(struct fixture *f, const char *connection, const char *name, char byte,
					 const char *prefix, int n)
{
	struct store_doc d = doc_new(connection, name, byte);

	OK(f, store_doc_begin(f->st, &d, &f->err));
	for (int i = 0; i < n; i++) {
		char text[32];

		snprintf(text, sizeof text, "%s%d", prefix, i);
		append(f, &d, tx_rec(&f->a, text, i + 1), text, "");
	}
	OK(f, store_doc_end(f->st, &d, LG_STR("taken"), STR_NONE, &f->err));
	return d;
}

#define ALL_KINDS (~UINT64_C(0))

static inline size_t next_kinds(struct fixture *f, const char *flow, const char *stream, uint64_t kinds, size_t limit,
				struct store_row *rows, struct store_position *p)
{
	size_t n = 99;

	OK(f, store_flow_next(f->st, str(flow), str(stream), kinds, limit, &f->a, rows, &n, p, &f->err));
	return n;
}

static inline size_t next(struct fixture *f, const char *flow, const char *stream, size_t limit, struct store_row *rows,
			  struct store_position *p)
{
	return next_kinds(f, flow, stream, ALL_KINDS, limit, rows, p);
}

static inline void advance(struct fixture *f, const char *flow, const char *stream, const struct store_position *p)
{
	OK(f, store_flow_advance(f->st, str(flow), str(stream), p, &f->err));
}

#define REF(row) rec_str((row).rec, LG_TRANSACTION_BANK_REFERENCE)
#define STR_EQ(a, text) assert_true(str_is((a), (text)))
