#include "core/plugin/format_run.h"

#include "core/base/log.h"
#include "core/model/record_priv.h"
#include "core/plugin/host_text.h"
#include "core/plugin/xml.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK (64 * 1024)

/* The memory of one record. */
struct slot {
	struct arena arena;
	struct slot *next_free, *next;
};

struct job {
	struct host_handle handle; /* first: the host's functions take the job as that */
	struct arena arena;
	struct slot *slots, *free;
	const struct format_in *in;
	const struct format_sink *sink;
	const struct format_out *out;
	struct err *err;
	bool failed, canceled;
};

static struct lg_rec *job_rec_new(struct host_handle *h, uint16_t kind)
{
	struct job *j = (struct job *)h;
	struct slot *s = j->free;

	if (s) {
		j->free = s->next_free;
	} else {
		s = xalloc(sizeof *s);
		s->next = j->slots;
		j->slots = s;
	}
	return rec_new(&s->arena, kind);
}

static void job_rec_drop(struct host_handle *h, struct lg_rec *rec)
{
	struct job *j = (struct job *)h;
	struct slot *s = container_of(rec_arena(rec), struct slot, arena);

	if (rec_arena(rec) == &j->arena)
		return;
	arena_reset(&s->arena);
	s->next_free = j->free;
	j->free = s;
}

static void job_init(struct job *j, struct err *err)
{
	*j = (struct job){ .handle = { NULL, job_rec_new, job_rec_drop }, .err = err };
	j->handle.arena = &j->arena;
}

static void job_fini(struct job *j)
{
	for (struct slot *s = j->slots, *next; s; s = next) {
		next = s->next;
		arena_fini(&s->arena);
		free(s);
	}
	arena_fini(&j->arena);
}

static lg_str read_next(void *job)
{
	struct job *j = job;

	return j->in->next(j->in->ctx);
}

static lg_status read_emit(void *job, struct lg_rec *rec, uint64_t offset, uint32_t line)
{
	struct job *j = job;

	if (!rec_has(rec, LG_COMMON_KIND))
		rec_set_str(rec, LG_COMMON_KIND, str_of(object_get(rec_object(rec))->name));
	j->canceled = j->canceled || !j->sink->record(j->sink->ctx, rec, offset, line);
	job_rec_drop(&j->handle, rec);
	arena_reset(&j->arena);
	return j->canceled ? LG_CANCELED : LG_OK;
}

ATTR_PRINTF(4, 5) static void read_finding(void *job, const char *id, uint32_t line, const char *fmt, ...)
{
	const struct job *j = job;
	char text[1024];
	va_list ap;
	int n;

	if (j->sink->finding == NULL)
		return;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	j->sink->finding(j->sink->ctx, id, line, (lg_str){ text, MIN((size_t)MAX(n, 0), sizeof text - 1) });
}

/* The first failure is the cause of those after it; false for those. */
ATTR_PRINTF(3, 0) static bool fail_first(struct job *j, const char *id, const char *fmt, va_list *ap)
{
	char text[sizeof j->err->msg];

	if (j->failed)
		return false;
	j->failed = true;
	vsnprintf(text, sizeof text, fmt, *ap);
	err_set(j->err, ERR_REJECT, id, "%s", text);
	return true;
}

ATTR_PRINTF(5, 6)
static void read_fail(void *job, const char *id, uint32_t line, uint32_t column, const char *fmt, ...)
{
	struct job *j = job;
	char name[sizeof j->err->file];
	va_list ap;
	bool first;

	va_start(ap, fmt);
	first = fail_first(j, id, fmt, &ap);
	va_end(ap);
	if (!first)
		return;
	snprintf(name, sizeof name, "%.*s", STRA(j->in->name));
	err_at(j->err, name, (int)line, (int)column);
}

ATTR_PRINTF(3, 4) static void write_fail(void *job, const char *id, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail_first(job, id, fmt, &ap);
	va_end(ap);
}

static lg_status outcome(const struct job *j, const struct lg_format *f, lg_status status)
{
	if (j->canceled)
		return LG_CANCELED;
	if (j->failed)
		return status == LG_OK ? LG_REJECT : status;
	if (status != LG_OK)
		err_set(j->err, ERR_REJECT, "format.no_reason", "the format %s gave up and did not say why", f->name);
	return status;
}

lg_status format_read(const struct lg_format *f, const void *config, const struct lg_host *host,
		      const struct format_in *in, const struct format_sink *sink, struct err *err)
{
	struct err unused;
	struct job j;
	struct lg_read r = {
		sizeof r, host ? host : format_host(), &j, config, in->name, read_next, read_emit, read_finding,
		read_fail
	};
	lg_status status;

	job_init(&j, err ? err : &unused);
	j.in = in;
	j.sink = sink;
	if (f->read == NULL) {
		err_set(j.err, ERR_REJECT, "format.cannot_read", "the format %s cannot be read", f->name);
		return LG_REJECT;
	}
	status = outcome(&j, f, f->read(&r));
	job_fini(&j);
	return status;
}

static lg_str once(void *ctx)
{
	lg_str *bytes = ctx, all = *bytes;

	*bytes = STR_NONE;
	return all;
}

lg_status format_read_bytes(const struct lg_format *f, const void *config, const struct lg_host *host, lg_str name,
			    lg_str bytes, const struct format_sink *sink, struct err *err)
{
	const struct format_in in = { name, once, &bytes };

	return format_read(f, config, host, &in, sink, err);
}

struct file {
	FILE *f;
	int error;
	char bytes[CHUNK];
};

static lg_str file_next(void *ctx)
{
	struct file *f = ctx;
	size_t n = fread(f->bytes, 1, sizeof f->bytes, f->f);

	if (n == 0 && ferror(f->f))
		f->error = errno;
	return (lg_str){ f->bytes, n };
}

lg_status format_read_file(const struct lg_format *f, const void *config, const struct lg_host *host, const char *path,
			   const struct format_sink *sink, struct err *err)
{
	struct file *file = xalloc(sizeof *file);
	const struct format_in in = { str_of(path), file_next, file };
	lg_status status = LG_REJECT;

	file->f = fopen(path, "rbe");
	if (file->f) {
		status = format_read(f, config, host, &in, sink, err);
		fclose(file->f);
	} else {
		file->error = errno;
	}
	if (file->error) {
		status = LG_RETRY;
		err_set(err, ERR_RETRY, "file.unreadable", "%s", strerror(file->error));
		err_at(err, path, 0, 0);
	}
	free(file);
	return status;
}

static const struct lg_rec *write_next(void *job)
{
	struct job *j = job;

	arena_reset(&j->arena);
	return j->failed ? NULL : j->out->next(j->out->ctx);
}

static void write_put(void *job, lg_str bytes)
{
	const struct job *j = job;

	j->out->put(j->out->ctx, bytes);
}

lg_status format_write(const struct lg_format *f, const void *config, const struct lg_host *host,
		       const struct format_out *out, struct err *err)
{
	struct err unused;
	struct job j;
	const struct lg_write w = {
		sizeof w, host ? host : format_host(), &j, config, write_next, write_put, write_fail
	};
	lg_status status;

	job_init(&j, err ? err : &unused);
	j.out = out;
	if (f->write == NULL) {
		err_set(j.err, ERR_REJECT, "format.cannot_write", "the format %s cannot be written", f->name);
		return LG_REJECT;
	}
	status = outcome(&j, f, f->write(&w));
	job_fini(&j);
	return status;
}

struct array_out {
	const struct lg_rec *const *recs;
	size_t left;
	struct buf *out;
};

static const struct lg_rec *array_next(void *ctx)
{
	struct array_out *a = ctx;

	if (a->left == 0)
		return NULL;
	a->left--;
	return *a->recs++;
}

static void array_put(void *ctx, lg_str bytes)
{
	const struct array_out *a = ctx;

	buf_add(a->out, bytes);
}

lg_status format_write_buf(const struct lg_format *f, const void *config, const struct lg_host *host,
			   const struct lg_rec *const *recs, size_t count, struct buf *out, struct err *err)
{
	struct array_out a = { recs, count, out };
	const struct format_out o = { array_next, array_put, &a };
	size_t before = out->len;
	lg_status status = format_write(f, config, host, &o, err);

	if (status != LG_OK)
		out->len = before;
	return status;
}

static struct lg_rec *host_rec_new(void *handle, uint16_t kind)
{
	struct host_handle *h = handle;

	return h->rec_new ? h->rec_new(h, kind) : rec_new(h->arena, kind);
}

static void host_rec_drop(void *handle, struct lg_rec *rec)
{
	struct host_handle *h = handle;

	if (h->rec_drop)
		h->rec_drop(h, rec);
}

ATTR_PRINTF(3, 4) static void host_log(struct lg_instance *i, enum lg_level level, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	(void)i;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	log_line((int)level, "", "%s", text);
}

void format_host_fill(struct lg_host *host)
{
	host_text_fill(host);
	host->size = sizeof *host;
	host->rec = &rec_abi;
	host->log = host_log;
	host->rec_new = host_rec_new;
	host->rec_drop = host_rec_drop;
	host->xml_read = xml_read;
	host->xml_write = xml_write;
}

static struct lg_host tool_host;

static void fill_tool_host(void)
{
	format_host_fill(&tool_host);
}

const struct lg_host *format_host(void)
{
	static pthread_once_t once_only = PTHREAD_ONCE_INIT;

	pthread_once(&once_only, fill_tool_host);
	return &tool_host;
}
