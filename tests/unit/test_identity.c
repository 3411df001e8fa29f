#include "tests/unit/test.h"

#include "core/model/identity.h"

#define ACCOUNT "\"account\":{\"id\":\"SE45 5000 0000 0583 9825 7466\"},"
#define LINE \
	ACCOUNT "\"amount\":\"100.00\",\"side\":\"credit\",\"currency\":\"SEK\",\"booking_date\":\"2026-11-03\"," \
		"\"value_date\":\"2026-11-03\",\"status\":\"booked\","
#define DETAIL \
	ACCOUNT "\"amount\":\"40\",\"entry_amount\":\"100\",\"side\":\"credit\",\"currency\":\"SEK\"," \
		"\"booking_date\":\"2026-11-03\",\"status\":\"booked\",\"bank_reference\":\"B1\","

struct state {
	struct arena a;
};

static int set_up(void **state)
{
	*state = calloc(1, sizeof(struct state));
	return 0;
}

static int tear_down(void **state)
{
	struct state *s = *state;

	arena_fini(&s->a);
	free(s);
	return 0;
}

static struct lg_rec *record(struct state *s, const char *kind, const char *members)
{
	struct err err = { 0 };
	lg_str text = arena_printf(&s->a, "{%s\"kind\":\"%s\"}", members, kind);
	struct lg_rec *r = rec_from_json(&s->a, text, 0, &err);

	if (!r)
		fail_msg("%s: %s", members, err.msg);
	return r;
}

static bool same(struct state *s, const char *kind, const char *one, const char *other)
{
	return str_eq(identity_of(record(s, kind, one), &s->a), identity_of(record(s, kind, other), &s->a));
}

/* Two statements of one account that share a day: the shared line is one line. */
static void overlapping_statements_share_their_lines(void **state)
{
	assert_true(same(*state, "transaction", LINE "\"remittance\":\"Invoice 17\",\"statement_id\":\"S1\",",
			 LINE "\"remittance\":\"INVOICE  17\",\"statement_id\":\"S2\",\"entry_reference\":\"9\","));
	assert_true(same(*state, "transaction",
			 LINE "\"bank_reference\":\"B1\",\"statement_id\":\"S1\",\"type\":\"camt.052\",",
			 LINE "\"bank_reference\":\"B1\",\"statement_id\":\"S2\",\"type\":\"camt.053\","));
	assert_true(same(*state, "transaction", LINE "\"end_to_end_id\":\"E\",\"occurrence\":1,",
			 LINE "\"end_to_end_id\":\"E\","));
}

static void two_equal_lines_of_a_day_stay_two(void **state)
{
	assert_false(same(*state, "transaction", LINE "\"occurrence\":1,", LINE "\"occurrence\":2,"));
	assert_false(same(*state, "transaction", LINE "\"bank_reference\":\"B1\",\"occurrence\":1,",
			  LINE "\"bank_reference\":\"B1\",\"occurrence\":2,"));
}

/* A bank that uses its reference again for the next instalment, and one that gives a blank one. */
static void a_bank_reference_alone_is_no_key(void **state)
{
	struct state *s = *state;
	static const char one[] = LINE "\"bank_reference\":\"B1\",";
	static const char *const others[] = {
		ACCOUNT "\"amount\":\"100\",\"side\":\"credit\",\"currency\":\"SEK\",\"booking_date\":\"2026-12-03\","
			"\"status\":\"booked\",\"bank_reference\":\"B1\",",
		ACCOUNT
		"\"amount\":\"100.01\",\"side\":\"credit\",\"currency\":\"SEK\",\"booking_date\":\"2026-11-03\","
		"\"status\":\"booked\",\"bank_reference\":\"B1\",",
		ACCOUNT "\"amount\":\"100\",\"side\":\"debit\",\"currency\":\"SEK\",\"booking_date\":\"2026-11-03\","
			"\"status\":\"booked\",\"bank_reference\":\"B1\",",
		ACCOUNT "\"amount\":\"100\",\"side\":\"credit\",\"currency\":\"SEK\",\"booking_date\":\"2026-11-03\","
			"\"status\":\"pending\",\"bank_reference\":\"B1\",",
		"\"account\":{\"id\":\"1\"},\"amount\":\"100\",\"side\":\"credit\",\"currency\":\"SEK\","
		"\"booking_date\":\"2026-11-03\",\"status\":\"booked\",\"bank_reference\":\"B1\",",
		LINE "\"bank_reference\":\"B2\",",
	};

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_false(same(s, "transaction", one, others[i]));
	assert_false(same(s, "transaction", LINE "\"bank_reference\":\" \",\"remittance\":\"a\",",
			  LINE "\"bank_reference\":\" \",\"remittance\":\"b\","));
	assert_true(same(s, "transaction", LINE "\"bank_reference\":\"NONREF\",\"remittance\":\"a\",",
			 LINE "\"bank_reference\":\"0000\",\"remittance\":\"a\","));
}

static void the_fingerprint_holds_what_tells_payments_apart(void **state)
{
	static const char *const lines[] = {
		LINE,
		LINE "\"remittance\":\"F1\",",
		LINE "\"references\":[\"F1\"],",
		LINE "\"references\":[\"F1\",\"F2\"],",
		LINE "\"references\":[\"F1F2\"],",
		LINE "\"counterparty\":{\"account\":\"F1\"},",
		LINE "\"end_to_end_id\":\"F1\",",
		LINE "\"external_id\":\"F1\",",
		LINE "\"bank_reference\":\"F1\",",
	};

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		for (size_t j = 0; j < ARRAY_LEN(lines); j++)
			assert_int_equal(same(*state, "transaction", lines[i], lines[j]), i == j);
}

/* camt.053 and camt.054 of one day: the same details are the same records; an entry with one detail is the entry. */
static void a_notification_repeats_the_statement(void **state)
{
	assert_true(same(*state, "transaction",
			 DETAIL "\"detail\":1,\"details\":2,\"type\":\"camt.053\",\"remittance\":\"x\",",
			 DETAIL "\"detail\":1,\"details\":2,\"type\":\"camt.054\","));
	assert_false(same(*state, "transaction", DETAIL "\"detail\":1,\"details\":2,",
			  DETAIL "\"detail\":2,\"details\":2,"));
	assert_true(same(*state, "transaction", LINE "\"bank_reference\":\"B1\",",
			 LINE "\"bank_reference\":\"B1\",\"entry_amount\":\"100\",\"detail\":1,\"details\":1,"));
	assert_false(same(*state, "transaction", LINE "\"bank_reference\":\"B1\",",
			  LINE "\"bank_reference\":\"B1\",\"entry_amount\":\"100\",\"detail\":1,\"details\":2,"));
}

/* Whatever counting must tell apart has one line key, or an equal line would be lost. */
static void the_line_key_is_the_identity_without_the_occurrence(void **state)
{
	struct state *s = *state;
	static const char *const lines[] = {
		LINE "\"occurrence\":1,",
		LINE "\"occurrence\":2,",
		LINE "\"remittance\":\"F1\",",
		LINE "\"bank_reference\":\"B1\",\"remittance\":\"F1\",",
		LINE "\"bank_reference\":\"B1\",\"remittance\":\"F2\",",
		DETAIL "\"detail\":1,\"details\":2,",
		DETAIL "\"detail\":2,\"details\":2,",
	};
	static const int same_key[] = { 0, 0, 2, 3, 3, 5, 6 };

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		for (size_t j = 0; j < ARRAY_LEN(lines); j++)
			assert_int_equal(identity_line(record(s, "transaction", lines[i])) ==
						 identity_line(record(s, "transaction", lines[j])),
					 same_key[i] == same_key[j]);
	assert_int_equal(identity_line(record(s, "invoice", "\"number\":\"1\",")), 0);
}

static void statements_of_two_years_are_two(void **state)
{
	static const char one[] =
		ACCOUNT "\"statement_id\":\"17\",\"created_at\":\"2025-01-18T05:00:00Z\",\"to\":\"2025-01-17\",";

	assert_true(same(*state, "statement", one,
			 ACCOUNT
			 "\"statement_id\":\"17\",\"created_at\":\"2025-03-01T00:00:00Z\",\"to\":\"2025-01-17\","
			 "\"copy\":\"DUPL\","));
	assert_false(same(*state, "statement", one,
			  ACCOUNT
			  "\"statement_id\":\"17\",\"created_at\":\"2026-01-18T05:00:00Z\",\"to\":\"2026-01-17\","));
	assert_false(same(*state, "statement", one,
			  ACCOUNT
			  "\"statement_id\":\"17\",\"created_at\":\"2025-01-18T05:00:00Z\",\"to\":\"2025-01-17\","
			  "\"page\":2,"));
}

static void an_invoice_is_its_seller_and_number(void **state)
{
	static const char one[] =
		"\"number\":\"F1\",\"type\":\"380\",\"seller\":{\"legal_id\":{\"value\":\"556036-0793\"}},";

	assert_true(same(*state, "invoice", one,
			 "\"number\":\"F1\",\"type\":\"384\",\"seller\":{\"legal_id\":{\"value\":\"556036-0793\"},"
			 "\"name\":\"B\"},"
			 "\"notes\":[\"again\"],"));
	assert_false(same(*state, "invoice", one,
			  "\"number\":\"F1\",\"type\":\"381\",\"seller\":{\"legal_id\":{\"value\":\"556036-0793\"}},"));
	assert_false(same(*state, "invoice", one,
			  "\"number\":\"F1\",\"seller\":{\"legal_id\":{\"value\":\"556677-8899\"}},"));
	assert_false(
		same(*state, "invoice", "\"number\":\"F1\",\"client\":\"a\",", "\"number\":\"F1\",\"client\":\"b\","));
	assert_false(same(*state, "invoice", "\"number\":\"F1\",\"notes\":[\"a\"],",
			  "\"number\":\"F1\",\"notes\":[\"b\"],"));
}

static void other_records_are_their_external_id_or_content(void **state)
{
	assert_true(same(*state, "payment", "\"external_id\":\"p1\",\"amount\":\"1\",",
			 "\"external_id\":\"p1\",\"amount\":\"2\","));
	assert_false(same(*state, "payment", "\"external_id\":\"p1\",\"connection\":\"a\",",
			  "\"external_id\":\"p1\",\"connection\":\"b\","));
	assert_true(same(*state, "payment", "\"amount\":\"1\",", "\"amount\":\"1.00\","));
	assert_false(same(*state, "payment", "\"amount\":\"1\",", "\"amount\":\"2\","));
}

static void order_puts_the_statement_first_and_ignores_the_list(void **state)
{
	struct state *s = *state;
	lg_str statement = order_of(record(s, "statement", ACCOUNT), &s->a);
	lg_str early = order_of(
		record(s, "transaction", ACCOUNT "\"booking_date\":\"2026-11-02\",\"bank_reference\":\"Z\","), &s->a);
	lg_str first = order_of(record(s, "transaction", DETAIL "\"detail\":2,\"details\":10,"), &s->a);
	lg_str tenth = order_of(record(s, "transaction", DETAIL "\"detail\":10,\"details\":10,"), &s->a);

	assert_true(str_cmp(statement, early) < 0);
	assert_true(str_cmp(early, first) < 0);
	assert_true(str_cmp(first, tenth) < 0);
	assert_int_equal(order_of(record(s, "invoice", "\"number\":\"1\","), &s->a).len, 0);
}

static void credit_notes_are_those_of_en_16931(void **state)
{
	static const char *const yes[] = { "81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "532" };
	static const char *const no[] = { "",     "0",   "081", "0381", "380", "38",
					  "3810", "81 ", " 81", "38l",  "-81", "CREN" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(yes); i++)
		assert_true(is_credit_note(str_of(yes[i])));
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		assert_false(is_credit_note(str_of(no[i])));
	assert_false(is_credit_note((lg_str){ 0 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(credit_notes_are_those_of_en_16931),
		cmocka_unit_test_setup_teardown(overlapping_statements_share_their_lines, set_up, tear_down),
		cmocka_unit_test_setup_teardown(two_equal_lines_of_a_day_stay_two, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_bank_reference_alone_is_no_key, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_fingerprint_holds_what_tells_payments_apart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_notification_repeats_the_statement, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_line_key_is_the_identity_without_the_occurrence, set_up, tear_down),
		cmocka_unit_test_setup_teardown(statements_of_two_years_are_two, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_invoice_is_its_seller_and_number, set_up, tear_down),
		cmocka_unit_test_setup_teardown(other_records_are_their_external_id_or_content, set_up, tear_down),
		cmocka_unit_test_setup_teardown(order_puts_the_statement_first_and_ignores_the_list, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
