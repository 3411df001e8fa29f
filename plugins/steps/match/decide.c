/* decide.c - a person's decision about a payment: apply it so, or undo an allocation. */
#include "match.h"

#include <string.h>

struct wish {
	lg_str invoice, client, amount, adjust, reason; /* adjust: closed without money, for a reason */
};

struct decision {
	lg_str undo, on_account, client;
	struct wish apply[PARTS_MAX];
	size_t count;
	lg_str by, reason;
};

/* ---- the few shapes of JSON that a decision has ---- */

static void blank(lg_str *s)
{
	while (s->len > 0 && (s->ptr[0] == ' ' || s->ptr[0] == '\n' || s->ptr[0] == '\t' || s->ptr[0] == '\r'))
		*s = (lg_str){ s->ptr + 1, s->len - 1 };
}

static bool eat(lg_str *s, char c)
{
	blank(s);
	if (s->len == 0 || s->ptr[0] != c)
		return false;
	*s = (lg_str){ s->ptr + 1, s->len - 1 };
	blank(s);
	return true;
}

/* A text without escapes, or a number. */
static bool scalar(lg_str *s, lg_str *out)
{
	bool quoted = eat(s, '"');
	size_t n = 0;

	while (n < s->len && (quoted ? s->ptr[n] != '"' && s->ptr[n] != '\\' : !strchr(",]} \n\t\r", s->ptr[n])))
		n++;
	if (quoted && (n == s->len || s->ptr[n] == '\\'))
		return false;
	*out = (lg_str){ s->ptr, n };
	*s = (lg_str){ s->ptr + n + quoted, s->len - n - quoted };
	return quoted || n > 0;
}

static bool name(lg_str *s, lg_str *out)
{
	return scalar(s, out) && eat(s, ':');
}

static bool wish(lg_str *s, struct wish *out)
{
	if (!eat(s, '{'))
		return false;
	do {
		lg_str key, value;

		if (!name(s, &key) || !scalar(s, &value))
			return false;
		if (str_same(key, LG_STR("invoice")))
			out->invoice = value;
		else if (str_same(key, LG_STR("client")))
			out->client = value;
		else if (str_same(key, LG_STR("amount")))
			out->amount = value;
		else if (str_same(key, LG_STR("adjust")))
			out->adjust = value;
		else if (str_same(key, LG_STR("reason")))
			out->reason = value;
	} while (eat(s, ','));
	return eat(s, '}') && out->invoice.len > 0 && out->amount.len > 0;
}

static bool wishes(lg_str *s, struct decision *d)
{
	if (!eat(s, '['))
		return false;
	if (eat(s, ']'))
		return true;
	do {
		if (d->count == PARTS_MAX || !wish(s, &d->apply[d->count++]))
			return false;
	} while (eat(s, ','));
	return eat(s, ']');
}

static bool parse(lg_str s, struct decision *d)
{
	if (!eat(&s, '{'))
		return false;
	do {
		lg_str key, value = { 0 };

		if (!name(&s, &key))
			return false;
		if (str_same(key, LG_STR("apply"))) {
			if (!wishes(&s, d))
				return false;
			continue;
		}
		if (!scalar(&s, &value))
			return false;
		if (str_same(key, LG_STR("undo")))
			d->undo = value;
		else if (str_same(key, LG_STR("on_account")))
			d->on_account = value;
		else if (str_same(key, LG_STR("client")))
			d->client = value;
	} while (eat(&s, ','));
	return eat(&s, '}');
}

/* `before`, the person's own words in quotes, `after`. */
static lg_status refuse(struct work *w, const char *id, const char *before, lg_str said, const char *after)
{
	w->m->host->explain(w->run, id, "%s\"%.*s\"%s", before, (int)said.len, said.ptr, after);
	return LG_REJECT;
}

/* ---- undo ---- */

static lg_status undo(struct work *w, const struct decision *d)
{
	struct history h;
	struct allocation a = { .from_kind = "transaction",
				.from_id = w->id,
				.to_kind = "suspense",
				.stage = "manual",
				.rule = "undone",
				.by = d->by,
				.reason = d->reason };
	size_t i = 0;
	int64_t freed;

	history_load(w, w->id, &h);
	while (i < h.count && !str_same(h.a[i].id, d->undo))
		i++;
	if (i == h.count)
		return refuse(w, "match.undo_unknown", "the payment has no allocation ", d->undo,
			      "; `loligo why` lists those it has");
	if (h.a[i].reversed)
		return refuse(w, "match.undone_already", "allocation ", d->undo, " is undone already");
	freed = history_reverse(w, &h, i, "undone", d->by, d->reason);
	if (freed != 0) {
		a.client = w->client;
		a.amount = money_dec(freed);
		a.evidence = evidence_none(w, 99, "undone", NULL);
		allocate(w, &a);
		payment_remember(w, "suspense", 0);
	}
	apply_wait(w, "match.undone", "a person undid an allocation: it is not applied by itself again");
	return LG_OK;
}

/* ---- apply ---- */

static lg_status find_item(struct work *w, const struct wish *wish, struct item **out)
{
	struct item *found[FIND_MAX];
	char folded[64];
	lg_str number = wish->invoice, client = wish->client;
	size_t n, fits = 0;

	for (size_t i = 0; client.len == 0 && i < number.len; i++)
		if (number.ptr[i] == '/') { /* client/number; a number with a slash is found whole below */
			client = (lg_str){ number.ptr, i };
			number = (lg_str){ number.ptr + i + 1, number.len - i - 1 };
			break;
		}
	for (int whole = 0; whole < 2 && fits == 0; whole++) {
		if (whole) {
			number = wish->invoice;
			client = wish->client;
		}
		n = fold_number(number, folded, sizeof folded);
		n = items_find(w, "number", (lg_str){ folded, n }, found, FIND_MAX);
		for (size_t i = 0; i < n; i++)
			if (found[i]->is_open && (client.len == 0 || str_same(client, found[i]->client)) && fits++ == 0)
				*out = found[i];
	}
	if (fits == 0)
		return refuse(w, "match.no_invoice", "there is no open invoice ", wish->invoice,
			      " in the payment's currency");
	if (fits > 1)
		return refuse(w, "match.which_invoice", "several clients have an open invoice ", wish->invoice,
			      "; write CLIENT/NUMBER");
	return LG_OK;
}

static bool signed_money(struct work *w, lg_str s, int64_t *out)
{
	lg_dec d;

	*out = 0;
	return s.len == 0 || (w->m->host->dec_parse(s, &d) && money_of(d, out));
}

static bool money(struct work *w, lg_str s, int64_t *out)
{
	return signed_money(w, s, out) && *out >= 0;
}

static const char *reason_of(lg_str said)
{
	static const char *const reasons[] = { "rounding", "bank_fee", "discount", "write_off" };

	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (str_same(said, str_c(reasons[i])))
			return reasons[i];
	return "write_off";
}

static lg_status build(struct work *w, const struct decision *d, struct solution *s)
{
	for (size_t i = 0; i < d->count; i++) {
		struct item *it = NULL;
		int64_t amount, adjust;
		lg_status status = find_item(w, &d->apply[i], &it);

		if (status != LG_OK)
			return status;
		if (!money(w, d->apply[i].amount, &amount) || amount == 0)
			return refuse(w, "match.amount", "", d->apply[i].amount, " is not an amount above zero");
		if (!signed_money(w, d->apply[i].adjust, &adjust) || amount + adjust <= 0)
			return refuse(w, "match.amount", "", d->apply[i].adjust, " is not an amount");
		if (amount + adjust > it->open)
			return refuse(w, "match.too_much", "invoice ", d->apply[i].invoice,
				      " has less open than that; give the rest with on-account");
		solution_add(s, it, amount);
		s->part[s->count - 1].adjust = adjust;
		s->part[s->count - 1].reason = reason_of(d->apply[i].reason);
	}
	return LG_OK;
}

/* Suspense and refunds are free to be applied; what is applied must be undone first. */
static int64_t free_money(struct work *w, struct history *h, const struct decision *d, bool take)
{
	static const char *const kinds[] = { "suspense", "refund", "on_account" };
	int64_t sum = 0;

	for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
		for (size_t i = 0; (i = history_live(w, h, kinds[k])) < h->count;) {
			lg_dec amount;
			int64_t v = 0;

			if (w->m->host->rec->dec(h->a[i].rec, LG_ALLOCATION_AMOUNT, &amount) && money_of(amount, &v))
				sum += v;
			if (take)
				history_reverse(w, h, i, "decided", d->by, d->reason);
			h->a[i].reversed = true;
		}
	return sum;
}

static void rest(struct work *w, const struct decision *d, const char *kind, int64_t amount, lg_str client,
		 lg_str debtor)
{
	struct allocation a = { .from_kind = "transaction",
				.from_id = w->id,
				.to_kind = kind,
				.to_id = debtor,
				.stage = "manual",
				.rule = "decision",
				.by = d->by,
				.reason = d->reason,
				.client = client,
				.debtor = debtor,
				.amount = money_dec(amount) };

	if (amount == 0)
		return;
	a.evidence = evidence_none(w, 99, "decision", NULL);
	allocate(w, &a);
}

static lg_status apply(struct work *w, const struct decision *d)
{
	struct history h;
	struct solution *s = &w->m->solution;
	int64_t on_account, sum, have;
	char room[32];
	struct text t = TEXT_IN(room);
	lg_str client = d->client.len ? d->client : w->client, debtor = { 0 };
	lg_status status;

	memset(s, 0, sizeof *s);
	s->stage = 99;
	s->rule = "decision";
	s->solutions = 1;
	status = build(w, d, s);
	if (status != LG_OK)
		return status;
	if (!money(w, d->on_account, &on_account))
		return refuse(w, "match.amount", "", d->on_account, " is not an amount");
	sum = on_account;
	for (size_t i = 0; i < s->count; i++)
		sum += s->part[i].item->credit ? -s->part[i].amount : s->part[i].amount;
	history_load(w, w->id, &h);
	have = free_money(w, &h, d, false);
	text_money(&t, have);
	if (sum > have || sum < 0)
		return refuse(w, "match.too_much", "the decision gives more than the payment has left: ", text_view(&t),
			      " is free");
	history_load(w, w->id, &h);
	free_money(w, &h, d, true);
	if (s->count > 0) {
		client = s->part[0].item->client;
		debtor = s->part[0].item->debtor;
		apply_solution(w, s, d->by, d->reason);
	}
	rest(w, d, "on_account", on_account, client, debtor);
	rest(w, d, "suspense", have - sum, w->client, (lg_str){ 0 });
	if (have > sum)
		apply_wait(w, "match.rest", "a person applied a part: the rest has no home yet");
	return LG_OK;
}

lg_status decide(struct work *w, const struct lg_rec *item)
{
	const struct lg_records *r = w->m->host->rec;
	const struct lg_rec *decided = r->obj(item, LG_WORK_ITEM_DECIDED);
	struct decision d = { .count = 0 };

	d.by = decided ? r->str(decided, LG_DECIDED_BY) : (lg_str){ 0 };
	d.reason = decided ? r->str(decided, LG_DECIDED_REASON) : (lg_str){ 0 };
	if (d.by.len == 0)
		d.by = LG_STR("person");
	if (decided != NULL)
		r->time(decided, LG_DECIDED_AT, &w->decided_at);
	if (!parse(r->str(item, LG_WORK_ITEM_SUGGESTIONS), &d))
		return refuse(w, "match.decision", "the decision ", r->str(item, LG_WORK_ITEM_SUGGESTIONS),
			      " cannot be read");
	return d.undo.len > 0 ? undo(w, &d) : apply(w, &d);
}
