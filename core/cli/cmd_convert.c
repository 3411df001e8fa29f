/* cmd_convert.c - formats as a tool. */
#include "core/cli/cli.h"
#include "core/plugin/format_run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct convert {
	struct cli *cli;
	const struct lg_format *to; /* NULL: count only */
	bool json;                  /* straight to JSON lines, record by record */
	const char *path;
	int64_t records, findings, left_out;
	uint64_t left_kinds; /* that the format cannot write */
	struct arena arena;  /* what a container format gets at the end */
	const struct lg_rec **kept;
	size_t count, cap;
	struct buf line;
};

static bool on_record(void *ctx, struct lg_rec *rec, uint64_t offset, uint32_t line)
{
	struct convert *c = ctx;

	(void)offset;
	(void)line;
	c->records++;
	rec_set_str(rec, LG_COMMON_KIND, str_of(object_get(rec_object(rec))->name));
	if (c->json) {
		buf_reset(&c->line);
		rec_to_json(rec, &c->line);
		buf_char(&c->line, '\n');
		return fwrite(c->line.ptr, 1, c->line.len, stdout) == c->line.len;
	}
	if (c->to == NULL)
		return true;
	if ((c->to->writes & LG_KIND_BIT(rec_object(rec))) == 0) {
		c->left_out++;
		c->left_kinds |= LG_KIND_BIT(rec_object(rec));
		return true;
	}
	c->kept = xgrow(c->kept, &c->cap, c->count + 1, sizeof *c->kept);
	c->kept[c->count++] = rec_clone(&c->arena, rec);
	return true;
}

static void on_finding(void *ctx, const char *id, uint32_t line, lg_str text)
{
	struct convert *c = ctx;

	c->findings++;
	if (line > 0)
		fprintf(stderr, "%s:%u: [%s] finding: %.*s\n", c->path, line, id, STRA(text));
	else
		fprintf(stderr, "%s: [%s] finding: %.*s\n", c->path, id, STRA(text));
}

/* The format that is surest of the first bytes; NULL when none is sure enough. */
static const struct lg_format *sniff(struct cli *cli, lg_str head)
{
	const struct lg_format *best = NULL;
	int most = 20;

	map_each (&cli->registry.formats, e) {
		const struct lg_format *f = e->value;
		int sure = f->sniff && f->reads ? f->sniff(head) : 0;

		if (sure > most) {
			most = sure;
			best = f;
		}
	}
	return best;
}

static const struct lg_format *format_of(struct convert *c, const struct lg_format *from)
{
	char head[4096];
	int fd;
	ssize_t n;

	if (from)
		return from;
	fd = open(c->path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, head, sizeof head);
	if (fd >= 0)
		close(fd);
	if (n < 0) {
		fprintf(stderr, "loligo: \"%s\" cannot be read: %s\n", c->path, strerror(errno));
		return NULL;
	}
	from = sniff(c->cli, (lg_str){ head, (size_t)n });
	if (from == NULL)
		fprintf(stderr, "loligo: \"%s\": no format knows these bytes; say --from\n", c->path);
	return from;
}

static bool read_one(struct convert *c, const struct lg_format *from)
{
	struct format_sink sink = { on_record, on_finding, c };
	struct err err = { 0 };
	lg_status status;

	from = format_of(c, from);
	if (from == NULL)
		return false;
	status = format_read_file(from, NULL, NULL, c->path, &sink, &err);
	if (status == LG_OK)
		return true;
	if (err.file[0] == '\0')
		err_at(&err, c->path, err.line, err.column);
	cli_fail(&err);
	return false;
}

static bool write_kept(struct convert *c)
{
	struct err err = { 0 };
	struct buf out = { 0 };
	bool ok;

	if (c->to == NULL || c->json)
		return true;
	for (uint16_t k = 0; c->left_out > 0 && k < 64; k++)
		if (c->left_kinds & LG_KIND_BIT(k))
			fprintf(stderr, "loligo: %s cannot write the kind \"%s\": left out\n", c->to->name,
				object_get(k)->name);
	if (c->count == 0 && c->left_out > 0)
		return false;
	ok = format_write_buf(c->to, NULL, NULL, c->kept, c->count, &out, &err) == LG_OK;
	if (ok)
		ok = fwrite(out.ptr, 1, out.len, stdout) == out.len;
	else
		cli_fail(&err);
	buf_fini(&out);
	return ok;
}

static const struct lg_format *named(struct cli *cli, const char *name)
{
	const struct lg_format *f = registry_format(&cli->registry, str_of(name));

	if (f == NULL)
		fprintf(stderr, "loligo: there is no format \"%s\"; `loligo plugins` lists them\n", name);
	return f;
}

static int convert(struct convert *c, const struct lg_format *from, bool count_only, int argc, char **argv)
{
	bool ok = true;

	for (int i = 1; i < argc; i++) {
		c->path = argv[i];
		ok &= read_one(c, from);
	}
	ok &= write_kept(c);
	if (count_only)
		printf("%lld records, %lld findings\n", (long long)c->records, (long long)c->findings);
	return ok ? CLI_OK : CLI_PROBLEM;
}

static int run(struct cli *cli, int argc, char **argv)
{
	const char *from_name = cli_option(&argc, argv, "--from"), *to_name = cli_option(&argc, argv, "--to");
	bool none = to_name && strcmp(to_name, "none") == 0;
	struct convert c = { .cli = cli };
	const struct lg_format *from = NULL;
	int code;

	if (cli_unknown(argc, argv) || argc < 2)
		return cli_usage(&cmd_convert);
	if (!cli_plugins(cli))
		return CLI_USAGE;
	if (from_name && (from = named(cli, from_name)) == NULL)
		return CLI_USAGE;
	if (!none && (c.to = named(cli, to_name ? to_name : "json")) == NULL)
		return CLI_USAGE;
	c.json = !none && (to_name == NULL || strcmp(to_name, "json") == 0);
	code = convert(&c, from, none, argc, argv);
	free(c.kept);
	buf_fini(&c.line);
	arena_fini(&c.arena);
	return code;
}

const struct command cmd_convert = { "convert", "convert [--from FORMAT] [--to FORMAT|none] FILE...",
				     "read files, write normalized JSON lines or another format", run };
