/* sqlite_open.c - opening: the lock, the schema, what an unclean end left; and transactions. */
#include "core/store/sqlite_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the lock ---- */

static bool make_folders(struct sq *c, lg_str path, struct err *err)
{
	for (size_t i = 1; i < path.len; i++) {
		const char *folder;

		if (path.ptr[i] != '/')
			continue;
		folder = arena_cstr(&c->arena, str_sub(path, 0, i));
		if (mkdir(folder, 0750) == 0 || errno == EEXIST)
			continue;
		err_set(err, ERR_DENIED, "store.denied", "the folder \"%s\" cannot be made: %s", folder,
			strerror(errno));
		return err_hint(err, "make it and give it to the hub's user");
	}
	return true;
}

static bool locked(const char *path, int fd, struct err *err)
{
	char pid[32] = { 0 };

	if (pread(fd, pid, sizeof pid - 1, 0) <= 0)
		memcpy(pid, "?", 2);
	pid[strcspn(pid, "\n")] = '\0';
	err_set(err, ERR_RETRY, "store.locked", "the store \"%s\" is in use by process %s", path, pid);
	return err_hint(err,
			"one process holds a store; commands that change something go through the socket of the hub "
			"that runs, others read beside it");
}

static bool lock_take(struct sqlite *s, lg_str path, struct err *err)
{
	lg_str name = arena_printf(&s->c.arena, "%.*s.lock", STRA(path));
	char pid[32];
	int n;

	s->lock = open(name.ptr, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (s->lock < 0) {
		err_set(err, ERR_DENIED, "store.denied", "the lock \"%s\" cannot be opened: %s", name.ptr,
			strerror(errno));
		return err_hint(err, "look at the permissions of its folder");
	}
	if (flock(s->lock, LOCK_EX | LOCK_NB) != 0)
		return locked(arena_cstr(&s->c.arena, path), s->lock, err);
	n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
	/* The number is for the message of another process only; without it that says "?". */
	if (ftruncate(s->lock, 0) != 0 || pwrite(s->lock, pid, (size_t)n, 0) != n)
		return true;
	return true;
}

/* ---- the schema ---- */

static bool pragma_int(struct sq *c, const char *sql, int64_t *out, struct err *err)
{
	sqlite3_stmt *st;
	int rc = sqlite3_prepare_v2(c->db, sql, -1, &st, NULL);

	if (rc == SQLITE_OK) {
		rc = sqlite3_step(st);
		*out = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
		sqlite3_finalize(st);
	}
	return rc == SQLITE_ROW || sq_fail(c, rc, err);
}

static bool schema_known(struct sq *c, int64_t *version, struct err *err)
{
	int64_t application = 0, tables = 0;

	if (!pragma_int(c, "PRAGMA user_version", version, err) ||
	    !pragma_int(c, "PRAGMA application_id", &application, err) ||
	    !pragma_int(c, "SELECT count(*) FROM sqlite_master", &tables, err))
		return false;
	if (application != SQLITE_APPLICATION && (application != 0 || tables > 0)) {
		err_set(err, ERR_CONFIG, "store.foreign", "\"%.*s\" is a database of another program", STRA(c->path));
		return err_hint(err, "name another file as the store");
	}
	if (*version > sqlite_schema_count) {
		err_set(err, ERR_CONFIG, "store.newer",
			"the store \"%.*s\" has schema %lld, this loligo knows up to %d", STRA(c->path),
			(long long)*version, sqlite_schema_count);
		return err_hint(err, "a newer loligo wrote it: use that one, or restore a backup from before");
	}
	return true;
}

static bool migrate(struct sq *c, struct err *err)
{
	int64_t version;
	char after[96];

	if (!schema_known(c, &version, err))
		return false;
	for (; version < sqlite_schema_count; version++) {
		snprintf(after, sizeof after, "PRAGMA user_version = %d; PRAGMA application_id = %d; COMMIT",
			 (int)version + 1, SQLITE_APPLICATION);
		if (!sq_exec(c, "BEGIN IMMEDIATE", err) || !sq_exec(c, sqlite_schema[version], err) ||
		    !sq_exec(c, after, err)) {
			sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
			return err_prepend(err, "schema step %d", (int)version + 1);
		}
	}
	return true;
}

/* ---- transactions ---- */

bool sqlite_begin(struct store *st, struct err *err)
{
	return sq_run(&SQLITE_OF(st)->c, SQL_BEGIN, err, "");
}

bool sqlite_commit(struct store *st, struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);

	return journal_flush(s, err) && sq_run(&s->c, SQL_COMMIT, err, "");
}

static void rollback(struct store *st)
{
	struct sqlite *s = SQLITE_OF(st);

	/* SQLite has already rolled back after some errors; memory is forgotten in either case. */
	if (!sqlite3_get_autocommit(s->c.db))
		sqlite3_exec(s->c.db, "ROLLBACK", NULL, NULL, NULL);
	journal_forget(s);
	journal_load(s, NULL);
}

bool sqlite_mark(struct store *st, struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);

	return journal_flush(s, err) && sq_run(&s->c, SQL_MARK, err, "");
}

bool sqlite_undo(struct store *st, struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);

	journal_forget(s);
	return sq_run(&s->c, SQL_UNDO, err, "") && sq_run(&s->c, SQL_KEEP, err, "") && journal_load(s, err);
}

bool sqlite_keep(struct store *st, struct err *err)
{
	return sq_run(&SQLITE_OF(st)->c, SQL_KEEP, err, "");
}

/* ---- open and close ---- */

static void close_store(struct store *st)
{
	struct sqlite *s = SQLITE_OF(st);

	if (s->c.db != NULL && !sqlite3_get_autocommit(s->c.db))
		sqlite3_exec(s->c.db, "ROLLBACK", NULL, NULL, NULL);
	journal_forget(s);
	free(s->heads);
	buf_fini(&s->body);
	buf_fini(&s->identity);
	buf_fini(&s->log);
	sq_close(&s->c);
	if (s->lock >= 0)
		close(s->lock); /* frees it; the file stays, so that two processes never lock different ones */
	free(s);
}

static struct store_view *own(struct store *st)
{
	return &SQLITE_OF(st)->view.base;
}

static const struct store_verbs store_verbs = {
	.close = close_store,
	.rollback = rollback,
	.own = own,
#define VERB_store(name) .name = sqlite_##name,
#define VERB_view(name)
#define VERB(prefix, name, params, args) VERB_##prefix(name)
#include "core/store/verbs.def"
#undef VERB_store
#undef VERB_view
};

bool sqlite_recover(struct sqlite *s, struct err *err)
{
	return sqlite_begin(&s->base, err) && sq_run(&s->c, SQL_DOC_ABORT_ALL, err, "") &&
	       sqlite_effects_recover(s, err) && sqlite_commit(&s->base, err);
}

static bool open_writer(struct sqlite *s, lg_str path, struct err *err)
{
	return make_folders(&s->c, path, err) && lock_take(s, path, err) && sq_open(&s->c, path, true, err) &&
	       migrate(&s->c, err) && journal_load(s, err) && sqlite_recover(s, err);
}

bool sqlite_store_open(lg_str path, const struct store_env *env, struct store **out, struct err *err)
{
	struct sqlite *s = xalloc(sizeof *s);

	s->base = (struct store){ &store_verbs, *env };
	s->lock = -1;
	s->view = (struct sqlite_view){ .base = { &sqlite_view_verbs }, .c = &s->c };
	if (!open_writer(s, path, err)) {
		close_store(&s->base);
		return false;
	}
	*out = &s->base;
	return true;
}

bool sqlite_view_open(lg_str path, struct store_view **out, struct err *err)
{
	struct sqlite_view *v = xalloc(sizeof *v);
	int64_t version;

	v->base.verbs = &sqlite_view_verbs;
	v->c = &v->own;
	if (!sq_open(&v->own, path, false, err) || !schema_known(&v->own, &version, err)) {
		sq_close(&v->own);
		free(v);
		return false;
	}
	*out = &v->base;
	if (version == sqlite_schema_count)
		return true;
	err_set(err, ERR_CONFIG, "store.older", "the store \"%.*s\" has schema %lld, this loligo reads %d", STRA(path),
		(long long)version, sqlite_schema_count);
	err_hint(err, "start the hub once (loligo run --once), it brings the store up to date");
	store_view_close(out);
	return false;
}

/* ---- copies ---- */

static bool is_there(lg_str path)
{
	struct arena a = { 0 };
	bool there = access(arena_cstr(&a, path), F_OK) == 0;

	arena_fini(&a);
	return there;
}

/* Pages as one reader sees them; what the writer does meanwhile is not in the copy. */
static bool copy_pages(struct sq *from, sqlite3 *to, struct err *err)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from->db, "main");
	int rc;

	if (b == NULL)
		return sq_fail(from, sqlite3_errcode(to), err);
	sqlite3_backup_step(b, -1);
	rc = sqlite3_backup_finish(b);
	return rc == SQLITE_OK || sq_fail(from, rc, err);
}

bool sqlite_copy(lg_str path, const char *name, struct err *err)
{
	struct sq from = { 0 }, to = { 0 };
	bool ok;

	if (!is_there(path))
		return true;
	if (is_there(str_of(name))) {
		err_set(err, ERR_CONFIG, "store.copy", "\"%s\" is already there", name);
		return err_hint(err, "a copy never replaces a file: name another one");
	}
	ok = sq_open(&from, path, false, err) && sq_open(&to, str_of(name), true, err) && copy_pages(&from, to.db, err);
	sq_close(&from);
	sq_close(&to);
	return ok;
}
