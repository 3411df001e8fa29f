/* Any bytes as a table with every type of column: never a crash, a hang or a leak; rows that are read can be written,
   and those read again to as many.  The first byte picks separator, decimals and encoding. */
#include "plugins/formats/csv/csv.h"
#include "tests/fuzz/format.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PAIR(k, v) \
	{ \
		{ (k), sizeof(k) - 1 }, \
		{ \
			(v), sizeof(v) - 1 \
		} \
	}

static const struct lg_pair columns[] = {
	PAIR("a", "amount"),      PAIR("d", "booking_date"),      PAIR("n", "counterparty.name"),
	PAIR("r", "references"),  PAIR("b", "reversal"),          PAIR("i", "occurrence"),
	PAIR("t", "received_at"), PAIR("c", "charges[1].amount"),
};

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char separators[] = ",;\t|";
	uint8_t how = size > 0 ? data[0] : 0;
	const struct csv_config cfg = { .kind = LG_STR("transaction"),
					.columns = { columns, sizeof columns / sizeof columns[0] },
					.header = how & 1,
					.separator = { separators + (how >> 1 & 3), 1 },
					.decimal = how >> 3 & 1,
					.encoding = how >> 4 & 3 };
	const struct lg_format *csv = &lg_plugin.formats[0];
	struct seen s = { .arena = { 0 } };
	const struct format_sink sink = { on_record, NULL, &s };
	struct buf out = { 0 };
	struct err err = { 0 };
	size_t n;

	if (size == 0)
		return 0;
	fuzz_format(csv, &cfg, data + 1, size - 1);
	if (format_read_bytes(csv, &cfg, NULL, LG_STR("fuzz"), (lg_str){ (const char *)data + 1, size - 1 }, &sink,
			      &err) == LG_OK) {
		n = s.count;
		if (format_write_buf(csv, &cfg, NULL, s.recs, n, &out, &err) != LG_OK)
			abort();
		/* A record whose columns are all empty is an empty row, which is passed over. */
		if (format_read_bytes(csv, &cfg, NULL, LG_STR("again"), buf_view(&out), &sink, &err) != LG_OK ||
		    s.count > 2 * n)
			abort();
	} else if (err.msg[0] == '\0') {
		abort();
	}
	free(s.recs);
	buf_fini(&out);
	arena_fini(&s.arena);
	return 0;
}
