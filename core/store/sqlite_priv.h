/* sqlite_priv.h - what the files of the SQLite store share.

   A struct sq is a connection with its statements and its cache of names: the writer has one, each view its own.
   A struct sqlite is the writer.  What it keeps in memory (heads of chains, pending documents, the log of effects) is
   written by flush before a commit or a savepoint, and forgotten after a rollback, so that memory never knows more than
   the transaction. */
#pragma once
#include "core/base/map.h"
#include "core/store/store_priv.h"

#include <sqlite3.h>

enum sql {
#define SQL(name, text) SQL_##name,
#include "core/store/sqlite_sql.def"
#undef SQL
	SQL_COUNT
};

struct sq {
	sqlite3 *db;
	sqlite3_stmt *stmts[SQL_COUNT];
	lg_str path; /* in names_arena */
	struct hash *hash;
	struct buf scratch;
	struct arena arena; /* the path */
	struct {
		struct arena arena;
		struct map by_text; /* to the number, as a pointer */
		lg_str *by_id;
		size_t cap;
	} names;
	struct { /* the document of the row read last */
		int64_t id;
		lg_time received_at;
		char hex[HASH_HEX + 1];
	} doc;
};

struct head { /* of a stream's chain */
	struct chain chain;
	int64_t stream;
	bool dirty;
	struct head *next_dirty;
};

struct pending { /* a document that is being taken in */
	struct pending *next;
	int64_t id, stream, first, last;
	struct chain chain;
	bool ordered, dirty;
};

struct sqlite_view {
	struct store_view base;
	struct sq *c;
	struct sq own; /* unless it is the writer's */
};

struct sqlite {
	struct store base;
	struct sq c;
	struct sqlite_view view; /* on the writer's connection */
	int lock;
	int64_t seq, ready; /* given last; rolled back with the rest */
	int64_t waiting;    /* live topics, about: 0 means that there are certainly none */
	struct head **heads, *dirty;
	size_t heads_cap;
	struct pending *pending;
	struct buf body, identity, log;
};

#define SQLITE_OF(st) container_of(st, struct sqlite, base)
#define CONN_OF(v) (container_of(v, struct sqlite_view, base)->c)

/* ---- connection (sqlite_conn.c) ---- */

bool sq_fail(struct sq *, int rc, struct err *err); /* returns false */
bool sq_open(struct sq *, lg_str path, bool writer, struct err *err);
void sq_close(struct sq *);
bool sq_exec(struct sq *, const char *sql, struct err *err);

/* The kept statement with its parameters bound: one letter of `types` each.  i int64_t; n int64_t, 0 as NULL; t lg_str
   as text, s the same with NULL for an empty one; b const void *, size_t; B lg_str as blob, NULL for an empty one.
   Texts and blobs are borrowed until the statement is reset.  NULL: error. */
sqlite3_stmt *sq_bind(struct sq *, enum sql, struct err *err, const char *types, ...);
/* A statement of its own, to be finalized: for lists, whose callbacks may start the same list again. */
sqlite3_stmt *sq_prepare(struct sq *, enum sql, struct err *err, const char *types, ...);
/* 1: a row; 0: the end; -1: error. */
int sq_step(struct sq *, sqlite3_stmt *, struct err *err);
/* Binds, runs to the end, resets. */
bool sq_run(struct sq *, enum sql, struct err *err, const char *types, ...);
/* The first column of the first row, *out untouched when there is none. */
bool sq_int(struct sq *, enum sql, int64_t *out, struct err *err, const char *types, ...);

static inline lg_str sq_text(sqlite3_stmt *st, int col)
{
	const char *p = (const char *)sqlite3_column_blob(st, col);

	return (lg_str){ p, (size_t)sqlite3_column_bytes(st, col) };
}

/* Copies `size` bytes of a blob column; zeros when it has another size. */
void sq_blob(sqlite3_stmt *, int col, void *out, size_t size);

/* ---- names (sqlite_conn.c) ---- */

/* 0 for the empty text, -1 for one that nothing was ever called. */
bool name_find(struct sq *, lg_str text, int64_t *id, struct err *err);
/* Gives it a number when it has none. */
bool name_give(struct sqlite *, lg_str text, int64_t *id, struct err *err);
/* Lives as long as the connection, until a rollback; empty for 0. */
lg_str name_text(struct sq *, int64_t id);
void names_forget(struct sq *);

/* ---- journal (sqlite_journal.c) ---- */

bool head_get(struct sqlite *, int64_t stream, struct head **out, struct err *err);
void head_changed(struct sqlite *, struct head *);
/* Writes what is only in memory. */
bool journal_flush(struct sqlite *, struct err *err);
/* Forgets it. */
void journal_forget(struct sqlite *);
bool journal_load(struct sqlite *, struct err *err);
/* Sets seq and n, moves the chain and writes the rows; lookup: of the record, 0: none. */
bool journal_put(struct sqlite *, struct entry *, struct chain *, int64_t lookup, struct err *err);
bool journal_system(struct sqlite *, int64_t stream, lg_str body, struct err *err);
struct note_field {
	const char *name;
	lg_str value;
};
/* An entry in the hub's chain: a JSON object of texts. */
bool journal_note(struct sqlite *, const char *what, const struct note_field *, size_t n, struct err *err);
bool pending_flush(struct sqlite *, struct pending *, struct err *err);

struct known { /* the newest entry of an id that counts */
	int64_t seq, revision, doc, at;
	enum doc_state state;
	uint8_t hash[HASH_SIZE];
	bool found, pending;
};
bool journal_known(struct sqlite *, const uint8_t id[ID_SIZE], int64_t own_doc, struct known *out, struct err *err);

/* The columns of the journal that make a row, in the order in which row_read wants them. */
#define ROW_COLUMNS "j.seq, j.stream, j.kind, j.doc, j.id, j.revision, j.client, j.at, j.offset, j.line, j.external_id"
#define ROW_COUNT 11
/* The record when `body` is a column; what is returned is in the arena. */
bool row_read(struct sq *, sqlite3_stmt *, int body, struct arena *, struct store_row *out, struct err *err);
bool row_by_seq(struct sq *, int64_t seq, struct arena *, struct store_row *out, bool *found, struct err *err);

/* ---- documents (sqlite_ingest.c) ---- */

#define DOC_COLUMNS \
	"d.id, d.connection, d.name, d.external_id, d.hash, d.size, d.received_at, d.modified, d.state, \
d.records, d.message, d.duplicate_of, (SELECT 1 FROM releases r WHERE r.doc = d.id)"
#define DOC_COUNT 13
#define ARCHIVE_BITS 24 /* an archive id is the document's << this, and the chunk */
/* Texts are copied into the arena; NULL: they are borrowed from the statement. */
void doc_read(struct sq *, sqlite3_stmt *, struct arena *, struct store_doc *out);

/* ---- verbs by file ---- */

#define VERB_store(name, params) bool sqlite_##name params;
#define VERB_view(name, params)
#define VERB(prefix, name, params, args) VERB_##prefix(name, params)
#include "core/store/verbs.def"
#undef VERB_store
#undef VERB_view
#define VERB_store(name, params)
#define VERB_view(name, params) bool sqlite_view_##name params;
#define VERB(prefix, name, params, args) VERB_##prefix(name, params)
#include "core/store/verbs.def"
#undef VERB_store
#undef VERB_view

extern const struct view_verbs sqlite_view_verbs;

/* Steps of the schema, from an empty database on; sqlite_schema.c. */
extern const char *const sqlite_schema[];
extern const int sqlite_schema_count;
#define SQLITE_APPLICATION 0x4c6f4c67 /* "LoLg" */

/* After an unclean end: pending documents are aborted, effects in flight are unknown. */
bool sqlite_recover(struct sqlite *, struct err *err);
bool sqlite_effects_recover(struct sqlite *, struct err *err);
/* As stored: see sqlite_schema.c. */
#define ATTEMPT_STORED 10
int64_t effect_stored(enum effect_state);
enum effect_state effect_of_stored(int64_t stored); /* EFFECT_STATES: none */
/* From EFFECT_COLUMNS that begin at `col`; borrowed from the statement when there is no arena. */
void effect_read(struct sq *, sqlite3_stmt *, int col, struct arena *, struct store_effect *out);
