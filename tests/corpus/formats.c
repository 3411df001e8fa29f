/* formats PLUGIN.so FORMAT OUT < list of files: reads each file, writes its records again to OUT/N and reads that.
   Prints one line a fact, tab between: file, what (record, finding, error, written, same, differs), details. */
#include "core/plugin/format_run.h"
#include "core/plugin/loader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run {
	const char *path;
	const struct lg_format *format;
	struct arena arena;
	const struct lg_rec **recs;
	size_t count, cap;
	bool quiet;
};

static void line(const struct run *r, const char *what, lg_str text)
{
	if (!r->quiet)
		printf("%s\t%s\t%.*s\n", r->path, what, STRA(text));
}

static void line_err(const struct run *r, const char *what, const struct err *err)
{
	char text[1400];

	err_text(err, text, sizeof text);
	printf("%s\t%s\t%s\t%s\n", r->path, what, err->id, text);
}

static bool on_record(void *ctx, struct lg_rec *rec, uint64_t offset, uint32_t at_line)
{
	struct run *r = ctx;
	struct buf b = { 0 };

	r->recs = xgrow(r->recs, &r->cap, r->count + 1, sizeof *r->recs);
	r->recs[r->count++] = rec_clone(&r->arena, rec);
	buf_addf(&b, "%llu\t%u\t", (unsigned long long)offset, at_line);
	rec_to_json(rec, &b);
	line(r, "record", buf_view(&b));
	buf_fini(&b);
	return true;
}

static void on_finding(void *ctx, const char *id, uint32_t at_line, lg_str text)
{
	struct buf b = { 0 };

	buf_addf(&b, "%s\t%u\t%.*s", id, at_line, STRA(text));
	line(ctx, "finding", buf_view(&b));
	buf_fini(&b);
}

static void compare(struct run *r, const struct run *again)
{
	struct buf a = { 0 }, b = { 0 };
	bool same = r->count == again->count;

	for (size_t i = 0; i < r->count; i++)
		rec_to_json(r->recs[i], &a);
	for (size_t i = 0; i < again->count; i++)
		rec_to_json(again->recs[i], &b);
	same = same && str_eq(buf_view(&a), buf_view(&b));
	line(r, same ? "same" : "differs", same ? STR_NONE : buf_view(&b));
	buf_fini(&a);
	buf_fini(&b);
}

static void write_again(struct run *r, const char *out_path)
{
	struct run again = { .path = r->path, .format = r->format, .quiet = true };
	const struct format_sink sink = { on_record, on_finding, &again };
	struct buf out = { 0 };
	struct err err;
	FILE *f;

	if (format_write_buf(r->format, NULL, NULL, r->recs, r->count, &out, &err) != LG_OK) {
		line_err(r, "unwritten", &err);
		return;
	}
	f = fopen(out_path, "wbe");
	if (f) {
		fwrite(out.ptr, 1, out.len, f);
		fclose(f);
	}
	line(r, "written", str_of(out_path));
	if (format_read_bytes(r->format, NULL, NULL, str_of(out_path), buf_view(&out), &sink, &err) == LG_OK)
		compare(r, &again);
	else
		line_err(r, "unread", &err);
	arena_fini(&again.arena);
	free(again.recs);
	buf_fini(&out);
}

static void one(const struct lg_format *format, const char *path, const char *out_path)
{
	struct run r = { .path = path, .format = format };
	const struct format_sink sink = { on_record, on_finding, &r };
	struct err err;

	if (format_read_file(format, NULL, NULL, path, &sink, &err) != LG_OK)
		line_err(&r, "error", &err);
	else if (format->write)
		write_again(&r, out_path);
	arena_fini(&r.arena);
	free(r.recs);
}

int main(int argc, char **argv)
{
	struct registry registry = { 0 };
	const struct lg_format *format;
	char path[4096], out[4096];
	struct err err;
	unsigned n = 0;

	if (argc != 4)
		die("usage: formats PLUGIN.so FORMAT OUT < files");
	if (!registry_load(&registry, argv[1], &err))
		die("%s: %s", argv[1], err.msg);
	format = registry_format(&registry, str_of(argv[2]));
	if (format == NULL)
		die("%s has no format %s", argv[1], argv[2]);
	while (fgets(path, sizeof path, stdin)) {
		path[strcspn(path, "\n")] = '\0';
		snprintf(out, sizeof out, "%s/%u%s", argv[3], n++, format->suffix ? format->suffix : "");
		one(format, path, out);
	}
	registry_fini(&registry);
	return 0;
}
