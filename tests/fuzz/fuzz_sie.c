/* Any bytes as a SIE file: never a crash, a hang or a leak; what is read can be written, and that reads again.
   Links the format's files and the core. */
#include "core/plugin/format_run.h"

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

static bool on_again(void *ctx, struct lg_rec *rec, uint64_t offset, uint32_t line)
{
	(void)ctx, (void)rec, (void)offset, (void)line;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen s = { .arena = { 0 } };
	const struct format_sink sink = { on_record, NULL, &s }, again = { on_again, NULL, NULL };
	const struct lg_format *sie = &lg_plugin.formats[0];
	lg_str bytes = { (const char *)data, size };
	struct err err = { 0 };
	struct buf out = { 0 };
	lg_status st = format_read_bytes(sie, NULL, NULL, LG_STR("fuzz"), bytes, &sink, &err);

	sie->sniff(bytes);
	if (st != LG_OK && err.msg[0] == '\0')
		abort();
	if (st == LG_OK && format_write_buf(sie, NULL, NULL, s.recs, s.count, &out, &err) == LG_OK &&
	    format_read_bytes(sie, NULL, NULL, LG_STR("again"), buf_view(&out), &again, &err) != LG_OK)
		abort();
	free(s.recs);
	buf_fini(&out);
	arena_fini(&s.arena);
	return 0;
}
