/* Deliveries, one at a time and in order: effects are grouped by the file they go to; each group is encoded, written by
   a job, and settled.  Probes stand in the same queue. */
#include "side.h"

#include <stdlib.h>
#include <string.h>

static void next_request(struct file *f);
static void next_group(struct file *f);
static void encode_group(struct file *f);
static void abandon(struct file *f);

static const struct lg_delivery *delivery(const struct file *f)
{
	return f->out.first->delivery;
}

static bool same(lg_str a, lg_str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static bool lines(struct file *f)
{
	return (f->host->format(f->self)->flags & LG_F_LINES) != 0;
}

/* A callback is here. */
static void came(struct file *f)
{
	f->out.op = NULL;
	f->out.busy = false;
}

/* ---- the queue ---- */

static void free_plan(struct writer *w)
{
	free(w->groups);
	free(w->members);
	free(w->recs);
	free(w->effects);
	free(w->keys);
	free(w->bytes);
	free(w->probe.items);
	w->groups = NULL;
	w->members = NULL;
	w->recs = NULL;
	w->effects = NULL;
	w->keys = NULL;
	w->bytes = NULL;
	w->probe.items = NULL;
	w->group_count = w->at = w->count = 0;
}

static void end_request(struct file *f)
{
	struct request *done = f->out.first;

	free_plan(&f->out);
	f->out.first = done->next;
	if (f->out.first == NULL)
		f->out.last = &f->out.first;
	free(done);
	if (f->closing)
		abandon(f);
	else
		next_request(f);
}

static void settle_all(struct file *f, lg_status st, const char *why)
{
	const struct lg_delivery *d = delivery(f);

	for (uint32_t i = 0; i < d->count; i++) {
		if (f->out.members && f->out.members[i].settled)
			continue;
		if (f->out.first->probe)
			f->host->probed(f->self, d, i, LG_PROBE_UNSURE, (lg_str){ 0 }, text_of(why));
		else
			f->host->settle(f->self, d, i, st, (lg_str){ 0 }, text_of(why), 0);
	}
}

/* ---- grouping ---- */

static lg_str company_of(struct file *f, const struct lg_rec *rec)
{
	uint16_t field = f->host->format(f->self)->one_per_file;

	if (field == 0 || f->host->rec->kind(rec) != field >> 8)
		return (lg_str){ 0 };
	return f->host->rec->str(rec, field);
}

static uint32_t group_find(struct writer *w, uint32_t *slots, size_t mask, lg_str name, lg_str full)
{
	size_t i = (size_t)file_hash(FILE_HASH, full.ptr, full.len) & mask;

	for (; slots[i] != 0; i = (i + 1) & mask)
		if (same(w->groups[slots[i] - 1].name, name))
			return slots[i] - 1;
	w->groups[w->group_count] = (struct group){ .name = name };
	slots[i] = (uint32_t)++w->group_count;
	return (uint32_t)w->group_count - 1;
}

/* The part of the rendered path below the folder; empty: it does not lie there. */
static lg_str below(const struct writer *w, lg_str path)
{
	size_t n = strlen(w->folder);

	if (n == 1) /* the root: its slash is the separator */
		n = 0;
	if (path.len < n + 2 || memcmp(path.ptr, w->folder, n) != 0 || path.ptr[n] != '/')
		return (lg_str){ 0 };
	return (lg_str){ path.ptr + n + 1, path.len - n - 1 };
}

static void add_member(struct file *f, uint32_t i, uint32_t *slots, size_t mask)
{
	struct writer *w = &f->out;
	const struct lg_rec *rec = delivery(f)->effects[i].rec;
	lg_str full = f->host->name(f->self, f->cfg->write.name, rec), name = below(w, full),
	       company = company_of(f, rec);
	struct group *g = &w->groups[group_find(w, slots, mask, name.len > 0 ? name : full, full)];

	if (g->first == 0)
		g->first = i + 1;
	else
		w->members[g->last - 1].next = i + 1;
	g->last = i + 1;
	g->outside = name.len == 0;
	if (company.len == 0)
		return;
	if (g->company.len > 0 && !same(g->company, company))
		g->mixed = true;
	g->company = company;
}

static bool plan(struct file *f)
{
	struct writer *w = &f->out;
	const struct lg_delivery *d = delivery(f);
	size_t slot_count = 64;
	uint32_t *slots;

	while (slot_count < (size_t)d->count * 2)
		slot_count *= 2;
	slots = calloc(slot_count, sizeof *slots);
	w->groups = calloc(d->count, sizeof *w->groups);
	w->members = calloc(d->count, sizeof *w->members);
	w->recs = calloc(d->count, sizeof(struct lg_rec *));
	w->effects = calloc(d->count, sizeof *w->effects);
	w->keys = calloc(d->count, sizeof *w->keys);
	if (!slots || !w->groups || !w->members || !w->recs || !w->effects || !w->keys) {
		free(slots);
		return false;
	}
	for (uint32_t i = 0; i < d->count; i++)
		add_member(f, i, slots, slot_count - 1);
	free(slots);
	return true;
}

/* ---- a group ---- */

static void settle_one(struct file *f, size_t k, lg_status st, lg_str remote, lg_str why)
{
	f->out.members[f->out.effects[k]].settled = true;
	f->host->settle(f->self, delivery(f), f->out.effects[k], st, remote, why, 0);
}

static void settle_members(struct file *f, lg_status st, lg_str remote, lg_str why)
{
	for (size_t k = 0; k < f->out.count; k++)
		settle_one(f, k, st, remote, why);
	free(f->out.bytes);
	f->out.bytes = NULL;
	f->out.at++;
}

static void settle_group(struct file *f, lg_status st, lg_str remote, lg_str why)
{
	settle_members(f, st, remote, why);
	next_group(f);
}

static void gather(struct file *f)
{
	struct writer *w = &f->out;
	const struct lg_delivery *d = delivery(f);

	w->count = 0;
	for (uint32_t i = w->groups[w->at].first; i != 0; i = w->members[i - 1].next) {
		if (w->members[i - 1].settled)
			continue;
		w->effects[w->count] = i - 1;
		w->recs[w->count] = d->effects[i - 1].rec;
		w->keys[w->count++] = d->effects[i - 1].key;
	}
}

/* ---- writing ---- */

static bool is_touched(const struct writer *w, lg_str name)
{
	for (const char *at = w->touched; at && at < w->touched + w->touched_len; at += strlen(at) + 1)
		if (same(text_of(at), name))
			return true;
	return false;
}

static void touch(struct writer *w, lg_str name)
{
	char *grown;

	if (is_touched(w, name))
		return;
	grown = realloc(w->touched, w->touched_len + name.len + 1);
	if (grown == NULL)
		return; /* it is proved again, that is all */
	memcpy(grown + w->touched_len, name.ptr, name.len);
	grown[w->touched_len + name.len] = '\0';
	w->touched = grown;
	w->touched_len += name.len + 1;
}

static lg_str cursor_name(lg_str name, char out[PATH_MAX + 8])
{
	int n = snprintf(out, PATH_MAX + 8, "out:%.*s", (int)name.len, name.ptr);

	return (lg_str){ out, (size_t)(n < PATH_MAX + 8 ? n : PATH_MAX + 7) };
}

/* "inode offset hash" of what is confirmed. */
static void read_cursor(struct file *f, struct put *p)
{
	char name[PATH_MAX + 8], text[80] = { 0 };
	lg_str have = f->host->cursor_get(f->self, cursor_name(p->name, name));
	unsigned long long inode, hash;
	long long offset;

	p->offset = -1;
	if (have.len == 0 || have.len >= sizeof text)
		return;
	memcpy(text, have.ptr, have.len);
	if (sscanf(text, "%llu %lld %llx", &inode, &offset, &hash) != 3)
		return;
	p->inode = inode;
	p->offset = offset;
	p->before = hash;
}

static void write_cursor(struct file *f, const struct put *p)
{
	char name[PATH_MAX + 8], text[80];
	int n = snprintf(text, sizeof text, "%llu %lld %016llx", (unsigned long long)p->inode, (long long)p->offset,
			 (unsigned long long)p->before);

	f->host->cursor_set(f->self, cursor_name(p->name, name), (lg_str){ text, (size_t)n });
	touch(&f->out, p->name);
}

static void settle_put(struct file *f, const struct put *p)
{
	char remote[PATH_MAX + 80];
	int n;

	if (p->status != LG_OK) {
		f->out.touched_len = 0; /* after a failure nothing is taken for granted */
		settle_group(f, p->status, (lg_str){ 0 }, text_of(p->error));
		return;
	}
	f->host->cursor_set(f->self, LG_STR("notes"), LG_STR("1"));
	if (p->lines) {
		write_cursor(f, p);
		n = snprintf(remote, sizeof remote, "%s %lld:%llu:%016llx", p->final,
			     (long long)(p->offset - (int64_t)p->bytes.len), (unsigned long long)p->bytes.len,
			     (unsigned long long)p->before);
	} else {
		n = snprintf(remote, sizeof remote, "%s", p->final);
	}
	settle_group(f, LG_OK, (lg_str){ remote, (size_t)n }, (lg_str){ 0 });
}

/* What the job did counts, not whether its callback was canceled. */
static void on_put(void *ctx, lg_status st)
{
	struct file *f = ctx;

	(void)st;
	came(f);
	settle_put(f, &f->out.put);
}

static void put_group(struct file *f, lg_str bytes)
{
	struct writer *w = &f->out;

	w->bytes = malloc(bytes.len + 1);
	if (w->bytes == NULL) {
		settle_group(f, LG_RETRY, (lg_str){ 0 }, LG_STR("out of memory"));
		return;
	}
	if (bytes.len > 0)
		memcpy(w->bytes, bytes.ptr, bytes.len);
	w->put = (struct put){ .folder = w->folder,
			       .notes = w->notes,
			       .name = w->groups[w->at].name,
			       .bytes = { w->bytes, bytes.len },
			       .keys = w->keys,
			       .key_count = w->count,
			       .lines = lines(f),
			       .fixed = f->cfg->write.fixed,
			       .now_ms = f->host->now(f->self),
			       .trim_above = w->put.trim_above,
			       .status = LG_CANCELED };
	if (w->put.lines)
		read_cursor(f, &w->put);
	w->put.first = !is_touched(w, w->put.name);
	w->busy = true;
	w->op = f->host->work(f->self, "write a file", put_job, &w->put, on_put, f);
}

/* ---- encoding ---- */

static void on_single(void *ctx, lg_status st, lg_str bytes, lg_str message);

static void next_single(struct file *f)
{
	struct writer *w = &f->out;

	if (w->single < w->count) {
		w->busy = true;
		w->op = f->host->encode(f->self, &w->recs[w->single], 1, (lg_str){ 0 }, on_single, f);
		return;
	}
	w->alone = false;
	if (!w->rejected) { /* each alone is fine, so it is their being together */
		settle_group(f, LG_REJECT, (lg_str){ 0 }, text_of(w->why));
		return;
	}
	gather(f);
	encode_group(f);
}

static void on_single(void *ctx, lg_status st, lg_str bytes, lg_str message)
{
	struct file *f = ctx;

	(void)bytes;
	came(f);
	if (st == LG_CANCELED || f->closing) {
		abandon(f);
		return;
	}
	if (st == LG_REJECT) {
		settle_one(f, f->out.single, st, (lg_str){ 0 }, message);
		f->out.rejected = true;
	}
	f->out.single++;
	next_single(f);
}

static void on_encoded(void *ctx, lg_status st, lg_str bytes, lg_str message)
{
	struct file *f = ctx;
	struct writer *w = &f->out;

	came(f);
	if (st == LG_CANCELED || f->closing) {
		abandon(f);
	} else if (st == LG_OK) {
		put_group(f, bytes);
	} else if (st == LG_REJECT && w->count > 1) {
		snprintf(w->why, sizeof w->why, "%.*s", (int)message.len, message.ptr);
		w->alone = true;
		w->rejected = false;
		w->single = 0;
		next_single(f); /* one bad record does not take its neighbours down */
	} else {
		settle_group(f, st, (lg_str){ 0 }, message);
	}
}

/* A container with a fixed name is written whole: what went there before comes first. */
static void encode_group(struct file *f)
{
	struct writer *w = &f->out;
	lg_str history = { 0 };

	if (w->count == 0) {
		w->at++;
		next_group(f);
		return;
	}
	if (!lines(f) && f->cfg->write.fixed)
		history = w->groups[w->at].name;
	w->busy = true;
	w->op = f->host->encode(f->self, w->recs, w->count, history, on_encoded, f);
}

static void next_group(struct file *f)
{
	static const char mixed[] =
		"records of two companies would go into one file, and this format holds one (put {company} "
		"or {ledger} into `write`)";
	static const char outside[] = "the file would lie outside of the folder that `write` names";
	struct writer *w = &f->out;
	const char *why = NULL;

	for (; w->at < w->group_count; settle_members(f, LG_REJECT, (lg_str){ 0 }, text_of(why))) {
		gather(f);
		why = w->groups[w->at].mixed ? mixed : w->groups[w->at].outside ? outside : NULL;
		if (why == NULL)
			break;
	}
	if (w->at == w->group_count)
		end_request(f);
	else if (f->closing)
		abandon(f);
	else
		encode_group(f);
}

/* ---- probes ---- */

static void on_probe(void *ctx, lg_status st)
{
	struct file *f = ctx;
	struct writer *w = &f->out;
	const struct lg_delivery *d = delivery(f);

	came(f);
	for (uint32_t i = 0; i < d->count; i++) {
		if (st == LG_OK)
			f->host->probed(f->self, d, i, w->probe.items[i].answer, text_of(w->probe.items[i].remote),
					w->probe.items[i].answer == LG_PROBE_UNSURE
						? LG_STR("the notes beside the output are gone, or cannot be written")
						: (lg_str){ 0 });
		else
			f->host->probed(f->self, d, i, LG_PROBE_UNSURE, (lg_str){ 0 }, text_of(w->probe.error));
	}
	end_request(f);
}

static void start_probe(struct file *f)
{
	struct writer *w = &f->out;
	const struct lg_delivery *d = delivery(f);

	w->probe = (struct probe){ .folder = w->folder, .notes = w->notes, .count = d->count };
	w->probe.expected = f->host->cursor_get(f->self, LG_STR("notes")).len > 0;
	w->probe.items = calloc(d->count + 1, sizeof *w->probe.items);
	if (w->probe.items == NULL) {
		settle_all(f, LG_RETRY, "out of memory");
		end_request(f);
		return;
	}
	for (uint32_t i = 0; i < d->count; i++)
		w->probe.items[i].key = d->effects[i].key;
	w->busy = true;
	w->op = f->host->work(f->self, "look for what was written", probe_job, &w->probe, on_probe, f);
}

/* ---- life ---- */

static void on_request(void *ctx, lg_status st)
{
	struct file *f = ctx;

	came(f);
	if (st == LG_CANCELED || f->closing) {
		abandon(f);
	} else if (f->out.first->probe) {
		start_probe(f);
	} else if (plan(f)) {
		next_group(f);
	} else {
		settle_all(f, LG_RETRY, "out of memory");
		end_request(f);
	}
}

/* Never from within deliver() or probe(): their results come later. */
static void next_request(struct file *f)
{
	if (f->out.first != NULL && !f->out.busy) {
		f->out.busy = true;
		f->out.op = f->host->timer(f->self, 0, on_request, f);
	}
}

/* Closing: what was not done is told so, and nothing is begun. */
static void abandon(struct file *f)
{
	struct request *done;

	while ((done = f->out.first) != NULL) {
		settle_all(f, LG_CANCELED, "");
		free_plan(&f->out);
		f->out.first = done->next;
		free(done);
	}
	f->out.last = &f->out.first;
	free(f->out.touched);
	f->out.touched = NULL;
	f->out.touched_len = 0;
}

void writer_add(struct file *f, const struct lg_delivery *d, bool probe)
{
	struct request *r = calloc(1, sizeof *r);

	if (r == NULL) {
		for (uint32_t i = 0; i < d->count; i++)
			f->host->settle(f->self, d, i, LG_RETRY, (lg_str){ 0 }, LG_STR("out of memory"), 0);
		return;
	}
	r->delivery = d;
	r->probe = probe;
	*f->out.last = r;
	f->out.last = &r->next;
	next_request(f);
}

lg_status writer_open(struct file *f)
{
	const struct lg_path *path = &f->cfg->write;

	if (f->host->format(f->self) == NULL) {
		f->host->fail(f->self, LG_DENIED, "`write` needs a format (add `format: json`, or another one)");
		return LG_DENIED;
	}
	if (path->folder.len >= PATH_MAX) {
		f->host->fail(f->self, LG_DENIED, "the path of `write` is too long");
		return LG_DENIED;
	}
	memcpy(f->out.folder, path->folder.ptr, path->folder.len);
	f->out.folder[path->folder.len] = '\0';
	/* Notes of their own for each template, so that two connections may share a folder. */
	snprintf(f->out.notes, sizeof f->out.notes, ".loligo-%016llx.notes",
		 (unsigned long long)file_hash(FILE_HASH, path->text.ptr, path->text.len));
	return LG_OK;
}

void writer_close(struct file *f)
{
	if (f->out.busy)
		f->host->cancel(f->out.op);
	else if (f->cfg != NULL)
		abandon(f);
}
