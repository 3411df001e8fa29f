#include "match.h"

#include <stdlib.h>
#include <string.h>

static const struct lg_option client_rows[] = {
	LG_OPTION(struct client_policy, client, LG_T_STR, .doc = "name of the client"),
	{ .name = "auto",
	  .type = LG_T_LIST,
	  .required = true,
	  .offset = offsetof(struct client_policy, stages),
	  .doc = "stages that are applied by themselves for this client" },
};

static const struct lg_options client_options = LG_OPTIONS(struct client_policy, client_rows);

static const struct lg_option policy_rows[] = {
	LG_OPTION(struct policy_options, name, LG_T_STR, .dflt = "default",
		  .doc = "name of the policy, kept in the evidence"),
	LG_OPTION(struct policy_options, version, LG_T_INT, .dflt = "1", .min = 1, .max = 1000000,
		  .doc = "its version"),
	{ .name = "auto",
	  .type = LG_T_LIST,
	  .offset = offsetof(struct policy_options, stages),
	  .dflt = "[all]",
	  .doc = "stages that are applied by themselves: S1 to S7, S9, or all" },
	LG_OPTION(struct policy_options, rounding, LG_T_DEC, .dflt = "0.99",
		  .doc = "largest difference to a whole amount that is taken as rounding (S5)"),
	LG_OPTION(struct policy_options, bank_fees, LG_T_LIST, .doc = "amounts that payers' banks keep back (S5)"),
	LG_OPTION(struct policy_options, reminder_fees, LG_T_LIST,
		  .doc = "fees that are paid on top of an overdue invoice (S5)"),
	LG_OPTION(struct policy_options, interest, LG_T_DEC, .dflt = "0", .unit = "percent a year",
		  .doc = "late interest from the due date, actual days / 365 (S5); 0: none"),
	LG_OPTION(struct policy_options, payer_seen, LG_T_INT, .dflt = "2", .min = 1, .max = 1000,
		  .doc = "payments of one account for one debtor before it is a known payer (S7)"),
	LG_OPTION(struct policy_options, max_age, LG_T_INT, .dflt = "90", .min = 1, .max = 3650, .unit = "days",
		  .doc = "oldest invoice that is paid without being named (S7)"),
	LG_OPTION(struct policy_options, completion_max, LG_T_INT, .dflt = "12", .min = 0, .max = 20,
		  .doc = "largest number of other open items that a rest is searched among (S4)"),
	LG_OPTION(struct policy_options, subset_max, LG_T_INT, .dflt = "10", .min = 0, .max = 20,
		  .doc = "largest number of open items that a payment without reference is searched among (S7)"),
	LG_OPTION(struct policy_options, duplicate_days, LG_T_INT, .dflt = "14", .min = 0, .max = 365, .unit = "days",
		  .doc = "an equal payment of the same payer within this time, without reference, may be a duplicate"),
	LG_OPTION(struct policy_options, own_accounts, LG_T_LIST,
		  .doc = "accounts of the firm itself: transfers, not payments"),
	LG_OPTION(struct policy_options, gateway_accounts, LG_T_LIST,
		  .doc = "accounts that payment gateways pay out from"),
	{ .name = "clients",
	  .type = LG_T_OBJMAP,
	  .offset = offsetof(struct policy_options, clients),
	  .sub = &client_options,
	  .doc = "client: { auto: [...] } instead of the policy's own list" },
};

static const struct lg_options policy_options = LG_OPTIONS(struct policy_options, policy_rows);

static const struct lg_option match_rows[] = {
	{ .name = "auto",
	  .type = LG_T_LIST,
	  .offset = offsetof(struct match_options, stages),
	  .dflt = "[policy]",
	  .doc = "stages that are applied by themselves at most; [] proposes only, [policy]: what the policy says" },
	{ .name = "policy",
	  .type = LG_T_OBJ,
	  .file = true,
	  .offset = offsetof(struct match_options, policy),
	  .dflt = "{}",
	  .sub = &policy_options,
	  .doc = "the policy, or the file that it is in" },
};

const struct lg_options match_options = LG_OPTIONS(struct match_options, match_rows);

#define ALL_STAGES 0x2feu /* S1 to S7 and S9 */

/* Bits of a stage's name; 0: none such. */
static unsigned stage_bits(lg_str name)
{
	if (str_same(name, LG_STR("all")) || str_same(name, LG_STR("policy")))
		return ALL_STAGES;
	if (name.len != 2 || (name.ptr[0] != 'S' && name.ptr[0] != 's') || name.ptr[1] < '1' || name.ptr[1] > '9' ||
	    name.ptr[1] == '8')
		return 0;
	return 1u << (name.ptr[1] - '0');
}

static unsigned list_bits(const struct lg_list *list)
{
	unsigned bits = 0;

	for (size_t i = 0; i < list->count; i++)
		bits |= stage_bits(list->items[i]);
	return bits;
}

static void check_list(const struct lg_list *list, const struct lg_report *r)
{
	for (size_t i = 0; i < list->count; i++)
		if (stage_bits(list->items[i]) == 0)
			r->error(r, &list->items[i],
				 "there is no stage \"%.*s\" that can apply by itself; expected S1 to S7, S9 or all",
				 (int)list->items[i].len, list->items[i].ptr);
}

/* "50.00" to money; the options are texts so that amounts keep their digits. */
static bool amount_of(lg_str s, int64_t *out)
{
	int64_t v = 0;
	size_t decimals = 0, i = 0;
	bool point = false;

	for (; i < s.len; i++) {
		if (s.ptr[i] == '.' && !point && i > 0 && i + 1 < s.len) {
			point = true;
			continue;
		}
		if (s.ptr[i] < '0' || s.ptr[i] > '9' || v > INT64_MAX / 1000000 || decimals == MONEY_DIGITS)
			return false;
		v = v * 10 + (s.ptr[i] - '0');
		decimals += point;
	}
	for (; decimals < MONEY_DIGITS; decimals++)
		v *= 10;
	*out = v;
	return s.len > 0 && v > 0;
}

static void check_amounts(const struct lg_list *list, const struct lg_report *r)
{
	int64_t v;

	for (size_t i = 0; i < list->count; i++)
		if (!amount_of(list->items[i], &v))
			r->error(r, &list->items[i], "\"%.*s\" is not an amount above zero, such as 50.00",
				 (int)list->items[i].len, list->items[i].ptr);
	if (list->count > MONEY_LIST_MAX)
		r->error(r, list, "%zu amounts; at most %d can be told apart", list->count, MONEY_LIST_MAX);
}

void policy_check(const void *config, const struct lg_report *r)
{
	const struct match_options *o = config;
	const struct client_policy *clients = o->policy.clients.items;

	check_list(&o->stages, r);
	check_list(&o->policy.stages, r);
	check_amounts(&o->policy.bank_fees, r);
	check_amounts(&o->policy.reminder_fees, r);
	if (o->policy.rounding.coef < 0)
		r->error(r, &o->policy.rounding, "a rounding is zero or above");
	if (o->policy.interest.coef < 0)
		r->error(r, &o->policy.interest, "an interest rate is zero or above");
	for (size_t i = 0; i < o->policy.clients.count; i++)
		check_list(&clients[i].stages, r);
}

static size_t amounts_of(const struct lg_list *list, int64_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < list->count && n < MONEY_LIST_MAX; i++)
		n += amount_of(list->items[i], &out[n]);
	return n;
}

static int by_client(const void *a, const void *b)
{
	const struct client_rule *x = a, *y = b;
	size_t n = x->client.len < y->client.len ? x->client.len : y->client.len;
	int c = n ? memcmp(x->client.ptr, y->client.ptr, n) : 0;

	return c ? c : (x->client.len > y->client.len) - (x->client.len < y->client.len);
}

bool policy_open(struct policy *p, const struct match_options *o, const struct lg_host *host)
{
	const struct client_policy *clients = o->policy.clients.items;
	unsigned at_most = list_bits(&o->stages);
	struct text label = TEXT_IN(p->label);

	(void)host;
	p->opt = &o->policy;
	p->stages = at_most & list_bits(&o->policy.stages);
	p->client_count = o->policy.clients.count;
	p->clients = p->client_count ? calloc(p->client_count, sizeof *p->clients) : NULL;
	if (p->client_count && p->clients == NULL)
		return false;
	for (size_t i = 0; i < p->client_count; i++)
		p->clients[i] = (struct client_rule){ clients[i].client, at_most & list_bits(&clients[i].stages) };
	if (p->client_count)
		qsort(p->clients, p->client_count, sizeof *p->clients, by_client);
	if (!money_of(o->policy.rounding, &p->rounding))
		p->rounding = 0;
	p->bank_fee_count = amounts_of(&o->policy.bank_fees, p->bank_fees);
	p->reminder_fee_count = amounts_of(&o->policy.reminder_fees, p->reminder_fees);
	text_str(&label, o->policy.name.len < 40 ? o->policy.name : LG_STR("policy"));
	text_char(&label, '@');
	text_int(&label, o->policy.version);
	p->label_len = label.len;
	return true;
}

void policy_close(struct policy *p)
{
	free(p->clients);
	p->clients = NULL;
}

bool policy_allows(const struct policy *p, unsigned stage, lg_str client)
{
	struct client_rule key = { .client = client }, *rule = NULL;

	if (p->client_count)
		rule = bsearch(&key, p->clients, p->client_count, sizeof key, by_client);
	return ((rule ? rule->stages : p->stages) >> stage & 1) != 0;
}
