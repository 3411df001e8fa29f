/* run.c - batches of rows through the steps of a flow, several in one transaction on the writer thread: a commit has
   its price, and pages that many rows change are written once.

   A row that fails undoes the transaction; the flow then tries one batch, then smaller ones, down to that row alone,
   which is parked.  So a bad record costs its neighbours nothing but a second run, and a step may keep things in memory
   between run() and flush(). */
#include "core/flow/money.h"
#include "core/flow/run_priv.h"

#include "core/base/log.h"

static bool flush_steps(struct lg_run *run)
{
	struct flow *f = run->flow;

	for (uint32_t i = 0; i < f->conf->step_count; i++) {
		const struct lg_step *s = f->steps[i].conf->step;
		lg_status status;

		if (s->flush == NULL)
			continue;
		run->at = (struct at){ NULL, 0, i };
		status = s->flush(f->steps[i].state, run);
		if (status != LG_OK && !run->store_failed)
			run->rejected = true;
		if (run->store_failed || run->rejected)
			return false;
	}
	return true;
}

static void reset_steps(struct flow *f)
{
	for (uint32_t i = 0; i < f->conf->step_count; i++)
		if (f->steps[i].conf->step->reset)
			f->steps[i].conf->step->reset(f->steps[i].state);
}

static bool run_row(struct lg_run *run, const struct store_row *row)
{
	struct flow *f = run->flow;

	run->row = row;
	run->waits = false;
	run->decision = NULL;
	run->evidence = STR_NONE;
	if (row->wait == 0 && !pipeline_when(run, f->conf->when, row->rec, "when of the flow")) {
		f->dropped += !run->rejected;
		return !run->rejected;
	}
	f->handled++;
	if (row->wait == 0 && !money_fits(row->rec, &run->err)) {
		run->rejected = true;
		return false;
	}
	return pipeline_go(run, (struct at){ row->rec, row->seq, row->step });
}

/* A woken row that was handled is over, unless it waits again: then its wait was replaced. */
static bool end_wait(struct lg_run *run, const struct store_row *row)
{
	if (row->wait == 0 || run->waits)
		return true;
	return store_wait_done(run->engine->store, row->wait, LG_STR("done"), &run->err) || store_failed(run);
}

static bool run_rows(struct lg_run *run, const struct store_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!run_row(run, &rows[i]) || !end_wait(run, &rows[i]))
			return false;
	run->row = count ? &rows[count - 1] : NULL;
	return flush_steps(run);
}

/* Where the record stands in what came in; nothing for one that a flow made. */
static bool find_place(struct lg_run *run, int64_t seq)
{
	struct store_doc doc = { 0 };
	lg_str flow, step;
	uint64_t offset;
	uint32_t line = 0;

	if (!view_origin(store_view_own(run->engine->store), seq, run->handle.arena, &doc, &offset, &line, &flow, &step,
			 &run->err))
		return store_failed(run);
	if (doc.id != 0 && run->err.file[0] == '\0')
		err_at(&run->err, arena_cstr(run->handle.arena, doc.name), (int)line, 0);
	return true;
}

static bool park_row(struct lg_run *run, const struct store_row *row)
{
	struct at at = { row->rec, row->seq, row->step };
	char text[1300];

	if (!find_place(run, row->seq))
		return false;
	run->flow->handled++;
	err_text(&run->err, text, sizeof text);
	log_line(LG_LOG_ERROR, arena_printf(run->handle.arena, "flow \"%.*s\"", STRA(run->flow->conf->name)).ptr,
		 "%.*s is parked: %s", STRA(row->id), text);
	return lend_wait(run, &at, "parked", run->err.id[0] ? run->err.id : "step.rejected", run->err.msg,
			 run->err.hint, NULL, 0);
}

/* The step does not take the person's decision: said, and the row waits as before. */
static bool refuse_decision(struct lg_run *run, const struct store_row *row)
{
	const char *label = arena_printf(run->handle.arena, "flow \"%.*s\"", STRA(run->flow->conf->name)).ptr;
	lg_str reason = arena_printf(run->handle.arena, "the decision was refused: %s", run->err.msg);
	lg_str rule = arena_str(run->handle.arena, str_of(run->err.id));
	char text[1300];

	if (!find_place(run, row->seq))
		return false;
	run->flow->handled++;
	err_text(&run->err, text, sizeof text);
	log_line(LG_LOG_ERROR, label, "%.*s: the decision was refused: %s", STRA(row->id), text);
	return store_wait_resume(run->engine->store, row->wait, rule, reason, &run->err) || store_failed(run);
}

static bool set_aside(struct lg_run *run, const struct store_row *row)
{
	return row->wait != 0 && row->decision.len > 0 ? refuse_decision(run, row) : park_row(run, row);
}

/* One stream's turn; *count: rows that were done.  False: undone, run->err says why. */
static bool run_batch(struct lg_run *run, lg_str stream, size_t limit, size_t *count)
{
	struct flow *f = run->flow;
	struct store *st = run->engine->store;
	struct store_row *rows = arena_array(run->handle.arena, struct store_row, limit);
	struct store_position pos = { 0 };
	bool park = run->rejected; /* set by the try before: this row alone fails */

	run->rejected = false;
	if (!store_flow_next(st, f->conf->name, stream, f->conf->kinds, limit, run->handle.arena, rows, count, &pos,
			     &run->err))
		return store_failed(run);
	if (*count == 0)
		return true;
	if (park ? !set_aside(run, &rows[0]) : !run_rows(run, rows, *count))
		return false;
	if (!store_flow_advance(st, f->conf->name, stream, &pos, &run->err))
		return store_failed(run);
	return true;
}

/* Batches until the stream ends or `span` of them are done, in one transaction.  *count: rows of the last batch,
   *total: of all.  False: all is undone, *run says why. */
static bool transaction(struct flow *f, lg_str stream, bool park, struct lg_run *run, size_t *count, size_t *total)
{
	struct engine *e = f->engine;
	size_t batches = 0;
	bool ok;

	*count = *total = 0;
	if (!store_begin(e->store, &run->err))
		return store_failed(run);
	do {
		arena_reset(&f->arena);
		run->rejected = park;
		ok = run_batch(run, stream, park ? 1 : f->limit, count);
		*total += *count;
	} while (ok && !park && *count > 0 && ++batches < f->span);
	if (ok && *total > 0)
		ok = store_commit(e->store, &run->err) || store_failed(run);
	if (!ok || *total == 0)
		store_rollback(e->store);
	return ok;
}

/* One transaction of many batches; when it fails one of a batch, then smaller batches, then the one row that fails is
   parked.  False: the store failed. */
static bool stream_turn(struct flow *f, lg_str stream, bool park, size_t *total)
{
	struct lg_run run = { .handle = { .arena = &f->arena }, .engine = f->engine, .flow = f, .err = f->err };
	int64_t handled = f->handled, dropped = f->dropped;
	size_t count;

	if (transaction(f, stream, park, &run, &count, total)) {
		f->made += run.made;
		f->limit = MIN(f->limit * 2, BATCH_ROWS);
		f->span = MIN(f->span * 2, COMMIT_BATCHES);
		return true;
	}
	f->handled = handled;
	f->dropped = dropped;
	f->err = run.err;
	if (run.store_failed || !run.rejected)
		return false;
	reset_steps(f);
	if (*total > count) { /* those before the one that failed are undone, too */
		f->span = 1;
		return stream_turn(f, stream, false, total);
	}
	if (count > 1) {
		f->limit = count / 2;
		f->span = 1;
		return stream_turn(f, stream, false, total);
	}
	return !park && stream_turn(f, stream, true, total);
}

/* The turn of one stream; false: the store failed. */
static bool turn(struct flow *f, lg_str stream, bool *todo)
{
	size_t count = 0;

	if (!*todo)
		return true;
	if (!stream_turn(f, stream, false, &count))
		return false;
	f->err = (struct err){ 0 };
	*todo = count > 0; /* until a turn finds nothing */
	f->progressed |= count > 0;
	return true;
}

static void run_task(struct task *t)
{
	struct flow *f = container_of(t, struct flow, task);
	bool woken = true;

	group_end(f->engine); /* the flow's transaction is its own */
	f->progressed = f->woke = false;
	f->err = (struct err){ 0 };
	f->made = f->handled = f->dropped = 0;
	if (turn(f, STR_NONE, &woken))
		for (size_t i = 0; i < f->conf->from.count; i++)
			if (!turn(f, f->conf->from.items[i]->name, &f->todo[i]))
				break;
	f->again = woken;
	worker_finish(f->engine->writer, &f->task);
}

static void on_done(struct task *t)
{
	struct flow *f = container_of(t, struct flow, task);
	struct engine *e = f->engine;

	f->running = false;
	e->result.made += f->made;
	e->result.records += f->handled + f->dropped;
	if (f->err.class != ERR_NONE) {
		err_prepend(&f->err, "flow \"%.*s\"", STRA(f->conf->name));
		engine_fatal(e, &f->err);
		return;
	}
	for (size_t i = 0; i < f->conf->from.count; i++)
		f->dirty[i] |= f->todo[i];
	for (size_t i = 0; f->progressed && i < e->hub->connection_count; i++)
		e->connections[i].effects_dirty = e->connections[i].conf->takes != 0;
	for (size_t i = 0; f->woke && i < e->hub->flow_count; i++)
		e->flows[i].woken = true;
	f->woken |= f->again;
	engine_wake(e);
}

/* Something to do? */
bool flow_ready(const struct flow *f)
{
	bool ready = f->woken;

	for (size_t i = 0; !ready && i < f->conf->from.count; i++)
		ready = f->dirty[i];
	return ready && !f->running;
}

void flow_start(struct flow *f)
{
	f->running = true;
	f->woken = false;
	for (size_t i = 0; i < f->conf->from.count; i++) {
		f->todo[i] = f->dirty[i];
		f->dirty[i] = false;
	}
	f->task.run = run_task;
	f->task.done = on_done;
	if (f->limit == 0) {
		f->limit = BATCH_ROWS;
		f->span = COMMIT_BATCHES;
	}
	worker_put(f->engine->writer, &f->task);
}
