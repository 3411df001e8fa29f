/* Any bytes as JSON lines: never a crash, a hang or a leak; what is read is written, and reads to the same bytes. */
#include "tests/fuzz/format.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	struct arena arena;
	const struct lg_rec **recs;
	size_t count, cap;
};

static bool on_record(void *ctx, struct lg_rec *rec, uint64_t offset, uint32_t line)
{
	struct seen *s = ctx;

	(void)offset, (void)line;
	s->recs = xgrow(s->recs, &s->cap, s->count + 1, sizeof(struct lg_rec *));
	s->recs[s->count++] = rec_clone(&s->arena, rec);
	return true;
}

static void write_and_compare(struct seen *s)
{
	struct seen again = { .arena = { 0 } };
	const struct format_sink sink = { on_record, NULL, &again };
	struct buf one = { 0 }, two = { 0 };
	struct err err = { 0 };

	if (format_write_buf(lg_plugin.formats, NULL, NULL, s->recs, s->count, &one, &err) != LG_OK ||
	    format_read_bytes(lg_plugin.formats, NULL, NULL, LG_STR("again"), buf_view(&one), &sink, &err) != LG_OK ||
	    format_write_buf(lg_plugin.formats, NULL, NULL, again.recs, again.count, &two, &err) != LG_OK ||
	    !str_eq(buf_view(&one), buf_view(&two)))
		abort();
	free(again.recs);
	buf_fini(&one);
	buf_fini(&two);
	arena_fini(&again.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen s = { .arena = { 0 } };
	const struct format_sink sink = { on_record, NULL, &s };
	struct err err = { 0 };
	lg_str bytes = { (const char *)data, size };
	lg_status st = format_read_bytes(lg_plugin.formats, NULL, NULL, LG_STR("fuzz"), bytes, &sink, &err);

	fuzz_format(lg_plugin.formats, NULL, data, size);
	if (st == LG_OK)
		write_and_compare(&s);
	else if (err.msg[0] == '\0')
		abort();
	free(s.recs);
	arena_fini(&s.arena);
	return 0;
}
