/* cmd_run.c - runs the flows. */
#include "core/cli/cli.h"
#include "core/cli/control.h"
#include "core/flow/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The store's folder is made when it is missing: the first run of a new config just works. */
static bool make_folder(lg_str uri, struct err *err)
{
	struct buf path = { 0 };
	bool ok = true;

	if (!str_starts(uri, LG_STR("sqlite:")))
		return true;
	buf_add(&path, str_from(uri, sizeof "sqlite:" - 1));
	buf_text(&path);
	for (size_t i = 1; i < path.len && ok; i++) {
		if (path.ptr[i] != '/')
			continue;
		path.ptr[i] = '\0';
		ok = mkdir(path.ptr, 0750) == 0 || access(path.ptr, F_OK) == 0;
		if (!ok)
			err_set(err, ERR_CONFIG, "run.folder", "folder \"%s\" cannot be made", path.ptr);
		path.ptr[i] = '/';
	}
	buf_fini(&path);
	return ok;
}

/* Tried, and still to go out. */
static bool on_planned(void *ctx, const struct store_effect *e)
{
	*(bool *)ctx |= e->attempt > 0;
	return !*(bool *)ctx;
}

/* What waits and how far the effects are: from the store, so that it is true also for earlier runs. */
static int print_summary(struct cli *cli, const struct engine_result *r)
{
	struct store_counts c = { 0 };
	struct err err = { 0 };
	bool bad, late = false;

	if (!cli_view(cli))
		return CLI_PROBLEM;
	if (!view_counts(cli->view, &c, &err))
		return cli_fail(&err);
	printf("%lld documents taken, %lld copies, %lld parked; %lld records read, %lld made; %lld effects delivered\n",
	       (long long)r->documents, (long long)r->duplicates, (long long)r->parked_documents, (long long)r->records,
	       (long long)r->made, (long long)r->delivered);
	printf("waiting for a document %lld, for a person %lld; effects: %lld confirmed, %lld planned, %lld rejected, "
	       "%lld unknown\n",
	       (long long)c.waiting, (long long)c.parked, (long long)c.effects[EFFECT_CONFIRMED],
	       (long long)(c.effects[EFFECT_PLANNED] + c.effects[EFFECT_IN_FLIGHT]),
	       (long long)c.effects[EFFECT_REJECTED], (long long)c.effects[EFFECT_UNKNOWN]);
	if (!view_effects(cli->view, EFFECT_PLANNED, 0, on_planned, &late, &err))
		return cli_fail(&err);
	bad = late || r->failed_sources > 0 || c.effects[EFFECT_REJECTED] > 0 || c.effects[EFFECT_UNKNOWN] > 0;
	return bad ? CLI_PROBLEM : CLI_OK;
}

static bool print_effect(void *ctx, const struct store_effect *e)
{
	struct table *t = ctx;

	table_cell(t, e->connection);
	table_cell(t, e->operation);
	table_cell(t, e->lane);
	table_cell(t, str_of(effect_state_name(e->state)));
	return true;
}

/* The rehearsal's effects stand in a copy of the store, which goes away. */
static int print_rehearsal(struct cli *cli, const char *uri)
{
	static const struct column columns[] = { { "connection", "connection", LEFT },
						 { "operation", "operation", LEFT },
						 { "record", "record", LEFT },
						 { "state", "state", LEFT } };
	struct table *t = table_new(cli, columns, ARRAY_LEN(columns));
	struct store_view *view = NULL;
	struct err err = { 0 };
	bool ok = store_view_open(uri, &view, &err) && view_effects(view, EFFECT_PLANNED, 0, print_effect, t, &err);

	fprintf(stderr, "dry run: %zu effects would go out, nothing was changed\n", table_rows(t));
	table_end(&t);
	store_view_close(&view);
	return ok ? CLI_OK : cli_fail(&err);
}

static void remove_store(const char *folder, const char *path)
{
	static const char *const tails[] = { "", "-wal", "-shm", ".lock", "-journal" };
	char name[4200];

	for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
		snprintf(name, sizeof name, "%s%s", path, tails[i]);
		unlink(name);
	}
	rmdir(folder);
}

static int rehearse(struct cli *cli, struct engine_options *options)
{
	char folder[] = "/tmp/loligo-dry-XXXXXX";
	struct engine_result result = { 0 };
	struct err err = { 0 };
	const char *path, *uri;
	struct engine *e;
	int code;

	if (mkdtemp(folder) == NULL) {
		err_set(&err, ERR_RETRY, "run.temporary", "no temporary folder can be made");
		return cli_fail(&err);
	}
	path = arena_printf(&cli->arena, "%s/hub.db", folder).ptr;
	uri = arena_printf(&cli->arena, "sqlite:%s", path).ptr;
	options->store = uri;
	options->once = true;
	e = store_copy(arena_cstr(&cli->arena, cli->hub->store), path, &err) ? engine_new(options, &err) : NULL;
	code = e && engine_run(e, &result, &err) ? CLI_OK : cli_fail(&err);
	engine_free(&e);
	if (code == CLI_OK)
		code = print_rehearsal(cli, uri);
	if (code == CLI_OK && result.failed_sources > 0)
		code = CLI_PROBLEM;
	remove_store(folder, path);
	return code;
}

static int run_flows(struct cli *cli, struct engine_options *options)
{
	struct engine_result result = { 0 };
	struct err err = { 0 };
	struct engine *e;
	struct control *control = NULL;
	int code = CLI_OK;

	if (!make_folder(cli->hub->store, &err))
		return cli_fail(&err);
	e = engine_new(options, &err);
	if (e == NULL)
		return cli_fail(&err);
	if (!options->once)
		control = control_open(e, cli_socket(cli), &err);
	if (!options->once && control == NULL)
		code = cli_fail(&err);
	else if (!engine_run(e, &result, &err))
		code = cli_fail(&err);
	control_free(&control);
	engine_free(&e);
	return code ? code : print_summary(cli, &result);
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct engine_options options = { .seams = &seams_real };

	options.once = cli_flag(&argc, argv, "--once");
	options.dry_run = cli_flag(&argc, argv, "--dry-run");
	if (cli_unknown(argc, argv) || argc > 1)
		return cli_usage(&cmd_run);
	if (!cli_hub(cli))
		return CLI_USAGE;
	options.hub = cli->hub;
	options.progress = isatty(STDERR_FILENO) != 0;
	return options.dry_run ? rehearse(cli, &options) : run_flows(cli, &options);
}

const struct command cmd_run = {
	"run", "run [--once] [--dry-run]",
	"run the flows; --once: until nothing is left to do; --dry-run: show effects, change nothing", run
};
