/* cmd_audit.c - is the journal what it was? */
#include "core/cli/cli.h"

#include <stdio.h>
#include <string.h>

static void on_finding(void *ctx, const char *text)
{
	(void)ctx;
	printf("%s\n", text);
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct err err = { 0 };
	int64_t entries = 0;

	if (cli_unknown(argc, argv) || argc != 2 || strcmp(argv[1], "verify") != 0)
		return cli_usage(&cmd_audit);
	if (!cli_view(cli))
		return CLI_USAGE;
	if (!view_audit(cli->view, &entries, on_finding, NULL, &err))
		return cli_fail(&err);
	printf("%lld entries checked, every chain holds\n", (long long)entries);
	return CLI_OK;
}

const struct command cmd_audit = { "audit", "audit verify", "check the hash chains of the journal", run };
