/* run_priv.h - one transaction of a flow, as run.c (the batch), pipeline.c (a record's way through the steps) and
   lend.c (what steps may call) see it. */
#pragma once
#include "core/flow/engine_priv.h"

/* A record on its way: where it is kept, so that what is made from it can name it as its cause. */
struct at {
	const struct lg_rec *rec;
	int64_t seq;
	uint32_t step;
};

struct lg_run {
	struct host_handle handle; /* first: plugins hand the run in as the handle of a job */
	struct engine *engine;
	struct flow *flow;
	struct at at; /* the record that the running step got */
	const struct store_row *row;
	struct lg_rec *decision;
	lg_str evidence;   /* of the last allocation that was made of this row */
	bool waits;        /* the row was put to wait: it is not done */
	bool store_failed; /* err has a failure of the store */
	bool rejected;
	int64_t made;
	struct err err;
};

static inline lg_str id_of(const struct lg_rec *r)
{
	return rec_str(r, LG_COMMON_ID);
}

/* A function without a status of its own met a failing store: the batch will be undone. */
static inline bool store_failed(struct lg_run *run)
{
	run->store_failed = true;
	return false;
}

/* ---- pipeline.c ---- */
/* From at.step on: through the steps, and out to where the flow's records go.  False when the batch is to be undone. */
bool pipeline_go(struct lg_run *run, struct at at);
/* NULL is true.  False also when it cannot be evaluated: then run->rejected is set. */
bool pipeline_when(struct lg_run *run, const struct lg_expr *when, const struct lg_rec *rec, const char *what);

/* ---- lend.c ---- */
/* The record at that place leaves the stream: waiting, parked or as a finding. */
bool lend_wait(struct lg_run *run, const struct at *at, const char *state, const char *rule, const char *reason,
	       const char *hint, const lg_str *topics, size_t count);
