/* The step in a hub in memory: what a payment becomes. */
#include "tests/unit/test.h"

#include <stdio.h>

#include "plugins/steps/match/match.h"
#include "plugins/steps/register/register.h"
#include "tests/steps/host.h"

static const lg_str all[] = { { "all", 3 } };
static const lg_str bank_fees[] = { { "25.00", 5 } };
static const lg_str reminder_fees[] = { { "60.00", 5 } };
static const lg_str own_accounts[] = { { "SE00OWN", 7 } };
static const struct client_policy closed_clients[] = { { { "closed", 6 }, { NULL, 0 } } };

#define POLICY(...) \
	.policy = { .name = { "test", 4 }, \
		    .version = 1, \
		    .stages = { all, 1 }, \
		    .rounding = { 99, 2 }, \
		    .bank_fees = { bank_fees, 1 }, \
		    .reminder_fees = { reminder_fees, 1 }, \
		    .payer_seen = 2, \
		    .max_age = 90, \
		    .completion_max = 12, \
		    .subset_max = 10, \
		    .duplicate_days = 14, \
		    .own_accounts = { own_accounts, 1 }, \
		    .clients = { closed_clients, 1 }, \
		    __VA_ARGS__ }

static const struct match_options options = { .stages = { all, 1 }, POLICY(.interest = { 0, 0 }) };
static const struct match_options proposing = { POLICY(.interest = { 0, 0 }) };
static const struct register_config registering = { REGISTER_PASS, true };

enum { SALES, CASH };

static struct steps *hub(const struct match_options *o)
{
	struct steps *s = steps_new();

	steps_add(s, steps_flow(s, "sales"), "register", &registering);
	steps_add(s, steps_flow(s, "cash"), "match", o);
	return s;
}

static int setup(void **state)
{
	*state = hub(&options);
	return 0;
}

static int teardown(void **state)
{
	struct steps *s = *state;

	steps_free(&s);
	return 0;
}

/* Invoice NUMBER of CLIENT to DEBTOR; reference: NULL for none. */
static void invoice_of(struct steps *s, const char *type, const char *client, const char *number, const char *reference,
		       const char *debtor, const char *amount)
{
	char json[1024];

	snprintf(
		json, sizeof json,
		"{\"kind\":\"invoice\",\"id\":\"i-%s-%s\",\"client\":\"%s\",\"type\":\"%s\",\"number\":\"%s\","
		"\"issue_date\":\"2026-11-01\",\"due_date\":\"2026-12-01\",\"currency\":\"SEK\","
		"\"seller\":{\"name\":\"S\",\"legal_id\":{\"value\":\"%s\"}},"
		"\"buyer\":{\"name\":\"%s AB\",\"legal_id\":{\"value\":\"%s\"}}%s%s%s,\"totals\":{\"payable\":\"%s\"}}",
		client, number, client, type, number, client, debtor, debtor,
		reference ? ",\"payment\":{\"reference\":\"" : "", reference ? reference : "", reference ? "\"}" : "",
		amount);
	assert_true(steps_run(s, SALES, steps_json(s, json)));
}

static void invoice(struct steps *s, const char *number, const char *reference, const char *debtor, const char *amount)
{
	invoice_of(s, "380", "c1", number, reference, debtor, amount);
}

static struct lg_rec *payment(struct steps *s, const char *id, const char *amount, const char *more)
{
	char json[1024];

	snprintf(json, sizeof json,
		 "{\"kind\":\"transaction\",\"id\":\"%s\",\"account\":{\"id\":\"SE1\"},\"amount\":\"%s\",\"side\":"
		 "\"credit\",\"currency\":"
		 "\"SEK\",\"booking_date\":\"2026-11-20\",\"value_date\":\"2026-11-20\",\"status\":\"booked\",\"bank_"
		 "reference\":\"B-%s\"%s}",
		 id, amount, id, more);
	return steps_json(s, json);
}

static void pay(struct steps *s, const char *id, const char *amount, const char *more)
{
	assert_true(steps_run(s, CASH, payment(s, id, amount, more)));
}

#define REF(r) ",\"references\":[\"" r "\"]"
#define TEXT(t) ",\"remittance\":\"" t "\""
#define FROM(name, account) ",\"counterparty\":{\"name\":\"" name "\",\"account\":\"" account "\"}"

/* All that was made of a payment, in one line: "S1 i-c1-101 100.00; S1 on_account 5.00". */
static const char *became(struct steps *s, const char *id)
{
	struct buf b = { 0 };
	const char *text;

	for (size_t i = 0; i < s->made_count; i++) {
		const struct lg_rec *a = s->made[i].rec, *to;

		if (rec_object(a) != LG_ALLOCATION || strncmp(s->made[i].key.ptr, id, strlen(id)) != 0 ||
		    s->made[i].key.ptr[strlen(id)] != '/')
			continue;
		to = rec_obj(a, LG_ALLOCATION_TO);
		buf_addf(&b, "%s%s%s ", b.len ? "; " : "", rec_has(a, LG_ALLOCATION_REVERSES) ? "undo " : "",
			 steps_text(s, a, LG_ALLOCATION_STAGE));
		if (str_is(rec_str(rec_obj(a, LG_ALLOCATION_FROM), LG_LINK_KIND), "credit_note"))
			buf_cstr(&b, "credit ");
		buf_add(&b, str_is(rec_str(to, LG_LINK_KIND), "invoice") ? rec_str(to, LG_LINK_ID)
									 : rec_str(to, LG_LINK_KIND));
		buf_addf(&b, " %s", steps_text(s, a, LG_ALLOCATION_AMOUNT));
		if (rec_has(a, LG_ALLOCATION_ADJUSTMENT))
			buf_addf(&b, " %s %s",
				 steps_text(s, rec_obj(a, LG_ALLOCATION_ADJUSTMENT), LG_ADJUSTMENT_REASON),
				 steps_text(s, rec_obj(a, LG_ALLOCATION_ADJUSTMENT), LG_ADJUSTMENT_AMOUNT));
	}
	text = arena_cstr(&s->arena, buf_view(&b));
	buf_fini(&b);
	return text;
}

static const char *open_of(struct steps *s, const char *invoice_id)
{
	struct lg_row row;

	assert_int_equal(steps_find(s, "items", "invoice", invoice_id, &row, 1), 1);
	return steps_text(s, row.rec, LG_OPEN_ITEM_OPEN);
}

static void a_reference_pays_its_invoice(void **state)
{
	struct steps *s = *state;

	invoice(s, "101", "1234574", "Beta", "100.00");
	pay(s, "t1", "100.00", REF("1234574"));
	assert_string_equal(became(s, "t1"), "S1 i-c1-101 100.00");
	assert_string_equal(open_of(s, "i-c1-101"), "0.00");
	assert_int_equal(steps_waits(s), 0);
	assert_non_null(
		strstr(steps_text(s, s->made[s->made_count - 1].rec, LG_ALLOCATION_EVIDENCE), "\"delta\":\"0.00\""));
}

static void a_part_an_excess_and_a_duplicate(void **state)
{
	struct steps *s = *state;

	invoice(s, "101", "1234574", "Beta", "100.00");
	pay(s, "t1", "30.00", REF("1234574"));
	assert_string_equal(became(s, "t1"), "S1 i-c1-101 30.00");
	assert_string_equal(open_of(s, "i-c1-101"), "70.00");
	pay(s, "t2", "90.00", REF("1234574"));
	assert_string_equal(became(s, "t2"), "S1 i-c1-101 70.00; S1 on_account 20.00");
	pay(s, "t3", "90.00", REF("1234574"));
	assert_string_equal(became(s, "t3"), "S9 refund 90.00");
	assert_int_equal(steps_waits(s), 1);
}

static void differences_have_reasons(void **state)
{
	struct steps *s = *state;

	invoice(s, "101", "1234574", "Beta", "100.40");
	invoice(s, "102", "1234582", "Beta", "100.00");
	pay(s, "t1", "100.00", REF("1234574"));
	assert_string_equal(became(s, "t1"), "S1 i-c1-101 100.00 rounding 0.40");
	pay(s, "t2", "75.00", REF("1234582"));
	assert_string_equal(became(s, "t2"), "S1 i-c1-102 75.00 bank_fee 25.00");
	assert_string_equal(open_of(s, "i-c1-102"), "0.00");
}

static void one_number_two_clients(void **state)
{
	struct steps *s = *state;

	invoice_of(s, "380", "c1", "1001", NULL, "Beta", "100.00");
	invoice_of(s, "380", "c2", "1001", NULL, "Gamma", "250.00");
	pay(s, "t1", "250.00", TEXT("Faktura 1001") FROM("GAMMA", "SE77"));
	assert_string_equal(became(s, "t1"), "S3 i-c2-1001 250.00");
	pay(s, "t2", "300.00", TEXT("Faktura 1001") FROM("Okand", "SE78"));
	assert_string_equal(became(s, "t2"), "S9 suspense 300.00");
}

static void one_reference_two_clients(void **state)
{
	struct steps *s = *state;

	invoice_of(s, "380", "c1", "11", "1234574", "Beta", "100.00");
	invoice_of(s, "380", "c2", "12", "1234574", "Gamma", "250.00");
	pay(s, "t1", "70.00", REF("1234574"));
	assert_string_equal(became(s, "t1"), "S9 suspense 70.00");
	pay(s, "t2", "250.00", REF("1234574"));
	assert_string_equal(became(s, "t2"), "S1 i-c2-12 250.00");
}

static void one_payment_two_clients(void **state)
{
	struct steps *s = *state;

	invoice_of(s, "380", "c1", "1001", NULL, "Beta", "100.00");
	invoice_of(s, "380", "c2", "2002", NULL, "Beta", "250.50");
	pay(s, "t1", "350.50", TEXT("Faktura 1001, 2002") FROM("Beta AB", "SE77"));
	assert_string_equal(became(s, "t1"), "S3 i-c1-1001 100.00; S3 i-c2-2002 250.50");
}

static void a_missing_number_is_completed(void **state)
{
	struct steps *s = *state;

	invoice(s, "1001", NULL, "Beta", "100.17");
	invoice(s, "1002", NULL, "Beta", "203.29");
	invoice(s, "1003", NULL, "Beta", "417.31");
	pay(s, "t1", "303.46", TEXT("Faktura 1001") FROM("Beta AB", "SE77"));
	assert_string_equal(became(s, "t1"), "S4 i-c1-1001 100.17; S4 i-c1-1002 203.29");
}

static void a_credit_note_is_netted(void **state)
{
	struct steps *s = *state;

	invoice(s, "1001", NULL, "Beta", "100.00");
	invoice_of(s, "381", "c1", "5001", NULL, "Beta", "20.00");
	pay(s, "t1", "80.00", TEXT("Faktura 1001 kredit 5001") FROM("Beta AB", "SE77"));
	assert_string_equal(became(s, "t1"), "S3 i-c1-1001 80.00; S3 credit i-c1-1001 20.00");
	assert_string_equal(open_of(s, "i-c1-1001"), "0.00");
	assert_string_equal(open_of(s, "i-c1-5001"), "0.00");
}

static void a_typing_error_is_repaired(void **state)
{
	struct steps *s = *state;

	invoice(s, "101", "1234574", "Beta", "100.17");
	pay(s, "t1", "100.17", REF("1234534"));
	assert_string_equal(became(s, "t1"), "S6 i-c1-101 100.17");
	invoice(s, "102", "1234582", "Beta", "50.00");
	pay(s, "t2", "51.00", REF("1234581"));
	assert_string_equal(became(s, "t2"), "S9 suspense 51.00");
}

/* Luhn does not see 09 written as 90: the reference is then a valid one, of somebody else's invoice. */
static void a_slip_that_check_digits_do_not_see(void **state)
{
	struct steps *s = *state;

	invoice(s, "101509", "1810150902", "Bygg", "1844.00");
	invoice(s, "101590", "1810159002", "Jord", "15330.00");
	pay(s, "t1", "1844.00", FROM("Bygg AB", "SE11") REF("1810159002"));
	assert_string_equal(became(s, "t1"), "S9 suspense 1844.00");
	pay(s, "t2", "1844.00", FROM("Jord AB", "SE22") REF("1810159002")); /* a part, by whom it may be */
	assert_string_equal(became(s, "t2"), "S1 i-c1-101590 1844.00");
	pay(s, "t3", "13486.00", FROM("Bygg AB", "SE11") REF("1810159002")); /* the amount is the rest's */
	assert_string_equal(became(s, "t3"), "S1 i-c1-101590 13486.00");
	pay(s, "t4", "1844.00", FROM("Bygg AB", "SE11") REF("1810150902"));
	assert_string_equal(became(s, "t4"), "S1 i-c1-101509 1844.00");
}

/* The same slip once more, when the invoice that was meant is settled: paid twice. */
static void a_slip_in_a_duplicate(void **state)
{
	struct steps *s = *state;

	invoice(s, "101509", "1810150902", "Bygg", "1844.00");
	invoice(s, "101590", "1810159002", "Jord", "15330.00");
	pay(s, "t1", "1844.00", FROM("Bygg AB", "SE11") REF("1810150902"));
	pay(s, "t2", "1844.00", FROM("Bygg AB", "SE11") REF("1810159002"));
	assert_string_equal(became(s, "t2"), "S9 refund 1844.00");
	assert_string_equal(open_of(s, "i-c1-101590"), "15330.00");
}

static void a_known_payer_needs_no_reference(void **state)
{
	struct steps *s = *state;

	invoice(s, "101", "1234574", "Beta", "100.17");
	invoice(s, "102", "1234582", "Beta", "203.29");
	invoice(s, "103", NULL, "Beta", "417.31");
	invoice(s, "104", NULL, "Beta", "99.13");
	pay(s, "t0", "417.31", FROM("Beta AB", "SE77"));
	assert_string_equal(became(s, "t0"), "S9 suspense 417.31");
	pay(s, "t1", "100.17", REF("1234574") FROM("Beta AB", "SE77"));
	pay(s, "t2", "203.29", REF("1234582") FROM("Beta AB", "SE77"));
	pay(s, "t3", "516.44", FROM("Beta AB", "SE77"));
	assert_string_equal(became(s, "t3"), "S7 i-c1-103 417.31; S7 i-c1-104 99.13");
}

static void waiting_money_finds_a_late_invoice(void **state)
{
	struct steps *s = *state;

	pay(s, "t1", "100.00", REF("1234574"));
	assert_string_equal(became(s, "t1"), "S9 suspense 100.00");
	assert_int_equal(steps_waits(s), 1);
	invoice(s, "101", "1234574", "Beta", "100.00");
	assert_string_equal(became(s, "t1"), "S9 suspense 100.00; undo S0 suspense 100.00; S1 i-c1-101 100.00");
	assert_int_equal(steps_waits(s), 0);
}

static void nothing_is_applied_without_leave(void **state)
{
	struct steps *s = hub(&proposing);

	(void)state;
	invoice(s, "101", "1234574", "Beta", "100.00");
	pay(s, "t1", "100.00", REF("1234574"));
	assert_string_equal(became(s, "t1"), "S9 suspense 100.00");
	assert_non_null(strstr(steps_text(s, s->made[s->made_count - 1].rec, LG_ALLOCATION_EVIDENCE),
			       "\"proposal\":{\"stage\":\"S1\",\"rule\":\"reference\",\"solutions\":1,\"apply\":[{"
			       "\"invoice\":\"101\","));
	steps_free(&s);
	s = hub(&options);
	invoice_of(s, "380", "closed", "101", "1234574", "Beta", "100.00");
	pay(s, "t1", "100.00", REF("1234574"));
	assert_string_equal(became(s, "t1"), "S9 suspense 100.00");
	steps_free(&s);
}

static bool person(struct steps *s, const struct lg_rec *tx, const char *what)
{
	char json[512];

	snprintf(json, sizeof json,
		 "{\"kind\":\"work_item\",\"id\":\"w\",\"suggestions\":%s,\"decided\":{\"by\":\"anna\"}}", what);
	return steps_decide(s, CASH, 0, tx, steps_json(s, json));
}

static void a_person_applies_and_undoes(void **state)
{
	struct steps *s = *state;
	struct lg_rec *tx = payment(s, "t1", "120.00", TEXT("hej"));
	char undo[128];

	invoice(s, "1001", "1234574", "Beta", "100.00");
	steps_run(s, CASH, tx);
	assert_string_equal(became(s, "t1"), "S9 suspense 120.00");
	assert_true(
		person(s, tx, "{\"apply\":[{\"invoice\":\"1001\",\"amount\":\"100.00\"}],\"on_account\":\"5.00\"}"));
	assert_string_equal(
		became(s, "t1"),
		"S9 suspense 120.00; undo manual suspense 120.00; manual i-c1-1001 100.00; manual on_account "
		"5.00; manual suspense 15.00");
	assert_string_equal(open_of(s, "i-c1-1001"), "0.00");
	person(s, tx, "{\"apply\":[{\"invoice\":\"1001\",\"amount\":\"100.00\"}]}");
	assert_int_equal(s->parked_count, 1);
	pay(s, "t2", "40.00", REF("1234574"));
	assert_string_equal(became(s, "t2"), "S9 refund 40.00");
	for (size_t i = 0; i < s->made_count; i++)
		if (strcmp(steps_text(s, s->made[i].rec, LG_ALLOCATION_AMOUNT), "100.00") == 0)
			snprintf(undo, sizeof undo, "{\"undo\":\"%s\"}", steps_text(s, s->made[i].rec, LG_COMMON_ID));
	assert_true(person(s, tx, undo));
	/* The invoice is open again: what looked like a duplicate pays it. */
	assert_string_equal(became(s, "t2"), "S9 refund 40.00; undo S0 refund 40.00; S1 i-c1-1001 40.00");
	assert_string_equal(open_of(s, "i-c1-1001"), "60.00");
}

static void what_a_person_undid_is_not_applied_again(void **state)
{
	struct steps *s = *state;
	struct lg_rec *tx = payment(s, "t1", "100.00", REF("1234574"));
	char undo[128];

	invoice(s, "101", "1234574", "Beta", "100.00");
	steps_run(s, CASH, tx);
	snprintf(undo, sizeof undo, "{\"undo\":\"%s\"}", steps_text(s, s->made[s->made_count - 1].rec, LG_COMMON_ID));
	assert_true(person(s, tx, undo));
	assert_string_equal(became(s, "t1"), "S1 i-c1-101 100.00; undo manual i-c1-101 100.00; manual suspense 100.00");
	assert_string_equal(open_of(s, "i-c1-101"), "100.00");
	assert_true(steps_decide(s, CASH, 0, tx, NULL)); /* released, or woken */
	assert_string_equal(open_of(s, "i-c1-101"), "100.00");
	assert_int_equal(steps_waits(s), 1);
}

static void the_bank_takes_a_payment_back(void **state)
{
	struct steps *s = *state;

	invoice(s, "101", "1234574", "Beta", "100.00");
	pay(s, "t1", "100.00", REF("1234574") ",\"end_to_end_id\":\"E1\"");
	assert_true(steps_run(s, CASH,
			      steps_json(s, "{\"kind\":\"transaction\",\"id\":\"t2\",\"amount\":\"100.00\",\"side\":"
					    "\"debit\",\"currency\":\"SEK\","
					    "\"booking_date\":\"2026-11-22\",\"status\":\"booked\",\"reversal\":true,"
					    "\"end_to_end_id\":\"E1\"}")));
	assert_string_equal(became(s, "t1"), "S1 i-c1-101 100.00; undo S0 i-c1-101 100.00; S0 refund 100.00");
	assert_string_equal(became(s, "t2"), "S0 refund 100.00");
	assert_string_equal(open_of(s, "i-c1-101"), "100.00");
}

static void what_is_no_payment(void **state)
{
	struct steps *s = *state;

	pay(s, "t1", "100.00", FROM("Vi", "SE00OWN"));
	assert_string_equal(became(s, "t1"), "S9 suspense 100.00");
	pay(s, "t2", "5.00", ",\"code\":{\"domain\":\"ACMT\",\"family\":\"MCOP\",\"subfamily\":\"INTR\"}");
	assert_string_equal(became(s, "t2"), "S0 interest 5.00");
	pay(s, "t3", "0.00001", "");
	assert_string_equal(became(s, "t3"), "S9 suspense 0.00001");
	assert_true(steps_run(
		s, CASH,
		steps_json(s, "{\"kind\":\"transaction\",\"id\":\"t4\",\"amount\":\"9.00\",\"side\":\"credit\","
			      "\"currency\":\"SEK\",\"status\":\"pending\"}")));
	assert_string_equal(became(s, "t4"), "");
}

#define LUMP ",\"type\":\"camt.053\",\"batch\":{\"id\":\"L1\",\"count\":2}"
#define DETAIL(n) \
	",\"type\":\"camt.054\",\"batch\":{\"id\":\"L1\"},\"entry_amount\":\"300.00\",\"detail\":" n ",\"details\":2"

static void a_lump_and_its_details_count_once(void **state)
{
	struct steps *s = *state;

	invoice(s, "101", "1234574", "Beta", "100.00");
	invoice(s, "102", "1234582", "Beta", "200.00");
	pay(s, "lump", "300.00", LUMP);
	assert_string_equal(became(s, "lump"), "S0 suspense 300.00");
	pay(s, "d1", "100.00", REF("1234574") DETAIL("1"));
	assert_string_equal(became(s, "lump"), "S0 suspense 300.00");
	pay(s, "d2", "200.00", REF("1234582") DETAIL("2"));
	assert_string_equal(became(s, "d1"), "S1 i-c1-101 100.00");
	assert_string_equal(became(s, "lump"), "S0 suspense 300.00; undo S0 suspense 300.00; S0 details 300.00");
	assert_int_equal(steps_waits(s), 0);
}

static void details_may_come_first(void **state)
{
	struct steps *s = *state;

	invoice(s, "101", "1234574", "Beta", "100.00");
	invoice(s, "102", "1234582", "Beta", "200.00");
	pay(s, "d1", "100.00", REF("1234574") DETAIL("1"));
	pay(s, "d2", "200.00", REF("1234582") DETAIL("2"));
	pay(s, "lump", "300.00", LUMP);
	assert_string_equal(became(s, "lump"), "S0 details 300.00");
}

static void again_gives_the_same(void **state)
{
	struct steps *s = *state;
	struct lg_rec *tx = payment(s, "t1", "30.00", REF("1234574"));

	invoice(s, "101", "1234574", "Beta", "100.00");
	steps_run(s, CASH, tx);
	steps_forget(s);
	steps_run(s, CASH, tx);
	assert_string_equal(became(s, "t1"), "S1 i-c1-101 30.00");
	assert_false(s->made[0].fresh);
	assert_string_equal(open_of(s, "i-c1-101"), "70.00");
	steps_again(s);
	pay(s, "t2", "70.00", REF("1234574"));
	assert_string_equal(open_of(s, "i-c1-101"), "0.00");
}

static void other_currencies_and_one_ore_more(void **state)
{
	struct steps *s = *state;

	invoice(s, "1001", NULL, "Beta", "100.00");
	pay(s, "t1", "100.01", TEXT("Faktura 1001") FROM("Okand", "SE9"));
	assert_string_equal(became(s, "t1"), "S9 suspense 100.01");
	assert_true(steps_run(
		s, CASH,
		steps_json(s,
			   "{\"kind\":\"transaction\",\"id\":\"t2\",\"amount\":\"100.00\",\"side\":\"credit\","
			   "\"currency\":\"EUR\","
			   "\"booking_date\":\"2026-11-22\",\"status\":\"booked\",\"remittance\":\"Faktura 1001\"}")));
	assert_string_equal(became(s, "t2"), "S9 suspense 100.00");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_reference_pays_its_invoice),
		TEST(a_part_an_excess_and_a_duplicate),
		TEST(differences_have_reasons),
		TEST(one_number_two_clients),
		TEST(one_reference_two_clients),
		TEST(one_payment_two_clients),
		TEST(a_missing_number_is_completed),
		TEST(a_credit_note_is_netted),
		TEST(a_typing_error_is_repaired),
		TEST(a_slip_that_check_digits_do_not_see),
		TEST(a_slip_in_a_duplicate),
		TEST(a_known_payer_needs_no_reference),
		TEST(waiting_money_finds_a_late_invoice),
		TEST(nothing_is_applied_without_leave),
		TEST(a_person_applies_and_undoes),
		TEST(what_a_person_undid_is_not_applied_again),
		TEST(the_bank_takes_a_payment_back),
		TEST(what_is_no_payment),
		TEST(a_lump_and_its_details_count_once),
		TEST(details_may_come_first),
		TEST(again_gives_the_same),
		TEST(other_currencies_and_one_ore_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
