/* fuzz_xml.c - any bytes as an XML invoice and as a bank statement: read by the formats' tables; an invoice that was read
   is written, and what was written must be read again.  The plugins are those of the same build (environment: BUILD). */
#include "core/plugin/format_run.h"
#include "core/plugin/loader.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct registry registry;
static const struct lg_format *ubl, *camt;

static const struct lg_format *load(const char *name)
{
	const char *build = getenv("BUILD");
	char path[512];
	struct err err;

	snprintf(path, sizeof path, "%s/plugins/%s.so", build ? build : "build", name);
	if (!registry_load(&registry, path, &err))
		die("%s: %s", path, err.msg);
	return registry_format(&registry, str_of(name));
}

static bool count(void *ctx, struct lg_rec *rec, uint64_t offset, uint32_t line)
{
	size_t *records = ctx;

	(void)rec, (void)offset, (void)line;
	++*records;
	return true;
}

static bool write_again(void *ctx, struct lg_rec *rec, uint64_t offset, uint32_t line)
{
	const struct lg_rec *one = rec;
	size_t records = 0;
	const struct format_sink sink = { count, NULL, &records };
	struct buf out = { 0 };
	struct err err = { 0 };

	(void)ctx, (void)offset, (void)line;
	if (format_write_buf(ubl, NULL, NULL, &one, 1, &out, &err) == LG_OK &&
	    format_read_bytes(ubl, NULL, NULL, LG_STR("again"), buf_view(&out), &sink, &err) != LG_OK)
		die("what was written cannot be read: %s", err.msg);
	buf_fini(&out);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const lg_str bytes = { (const char *)data, size };
	size_t records = 0;
	const struct format_sink counting = { count, NULL, &records }, writing = { write_again, NULL, NULL };
	struct err err;

	if (ubl == NULL) {
		ubl = load("ubl");
		camt = load("camt");
	}
	ubl->sniff(bytes);
	camt->sniff(bytes);
	if (size > 0 && data[0] == 'c')
		format_read_bytes(camt, NULL, NULL, LG_STR("fuzz"), str_from(bytes, 1), &counting, &err);
	else
		format_read_bytes(ubl, NULL, NULL, LG_STR("fuzz"), bytes, &writing, &err);
	return 0;
}
