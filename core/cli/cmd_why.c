/* cmd_why.c - the causal chain of a record: where it came from, down to file, line and bytes, and what came of it, down
   to the effects, with the rule and the evidence at every step. */
#include "core/cli/summary.h"

#include "core/base/json.h"

#include <stdio.h>

#define DEPTH_MAX 12

struct why {
	struct cli *cli;
	int depth;
	struct err err;
};

static void indent(int depth, const char *mark)
{
	printf("%*s%s", depth * 2, "", mark);
}

static void print_hash(const uint8_t hash[STORE_HASH])
{
	for (int i = 0; i < 8; i++)
		printf("%02x", hash[i]);
}

/* ---- where it came from ---- */

static bool print_origin(struct why *w, int64_t seq)
{
	struct store_doc doc = { 0 };
	lg_str flow, step;
	uint64_t offset;
	uint32_t line;

	if (!view_origin(w->cli->view, seq, &w->cli->arena, &doc, &offset, &line, &flow, &step, &w->err))
		return false;
	indent(w->depth + 1, "");
	if (doc.id != 0) {
		printf("read from \"%.*s\" of connection \"%.*s\"", STRA(doc.name), STRA(doc.connection));
		if (line > 0)
			printf(", line %u", line);
		printf(", byte %llu, content ", (unsigned long long)offset);
		print_hash(doc.hash);
		printf("…, received %.*s\n", STRA(cli_time(w->cli, doc.received_at)));
	} else {
		printf("made by step \"%.*s\" of flow \"%.*s\"\n", STRA(step), STRA(flow));
	}
	return true;
}

/* ---- what decided it ---- */

/* A JSON value as words: "text 1004, at 27, invoice 1004"; the elements of a list stand apart by semicolons. */
static void add_words(struct json *j, enum json_type t, lg_str value, struct buf *b)
{
	const char *between = "";
	lg_str name;

	if (t == JSON_STRING || t == JSON_NUMBER)
		buf_add(b, value);
	else if (t != JSON_OBJECT && t != JSON_ARRAY)
		buf_cstr(b, t == JSON_TRUE ? "yes" : t == JSON_FALSE ? "no" : "");
	if (t == JSON_OBJECT) {
		for (; json_next(j, &name) == JSON_NAME; between = ", ") {
			if (str_is(name, "lost"))
				buf_cstr(b, ": ");
			else
				buf_addf(b, "%s%.*s ", between, STRA(name));
			t = json_next(j, &value);
			add_words(j, t, value, b);
		}
	} else if (t == JSON_ARRAY) {
		for (; (t = json_next(j, &value)) != JSON_ARRAY_END && t != JSON_BAD && t != JSON_END; between = "; ") {
			buf_cstr(b, between);
			add_words(j, t, value, b);
		}
	}
}

/* Each candidate that lost on a line of its own. */
static void print_considered(struct why *w, struct json *j)
{
	enum json_type t;
	lg_str value;

	while ((t = json_next(j, &value)) == JSON_OBJECT) {
		struct buf b = { 0 };

		add_words(j, t, value, &b);
		indent(w->depth + 2, "not ");
		printf("%s\n", buf_text(&b));
		buf_fini(&b);
	}
}

static void print_evidence_member(struct why *w, struct json *j, lg_str name)
{
	struct buf b = { 0 };
	lg_str value;
	enum json_type t = json_next(j, &value);

	if (str_is(name, "considered") && t == JSON_ARRAY) {
		print_considered(w, j);
		return;
	}
	add_words(j, t, value, &b);
	if (b.len > 0 && !str_is(name, "stage") && !str_is(name, "rule")) {
		indent(w->depth + 2, "");
		printf("%.*s: %s\n", STRA(name), buf_text(&b));
	}
	buf_fini(&b);
}

static void print_evidence(struct why *w, const struct lg_rec *rec)
{
	const struct lg_rec *decided;
	struct json j;
	lg_str name;

	if (rec_object(rec) != LG_ALLOCATION)
		return;
	decided = rec_obj(rec, LG_ALLOCATION_DECIDED);
	if (decided != NULL) {
		indent(w->depth + 1, "");
		printf("decided by %.*s%s%.*s, evidence:\n", STRA(rec_str(decided, LG_DECIDED_BY)),
		       rec_has(decided, LG_DECIDED_REASON) ? ": " : "", STRA(rec_str(decided, LG_DECIDED_REASON)));
	}
	if (!rec_has(rec, LG_ALLOCATION_EVIDENCE))
		return;
	json_init(&j, rec_str(rec, LG_ALLOCATION_EVIDENCE), &w->cli->arena, NULL);
	if (json_next(&j, &name) != JSON_OBJECT)
		return;
	while (json_next(&j, &name) == JSON_NAME)
		print_evidence_member(w, &j, name);
}

/* ---- what came of it ---- */

static bool on_effect(void *ctx, const struct store_effect *e)
{
	struct why *w = ctx;

	indent(w->depth + 1, "=> ");
	printf("%s to \"%.*s\"", effect_state_name(e->state), STRA(e->connection));
	if (e->remote_id.len > 0)
		printf(", there it is %.*s", STRA(e->remote_id));
	if (e->message.len > 0)
		printf(": %.*s", STRA(e->message));
	puts("");
	return true;
}

static bool print_row(struct why *w, const struct store_row *row);

static bool on_made(void *ctx, const struct store_row *row)
{
	struct why *w = ctx;
	struct why below = { w->cli, w->depth + 1, { 0 } };
	bool ok = row->rec == NULL || print_row(&below, row);

	if (!ok)
		w->err = below.err;
	return ok;
}

struct waits {
	struct why *why;
	lg_str id;
};

static bool on_wait(void *ctx, const struct store_wait *wait, const struct lg_rec *rec)
{
	struct waits *ws = ctx;

	(void)rec;
	if (!str_eq(wait->record, ws->id))
		return true;
	indent(ws->why->depth + 1, "");
	printf("%.*s for %.*s: [%.*s] %.*s (number %lld of `loligo work`)\n", STRA(wait->state),
	       STRA(cli_age(ws->why->cli, wait->since)), STRA(wait->rule), STRA(wait->reason), (long long)wait->id);
	return true;
}

static bool print_row(struct why *w, const struct store_row *row)
{
	struct waits waits = { w, row->id };

	indent(w->depth, w->depth ? "-> " : "");
	printf("%.*s  %.*s", STRA(row->id), STRA(summary_text(w->cli, row->rec)));
	printf(row->revision > 1 ? "  (revision %lld)\n" : "\n", (long long)row->revision);
	print_evidence(w, row->rec);
	if (w->depth > DEPTH_MAX)
		return true;
	return view_waits(w->cli->view, STR_NONE, false, on_wait, &waits, &w->err) &&
	       view_effects(w->cli->view, -1, row->seq, on_effect, w, &w->err) &&
	       view_made_from(w->cli->view, row->seq, on_made, w, &w->err) && w->err.class == ERR_NONE;
}

/* ---- what paid it ---- */

struct payers {
	struct why *why;
	lg_str id;
};

static bool on_allocation(void *ctx, const struct store_row *row)
{
	struct payers *p = ctx;
	const struct lg_rec *to = rec_obj(row->rec, LG_ALLOCATION_TO), *from = rec_obj(row->rec, LG_ALLOCATION_FROM);

	if (!(to && str_eq(rec_str(to, LG_LINK_ID), p->id)) && !(from && str_eq(rec_str(from, LG_LINK_ID), p->id)))
		return true;
	indent(1, "<- ");
	printf("%.*s  %.*s, from %.*s\n", STRA(row->id), STRA(summary_text(p->why->cli, row->rec)),
	       STRA(rec_str(row->rec, LG_ALLOCATION_BANK_REFERENCE)));
	print_evidence(p->why, row->rec);
	return true;
}

/* Allocations are made from payments; an invoice is named by them only. */
static bool print_payers(struct why *w, const struct store_row *row)
{
	struct payers p = { w, row->id };
	struct store_filter allocations = { .kinds = LG_KIND_BIT(LG_ALLOCATION) };

	if (rec_object(row->rec) != LG_INVOICE)
		return true;
	w->depth = 1;
	if (!view_records(w->cli->view, &allocations, on_allocation, &p, &w->err))
		return false;
	w->depth = 0;
	return true;
}

/* Up to the source: the causes, outermost first. */
static bool print_causes(struct why *w, int64_t seq, int *depth)
{
	struct store_row cause = { 0 };
	bool found = false;

	if (!view_cause(w->cli->view, seq, &w->cli->arena, &cause, &found, &w->err))
		return false;
	if (!found || *depth > DEPTH_MAX)
		return true;
	++*depth;
	if (!print_causes(w, cause.seq, depth))
		return false;
	printf("because of %.*s  %.*s\n", STRA(cause.id),
	       STRA(cause.rec ? summary_text(w->cli, cause.rec) : LG_STR("(pruned)")));
	return print_origin(w, cause.seq);
}

static bool explain(struct why *w, const struct store_row *row)
{
	int depth = 0;

	if (!print_causes(w, row->seq, &depth) || !print_row(w, row) || !print_payers(w, row))
		return false;
	return print_origin(w, row->seq);
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct found found = { 0 };
	struct why w = { .cli = cli };

	if (cli_unknown(argc, argv) || argc != 2)
		return cli_usage(&cmd_why);
	if (!cli_view(cli))
		return CLI_USAGE;
	if (!summary_find(cli, argv[1], &found))
		return CLI_PROBLEM;
	for (size_t i = 0; i < found.count; i++) {
		if (found.rows[i].rec && !explain(&w, &found.rows[i]))
			return cli_fail(&w.err);
		if (i + 1 < found.count)
			puts("");
	}
	return CLI_OK;
}

const struct command cmd_why = { "why", "why ID|NUMBER|REFERENCE",
				 "where a record came from, and what came of it, and why", run };
