/* register, match and book together, as in a hub: two flows over the same tables. */
#include "plugins/steps/book/tests/books.h"

#include <stdio.h>

static int setup(void **state)
{
	struct steps *s = steps_new();
	size_t sales = steps_flow(s, "sales"), cash = steps_flow(s, "cash");

	steps_add(s, sales, "register", steps_config(s, "register", ""));
	steps_add(s, sales, "book", steps_config(s, "book", "plan: config/plans/bas.yaml"));
	steps_add(s, cash, "match", steps_config(s, "match", ""));
	steps_add(s, cash, "book", steps_config(s, "book", "{ plan: config/plans/bas.yaml, series: B }"));
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct steps *s = *state;

	steps_free(&s);
	return 0;
}

#define SOLD(id, number, reference, base, tax, payable, terms) \
	"{\"kind\":\"invoice\",\"id\":\"" id "\",\"type\":\"380\",\"number\":\"" number \
	"\",\"issue_date\":\"2026-11-01\"," \
	"\"due_date\":\"2026-12-01\",\"currency\":\"SEK\",\"seller\":{\"name\":\"Alfa\",\"legal_id\":{\"value\":" \
	"\"5560360793\"}}," \
	"\"buyer\":{\"name\":\"Beta\",\"legal_id\":{\"value\":\"5566778899\"}},\"payment\":{\"reference\":" \
	"\"" reference "\",\"terms\":\"" terms "\"},\"taxes\":[{\"category\":\"S\",\"rate\":\"25\",\"base\":\"" base \
	"\",\"amount\":\"" tax "\"}],\"totals\":{\"payable\":\"" payable "\"}}"
#define PAID(id, amount, reference) \
	"{\"kind\":\"transaction\",\"id\":\"" id "\",\"amount\":\"" amount \
	"\",\"side\":\"credit\",\"currency\":\"SEK\"," \
	"\"status\":\"booked\",\"booking_date\":\"2026-11-05\",\"value_date\":\"2026-11-05\",\"bank_reference\":" \
	"\"B" id "\"," \
	"\"account\":{\"id\":\"SE4550000000058398257466\"},\"counterparty\":{\"name\":\"Beta\",\"account\":\"SE999\"}" \
	"," \
	"\"references\":[\"" reference "\"]}"

/* The last voucher that came out. */
static const char *last(struct steps *s)
{
	for (size_t i = s->out_count; i-- > 0;)
		if (rec_object(s->out[i]) == LG_VOUCHER)
			return lines(s, s->out[i]);
	return "none";
}

static void pays(struct steps *s, const char *json, const char *wanted)
{
	steps_run(s, 1, steps_json(s, json));
	assert_string_equal(last(s), wanted);
}

static void sells(struct steps *s, const char *json)
{
	steps_run(s, 0, steps_json(s, json));
	assert_int_equal(s->parked_count, 0);
}

static void from_invoice_to_voucher(void **state)
{
	struct steps *s = *state;

	sells(s, SOLD("i1", "1001", "1234574", "1000.00", "250.00", "1250.00", ""));
	pays(s, PAID("t1", "1250.00", "1234574"), "1930 D 1250.00 / 1510 C 1250.00");
	pays(s, PAID("t2", "1250.00", "1234574"), "1930 D 1250.00 / 2890 C 1250.00"); /* again: a duplicate */
	sells(s, SOLD("i2", "1002", "100004290", "1000.00", "250.00", "1250.00", ""));
	pays(s, PAID("t3", "500.00", "100004290"), "1930 D 500.00 / 1510 C 500.00");
	pays(s, PAID("t4", "800.00", "100004290"), "1930 D 800.00 / 1510 C 750.00 / 2420 C 50.00");
	assert_string_equal(steps_text(s, s->out[s->out_count - 1], LG_VOUCHER_NUMBER), "4");
}

static void money_waits_for_its_invoice(void **state)
{
	struct steps *s = *state;

	pays(s, PAID("t1", "1250.00", "1234574"), "1930 D 1250.00 / 2999 C 1250.00");
	assert_int_equal(steps_waits(s), 1);
	sells(s, SOLD("i1", "1001", "1234574", "1000.00", "250.00", "1250.00", ""));
	assert_string_equal(last(s), "2999 D 1250.00 / 1510 C 1250.00");
	assert_int_equal(steps_waits(s), 0);
}

static void a_discount_is_taken(void **state)
{
	struct steps *s = *state;

	sells(s, SOLD("i1", "1001", "1234574", "10000.00", "2500.00", "12500.00", "2% 10 dagar"));
	pays(s, PAID("t1", "12250.00", "1234574"), "1930 D 12250.00 / 3731 D 200.00 / 2611 D 50.00 / 1510 C 12500.00");
}

/* The same files once more: no voucher, no number. */
static void a_second_run_changes_nothing(void **state)
{
	struct steps *s = *state;
	size_t made;

	for (int round = 0; round < 2; round++) {
		sells(s, SOLD("i1", "1001", "1234574", "1000.00", "250.00", "1250.00", ""));
		steps_run(s, 1, steps_json(s, PAID("t1", "1250.00", "1234574")));
		steps_run(s, 1, steps_json(s, PAID("t2", "77.00", "")));
		if (round == 0)
			made = s->made_count;
	}
	for (size_t i = made; i < s->made_count; i++)
		assert_false(s->made[i].fresh);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(from_invoice_to_voucher, setup, teardown),
		cmocka_unit_test_setup_teardown(money_waits_for_its_invoice, setup, teardown),
		cmocka_unit_test_setup_teardown(a_discount_is_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(a_second_run_changes_nothing, setup, teardown),
	};

	return cmocka_run_group_tests_name("chain", tests, NULL, NULL);
}
