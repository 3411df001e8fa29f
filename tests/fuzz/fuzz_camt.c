/* Any bytes as a bank message: never a crash, a hang or a leak; records that come have an identity and an order, and
   survive the store's form.  Links the format's files and the core. */
#include "core/model/identity.h"
#include "core/plugin/format_run.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	struct arena arena;
	struct buf body;
};

static bool on_record(void *ctx, struct lg_rec *rec, uint64_t offset, uint32_t line)
{
	struct seen *s = ctx;
	struct err err = { 0 };

	(void)offset, (void)line;
	arena_reset(&s->arena);
	buf_reset(&s->body);
	if (identity_of(rec, &s->arena).len == 0 || order_of(rec, &s->arena).len == 0)
		abort();
	rec_encode(rec, REC_ALL, &s->body);
	if (!rec_equal(rec, rec_decode(&s->arena, buf_view(&s->body), &err)))
		abort();
	return true;
}

static void on_finding(void *ctx, const char *id, uint32_t line, lg_str text)
{
	(void)ctx, (void)id, (void)line;
	if (text.len == 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen s = { .arena = { 0 } };
	const struct format_sink sink = { on_record, on_finding, &s };
	struct err err = { 0 };
	lg_str bytes = { (const char *)data, size };
	lg_status st = format_read_bytes(&lg_plugin.formats[0], NULL, NULL, LG_STR("fuzz"), bytes, &sink, &err);

	lg_plugin.formats[0].sniff(bytes);
	if (st != LG_OK && err.msg[0] == '\0')
		abort();
	arena_fini(&s.arena);
	buf_fini(&s.body);
	return 0;
}
