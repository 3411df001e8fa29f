/* sqlite_conn.c - a connection to the database: errors, statements, names. */
#include "core/store/sqlite_priv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char *const texts[] = {
#define SQL(name, text) [SQL_##name] = (text),
#include "core/store/sqlite_sql.def"
#undef SQL
};

/* ---- errors ---- */

static const struct fault {
	int code;
	enum err_class class;
	const char *id, *what, *hint;
} faults[] = {
	{ SQLITE_FULL, ERR_RETRY, "store.full", "the disk is full",
	  "nothing was lost: make room there and start again" },
	{ SQLITE_BUSY, ERR_RETRY, "store.busy", "another program holds it", "close the program that has it open" },
	{ SQLITE_LOCKED, ERR_RETRY, "store.busy", "another program holds it", "close the program that has it open" },
	{ SQLITE_IOERR, ERR_RETRY, "store.io", "the disk does not read or write",
	  "look at the system's log for the disk" },
	{ SQLITE_NOMEM, ERR_RETRY, "store.memory", "there is no memory left", "" },
	{ SQLITE_CORRUPT, ERR_BUG, "store.damaged", "the file is damaged",
	  "stop the hub, keep a copy of the file, and restore the last backup" },
	{ SQLITE_NOTADB, ERR_BUG, "store.damaged", "the file is no SQLite database or is damaged",
	  "name another file, or restore the last backup" },
	{ SQLITE_READONLY, ERR_DENIED, "store.denied", "the file cannot be written",
	  "give the hub's user write permission on the file and its folder" },
	{ SQLITE_PERM, ERR_DENIED, "store.denied", "the file cannot be used", "look at its permissions" },
	{ SQLITE_AUTH, ERR_DENIED, "store.denied", "the file cannot be used", "look at its permissions" },
	{ SQLITE_CANTOPEN, ERR_DENIED, "store.denied", "the file cannot be opened",
	  "look whether its folder is there, and at the permissions" },
	{ SQLITE_TOOBIG, ERR_REJECT, "store.too_big", "the record is too big", "" },
};

bool sq_fail(struct sq *c, int rc, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		if (faults[i].code != (rc & 0xff))
			continue;
		err_set(err, faults[i].class, faults[i].id, "store \"%.*s\": %s (%s)", STRA(c->path), faults[i].what,
			c->db ? sqlite3_errmsg(c->db) : sqlite3_errstr(rc));
		return err_hint(err, "%s", faults[i].hint);
	}
	return err_set(err, ERR_BUG, "store.sql", "store \"%.*s\": %s", STRA(c->path),
		       c->db ? sqlite3_errmsg(c->db) : sqlite3_errstr(rc));
}

/* ---- opening ---- */

/* What a view may cost is less than what the writer needs for the pages of its indexes. */
static const char new_pragmas[] = "PRAGMA auto_vacuum = INCREMENTAL"; /* writes page 1 each time it is said */
static const char writer_pragmas[] =
	"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	"PRAGMA foreign_keys = OFF; PRAGMA mmap_size = 0; PRAGMA temp_store = FILE; PRAGMA cache_size = -49152;"
	"PRAGMA wal_autocheckpoint = 16000; PRAGMA journal_size_limit = 67108864";
static const char view_pragmas[] =
	"PRAGMA mmap_size = 0; PRAGMA temp_store = FILE; PRAGMA cache_size = -4096; PRAGMA query_only = ON";

bool sq_exec(struct sq *c, const char *sql, struct err *err)
{
	int rc = sqlite3_exec(c->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK || sq_fail(c, rc, err);
}

/* A database that has no page yet. */
static bool is_empty(sqlite3 *db)
{
	sqlite3_stmt *st = NULL;
	bool empty = sqlite3_prepare_v2(db, "PRAGMA page_count", -1, &st, NULL) == SQLITE_OK &&
		     sqlite3_step(st) == SQLITE_ROW && sqlite3_column_int64(st, 0) == 0;

	sqlite3_finalize(st);
	return empty;
}

bool sq_open(struct sq *c, lg_str path, bool writer, struct err *err)
{
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
		    (writer ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE);
	int rc;

	sqlite3_config(SQLITE_CONFIG_MEMSTATUS,
		       0); /* its statistics cost a lock at every allocation; refused later on */
	c->path = arena_str(&c->arena, path);
	c->hash = hash_new();
	rc = sqlite3_open_v2(c->path.ptr, &c->db, flags, NULL);
	if (rc != SQLITE_OK)
		return sq_fail(c, rc, err);
	sqlite3_busy_timeout(c->db, 5000);
	if (writer && is_empty(c->db) && !sq_exec(c, new_pragmas, err))
		return false;
	return sq_exec(c, writer ? writer_pragmas : view_pragmas, err);
}

void sq_close(struct sq *c)
{
	for (int i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(c->stmts[i]);
	sqlite3_close(c->db);
	hash_free(&c->hash);
	buf_fini(&c->scratch);
	names_forget(c);
	free(c->names.by_id);
	arena_fini(&c->names.arena);
	arena_fini(&c->arena);
	*c = (struct sq){ 0 };
}

/* ---- statements ---- */

static int bind_one(sqlite3_stmt *st, int at, char type, va_list *ap)
{
	const void *blob;
	int64_t i;
	lg_str s;

	switch (type) {
	case 'i':
		return sqlite3_bind_int64(st, at, va_arg(*ap, int64_t));
	case 'n':
		i = va_arg(*ap, int64_t);
		return i ? sqlite3_bind_int64(st, at, i) : sqlite3_bind_null(st, at);
	case 't':
	case 's':
		s = va_arg(*ap, lg_str);
		if (s.len == 0 && type == 's')
			return sqlite3_bind_null(st, at);
		return sqlite3_bind_text64(st, at, s.ptr ? s.ptr : "", s.len, SQLITE_STATIC, SQLITE_UTF8);
	case 'b':
		blob = va_arg(*ap, const void *);
		return sqlite3_bind_blob64(st, at, blob, va_arg(*ap, size_t), SQLITE_STATIC);
	case 'B':
		s = va_arg(*ap, lg_str);
		return s.len ? sqlite3_bind_blob64(st, at, s.ptr, s.len, SQLITE_STATIC) : sqlite3_bind_null(st, at);
	default:
		die("store: parameter type '%c'", type);
	}
}

static bool bind_all(struct sq *c, sqlite3_stmt *st, struct err *err, const char *types, va_list *ap)
{
	for (int i = 0; types[i] != '\0'; i++) {
		int rc = bind_one(st, i + 1, types[i], ap);

		if (rc != SQLITE_OK)
			return sq_fail(c, rc, err);
	}
	return true;
}

static sqlite3_stmt *prepare(struct sq *c, enum sql sql, unsigned flags, struct err *err)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v3(c->db, texts[sql], -1, flags, &st, NULL);

	if (rc != SQLITE_OK)
		sq_fail(c, rc, err);
	return st;
}

/* The kept statement with its values bound; prepared on first use. */
static sqlite3_stmt *ready(struct sq *c, enum sql sql, struct err *err, const char *types, va_list *ap)
{
	sqlite3_stmt *st = c->stmts[sql];

	if (st == NULL)
		st = c->stmts[sql] = prepare(c, sql, SQLITE_PREPARE_PERSISTENT, err);
	return st && bind_all(c, st, err, types, ap) ? st : NULL;
}

sqlite3_stmt *sq_bind(struct sq *c, enum sql sql, struct err *err, const char *types, ...)
{
	sqlite3_stmt *st;
	va_list ap;

	va_start(ap, types);
	st = ready(c, sql, err, types, &ap);
	va_end(ap);
	return st;
}

sqlite3_stmt *sq_prepare(struct sq *c, enum sql sql, struct err *err, const char *types, ...)
{
	sqlite3_stmt *st = prepare(c, sql, 0, err);
	va_list ap;
	bool ok;

	if (st == NULL)
		return NULL;
	va_start(ap, types);
	ok = bind_all(c, st, err, types, &ap);
	va_end(ap);
	if (ok)
		return st;
	sqlite3_finalize(st);
	return NULL;
}

int sq_step(struct sq *c, sqlite3_stmt *st, struct err *err)
{
	int rc = sqlite3_step(st);

	if (rc == SQLITE_ROW)
		return 1;
	if (rc != SQLITE_DONE)
		sq_fail(c, rc, err);
	sqlite3_reset(st);
	return rc == SQLITE_DONE ? 0 : -1;
}

bool sq_run(struct sq *c, enum sql sql, struct err *err, const char *types, ...)
{
	sqlite3_stmt *st;
	va_list ap;
	int rc;

	va_start(ap, types);
	st = ready(c, sql, err, types, &ap);
	va_end(ap);
	if (st == NULL)
		return false;
	while ((rc = sq_step(c, st, err)) == 1)
		;
	return rc == 0;
}

bool sq_int(struct sq *c, enum sql sql, int64_t *out, struct err *err, const char *types, ...)
{
	sqlite3_stmt *st;
	va_list ap;
	int rc;

	va_start(ap, types);
	st = ready(c, sql, err, types, &ap);
	va_end(ap);
	if (st == NULL)
		return false;
	rc = sq_step(c, st, err);
	if (rc == 1) {
		*out = sqlite3_column_int64(st, 0);
		rc = sq_step(c, st, err) < 0 ? -1 : 0;
		sqlite3_reset(st);
	}
	return rc == 0;
}

void sq_blob(sqlite3_stmt *st, int col, void *out, size_t size)
{
	const void *p = sqlite3_column_blob(st, col);

	if (p != NULL && (size_t)sqlite3_column_bytes(st, col) == size)
		memcpy(out, p, size);
	else
		memset(out, 0, size);
}

/* ---- names ---- */

#define NAMES_MAX (1 << 28) /* what is above comes from damage */

static void remember(struct sq *c, int64_t id, lg_str text)
{
	size_t had = c->names.cap;

	c->names.by_id = xgrow(c->names.by_id, &c->names.cap, (size_t)id + 1, sizeof *c->names.by_id);
	if (c->names.cap > had)
		memset(c->names.by_id + had, 0, (c->names.cap - had) * sizeof *c->names.by_id);
	text = arena_str(&c->names.arena, text);
	c->names.by_id[id] = text;
	map_put(&c->names.by_text, text, (void *)(intptr_t)id);
}

bool name_find(struct sq *c, lg_str text, int64_t *id, struct err *err)
{
	*id = text.len ? (int64_t)(intptr_t)map_get(&c->names.by_text, text) : 0;
	if (*id != 0 || text.len == 0)
		return true;
	*id = -1;
	if (!sq_int(c, SQL_NAME_BY_TEXT, id, err, "t", text))
		return false;
	if (*id > 0 && *id <= NAMES_MAX)
		remember(c, *id, text);
	return true;
}

bool name_give(struct sqlite *s, lg_str text, int64_t *id, struct err *err)
{
	struct head *head;

	if (!name_find(&s->c, text, id, err))
		return false;
	if (*id >= 0)
		return true;
	if (!sq_run(&s->c, SQL_NAME_PUT, err, "t", text) || !head_get(s, STREAM_NAMES, &head, err))
		return false;
	*id = sqlite3_last_insert_rowid(s->c.db);
	chain_name(s->c.hash, &s->c.scratch, &head->chain, *id, text);
	head_changed(s, head);
	remember(&s->c, *id, text);
	return true;
}

lg_str name_text(struct sq *c, int64_t id)
{
	sqlite3_stmt *st;

	if (id <= 0 || id > NAMES_MAX)
		return STR_NONE;
	if ((size_t)id < c->names.cap && c->names.by_id[id].len > 0)
		return c->names.by_id[id];
	st = sq_bind(c, SQL_NAME_BY_ID, NULL, "i", id);
	if (st == NULL)
		return STR_NONE;
	if (sq_step(c, st, NULL) == 1) {
		remember(c, id, sq_text(st, 0));
		sqlite3_reset(st);
		return c->names.by_id[id];
	}
	return STR_NONE;
}

void names_forget(struct sq *c)
{
	map_fini(&c->names.by_text);
	c->names.by_text = (struct map){ 0 };
	if (c->names.by_id != NULL)
		memset(c->names.by_id, 0, c->names.cap * sizeof *c->names.by_id);
	arena_reset(&c->names.arena);
}
