/* books.h - what the tests of `book` share: records as JSON, vouchers as a line of text. */
#pragma once
#include "tests/unit/test.h"

#include "tests/steps/host.h"

/* "1930 D 12500.00 / 1510 C 12500.00", in the order of the voucher. */
static inline const char *lines(struct steps *s, const struct lg_rec *v)
{
	struct buf b = { 0 };
	const char *text;

	for (size_t i = 0; i < rec_count(v, LG_VOUCHER_LINES); i++) {
		const struct lg_rec *l = rec_obj_at(v, LG_VOUCHER_LINES, i);
		bool debit = rec_has(l, LG_VOUCHER_LINE_DEBIT);

		buf_addf(&b, "%s%s %c %s", i ? " / " : "", steps_text(s, l, LG_VOUCHER_LINE_ACCOUNT), debit ? 'D' : 'C',
			 steps_text(s, l, debit ? LG_VOUCHER_LINE_DEBIT : LG_VOUCHER_LINE_CREDIT));
	}
	text = arena_cstr(&s->arena, buf_view(&b));
	buf_fini(&b);
	return text;
}

#define TX(side, amount) \
	"{\"kind\":\"transaction\",\"id\":\"t1\",\"amount\":\"" amount "\",\"side\":\"" side \
	"\",\"currency\":\"SEK\",\"value_date\":\"2026-11-20\",\"bank_reference\":\"B1\"}"
#define ALLOCATION(id, to, amount, more) \
	"{\"kind\":\"allocation\",\"id\":\"" id \
	"\",\"from\":{\"kind\":\"transaction\",\"id\":\"t1\"},\"to\":{\"kind\":\"" to \
	"\",\"id\":\"i1\"},\"amount\":\"" amount "\",\"currency\":\"SEK\",\"invoice_number\":\"F1\"" more "}"

#define INVOICE(type, base, tax, payable) \
	"{\"kind\":\"invoice\",\"id\":\"i1\",\"type\":\"" type \
	"\",\"number\":\"F1\",\"issue_date\":\"2026-11-01\",\"currency\":\"SEK\"," \
	"\"taxes\":[{\"category\":\"S\",\"rate\":\"25\",\"base\":\"" base "\",\"amount\":\"" tax "\"}]," \
	"\"totals\":{\"payable\":\"" payable "\"}}"
#define FINANCING(event, amounts) \
	"{\"kind\":\"financing\",\"id\":\"f1\",\"event\":\"" event "\",\"date\":\"2026-11-20\",\"currency\":\"SEK\"," \
	"\"amounts\":{" amounts "}}"
#define ADJUST(reason, amount) ",\"adjustment\":{\"reason\":\"" reason "\",\"amount\":\"" amount "\"}"

static inline void run(struct steps *s, const char *const *json, size_t count)
{
	const struct lg_rec *recs[16];

	for (size_t i = 0; i < count; i++)
		recs[i] = steps_json(s, json[i]);
	assert_true(steps_batch(s, 0, recs, count));
}

#define RUN(s, ...) run((s), (const char *[]){ __VA_ARGS__ }, sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *))
