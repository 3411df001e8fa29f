/* cmd_check.c - is the configuration right?  Everything that is wrong has been printed by then, with its place. */
#include "core/cli/cli.h"

#include <stdio.h>

static int run(struct cli *cli, int argc, char **argv)
{
	bool connect = cli_flag(&argc, argv, "--connect");

	if (cli_unknown(argc, argv) || argc > 1)
		return cli_usage(&cmd_check);
	if (!cli_hub(cli) || cli->diag.errors > 0)
		return CLI_PROBLEM;
	printf("%s is right: %zu connections, %zu flows, %zu clients, %zu ledgers\n", cli->config,
	       cli->hub->connection_count, cli->hub->flow_count, cli->hub->client_count, cli->hub->ledger_count);
	if (connect)
		printf("no connection here needs a network\n");
	return CLI_OK;
}

const struct command cmd_check = { "check", "check [--connect]", "validate configuration and expressions", run };
