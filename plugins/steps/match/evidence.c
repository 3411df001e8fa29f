/* evidence.c - why, as JSON: what was read, who paid, what adds up, what lost and for which reason. */
#include "match.h"

#define SHOWN 5 /* candidates that lost */

const char *stage_name(unsigned stage)
{
	static const char *const names[] = { "S0", "S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9" };

	return stage < sizeof names / sizeof names[0] ? names[stage] : "manual";
}

static void head(struct text *t, unsigned stage, const char *rule)
{
	text_lit(t, "{\"stage\":\"");
	text_cstr(t, stage_name(stage));
	text_lit(t, "\",\"rule\":");
	text_json(t, str_c(rule));
}

static void tail(struct work *w, struct text *t, size_t solutions)
{
	text_lit(t, ",\"solutions\":");
	text_int(t, (int64_t)solutions);
	text_lit(t, ",\"considered\":[");
	for (size_t i = 0; i < w->considered_count && i < SHOWN; i++) {
		const struct item *it = w->considered[i];

		text_cstr(t, &",{\"invoice\":"[i == 0]);
		text_json(t, it->number);
		text_lit(t, ",\"client\":");
		text_json(t, it->client);
		text_lit(t, ",\"open\":\"");
		text_money(t, it->open);
		text_lit(t, "\",\"lost\":");
		text_json(t, str_c(it->lost ? it->lost : "no"));
		text_char(t, '}');
	}
	text_lit(t, "],\"policy\":\"");
	text_bytes(t, w->m->policy.label, w->m->policy.label_len);
	text_lit(t, "\",\"engine\":\"" ENGINE "\"}");
}

static void amounts(struct text *t, int64_t payment, int64_t sum)
{
	size_t from, len;

	text_lit(t, ",\"amount\":{\"payment\":\"");
	from = t->len;
	text_money(t, payment);
	len = t->len - from;
	text_lit(t, "\",\"sum\":\"");
	if (sum == payment)
		text_bytes(t, t->p + from, len);
	else
		text_money(t, sum);
	text_lit(t, "\",\"delta\":\"");
	text_money(t, payment - sum);
	text_lit(t, "\"}");
}

static void payer(struct work *w, struct text *t)
{
	if (w->payer_account.len == 0 && w->payer_name.len == 0)
		return;
	text_lit(t, ",\"payer_evidence\":{\"account\":");
	text_json(t, w->payer_account);
	if (w->payer_name.len > 0) {
		text_lit(t, ",\"name\":");
		text_json(t, w->payer_name);
	}
	if (w->payer.loaded && w->payer.count > 0) {
		text_lit(t, ",\"debtors\":{");
		for (size_t i = 0; i < w->payer.count && i < SHOWN; i++) {
			char key[128];
			struct text k = TEXT_IN(key);

			text_str(&k, w->payer.d[i].client);
			text_char(&k, '/');
			text_str(&k, w->payer.d[i].debtor);
			if (i > 0)
				text_char(t, ',');
			text_json(t, text_view(&k));
			text_char(t, ':');
			text_int(t, w->payer.d[i].count);
		}
		text_char(t, '}');
	}
	text_char(t, '}');
}

/* The reference or the tokens, and what they named. */
static void tokens(struct work *w, struct text *t, const struct solution *s)
{
	const struct lg_records *r = w->m->host->rec;
	bool given = r->count(w->tx, LG_TRANSACTION_REFERENCES) > 0;
	size_t n = 0;

	text_lit(t, ",\"tokens\":[");
	if (s->count > 0 && ((s->stage == 1 && !w->text_read) || (s->stage == 6 && given))) {
		n = 1;
		text_lit(t, "{\"text\":");
		text_json(t, given ? r->str_at(w->tx, LG_TRANSACTION_REFERENCES, 0) : w->text);
		text_lit(t, ",\"invoice\":");
		text_json(t, s->part[0].item->number);
		text_char(t, '}');
	}
	for (size_t i = 0; w->text_read && i < w->tokens.count; i++)
		for (size_t k = 0; s != NULL && k < s->count; k++) {
			if ((s->part[k].item->tokens >> i & 1) == 0)
				continue;
			text_cstr(t, &",{\"text\":"[n++ == 0]);
			text_json(t, token_text(&w->tokens.t[i]));
			text_lit(t, ",\"at\":");
			text_int(t, w->tokens.t[i].at);
			text_lit(t, ",\"invoice\":");
			text_json(t, s->part[k].item->number);
			text_char(t, '}');
		}
	text_char(t, ']');
}

static int64_t solution_sum(const struct solution *s)
{
	int64_t sum = 0;

	for (size_t i = 0; i < s->count; i++)
		sum += s->part[i].item->credit ? -s->part[i].item->open : s->part[i].item->open;
	return sum;
}

/* What an earlier stage turned down and a later one chose has not lost. */
static void forget_chosen(struct work *w, const struct solution *s)
{
	size_t n = 0;

	for (size_t i = 0; i < w->considered_count; i++) {
		bool chosen = false;

		for (size_t k = 0; k < s->count; k++)
			chosen |= s->part[k].item == w->considered[i];
		if (!chosen)
			w->considered[n++] = w->considered[i];
	}
	w->considered_count = n;
}

lg_str evidence_solution(struct work *w, const struct solution *s)
{
	struct text t = TEXT_IN(w->m->evidence);

	forget_chosen(w, s);
	head(&t, s->stage, s->rule);
	tokens(w, &t, s);
	payer(w, &t);
	amounts(&t, w->amount, solution_sum(s));
	if (s->why) {
		text_lit(&t, ",\"difference\":");
		text_json(&t, str_c(s->why));
	}
	tail(w, &t, s->solutions);
	return text_view(&t);
}

static void proposal_of(struct text *t, const struct solution *s)
{
	text_lit(t, ",\"proposal\":{\"stage\":\"");
	text_cstr(t, stage_name(s->stage));
	text_lit(t, "\",\"rule\":");
	text_json(t, str_c(s->rule));
	text_lit(t, ",\"solutions\":");
	text_int(t, (int64_t)s->solutions);
	text_lit(t, ",\"apply\":[");
	for (size_t i = 0; i < s->count; i++) {
		text_cstr(t, &",{\"invoice\":"[i == 0]);
		text_json(t, s->part[i].item->number);
		text_lit(t, ",\"client\":");
		text_json(t, s->part[i].item->client);
		text_lit(t, ",\"amount\":\"");
		text_money(t, s->part[i].item->credit ? -s->part[i].amount : s->part[i].amount);
		text_lit(t, "\"}");
	}
	text_lit(t, "],\"on_account\":\"");
	text_money(t, s->on_account);
	text_lit(t, "\"}");
}

/* What would be applied stands before what was passed over. */
static void show_first(struct work *w, const struct solution *s)
{
	struct item *all[CONSIDERED_MAX + SHOWN];
	size_t n = 0;

	for (size_t i = 0; i < s->count && i < SHOWN; i++) {
		s->part[i].item->lost = w->blocked ? w->blocked : "proposed: the policy does not let it apply";
		all[n++] = s->part[i].item;
	}
	for (size_t i = 0; i < w->considered_count; i++)
		all[n++] = w->considered[i];
	w->considered_count = 0;
	for (size_t i = 0; i < n; i++)
		consider(w, all[i], all[i]->lost);
}

lg_str evidence_none(struct work *w, unsigned stage, const char *rule, const struct solution *proposal)
{
	struct text t = TEXT_IN(w->m->evidence);

	head(&t, stage, rule);
	if (proposal && proposal->count > 0)
		tokens(w, &t, proposal);
	payer(w, &t);
	amounts(&t, w->is_money ? w->amount : 0, 0);
	if (proposal && proposal->count > 0) {
		proposal_of(&t, proposal);
		show_first(w, proposal);
	}
	if (w->settled) {
		text_lit(&t, ",\"settled\":");
		text_json(&t, w->settled->number);
	}
	tail(w, &t, proposal ? proposal->solutions : 0);
	return text_view(&t);
}
