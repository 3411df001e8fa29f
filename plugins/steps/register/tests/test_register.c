#include "tests/unit/test.h"

#include <stdio.h>

#include "plugins/steps/items.h"
#include "plugins/steps/register/register.h"
#include "tests/steps/host.h"

/* A constant text in a constant. */
#define T(literal) \
	{ \
		(literal), sizeof(literal) - 1 \
	}

static const struct register_config config = { REGISTER_PARK, true };
static const struct lg_client alfa = {
	.size = sizeof alfa, .name = T("10427"), .legal_id = T("556036-0793"), .contract = T("purchase")
};

static int setup(void **state)
{
	struct steps *s = steps_new();

	steps_client(s, &alfa);
	steps_add(s, steps_flow(s, "sales"), "register", &config);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct steps *s = *state;

	steps_free(&s);
	return 0;
}

#define SELLER "\"seller\":{\"name\":\"Alfa\",\"vat_id\":\"SE556036079301\"},"
#define BUYER "\"buyer\":{\"name\":\"Beta\",\"legal_id\":{\"value\":\"556677-8899\"}},"
#define KEY "10427/5560360793/F-0012"

static const char *invoice(struct steps *s, const char *id, int revision, const char *payable, const char *more)
{
	return arena_cstr(
		&s->arena,
		arena_printf(
			&s->arena,
			"{\"kind\":\"invoice\",\"id\":\"%s\",\"revision\":%d,\"type\":\"380\",\"number\":\"F-0012\","
			"\"issue_date\":\"2026-11-01\",\"due_date\":\"2026-12-01\",\"currency\":\"SEK\"," SELLER BUYER
			"%s\"totals\":{\"payable\":\"%s\"}}",
			id, revision, more, payable));
}

static void makes_an_item(void **state)
{
	struct steps *s = *state;
	struct lg_row rows[4];
	const struct lg_rec *item;

	assert_true(steps_run(
		s, 0,
		steps_json(s, invoice(s, "i1", 1, "1250.00",
				      "\"payment\":{\"reference\":\"123 4574\",\"terms\":\"2% 10 dagar\"},"))));
	item = steps_row(s, "items", KEY);
	assert_non_null(item);
	assert_string_equal(steps_text(s, item, LG_OPEN_ITEM_OPEN), "1250.00");
	assert_string_equal(steps_text(s, item, LG_OPEN_ITEM_DEBTOR), "5566778899");
	assert_string_equal(steps_text(s, item, LG_OPEN_ITEM_CONTRACT), "purchase");
	assert_string_equal(steps_text(s, item, LG_OPEN_ITEM_DISCOUNT_DATE), "2026-11-11");
	assert_string_equal(steps_text(s, item, LG_OPEN_ITEM_DISCOUNT_PERCENT), "2");
	assert_string_equal(steps_text(s, item, LG_COMMON_CLIENT), "10427");
	assert_int_equal(steps_find(s, "items", "ref", "1234574", rows, 4), 1);
	assert_int_equal(steps_find(s, "items", "ref", "F0012", rows, 4), 1);
	assert_int_equal(steps_find(s, "items", "number", "F0012", rows, 4), 1);
	assert_int_equal(steps_find(s, "items", "amount", "1250.00 SEK", rows, 4), 1);
	assert_int_equal(steps_find(s, "items", "debtor", "5566778899", rows, 4), 1);
	assert_int_equal(steps_find(s, "items", "open", "10427", rows, 4), 1);
	assert_int_equal(steps_find(s, "items", "invoice", "i1", rows, 4), 1);
	assert_int_equal(s->out_count, 1);
}

static void unknown_clients_are_parked(void **state)
{
	struct steps *s = *state;
	struct lg_rec *r = steps_json(s, invoice(s, "i1", 1, "10.00", ""));

	rec_set_str(r, LG_COMMON_CLIENT, LG_STR("4711"));
	assert_true(steps_run(s, 0, r));
	assert_int_equal(s->parked_count, 1);
	assert_true(str_is(s->parked[0].id, "register.unknown_client"));
	assert_true(str_find(s->parked[0].text, LG_STR("\"4711\"")) < s->parked[0].text.len);
	assert_int_equal(steps_rows(s, "items"), 0);
}

static void incomplete_invoices_are_parked(void **state)
{
	struct steps *s = *state;

	assert_true(steps_run(s, 0,
			      steps_json(s, "{\"kind\":\"invoice\",\"number\":\"1\",\"currency\":\"SEK\"," SELLER
					    "\"type\":\"380\"}")));
	assert_int_equal(s->parked_count, 1);
	assert_true(str_is(s->parked[0].id, "register.incomplete"));
}

static void the_same_again_is_nothing(void **state)
{
	struct steps *s = *state;

	steps_run(s, 0, steps_json(s, invoice(s, "i1", 1, "1250.00", "")));
	steps_forget(s);
	steps_run(s, 0, steps_json(s, invoice(s, "i2", 1, "1250.00", "")));
	assert_int_equal(s->out_count, 0);
	assert_int_equal(s->finding_count, 0);
	steps_run(s, 0, steps_json(s, invoice(s, "i1", 1, "1250.00", "")));
	assert_int_equal(s->out_count, 1);
	assert_int_equal(steps_rows(s, "items"), 1);
}

static void other_content_is_a_finding(void **state)
{
	struct steps *s = *state;

	steps_run(s, 0, steps_json(s, invoice(s, "i1", 1, "1250.00", "")));
	steps_forget(s);
	steps_run(s, 0, steps_json(s, invoice(s, "i1", 2, "1251.00", "")));
	assert_int_equal(s->out_count, 0);
	assert_int_equal(s->finding_count, 1);
	assert_string_equal(steps_text(s, steps_row(s, "items", KEY), LG_OPEN_ITEM_OPEN), "1250.00");
}

static void a_revision_moves_what_is_open(void **state)
{
	struct steps *s = *state;
	static const char from[] = "\"connection\":\"erp\",\"external_id\":\"77\",";

	steps_run(s, 0, steps_json(s, invoice(s, "i1", 1, "1250.00", from)));
	steps_forget(s);
	steps_run(s, 0, steps_json(s, invoice(s, "i1", 2, "1300.00", from)));
	assert_int_equal(s->out_count, 1);
	assert_string_equal(steps_text(s, steps_row(s, "items", KEY), LG_OPEN_ITEM_OPEN), "1300.00");
	steps_run(s, 0, steps_json(s, invoice(s, "i1", 3, "-1.00", from)));
	assert_int_equal(s->finding_count, 0);
}

static void closed_items_stay_findable(void **state)
{
	struct steps *s = *state;
	struct lg_row rows[4];

	steps_run(s, 0, steps_json(s, invoice(s, "i1", 1, "0.00", "")));
	assert_int_equal(steps_find(s, "items", "number", "F0012", rows, 4), 1);
	assert_int_equal(steps_find(s, "items", "debtor", "5566778899", rows, 4), 0);
	assert_string_equal(steps_text(s, rows[0].rec, LG_OPEN_ITEM_STATUS), "closed");
}

static void credit_notes_are_positive(void **state)
{
	struct steps *s = *state;
	const struct lg_rec *item;

	steps_run(s, 0, steps_json(s, invoice(s, "i1", 1, "-50.00", "\"preceding\":[{\"number\":\"F-0011\"}],")));
	item = steps_row(s, "items", KEY);
	assert_string_equal(steps_text(s, item, LG_OPEN_ITEM_TYPE), "381");
	assert_string_equal(steps_text(s, item, LG_OPEN_ITEM_AMOUNT), "50.00");
	assert_true(str_is(rec_str_at(item, LG_OPEN_ITEM_CREDITS, 0), "F-0011"));
}

static void a_batch_may_be_run_again(void **state)
{
	struct steps *s = *state;

	/* A batch that is done twice leaves the same as one that is done once. */
	steps_again(s);
	steps_run(s, 0, steps_json(s, invoice(s, "i1", 1, "1250.00", "")));
	assert_int_equal(steps_rows(s, "items"), 1);
	assert_int_equal(s->out_count, 1);
	assert_int_equal(s->made_count, 0);
}

static void reads_terms(void **state)
{
	static const struct {
		const char *terms, *percent, *until;
	} cases[] = {
		{ "#SKONTO#TAGE=7#PROZENT=2.00#", "2", "2026-11-08" },
		{ "2% 10 dagar, 30 dagar netto", "2", "2026-11-11" },
		{ "2,5 % within 10 days", "2.5", "2026-11-11" },
		{ "Within 14 days 3 %", "3", "2026-11-15" },
		{ "2/10 net 30", "2", "2026-11-11" },
		{ "2/10, n/30", "2", "2026-11-11" },
		{ "30 dagar netto. Dr\\u00f6jsm\\u00e5lsr\\u00e4nta 8 % efter 30 dagar", "", "" },
		{ "Interest of 2% after 10 days", "", "" },
		{ "25 % 10 dagar", "", "" },
		{ "Net 30 days", "", "" },
		{ "", "", "" },
	};
	struct steps *s = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char more[256], key[64];
		struct lg_rec *r;

		snprintf(more, sizeof more, "\"payment\":{\"terms\":\"%s\"},", cases[i].terms);
		r = steps_json(s, invoice(s, "i1", 1, "100.00", more));
		snprintf(key, sizeof key, "T%zu", i);
		rec_set_str(r, LG_INVOICE_NUMBER, str_of(key));
		steps_run(s, 0, r);
		snprintf(key, sizeof key, "10427/5560360793/T%zu", i);
		assert_string_equal(steps_text(s, steps_row(s, "items", key), LG_OPEN_ITEM_DISCOUNT_PERCENT),
				    cases[i].percent);
		assert_string_equal(steps_text(s, steps_row(s, "items", key), LG_OPEN_ITEM_DISCOUNT_DATE),
				    cases[i].until);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(makes_an_item, setup, teardown),
		cmocka_unit_test_setup_teardown(unknown_clients_are_parked, setup, teardown),
		cmocka_unit_test_setup_teardown(incomplete_invoices_are_parked, setup, teardown),
		cmocka_unit_test_setup_teardown(the_same_again_is_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(other_content_is_a_finding, setup, teardown),
		cmocka_unit_test_setup_teardown(a_revision_moves_what_is_open, setup, teardown),
		cmocka_unit_test_setup_teardown(closed_items_stay_findable, setup, teardown),
		cmocka_unit_test_setup_teardown(credit_notes_are_positive, setup, teardown),
		cmocka_unit_test_setup_teardown(a_batch_may_be_run_again, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_terms, setup, teardown),
	};

	return cmocka_run_group_tests_name("register", tests, NULL, NULL);
}
