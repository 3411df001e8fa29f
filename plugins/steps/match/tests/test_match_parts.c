/* The pure parts: tokens, sums, folding, the policy. */
#include "tests/unit/test.h"

#include "plugins/steps/match/match.h"
#include "plugins/steps/match/policy.c"
#include "plugins/steps/match/subset.c"
#include "plugins/steps/match/subset.h"
#include "plugins/steps/match/text.c"
#include "plugins/steps/match/tokens.c"

static struct tokens read(const char *text)
{
	struct tokens t = { .count = 0 };

	tokens_read(&t, str_c(text));
	return t;
}

static const struct token *find_token(const struct tokens *t, const char *text)
{
	for (size_t i = 0; i < t->count; i++)
		if (str_same(token_text(&t->t[i]), str_c(text)))
			return &t->t[i];
	return NULL;
}

static void assert_has(const char *text, const char *token)
{
	struct tokens t = read(text);

	if (find_token(&t, token) == NULL)
		fail_msg("\"%s\" gives no token %s", text, token);
}

static void assert_lacks(const char *text, const char *token)
{
	struct tokens t = read(text);

	if (find_token(&t, token) != NULL)
		fail_msg("\"%s\" gives the token %s", text, token);
}

static void numbers_are_found(void **state)
{
	(void)state;
	assert_has("Faktura 10452", "10452");
	assert_has("f-2026/117 tack", "F2026117");
	assert_has("F10452", "10452");
	assert_has("12 34561", "1234561");
	assert_has("RF18 5390 0754 7034", "RF18539007547034");
	assert_has("+++090/1234/56701+++", "090123456701");
	assert_has("1779+1833 5401", "1833");
}

static void lists_and_ranges_are_written_out(void **state)
{
	(void)state;
	assert_has("fakt 1001-1004", "1002");
	assert_has("fakt 1001-1004", "1003");
	assert_has("1001, 02, 03", "1002");
	assert_has("1001, 02, 03", "1003");
	assert_lacks("1001-9999", "1500");
}

static void noise_is_left_out(void **state)
{
	(void)state;
	assert_lacks("betalt 2026-11-25", "2026");
	assert_lacks("20261125", "20261125");
	assert_lacks("tel 070-123 45 67", "123");
	assert_lacks("tel +46 70 123 45 67", "123");
	assert_lacks("SE45 5000 0000 0583 9825 7466", "0583");
	assert_lacks("556036-0793", "556036");
	assert_lacks("123 45 STOCKHOLM", "123");
}

static void assert_keyword(const struct tokens *t, const char *text, bool keyword)
{
	const struct token *found = find_token(t, text);

	assert_non_null(found);
	if (found != NULL)
		assert_int_equal(found->keyword, keyword);
}

static void keywords_reach_their_numbers(void **state)
{
	struct tokens t = read("order 555 faktura nr 1001, 1002");

	(void)state;
	assert_keyword(&t, "555", false);
	assert_keyword(&t, "1001", true);
	assert_keyword(&t, "1002", true);
}

static void any_bytes_give_tokens_within_bounds(void **state)
{
	char text[200];
	uint32_t x = 1;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct tokens t = { .count = 0 };
		size_t len = (size_t)round % sizeof text;

		for (size_t i = 0; i < len; i++) {
			static const char some[] = "0123456789 -/.,+AFaf\xc3\xa5";

			x = x * 1664525 + 1013904223;
			text[i] = round % 3 ? some[x >> 24 & 15] : (char)(x >> 24);
		}
		tokens_read(&t, (lg_str){ text, len });
		assert_true(t.count <= TOKENS_MAX);
		for (size_t i = 0; i < t.count; i++)
			assert_true(t.t[i].len <= TOKEN_TEXT && t.t[i].end <= len);
	}
}

/* What subset_find must say, by trying all. */
static size_t slow_count(const int64_t *v, size_t n, int64_t target, size_t stop)
{
	size_t count = 0;

	for (uint32_t mask = 1; mask < 1u << n && count < stop; mask++) {
		int64_t sum = 0;

		for (size_t i = 0; i < n; i++)
			sum += mask >> i & 1 ? v[i] : 0;
		count += sum == target;
	}
	return count;
}

static void sums_are_counted_as_by_trying_all(void **state)
{
	uint32_t x = 7;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		int64_t v[12], target;
		uint64_t masks[3];
		size_t n = 1 + (size_t)round % 12, found;

		for (size_t i = 0; i < n; i++) {
			x = x * 1664525 + 1013904223;
			v[i] = (int64_t)(x >> 26) - (round % 5 ? 0 : 20);
		}
		x = x * 1664525 + 1013904223;
		target = (int64_t)(x >> 25);
		found = subset_find(v, n, target, 3, masks);
		assert_int_equal(found, slow_count(v, n, target, 3));
		for (size_t k = 0; k < found; k++) {
			int64_t sum = 0;

			for (size_t i = 0; i < n; i++)
				sum += masks[k] >> i & 1 ? v[i] : 0;
			assert_int_equal(sum, target);
		}
	}
}

static void money_keeps_its_digits(void **state)
{
	char room[40];
	struct text t = TEXT_IN(room);
	int64_t v;

	(void)state;
	assert_true(money_of((lg_dec){ 125050, 2 }, &v));
	assert_int_equal(v, 12505000);
	assert_int_equal(money_dec(v).coef, 12505);
	assert_int_equal(money_dec(v).scale, 1);
	text_money(&t, v);
	text_char(&t, ' ');
	text_money(&t, -12345);
	assert_int_equal(t.len, strlen("1250.50 -1.2345"));
	assert_memory_equal(room, "1250.50 -1.2345", t.len);
	assert_false(money_of((lg_dec){ 1, 5 }, &v));
	assert_false(money_of((lg_dec){ INT64_MAX, 0 }, &v));
	assert_int_equal(money_percent(1250000, (lg_dec){ 2, 0 }), 25000);  /* 2 % of 125.00 */
	assert_int_equal(money_percent(1000100, (lg_dec){ 25, 1 }), 25000); /* 2.5 % of 100.01 = 2.50025 */
}

static void names_are_compared_without_their_dress(void **state)
{
	(void)state;
	assert_true(name_same(LG_STR("NORDBYGG VAXJO"), LG_STR("Nordbygg V\xc3\xa4xj\xc3\xb6 AB")));
	assert_false(name_same(LG_STR("Nordbygg"), LG_STR("Nordbygg Syd AB")));
	assert_true(name_same(LG_STR("Nordbygg Fastighetsf\xc3\xb6rvaltning Vax"),
			      LG_STR("Nordbygg Fastighetsf\xc3\xb6rvaltning V\xc3\xa4xj\xc3\xb6 AB")));
	assert_true(off_by_one(LG_STR("12345"), LG_STR("12395")));
	assert_true(off_by_one(LG_STR("12345"), LG_STR("12435")));
	assert_false(off_by_one(LG_STR("12345"), LG_STR("12345")));
	assert_false(off_by_one(LG_STR("12345"), LG_STR("21354")));
}

static void the_policy_says_what_applies(void **state)
{
	static const lg_str all[] = { { "all", 3 } }, some[] = { { "S1", 2 }, { "S3", 2 } }, one[] = { { "S1", 2 } };
	static const struct client_policy clients[] = { { { "10427", 5 }, { one, 1 } },
							{ { "10426", 5 }, { NULL, 0 } } };
	struct match_options o = {
		.stages = { all, 1 },
		.policy = { .name = { "p", 1 }, .version = 7, .stages = { some, 2 }, .clients = { clients, 2 } }
	};
	struct policy p = { 0 };

	(void)state;
	assert_true(policy_open(&p, &o, NULL));
	assert_true(policy_allows(&p, 1, LG_STR("1")));
	assert_true(policy_allows(&p, 3, LG_STR("1")));
	assert_false(policy_allows(&p, 7, LG_STR("1")));
	assert_true(policy_allows(&p, 1, LG_STR("10427")));
	assert_false(policy_allows(&p, 3, LG_STR("10427")));
	assert_false(policy_allows(&p, 1, LG_STR("10426")));
	policy_close(&p);
	o.stages.count = 0; /* match: { auto: [] } */
	assert_true(policy_open(&p, &o, NULL));
	assert_false(policy_allows(&p, 1, LG_STR("1")));
	assert_false(policy_allows(&p, 1, LG_STR("10427")));
	policy_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_found),
		cmocka_unit_test(lists_and_ranges_are_written_out),
		cmocka_unit_test(noise_is_left_out),
		cmocka_unit_test(keywords_reach_their_numbers),
		cmocka_unit_test(any_bytes_give_tokens_within_bounds),
		cmocka_unit_test(sums_are_counted_as_by_trying_all),
		cmocka_unit_test(money_keeps_its_digits),
		cmocka_unit_test(names_are_compared_without_their_dress),
		cmocka_unit_test(the_policy_says_what_applies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
