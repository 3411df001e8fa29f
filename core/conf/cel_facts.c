/* What is known at a place of the expression because of the conditions that lead there: fields that has() has found,
   and kinds that the record cannot be of. */
#include "core/conf/cel_priv.h"

#include <string.h>

/* Amounts, dates and objects that a record cannot be without: mandatory in EN 16931 (BT, BG), in ISO 20022 or by what
   the record is.  Everything else is optional and needs has(). */
static const uint16_t required[] = {
	LG_COMMON_RECEIVED_AT,
	LG_COMMON_REVISION,
	LG_INVOICE_ISSUE_DATE,
	LG_INVOICE_TOTALS,
	LG_TOTALS_LINES,
	LG_TOTALS_NET,
	LG_TOTALS_GROSS,
	LG_TOTALS_PAYABLE,
	LG_TAX_BASE,
	LG_TAX_AMOUNT,
	LG_ALLOWANCE_AMOUNT,
	LG_LINE_QUANTITY,
	LG_LINE_NET,
	LG_LINE_PRICE,
	LG_STATEMENT_ACCOUNT,
	LG_STATEMENT_BALANCE_AMOUNT,
	LG_TRANSACTION_ACCOUNT,
	LG_TRANSACTION_AMOUNT,
	LG_MONEY_AMOUNT,
	LG_CHARGE_AMOUNT,
	LG_FEE_AMOUNT,
	LG_COMPONENT_AMOUNT,
	LG_PAYMENT_AMOUNT,
	LG_PAYOUT_AMOUNT,
	LG_ALLOCATION_FROM,
	LG_ALLOCATION_TO,
	LG_ALLOCATION_AMOUNT,
	LG_ALLOCATION_DECIDED,
	LG_PAID_AMOUNT,
	LG_ADJUSTMENT_AMOUNT,
	LG_DECIDED_AT,
	LG_VOUCHER_DATE,
	LG_INSTALMENT_DUE_DATE,
	LG_INSTALMENT_AMOUNT,
	LG_FINANCIAL_YEAR_START,
	LG_FINANCIAL_YEAR_END,
	LG_FINANCING_DATE,
	LG_PAYMENT_ORDER_EXECUTION_DATE,
	LG_PAYMENT_ORDER_AMOUNT,
	LG_DELIVERY_AT,
	LG_OPEN_ITEM_ISSUE_DATE,
	LG_OPEN_ITEM_AMOUNT,
	LG_OPEN_ITEM_OPEN,
	LG_BALANCE_AMOUNT,
	LG_WORK_ITEM_SINCE,
};

bool field_is_required(uint16_t id)
{
	for (size_t i = 0; i < ARRAY_LEN(required); i++)
		if (required[i] == id)
			return true;
	return false;
}

/* "totals.payable", "#2.net" for the variable of a macro; empty: a place that cannot be named. */
static lg_str path_of(struct arena *a, const struct node *n)
{
	lg_str up;

	if (n->op == N_ROOT)
		return n->name;
	if (n->op == N_SLOT)
		return arena_printf(a, "#%u", n->slot);
	if (n->op != N_FIELD)
		return STR_NONE;
	up = path_of(a, n->args[0]);
	return up.len ? arena_printf(a, "%.*s.%.*s", STRA(up), STRA(n->name)) : STR_NONE;
}

struct facts_mark facts_mark(const struct check *c)
{
	return (struct facts_mark){ c->fact_count, c->kinds };
}

void facts_restore(struct check *c, struct facts_mark m)
{
	c->fact_count = m.count;
	c->kinds = m.kinds;
}

/* has(a.b.c) tells that a.b and a are there too. */
static void present(struct check *c, const struct node *n)
{
	for (; n->op == N_ROOT || n->op == N_FIELD; n = n->args[0]) {
		lg_str path = path_of(c->arena, n);

		if (path.len == 0)
			return;
		if (c->fact_count == c->fact_cap) {
			size_t cap = c->fact_cap ? c->fact_cap * 2 : 8;
			lg_str *more = arena_array(c->arena, lg_str, cap);

			if (c->fact_count > 0)
				memcpy(more, c->facts, sizeof *more * c->fact_count);
			c->facts = more;
			c->fact_cap = cap;
		}
		c->facts[c->fact_count++] = path;
		if (n->op == N_ROOT)
			return;
	}
}

static uint64_t kind_bit(const struct node *n)
{
	const struct object *o;

	if (n->op != N_CONST || n->u.value.kind != CEL_STR)
		return 0;
	o = object_by_name(cel_str(n->u.value));
	return o && o->is_kind ? LG_KIND_BIT(o->id) : 0;
}

/* kind == "x", kind != "x", kind in ["x", "y"]. */
static void learn_kind(struct check *c, const struct node *n, bool when)
{
	const struct node *a = n->args[0], *b = n->args[1];
	uint64_t bits = 0;

	if (n->op != N_IN && a->op == N_CONST) {
		const struct node *t = a;

		a = b;
		b = t;
	}
	if (a->op != N_KIND)
		return;
	if (n->op != N_IN) {
		bits = kind_bit(b);
	} else if (b->op == N_LIST) {
		for (uint32_t i = 0; i < b->count; i++) {
			if (b->args[i]->op != N_CONST)
				return;
			bits |= kind_bit(b->args[i]);
		}
	}
	if (bits == 0)
		return;
	if ((n->op == N_NE) == when)
		bits = ~bits;
	if (c->kinds & bits) /* a condition that is never true is not what we judge here */
		c->kinds &= bits;
}

void facts_learn(struct check *c, const struct node *n, bool when)
{
	switch (n->op) {
	case N_HAS:
		if (when)
			present(c, n->args[0]);
		return;
	case N_NOT:
		facts_learn(c, n->args[0], !when);
		return;
	case N_AND:
	case N_OR:
		if ((n->op == N_AND) == when)
			for (uint32_t i = 0; i < n->count; i++)
				facts_learn(c, n->args[i], when);
		return;
	case N_EQ:
	case N_NE:
	case N_IN:
		learn_kind(c, n, when);
		return;
	default:
		return;
	}
}

bool facts_know(struct check *c, const struct node *n)
{
	lg_str path = path_of(c->arena, n);

	for (size_t i = 0; path.len > 0 && i < c->fact_count; i++)
		if (str_eq(c->facts[i], path))
			return true;
	return false;
}
