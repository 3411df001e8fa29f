/* The factor's books and its clients': domain.md 4.1 to 4.3, closed periods, years, and plans that are wrong. */
#include "plugins/steps/book/tests/books.h"

#include "core/base/date.h"

#include <stdio.h>
#include <unistd.h>

#define T(literal) \
	{ \
		(literal), sizeof(literal) - 1 \
	}

static const struct lg_client clients[] = {
	{ .size = sizeof clients[0],
	  .name = T("A"),
	  .legal_id = T("556000-0001"),
	  .contract = T("purchase"),
	  .currency = T("SEK") },
	{ .size = sizeof clients[0],
	  .name = T("B"),
	  .legal_id = T("5560000002"),
	  .contract = T("lending"),
	  .currency = T("SEK") },
	{ .size = sizeof clients[0],
	  .name = T("C"),
	  .legal_id = T("5560000003"),
	  .contract = T("recourse"),
	  .currency = T("SEK") },
	{ .size = sizeof clients[0],
	  .name = T("D"),
	  .legal_id = T("5560000004"),
	  .contract = T("service"),
	  .currency = T("SEK"),
	  .year_start_month = 7,
	  .year_start_day = 1 },
};

static struct steps *books(lg_date closed_until)
{
	struct steps *s = steps_new();
	struct lg_ledger factor = { .name = T("factor"),
				    .company = T("5566778899"),
				    .currency = T("SEK"),
				    .series = T("L"),
				    .plan = T("config/plans/factor.yaml"),
				    .closed_until = closed_until };
	struct lg_ledger client = { .name = T("client"),
				    .series = T("K"),
				    .each_client = true,
				    .plan = T("config/plans/client-{contract}.yaml"),
				    .closed_until = closed_until };

	for (size_t i = 0; i < ARRAY_LEN(clients); i++)
		steps_client(s, &clients[i]);
	steps_ledger(s, &factor);
	steps_ledger(s, &client);
	steps_add(s, steps_flow(s, "books"), "book", steps_config(s, "book", "ledgers: [factor, client]"));
	return s;
}

/* The voucher of a ledger among what came out, as text; "none". */
static const char *in_ledger(struct steps *s, const char *ledger)
{
	const char *text = "none";

	for (size_t i = 0; i < s->out_count; i++)
		if (str_is(rec_str(s->out[i], LG_VOUCHER_LEDGER), ledger))
			text = lines(s, s->out[i]);
	return text;
}

/* An event of a client, told by a financing record (amounts) or, with `records`, by others. */
struct event {
	const char *name, *client, *event, *amounts, *in_client, *in_factor;
};

static const struct event events[] = {
	{ "A1", "A", "purchase",
	  "\"face\":\"125000\",\"paid\":\"109375\",\"reserve\":\"12500\",\"fee\":\"2500\",\"vat\":\"625\"",
	  "1930 D 109375.00 / 1680 D 12500.00 / 6064 D 2500.00 / 2641 D 625.00 / 1510 C 125000.00",
	  "1510 D 125000.00 / 2390 C 12500.00 / 3041 C 2500.00 / 2611 C 625.00 / 1930 C 109375.00" },
	{ "A3", "A", "reserve_release", "\"reserve\":\"12500\"", "1930 D 12500.00 / 1680 C 12500.00",
	  "2390 D 12500.00 / 1930 C 12500.00" },
	{ "A4", "A", "debtor_paid_client", "\"paid\":\"125000\"", "1930 D 125000.00 / 2890 C 125000.00", "none" },
	{ "A4b", "A", "client_forwards", "\"paid\":\"125000\"", "2890 D 125000.00 / 1930 C 125000.00",
	  "1930 D 125000.00 / 1510 C 125000.00" },
	{ "A5b", "A", "dilution_settled", "\"claim\":\"25000\",\"reserve\":\"12500\",\"paid\":\"12500\"",
	  "2890 D 25000.00 / 1680 C 12500.00 / 1930 C 12500.00",
	  "2390 D 12500.00 / 1930 D 12500.00 / 1680 C 25000.00" },
	{ "A6", "A", "credit_loss", "\"face\":\"125000\",\"loss\":\"112500\",\"reserve\":\"12500\"",
	  "6064 D 12500.00 / 1680 C 12500.00", "6351 D 112500.00 / 2390 D 12500.00 / 1510 C 125000.00" },
	{ "B1", "B", "pledge", "\"face\":\"125000\"", "1512 D 125000.00 / 1510 C 125000.00", "none" },
	{ "B2", "B", "advance", "\"advance\":\"100000\"", "1930 D 100000.00 / 2410 C 100000.00",
	  "1310 D 100000.00 / 1930 C 100000.00" },
	{ "B3", "B", "charge", "\"fee\":\"1250\",\"vat\":\"312.50\",\"interest\":\"666.67\"",
	  "6064 D 1250.00 / 2641 D 312.50 / 8421 D 666.67 / 2410 C 2229.17",
	  "1310 D 2229.17 / 3041 C 1250.00 / 2611 C 312.50 / 8313 C 666.67" },
	{ "B4", "B", "collection", "\"paid\":\"125000\",\"loan\":\"102229.17\",\"surplus\":\"22770.83\"",
	  "2410 D 102229.17 / 1680 D 22770.83 / 1512 C 125000.00",
	  "1930 D 125000.00 / 1310 C 102229.17 / 2395 C 22770.83" },
	{ "B5", "B", "surplus_paid", "\"surplus\":\"22770.83\"", "1930 D 22770.83 / 1680 C 22770.83",
	  "2395 D 22770.83 / 1930 C 22770.83" },
	{ "B6", "B", "recourse", "\"paid\":\"100000\"", "2410 D 100000.00 / 1930 C 100000.00",
	  "1930 D 100000.00 / 1310 C 100000.00" },
	{ "B6b", "B", "pledge_released", "\"face\":\"125000\"", "1510 D 125000.00 / 1512 C 125000.00", "none" },
	{ "B7", "B", "doubtful", "\"loss\":\"100000\"", "6352 D 100000.00 / 1519 C 100000.00", "none" },
	{ "B8", "B", "loss_confirmed", "\"face\":\"125000\",\"loss\":\"100000\",\"vat\":\"25000\"",
	  "6351 D 100000.00 / 2611 D 25000.00 / 1510 C 125000.00", "none" },
	{ "B8b", "B", "doubtful_reversed", "\"loss\":\"100000\"", "1519 D 100000.00 / 6352 C 100000.00", "none" },
	{ "B9", "B", "recovery", "\"paid\":\"12500\",\"recovered\":\"10000\",\"vat\":\"2500\"",
	  "1930 D 12500.00 / 3950 C 10000.00 / 2611 C 2500.00", "none" },
	{ "C1", "C", "purchase",
	  "\"face\":\"125000\",\"paid\":\"109375\",\"reserve\":\"12500\",\"fee\":\"2500\",\"vat\":\"625\"",
	  "1930 D 109375.00 / 1680 D 12500.00 / 6064 D 2500.00 / 2641 D 625.00 / 1510 C 125000.00",
	  "1510 D 125000.00 / 2390 C 12500.00 / 3041 C 2500.00 / 2611 C 625.00 / 1930 C 109375.00" },
	{ "C2", "C", "chargeback", "\"face\":\"125000\",\"paid\":\"112500\",\"reserve\":\"12500\"",
	  "1510 D 125000.00 / 1680 C 12500.00 / 1930 C 112500.00",
	  "1930 D 112500.00 / 2390 D 12500.00 / 1510 C 125000.00" },
	{ "C2b", "C", "chargeback_netted", "\"face\":\"125000\",\"claim\":\"112500\",\"reserve\":\"12500\"",
	  "1510 D 125000.00 / 1680 C 12500.00 / 2890 C 112500.00",
	  "1680 D 112500.00 / 2390 D 12500.00 / 1510 C 125000.00" },
	{ "D2", "D", "settlement", "\"gross\":\"125000\",\"paid\":\"124500\",\"fee\":\"400\",\"vat\":\"100\"",
	  "1930 D 124500.00 / 6064 D 400.00 / 2641 D 100.00 / 1510 C 125000.00",
	  "2395 D 125000.00 / 3041 C 400.00 / 2611 C 100.00 / 1940 C 124500.00" },
};

static void financing_events(void **state)
{
	char json[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(events); i++) {
		struct steps *s = books(INT32_MIN);
		const struct event *e = &events[i];

		snprintf(json, sizeof json,
			 "{\"kind\":\"financing\",\"client\":\"%s\",\"event\":\"%s\",\"invoice_number\":\"F1\","
			 "\"date\":\"2026-11-20\","
			 "\"currency\":\"SEK\",\"amounts\":{%s}}",
			 e->client, e->event, e->amounts);
		RUN(s, json);
		if (strcmp(in_ledger(s, "client"), e->in_client) != 0 ||
		    strcmp(in_ledger(s, "factor"), e->in_factor) != 0)
			fail_msg("%s: %s | %s; %.*s", e->name, in_ledger(s, "client"), in_ledger(s, "factor"),
				 STRA(s->parked_count ? s->parked[0].text : LG_STR("nothing parked")));
		steps_free(&s);
	}
}

static const char *const of_client[] = { "A", "B", "C", "D" };

static void invoices_and_payments_by_contract(void **state)
{
	/* Per client: the invoice's voucher (client's), the credit note's (client's, factor's), the payment's
	 * (client's, factor's). */
	static const char *const wanted[][5] = {
		{ "1510 D 125000.00 / 3001 C 100000.00 / 2611 C 25000.00",
		  "3001 D 20000.00 / 2611 D 5000.00 / 2890 C 25000.00", "1680 D 25000.00 / 1510 C 25000.00", "none",
		  "1930 D 125000.00 / 1510 C 125000.00" },
		{ "1510 D 125000.00 / 3001 C 100000.00 / 2611 C 25000.00",
		  "3001 D 20000.00 / 2611 D 5000.00 / 1510 C 25000.00", "none", "none", "none" },
		{ "1510 D 125000.00 / 3001 C 100000.00 / 2611 C 25000.00",
		  "3001 D 20000.00 / 2611 D 5000.00 / 2890 C 25000.00", "1680 D 25000.00 / 1510 C 25000.00", "none",
		  "1930 D 125000.00 / 1510 C 125000.00" },
		{ "1510 D 125000.00 / 3001 C 100000.00 / 2611 C 25000.00",
		  "3001 D 20000.00 / 2611 D 5000.00 / 1510 C 25000.00", "none", "none",
		  "1940 D 125000.00 / 2395 C 125000.00" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(of_client); i++) {
		struct steps *s = books(INT32_MIN);
		struct lg_rec *r[4];

		r[0] = steps_json(s, INVOICE("380", "100000.00", "25000.00", "125000.00"));
		r[1] = steps_json(s, INVOICE("381", "20000.00", "5000.00", "25000.00"));
		rec_set_str(r[1], LG_COMMON_ID, LG_STR("i2"));
		r[2] = steps_json(s, TX("credit", "125000.00"));
		r[3] = steps_json(s, ALLOCATION("a1", "invoice", "125000.00", ""));
		for (size_t k = 0; k < 4; k++)
			if (k != 2)
				rec_set_str(r[k], LG_COMMON_CLIENT, str_of(of_client[i]));
		steps_run(s, 0, r[0]);
		assert_string_equal(in_ledger(s, "client"), wanted[i][0]);
		assert_string_equal(in_ledger(s, "factor"), "none");
		steps_forget(s);
		steps_run(s, 0, r[1]);
		assert_string_equal(in_ledger(s, "client"), wanted[i][1]);
		assert_string_equal(in_ledger(s, "factor"), wanted[i][2]);
		steps_forget(s);
		steps_batch(s, 0, (const struct lg_rec *const *)(r + 2), 2);
		assert_string_equal(in_ledger(s, "client"), wanted[i][3]);
		assert_string_equal(in_ledger(s, "factor"), wanted[i][4]);
		assert_int_equal(s->parked_count, 0);
		steps_free(&s);
	}
}

static void one_payment_of_two_clients(void **state)
{
	struct steps *s = books(INT32_MIN);

	(void)state;
	RUN(s, TX("credit", "310.00"),
	    ALLOCATION("a1", "invoice", "100.00", ",\"client\":\"A\",\"contract\":\"purchase\""),
	    ALLOCATION("a2", "invoice", "200.00", ",\"client\":\"D\",\"contract\":\"service\""),
	    ALLOCATION("a3", "suspense", "10.00", ""));
	assert_int_equal(s->out_count, 1);
	assert_string_equal(in_ledger(s, "factor"),
			    "1930 D 110.00 / 1510 C 100.00 / 1940 D 200.00 / 2395 C 200.00 / 2999 C 10.00");
	steps_free(&s);
}

/* A ledger of one client hears of that client only. */
static void books_of_one_client(void **state)
{
	struct steps *s = books(INT32_MIN);
	struct lg_ledger one = { .name = T("one"),
				 .company = T("5560000004"),
				 .series = T("O"),
				 .plan = T("config/plans/client-{contract}.yaml"),
				 .client = T("D"),
				 .closed_until = INT32_MIN };

	(void)state;
	steps_ledger(s, &one);
	steps_add(s, steps_flow(s, "one"), "book", steps_config(s, "book", "ledgers: [one]"));
	for (size_t i = 0; i < ARRAY_LEN(of_client); i++) {
		struct lg_rec *r = steps_json(s, INVOICE("380", "8.00", "2.00", "10.00"));

		rec_set_str(r, LG_COMMON_CLIENT, str_of(of_client[i]));
		steps_run(s, 1, r);
	}
	assert_int_equal(s->parked_count, 0);
	assert_int_equal(s->out_count, 1);
	assert_string_equal(in_ledger(s, "one"), "1510 D 10.00 / 3001 C 8.00 / 2611 C 2.00");
	steps_free(&s);
}

/* D3: a receipt for an invoice that was never assigned. */
static void client_money(void **state)
{
	struct steps *s = books(INT32_MIN);

	(void)state;
	RUN(s, TX("credit", "9000.00"), ALLOCATION("a1", "client_money", "9000.00", ",\"client\":\"D\""));
	assert_string_equal(in_ledger(s, "factor"), "1940 D 9000.00 / 2395 C 9000.00");
	assert_string_equal(in_ledger(s, "client"), "none");
	steps_free(&s);
}

static void discounts_are_the_clients(void **state)
{
	struct steps *s = books(INT32_MIN);
	struct lg_rec *r = steps_json(s, INVOICE("380", "10000.00", "2500.00", "12500.00"));

	(void)state;
	rec_set_str(r, LG_COMMON_CLIENT, LG_STR("A"));
	steps_run(s, 0, r);
	steps_forget(s);
	RUN(s, TX("credit", "12250.00"),
	    ALLOCATION("a1", "invoice", "12250.00", ",\"client\":\"A\"" ADJUST("discount", "250.00")));
	assert_string_equal(in_ledger(s, "client"), "3731 D 200.00 / 2611 D 50.00 / 2890 C 250.00");
	assert_string_equal(in_ledger(s, "factor"), "1930 D 12250.00 / 1680 D 250.00 / 1510 C 12500.00");
	steps_free(&s);
}

static void closed_periods_date_forward(void **state)
{
	struct steps *s = books(20788); /* 2026-12-01 */
	struct lg_rec *r = steps_json(s, INVOICE("380", "8.00", "2.00", "10.00"));

	(void)state;
	rec_set_str(r, LG_COMMON_CLIENT, LG_STR("D"));
	steps_run(s, 0, r);
	steps_run(s, 0, r);
	assert_int_equal(s->made_count, 1);
	assert_string_equal(steps_text(s, s->out[0], LG_VOUCHER_DATE), "2026-12-02");
	assert_string_equal(steps_text(s, s->out[0], LG_VOUCHER_LATE), "true");
	assert_string_equal(steps_text(s, s->out[0], LG_VOUCHER_TEXT), "Kundfaktura F1 (2026-11-01)");
	assert_string_equal(steps_text(s, s->out[0], LG_VOUCHER_FINANCIAL_YEAR), "2026-07-01/2027-06-30");
	assert_string_equal(steps_text(s, s->out[0], LG_VOUCHER_COMPANY), "5560000004");
	assert_string_equal(steps_text(s, s->out[0], LG_VOUCHER_SERIES), "K");
	steps_free(&s);
}

/* A change after its period was closed: reversal and new voucher on the first open day. */
static void changes_of_closed_periods_date_forward(void **state)
{
	struct steps *s = books(20788);
	struct lg_rec *r = steps_json(s, INVOICE("380", "8.00", "2.00", "10.00"));

	(void)state;
	rec_set_str(r, LG_COMMON_CLIENT, LG_STR("D"));
	steps_run(s, 0, r);
	r = steps_json(s, INVOICE("380", "16.00", "4.00", "20.00"));
	rec_set_str(r, LG_COMMON_CLIENT, LG_STR("D"));
	steps_run(s, 0, r);
	assert_int_equal(s->made_count, 3);
	assert_string_equal(steps_text(s, s->made[1].rec, LG_VOUCHER_DATE), "2026-12-02");
	assert_string_equal(steps_text(s, s->made[1].rec, LG_VOUCHER_TEXT),
			    "R\xc3\xa4ttelse av K 1: Kundfaktura F1 (2026-11-01)");
	assert_string_equal(steps_text(s, s->made[2].rec, LG_VOUCHER_DATE), "2026-12-02");
	assert_string_equal(steps_text(s, s->made[2].rec, LG_VOUCHER_LATE), "true");
	steps_free(&s);
}

static void numbers_are_of_company_and_year(void **state)
{
	struct steps *s = books(INT32_MIN);
	static const struct {
		const char *client, *day, *number;
	} cases[] = {
		{ "A", "2026-11-01", "1" }, { "D", "2026-06-30", "1" }, { "D", "2026-07-01", "1" },
		{ "D", "2027-06-30", "2" }, { "A", "2027-01-01", "1" }, { "A", "2026-12-31", "2" },
	};
	char id[8];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct lg_rec *r = steps_json(s, INVOICE("380", "8.00", "2.00", "10.00"));
		int y, m, d;
		lg_date day;

		sscanf(cases[i].day, "%d-%d-%d", &y, &m, &d);
		assert_true(date_from_ymd(y, m, d, &day));
		snprintf(id, sizeof id, "x%zu", i);
		rec_set_str(r, LG_COMMON_ID, str_of(id));
		rec_set_str(r, LG_COMMON_CLIENT, str_of(cases[i].client));
		rec_set_date(r, LG_INVOICE_ISSUE_DATE, day);
		steps_run(s, 0, r);
		assert_string_equal(steps_text(s, s->out[i], LG_VOUCHER_NUMBER), cases[i].number);
	}
	steps_free(&s);
}

/* ---- wrong plans ---- */

static const char *wrong(struct steps *s, const char *plan)
{
	char path[] = "/tmp/loligo-plan-XXXXXX";
	int fd = mkstemp(path);
	const char *text;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, plan, strlen(plan)), strlen(plan));
	close(fd);
	text = steps_wrong(s, "book", arena_cstr(&s->arena, arena_printf(&s->arena, "plan: %s", path)));
	unlink(path);
	return text;
}

#define PLAN "roles: { bank: \"1930\", receivable: \"1510\", rounding: \"3740\" }\nevents:\n"

static void wrong_plans_say_where(void **state)
{
	static const struct {
		const char *plan, *place, *says;
	} cases[] = {
		{ PLAN "  payment_received:\n    lines:\n      - { debit: bank, amount: paid }\n      - { credit: "
		       "receivable, amount: closed }\n",
		  ":3:", "does not balance: debit less credit is -closed + paid" },
		{ PLAN "  payment_on_account:\n    lines:\n      - { debit: bank, amount: paid }\n      - { credit: "
		       "advance, amount: paid }\n",
		  ":6:", "no role \"advance\"" },
		{ PLAN "  payment_on_account:\n    lines:\n      - { debit: bank, amount: paied }\n      - { credit: "
		       "receivable, amount: paid }\n",
		  ":5:", "the event has no such value" },
		{ PLAN "  purchase:\n    given: [face = paid]\n    lines:\n      - { debit: bank, amount: 2 * paid }\n "
		       "     - { credit: "
		       "receivable, amount: face }\n",
		  ":3:", "does not balance" },
		{ PLAN "  purchase: {}\n", ":3:", "needs either `lines`, or `none`" },
		{ PLAN "  purchase:\n    lines:\n      - { debit: bank, credit: bank, amount: a }\n",
		  ":5:", "either `debit` or `credit`" },
		{ PLAN "  payment_received:\n    given: [closed = paid]\n    none: x\n", ":4:", "are fixed" },
		{ "use: /nowhere/else.yaml\n", "else.yaml", "cannot read" },
		{ "roles: { bank: \"1930\" }\n", ":1:1:", "no events" },
	};
	struct steps *s = books(INT32_MIN);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *text = wrong(s, cases[i].plan);

		if (strstr(text, cases[i].says) == NULL || strstr(text, cases[i].place) == NULL)
			fail_msg("%zu: %s", i, text);
	}
	steps_free(&s);
}

static void good_plans_are_good(void **state)
{
	static const char *const plans[] = {
		"bas", "generic", "factor", "client-purchase", "client-recourse", "client-lending", "client-service"
	};
	struct steps *s = books(INT32_MIN);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(plans); i++)
		assert_string_equal(
			steps_wrong(
				s, "book",
				arena_cstr(&s->arena, arena_printf(&s->arena, "plan: config/plans/%s.yaml", plans[i]))),
			"");
	assert_non_null(strstr(steps_wrong(s, "book", ""), "either `plan`"));
	assert_non_null(strstr(steps_wrong(s, "book", "ledgers: [factr]"), "no ledger \"factr\""));
	steps_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(financing_events),
		cmocka_unit_test(invoices_and_payments_by_contract),
		cmocka_unit_test(one_payment_of_two_clients),
		cmocka_unit_test(books_of_one_client),
		cmocka_unit_test(client_money),
		cmocka_unit_test(discounts_are_the_clients),
		cmocka_unit_test(closed_periods_date_forward),
		cmocka_unit_test(changes_of_closed_periods_date_forward),
		cmocka_unit_test(numbers_are_of_company_and_year),
		cmocka_unit_test(wrong_plans_say_where),
		cmocka_unit_test(good_plans_are_good),
	};

	return cmocka_run_group_tests_name("ledgers", tests, NULL, NULL);
}
