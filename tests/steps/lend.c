/* What struct lg_host lends to steps. */
#include "core/model/ids.h"
#include "core/model/refs.h"
#include "tests/steps/core.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct arena *memory(void *handle)
{
	return ((struct host_handle *)handle)->arena;
}

ATTR_PRINTF(3, 4) static void log_line_of(struct lg_instance *i, enum lg_level level, const char *fmt, ...)
{
	va_list ap;

	(void)i;
	if (level > LG_LOG_WARNING)
		return;
	va_start(ap, fmt);
	fputs("# ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
}

ATTR_PRINTF(2, 0) static lg_str format(struct arena *a, const char *fmt, va_list ap)
{
	char text[1024];
	int n = vsnprintf(text, sizeof text, fmt, ap);

	return arena_str(a, (lg_str){ text, n < 0 ? 0 : MIN((size_t)n, sizeof text - 1) });
}

static struct lg_rec *make(void *handle, uint16_t kind)
{
	return rec_new(memory(handle), kind);
}

/* ---- what goes on ---- */

static void send_on(struct lg_run *run, const struct lg_rec *rec)
{
	run->out = xgrow(run->out, &run->out_cap, run->out_count + 1, sizeof(const struct lg_rec *));
	run->out[run->out_count++] = rec;
}

static lg_status pass(struct lg_run *run)
{
	if (run->rec == NULL)
		die("pass() in a flush: there is no record");
	send_on(run, run->rec);
	return LG_OK;
}

static lg_str made_key(struct lg_run *run, lg_str key)
{
	return arena_printf(&run->s->core->batch, "%zu/%zu/%.*s", run->flow, run->step, STRA(key));
}

/* Stable over runs, unlike str_hash. */
static uint64_t fnv(lg_str s)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.ptr[i]) * 0x100000001b3u;
	return h;
}

static lg_str body_of(struct steps_core *c, const struct lg_rec *rec, enum rec_part part)
{
	buf_reset(&c->scratch);
	rec_encode(rec, part, &c->scratch);
	return buf_view(&c->scratch);
}

static const struct lg_rec *made(struct lg_run *run, lg_str key)
{
	struct steps_core *c = run->s->core;
	const struct row *r = table_get(table_of(&c->tables, TABLE_MADE), made_key(run, key));

	return r ? rec_decode(&c->batch, (lg_str){ r->body, r->len }, NULL) : NULL;
}

static bool same_body(struct steps_core *c, const struct lg_rec *a, const struct lg_rec *b)
{
	lg_str x = arena_str(&c->batch, body_of(c, a, REC_BODY)), y = body_of(c, b, REC_BODY);

	return str_eq(x, y);
}

static void keep(struct lg_run *run, const struct lg_rec *rec, lg_str key, lg_str cause, bool fresh)
{
	struct steps *s = run->s;
	struct arena *a = &s->core->kept;

	s->made = xgrow(s->made, &s->made_cap, s->made_count + 1, sizeof *s->made);
	s->made[s->made_count++] = (struct steps_made){ run->flow,           run->step,         arena_str(a, key),
							arena_str(a, cause), rec_clone(a, rec), fresh };
}

static lg_status emit(struct lg_run *run, struct lg_rec *rec, lg_str key, lg_str cause)
{
	struct steps_core *c = run->s->core;
	const struct object *kind = object_get(rec_object(rec));
	char id[17];
	const struct lg_rec *old;
	int64_t revision = 1;
	bool fresh = true;
	lg_str full = made_key(run, key);

	if (!kind->is_kind)
		die("emit: a %s is no record of its own", kind->name);
	if (cause.len == 0 && run->rec != NULL)
		cause = rec_str(run->rec, LG_COMMON_ID);
	snprintf(id, sizeof id, "%016llx", (unsigned long long)fnv(full));
	rec_set_str(rec, LG_COMMON_ID, (lg_str){ id, 16 });
	rec_set_str(rec, LG_COMMON_KIND, str_of(kind->name));
	if (run->s->keep) {
		old = made(run, key);
		if (old != NULL) {
			fresh = !same_body(c, old, rec);
			rec_int(old, LG_COMMON_REVISION, &revision);
			revision += fresh;
		}
		rec_set_int(rec, LG_COMMON_REVISION, revision);
		if (fresh)
			table_put(&c->tables, table_of(&c->tables, TABLE_MADE), full, body_of(c, rec, REC_ALL), NULL,
				  0);
		keep(run, rec, key, cause, fresh);
	}
	send_on(run, rec);
	return LG_OK;
}

/* ---- state ---- */

static struct table *table(struct lg_run *run, const char *name)
{
	return table_of(&run->s->core->tables, str_of(name));
}

static const struct lg_rec *decode(struct lg_run *run, const struct row *r)
{
	return rec_decode(&run->s->core->batch, (lg_str){ r->body, r->len }, NULL);
}

static const struct lg_rec *get(struct lg_run *run, const char *name, lg_str key)
{
	const struct row *r = table_get(table(run, name), key);

	return r ? decode(run, r) : NULL;
}

static void put(struct lg_run *run, const char *name, lg_str key, const struct lg_rec *rec,
		const struct lg_index *index, size_t count)
{
	struct steps_core *c = run->s->core;

	table_put(&c->tables, table(run, name), key, body_of(c, rec, REC_ALL), index, count);
}

static void del(struct lg_run *run, const char *name, lg_str key)
{
	if (table_get(table(run, name), key) != NULL)
		table_put(&run->s->core->tables, table(run, name), key, STR_NONE, NULL, 0);
}

#define FIND_MAX 4096

static size_t find(struct lg_run *run, const char *name, lg_str index, lg_str value, struct lg_row *out, size_t limit)
{
	const struct row *rows[FIND_MAX];
	size_t n = table_find(table(run, name), index, value, rows, MIN(limit, (size_t)FIND_MAX));

	for (size_t i = 0; i < n; i++)
		out[i] = (struct lg_row){ rows[i]->key, decode(run, rows[i]) };
	return n;
}

static int64_t number(struct lg_run *run, lg_str sequence)
{
	struct steps_core *c = run->s->core;
	struct table *t = table_of(&c->tables, TABLE_SEQUENCES);
	const struct row *r = table_get(t, sequence);
	int64_t n = 0;

	if (r != NULL)
		memcpy(&n, r->body, sizeof n);
	n++;
	table_put(&c->tables, t, sequence, (lg_str){ (const char *)&n, sizeof n }, NULL, 0);
	return n;
}

/* ---- waiting ---- */

static void wait_for(struct lg_run *run, const lg_str *topics, size_t count, const char *id, const char *reason)
{
	struct steps *s = run->s;
	lg_str *copy = arena_array(&s->arena, lg_str, count ? count : 1);

	if (run->rec == NULL)
		die("wait() in a flush: there is no record");
	for (size_t i = 0; i < count; i++)
		copy[i] = arena_str(&s->arena, topics[i]);
	s->waiting = xgrow(s->waiting, &s->waiting_cap, s->waiting_count + 1, sizeof *s->waiting);
	s->waiting[s->waiting_count++] = (struct steps_waiting){ run->flow,
								 run->step,
								 rec_clone(&s->arena, run->rec),
								 arena_str(&s->arena, str_of(id)),
								 arena_str(&s->arena, str_of(reason)),
								 copy,
								 count,
								 false,
								 false };
	run->waits = true;
}

static void wake(struct lg_run *run, const lg_str *topics, size_t count)
{
	struct steps_core *c = run->s->core;

	c->wakes = xgrow(c->wakes, &c->wake_cap, c->wake_count + count, sizeof *c->wakes);
	for (size_t i = 0; i < count; i++)
		c->wakes[c->wake_count++] = arena_str(&c->batch, topics[i]);
}

static bool again(struct lg_run *run)
{
	return run->second;
}

static const struct lg_rec *decision(struct lg_run *run)
{
	return run->decision;
}

/* ---- saying why ---- */

ATTR_PRINTF(3, 4) static void explain(struct lg_run *run, const char *id, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	run->why = format(run->handle.arena, fmt, ap);
	va_end(ap);
	run->why_id = str_of(id);
}

ATTR_PRINTF(4, 5)
static void finding(struct lg_run *run, const struct lg_rec *rec, const char *id, const char *fmt, ...)
{
	struct steps *s = run->s;
	va_list ap;

	s->findings = xgrow(s->findings, &s->finding_cap, s->finding_count + 1, sizeof *s->findings);
	va_start(ap, fmt);
	s->findings[s->finding_count++] =
		(struct steps_note){ run->flow, run->step, rec ? rec_clone(&s->core->kept, rec) : NULL,
				     arena_str(&s->core->kept, str_of(id)), format(&s->core->kept, fmt, ap) };
	va_end(ap);
}

/* ---- the config ---- */

static const struct lg_client *client(struct lg_run *run, lg_str name)
{
	struct steps_core *c = run->s->core;

	for (size_t i = 0; i < c->client_count; i++)
		if (str_eq(c->clients[i]->name, name))
			return c->clients[i];
	return NULL;
}

/* The letters and digits that count: without a country in front and the 01 behind a Swedish number. */
static lg_str bare_id(struct arena *a, lg_str id)
{
	char *p = arena_bytes(a, id.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < id.len; i++) {
		char ch = id.ptr[i];

		if (ch >= 'a' && ch <= 'z')
			ch = (char)(ch - 'a' + 'A');
		if ((ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9'))
			p[n++] = ch;
	}
	if (n == 14 && memcmp(p, "SE", 2) == 0 && memcmp(p + 12, "01", 2) == 0)
		return (lg_str){ p + 2, 10 };
	if (n > 4 && p[0] >= 'A' && p[1] >= 'A' && str_is_digits((lg_str){ p + 2, n - 2 }))
		return (lg_str){ p + 2, n - 2 };
	return (lg_str){ p, n };
}

static bool same_id(struct arena *a, lg_str wanted, lg_str id)
{
	return id.len > 0 && str_eq(bare_id(a, id), wanted);
}

static const struct lg_client *client_by_id(struct lg_run *run, lg_str id)
{
	struct steps_core *c = run->s->core;
	struct arena *a = run->handle.arena;
	lg_str wanted = bare_id(a, id);
	const struct lg_client *found = NULL;

	if (wanted.len == 0)
		return NULL;
	for (size_t i = 0; i < c->client_count; i++) {
		if (!same_id(a, wanted, c->clients[i]->legal_id) && !same_id(a, wanted, c->clients[i]->vat_id))
			continue;
		if (found != NULL)
			return NULL;
		found = c->clients[i];
	}
	return found;
}

static size_t client_count(struct lg_run *run)
{
	return run->s->core->client_count;
}

static size_t ledgers(struct lg_run *run, const struct lg_ledger **out)
{
	*out = run->s->core->ledgers;
	return run->s->core->ledger_count;
}

static lg_date today(struct lg_run *run)
{
	return run->s->today;
}

static uint32_t reference(void *handle, lg_str text, lg_str *bare)
{
	return refs_check(text, memory(handle), bare);
}

void host_fill(struct lg_host *h)
{
	*h = (struct lg_host){ .size = sizeof *h,
			       .rec = &rec_abi,
			       .log = log_line_of,
			       .rec_new = make,
			       .emit = emit,
			       .pass = pass,
			       .made = made,
			       .get = get,
			       .put = put,
			       .del = del,
			       .find = find,
			       .number = number,
			       .wait = wait_for,
			       .wake = wake,
			       .again = again,
			       .decision = decision,
			       .explain = explain,
			       .finding = finding,
			       .client = client,
			       .client_by_id = client_by_id,
			       .client_count = client_count,
			       .ledgers = ledgers,
			       .today = today,
			       .reference = reference,
			       .identifier = ids_check };
	host_text_fill(h);
	host_fill_config(h);
}
