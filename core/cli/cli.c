#include "core/cli/cli.h"

#include "core/base/date.h"
#include "core/base/dec.h"
#include "core/base/log.h"
#include "core/plugin/format_run.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifndef LG_PLUGINDIR
#define LG_PLUGINDIR "/usr/local/lib/loligo/plugins"
#endif

/* ---- what every command needs ---- */

static void on_refused(void *ctx, const struct err *err)
{
	char text[1300];

	(void)ctx;
	err_text(err, text, sizeof text);
	fprintf(stderr, "warning: %s\n", text);
}

static const char *plugin_folder(struct cli *cli)
{
	const char *env = getenv("LOLIGO_PLUGINS");
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
	const char *beside;

	if (env && *env)
		return env;
	if (n <= 0)
		return LG_PLUGINDIR;
	exe[n] = '\0';
	*strrchr(exe, '/') = '\0';
	beside = arena_printf(&cli->arena, "%s/plugins", exe).ptr;
	return access(beside, R_OK) == 0 ? beside : LG_PLUGINDIR;
}

bool cli_plugins(struct cli *cli)
{
	struct err err = { 0 };

	if (cli->ready)
		return true;
	cli->ready = registry_scan(&cli->registry, plugin_folder(cli), on_refused, NULL, &err);
	if (!cli->ready) {
		err_hint(&err, "set LOLIGO_PLUGINS to the folder of the plugins");
		cli_fail(&err);
	}
	return cli->ready;
}

static const struct lg_connector *find_connector(void *ctx, lg_str name)
{
	return registry_connector(ctx, name);
}

static const struct lg_format *find_format(void *ctx, lg_str name)
{
	return registry_format(ctx, name);
}

static const struct lg_step *find_step(void *ctx, lg_str name)
{
	return registry_step(ctx, name);
}

static size_t names_of(const struct map *m, struct arena *a, const lg_str **out)
{
	lg_str *names = arena_array(a, lg_str, m->count + 1);

	for (size_t i = 0; i < m->count; i++)
		names[i] = m->entries[i].key;
	*out = names;
	return m->count;
}

static size_t connector_names(void *ctx, struct arena *a, const lg_str **out)
{
	return names_of(&((struct registry *)ctx)->connectors, a, out);
}

static size_t format_names(void *ctx, struct arena *a, const lg_str **out)
{
	return names_of(&((struct registry *)ctx)->formats, a, out);
}

static size_t step_names(void *ctx, struct arena *a, const lg_str **out)
{
	return names_of(&((struct registry *)ctx)->steps, a, out);
}

static void print_diag(struct cli *cli)
{
	struct buf b = { 0 };

	if (cli->diag.count == 0)
		return;
	diag_print(&cli->diag, diag_colour(STDERR_FILENO), &b);
	fputs(buf_text(&b), stderr);
	buf_fini(&b);
}

bool cli_hub(struct cli *cli)
{
	struct hub_env env = {
		.ctx = &cli->registry,
		.connector = find_connector,
		.format = find_format,
		.step = find_step,
		.connectors = connector_names,
		.formats = format_names,
		.steps = step_names,
		.host = format_host(),
	};

	if (cli->hub)
		return true;
	if (!cli_plugins(cli))
		return false;
	cli->hub = hub_load(cli->config, &env, &cli->diag);
	print_diag(cli);
	return diag_usable(&cli->diag);
}

static bool store_is_missing(const char *uri)
{
	return strncmp(uri, "sqlite:", 7) == 0 && access(uri + 7, F_OK) != 0;
}

bool cli_view(struct cli *cli)
{
	struct err err = { 0 };
	const char *uri;

	if (!cli_hub(cli))
		return false;
	uri = arena_cstr(&cli->arena, cli->hub->store);
	if (cli->view == NULL && store_is_missing(uri)) {
		fprintf(stderr, "loligo: there is no store \"%s\" yet (the first `loligo run` makes it)\n", uri);
		return false;
	}
	if (cli->view || store_view_open(uri, &cli->view, &err))
		return true;
	cli_fail(&err);
	return false;
}

int cli_fail(const struct err *err)
{
	char text[1300];

	err_text(err, text, sizeof text);
	fprintf(stderr, "loligo: %s\n", text);
	return err->class == ERR_CONFIG ? CLI_USAGE : CLI_PROBLEM;
}

void cli_print_usage(FILE *out, const struct command *c, const char *before)
{
	lg_str rest = str_of(c->usage), form;

	while (str_split(&rest, '\n', &form))
		fprintf(out, "%s%.*s\n", before, STRA(form));
}

int cli_usage(const struct command *c)
{
	cli_print_usage(stderr, c, "usage: loligo ");
	return CLI_USAGE;
}

/* ---- options ---- */

static void take_out(int *argc, char **argv, int at, int n)
{
	memmove(&argv[at], &argv[at + n], sizeof *argv * (size_t)(*argc - at - n + 1));
	*argc -= n;
}

const char *cli_option(int *argc, char **argv, const char *name)
{
	size_t len = strlen(name);
	const char *value = NULL;

	for (int i = 1; i < *argc; i++) {
		if (strncmp(argv[i], name, len) != 0)
			continue;
		if (argv[i][len] == '=') {
			value = argv[i] + len + 1;
			take_out(argc, argv, i--, 1);
		} else if (argv[i][len] == '\0' && i + 1 < *argc) {
			value = argv[i + 1];
			take_out(argc, argv, i--, 2);
		}
	}
	return value;
}

bool cli_flag(int *argc, char **argv, const char *name)
{
	for (int i = 1; i < *argc; i++)
		if (strcmp(argv[i], name) == 0) {
			take_out(argc, argv, i, 1);
			return true;
		}
	return false;
}

bool cli_unknown(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (argv[i][0] == '-' && argv[i][1] != '\0') {
			fprintf(stderr, "loligo: %s has no option \"%s\"\n", argv[0], argv[i]);
			return true;
		}
	return false;
}

/* ---- values ---- */

lg_str cli_amount(struct cli *cli, lg_dec amount, lg_str currency)
{
	char text[DEC_TEXT_MAX];

	dec_text(amount, currency_digits(currency), text);
	return arena_str(&cli->arena, str_of(text));
}

lg_str cli_date(struct cli *cli, lg_date date)
{
	char text[DATE_TEXT_MAX];

	date_text(date, text);
	return arena_str(&cli->arena, str_of(text));
}

lg_str cli_time(struct cli *cli, lg_time time)
{
	char text[TIME_TEXT_MAX];

	time_text(time, text);
	return arena_str(&cli->arena, str_of(text));
}

lg_str cli_age(struct cli *cli, lg_time since)
{
	static const struct {
		int64_t seconds;
		const char *unit;
	} units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
	int64_t s = (int64_t)time(NULL) - since / 1000;

	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (s >= units[i].seconds)
			return arena_printf(&cli->arena, "%lld %s", (long long)(s / units[i].seconds), units[i].unit);
	return LG_STR("now");
}
