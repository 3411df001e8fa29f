#include "core/cli/control.h"

#include "core/base/json.h"
#include "core/cli/cli.h"
#include "core/flow/decide.h"
#include "core/flow/engine.h"
#include "core/io/serve.h"

#include <stdio.h>
#include <stdlib.h>

struct control {
	struct server *server;
	struct engine *engine;
};

/* The members of a request. */
static const struct {
	const char *name;
	size_t offset;
} members[] = {
	{ "what", offsetof(struct decision, what) },     { "item", offsetof(struct decision, item) },
	{ "detail", offsetof(struct decision, detail) }, { "who", offsetof(struct decision, who) },
	{ "reason", offsetof(struct decision, reason) },
};

static lg_str *member(struct decision *d, size_t i)
{
	return (lg_str *)(void *)((char *)d + members[i].offset);
}

static void to_json(const struct decision *decision, struct buf *out)
{
	struct decision d = *decision;

	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		buf_char(out, i ? ',' : '{');
		json_quote(out, str_of(members[i].name));
		buf_char(out, ':');
		json_quote(out, *member(&d, i));
	}
	buf_char(out, '}');
}

static bool from_json(lg_str line, struct arena *a, struct decision *d, struct err *err)
{
	enum json_type t;
	struct json j;
	lg_str name, value;

	json_init(&j, line, a, err);
	if (json_next(&j, &name) != JSON_OBJECT)
		return err_set(err, ERR_REJECT, "control.request", "a request is a JSON object");
	while ((t = json_next(&j, &name)) == JSON_NAME) {
		size_t i = 0;

		if (json_next(&j, &value) != JSON_STRING)
			return err_set(err, ERR_REJECT, "control.request", "\"%.*s\" must be a text", STRA(name));
		while (i < ARRAY_LEN(members) && !str_is(name, members[i].name))
			i++;
		if (i < ARRAY_LEN(members))
			*member(d, i) = value;
	}
	return t == JSON_OBJECT_END;
}

/* ---- in the hub ---- */

static void on_decided(void *ctx, bool ok, const char *text)
{
	struct buf b = { 0 };

	buf_addf(&b, "%s %s\n", ok ? "ok" : "no", text);
	serve_answer(ctx, buf_view(&b));
	buf_fini(&b);
}

static void on_line(void *ctx, struct request *r, lg_str line)
{
	struct control *c = ctx;
	struct decision d = { 0 };
	struct arena a = { 0 };
	struct err err = { 0 };

	if (from_json(line, &a, &d, &err))
		engine_decide(c->engine, &d, on_decided, r);
	else
		on_decided(r, false, err.msg);
	arena_fini(&a);
}

struct control *control_open(struct engine *e, const char *path, struct err *err)
{
	struct control *c = xalloc(sizeof *c);

	c->engine = e;
	c->server = serve_open(engine_loop(e), path, on_line, c, err);
	if (c->server == NULL) {
		free(c);
		return NULL;
	}
	return c;
}

void control_free(struct control **cp)
{
	if (*cp == NULL)
		return;
	serve_close(&(*cp)->server);
	free(*cp);
	*cp = NULL;
}

/* ---- in a command ---- */

static lg_time clock_now(void *ctx)
{
	(void)ctx;
	return seams_real.now(seams_real.ctx);
}

/* What ends something is done at once; the rest wakes a flow or a delivery. */
static bool sets_going(lg_str what)
{
	return !str_is(what, "work.drop") && !str_is(what, "effect.confirm") && !str_is(what, "effect.reject");
}

static int decide_here(struct cli *cli, struct store *st, const struct decision *d)
{
	struct buf text = { 0 };
	struct err err = { 0 };
	struct decision now = *d;
	bool ok;

	now.at = clock_now(NULL);
	ok = decide(st, cli->hub, &now, &text, &err);

	if (ok)
		printf("%s%s\n", buf_text(&text), sets_going(d->what) ? ", at the next run" : "");
	else
		cli_fail(&err);
	buf_fini(&text);
	return ok ? CLI_OK : CLI_PROBLEM;
}

static int decide_there(const char *socket, const struct decision *d)
{
	struct buf line = { 0 }, answer = { 0 };
	struct err err = { 0 };
	lg_str text;
	bool ok;

	to_json(d, &line);
	ok = serve_ask(socket, buf_view(&line), &answer, &err);
	text = str_trim(buf_view(&answer));
	if (!ok)
		cli_fail(&err);
	else if (str_starts(text, LG_STR("ok ")))
		printf("%.*s\n", STRA(str_from(text, 3)));
	else
		fprintf(stderr, "loligo: %.*s\n", STRA(str_from(text, 3)));
	ok = ok && str_starts(text, LG_STR("ok "));
	buf_fini(&line);
	buf_fini(&answer);
	return ok ? CLI_OK : CLI_PROBLEM;
}

const char *cli_socket(struct cli *cli)
{
	lg_str uri = cli->hub->store;

	if (str_starts(uri, LG_STR("sqlite:")))
		uri = str_from(uri, sizeof "sqlite:" - 1);
	return arena_printf(&cli->arena, "%.*s.sock", STRA(uri)).ptr;
}

int cli_decide(struct cli *cli, const struct decision *d)
{
	struct store_env env = { clock_now, NULL };
	struct store *st = NULL;
	struct err err = { 0 };
	int code;

	if (!cli_hub(cli))
		return CLI_USAGE;
	if (store_open(arena_cstr(&cli->arena, cli->hub->store), &env, &st, &err)) {
		code = decide_here(cli, st, d);
		store_close(&st);
		return code;
	}
	if (!str_is(str_of(err.id), "store.locked"))
		return cli_fail(&err);
	return decide_there(cli_socket(cli), d);
}
