/* cmd_work.c - what waits for a person, and the person's decisions. */
#include "core/cli/summary.h"
#include "core/flow/decide.h"

#include "core/base/dec.h"
#include "core/base/json.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the list ---- */

struct list {
	struct cli *cli;
	struct table *table;
};

/* A candidate as `work apply` takes it: CLIENT/NUMBER=AMOUNT. */
struct candidate {
	struct buf text;
	lg_str invoice, client;
};

static void add_amount(struct candidate *c, lg_str amount)
{
	if (c->invoice.len > 0)
		buf_addf(&c->text, "%s%.*s%s%.*s", c->text.len ? ", " : "", STRA(c->client), c->client.len ? "/" : "",
			 STRA(c->invoice));
	buf_addf(&c->text, "=%.*s", STRA(amount));
	c->invoice = c->client = STR_NONE;
}

static void add_field(struct candidate *c, lg_str name, lg_str value)
{
	if (str_is(name, "invoice"))
		c->invoice = value;
	else if (str_is(name, "client"))
		c->client = value;
	else if (str_is(name, "amount") || str_is(name, "open"))
		add_amount(c, value);
	else if (str_is(name, "lost"))
		buf_addf(&c->text, " (%.*s)", STRA(value));
	else if (str_is(name, "on_account") && str_chr(value, '0') > 0)
		buf_addf(&c->text, ", on-account=%.*s", STRA(value));
	else if (str_is(name, "stage"))
		buf_addf(&c->text, "%.*s:", STRA(value));
}

/* "1/1001=1250.00, 1/1002=80.00"; candidates with why they were not taken. */
static lg_str suggestions_text(struct list *l, lg_str json)
{
	struct candidate c = { 0 };
	struct json j;
	lg_str name = STR_NONE, value, text;

	json_init(&j, json, &l->cli->arena, NULL);
	for (;;) {
		enum json_type t = json_next(&j, &value);

		if (t == JSON_END || t == JSON_BAD)
			break;
		if (t == JSON_NAME)
			name = value;
		else if (t == JSON_STRING)
			add_field(&c, name, value);
	}
	text = arena_str(&l->cli->arena, buf_view(&c.text));
	buf_fini(&c.text);
	return text;
}

static bool on_wait(void *ctx, const struct store_wait *w, const struct lg_rec *rec)
{
	struct list *l = ctx;

	table_cellf(l->table, "%lld", (long long)w->id);
	table_cell(l->table, w->state);
	table_cell(l->table, w->client);
	table_cell(l->table, w->record);
	table_cell(l->table, rec ? summary_name(l->cli, rec) : STR_NONE);
	table_cell(l->table, w->currency.len > 0 ? cli_amount(l->cli, w->amount, w->currency) : STR_NONE);
	table_cell(l->table, w->currency);
	table_cell(l->table, cli_age(l->cli, w->since));
	table_cell(l->table, w->rule);
	table_cell(l->table, w->hint.len > 0
				     ? arena_printf(&l->cli->arena, "%.*s (%.*s)", STRA(w->reason), STRA(w->hint))
				     : w->reason);
	if (l->cli->format == CLI_TABLE)
		table_cell(l->table, suggestions_text(l, w->suggestions));
	else
		table_json(l->table, w->suggestions);
	return true;
}

static bool on_doc(void *ctx, const struct store_doc *d)
{
	struct list *l = ctx;
	size_t end = str_chr(d->message, ']'); /* "[rule] what is wrong" */

	if (!str_is(d->state, "parked") || d->released)
		return true;
	table_cellf(l->table, "doc-%lld", (long long)d->id);
	table_cell(l->table, d->state);
	table_cell(l->table, STR_NONE);
	table_cell(l->table, d->name);
	table_cell(l->table, d->connection);
	table_cell(l->table, STR_NONE);
	table_cell(l->table, STR_NONE);
	table_cell(l->table, cli_age(l->cli, d->received_at));
	table_cell(l->table, str_sub(d->message, 1, end > 0 ? end - 1 : 0));
	table_cell(l->table, str_trim(str_from(d->message, end + 1)));
	table_cell(l->table, STR_NONE);
	return true;
}

/* Effects that need a person: refused, or nobody knows. */
static bool on_effect(void *ctx, const struct store_effect *e)
{
	struct list *l = ctx;

	if (e->state != EFFECT_REJECTED && e->state != EFFECT_UNKNOWN)
		return true;
	table_cell(l->table, LG_STR("effect"));
	table_cell(l->table, str_of(effect_state_name(e->state)));
	table_cell(l->table, STR_NONE);
	table_cell(l->table, e->key);
	table_cell(l->table, e->connection);
	table_cell(l->table, STR_NONE);
	table_cell(l->table, STR_NONE);
	table_cell(l->table, cli_age(l->cli, e->changed_at));
	table_cell(l->table, e->operation);
	table_cell(l->table, e->message);
	table_cell(l->table, STR_NONE);
	return true;
}

static int print_list(struct cli *cli, const char *client)
{
	static const struct column columns[] = {
		{ "number", "no", RIGHT },
		{ "state", "state", LEFT },
		{ "client", "client", LEFT },
		{ "record", "record", LEFT },
		{ "name", "name", LEFT },
		{ "amount", "amount", RIGHT },
		{ "currency", "cur", LEFT },
		{ "age", "age", RIGHT },
		{ "rule", "rule", LEFT },
		{ "reason", "reason", LEFT },
		{ "suggestions", "suggestions", LEFT },
	};
	struct list l = { .cli = cli };
	struct err err = { 0 };
	bool ok;

	if (!cli_view(cli))
		return CLI_USAGE;
	l.table = table_new(cli, columns, ARRAY_LEN(columns));
	ok = view_waits(cli->view, str_of(client), false, on_wait, &l, &err) &&
	     (client || (view_docs(cli->view, STR_NONE, on_doc, &l, &err) &&
			 view_effects(cli->view, -1, 0, on_effect, &l, &err)));
	table_end(&l.table);
	return ok ? CLI_OK : cli_fail(&err);
}

/* ---- decisions ---- */

static lg_str who(struct cli *cli)
{
	const char *env = getenv("LOLIGO_USER");
	const struct passwd *p = env ? NULL : getpwuid(getuid());

	return env ? str_of(env) : p ? arena_str(&cli->arena, str_of(p->pw_name)) : LG_STR("unknown");
}

/* "1001=250.00" and "on_account=100.00" to the JSON that the step gets; false after having printed why. */
static bool parse_parts(struct cli *cli, int argc, char **argv, lg_str *out)
{
	struct buf apply = { 0 }, rest = { 0 }, json = { 0 };
	bool ok = argc > 0;

	for (int i = 0; i < argc && ok; i++) {
		lg_str part = str_of(argv[i]), name, value;
		size_t at = str_chr(part, '=');
		lg_dec amount;

		name = str_sub(part, 0, at);
		value = str_from(part, at + 1);
		ok = at > 0 && at < part.len && dec_parse(value, &amount) && dec_sign(amount) > 0;
		if (!ok)
			fprintf(stderr, "loligo: \"%s\" is not INVOICE=AMOUNT or on-account=AMOUNT\n", argv[i]);
		else if (str_is(name, "on-account") || str_is(name, "on_account"))
			buf_addf(&rest, ",\"on_account\":\"%.*s\"", STRA(value));
		else {
			buf_cstr(&apply, apply.len ? ",{\"invoice\":" : "{\"invoice\":");
			json_quote(&apply, name);
			buf_addf(&apply, ",\"amount\":\"%.*s\"}", STRA(value));
		}
	}
	buf_addf(&json, "{\"apply\":[%s]%s}", buf_text(&apply), buf_text(&rest));
	*out = arena_str(&cli->arena, buf_view(&json));
	buf_fini(&apply);
	buf_fini(&rest);
	buf_fini(&json);
	return ok;
}

static int decide_work(struct cli *cli, const char *reason, int argc, char **argv)
{
	struct decision d = { .item = str_of(argv[2]), .who = who(cli), .reason = str_of(reason) };

	d.what = arena_printf(&cli->arena, "work.%s", argv[1]);
	if (strcmp(argv[1], "apply") == 0) {
		if (!parse_parts(cli, argc - 3, argv + 3, &d.detail))
			return cli_usage(&cmd_work);
	} else if (argc != 3) {
		return cli_usage(&cmd_work);
	}
	return cli_decide(cli, &d);
}

static int run(struct cli *cli, int argc, char **argv)
{
	static const char *const decisions[] = { "apply", "undo", "release", "drop" };
	const char *client = cli_option(&argc, argv, "--client"), *reason = cli_option(&argc, argv, "--reason");

	if (cli_unknown(argc, argv))
		return CLI_USAGE;
	if (argc == 1)
		return print_list(cli, client);
	for (size_t i = 0; argc >= 3 && i < ARRAY_LEN(decisions); i++) {
		if (strcmp(argv[1], decisions[i]) != 0)
			continue;
		if (reason == NULL) {
			fputs("loligo: a decision needs a reason: --reason TEXT\n", stderr);
			return CLI_USAGE;
		}
		return decide_work(cli, reason, argc, argv);
	}
	return cli_usage(&cmd_work);
}

const struct command cmd_work = { "work",
				  "work [--client C]\n"
				  "work apply TX INVOICE=AMOUNT... [on-account=AMOUNT] --reason TEXT\n"
				  "work undo ALLOCATION --reason TEXT\n"
				  "work release|drop ITEM --reason TEXT",
				  "what waits for a person, and the person's decision", run };

/* ---- effects ---- */

static bool effect_row(void *ctx, const struct store_effect *e)
{
	struct list *l = ctx;

	table_cell(l->table, e->key);
	table_cell(l->table, str_of(effect_state_name(e->state)));
	table_cell(l->table, e->connection);
	table_cellf(l->table, "%u", e->attempt);
	table_cell(l->table, cli_age(l->cli, e->changed_at));
	table_cell(l->table, e->remote_id);
	table_cell(l->table, e->message);
	return true;
}

static int list_effects(struct cli *cli, const char *name)
{
	static const struct column columns[] = {
		{ "key", "key", LEFT },           { "state", "state", LEFT }, { "connection", "connection", LEFT },
		{ "attempt", "attempts", RIGHT }, { "age", "age", RIGHT },    { "remote_id", "there it is", LEFT },
		{ "message", "message", LEFT }
	};
	struct list l = { .cli = cli };
	struct err err = { 0 };
	int state = -1;
	bool ok;

	for (int s = 0; name && s < EFFECT_STATES; s++)
		if (strcmp(name, effect_state_name((enum effect_state)s)) == 0)
			state = s;
	if (name && state < 0) {
		fprintf(stderr, "loligo: there is no state \"%s\"\n", name);
		return CLI_USAGE;
	}
	if (!cli_view(cli))
		return CLI_USAGE;
	l.table = table_new(cli, columns, ARRAY_LEN(columns));
	ok = view_effects(cli->view, state, 0, effect_row, &l, &err);
	table_end(&l.table);
	return ok ? CLI_OK : cli_fail(&err);
}

static int effects(struct cli *cli, int argc, char **argv)
{
	const char *state = cli_option(&argc, argv, "--state"), *reason = cli_option(&argc, argv, "--reason");
	static const char *const decisions[] = { "retry", "confirm", "reject" };
	struct decision d = { .who = who(cli), .reason = str_of(reason) };

	if (cli_unknown(argc, argv))
		return CLI_USAGE;
	if (argc == 1)
		return list_effects(cli, state);
	for (size_t i = 0; argc == 3 && i < ARRAY_LEN(decisions); i++) {
		if (strcmp(argv[1], decisions[i]) != 0)
			continue;
		if (reason == NULL) {
			fputs("loligo: a decision needs a reason: --reason TEXT\n", stderr);
			return CLI_USAGE;
		}
		d.what = arena_printf(&cli->arena, "effect.%s", argv[1]);
		d.item = str_of(argv[2]);
		return cli_decide(cli, &d);
	}
	return cli_usage(&cmd_effects);
}

const struct command cmd_effects = { "effects", "effects [--state S]\neffects retry|confirm|reject KEY --reason TEXT",
				     "intended changes in other systems, and a person's decision on one", effects };
