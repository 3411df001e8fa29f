#include "tests/unit/test.h"

#include "plugins/steps/items.h"
#include "tests/steps/host.h"

static int setup(void **state)
{
	struct steps *s = steps_new();

	steps_add(s, steps_flow(s, "cash"), "book", steps_config(s, "book", "plan: config/plans/bas.yaml"));
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct steps *s = *state;

	steps_free(&s);
	return 0;
}

/* "1930 D 12500.00 / 1510 C 12500.00", in the order of the voucher. */
static const char *lines(struct steps *s, const struct lg_rec *v)
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

#define TX(side, amount)                                                                                                       \
	"{\"kind\":\"transaction\",\"id\":\"t1\",\"amount\":\"" amount "\",\"side\":\"" side                                   \
	"\",\"currency\":\"SEK\",\"value_date\":\"2026-11-20\",\"bank_reference\":\"B1\"}"
#define ALLOCATION(id, to, amount, more)                                                                                       \
	"{\"kind\":\"allocation\",\"id\":\"" id "\",\"from\":{\"kind\":\"transaction\",\"id\":\"t1\"},\"to\":{\"kind\":\"" to   \
	"\",\"id\":\"i1\"},\"amount\":\"" amount "\",\"currency\":\"SEK\",\"invoice_number\":\"F1\"" more "}"

static void run(struct steps *s, const char *const *json, size_t count)
{
	const struct lg_rec *recs[16];

	for (size_t i = 0; i < count; i++)
		recs[i] = steps_json(s, json[i]);
	assert_true(steps_batch(s, 0, recs, count));
}

#define RUN(s, ...) run((s), (const char *[]){ __VA_ARGS__ }, sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *))

static void payment_in_full(void **state)
{
	struct steps *s = *state;

	RUN(s, TX("credit", "12500.00"), ALLOCATION("a1", "invoice", "12500.00", ""));
	assert_int_equal(s->parked_count, 0);
	assert_int_equal(s->out_count, 1);
	assert_string_equal(lines(s, s->out[0]), "1930 D 12500.00 / 1510 C 12500.00");
	assert_string_equal(steps_text(s, s->out[0], LG_VOUCHER_DATE), "2026-11-20");
	assert_string_equal(steps_text(s, s->out[0], LG_VOUCHER_NUMBER), "1");
	assert_string_equal(steps_text(s, s->out[0], LG_VOUCHER_FINANCIAL_YEAR), "2026-01-01/2026-12-31");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(payment_in_full, setup, teardown),
	};

	return cmocka_run_group_tests_name("book", tests, NULL, NULL);
}
