/* format_fake.h - runs a format plugin over bytes in a test: the smallest host that a format can live with.
   The plugin is the built one, build/plugins/NAME.so. */
#pragma once
#include "core/model/record.h"
#include "core/plugin/host_text.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake {
	struct host_handle handle; /* first: this struct is the job handle */
	struct arena arena;
	struct lg_host host;
	const struct lg_format *format;
	lg_str in;
	size_t at, chunk;
	char *copy; /* each chunk in its own memory, so that reading a stale one is seen by ASan */
	struct lg_rec **recs;
	uint32_t *lines;
	size_t count, cap, line_cap, written;
	struct buf findings; /* "LINE id: text\n" each */
	struct buf out;
	char id[64], msg[1024];
	uint32_t line, column;
};

static struct lg_rec *fake_rec_new(void *job, uint16_t kind)
{
	return rec_new(&((struct fake *)job)->arena, kind);
}

static lg_str fake_next(void *job)
{
	struct fake *f = job;
	size_t n = MIN(f->chunk, f->in.len - f->at);

	free(f->copy);
	f->copy = NULL;
	if (n == 0)
		return STR_NONE;
	f->copy = malloc(n);
	memcpy(f->copy, f->in.ptr + f->at, n);
	f->at += n;
	return (lg_str){ f->copy, n };
}

static lg_status fake_emit(void *job, struct lg_rec *r, uint64_t offset, uint32_t line)
{
	struct fake *f = job;

	(void)offset;
	f->recs = xgrow(f->recs, &f->cap, f->count + 1, sizeof *f->recs);
	f->lines = xgrow(f->lines, &f->line_cap, f->count + 1, sizeof *f->lines);
	f->lines[f->count] = line;
	f->recs[f->count++] = r;
	return LG_OK;
}

static ATTR_PRINTF(4, 5) void fake_finding(void *job, const char *id, uint32_t line, const char *fmt, ...)
{
	struct fake *f = job;
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_addf(&f->findings, "%u %s: %s\n", line, id, text);
}

static ATTR_PRINTF(5, 6) void fake_fail(void *job, const char *id, uint32_t line, uint32_t column, const char *fmt, ...)
{
	struct fake *f = job;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->msg, sizeof f->msg, fmt, ap);
	va_end(ap);
	snprintf(f->id, sizeof f->id, "%s", id);
	f->line = line;
	f->column = column;
}

static ATTR_PRINTF(3, 4) void fake_write_fail(void *job, const char *id, const char *fmt, ...)
{
	struct fake *f = job;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->msg, sizeof f->msg, fmt, ap);
	va_end(ap);
	snprintf(f->id, sizeof f->id, "%s", id);
}

static const struct lg_rec *fake_record(void *job)
{
	struct fake *f = job;

	return f->written < f->count ? f->recs[f->written++] : NULL;
}

static void fake_put(void *job, lg_str bytes)
{
	buf_add(&((struct fake *)job)->out, bytes);
}

static inline void fake_init(struct fake *f, const struct lg_format *format)
{
	*f = (struct fake){ .chunk = 4096, .format = format };
	f->handle.arena = &f->arena;
	f->host = (struct lg_host){ .size = sizeof f->host, .rec = &rec_abi, .rec_new = fake_rec_new };
	host_text_fill(&f->host);
}

/* Of the built plugin; NULL: it is not there. */
static inline const struct lg_format *fake_format(const char *name)
{
	const char *build = getenv("BUILD");
	const struct lg_plugin *p;
	char path[512];
	void *so;

	snprintf(path, sizeof path, "%s/plugins/%s.so", build ? build : "build", name);
	so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (so == NULL) {
		fprintf(stderr, "%s\n", dlerror());
		return NULL;
	}
	p = dlsym(so, "lg_plugin");
	return p ? p->formats : NULL;
}

static inline void fake_fini(struct fake *f)
{
	free(f->copy);
	free(f->recs);
	free(f->lines);
	buf_fini(&f->findings);
	buf_fini(&f->out);
	arena_fini(&f->arena);
}

static inline lg_status fake_read(struct fake *f, lg_str in, const void *config)
{
	const struct lg_read r = { sizeof r,  &f->host,     f,        config, LG_STR("test"), fake_next,
				   fake_emit, fake_finding, fake_fail };

	f->in = in;
	f->at = f->count = 0;
	buf_reset(&f->findings);
	f->id[0] = f->msg[0] = '\0';
	f->line = f->column = 0;
	return f->format->read(&r);
}

/* Writes what the last fake_read took; the bytes are in f->out. */
static inline lg_status fake_write(struct fake *f, const void *config)
{
	const struct lg_write w = { sizeof w, &f->host, f, config, fake_record, fake_put, fake_write_fail };

	f->written = 0;
	buf_reset(&f->out);
	f->id[0] = f->msg[0] = '\0';
	return f->format->write(&w);
}

/* The records as JSON lines, in f->out. */
static inline const char *fake_json(struct fake *f)
{
	buf_reset(&f->out);
	for (size_t i = 0; i < f->count; i++) {
		f->host.json_write(f, f->recs[i], fake_put);
		buf_char(&f->out, '\n');
	}
	return buf_text(&f->out);
}
