#include "core/io/worker.h"

#include <stdlib.h>
#include <uv.h>

struct worker {
	struct loop *loop;
	uv_thread_t thread;
	uv_mutex_t lock;
	uv_cond_t wake;
	struct list queue; /* task::link */
	bool ending;
	size_t burst;
	void (*idle)(void *ctx);
	void *ctx;
};

static struct task *next(struct worker *w, bool wait)
{
	struct task *t = NULL;

	uv_mutex_lock(&w->lock);
	while (wait && list_empty(&w->queue) && !w->ending)
		uv_cond_wait(&w->wake, &w->lock);
	if (!list_empty(&w->queue)) {
		t = container_of(w->queue.next, struct task, link);
		list_remove(&t->link);
	}
	uv_mutex_unlock(&w->lock);
	return t;
}

static void work(void *arg)
{
	struct worker *w = arg;
	size_t in_burst = 0;

	for (;;) {
		struct task *t = next(w, in_burst == 0);

		if (t == NULL && in_burst == 0)
			return; /* ending, and nothing is left */
		if (t != NULL) {
			t->run(t);
			in_burst++;
		}
		if (t == NULL || in_burst >= w->burst) {
			w->idle(w->ctx);
			in_burst = 0;
		}
	}
}

struct worker *worker_new(struct loop *loop, size_t burst, void (*idle)(void *ctx), void *ctx)
{
	struct worker *w = xalloc(sizeof *w);

	w->loop = loop;
	w->burst = burst;
	w->idle = idle;
	w->ctx = ctx;
	list_init(&w->queue);
	if (uv_mutex_init(&w->lock) != 0 || uv_cond_init(&w->wake) != 0 || uv_thread_create(&w->thread, work, w) != 0)
		die("the writer thread cannot start");
	return w;
}

void worker_free(struct worker **wp)
{
	struct worker *w = *wp;

	if (w == NULL)
		return;
	uv_mutex_lock(&w->lock);
	w->ending = true;
	uv_cond_signal(&w->wake);
	uv_mutex_unlock(&w->lock);
	uv_thread_join(&w->thread);
	uv_mutex_destroy(&w->lock);
	uv_cond_destroy(&w->wake);
	free(w);
	*wp = NULL;
}

void worker_put(struct worker *w, struct task *t)
{
	uv_mutex_lock(&w->lock);
	list_append(&w->queue, &t->link);
	uv_cond_signal(&w->wake);
	uv_mutex_unlock(&w->lock);
}

bool worker_idle(struct worker *w)
{
	bool idle;

	uv_mutex_lock(&w->lock);
	idle = list_empty(&w->queue);
	uv_mutex_unlock(&w->lock);
	return idle;
}

static void on_done(void *ctx)
{
	struct task *t = ctx;

	t->done(t);
}

void worker_finish(struct worker *w, struct task *t)
{
	loop_post(w->loop, on_done, t);
}
