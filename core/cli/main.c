/* main.c - finds the command and runs it. */
#include "core/cli/cli.h"

#include "core/base/log.h"
#include "core/io/loop.h"

#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command *const commands[] = {
	&cmd_run,  &cmd_check,   &cmd_convert, &cmd_records, &cmd_show,    &cmd_why,
	&cmd_work, &cmd_effects, &cmd_report,  &cmd_audit,   &cmd_plugins,
};

static void print_help(FILE *out)
{
	fputs("usage: loligo [-c HUB.yaml] [--format table|json|jsonl] COMMAND ...\n\n", out);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		cli_print_usage(out, commands[i], "  ");
		fprintf(out, "      %s\n", commands[i]->help);
	}
	fputs("\n  loligo COMMAND --help says more; loligo --version tells the version\n", out);
}

static bool parse_format(struct cli *cli, const char *name)
{
	static const char *const names[] = { "table", "json", "jsonl" };

	for (size_t i = 0; name && i < ARRAY_LEN(names); i++)
		if (strcmp(name, names[i]) == 0) {
			cli->format = (enum cli_format)i;
			return true;
		}
	return name == NULL;
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static int unknown(const char *name)
{
	const char *near = NULL;

	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (str_distance(str_of(name), str_of(commands[i]->name), 2) <= 2)
			near = commands[i]->name;
	fprintf(stderr, "loligo: there is no command \"%s\"", name);
	if (near)
		fprintf(stderr, ", did you mean \"%s\"?", near);
	fputs("\nloligo --help lists them\n", stderr);
	return CLI_USAGE;
}

static int run(struct cli *cli, int argc, char **argv)
{
	const struct command *c;

	if (argc < 2) {
		print_help(stderr);
		return CLI_USAGE;
	}
	c = find(argv[1]);
	if (c == NULL)
		return unknown(argv[1]);
	if (cli_flag(&argc, argv, "--help") || cli_flag(&argc, argv, "-h")) {
		cli_print_usage(stdout, c, "usage: loligo ");
		printf("\n%s\n", c->help);
		return CLI_OK;
	}
	return c->run(cli, argc - 1, argv + 1);
}

static void cli_fini(struct cli *cli)
{
	store_view_close(&cli->view);
	diag_fini(&cli->diag);
	hub_free(&cli->hub);
	registry_fini(&cli->registry);
	arena_fini(&cli->arena);
}

/* Options of the program itself stand before the command; --format may stand anywhere. */
int main(int argc, char **argv)
{
	struct cli cli = { .config = HUB_DEFAULT };
	const char *format;
	int code;

	xmlInitParser(); /* once, before any thread and any plugin */
	while (argc > 2 && strcmp(argv[1], "-c") == 0) {
		cli.config = argv[2];
		argv[2] = argv[0];
		argv += 2;
		argc -= 2;
	}
	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		print_help(stdout);
		return CLI_OK;
	}
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		puts("loligo " LG_VERSION);
		return CLI_OK;
	}
	format = cli_option(&argc, argv, "--format");
	if (!parse_format(&cli, format)) {
		fprintf(stderr, "loligo: --format is table, json or jsonl, not \"%s\"\n", format);
		return CLI_USAGE;
	}
	code = run(&cli, argc, argv);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fputs("loligo: standard output cannot be written\n", stderr);
		code = code ? code : CLI_PROBLEM;
	}
	cli_fini(&cli);
	loop_end_threads();
	xmlCleanupParser();
	return code;
}
