#include "tests/fuzz/format.h"

#include "core/model/identity.h"

#include <string.h>

#define KEPT 64 /* records that are written again */

struct seen {
	struct arena arena;
	struct buf body, all; /* the last record, and every one, in the store's form */
	const struct lg_rec *recs[KEPT];
	size_t count;
};

static bool on_record(void *ctx, struct lg_rec *rec, uint64_t offset, uint32_t line)
{
	struct seen *s = ctx;
	struct err err = { 0 };
	lg_str body;

	(void)offset, (void)line;
	buf_reset(&s->body);
	rec_encode(rec, REC_ALL, &s->body);
	body = arena_str(&s->arena, buf_view(&s->body));
	if (!rec_equal(rec, rec_decode(&s->arena, body, &err)))
		die("fuzz: a record is another one after the store");
	if (identity_of(rec, &s->arena).len == 0)
		die("fuzz: a record has no identity");
	order_of(rec, &s->arena);
	buf_add(&s->all, body);
	if (s->count < KEPT)
		s->recs[s->count] = rec_clone(&s->arena, rec);
	s->count++;
	return true;
}

static void on_finding(void *ctx, const char *id, uint32_t line, lg_str text)
{
	(void)ctx, (void)line;
	if (id == NULL || text.len == 0)
		die("fuzz: a finding without words");
}

static void seen_fini(struct seen *s)
{
	arena_fini(&s->arena);
	buf_fini(&s->body);
	buf_fini(&s->all);
}

struct pieces {
	lg_str rest;
	size_t len;
};

static lg_str next_piece(void *ctx)
{
	struct pieces *p = ctx;
	lg_str s = str_sub(p->rest, 0, p->len);

	p->rest = str_from(p->rest, s.len);
	return s;
}

static void in_pieces(const struct lg_format *f, const void *config, lg_str bytes, lg_status whole,
		      const struct seen *first)
{
	struct seen s = { .count = 0 };
	const struct format_sink sink = { on_record, on_finding, &s };
	struct pieces pieces = { bytes, 1 + bytes.len % 7 };
	const struct format_in in = { LG_STR("fuzz"), next_piece, &pieces };
	struct err err = { 0 };
	lg_status st = format_read(f, config, NULL, &in, &sink, &err);

	if (st != whole)
		die("fuzz: in pieces of %zu bytes the file is judged otherwise: %d, not %d: %s", 1 + bytes.len % 7,
		    (int)st, (int)whole, err.msg);
	if (st == LG_OK && !str_eq(buf_view(&s.all), buf_view(&first->all)))
		die("fuzz: in pieces of %zu bytes the file is another one", 1 + bytes.len % 7);
	seen_fini(&s);
}

static void again(const struct lg_format *f, const void *config, const struct seen *first)
{
	struct seen s = { .count = 0 };
	const struct format_sink sink = { on_record, NULL, &s };
	struct buf out = { 0 };
	struct err err = { 0 };

	if (format_write_buf(f, config, NULL, first->recs, MIN(first->count, KEPT), &out, &err) == LG_OK &&
	    format_read_bytes(f, config, NULL, LG_STR("again"), buf_view(&out), &sink, &err) != LG_OK)
		die("fuzz: what was written cannot be read: %s in %s", err.msg, buf_text(&out));
	buf_fini(&out);
	seen_fini(&s);
}

int fuzz_format(const struct lg_format *f, const void *config, const uint8_t *data, size_t size)
{
	struct seen s = { .count = 0 };
	const struct format_sink sink = { on_record, on_finding, &s };
	struct err err = { 0 };
	lg_str bytes = { (const char *)data, size };
	lg_status st;

	if (f->sniff)
		f->sniff(bytes);
	st = format_read_bytes(f, config, NULL, LG_STR("fuzz"), bytes, &sink, &err);
	if (st != LG_OK && err.msg[0] == '\0')
		die("fuzz: refused without a reason");
	in_pieces(f, config, bytes, st, &s);
	if (st == LG_OK && s.count > 0 && f->write)
		again(f, config, &s);
	seen_fini(&s);
	return 0;
}
