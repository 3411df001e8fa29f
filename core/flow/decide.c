#include "core/flow/decide.h"

#include "core/base/date.h"
#include "core/base/json.h"

#include <string.h>

void decision_copy(struct arena *a, struct decision *to, const struct decision *from)
{
	to->what = arena_str(a, from->what);
	to->item = arena_str(a, from->item);
	to->detail = arena_str(a, from->detail);
	to->who = arena_str(a, from->who);
	to->reason = arena_str(a, from->reason);
	to->at = from->at;
}

/* ---- finding what is meant ---- */

struct search {
	lg_str item;
	struct arena *arena;
	int64_t number; /* of a work item; 0: not a number */
	struct store_wait found;
	size_t matches;
};

static bool fits(const struct search *s, const struct store_wait *w, const struct lg_rec *rec)
{
	if (w->id == s->number || str_eq(w->record, s->item))
		return true;
	if (rec == NULL)
		return false;
	if (rec_object(rec) == LG_TRANSACTION)
		return str_eq(rec_str(rec, LG_TRANSACTION_BANK_REFERENCE), s->item);
	return rec_object(rec) == LG_INVOICE && str_eq(rec_str(rec, LG_INVOICE_NUMBER), s->item);
}

static bool on_wait(void *ctx, const struct store_wait *w, const struct lg_rec *rec)
{
	struct search *s = ctx;

	if (!fits(s, w, rec))
		return true;
	if (s->matches == 0 || w->id != s->found.id) {
		s->matches++;
		s->found = *w;
		s->found.record = arena_str(s->arena, w->record);
		s->found.flow = arena_str(s->arena, w->flow);
		s->found.state = arena_str(s->arena, w->state);
	}
	return true;
}

/* The one work item that is meant; *found 0: none. */
static bool find_wait(struct store *st, lg_str item, struct arena *a, struct store_wait *out, struct err *err)
{
	struct search s = { .item = item, .arena = a };

	if (!str_i64(item, &s.number))
		s.number = 0;
	if (!view_waits(store_view_own(st), STR_NONE, false, on_wait, &s, err))
		return false;
	if (s.matches == 0) {
		err_set(err, ERR_REJECT, "work.unknown", "nothing that waits is called \"%.*s\"", STRA(item));
		return err_hint(err, "`loligo work` lists what waits");
	}
	if (s.matches > 1) {
		err_set(err, ERR_REJECT, "work.ambiguous", "%zu things that wait are called \"%.*s\"", s.matches,
			STRA(item));
		return err_hint(err, "say the number in the first column of `loligo work`");
	}
	*out = s.found;
	return true;
}

/* "doc-7", as `work` lists a parked document. */
static bool is_doc(lg_str item, int64_t *doc)
{
	return str_starts(item, LG_STR("doc-")) && str_i64(str_from(item, 4), doc);
}

/* ---- the deeds ---- */

/* What the step will be told, with who said so, when and why: {"by":...,"at":...,"reason":...,"decision":{...}}. */
static bool tell(struct store *st, int64_t wait, const struct decision *d, lg_str what, struct err *err)
{
	struct buf json = { 0 };
	char at[TIME_TEXT_MAX];
	bool ok;

	buf_cstr(&json, "{\"by\":");
	json_quote(&json, d->who);
	buf_addf(&json, ",\"at\":\"%.*s\",\"reason\":", (int)time_text(d->at, at), at);
	json_quote(&json, d->reason);
	buf_addf(&json, ",\"decision\":%.*s}", STRA(what));
	ok = store_decide(st, wait, LG_STR("woken"), buf_view(&json), d->who, d->reason, err);
	buf_fini(&json);
	return ok;
}

static bool apply(struct store *st, const struct hub *hub, const struct decision *d, struct arena *a, struct buf *text,
		  struct err *err)
{
	struct store_wait w = { 0 };

	(void)hub;
	if (!find_wait(st, d->item, a, &w, err) || !tell(st, w.id, d, d->detail, err))
		return false;
	buf_addf(text, "%.*s will be applied as said", STRA(w.record));
	return true;
}

static bool release(struct store *st, const struct hub *hub, const struct decision *d, struct arena *a,
		    struct buf *text, struct err *err)
{
	struct store_wait w = { 0 };
	int64_t doc;
	bool finding;

	(void)hub;
	if (is_doc(d->item, &doc)) {
		buf_addf(text, "document %lld is read again", (long long)doc);
		return store_doc_release(st, doc, true, d->who, d->reason, err);
	}
	if (!find_wait(st, d->item, a, &w, err))
		return false;
	finding = str_is(w.state, "finding");
	if (!store_decide(st, w.id, finding ? LG_STR("done") : LG_STR("woken"), STR_NONE, d->who, d->reason, err))
		return false;
	buf_addf(text, finding ? "%.*s is done with" : "%.*s goes on", STRA(w.record));
	return true;
}

/* A document is done with: its bytes stay in the archive, and the same bytes handed in again are looked at anew. */
static bool drop_doc(struct store *st, const struct decision *d, int64_t doc, struct buf *text, struct err *err)
{
	struct buf note = { 0 };
	bool ok;

	buf_addf(&note, "document %lld dropped: %.*s", (long long)doc, STRA(d->reason));
	ok = store_doc_release(st, doc, false, d->who, d->reason, err) && store_doc_reread(st, doc, err) &&
	     store_note(st, LG_STR("work.drop"), d->who, buf_view(&note), err);
	buf_fini(&note);
	buf_addf(text, "document %lld is dropped", (long long)doc);
	return ok;
}

static bool drop(struct store *st, const struct hub *hub, const struct decision *d, struct arena *a, struct buf *text,
		 struct err *err)
{
	struct store_wait w = { 0 };
	int64_t doc;

	(void)hub;
	if (is_doc(d->item, &doc))
		return drop_doc(st, d, doc, text, err);
	if (!find_wait(st, d->item, a, &w, err) ||
	    !store_decide(st, w.id, LG_STR("dropped"), STR_NONE, d->who, d->reason, err))
		return false;
	buf_addf(text, "%.*s is dropped", STRA(w.record));
	return true;
}

struct made {
	struct arena *arena;
	int64_t seq;
	lg_str transaction;
	bool found;
};

static bool on_allocation(void *ctx, const struct store_row *row)
{
	struct made *m = ctx;
	const struct lg_rec *from =
		row->rec && row->kind == LG_ALLOCATION ? rec_obj(row->rec, LG_ALLOCATION_FROM) : NULL;

	if (from) {
		m->seq = row->seq;
		m->transaction = arena_str(m->arena, rec_str(from, LG_LINK_ID));
		m->found = true;
	}
	return false;
}

/* The step of the flow that made the entry, as a position. */
static bool find_step(const struct hub *hub, lg_str flow, lg_str step, uint32_t *out)
{
	const struct hub_flow *f = hub_flow(hub, flow);

	for (size_t i = 0; f && i < f->step_count; i++)
		if (str_eq(f->steps[i].name, step)) {
			*out = (uint32_t)i;
			return true;
		}
	return false;
}

/* The transaction goes through its step again, which is told to take the allocation back. */
static bool undo(struct store *st, const struct hub *hub, const struct decision *d, struct arena *a, struct buf *text,
		 struct err *err)
{
	struct made m = { .arena = a };
	struct store_filter filter = { .id = d->item };
	struct store_wait w = { 0 };
	struct store_doc doc;
	struct buf json = { 0 };
	uint64_t offset;
	uint32_t line;
	lg_str step;
	bool ok;

	if (!view_records(store_view_own(st), &filter, on_allocation, &m, err))
		return false;
	if (!m.found) {
		err_set(err, ERR_REJECT, "work.unknown", "there is no allocation \"%.*s\"", STRA(d->item));
		return err_hint(err, "`loligo records --kind allocation` lists them");
	}
	if (!view_origin(store_view_own(st), m.seq, a, &doc, &offset, &line, &w.flow, &step, err))
		return false;
	if (!find_step(hub, w.flow, step, &w.step))
		return err_set(err, ERR_REJECT, "work.no_step", "flow \"%.*s\" has no step \"%.*s\" any more",
			       STRA(w.flow), STRA(step));
	if (!store_seq(st, m.transaction, &w.seq, err))
		return false;
	w.record = m.transaction;
	w.state = LG_STR("waiting");
	w.rule = LG_STR("work.undo");
	w.reason = d->reason;
	buf_cstr(&json, "{\"undo\":");
	json_quote(&json, d->item);
	buf_char(&json, '}');
	ok = store_wait_put(st, &w, NULL, 0, err) && tell(st, w.id, d, buf_view(&json), err);
	buf_fini(&json);
	if (ok)
		buf_addf(text, "%.*s will be undone", STRA(d->item));
	return ok;
}

static bool effect_to(struct store *st, const struct decision *d, enum effect_state state, const char *what,
		      struct buf *text, struct err *err)
{
	if (!store_effect_decide(st, d->item, state, d->who, d->reason, err))
		return false;
	buf_addf(text, "%.*s %s", STRA(d->item), what);
	return true;
}

static bool retry(struct store *st, const struct hub *hub, const struct decision *d, struct arena *a, struct buf *text,
		  struct err *err)
{
	(void)hub;
	(void)a;
	return effect_to(st, d, EFFECT_PLANNED, "will be sent again", text, err);
}

static bool confirm(struct store *st, const struct hub *hub, const struct decision *d, struct arena *a,
		    struct buf *text, struct err *err)
{
	(void)hub;
	(void)a;
	return effect_to(st, d, EFFECT_CONFIRMED, "counts as done", text, err);
}

static bool reject(struct store *st, const struct hub *hub, const struct decision *d, struct arena *a, struct buf *text,
		   struct err *err)
{
	(void)hub;
	(void)a;
	return effect_to(st, d, EFFECT_REJECTED, "counts as refused", text, err);
}

static const struct {
	const char *what;
	bool (*fn)(struct store *, const struct hub *, const struct decision *, struct arena *, struct buf *,
		   struct err *);
} deeds[] = {
	{ "work.apply", apply },   { "work.undo", undo },         { "work.release", release }, { "work.drop", drop },
	{ "effect.retry", retry }, { "effect.confirm", confirm }, { "effect.reject", reject },
};

bool decide(struct store *st, const struct hub *hub, const struct decision *d, struct buf *text, struct err *err)
{
	struct arena a = { 0 };
	bool ok = false;

	if (d->reason.len == 0)
		return err_set(err, ERR_REJECT, "work.reason", "a decision needs a reason (--reason TEXT)");
	for (size_t i = 0; i < ARRAY_LEN(deeds); i++) {
		if (!str_is(d->what, deeds[i].what))
			continue;
		ok = store_begin(st, err);
		if (ok)
			ok = deeds[i].fn(st, hub, d, &a, text, err) && store_commit(st, err);
		if (!ok)
			store_rollback(st);
		arena_fini(&a);
		return ok;
	}
	return err_set(err, ERR_REJECT, "work.what", "there is no decision \"%.*s\"", STRA(d->what));
}
