/* Which file when.  A round scans every pattern's folder, SCAN_MAX names at a time, in order of name; each that is new
   is opened and handed in while there are credits.  What was read is remembered by the hub: a cursor a kept file. */
#include "side.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void next_entry(struct file *f);
static void scan_more(struct file *f);
static void rest(struct file *f);

/* ---- what was read before ---- */

static lg_str seen_name(const struct pattern *p, const char *name, char out[PATH_MAX + NAME_MAX + 8])
{
	int n = snprintf(out, PATH_MAX + NAME_MAX + 8, "seen:%s/%s", p->folder, name);

	return (lg_str){ out, (size_t)n };
}

static lg_str seen_value(const struct file_sig *s, char out[80])
{
	int n = snprintf(out, 80, "%lld %lld %llu", (long long)s->size, (long long)s->mtime_ns,
			 (unsigned long long)s->inode);

	return (lg_str){ out, (size_t)n };
}

static bool is_seen(struct file *f, const struct pattern *p, const struct file_entry *e)
{
	char name[PATH_MAX + NAME_MAX + 8], value[80];
	lg_str want = seen_value(&e->sig, value), have = f->host->cursor_get(f->self, seen_name(p, e->name, name));

	return have.len == want.len && have.len > 0 && memcmp(have.ptr, want.ptr, want.len) == 0;
}

static void set_seen(struct file *f, const struct pattern *p, const struct file_entry *e)
{
	char name[PATH_MAX + NAME_MAX + 8], value[80];

	f->host->cursor_set(f->self, seen_name(p, e->name, name), seen_value(&e->sig, value));
}

/* ---- the end of a document ---- */

static void free_doc(struct doc *d)
{
	struct file *f = d->file;

	d->file = NULL;
	if (f->closing)
		rest(f);
	else
		next_entry(f);
}

static void on_disposed(void *ctx, lg_status st)
{
	struct doc *d = ctx;
	struct file *f = d->file;

	d->op = NULL;
	if (d->dispose.error[0] != '\0') {
		f->host->fail(f->self, LG_RETRY, "%s", d->dispose.error);
		set_seen(f, d->from, &d->entry);
	}
	(void)st;
	free_doc(d);
}

/* To `done`, to `failed`, away; or kept, and remembered.  A rehearsal leaves all as it is. */
static void put_away(struct doc *d, bool parked)
{
	struct file *f = d->file;
	const char *to = parked ? f->in.failed : f->in.done;
	bool keep = f->host->rehearsal(f->self) || (parked ? to == NULL : f->cfg->after == AFTER_KEEP);

	if (keep || f->closing) {
		if (keep)
			set_seen(f, d->from, &d->entry);
		free_doc(d);
		return;
	}
	d->dispose = (struct dispose){ .folder = d->from->folder, .sig = d->entry.sig };
	d->dispose.to = to;
	memcpy(d->dispose.name, d->entry.name, sizeof d->dispose.name);
	d->op = f->host->work(f->self, "put away a file", dispose_job, &d->dispose, on_disposed, d);
}

/* That it is a copy of another one was said by the hub. */
static void on_taken(void *ctx, lg_status st, lg_str duplicate_of)
{
	struct doc *d = ctx;

	(void)duplicate_of;
	if (st != LG_OK && st != LG_REJECT) {
		free_doc(d); /* handed in again another time */
		return;
	}
	put_away(d, st == LG_REJECT);
}

/* ---- the round ---- */

static struct doc *free_slot(struct file *f)
{
	for (size_t i = 0; i < DOCS_MAX; i++)
		if (f->in.docs[i].file == NULL)
			return &f->in.docs[i];
	return NULL;
}

static bool any_doc(const struct file *f)
{
	for (size_t i = 0; f->in.docs && i < DOCS_MAX; i++)
		if (f->in.docs[i].file != NULL)
			return true;
	return false;
}

/* Some callback is still to come. */
static bool any_op(const struct reader *in)
{
	for (size_t i = 0; i < in->count; i++)
		if (in->patterns[i].watch != NULL)
			return true;
	return in->sweep != NULL || in->settle != NULL;
}

static void forget(struct reader *in)
{
	for (size_t i = 0; i < in->count; i++) {
		free(in->patterns[i].folder);
		free(in->patterns[i].glob);
	}
	free(in->patterns);
	free(in->done);
	free(in->failed);
	*in = (struct reader){ 0 };
}

/* Frees what only a round needs, unless somebody works with it still; and everything after the last callback. */
static void rest(struct file *f)
{
	struct reader *in = &f->in;

	if (in->work != NULL || any_doc(f))
		return;
	free(in->scan);
	free(in->docs);
	in->scan = NULL;
	in->docs = NULL;
	if (f->closing && !any_op(in))
		forget(in);
}

static void start_round(struct file *f)
{
	struct reader *in = &f->in;

	in->scan = in->scan ? in->scan : calloc(1, sizeof *in->scan);
	in->docs = in->docs ? in->docs : calloc(DOCS_MAX, sizeof *in->docs);
	if (in->scan == NULL || in->docs == NULL) {
		f->host->fail(f->self, LG_RETRY, "out of memory"); /* the next sweep tries again */
		rest(f);
		return;
	}
	in->scanning = true;
	in->again = false;
	in->at = 0;
	in->wait_ms = 0;
	in->scan->after[0] = '\0';
	scan_more(f);
}

static void wake(struct file *f)
{
	f->in.again = true;
	if (f->in.started && !f->in.scanning && !f->closing)
		start_round(f);
}

static void on_settle(void *ctx, lg_status st)
{
	struct file *f = ctx;

	f->in.settle = NULL;
	if (f->closing)
		rest(f);
	else if (st == LG_OK)
		wake(f);
}

static void on_sweep(void *ctx, lg_status st)
{
	struct file *f = ctx;

	f->in.sweep = NULL;
	if (f->closing)
		rest(f);
	if (st != LG_OK || f->closing)
		return;
	f->in.sweep = f->host->timer(f->self, f->cfg->sweep, on_sweep, f);
	wake(f);
}

static void on_change(void *ctx, lg_status st)
{
	struct pattern *p = ctx;
	struct file *f = p->file;

	if (st == LG_OK)
		wake(f);
	else
		p->watch = NULL; /* the sweep goes on; the next round tries to watch again */
	if (f->closing)
		rest(f);
}

static void watch(struct pattern *p)
{
	struct file *f = p->file;

	if (p->watch == NULL && !f->closing)
		p->watch = f->host->watch(f->self, text_of(p->folder), on_change, p);
}

static void end_round(struct file *f)
{
	struct reader *in = &f->in;

	if (any_doc(f))
		return; /* the last of them comes back here */
	in->scanning = false;
	if (in->again) {
		start_round(f);
		return;
	}
	rest(f);
	if (in->wait_ms > 0 && in->settle == NULL)
		in->settle = f->host->timer(f->self, in->wait_ms, on_settle, f);
	else if (in->wait_ms == 0)
		f->host->idle(f->self);
}

static void tell_folder(struct file *f, struct pattern *p)
{
	if (f->in.scan->error[0] != '\0' && !p->told)
		f->host->fail(f->self, LG_RETRY, "%s", f->in.scan->error);
	p->told = f->in.scan->error[0] != '\0';
	if (f->in.scan->link[0] != '\0' && !p->linked) {
		p->linked = true;
		f->host->log(f->self, LG_LOG_WARNING,
			     "%s/%s is a symbolic link and is not read (copy the file itself into the "
			     "folder)",
			     p->folder, f->in.scan->link);
	}
}

static void on_scanned(void *ctx, lg_status st)
{
	struct file *f = ctx;
	struct reader *in = &f->in;
	struct pattern *p = &in->patterns[in->at];

	in->work = NULL;
	if (st == LG_CANCELED || f->closing) {
		rest(f);
		return;
	}
	tell_folder(f, p);
	if (st == LG_OK)
		watch(p);
	if (in->scan->wait_ms > 0 && (in->wait_ms == 0 || in->scan->wait_ms < in->wait_ms))
		in->wait_ms = in->scan->wait_ms;
	in->next = 0;
	next_entry(f);
}

static void scan_more(struct file *f)
{
	struct reader *in = &f->in;

	in->scan->folder = in->patterns[in->at].folder;
	in->scan->glob = in->patterns[in->at].glob;
	in->scan->now_ms = f->host->now(f->self);
	in->scan->settle_ms = f->cfg->settle;
	in->scan->wait_ms = 0;
	in->scan->error[0] = in->scan->link[0] = '\0';
	in->work = f->host->work(f->self, "look into a folder", scan_job, in->scan, on_scanned, f);
}

/* Behind the last entry: the names behind it, the next pattern, or the end. */
static void end_scan(struct file *f)
{
	struct reader *in = &f->in;

	if (in->scan->more) {
		memcpy(in->scan->after, in->scan->entries[in->scan->count - 1].name, sizeof in->scan->after);
		scan_more(f);
	} else if (in->at + 1 < in->count) {
		in->at++;
		in->scan->after[0] = '\0';
		scan_more(f);
	} else {
		end_round(f);
	}
}

static void hand_in(struct file *f)
{
	struct reader *in = &f->in;
	struct file_entry *e = &in->scan->entries[in->next];
	struct doc *d = in->slot;
	char path[PATH_MAX + NAME_MAX + 2];
	struct lg_document document = { .size = sizeof document };
	lg_status st;

	snprintf(path, sizeof path, "%s/%s", in->opening.folder, e->name);
	document.name = document.external_id = text_of(path);
	document.modified = e->sig.mtime_ns / 1000000;
	d->file = f;
	d->from = &in->patterns[in->at];
	d->entry = *e;
	st = f->host->document_fd(f->self, &document, in->opening.fd, on_taken, d);
	if (st == LG_FULL) {
		d->file = NULL;
		close(in->opening.fd);
		in->full = true; /* pull() comes, and the same entry again */
	} else if (st == LG_OK) {
		in->next++;
	} else {
		d->file = NULL;
		in->next++;
	}
}

/* Said once, although every sweep tries again: rights change without the file's time. */
static void tell_file(struct file *f, const struct file_entry *e)
{
	uint64_t hash = file_hash(FILE_HASH, e->name, strlen(e->name)) + e->sig.inode;
	uint64_t *told = &f->in.told[hash % TOLD_MAX];

	if (*told != hash)
		f->host->fail(f->self, LG_RETRY, "%s", f->in.opening.error);
	*told = hash;
}

static void on_opened(void *ctx, lg_status st)
{
	struct file *f = ctx;
	struct reader *in = &f->in;
	struct file_entry *e = &in->scan->entries[in->next];

	in->work = NULL;
	if (st == LG_CANCELED || f->closing) {
		if (in->opening.fd >= 0)
			close(in->opening.fd);
		rest(f);
		return;
	}
	if (in->opening.fd >= 0) {
		hand_in(f);
	} else {
		if (!in->opening.gone)
			tell_file(f, e);
		in->next++;
	}
	next_entry(f);
}

/* Goes on where there is something to do, one step at a time. */
static void next_entry(struct file *f)
{
	struct reader *in = &f->in;

	if (in->work != NULL || !in->scanning || in->full)
		return;
	while (in->next < in->scan->count && is_seen(f, &in->patterns[in->at], &in->scan->entries[in->next]))
		in->next++;
	if (in->next >= in->scan->count) {
		end_scan(f);
		return;
	}
	in->slot = free_slot(f);
	if (in->slot == NULL)
		return; /* free_doc comes back here */
	in->opening = (struct opening){ .folder = in->patterns[in->at].folder,
					.name = in->scan->entries[in->next].name,
					.sig = in->scan->entries[in->next].sig,
					.fd = -1 };
	in->work = f->host->work(f->self, "open a file", open_job, &in->opening, on_opened, f);
}

/* ---- life ---- */

/* NULL: too long, or no memory. */
static char *copy_text(const char *ptr, size_t len, size_t max)
{
	return len <= max ? strndup(ptr, len) : NULL;
}

static bool set_pattern(struct file *f, struct pattern *p, lg_str path)
{
	size_t slash = path.len;

	while (slash > 0 && path.ptr[slash - 1] != '/')
		slash--;
	if (slash == 0)
		return false;
	p->file = f;
	p->folder = copy_text(path.ptr, slash > 1 ? slash - 1 : 1, PATH_MAX - 1);
	p->glob = copy_text(path.ptr + slash, path.len - slash, NAME_MAX);
	return p->folder != NULL && p->glob != NULL;
}

static bool set_path(char **out, lg_str path)
{
	*out = path.len > 0 ? copy_text(path.ptr, path.len, PATH_MAX - 1) : NULL;
	return path.len == 0 || *out != NULL;
}

lg_status reader_open(struct file *f)
{
	const struct lg_list *read = &f->cfg->read;
	bool ok = read->count <= PATTERNS_MAX;

	f->in.patterns = calloc(read->count, sizeof *f->in.patterns);
	for (size_t i = 0; ok && f->in.patterns && i < read->count; i++)
		ok = set_pattern(f, &f->in.patterns[f->in.count++], read->items[i]);
	ok = ok && f->in.patterns && set_path(&f->in.failed, f->cfg->failed) &&
	     (f->cfg->after != AFTER_MOVE || set_path(&f->in.done, f->cfg->done));
	if (!ok)
		f->host->fail(f->self, LG_DENIED, "a path of `read`, `done` or `failed` is too long");
	return ok ? LG_OK : LG_DENIED;
}

void reader_pull(struct file *f)
{
	struct reader *in = &f->in;

	if (in->count == 0 || f->closing)
		return;
	in->full = false;
	if (in->started) {
		next_entry(f);
		return;
	}
	in->started = true;
	in->sweep = f->host->timer(f->self, f->cfg->sweep, on_sweep, f);
	start_round(f);
}

void reader_close(struct file *f)
{
	struct reader *in = &f->in;

	f->host->cancel(in->work);
	f->host->cancel(in->sweep);
	f->host->cancel(in->settle);
	for (size_t i = 0; i < in->count; i++)
		f->host->cancel(in->patterns[i].watch);
	for (size_t i = 0; in->docs && i < DOCS_MAX; i++)
		if (in->docs[i].file != NULL)
			f->host->cancel(in->docs[i].op);
	rest(f);
}
