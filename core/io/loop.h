/* loop.h - one libuv loop, and everything that is pending on it as an op.

   An op is a timer, a job on a worker thread, a watch on a folder, or a call on the next turn.  It has a name, an owner
   and one callback, which runs exactly once (a watch: any number of times, then once more with LG_CANCELED) and never
   before the function that made the op has returned.  op_cancel is a request: the callback still comes, with
   LG_CANCELED. An op is dead when its last callback has started: forget the pointer in its first line.

   An owner gathers ops; owner_close cancels them all and tells when the last callback has run, so that what they
   point at may be freed.  Everything here belongs to the loop's thread except loop_post. */
#pragma once
#include "core/base/def.h"
#include "core/base/list.h"
#include "core/io/seams.h"

struct loop;
struct lg_op;

typedef void op_fn(void *ctx, lg_status status);
typedef lg_status job_fn(void *arg); /* on a worker thread */
typedef void post_fn(void *ctx);

struct owner {
	struct list ops; /* lg_op::link */
	size_t pending;
	bool closing;
	post_fn *on_closed;
	void *ctx;
	struct loop *loop;
};

struct loop *loop_new(const struct seams *seams);
/* Everything must have been closed before: asserts it. */
void loop_free(struct loop **);
/* Before the process ends: the threads of jobs do, and give back what libraries keep for each thread. */
void loop_end_threads(void);
/* Runs until loop_stop, or until nothing is pending. */
void loop_run(struct loop *);
void loop_stop(struct loop *);
lg_time loop_now(const struct loop *);
const struct seams *loop_seams(const struct loop *);
/* The libuv loop, for the few files of core/io that need a handle of their own. */
void *loop_uv(struct loop *);

void owner_init(struct owner *, struct loop *);
/* on_closed runs once, on a later turn; no new ops may be made for the owner. */
void owner_close(struct owner *, post_fn *on_closed, void *ctx);

struct lg_op *loop_timer(struct owner *, const char *name, int64_t ms, op_fn *, void *ctx);
/* deadline_ms 0: none.  Past it, op_expired() turns true for the job and the callback comes with LG_RETRY when the job
   has returned: a thread cannot be stopped, so jobs look. */
struct lg_op *loop_work(struct owner *, const char *name, int64_t deadline_ms, job_fn *, void *arg, op_fn *, void *ctx);
/* NULL and *err when the folder cannot be watched; no callback then. */
struct lg_op *loop_watch(struct owner *, const char *folder, op_fn *, void *ctx, struct err *);
/* Calls back at each arrival of the signal, until cancelled. */
struct lg_op *loop_signal(struct owner *, int signum, op_fn *, void *ctx);
void op_cancel(struct lg_op *); /* NULL is fine, twice is fine */
/* Inside a job, any thread: has it been cancelled, or is it late? */
bool op_expired(const struct lg_op *);
/* The job that this thread runs; NULL outside of jobs. */
const struct lg_op *op_current(void);

/* Any thread: fn runs on the loop's thread, in the order of posting.  Keeps the loop alive until it ran. */
void loop_post(struct loop *, post_fn *, void *ctx);

/* Calls back for each pending op, for `status`. */
void loop_each(struct loop *, void (*fn)(void *ctx, const char *name, lg_time since), void *ctx);
