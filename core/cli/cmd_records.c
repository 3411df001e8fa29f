/* cmd_records.c - lists records; shows one. */
#include "core/cli/summary.h"
#include "core/conf/cel.h"

#include "core/base/dec.h"

#include <stdio.h>
#include <string.h>

struct list {
	struct cli *cli;
	struct table *table; /* NULL: JSON lines of the whole records */
	const struct lg_expr *where;
	struct arena arena; /* of one evaluation */
	struct err err;
	bool first;
};

static void print_json(struct list *l, const struct lg_rec *rec)
{
	struct buf b = { 0 };

	if (l->cli->format == CLI_JSON)
		buf_cstr(&b, l->first ? "[\n " : ",\n ");
	l->first = false;
	rec_to_json(rec, &b);
	if (l->cli->format == CLI_JSONL)
		buf_char(&b, '\n');
	fwrite(b.ptr, 1, b.len, stdout);
	buf_fini(&b);
}

static void print_row(struct list *l, const struct store_row *row)
{
	lg_str currency;
	lg_dec amount;
	bool money = summary_amount(row->rec, &amount, &currency);

	table_cell(l->table, row->id);
	table_cell(l->table, str_of(object_get(row->kind)->name));
	table_cell(l->table, rec_str(row->rec, LG_COMMON_CLIENT));
	table_cell(l->table, rec_str(row->rec, LG_COMMON_CONNECTION));
	table_cell(l->table, summary_name(l->cli, row->rec));
	table_cell(l->table, money ? cli_amount(l->cli, amount, currency) : STR_NONE);
	table_cell(l->table, currency);
}

static bool on_row(void *ctx, const struct store_row *row)
{
	struct list *l = ctx;
	bool yes = true;

	if (row->rec == NULL)
		return true;
	if (l->where && !cel_eval_bool(l->where, row->rec, &l->arena, &yes, &l->err))
		return false;
	arena_reset(&l->arena);
	if (yes && l->table)
		print_row(l, row);
	else if (yes)
		print_json(l, row->rec);
	return true;
}

static bool kinds_of(const char *name, uint64_t *kinds)
{
	const struct object *o = object_by_name(str_of(name));

	if (o == NULL || !o->is_kind) {
		fprintf(stderr, "loligo: there is no kind \"%s\"; `loligo plugins --records` lists them\n", name);
		return false;
	}
	*kinds = LG_KIND_BIT(o->id);
	return true;
}

static bool compile_where(struct list *l, const char *text, uint64_t kinds)
{
	struct cel_env env = { .kinds = kinds ? kinds : ~(uint64_t)0 };
	struct err err = { 0 };

	if (text == NULL)
		return true;
	for (uint16_t k = 0; k < 64; k++)
		if (object_get(k) == NULL || !object_get(k)->is_kind)
			env.kinds &= ~LG_KIND_BIT(k);
	l->where = cel_compile(&l->cli->arena, str_of(text), &env, LG_X_BOOL, &err);
	if (l->where)
		return true;
	err_at(&err, "--where", err.line, err.column);
	cli_fail(&err);
	return false;
}

static int list(struct list *l, const struct store_filter *filter)
{
	static const struct column columns[] = { { "id", "id", LEFT },
						 { "kind", "kind", LEFT },
						 { "client", "client", LEFT },
						 { "connection", "connection", LEFT },
						 { "name", "name", LEFT },
						 { "amount", "amount", RIGHT },
						 { "currency", "currency", LEFT } };
	struct err err = { 0 };
	bool ok;

	l->first = true;
	if (l->cli->format == CLI_TABLE)
		l->table = table_new(l->cli, columns, ARRAY_LEN(columns));
	ok = view_records(l->cli->view, filter, on_row, l, &err);
	table_end(&l->table);
	if (l->cli->format == CLI_JSON)
		puts(l->first ? "[]" : "\n]");
	arena_fini(&l->arena);
	if (l->err.class != ERR_NONE)
		return cli_fail(&l->err);
	return ok ? CLI_OK : cli_fail(&err);
}

static int run(struct cli *cli, int argc, char **argv)
{
	const char *kind = cli_option(&argc, argv, "--kind"), *connection = cli_option(&argc, argv, "--connection");
	const char *where = cli_option(&argc, argv, "--where"), *client = cli_option(&argc, argv, "--client");
	struct store_filter filter = { .connection = str_of(connection), .client = str_of(client) };
	struct list l = { .cli = cli };

	if (cli_unknown(argc, argv) || argc > 1)
		return cli_usage(&cmd_records);
	if ((kind && !kinds_of(kind, &filter.kinds)) || !compile_where(&l, where, filter.kinds) || !cli_view(cli))
		return CLI_USAGE;
	return list(&l, &filter);
}

const struct command cmd_records = { "records", "records [--kind K] [--connection C] [--client C] [--where EXPR]",
				     "list records", run };

/* ---- show ---- */

static void show_object(const struct lg_rec *r, int depth);

static void show_text(lg_str s)
{
	printf(" %.*s%s\n", (int)MIN(s.len, 400), s.ptr, s.len > 400 ? "…" : "");
}

static void show_scalar(const struct lg_rec *r, const struct field *f)
{
	struct buf b = { 0 };
	lg_str text;

	rec_scalar_json(r, f, &b);
	text = buf_view(&b);
	if (f->type == FIELD_STR || f->type == FIELD_JSON)
		text = rec_str(r, f->id);
	else if (text.len > 1 && text.ptr[0] == '"')
		text = str_sub(text, 1, text.len - 2);
	show_text(text);
	buf_fini(&b);
}

static void show_field(const struct lg_rec *r, const struct field *f, int depth)
{
	printf("%*s%s:", depth * 2, "", f->name);
	if (f->type == FIELD_OBJ) {
		puts("");
		show_object(rec_obj(r, f->id), depth + 1);
		return;
	}
	if (f->type != FIELD_OBJS && f->type != FIELD_STRS) {
		show_scalar(r, f);
		return;
	}
	puts("");
	for (size_t i = 0; i < rec_count(r, f->id); i++) {
		printf("%*s-", depth * 2 + 2, "");
		if (f->type == FIELD_STRS) {
			show_text(rec_str_at(r, f->id, i));
			continue;
		}
		puts("");
		show_object(rec_obj_at(r, f->id, i), depth + 2);
	}
}

static void show_object(const struct lg_rec *r, int depth)
{
	const struct field *f;
	size_t at = 0;

	while ((f = rec_walk(r, &at)) != NULL)
		show_field(r, f, depth);
}

static int show(struct cli *cli, int argc, char **argv)
{
	struct found found = { 0 };
	struct list l = { .cli = cli, .first = true };

	if (cli_unknown(argc, argv) || argc != 2)
		return cli_usage(&cmd_show);
	if (!cli_view(cli))
		return CLI_USAGE;
	if (!summary_find(cli, argv[1], &found))
		return CLI_PROBLEM;
	for (size_t i = 0; i < found.count; i++) {
		if (found.rows[i].rec == NULL)
			printf("%.*s: its content was pruned\n", STRA(found.rows[i].id));
		else if (cli->format != CLI_TABLE)
			print_json(&l, found.rows[i].rec);
		else
			show_object(found.rows[i].rec, 0);
		if (cli->format == CLI_TABLE && i + 1 < found.count)
			puts("---");
	}
	if (cli->format == CLI_JSON)
		puts("\n]");
	return CLI_OK;
}

const struct command cmd_show = { "show", "show ID|NUMBER|REFERENCE", "one record, whole", show };
