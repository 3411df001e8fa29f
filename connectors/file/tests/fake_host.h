/* fake_host.h - a scripted hub for connector tests: nothing completes inline, time stands still until it is set on, and
   whatever was settled twice or never is found. */
#pragma once
#include "core/model/record.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OP_TIMER, OP_WORK, OP_WATCH, OP_ENCODE, OP_TAKEN };

struct lg_op {
	struct lg_op *next;
	int what;
	int64_t due;
	lg_job_fn *job;
	void *arg, *ctx;
	lg_wake_fn *wake;
	lg_encoded_fn *encoded;
	lg_taken_fn *taken;
	bool canceled, fire;
	lg_status status;
	char *bytes;
	size_t len;
	char message[128];
};

struct fake_doc {
	char name[512], text[256];
};

struct lg_instance {
	struct lg_op *ops;
	int64_t now;
	int credits; /* documents that are taken before LG_FULL */
	lg_status take;
	const char *copy_of;
	struct fake_doc docs[1024];
	size_t doc_count;
	char said[4096]; /* log and fail, a line each */
	size_t idle;
	struct {
		char name[600], value[128];
	} cursors[1024];
	size_t cursor_count;
	lg_status settled[64];
	int settle_count[64];
	char remote[64][300], message[64][600];
	int answers[64];
	struct lg_format format;
	char history[4096]; /* what the hub knows to be confirmed under a fixed name: "text\n" each */
	size_t jobs;        /* done so far */
	size_t die_after;   /* jobs that are done; then nothing happens any more: a crash. 0: never */
	bool rehearsal;
};

static struct lg_op *fake_op(struct lg_instance *h, int what)
{
	struct lg_op *op = calloc(1, sizeof *op), **at = &h->ops;

	while (*at)
		at = &(*at)->next;
	*at = op;
	op->what = what;
	return op;
}

static __attribute__((format(printf, 2, 0))) void fake_say(struct lg_instance *h, const char *fmt, va_list ap)
{
	size_t n = strlen(h->said);

	vsnprintf(h->said + n, sizeof h->said - n - 1, fmt, ap);
	strcat(h->said, "\n");
}

static __attribute__((format(printf, 3, 4))) void fake_log(struct lg_instance *h, enum lg_level level, const char *fmt,
							   ...)
{
	va_list ap;

	(void)level;
	va_start(ap, fmt);
	fake_say(h, fmt, ap);
	va_end(ap);
}

static __attribute__((format(printf, 3, 4))) void fake_fail(struct lg_instance *h, lg_status st, const char *fmt, ...)
{
	va_list ap;

	(void)st;
	va_start(ap, fmt);
	fake_say(h, fmt, ap);
	va_end(ap);
}

static struct lg_op *fake_timer(struct lg_instance *h, int64_t ms, lg_wake_fn *fn, void *ctx)
{
	struct lg_op *op = fake_op(h, OP_TIMER);

	op->due = h->now + ms;
	op->wake = fn;
	op->ctx = ctx;
	return op;
}

static struct lg_op *fake_work(struct lg_instance *h, const char *name, lg_job_fn *job, void *arg, lg_wake_fn *fn,
			       void *ctx)
{
	struct lg_op *op = fake_op(h, OP_WORK);

	(void)name;
	op->job = job;
	op->arg = arg;
	op->wake = fn;
	op->ctx = ctx;
	return op;
}

static struct lg_op *fake_watch(struct lg_instance *h, lg_str folder, lg_wake_fn *fn, void *ctx)
{
	struct lg_op *op = fake_op(h, OP_WATCH);

	(void)folder;
	op->wake = fn;
	op->ctx = ctx;
	return op;
}

static void fake_cancel(struct lg_op *op)
{
	if (op)
		op->canceled = true;
}

static lg_time fake_time(struct lg_instance *h)
{
	return h->now;
}

static void fake_idle(struct lg_instance *h)
{
	h->idle++;
}

static lg_str fake_cursor_get(struct lg_instance *h, lg_str name)
{
	for (size_t i = 0; i < h->cursor_count; i++)
		if (strlen(h->cursors[i].name) == name.len && memcmp(h->cursors[i].name, name.ptr, name.len) == 0)
			return str_of(h->cursors[i].value);
	return STR_NONE;
}

static void fake_cursor_set(struct lg_instance *h, lg_str name, lg_str value)
{
	size_t i = 0;

	while (i < h->cursor_count && !str_is(name, h->cursors[i].name))
		i++;
	if (i == h->cursor_count)
		h->cursor_count++;
	snprintf(h->cursors[i].name, sizeof h->cursors[i].name, "%.*s", STRA(name));
	snprintf(h->cursors[i].value, sizeof h->cursors[i].value, "%.*s", STRA(value));
}

static lg_status fake_document_fd(struct lg_instance *h, const struct lg_document *d, int fd, lg_taken_fn *fn,
				  void *ctx)
{
	struct fake_doc *doc = &h->docs[h->doc_count];
	struct lg_op *op;
	ssize_t n;

	if (h->credits == 0)
		return LG_FULL;
	h->credits--;
	h->doc_count++;
	snprintf(doc->name, sizeof doc->name, "%.*s", STRA(d->name));
	n = read(fd, doc->text, sizeof doc->text - 1);
	doc->text[n > 0 ? n : 0] = '\0';
	close(fd);
	op = fake_op(h, OP_TAKEN);
	op->taken = fn;
	op->ctx = ctx;
	op->status = h->take;
	return LG_OK;
}

static void fake_settle(struct lg_instance *h, const struct lg_delivery *d, uint32_t i, lg_status st, lg_str remote,
			lg_str message, int64_t delay)
{
	(void)d;
	(void)delay;
	h->settled[i] = st;
	h->settle_count[i]++;
	snprintf(h->remote[i], sizeof h->remote[i], "%.*s", STRA(remote));
	snprintf(h->message[i], sizeof h->message[i], "%.*s", STRA(message));
}

static void fake_probed(struct lg_instance *h, const struct lg_delivery *d, uint32_t i, enum lg_probe_answer a,
			lg_str remote, lg_str message)
{
	(void)d;
	h->answers[i] = (int)a;
	snprintf(h->remote[i], sizeof h->remote[i], "%.*s", STRA(remote));
	snprintf(h->message[i], sizeof h->message[i], "%.*s", STRA(message));
}

/* {series} is the only field: the template is the text itself. */
static lg_str fake_name(struct lg_instance *h, const struct lg_template *t, const struct lg_rec *rec)
{
	static char names[64][600];
	static size_t at;
	const char *text = (const char *)(const void *)t, *brace = strstr(text, "{series}");
	lg_str series = rec_str(rec, LG_VOUCHER_SERIES);
	char *out = names[at++ % 64];

	(void)h;
	if (brace)
		snprintf(out, 600, "%.*s%.*s%s", (int)(brace - text), text, STRA(series), brace + 8);
	else
		snprintf(out, 600, "%s", text);
	return str_of(out);
}

/* A record is its text and a newline; "bad" cannot be written; containers have a head, with history before the rest. */
static struct lg_op *fake_encode(struct lg_instance *h, const struct lg_rec *const *recs, size_t n, lg_str history,
				 lg_encoded_fn *fn, void *ctx)
{
	struct lg_op *op = fake_op(h, OP_ENCODE);
	struct buf b = { 0 };

	op->encoded = fn;
	op->ctx = ctx;
	if (!(h->format.flags & LG_F_LINES))
		buf_cstr(&b, "HEAD\n");
	if (history.len > 0)
		buf_cstr(&b, h->history);
	for (size_t i = 0; i < n; i++) {
		lg_str text = rec_str(recs[i], LG_VOUCHER_TEXT);

		if (str_is(text, "bad")) {
			op->status = LG_REJECT;
			snprintf(op->message, sizeof op->message, "bad record");
		}
		buf_add(&b, text);
		buf_char(&b, '\n');
	}
	op->bytes = malloc(b.len + 1);
	if (b.len > 0)
		memcpy(op->bytes, b.ptr, b.len);
	op->len = b.len;
	buf_fini(&b);
	return history.len > 0 ? NULL : op; /* some operations cannot be canceled; they call back all the same */
}

static const struct lg_format *fake_format_of(struct lg_instance *h)
{
	return &h->format;
}

static bool fake_rehearsal(struct lg_instance *h)
{
	return h->rehearsal;
}

static const struct lg_host fake_table = {
	.size = sizeof(struct lg_host),
	.rec = &rec_abi,
	.log = fake_log,
	.fail = fake_fail,
	.timer = fake_timer,
	.work = fake_work,
	.watch = fake_watch,
	.cancel = fake_cancel,
	.now = fake_time,
	.idle = fake_idle,
	.cursor_get = fake_cursor_get,
	.cursor_set = fake_cursor_set,
	.document_fd = fake_document_fd,
	.settle = fake_settle,
	.probed = fake_probed,
	.name = fake_name,
	.encode = fake_encode,
	.format = fake_format_of,
	.rehearsal = fake_rehearsal,
};

static void fake_finish(struct lg_instance *h, struct lg_op *op)
{
	struct lg_op **at = &h->ops;

	while (*at != op)
		at = &(*at)->next;
	*at = op->next;
	if (op->what == OP_WORK && (op->status = op->canceled ? LG_CANCELED : op->job(op->arg)) != LG_CANCELED)
		h->jobs++;
	if (op->canceled)
		op->status = LG_CANCELED;
	if (h->die_after == 0 || h->jobs < h->die_after) {
		if (op->what == OP_ENCODE)
			op->encoded(op->ctx, op->status, (lg_str){ op->bytes, op->len }, str_of(op->message));
		else if (op->what == OP_TAKEN)
			op->taken(op->ctx, op->status, str_of(h->copy_of));
		else
			op->wake(op->ctx, op->status);
	}
	free(op->bytes);
	free(op);
}

static bool fake_ready(const struct lg_instance *h, const struct lg_op *op)
{
	return op->canceled || (op->what == OP_TIMER ? op->due <= h->now : op->what != OP_WATCH);
}

/* Until nothing is ready: what waits for time or for a change stays. */
static void fake_run(struct lg_instance *h)
{
	struct lg_op *op;

	while (h->die_after == 0 || h->jobs < h->die_after) {
		for (op = h->ops; op && !fake_ready(h, op); op = op->next)
			;
		if (op == NULL)
			return;
		fake_finish(h, op);
	}
}

/* Something changed in the folders that are watched. */
static ATTR_UNUSED void fake_change(struct lg_instance *h)
{
	for (struct lg_op *op = h->ops; op; op = op->next)
		if (op->what == OP_WATCH)
			op->wake(op->ctx, LG_OK);
	fake_run(h);
}

static size_t fake_pending(const struct lg_instance *h)
{
	size_t n = 0;

	for (const struct lg_op *op = h->ops; op; op = op->next)
		n++;
	return n;
}

/* A crash: what was pending never calls back. */
static void fake_drop(struct lg_instance *h)
{
	while (h->ops) {
		struct lg_op *op = h->ops;

		h->ops = op->next;
		free(op->bytes);
		free(op);
	}
	h->die_after = h->jobs = 0;
}

static const struct lg_connector *fake_connector(void)
{
	const char *build = getenv("BUILD");
	const struct lg_plugin *p;
	char path[512];
	void *so;

	snprintf(path, sizeof path, "%s/plugins/file.so", build ? build : "build");
	so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (so == NULL)
		fprintf(stderr, "%s\n", dlerror());
	p = so ? dlsym(so, "lg_plugin") : NULL;
	return p ? p->connectors : NULL;
}
