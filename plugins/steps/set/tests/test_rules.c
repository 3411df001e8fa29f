/* set, drop and park: the small steps that follow a rule. */
#include "tests/unit/test.h"

#include "tests/steps/host.h"

static struct steps *with(const char *step, const char *yaml)
{
	struct steps *s = steps_new();

	s->kinds = LG_KIND_BIT(LG_INVOICE);
	steps_add(s, steps_flow(s, "f"), step, steps_config(s, step, yaml));
	return s;
}

#define INVOICE \
	"{\"kind\":\"invoice\",\"id\":\"i1\",\"number\":\"f " \
	"1\",\"currency\":\"SEK\",\"totals\":{\"payable\":\"12.50\"}}"
#define OTHER \
	"{\"kind\":\"invoice\",\"id\":\"i2\",\"number\":\"f 2\",\"currency\":\"EUR\",\"totals\":{\"payable\":\"1\"}}"

static void set_makes_a_new_record(void **state)
{
	struct steps *s = with("set", "fields: { number: 'currency + \" \" + number', currency: '\"NOK\"', "
				      "totals.rounding: 'has(totals.payable) ? totals.payable * 2.0 : 0.0' }");

	(void)state;
	steps_run(s, 0, steps_json(s, INVOICE));
	steps_run(s, 0, steps_json(s, INVOICE));
	assert_int_equal(s->out_count, 2);
	assert_string_equal(steps_text(s, s->out[0], LG_INVOICE_NUMBER), "SEK f 1");
	assert_string_equal(steps_text(s, s->out[0], LG_INVOICE_CURRENCY), "NOK");
	assert_string_equal(steps_text(s, rec_obj(s->out[0], LG_INVOICE_TOTALS), LG_TOTALS_ROUNDING), "25.00");
	assert_true(s->made[0].fresh);
	assert_false(s->made[1].fresh);
	assert_true(str_is(s->made[0].cause, "i1"));
	steps_free(&s);
}

static void set_parks_what_it_cannot_compute(void **state)
{
	struct steps *s = with(
		"set",
		"fields: { totals.payable: 'has(totals.payable) ? totals.payable * 9000000000000000000.0 : 0.0' }");

	(void)state;
	steps_run(s, 0, steps_json(s, INVOICE));
	assert_int_equal(s->out_count, 0);
	assert_int_equal(s->parked_count, 1);
	assert_true(str_is(s->parked[0].id, "set.failed"));
	steps_free(&s);
}

static void drop_drops_by_rule(void **state)
{
	struct steps *s = with("drop", "{ where: currency == \"SEK\", reason: not ours }");

	(void)state;
	steps_run(s, 0, steps_json(s, INVOICE));
	assert_int_equal(s->out_count, 0);
	steps_run(s, 0, steps_json(s, OTHER));
	assert_int_equal(s->out_count, 1);
	assert_int_equal(s->parked_count, 0);
	steps_free(&s);
}

static void park_says_why(void **state)
{
	struct steps *s = with("park", "{ where: currency == \"SEK\", reason: \"{number} in {currency}\" }");
	struct lg_rec *r = steps_json(s, INVOICE);

	(void)state;
	steps_run(s, 0, r);
	steps_run(s, 0, steps_json(s, OTHER));
	assert_int_equal(s->out_count, 1);
	assert_int_equal(s->parked_count, 1);
	assert_true(str_is(s->parked[0].text, "f 1 in SEK"));
	steps_decide(s, 0, 0, r, NULL);
	assert_int_equal(s->out_count, 2);
	steps_free(&s);
}

static void wrong_rules_say_where(void **state)
{
	struct steps *s = steps_new();

	(void)state;
	s->kinds = LG_KIND_BIT(LG_INVOICE);
	assert_non_null(strstr(steps_wrong(s, "set", "{}"), "fields"));
	assert_non_null(strstr(steps_wrong(s, "drop", "where: curency == 'SEK'"), "curency"));
	assert_non_null(strstr(steps_wrong(s, "park", "where: true"), "reason"));
	assert_non_null(strstr(steps_wrong(s, "park", "reason: '{nmber}'"), "nmber"));
	steps_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_makes_a_new_record), cmocka_unit_test(set_parks_what_it_cannot_compute),
		cmocka_unit_test(drop_drops_by_rule),     cmocka_unit_test(park_says_why),
		cmocka_unit_test(wrong_rules_say_where),
	};

	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
