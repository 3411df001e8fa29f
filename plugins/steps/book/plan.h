/* plan.h - plans: which lines an event makes.  The structs that YAML is read into, and the proved form. */
#pragma once
#include "linear.h"

struct plan_line_config {
	lg_str debit, credit, amount, text, vat_code;
	int64_t each; /* 1: a line for each row of the taxes */
};

struct plan_event_config {
	lg_str name; /* "event" or "event@contract" */
	lg_str none, text;
	struct lg_list given, optional;
	struct lg_objs lines; /* struct plan_line_config */
};

struct plan_vat_config {
	lg_str category, rate, sales, vat, code;
};

struct plan_config {
	lg_str use, currency, reversal;
	struct lg_map roles;
	struct lg_list items;
	struct lg_objs vat;    /* struct plan_vat_config */
	struct lg_objs events; /* struct plan_event_config */
};

extern const struct lg_options plan_options;

/* ---- events that flows make ---- */

enum built_in {
	EVENT_REGISTERED,
	EVENT_RECEIVED,
	EVENT_SIMPLE,
	EVENT_OTHER /* of a financing record */
};

/* Positions of the values of EVENT_REGISTERED and EVENT_RECEIVED; EVENT_SIMPLE has PAID_ONLY. */
enum { REG_PAYABLE, REG_PREPAID, REG_BASE, REG_TAX, REG_ROUNDING };
enum {
	PAY_CLOSED,
	PAY_PAID,
	PAY_ROUNDING,
	PAY_BANK_FEE,
	PAY_DISCOUNT,
	PAY_DISCOUNT_TAX,
	PAY_FEE,
	PAY_INTEREST,
	PAY_WRITE_OFF,
	PAY_CREDIT
};
enum { PAID_ONLY };

/* The name without its @contract decides. */
enum built_in event_kind(lg_str name);

/* ---- a plan as proved ---- */

enum line_role { ROLE_ACCOUNT, ROLE_SALES, ROLE_VAT };

struct plan_line {
	bool debit, each, item; /* item: carries invoice and debtor */
	enum line_role kind;
	lg_str role, account, text, vat_code;
	struct linear amount;
};

struct plan_event {
	lg_str name, none, text;
	enum built_in kind;
	struct names names;
	bool optional[VALUES_MAX];
	struct linear *given;
	lg_str *given_text;
	size_t given_count;
	struct plan_line *lines;
	size_t count;
};

struct plan {
	lg_str currency, reversal;
	struct plan_event *events;
	size_t count;
	const struct plan_vat_config *vat;
	size_t vat_count;
};

/* How a plan is read, and where its errors go (member: address inside a config). */
struct plan_source {
	void *ctx;
	const struct plan_config *(*load)(void *ctx, lg_str path, const void *member);
	void (*error)(void *ctx, const void *member, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
};

/* NULL when something was wrong, and told.  `config` (kept) and what it uses. */
struct plan *plan_new(const struct plan_config *config, const struct plan_source *source);
void plan_free(struct plan **);
/* "event@contract", else "event"; NULL. */
const struct plan_event *plan_find(const struct plan *, lg_str event, lg_str contract);
/* The first rule that fits a row of taxes; NULL. */
const struct plan_vat_config *plan_vat(const struct plan *, const struct lg_host *, lg_str category, lg_dec rate);
