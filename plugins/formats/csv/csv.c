/* csv - tables of text: which column is which field is said in the configuration. */
#include "csv.h"

#include <string.h>

static const struct lg_option options[] = {
	LG_OPTION(struct csv_config, kind, LG_T_STR, .required = true,
		  .doc = "kind of the records: transaction, invoice, ..."),
	LG_OPTION(struct csv_config, columns, LG_T_MAP, .required = true,
		  .doc = "column to field, in the order of the columns: { Belopp: amount, Namn: counterparty.name }"),
	LG_OPTION(struct csv_config, constants, LG_T_MAP, .doc = "field to value, set in every record that is read"),
	LG_OPTION(struct csv_config, header, LG_T_BOOL, .dflt = "true", .doc = "the first row names the columns"),
	LG_OPTION(struct csv_config, separator, LG_T_STR, .dflt = ",", .min = 1, .max = 3,
		  .doc = "one character between the fields, or `tab`"),
	LG_OPTION(struct csv_config, decimal, LG_T_CHOICE, .dflt = "point", .choices = "point|comma",
		  .doc = "what stands before the decimals"),
	LG_OPTION(struct csv_config, grouping, LG_T_STR, .max = 1,
		  .doc = "a character between thousands that is passed over"),
	LG_OPTION(struct csv_config, dates, LG_T_LIST, .dflt = "YYYY-MM-DD",
		  .doc = "formats of dates, of YYYY or YY, MM or M, DD or D; the first is written"),
	LG_OPTION(struct csv_config, encoding, LG_T_CHOICE, .dflt = "utf-8",
		  .choices = "utf-8|latin1|cp437|windows-1252", .doc = "of the texts"),
};

const char *const csv_encodings[] = { "UTF-8", "ISO-8859-1", "CP437", "CP1252" };

char csv_separator(const struct csv_config *cfg)
{
	if (cfg->separator.len == 0)
		return ',';
	return csv_same(cfg->separator, LG_STR("tab"), false) ? '\t' : cfg->separator.ptr[0];
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool csv_same(lg_str a, lg_str b, bool any_case)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (any_case ? lower(a.ptr[i]) != lower(b.ptr[i]) : a.ptr[i] != b.ptr[i])
			return false;
	return true;
}

static void check_paths(const struct csv_config *c, const struct lg_report *report, uint16_t kind)
{
	struct csv_path path;
	char why[300];

	for (size_t i = 0; i < c->columns.count; i++)
		if (csv_path_parse(report->host, kind, c->columns.items[i].value, &path, why, sizeof why))
			report->error(report, &c->columns.items[i].value, "%s", why);
	for (size_t i = 0; i < c->constants.count; i++)
		if (csv_path_parse(report->host, kind, c->constants.items[i].key, &path, why, sizeof why))
			report->error(report, &c->constants.items[i].key, "%s", why);
}

static void csv_check(const void *config, const struct lg_report *report)
{
	const struct csv_config *c = config;
	uint16_t kind;

	if (c->separator.len > 1 && !csv_same(c->separator, LG_STR("tab"), false))
		report->error(report, &c->separator, "the separator is one character, or tab");
	if (c->separator.len == 1 && strchr("\"\r\n", c->separator.ptr[0]) != NULL)
		report->error(report, &c->separator, "a quote or the end of a line cannot separate fields");
	if (c->columns.count == 0 || c->columns.count > COLUMNS_MAX)
		report->error(report, &c->columns, "1 to %d columns are possible", COLUMNS_MAX);
	for (size_t i = 0; i < c->dates.count; i++)
		if (!csv_date_format_ok(c->dates.items[i]))
			report->error(report, &c->dates.items[i],
				      "\"%.*s\" is not a format of dates like YYYY-MM-DD or D.M.YY",
				      (int)c->dates.items[i].len, c->dates.items[i].ptr);
	if (report->host == NULL)
		return;
	kind = report->host->kind(c->kind);
	if (kind == 0)
		report->error(report, &c->kind, "\"%.*s\" is not a kind of record", (int)c->kind.len, c->kind.ptr);
	else
		check_paths(c, report, kind);
}

static const struct lg_options option_table = LG_OPTIONS(struct csv_config, options);

/* Nothing in a table says that it is one: csv is used where it is asked for. */
static int csv_sniff(lg_str head)
{
	(void)head;
	return 0;
}

static const struct lg_format formats[] = {
	{
		.size = sizeof(struct lg_format),
		.name = "csv",
		.doc = "tables of text, columns by configuration",
		.reads = UINT64_MAX,
		.writes = UINT64_MAX,
		.suffix = ".csv",
		.options = &option_table,
		.sniff = csv_sniff,
		.read = csv_read,
		.write = csv_write,
		.check = csv_check,
	},
	{
		.size = sizeof(struct lg_format),
		.name = "csv_lines",
		.doc = "csv without a header: rows are appended",
		.flags = LG_F_LINES,
		.reads = UINT64_MAX,
		.writes = UINT64_MAX,
		.suffix = ".csv",
		.options = &option_table,
		.sniff = csv_sniff,
		.read = csv_read_lines,
		.write = csv_write_lines,
		.check = csv_check,
	},
};

const struct lg_plugin LG_PLUGIN_SYMBOL = { LG_PLUGIN_HEAD("csv", "0.1.0", "tables of text"),
					    .format_size = sizeof(struct lg_format),
					    .format_count = sizeof formats / sizeof formats[0], .formats = formats };
