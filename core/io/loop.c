#include "core/io/loop.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <uv.h>

struct post {
	struct list link;
	post_fn *fn;
	void *ctx;
};

struct loop {
	uv_loop_t uv;
	uv_async_t async;
	uv_mutex_t lock;   /* of posts */
	struct list posts; /* post::link */
	struct list ops;   /* lg_op::all */
	const struct seams *seams;
};

enum op_kind { OP_TIMER, OP_WORK, OP_WATCH, OP_SIGNAL };

struct lg_op {
	struct list link, all;
	struct owner *owner;
	const char *name;
	enum op_kind kind;
	op_fn *fn;
	void *ctx;
	lg_time since;
	lg_time deadline; /* 0: none */
	job_fn *job;
	void *arg;
	lg_status result;
	bool closing;
	atomic_bool canceled;
	union {
		uv_handle_t handle;
		uv_timer_t timer;
		uv_work_t work;
		uv_fs_event_t watch;
		uv_signal_t signal;
	} u;
};

static _Thread_local const struct lg_op *current;

/* ---- posts ---- */

static void take_posts(struct loop *l, struct list *out)
{
	list_init(out);
	uv_mutex_lock(&l->lock);
	if (!list_empty(&l->posts)) {
		*out = l->posts;
		out->next->prev = out;
		out->prev->next = out;
		list_init(&l->posts);
	}
	uv_mutex_unlock(&l->lock);
}

static void on_async(uv_async_t *a)
{
	struct loop *l = a->data;
	struct list posts;

	take_posts(l, &posts);
	while (!list_empty(&posts)) {
		struct post *p = container_of(posts.next, struct post, link);
		post_fn *fn = p->fn;
		void *ctx = p->ctx;

		list_remove(&p->link);
		free(p);
		fn(ctx);
	}
}

void loop_post(struct loop *l, post_fn *fn, void *ctx)
{
	struct post *p = xalloc(sizeof *p);

	p->fn = fn;
	p->ctx = ctx;
	uv_mutex_lock(&l->lock);
	list_append(&l->posts, &p->link);
	uv_mutex_unlock(&l->lock);
	uv_async_send(&l->async);
}

/* ---- the loop ---- */

struct loop *loop_new(const struct seams *seams)
{
	struct loop *l = xalloc(sizeof *l);

	if (uv_loop_init(&l->uv) != 0 || uv_mutex_init(&l->lock) != 0 ||
	    uv_async_init(&l->uv, &l->async, on_async) != 0)
		die("the event loop cannot start");
	l->async.data = l;
	l->seams = seams;
	list_init(&l->posts);
	list_init(&l->ops);
	return l;
}

void loop_free(struct loop **lp)
{
	struct loop *l = *lp;
	struct list posts;

	if (l == NULL)
		return;
	assert(list_empty(&l->ops));
	uv_close((uv_handle_t *)&l->async, NULL);
	uv_run(&l->uv, UV_RUN_DEFAULT);
	for (take_posts(l, &posts); !list_empty(&posts);) { /* a last wake-up that nobody waits for */
		struct post *p = container_of(posts.next, struct post, link);

		list_remove(&p->link);
		free(p);
	}
	if (uv_loop_close(&l->uv) != 0)
		die("the event loop still has something open");
	uv_mutex_destroy(&l->lock);
	free(l);
	*lp = NULL;
}

void loop_end_threads(void)
{
	uv_library_shutdown();
}

void loop_run(struct loop *l)
{
	uv_run(&l->uv, UV_RUN_DEFAULT);
}

void loop_stop(struct loop *l)
{
	uv_stop(&l->uv);
}

lg_time loop_now(const struct loop *l)
{
	return l->seams->now(l->seams->ctx);
}

const struct seams *loop_seams(const struct loop *l)
{
	return l->seams;
}

void *loop_uv(struct loop *l)
{
	return &l->uv;
}

/* ---- owners ---- */

void owner_init(struct owner *o, struct loop *l)
{
	*o = (struct owner){ .loop = l };
	list_init(&o->ops);
}

static void maybe_closed(struct owner *o)
{
	if (o->closing && o->pending == 0 && o->on_closed) {
		post_fn *fn = o->on_closed;

		o->on_closed = NULL;
		loop_post(o->loop, fn, o->ctx);
	}
}

void owner_close(struct owner *o, post_fn *on_closed, void *ctx)
{
	assert(!o->closing);
	o->closing = true;
	o->on_closed = on_closed;
	o->ctx = ctx;
	list_each (pos, &o->ops)
		op_cancel(container_of(pos, struct lg_op, link));
	maybe_closed(o);
}

static struct lg_op *op_new(struct owner *o, const char *name, enum op_kind kind, op_fn *fn, void *ctx)
{
	struct lg_op *op = xalloc(sizeof *op);

	assert(!o->closing);
	op->owner = o;
	op->name = name;
	op->kind = kind;
	op->fn = fn;
	op->ctx = ctx;
	op->since = loop_now(o->loop);
	op->u.handle.data = op;
	list_append(&o->ops, &op->link);
	list_append(&o->loop->ops, &op->all);
	o->pending++;
	return op;
}

/* The last callback, then the end of the op. */
static void finish(struct lg_op *op, lg_status status)
{
	struct owner *o = op->owner;

	list_remove(&op->link);
	list_remove(&op->all);
	op->fn(op->ctx, status);
	free(op);
	o->pending--;
	maybe_closed(o);
}

static void on_handle_closed(uv_handle_t *h)
{
	struct lg_op *op = h->data;

	finish(op, atomic_load(&op->canceled) ? LG_CANCELED : LG_OK);
}

static void close_handle(struct lg_op *op)
{
	if (op->closing)
		return;
	op->closing = true;
	uv_close(&op->u.handle, on_handle_closed);
}

/* ---- timers ---- */

static void on_timer(uv_timer_t *t)
{
	close_handle(t->data);
}

struct lg_op *loop_timer(struct owner *o, const char *name, int64_t ms, op_fn *fn, void *ctx)
{
	struct lg_op *op = op_new(o, name, OP_TIMER, fn, ctx);

	uv_timer_init(&o->loop->uv, &op->u.timer);
	op->u.timer.data = op;
	uv_timer_start(&op->u.timer, on_timer, (uint64_t)MAX(ms, 0), 0);
	return op;
}

/* ---- jobs ---- */

static void run_job(uv_work_t *w)
{
	struct lg_op *op = w->data;

	current = op;
	op->result = op->job(op->arg);
	current = NULL;
}

static void after_job(uv_work_t *w, int status)
{
	struct lg_op *op = w->data;

	if (status == UV_ECANCELED || atomic_load(&op->canceled))
		op->result = LG_CANCELED;
	else if (op->deadline != 0 && op->result != LG_OK && loop_now(op->owner->loop) > op->deadline)
		op->result = LG_RETRY;
	finish(op, op->result);
}

struct lg_op *loop_work(struct owner *o, const char *name, int64_t deadline_ms, job_fn *job, void *arg, op_fn *fn,
			void *ctx)
{
	struct lg_op *op = op_new(o, name, OP_WORK, fn, ctx);

	op->job = job;
	op->arg = arg;
	op->deadline = deadline_ms > 0 ? op->since + deadline_ms : 0;
	op->u.work.data = op;
	if (uv_queue_work(&o->loop->uv, &op->u.work, run_job, after_job) != 0)
		die("a job cannot be queued");
	return op;
}

bool op_expired(const struct lg_op *op)
{
	return op && (atomic_load(&op->canceled) || (op->deadline != 0 && loop_now(op->owner->loop) > op->deadline));
}

const struct lg_op *op_current(void)
{
	return current;
}

/* ---- watches ---- */

static void on_event(uv_fs_event_t *w, const char *name, int events, int status)
{
	struct lg_op *op = w->data;

	(void)name;
	(void)events;
	if (!op->closing)
		op->fn(op->ctx, status == 0 ? LG_OK : LG_RETRY);
}

static void ignore(void *ctx, lg_status status)
{
	(void)ctx;
	(void)status;
}

struct lg_op *loop_watch(struct owner *o, const char *folder, op_fn *fn, void *ctx, struct err *err)
{
	struct lg_op *op = op_new(o, "watch", OP_WATCH, fn, ctx);
	int rc;

	uv_fs_event_init(&o->loop->uv, &op->u.watch);
	op->u.watch.data = op;
	rc = uv_fs_event_start(&op->u.watch, on_event, folder, 0);
	if (rc == 0)
		return op;
	err_set(err, ERR_RETRY, "io.watch", "folder \"%s\" cannot be watched: %s", folder, uv_strerror(rc));
	op->fn = ignore; /* who gets no op hears nothing of it */
	op_cancel(op);
	return NULL;
}

static void on_signal(uv_signal_t *h, int signum)
{
	struct lg_op *op = h->data;

	(void)signum;
	if (!op->closing)
		op->fn(op->ctx, LG_OK);
}

struct lg_op *loop_signal(struct owner *o, int signum, op_fn *fn, void *ctx)
{
	struct lg_op *op = op_new(o, "signal", OP_SIGNAL, fn, ctx);

	uv_signal_init(&o->loop->uv, &op->u.signal);
	op->u.signal.data = op;
	uv_signal_start(&op->u.signal, on_signal, signum);
	return op;
}

void op_cancel(struct lg_op *op)
{
	if (op == NULL || atomic_exchange(&op->canceled, true))
		return;
	if (op->kind == OP_WORK)
		uv_cancel((uv_req_t *)&op->u.work); /* a job that runs already looks at the flag */
	else
		close_handle(op);
}

void loop_each(struct loop *l, void (*fn)(void *ctx, const char *name, lg_time since), void *ctx)
{
	list_each (pos, &l->ops) {
		struct lg_op *op = container_of(pos, struct lg_op, all);

		fn(ctx, op->name, op->since);
	}
}
