/* file - folders: reads what is put into them, writes what is to be fetched from them. */
#include "side.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct lg_option options[] = {
	LG_OPTION(struct file_config, read, LG_T_PATHS, .max = PATTERNS_MAX,
		  .doc = "files to read, with * and ? in the last part: inbox/*.xml"),
	LG_OPTION(struct file_config, write, LG_T_PATH_TEMPLATE,
		  .doc = "file to write, with fields in braces: out/vouchers-{ledger}-{series}-{number}.se"),
	LG_OPTION(struct file_config, after, LG_T_CHOICE, .dflt = "keep", .choices = "keep|move|delete",
		  .doc = "what happens to a file that was taken"),
	LG_OPTION(struct file_config, done, LG_T_PATH, .doc = "folder that files are moved to when they were taken"),
	LG_OPTION(struct file_config, failed, LG_T_PATH, .doc = "folder that files are moved to when they were parked"),
	LG_OPTION(struct file_config, settle, LG_T_DURATION, .dflt = "2s", .min = 0, .max = 3600000,
		  .doc = "a file is complete when it has not been written to for that long"),
	LG_OPTION(struct file_config, sweep, LG_T_DURATION, .dflt = "1m", .min = 1000, .max = 86400000,
		  .doc = "the folders are looked at that often, also when no change was reported"),
};

static const struct lg_options option_table = LG_OPTIONS(struct file_config, options);

static void check_pattern(const lg_str *path, const struct lg_report *report)
{
	size_t slash = path->len;

	while (slash > 0 && path->ptr[slash - 1] != '/')
		slash--;
	if (slash == path->len)
		report->error(report, path, "\"%.*s\" names a folder and no files (write %.*s*)", (int)path->len,
			      path->ptr, (int)path->len, path->ptr);
	for (size_t i = 0; i < slash; i++)
		if (strchr("*?[", path->ptr[i]) != NULL) {
			report->error(report, path,
				      "\"%.*s\" has a wildcard in a folder's name (wildcards go into the last part "
				      "only; several patterns make a list)",
				      (int)path->len, path->ptr);
			return;
		}
}

static void file_check(const void *config, const struct lg_report *report)
{
	const struct file_config *c = config;

	if (c->read.count == 0 && c->write.name == NULL)
		report->error(report, config, "a connection of `file` needs `read` or `write`");
	for (size_t i = 0; i < c->read.count; i++)
		check_pattern(&c->read.items[i], report);
	if (c->after == AFTER_MOVE && c->done.len == 0)
		report->error(report, &c->after, "\"after: move\" needs `done`, the folder to move to");
	if (c->after != AFTER_MOVE && c->done.len > 0)
		report->error(report, &c->done, "\"done\" is used with \"after: move\" only");
	if (c->write.name && c->write.text.len > 0 && c->write.text.ptr[c->write.text.len - 1] == '/')
		report->error(report, &c->write, "\"write\" names a folder and no file");
}

static lg_status file_open(void *state, const void *config, const struct lg_host *host, struct lg_instance *self)
{
	struct file *f = state;
	lg_status st = LG_OK;

	f->cfg = config;
	f->host = host;
	f->self = self;
	f->out.last = &f->out.first;
	if (f->cfg->read.count > 0)
		st = reader_open(f);
	if (st == LG_OK && f->cfg->write.name)
		st = writer_open(f);
	return st;
}

static void file_pull(void *state)
{
	reader_pull(state);
}

static void file_deliver(void *state, const struct lg_delivery *d)
{
	writer_add(state, d, false);
}

static void file_probe(void *state, const struct lg_delivery *d)
{
	writer_add(state, d, true);
}

static void file_close(void *state)
{
	struct file *f = state;

	f->closing = true;
	reader_close(f);
	writer_close(f);
}

/* Appending again would double it, and a new file would be a second one: after a crash the notes are asked.  Their
   answer counts at once: nothing is under way any more when the process is gone. */
static const struct lg_operation operations[] = { {
	.size = sizeof(struct lg_operation),
	.name = "write",
	.doc = "appends lines, or writes a file of its own",
	.kinds = UINT64_MAX,
	.probes = true,
	.deadline_ms = 0, /* a write ends with the process that held the store: what a probe misses now will not come */
	.batch_max = 10000,
} };

static const struct lg_connector connectors[] = { {
	.size = sizeof(struct lg_connector),
	.name = "file",
	.doc = "reads files from folders, and writes files into them",
	.options = &option_table,
	.state_size = sizeof(struct file),
	.operation_size = sizeof operations[0],
	.operation_count = 1,
	.operations = operations,
	.check = file_check,
	.open = file_open,
	.pull = file_pull,
	.deliver = file_deliver,
	.probe = file_probe,
	.close = file_close,
} };

const struct lg_plugin LG_PLUGIN_SYMBOL = { LG_PLUGIN_HEAD("file", "0.1.0", "files in folders"),
					    .connector_size = sizeof connectors[0], .connector_count = 1,
					    .connectors = connectors };
