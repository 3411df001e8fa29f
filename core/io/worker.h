/* worker.h - one thread that runs tasks in order: the store's writer.
   worker_put may be called from any thread.  `done` runs on the loop's thread when the task is over; tasks are never
   dropped, worker_free runs what is queued first. */
#pragma once
#include "core/io/loop.h"

struct worker;

struct task {
	struct list link;
	void (*run)(struct task *);  /* on the worker */
	void (*done)(struct task *); /* on the loop; may free the task */
	bool failed;                 /* for whoever commits groups of tasks: this one's was undone */
};

/* `idle` runs on the worker whenever its queue has become empty, and after `burst` tasks at the latest: it is where a
   group of tasks is committed. */
struct worker *worker_new(struct loop *, size_t burst, void (*idle)(void *ctx), void *ctx);
void worker_free(struct worker **);
void worker_put(struct worker *, struct task *);
/* On the worker: is nothing queued? */
bool worker_idle(struct worker *);
/* In `run` or `idle`, on the worker: hands the task back to the loop now rather than when run() returns. */
void worker_finish(struct worker *, struct task *);
