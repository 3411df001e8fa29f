/* book.h - inside of the step. */
#pragma once
#include "plan.h"
#include "plugins/steps/items.h"

#define S(s) (int)(s).len, (s).ptr ? (s).ptr : ""

struct book_config {
	struct plan_config plan; /* of the ledger `main` */
	lg_str company, currency, series;
	struct lg_list ledgers;
};

/* ---- pool.c: text and memory of a group ---- */

struct pool {
	struct pool_chunk *head;
};

void *pool_get(struct pool *, size_t size); /* zeroed */
lg_str pool_str(struct pool *, lg_str);
lg_str pool_print(struct pool *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void pool_empty(struct pool *);

struct word {
	const char *name;
	lg_str value;
};

/* The text with its {words} filled in (unknown ones with nothing), blanks at the end cut; in the pool. */
lg_str fill_in(struct pool *, lg_str text, const struct word *, size_t count);

static inline bool str_same(lg_str a, lg_str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool str_is_text(lg_str a, const char *text)
{
	return str_same(a, (lg_str){ text, strlen(text) });
}

/* ---- what happened, as the drafts need it ---- */

/* A row of an invoice's taxes; v: its own values of the event (base and tax, or discount_tax). */
struct tax_row {
	lg_str category;
	lg_dec rate, base, tax, discount_tax;
};

struct event {
	lg_str name, client, contract, currency;
	lg_str invoice, debtor, reference; /* number, key and name, for lines and text */
	int sign;                          /* -1: the other way round */
	lg_dec values[VALUES_MAX];         /* by position, for built-in events */
	const struct tax_row *rows;
	size_t row_count;
	lg_str amounts; /* JSON, for EVENT_OTHER */
};

/* ---- drafts: a voucher that grows until its source is complete ---- */

struct draft_line {
	lg_str account, role, invoice, debtor, vat_code, text;
	lg_dec net; /* debit is positive */
};

struct draft {
	struct draft *next;
	const struct lg_ledger *ledger; /* kept by the hub */
	lg_str company, client, currency, text;
	lg_str reversal; /* text of a reversal, with {words} */
	uint8_t year_month, year_day;
	struct draft_line *lines;
	size_t count, cap;
};

/* All that one source record makes. */
struct group {
	bool active, money;
	bool undoes;        /* something in it is an undo */
	bool other;         /* of another transaction than the last one: a return reopens what that one paid */
	lg_str source, key; /* the record's id; last part of the business keys */
	lg_str event;       /* of the vouchers */
	lg_str kind;        /* first part behind ledger and company in the keys: "payment" for money */
	lg_str reference, side;
	lg_date date, decided; /* INT32_MIN: unknown */
	struct draft *drafts;
	struct pool pool;
};

#define NO_DATE INT32_MIN

struct plan_entry {
	char *path;
	struct plan *plan;
};

struct book {
	const struct book_config *config;
	const struct lg_host *host;
	struct lg_instance *instance;
	struct lg_ledger main;
	struct plan *main_plan;
	struct plan_entry *plans;
	size_t plan_count;
	struct group group;
	struct group last; /* the last transaction, without drafts */
};

/* ledgers.c: the step's ledgers in turn; NULL at the end. */
const struct lg_ledger *book_ledger(struct book *, struct lg_run *, size_t i);
/* The plan of a ledger for a client (may be NULL); NULL after explain. */
const struct plan *book_plan(struct book *, struct lg_run *, const struct lg_ledger *, const struct lg_client *,
			     lg_str contract);
/* Loads and proves what the config names. */
void book_check(const void *config, const struct lg_report *);
struct plan *book_main_plan(const struct book_config *, const struct lg_host *, struct lg_instance *);

/* draft.c: adds the event to the group's draft in each ledger, or to none of them: false after explain. */
bool draft_event(struct book *, struct lg_run *, struct group *, const struct event *);

/* financing.c: values of a financing record's amounts, checked against what is given; false after explain. */
bool financing_values(struct book *, struct lg_run *, const struct plan_event *, const struct event *, lg_dec *values);

/* voucher.c: gives the group's drafts numbers and emits them; the group is empty afterwards. */
lg_status group_finish(struct book *, struct lg_run *);
void group_drop(struct group *);

/* invoice.c and money.c: fill a new group; false after explain. */
bool invoice_group(struct book *, struct lg_run *, const struct lg_rec *invoice, struct group *);
bool financing_group(struct book *, struct lg_run *, const struct lg_rec *financing, struct group *);
void money_group(struct book *, const struct lg_rec *transaction, struct group *);
bool money_allocation(struct book *, struct lg_run *, const struct lg_rec *allocation, struct group *);
/* The rows of an invoice's taxes that booking it left behind; NULL: unknown. */
const struct lg_rec *invoice_taxes(struct book *, struct lg_run *, lg_str invoice_id);
/* In the pool; false after explain. */
bool invoice_rows(struct book *, struct lg_run *, const struct lg_rec *invoice, struct pool *, struct tax_row **rows,
		  size_t *count);
