/* match.c - the match step alone, in memory.

   match                   payments with a valid reference against a million open items, beside a floor in the same run: a
                           bare hash table of the same references and the same allocation record built for each row
   match replay DIR FILE   DIR/events.jsonl through register and match, the decisions of DIR/decisions.jsonl for what waits;
                           every allocation goes to FILE as one line of JSON (tests/match/evaluate.py judges it) */
#include "core/base/arena.h"
#include "core/base/map.h"
#include "core/model/record.h"
#include "plugins/steps/match/match.h"
#include "plugins/steps/register/register.h"
#include "tests/steps/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const lg_str all[] = { { "all", 3 } };
static const lg_str bank_fees[] = { { "25.00", 5 }, { "40.00", 5 }, { "50.00", 5 } };
static const lg_str reminder_fees[] = { { "60.00", 5 } };

static const struct match_options options = {
	.stages = { all, 1 },
	.policy = { .name = { "default", 7 }, .version = 1, .stages = { all, 1 }, .rounding = { 99, 2 }, .interest = { 8, 0 },
		    .bank_fees = { bank_fees, 3 }, .reminder_fees = { reminder_fees, 1 }, .payer_seen = 2, .max_age = 90,
		    .completion_max = 12, .subset_max = 10, .duplicate_days = 14 },
};

static const struct register_config registering = { REGISTER_PASS, true };


/* ---- replay ---- */

struct replay {
	struct steps *s;
	size_t sales, cash;
	struct map decisions; /* id of a payment -> work item */
	FILE *out;
	struct buf line;
};

static char *read_line(FILE *f, char **line, size_t *cap)
{
	ssize_t n = getline(line, cap, f);

	if (n <= 0)
		return NULL;
	if ((*line)[n - 1] == '\n')
		(*line)[n - 1] = 0;
	return *line;
}

static FILE *open_in(const char *folder, const char *name)
{
	char path[1024];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "r");
	if (f == NULL) {
		perror(path);
		exit(2);
	}
	return f;
}

static void load_decisions(struct replay *r, const char *folder)
{
	FILE *f = open_in(folder, "decisions.jsonl");
	char *line = NULL;
	size_t cap = 0;

	while (read_line(f, &line, &cap)) {
		struct lg_rec *item = steps_json(r->s, line);

		map_put(&r->decisions, rec_str(rec_obj(item, LG_WORK_ITEM_ABOUT), LG_LINK_ID), item);
	}
	free(line);
	fclose(f);
}

static void write_made(struct replay *r)
{
	for (size_t i = 0; i < r->s->made_count; i++) {
		buf_reset(&r->line);
		rec_to_json(r->s->made[i].rec, &r->line);
		buf_char(&r->line, '\n');
		fwrite(r->line.ptr, 1, r->line.len, r->out);
	}
	for (size_t i = 0; i < r->s->parked_count; i++)
		fprintf(stderr, "parked: %.*s\n", STRA(r->s->parked[i].text));
	steps_forget(r->s);
}

static bool waits(const struct steps *s, lg_str id)
{
	for (size_t i = s->waiting_count; i-- > 0;)
		if (!s->waiting[i].gone && str_eq(rec_str(s->waiting[i].rec, LG_COMMON_ID), id))
			return true;
	return false;
}

static void replay_event(struct replay *r, const char *line)
{
	struct lg_rec *rec = steps_json(r->s, line), *decision;
	lg_str id = rec_str(rec, LG_COMMON_ID);

	if (rec_object(rec) == LG_INVOICE) {
		steps_run(r->s, r->sales, rec);
		write_made(r);
		return;
	}
	steps_run(r->s, r->cash, rec);
	write_made(r);
	decision = map_get(&r->decisions, id);
	if (decision != NULL && waits(r->s, id)) {
		steps_decide(r->s, r->cash, 0, rec, decision);
		write_made(r);
	}
}

static int replay(const char *folder, const char *file)
{
	struct replay r = { .s = steps_new(), .out = fopen(file, "w") };
	FILE *f = open_in(folder, "events.jsonl");
	char *line = NULL;
	size_t cap = 0;

	if (r.out == NULL) {
		perror(file);
		return 2;
	}
	r.sales = steps_flow(r.s, "sales");
	r.cash = steps_flow(r.s, "cash");
	steps_add(r.s, r.sales, "register", &registering);
	steps_add(r.s, r.cash, "match", &options);
	load_decisions(&r, folder);
	while (read_line(f, &line, &cap))
		replay_event(&r, line);
	free(line);
	fclose(f);
	fclose(r.out);
	buf_fini(&r.line);
	map_fini(&r.decisions);
	steps_free(&r.s);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "replay") == 0)
		return replay(argv[2], argv[3]);
	return 0;
}
