#include "book.h"

#include <stdlib.h>

static lg_status open_step(void *state, const void *config, const struct lg_host *host, struct lg_instance *instance)
{
	struct book *b = state;
	const struct book_config *c = config;

	*b = (struct book){ .config = c, .host = host, .instance = instance };
	b->main = (struct lg_ledger){ .size = sizeof b->main,
				      .name = LG_STR("main"),
				      .company = c->company,
				      .currency = c->currency,
				      .series = c->series,
				      .closed_until = INT32_MIN };
	group_drop(&b->group);
	group_drop(&b->last);
	if (c->ledgers.count > 0)
		return LG_OK;
	b->main_plan = book_main_plan(c, host, instance);
	return b->main_plan != NULL ? LG_OK : LG_REJECT;
}

static void drop(struct group *g)
{
	group_drop(g);
	free(g->pool.head);
	g->pool.head = NULL;
}

static void close_step(void *state)
{
	struct book *b = state;

	for (size_t i = 0; i < b->plan_count; i++) {
		free(b->plans[i].path);
		plan_free(&b->plans[i].plan);
	}
	free(b->plans);
	plan_free(&b->main_plan);
	drop(&b->group);
	drop(&b->last);
}

/* The group that was open is complete now; the new one takes its place. */
static lg_status replace(struct book *b, struct lg_run *run, struct group *next)
{
	lg_status status = group_finish(b, run);

	drop(&b->group);
	b->group = *next;
	b->group.active = true;
	return status;
}

/* A record that cannot be booked leaves the open group as it is: what this call did is undone, what the group holds is
 * not. */
static lg_status run_single(struct book *b, struct lg_run *run, const struct lg_rec *rec,
			    bool (*fill)(struct book *, struct lg_run *, const struct lg_rec *, struct group *))
{
	struct group next = { .date = NO_DATE, .decided = NO_DATE };

	if (fill(b, run, rec, &next))
		return replace(b, run, &next);
	drop(&next);
	return LG_REJECT;
}

static lg_status run_transaction(struct book *b, struct lg_run *run, const struct lg_rec *rec)
{
	struct group next = { .date = NO_DATE, .decided = NO_DATE };

	drop(&b->last);
	money_group(b, rec, &b->last);
	money_group(b, rec, &next);
	return replace(b, run, &next);
}

/* Of the transaction whose group is open (a credit note that is netted in it, too), or of one of its own. */
static bool belongs(const struct book *b, const struct lg_rec *a)
{
	const struct lg_records *r = b->host->rec;
	const struct lg_rec *from = r->obj(a, LG_ALLOCATION_FROM);

	if (!b->group.money || from == NULL)
		return false;
	return str_is_text(r->str(from, LG_LINK_KIND), "credit_note") ||
	       str_same(r->str(from, LG_LINK_ID), b->group.source);
}

static lg_status run_allocation(struct book *b, struct lg_run *run, const struct lg_rec *a)
{
	const struct lg_records *r = b->host->rec;
	const struct lg_rec *from = r->obj(a, LG_ALLOCATION_FROM);
	struct group next = { .date = NO_DATE, .decided = NO_DATE, .money = true };

	if (belongs(b, a))
		return money_allocation(b, run, a, &b->group) ? LG_OK : LG_REJECT;
	next.kind = LG_STR("payment");
	next.source = pool_str(&next.pool, from ? r->str(from, LG_LINK_ID) : (lg_str){ 0 });
	next.reference = pool_str(&next.pool, r->str(a, LG_ALLOCATION_BANK_REFERENCE));
	next.other = !str_same(next.source, b->last.source);
	if (!next.other) {
		next.side = pool_str(&next.pool, b->last.side);
		next.date = b->last.date;
	}
	if (money_allocation(b, run, a, &next))
		return replace(b, run, &next);
	drop(&next);
	return LG_REJECT;
}

static lg_status run(void *state, struct lg_run *run_, const struct lg_rec *rec)
{
	struct book *b = state;
	uint16_t kind = b->host->rec->kind(rec);

	if (kind == LG_TRANSACTION)
		return run_transaction(b, run_, rec);
	if (kind == LG_ALLOCATION)
		return run_allocation(b, run_, rec);
	return run_single(b, run_, rec, kind == LG_INVOICE ? invoice_group : financing_group);
}

static lg_status flush(void *state, struct lg_run *run_)
{
	return group_finish(state, run_);
}

static void reset(void *state)
{
	struct book *b = state;

	group_drop(&b->group);
}

static const struct lg_option rows[] = {
	LG_OPTION(struct book_config, plan, LG_T_OBJ, .sub = &plan_options, .file = true,
		  .doc = "the plan of the only ledger, `main`"),
	LG_OPTION(struct book_config, company, LG_T_STR, .doc = "legal id of the company of `main`"),
	LG_OPTION(struct book_config, currency, LG_T_STR,
		  .doc = "currency of `main`; else the plan's, else each document's"),
	LG_OPTION(struct book_config, series, LG_T_STR, .dflt = "A", .doc = "series of the vouchers of `main`"),
	LG_OPTION(struct book_config, ledgers, LG_T_LIST, .doc = "names from the hub's `ledgers`, instead of `plan`"),
};

static const struct lg_options options = LG_OPTIONS(struct book_config, rows);

static const struct lg_step steps[] = {
	{ .size = sizeof(struct lg_step),
	  .name = "book",
	  .doc = "Makes vouchers of invoices, payments and financing events, by plans",
	  .takes = LG_KIND_BIT(LG_INVOICE) | LG_KIND_BIT(LG_TRANSACTION) | LG_KIND_BIT(LG_ALLOCATION) |
		   LG_KIND_BIT(LG_FINANCING),
	  .gives = LG_KIND_BIT(LG_VOUCHER),
	  .options = &options,
	  .state_size = sizeof(struct book),
	  .check = book_check,
	  .open = open_step,
	  .run = run,
	  .flush = flush,
	  .reset = reset,
	  .close = close_step },
};

const struct lg_plugin lg_plugin = {
	LG_PLUGIN_HEAD("book", "1.0", "Bookkeeping by plans"),
	.step_size = sizeof(struct lg_step),
	.step_count = 1,
	.steps = steps,
};
