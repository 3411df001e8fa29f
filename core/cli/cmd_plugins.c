/* cmd_plugins.c - what there is, and what can be set: everything printed here comes from the tables that work with it.
 */
#include "core/cli/cli.h"
#include "core/conf/options.h"

#include <stdio.h>
#include <string.h>

static void kinds_text(uint64_t kinds, struct buf *out)
{
	for (uint16_t k = 1; k < 64; k++) {
		const struct object *o = kinds & LG_KIND_BIT(k) ? object_get(k) : NULL;

		if (o && o->is_kind)
			buf_addf(out, "%s%s", out->len ? " " : "", o->name);
	}
}

/* ---- the list ---- */

static const struct column list_columns[] = { { "kind", "kind", LEFT },
					      { "name", "name", LEFT },
					      { "version", "version", LEFT },
					      { "plugin", "plugin", LEFT },
					      { "doc", "what it is", LEFT } };

static void list_row(struct table *t, const char *kind, const char *name, const char *doc, const struct plugin *p)
{
	table_cell(t, str_of(kind));
	table_cell(t, str_of(name));
	table_cell(t, str_of(p->desc.version));
	table_cell(t, str_of(p->desc.name));
	table_cell(t, str_of(doc));
}

static int list(struct cli *cli)
{
	struct table *t = table_new(cli, list_columns, ARRAY_LEN(list_columns));

	for (size_t i = 0; i < cli->registry.count; i++) {
		const struct plugin *p = cli->registry.plugins[i];

		for (uint32_t k = 0; k < p->desc.format_count; k++)
			list_row(t, "format", p->formats[k].name, p->formats[k].doc, p);
		for (uint32_t k = 0; k < p->desc.step_count; k++)
			list_row(t, "step", p->steps[k].name, p->steps[k].doc, p);
		for (uint32_t k = 0; k < p->desc.connector_count; k++)
			list_row(t, "connector", p->connectors[k].name, p->connectors[k].doc, p);
	}
	table_end(&t);
	return CLI_OK;
}

/* ---- one ---- */

/* What describes a plugin is for people: where rows are JSON it is talk. */
static FILE *talk(const struct cli *cli)
{
	return cli->format == CLI_TABLE ? stdout : stderr;
}

static void print_options(struct cli *cli, const struct lg_options *options)
{
	static const struct column columns[] = { { "name", "option", LEFT },     { "type", "type", LEFT },
						 { "default", "default", LEFT }, { "range", "range", LEFT },
						 { "unit", "unit", LEFT },       { "doc", "what it is", LEFT } };
	struct options_row *rows = NULL;
	struct table *t;
	size_t n = options ? options_describe(&cli->arena, options, &rows) : 0;

	if (n == 0)
		fputs("no options\n", talk(cli));
	t = table_new(cli, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < n; i++) {
		table_cell(t, rows[i].name);
		table_cell(t, rows[i].type);
		table_cell(t, rows[i].required ? LG_STR("(required)") : rows[i].dflt);
		table_cell(t, rows[i].range);
		table_cell(t, rows[i].unit);
		table_cell(t, rows[i].doc);
	}
	table_end(&t);
}

static void print_kinds(const struct cli *cli, const char *what, uint64_t kinds)
{
	struct buf b = { 0 };

	if (kinds == 0)
		return;
	kinds_text(kinds, &b);
	fprintf(talk(cli), "%s: %s\n", what, buf_text(&b));
	buf_fini(&b);
}

static bool describe_connector(struct cli *cli, const struct lg_connector *c)
{
	if (c == NULL)
		return false;
	fprintf(talk(cli), "connector %s: %s\n", c->name, c->doc);
	for (uint32_t i = 0; i < c->operation_count; i++)
		fprintf(talk(cli), "operation %s: %s (%s, %s)\n", c->operations[i].name, c->operations[i].doc,
			c->operations[i].repeatable ? "may be repeated" : "is not repeated",
			c->operations[i].probes ? "can be asked about" : "cannot be asked about");
	print_options(cli, c->options);
	return true;
}

static bool describe_format(struct cli *cli, const struct lg_format *f)
{
	if (f == NULL)
		return false;
	fprintf(talk(cli), "format %s: %s\n", f->name, f->doc);
	print_kinds(cli, "reads", f->reads);
	print_kinds(cli, "writes", f->writes);
	print_options(cli, f->options);
	return true;
}

static bool describe_step(struct cli *cli, const struct lg_step *s)
{
	if (s == NULL)
		return false;
	fprintf(talk(cli), "step %s: %s\n", s->name, s->doc);
	print_kinds(cli, "takes", s->takes);
	print_kinds(cli, "gives", s->gives ? s->gives : s->takes);
	print_options(cli, s->options);
	return true;
}

/* ---- the fields of records ---- */

static int records(struct cli *cli)
{
	static const struct column columns[] = { { "object", "object", LEFT }, { "field", "field", LEFT },
						 { "type", "type", LEFT },     { "of", "of", LEFT },
						 { "term", "term", LEFT },     { "id", "id", LEFT },
						 { "doc", "meaning", LEFT } };
	struct table *t = table_new(cli, columns, ARRAY_LEN(columns));

	for (uint16_t k = 0; k < OBJECT_MAX; k++) {
		const struct object *o = object_get(k);

		for (size_t i = 0; o && i < o->count; i++) {
			const struct field *f = &o->fields[i];
			bool refers = f->type == FIELD_OBJ || f->type == FIELD_OBJS;

			table_cell(t, str_of(o->name));
			table_cell(t, str_of(f->name));
			table_cell(t, str_of(field_type_name(f->type)));
			table_cell(t, refers ? str_of(object_get(f->ref)->name) : STR_NONE);
			table_cell(t, str_of(f->term));
			table_cellf(t, "0x%04x", f->id);
			table_cell(t, str_of(f->doc));
		}
	}
	table_end(&t);
	return CLI_OK;
}

static int run(struct cli *cli, int argc, char **argv)
{
	bool fields = cli_flag(&argc, argv, "--records"), found;
	lg_str name;

	if (cli_unknown(argc, argv) || argc > 2)
		return cli_usage(&cmd_plugins);
	if (fields)
		return records(cli);
	if (!cli_plugins(cli))
		return CLI_USAGE;
	if (argc == 1)
		return list(cli);
	name = str_of(argv[1]);
	found = describe_connector(cli, registry_connector(&cli->registry, name));
	found |= describe_format(cli, registry_format(&cli->registry, name));
	found |= describe_step(cli, registry_step(&cli->registry, name));
	if (found)
		return CLI_OK;
	fprintf(stderr, "loligo: there is no plugin \"%s\"; `loligo plugins` lists them\n", argv[1]);
	return CLI_USAGE;
}

const struct command cmd_plugins = { "plugins", "plugins [NAME | --records]",
				     "list plugins, describe one, or the fields of records", run };
