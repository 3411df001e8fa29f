/* store.h - what the hub remembers: one interface, several stores.

   What is kept.  The *archive* has the bytes that came in, by content hash, in chunks.  The *journal* is append-only:
   one entry a record taken in, made, decided or moved, in a stream (a source, or what a flow made for a client) whose
   entries are chained by hash; the payloads lie apart, the chain covers their hashes.  *Records* know the newest entry
   of each id. *Positions* say how far each flow has read each stream.  *State* are the steps' tables.  *Waits* are
   records that left their stream until something or somebody wakes them.  *Effects* are intended changes in other
   systems.

   Threads.  The verbs that change something belong to one thread, the writer; they work inside a transaction that the
   caller begins and commits.  A struct store_view reads on its own connection from any one thread and sees what was
   committed when its read began.

   Every function returns false with *err set when the store cannot do it (full disk, damage, lost lease): the
   transaction is then to be rolled back.  Views and records that are returned are in the arena that was given. */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/model/record.h"

#define STORE_HASH 32

struct store;

struct store_env { /* seams: what the store does not ask the machine itself for */
	lg_time (*now)(void *ctx);
	void *ctx;
};

/* sqlite:PATH.  Takes the lock against a second process (class ERR_RETRY, id "store.locked", when somebody holds it),
   migrates the schema, and turns every effect that was in flight into `unknown`. */
bool store_open(const char *uri, const struct store_env *env, struct store **out, struct err *err);
void store_close(struct store **);

/* A consistent copy of a store of a file in a new file, also while a hub runs; a store that does not exist yet copies
   to nothing, which is fine. */
bool store_copy(const char *uri, const char *path, struct err *err);

bool store_begin(struct store *, struct err *);
bool store_commit(struct store *, struct err *); /* durable on return; when it fails, roll back */
void store_rollback(struct store *);
/* One savepoint inside the transaction: what was done since store_mark is undone by store_undo or stays by store_keep.
   It costs about as much as ten records, so a batch runs without, and is done again with one a record when it failed.
 */
bool store_mark(struct store *, struct err *);
bool store_undo(struct store *, struct err *);
bool store_keep(struct store *, struct err *);
/* Between transactions, when there is nothing better to do: removes a slice of what parked and aborted documents left,
   gives free pages back to the file system, and moves the write-ahead log into the database.  *more: call again. */
bool store_tidy(struct store *, bool *more, struct err *);
/* Journals something that is no record in the chain of the hub: a config version, an import.  JSON is nice. */
bool store_note(struct store *, lg_str what, lg_str who, lg_str text, struct err *);

/* ---- taking in ---- */

struct store_doc {
	int64_t id; /* 0: none */
	lg_str connection, name, external_id;
	uint8_t hash[STORE_HASH]; /* SHA-256 of the bytes (hash.h) */
	int64_t size;
	lg_time received_at, modified;
	lg_str state;    /* pending, taken, parked, duplicate */
	int64_t records; /* taken from it */
	lg_str message;  /* why parked */
	int64_t duplicate_of;
	bool released; /* parked once, then read again as another document */
};

/* The document with these bytes that was taken or parked before; id 0: none. */
bool store_doc_known(struct store *, const uint8_t hash[STORE_HASH], struct arena *, struct store_doc *out,
		     struct err *);
/* The newest document of that name on that connection, so that changed bytes are seen as a revision; id 0: none. */
bool store_doc_named(struct store *, lg_str connection, lg_str name, struct arena *, struct store_doc *out,
		     struct err *);
/* Starts a document: sets doc->id.  What is appended stays invisible to flows and views until store_doc_end, over any
   number of transactions; a crash in between leaves nothing behind. */
bool store_doc_begin(struct store *, struct store_doc *doc, struct err *);
bool store_archive(struct store *, const struct store_doc *, int64_t chunk, lg_str bytes, struct err *);

enum store_outcome {
	STORE_NEW,
	STORE_SAME,    /* known with equal content: nothing was written */
	STORE_REVISION /* known with other content: the newest revision now */
};

struct store_item {
	const struct lg_rec *rec; /* its common fields other than client are set by the store */
	lg_str identity;          /* what makes it the same record whenever it comes by again, with its kind in front */
	lg_str order;             /* flows read a document's records by (order, arrival); empty: by arrival */
	uint64_t offset;
	uint32_t line;
	const struct store_prepared
		*prepared; /* by store_prepare; then rec, identity and order need not live any more */
};

/* Any thread: encodes, hashes and copies into the arena all that an append needs of the record, so that the writer's
   thread only writes.  Sets item->prepared; append does it itself when nobody has. */
void store_prepare(struct arena *, struct store_item *item);
/* *id: of the record, arena memory.  Class ERR_RETRY, id "store.pending": the record is also in another document that
   has not ended, so that nobody can say yet whether it is new.  Nothing was written and the transaction may go on:
   abort this document, and take it in again when that one has ended. */
bool store_doc_append(struct store *, const struct store_doc *, const struct store_item *, struct arena *, lg_str *id,
		      enum store_outcome *, struct err *);
bool store_doc_finding(struct store *, const struct store_doc *, lg_str id, uint32_t line, lg_str text, struct err *);
/* state "taken", "parked" (its records vanish) or "duplicate"; one commit makes it visible.  "aborted": nothing of it
 * stays. */
bool store_doc_end(struct store *, const struct store_doc *, lg_str state, lg_str message, struct err *);

/* A parked document is to be read again from the archive: as another document, for this one's end stands in the chain.
   `forced`: a person says that it is right as it is.  Its bytes count as unknown from here on. */
bool store_doc_release(struct store *, int64_t doc, bool forced, lg_str who, lg_str reason, struct err *);
/* All parked ones of a connection whose message begins with "[rule]": what they waited for may have come. */
bool store_docs_retry(struct store *, lg_str connection, lg_str rule, struct err *);
/* Those that were released and not yet read again; borrowed. */
bool store_docs_released(struct store *, bool (*fn)(void *ctx, const struct store_doc *, bool forced), void *ctx,
			 struct err *);
/* It has been read again. */
bool store_doc_reread(struct store *, int64_t doc, struct err *);
/* All of a connection's; borrowed. */
bool store_cursors(struct store *, lg_str connection, bool (*fn)(void *ctx, lg_str name, lg_str value), void *ctx,
		   struct err *);
bool store_cursor_set(struct store *, lg_str connection, lg_str name, lg_str value, struct err *);

/* ---- flows ---- */

struct store_row { /* a journal entry as flows and views see it */
	int64_t seq;
	lg_str id;
	uint16_t kind;
	int64_t revision;
	const struct lg_rec *rec; /* NULL when only the head was asked for or the payload was pruned */
	int64_t wait;             /* woken: the wait that brought it; 0: from the stream */
	uint32_t step;            /* woken: the step to go on with */
	lg_str decision;          /* woken by a person: the decision, JSON */
};

/* Up to `limit` rows of kinds in the set that the flow has not read.  `stream` is the name of a connection: document by
   document as they became visible, inside a document by (order, seq).  *position moves behind them, also over rows of
   other kinds; it becomes durable by store_flow_advance.  An empty stream gives the rows that were woken for this flow,
   whatever their stream and kind, in order of (order key, seq), and no position; each stays until store_wait_done. */
struct store_position {
	int64_t doc;
	lg_str order;
	int64_t seq;
}; /* doc: its place in the order of becoming visible */
bool store_flow_next(struct store *, lg_str flow, lg_str stream, uint64_t kinds, size_t limit, struct arena *,
		     struct store_row *rows, size_t *count, struct store_position *position, struct err *);
bool store_flow_advance(struct store *, lg_str flow, lg_str stream, const struct store_position *, struct err *);
/* The newest entry of a record; 0: no such record. */
bool store_seq(struct store *, lg_str id, int64_t *seq, struct err *);
/* A person's decision was refused by the step: the record goes on waiting for what it waited for. */
bool store_wait_resume(struct store *, int64_t wait, lg_str rule, lg_str reason, struct err *);
/* A woken row was handled; state "done" or "dropped".  Nothing happens when the wait is gone, because the row waits
   again (store_wait_put replaced it). */
bool store_wait_done(struct store *, int64_t wait, lg_str state, struct err *);

struct store_made {
	struct lg_rec *rec; /* gets its id, revision and received_at */
	lg_str flow, step, key;
	int64_t cause; /* seq of the entry it was made from; 0: none */
};
bool store_emit(struct store *, const struct store_made *, struct arena *, int64_t *seq, enum store_outcome *,
		struct err *);
/* The newest revision of what was made under that key; NULL: nothing. */
bool store_made(struct store *, lg_str flow, lg_str step, lg_str key, struct arena *, const struct lg_rec **out,
		struct err *);

/* Steps' tables.  A NULL record deletes. */
bool store_state_get(struct store *, lg_str table, lg_str key, struct arena *, const struct lg_rec **out, struct err *);
bool store_state_put(struct store *, lg_str table, lg_str key, const struct lg_rec *, const struct lg_index *, size_t n,
		     struct err *);
bool store_state_find(struct store *, lg_str table, lg_str index, lg_str value, struct arena *, struct lg_row *out,
		      size_t limit, size_t *count, struct err *);
bool store_number(struct store *, lg_str sequence, int64_t *out, struct err *);

struct store_wait {
	int64_t id;
	lg_str flow;
	uint32_t step;
	int64_t seq;               /* the entry that waits */
	lg_str record, client;     /* its id; for lists */
	lg_str state;              /* waiting, parked, finding; then woken, done, dropped */
	lg_str rule, reason, hint; /* stable id, text, way on */
	lg_dec amount;
	lg_str currency;
	lg_time since;
	lg_str suggestions; /* JSON */
};
/* One live wait a flow, step and record: a second one replaces the first and keeps its `since`.  Findings stand beside
   it, one a rule.  Sets wait->id. */
bool store_wait_put(struct store *, struct store_wait *, const lg_str *topics, size_t n, struct err *);
/* Those that wait for the topic become rows of their flow's next read. */
bool store_wake(struct store *, const lg_str *topics, size_t n, struct err *);
/* A person's decision: the wait is woken with it (state "woken") or ends in `state` ("done", "dropped"); journaled with
   who and why.  Class ERR_REJECT, id "wait.ended": there is no such live wait. */
bool store_decide(struct store *, int64_t wait, lg_str state, lg_str decision, lg_str who, lg_str reason, struct err *);

/* ---- effects ---- */

enum effect_state {
	EFFECT_PLANNED,
	EFFECT_IN_FLIGHT,
	EFFECT_ACCEPTED,
	EFFECT_CONFIRMED,
	EFFECT_REJECTED,
	EFFECT_UNKNOWN,
	EFFECT_STATES
};
const char *effect_state_name(enum effect_state);

struct store_effect {
	int64_t id;
	lg_str key; /* of the connection, operation, business key and version: text, stable */
	lg_str connection, operation, lane, flow;
	int64_t seq; /* the journal entry that it delivers */
	enum effect_state state;
	uint32_t attempt;
	lg_time planned_at, changed_at, not_before; /* changed_at: while it is unknown, when it was sent */
	lg_str remote_id, message;
	const struct lg_rec *rec; /* where asked for */
};

/* Planned once: the same key again changes nothing (*fresh false).  The store reads key, connection, operation, lane,
   flow, seq and not_before (0: at once).  Effects of one connection with the same lane go out one after the other:
   planned, in flight and unknown ones hold back those behind them; an empty lane holds back nothing. */
bool store_effect_plan(struct store *, const struct store_effect *, bool *fresh, struct err *);
/* Up to `limit` effects of the connection and operation that may be sent now, with their records: those whose time came
   again first, then new ones in order of planning, only the first of each lane; they become in_flight, attempt counted.
 */
bool store_effect_claim(struct store *, lg_str connection, lg_str operation, lg_time now, size_t limit, struct arena *,
			struct store_effect *out, size_t *count, struct err *);
/* The unknown ones whose not_before came, to be probed, with their records; their state stays. */
bool store_effect_unknown(struct store *, lg_str connection, lg_str operation, lg_time now, size_t limit,
			  struct arena *, struct store_effect *out, size_t *count, struct err *);
/* planned with a not_before: to be sent again then.  What is confirmed stays so, whatever comes late. */
bool store_effect_settle(struct store *, int64_t id, enum effect_state, lg_str remote_id, lg_str message,
			 lg_time not_before, struct err *);
/* A person's word, journaled with who and why: planned (send it again), confirmed or rejected.  Class ERR_REJECT when
   there is no such effect (id "effect.none"), or it is being sent or is confirmed already ("effect.state"). */
bool store_effect_decide(struct store *, lg_str key, enum effect_state, lg_str who, lg_str reason, struct err *);
/* Records of confirmed effects of a connection with that remote id, in order of planning. */
bool store_effect_history(struct store *, lg_str connection, lg_str remote_id, struct arena *,
			  const struct lg_rec ***out, size_t *count, struct err *);
/* The next time at which a planned or unknown effect of the connection may go on; INT64_MAX: none. */
bool store_effect_next(struct store *, lg_str connection, lg_time *out, struct err *);

/* ---- reading ---- */

struct store_view;

bool store_view_open(const char *uri, struct store_view **out, struct err *);
/* A view of the writer's own connection: sees its open transaction. For the writer's thread. */
struct store_view *store_view_own(struct store *);
void store_view_close(struct store_view **);

/* Each list calls back a row at a time until it returns false; what it gets is borrowed. */
struct store_filter {
	uint64_t kinds;                      /* 0: all */
	lg_str connection, client, id, text; /* text: an invoice number or bank reference */
	bool all_revisions;
};
typedef bool store_row_fn(void *ctx, const struct store_row *);
bool view_records(struct store_view *, const struct store_filter *, store_row_fn *, void *ctx, struct err *);
bool view_made_from(struct store_view *, int64_t seq, store_row_fn *, void *ctx, struct err *);
/* The entry that made this one, and where a record came from. */
bool view_cause(struct store_view *, int64_t seq, struct arena *, struct store_row *out, bool *found, struct err *);
bool view_origin(struct store_view *, int64_t seq, struct arena *, struct store_doc *doc, uint64_t *offset,
		 uint32_t *line, lg_str *flow, lg_str *step, struct err *);
typedef bool store_doc_fn(void *ctx, const struct store_doc *);
bool view_docs(struct store_view *, lg_str connection, store_doc_fn *, void *ctx, struct err *);
typedef bool store_finding_fn(void *ctx, const struct store_doc *, lg_str id, uint32_t line, lg_str text);
bool view_findings(struct store_view *, int64_t doc, store_finding_fn *, void *ctx, struct err *); /* doc 0: all */
bool view_archive(struct store_view *, const uint8_t hash[STORE_HASH], bool (*fn)(void *ctx, lg_str chunk), void *ctx,
		  struct err *);
typedef bool store_wait_fn(void *ctx, const struct store_wait *, const struct lg_rec *);
bool view_waits(struct store_view *, lg_str client, bool ended, store_wait_fn *, void *ctx, struct err *);
typedef bool store_effect_fn(void *ctx, const struct store_effect *);
bool view_effects(struct store_view *, int state, int64_t seq, store_effect_fn *, void *ctx,
		  struct err *); /* -1, 0: any */
typedef bool store_state_fn(void *ctx, lg_str key, const struct lg_rec *);
bool view_state(struct store_view *, lg_str table, store_state_fn *, void *ctx, struct err *);

/* Cheap also in a store of years. */
struct store_counts {
	int64_t waiting, parked, effects[EFFECT_STATES];
};
bool view_counts(struct store_view *, struct store_counts *out, struct err *);

/* Recomputes every chain.  *entries: how many were checked.  False with class ERR_BUG and the place of the first entry
   that does not fit; fn, when given, hears of each. */
bool view_audit(struct store_view *, int64_t *entries, void (*fn)(void *ctx, const char *text), void *ctx,
		struct err *);
