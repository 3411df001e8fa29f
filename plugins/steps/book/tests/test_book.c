#include "tests/unit/test.h"

#include "plugins/steps/book/tests/books.h"

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

/* ---- domain.md 4.4: events on the receivable, in the order of its table ---- */

struct example {
	const char *name;
	const char *json[4];
	const char *lines;
};

static const struct example examples[] = {
	{ "partial payment",
	  { TX("credit", "5000.00"), ALLOCATION("a1", "invoice", "5000.00", "") },
	  "1930 D 5000.00 / 1510 C 5000.00" },
	{ "unidentified",
	  { TX("credit", "7300.00"), ALLOCATION("a1", "suspense", "7300.00", "") },
	  "1930 D 7300.00 / 2999 C 7300.00" },
	{ "identified later",
	  { TX("credit", "7300.00"), ALLOCATION("a2", "suspense", "7300.00", ",\"reverses\":\"a1\""),
	    ALLOCATION("a3", "invoice", "7300.00", "") },
	  "2999 D 7300.00 / 1510 C 7300.00" },
	{ "over-payment",
	  { TX("credit", "12600.00"), ALLOCATION("a1", "invoice", "12500.00", ""),
	    ALLOCATION("a2", "on_account", "100.00", "") },
	  "1930 D 12600.00 / 1510 C 12500.00 / 2420 C 100.00" },
	{ "duplicate",
	  { TX("credit", "12500.00"), ALLOCATION("a1", "refund", "12500.00", "") },
	  "1930 D 12500.00 / 2890 C 12500.00" },
	{ "duplicate refunded",
	  { TX("debit", "12500.00"), ALLOCATION("a1", "refund", "12500.00", "") },
	  "2890 D 12500.00 / 1930 C 12500.00" },
	{ "krona rounding",
	  { TX("credit", "10000.00"), ALLOCATION("a1", "invoice", "10000.00", ADJUST("rounding", "0.40")) },
	  "1930 D 10000.00 / 3740 D 0.40 / 1510 C 10000.40" },
	{ "rounded up",
	  { TX("credit", "10001.00"), ALLOCATION("a1", "invoice", "10001.00", ADJUST("rounding", "-0.60")) },
	  "1930 D 10001.00 / 3740 C 0.60 / 1510 C 10000.40" },
	{ "bank kept 50",
	  { TX("credit", "9950.00"), ALLOCATION("a1", "invoice", "9950.00", ADJUST("bank_fee", "50.00")) },
	  "1930 D 9950.00 / 6570 D 50.00 / 1510 C 10000.00" },
	{ "discount, VAT told",
	  { TX("credit", "12250.00"),
	    ALLOCATION("a1", "invoice", "12250.00",
		       ",\"adjustment\":{\"reason\":\"discount\",\"amount\":\"250.00\",\"tax\":\"50.00\"}") },
	  "1930 D 12250.00 / 3731 D 200.00 / 2611 D 50.00 / 1510 C 12500.00" },
	{ "credit note",
	  { INVOICE("381", "1000.00", "250.00", "1250.00") },
	  "3001 D 1000.00 / 2611 D 250.00 / 1510 C 1250.00" },
	{ "invoice",
	  { INVOICE("380", "1000.00", "250.00", "1250.00") },
	  "1510 D 1250.00 / 3001 C 1000.00 / 2611 C 250.00" },
	{ "invoice, rounded",
	  { INVOICE("380", "999.70", "249.93", "1250.00") },
	  "1510 D 1250.00 / 3001 C 999.70 / 2611 C 249.93 / 3740 C 0.37" },
	{ "reminder fee", { FINANCING("reminder_fee", "\"fee\":\"60.00\"") }, "1510 D 60.00 / 3990 C 60.00" },
	{ "late interest", { FINANCING("late_interest", "\"interest\":\"368.63\"") }, "1510 D 368.63 / 8313 C 368.63" },
	{ "compensation", { FINANCING("late_compensation", "\"fee\":\"450.00\"") }, "1510 D 450.00 / 3990 C 450.00" },
	{ "waived", { FINANCING("fee_waived", "\"fee\":\"60.00\"") }, "3990 D 60.00 / 1510 C 60.00" },
	{ "direct debit returned",
	  { TX("debit", "12500.00"), ALLOCATION("a1", "invoice", "12500.00", "") },
	  "1510 D 12500.00 / 1930 C 12500.00" },
	{ "its bank fee",
	  { TX("debit", "35.00"), ALLOCATION("a1", "fee", "35.00", "") },
	  "6570 D 35.00 / 1930 C 35.00" },
	{ "card capture", { FINANCING("card_capture", "\"paid\":\"1000.00\"") }, "1580 D 1000.00 / 1510 C 1000.00" },
	{ "card payout",
	  { FINANCING("card_payout", "\"gross\":\"1000.00\",\"net\":\"984.20\",\"fee\":\"15.80\"") },
	  "1930 D 984.20 / 6040 D 15.80 / 1580 C 1000.00" },
	{ "payout of several",
	  { FINANCING("card_payout", "\"gross\":\"4000.00\",\"net\":\"3931.55\",\"fee\":\"68.45\"") },
	  "1930 D 3931.55 / 6040 D 68.45 / 1580 C 4000.00" },
	{ "card chargeback",
	  { FINANCING("card_chargeback", "\"amount\":\"1000.00\",\"fee\":\"150.00\"") },
	  "1510 D 1000.00 / 6040 D 150.00 / 1580 C 1150.00" },
	{ "fx loss",
	  { FINANCING("fx_payment", "\"booked\":\"11500.00\",\"paid\":\"11300.00\",\"loss\":\"200.00\"") },
	  "1930 D 11300.00 / 7960 D 200.00 / 1510 C 11500.00" },
	{ "fx gain",
	  { FINANCING("fx_payment", "\"booked\":\"11500.00\",\"paid\":\"11600.00\",\"gain\":\"100.00\"") },
	  "1930 D 11600.00 / 1510 C 11500.00 / 3960 C 100.00" },
	{ "revaluation", { FINANCING("fx_revaluation", "\"gain\":\"200.00\"") }, "1510 D 200.00 / 3960 C 200.00" },
	{ "fee paid beside an invoice",
	  { TX("credit", "1060.00"), ALLOCATION("a1", "invoice", "1000.00", ""), ALLOCATION("a2", "fee", "60.00", "") },
	  "1930 D 1060.00 / 1510 C 1000.00 / 3990 C 60.00" },
	{ "closed by a credit note",
	  { TX("credit", "900.00"), ALLOCATION("a1", "invoice", "900.00", ADJUST("credit_note", "100.00")) },
	  "1930 D 900.00 / 1510 C 900.00" },
};

static void worked_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
		void *fresh = NULL;
		struct steps *s;
		size_t n = 0;

		setup(&fresh);
		s = fresh;
		while (n < ARRAY_LEN(examples[i].json) && examples[i].json[n] != NULL)
			n++;
		run(s, examples[i].json, n);
		if (s->out_count != 1 || strcmp(lines(s, s->out[0]), examples[i].lines) != 0)
			fail_msg("%s: %zu vouchers, %s instead of %s; %.*s", examples[i].name, s->out_count,
				 s->out_count ? lines(s, s->out[0]) : "", examples[i].lines,
				 STRA(s->parked_count ? s->parked[0].text : LG_STR("nothing parked")));
		teardown(&fresh);
	}
}

static void a_discount_finds_its_vat(void **state)
{
	struct steps *s = *state;

	RUN(s, INVOICE("380", "10000.00", "2500.00", "12500.00"));
	RUN(s, TX("credit", "12250.00"), ALLOCATION("a1", "invoice", "12250.00", ADJUST("discount", "250.00")));
	assert_int_equal(s->out_count, 2);
	assert_string_equal(lines(s, s->out[1]), "1930 D 12250.00 / 3731 D 200.00 / 2611 D 50.00 / 1510 C 12500.00");
}

static void each_row_has_its_accounts(void **state)
{
	struct steps *s = *state;

	RUN(s, "{\"kind\":\"invoice\",\"id\":\"i1\",\"number\":\"F1\",\"issue_date\":\"2026-11-01\",\"currency\":"
	       "\"SEK\",\"taxes\":["
	       "{\"category\":\"S\",\"rate\":\"25\",\"base\":\"100\",\"amount\":\"25\"},"
	       "{\"category\":\"S\",\"rate\":\"12.0\",\"base\":\"100\",\"amount\":\"12\"},"
	       "{\"category\":\"E\",\"rate\":\"0\",\"base\":\"10\",\"amount\":\"0\"}],"
	       "\"totals\":{\"payable\":\"237\",\"prepaid\":\"10\"}}");
	assert_string_equal(lines(s, s->out[0]),
			    "1510 D 237.00 / 2420 D 10.00 / 3001 C 100.00 / 3002 C 100.00 / 3004 C 10.00 / "
			    "2611 C 25.00 / 2621 C 12.00");
}

static void the_same_again_takes_no_number(void **state)
{
	struct steps *s = *state;

	RUN(s, INVOICE("380", "1000.00", "250.00", "1250.00"));
	RUN(s, INVOICE("380", "1000.00", "250.00", "1250.00"));
	RUN(s, TX("credit", "10.00"), ALLOCATION("a1", "invoice", "10.00", ""));
	RUN(s, TX("credit", "10.00"), ALLOCATION("a1", "invoice", "10.00", ""));
	assert_int_equal(s->made_count, 2);
	assert_string_equal(steps_text(s, s->made[1].rec, LG_VOUCHER_NUMBER), "2");
}

static void a_change_reverses(void **state)
{
	struct steps *s = *state;

	RUN(s, INVOICE("380", "1000.00", "250.00", "1250.00"));
	RUN(s, INVOICE("380", "800.00", "200.00", "1000.00"));
	assert_int_equal(s->made_count, 3);
	assert_string_equal(lines(s, s->made[1].rec), "1510 C 1250.00 / 3001 D 1000.00 / 2611 D 250.00");
	assert_true(str_eq(rec_str(s->made[1].rec, LG_VOUCHER_REVERSES), rec_str(s->made[0].rec, LG_COMMON_ID)));
	assert_string_equal(lines(s, s->made[2].rec), "1510 D 1000.00 / 3001 C 800.00 / 2611 C 200.00");
	assert_string_equal(steps_text(s, s->made[2].rec, LG_VOUCHER_NUMBER), "3");
	RUN(s, INVOICE("380", "800.00", "200.00", "1000.00"));
	assert_int_equal(s->made_count, 3);
	RUN(s, INVOICE("380", "1000.00", "250.00", "1250.00"));
	assert_int_equal(s->made_count, 5);
	assert_string_equal(steps_text(s, s->made[4].rec, LG_VOUCHER_NUMBER), "5");
}

static void what_cannot_be_booked_is_parked_alone(void **state)
{
	struct steps *s = *state;

	RUN(s, TX("credit", "110.00"), ALLOCATION("a1", "invoice", "100.00", ""), ALLOCATION("a2", "moon", "10.00", ""),
	    FINANCING("unheard_of", ""), INVOICE("380", "8.00", "2.00", "10.00"));
	assert_int_equal(s->parked_count, 2);
	assert_true(str_is(s->parked[0].id, "book.allocation"));
	assert_true(str_is(s->parked[1].id, "book.unknown_event"));
	assert_true(str_find(s->parked[1].text, LG_STR("\"unheard_of\"")) < s->parked[1].text.len);
	assert_int_equal(s->out_count, 2);
	assert_string_equal(lines(s, s->out[0]), "1930 D 100.00 / 1510 C 100.00");
}

static void amounts_must_fulfil_what_is_given(void **state)
{
	struct steps *s = *state;

	RUN(s, FINANCING("card_payout", "\"gross\":\"1000.00\",\"net\":\"984.20\",\"fee\":\"15.81\""));
	RUN(s, FINANCING("card_payout", "\"gross\":\"1000.00\",\"net\":\"984.20\""));
	RUN(s, FINANCING("card_payout", "\"gross\":[1]"));
	assert_int_equal(s->parked_count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_true(str_is(s->parked[i].id, "book.amounts"));
	assert_true(str_find(s->parked[0].text, LG_STR("gross = net + fee")) < s->parked[0].text.len);
	assert_true(str_find(s->parked[1].text, LG_STR("\"fee\"")) < s->parked[1].text.len);
}

static void other_currencies_are_parked(void **state)
{
	struct steps *s = *state;

	RUN(s,
	    "{\"kind\":\"invoice\",\"id\":\"i1\",\"number\":\"F1\",\"issue_date\":\"2026-11-01\",\"currency\":\"EUR\","
	    "\"totals\":{\"payable\":\"237\"}}");
	assert_int_equal(s->parked_count, 1);
	assert_true(str_is(s->parked[0].id, "book.currency"));
}

static void a_batch_may_be_run_again(void **state)
{
	struct steps *s = *state;

	steps_again(s);
	RUN(s, TX("credit", "10.00"), ALLOCATION("a1", "invoice", "10.00", ""));
	assert_int_equal(s->made_count, 1);
	assert_string_equal(steps_text(s, s->made[0].rec, LG_VOUCHER_NUMBER), "1");
}

static void undone_money_goes_back(void **state)
{
	struct steps *s = *state;

	RUN(s, TX("credit", "10.00"), ALLOCATION("a1", "invoice", "10.00", ADJUST("rounding", "0.40")));
	RUN(s, TX("credit", "10.00"),
	    ALLOCATION("a2", "invoice", "10.00", ADJUST("rounding", "0.40") ",\"reverses\":\"a1\""),
	    ALLOCATION("a3", "suspense", "10.00", ""));
	assert_int_equal(s->out_count, 2);
	assert_string_equal(lines(s, s->out[1]), "3740 C 0.40 / 1510 D 10.40 / 2999 C 10.00");
	/* Decided today: the money's own day is long booked. */
	assert_string_equal(steps_text(s, s->out[1], LG_VOUCHER_DATE), "2026-11-25");
}

/* A bank's return: match reopens what the first payment paid, then books the money that left. */
static void a_return_reopens(void **state)
{
	struct steps *s = *state;

	RUN(s,
	    "{\"kind\":\"transaction\",\"id\":\"t9\",\"amount\":\"10\",\"side\":\"debit\",\"currency\":\"SEK\","
	    "\"value_date\":\"2026-11-22\"}",
	    ALLOCATION("a2", "invoice", "10.00", ",\"reverses\":\"a1\",\"date\":\"2026-11-22\""),
	    ALLOCATION("a3", "refund", "10.00", ",\"date\":\"2026-11-22\""),
	    "{\"kind\":\"allocation\",\"id\":\"a4\",\"from\":{\"kind\":\"transaction\",\"id\":\"t9\"},\"to\":{\"kind\":"
	    "\"refund\"},"
	    "\"amount\":\"10\",\"currency\":\"SEK\"}");
	assert_int_equal(s->out_count, 2);
	assert_string_equal(lines(s, s->out[0]), "1510 D 10.00 / 2890 C 10.00");
	assert_string_equal(steps_text(s, s->out[0], LG_VOUCHER_DATE), "2026-11-22");
	assert_string_equal(lines(s, s->out[1]), "2890 D 10.00 / 1930 C 10.00");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(payment_in_full, setup, teardown),
		cmocka_unit_test(worked_examples),
		cmocka_unit_test_setup_teardown(a_discount_finds_its_vat, setup, teardown),
		cmocka_unit_test_setup_teardown(each_row_has_its_accounts, setup, teardown),
		cmocka_unit_test_setup_teardown(the_same_again_takes_no_number, setup, teardown),
		cmocka_unit_test_setup_teardown(a_change_reverses, setup, teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_booked_is_parked_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(amounts_must_fulfil_what_is_given, setup, teardown),
		cmocka_unit_test_setup_teardown(other_currencies_are_parked, setup, teardown),
		cmocka_unit_test_setup_teardown(a_batch_may_be_run_again, setup, teardown),
		cmocka_unit_test_setup_teardown(undone_money_goes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(a_return_reopens, setup, teardown),
	};

	return cmocka_run_group_tests_name("book", tests, NULL, NULL);
}
