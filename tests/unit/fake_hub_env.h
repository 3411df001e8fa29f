/* fake_hub_env.h - a few formats, steps and a connector as tables only, for tests that load a configuration. */
#pragma once
#include "core/conf/hub.h"

#include <string.h>

struct fake_file {
	lg_str read, write, move;
	int64_t settle, max_size, after;
	lg_str token;
	const struct lg_template *name;
};

static const struct lg_option fake_file_rows[] = {
	LG_OPTION(struct fake_file, read, LG_T_PATH, .doc = "files to read, a glob"),
	LG_OPTION(struct fake_file, write, LG_T_PATH, .doc = "file to write"),
	LG_OPTION(struct fake_file, settle, LG_T_DURATION, .dflt = "2s", .min = 100, .max = 3600000,
		  .doc = "how long a file must be unchanged"),
	LG_OPTION(struct fake_file, max_size, LG_T_SIZE, .dflt = "1GiB", .min = 1, .doc = "largest file"),
	LG_OPTION(struct fake_file, after, LG_T_CHOICE, .choices = "keep|move|delete", .dflt = "keep",
		  .doc = "what becomes of a file that was read"),
	LG_OPTION(struct fake_file, move, LG_T_PATH, .doc = "folder for files that were read"),
	LG_OPTION(struct fake_file, token, LG_T_SECRET, .doc = "a secret"),
};
static const struct lg_options fake_file_table = LG_OPTIONS(struct fake_file, fake_file_rows);

static void fake_file_check(const void *config, const struct lg_report *report)
{
	const struct fake_file *c = config;

	if (c->read.len == 0 && c->write.len == 0)
		report->error(report, c, "\"read\" or \"write\" is needed");
	if (c->after == 1 && c->move.len == 0)
		report->error(report, &c->after, "\"after: move\" needs \"move\"");
}

static void fake_pull(void *state)
{
	(void)state;
}

static void fake_deliver(void *state, const struct lg_delivery *d)
{
	(void)state;
	(void)d;
}

static const struct lg_connector fake_connectors[] = {
	{ .size = sizeof(struct lg_connector),
	  .name = "file",
	  .options = &fake_file_table,
	  .check = fake_file_check,
	  .pull = fake_pull,
	  .deliver = fake_deliver },
	{ .size = sizeof(struct lg_connector), .name = "smtp", .deliver = fake_deliver },
};

struct fake_csv {
	lg_str separator;
	struct lg_expr_map columns;
};
static const struct lg_option fake_csv_rows[] = {
	LG_OPTION(struct fake_csv, separator, LG_T_STR, .dflt = ";", .min = 1, .max = 1, .doc = "between the columns"),
	LG_OPTION(struct fake_csv, columns, LG_T_EXPRS, .doc = "field: expression"),
};
static const struct lg_options fake_csv_table = LG_OPTIONS(struct fake_csv, fake_csv_rows);

#define K(kind) LG_KIND_BIT(LG_##kind)

static const struct lg_format fake_formats[] = {
	{ .size = sizeof(struct lg_format), .name = "ubl", .reads = K(INVOICE), .writes = K(INVOICE) },
	{ .size = sizeof(struct lg_format), .name = "camt", .reads = K(STATEMENT) | K(TRANSACTION) },
	{ .size = sizeof(struct lg_format),
	  .name = "sie",
	  .reads = K(VOUCHER) | K(BOOKS),
	  .writes = K(VOUCHER) | K(BOOKS) },
	{ .size = sizeof(struct lg_format),
	  .name = "csv",
	  .reads = K(INVOICE) | K(PAYMENT),
	  .writes = K(INVOICE) | K(PAYMENT),
	  .options = &fake_csv_table },
};

struct fake_policy {
	int64_t days;
	struct lg_list stages;
};
static const struct lg_option fake_policy_rows[] = {
	LG_OPTION(struct fake_policy, days, LG_T_INT, .min = 0, .max = 365, .unit = "days", .doc = "how far back"),
	LG_OPTION(struct fake_policy, stages, LG_T_LIST, .dflt = "[S1, S2]", .doc = "allowed stages"),
};
static const struct lg_options fake_policy_table = LG_OPTIONS(struct fake_policy, fake_policy_rows);

struct fake_match {
	struct fake_policy policy;
};
static const struct lg_option fake_match_rows[] = {
	LG_OPTION(struct fake_match, policy, LG_T_OBJ, .sub = &fake_policy_table, .file = true, .doc = "how to match"),
};
static const struct lg_options fake_match_table = LG_OPTIONS(struct fake_match, fake_match_rows);

struct fake_book {
	lg_str plan;
	struct lg_list ledgers;
	bool load;
};
static const struct lg_option fake_book_rows[] = {
	LG_OPTION(struct fake_book, plan, LG_T_PATH, .doc = "plan of accounts"),
	LG_OPTION(struct fake_book, ledgers, LG_T_LIST, .doc = "which books"),
	LG_OPTION(struct fake_book, load, LG_T_BOOL, .doc = "look at the plans"),
};
static const struct lg_options fake_book_table = LG_OPTIONS(struct fake_book, fake_book_rows);

struct fake_plan {
	int64_t receivables;
	lg_str name;
};
static const struct lg_option fake_plan_rows[] = {
	LG_OPTION(struct fake_plan, receivables, LG_T_INT, .required = true, .doc = "account"),
	LG_OPTION(struct fake_plan, name, LG_T_STR, .doc = "name"),
};
static const struct lg_options fake_plan_table = LG_OPTIONS(struct fake_plan, fake_plan_rows);

static void fake_plan_check(const struct lg_report *report, lg_str path)
{
	const struct fake_plan *plan = report->load(report, &fake_plan_table, path);

	if (plan != NULL && plan->receivables > 2000)
		report->error(report, &plan->receivables, "an account of assets begins with 1");
}

static void fake_book_check(const void *config, const struct lg_report *report)
{
	const struct fake_book *c = config;
	const struct lg_ledger *ledgers;
	size_t count = c->load ? report->ledgers(report, &ledgers) : 0;

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < ledgers[i].plan_count; j++)
			fake_plan_check(report, ledgers[i].plans[j]);
}

struct fake_drop {
	const struct lg_expr *when;
};
static const struct lg_option fake_drop_rows[] = {
	LG_OPTION(struct fake_drop, when, LG_T_EXPR, .required = true, .result = LG_X_BOOL, .doc = "which"),
};
static const struct lg_options fake_drop_table = LG_OPTIONS(struct fake_drop, fake_drop_rows);

static const struct lg_step fake_steps[] = {
	{ .size = sizeof(struct lg_step), .name = "register", .takes = K(INVOICE) },
	{ .size = sizeof(struct lg_step),
	  .name = "match",
	  .takes = K(TRANSACTION),
	  .gives = K(ALLOCATION),
	  .options = &fake_match_table },
	{ .size = sizeof(struct lg_step),
	  .name = "book",
	  .takes = K(INVOICE) | K(TRANSACTION) | K(ALLOCATION),
	  .gives = K(VOUCHER),
	  .options = &fake_book_table,
	  .check = fake_book_check },
	{ .size = sizeof(struct lg_step),
	  .name = "drop",
	  .takes = K(INVOICE) | K(TRANSACTION),
	  .options = &fake_drop_table },
};

#define FAKE_FINDERS(what, type, table) \
	static const struct type *fake_##what(void *ctx, lg_str name) \
	{ \
		(void)ctx; \
		for (size_t i = 0; i < ARRAY_LEN(table); i++) \
			if (str_is(name, table[i].name)) \
				return &table[i]; \
		return NULL; \
	} \
	static size_t fake_##what##s_(void *ctx, struct arena *a, const lg_str **out) \
	{ \
		lg_str *names = arena_array(a, lg_str, ARRAY_LEN(table)); \
\
		(void)ctx; \
		for (size_t i = 0; i < ARRAY_LEN(table); i++) \
			names[i] = str_of(table[i].name); \
		*out = names; \
		return ARRAY_LEN(table); \
	}

FAKE_FINDERS(connector, lg_connector, fake_connectors)
FAKE_FINDERS(format, lg_format, fake_formats)
FAKE_FINDERS(step, lg_step, fake_steps)

/* Stands in for the language: a text with "bad" in it is wrong there; any other is right. */
static const void *fake_compile(struct arena *a, lg_str text, struct err *err)
{
	size_t at = str_find(text, LG_STR("bad"));

	if (at == text.len)
		return arena_str(a, text).ptr;
	err_set(err, ERR_CONFIG, "cel.name", "no field \"bad\"");
	err_at(err, "", 1, (int)at + 1);
	return NULL;
}

static const struct lg_expr *fake_expr(struct arena *a, lg_str text, uint64_t kinds, enum lg_expr_result result,
				       struct err *err)
{
	(void)kinds;
	(void)result;
	return fake_compile(a, text, err);
}

static const struct lg_expr *fake_set(struct arena *a, lg_str path, lg_str text, uint64_t kinds, struct err *err)
{
	(void)kinds;
	(void)path;
	return fake_compile(a, text, err);
}

static const struct lg_template *fake_template(struct arena *a, lg_str text, uint64_t kinds, struct err *err)
{
	(void)kinds;
	return fake_compile(a, text, err);
}

static ATTR_UNUSED const struct options_compile fake_compilers = { fake_expr, fake_set, fake_template };

static const struct hub_env fake_hub_env = { .connector = fake_connector,
					     .format = fake_format,
					     .step = fake_step,
					     .connectors = fake_connectors_,
					     .formats = fake_formats_,
					     .steps = fake_steps_ };
