/* What is the SQLite store's own: damage and tampering found, crashes, the lock, the schema, a full disk. */
#include "tests/unit/store_fixture.h"

#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* ---- audit ---- */

static void plan(struct fixture *f, const char *key)
{
	struct store_effect e = {
		.key = str(key), .connection = str("erp"), .operation = str("post"), .flow = str("cash"), .seq = 1
	};
	bool fresh;

	OK(f, store_effect_plan(f->st, &e, &fresh, &f->err));
}

static const uint8_t hash_of_abc[STORE_HASH] = { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
						 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
						 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad };

/* Two documents of one connection, one of another, what a flow made, effects in three states, decisions. */
static void fill(struct fixture *f)
{
	struct store_made m = { .flow = str("cash"), .step = str("match"), .cause = 1 };
	struct store_doc d = doc_new("bank", "with bytes", 0), parked = doc_new("bank", "parked", 6);
	struct store_effect list[4];
	enum store_outcome outcome;
	int64_t seq;
	size_t n;

	TX(f)
	{
		doc_taken(f, "bank", "a", 1, "A", 5);
		doc_taken(f, "bank", "b", 2, "B", 5);
		doc_taken(f, "other", "c", 3, "C", 3);
		memcpy(d.hash, hash_of_abc, STORE_HASH);
		OK(f, store_doc_begin(f->st, &d, &f->err));
		OK(f, store_archive(f->st, &d, 0, str("ab"), &f->err));
		OK(f, store_archive(f->st, &d, 1, str("c"), &f->err));
		OK(f, store_doc_end(f->st, &d, str("taken"), STR_NONE, &f->err));
		OK(f, store_doc_begin(f->st, &parked, &f->err));
		append(f, &parked, tx_rec(&f->a, "P", 1), "P", "");
		OK(f, store_doc_end(f->st, &parked, str("parked"), str("bad"), &f->err));
	}
	for (int i = 0; i < 4; i++) {
		TX(f)
		{
			char key[8];

			snprintf(key, sizeof key, "m%d", i);
			m.key = str(key);
			m.rec = tx_rec(&f->a, key, i);
			OK(f, store_emit(f->st, &m, &f->a, &seq, &outcome, &f->err));
			plan(f, key);
		}
	}
	TX(f)
	{
		OK(f, store_effect_claim(f->st, str("erp"), str("post"), f->now, 2, &f->a, list, &n, &f->err));
		OK(f, store_effect_settle(f->st, list[0].id, EFFECT_CONFIRMED, str("r1"), STR_NONE, 0, &f->err));
		OK(f, store_note(f->st, str("config"), str("hub"), str("version 1"), &f->err));
		OK(f, store_cursor_set(f->st, str("bank"), str("c"), str("1"), &f->err));
	}
}

static void collect(void *ctx, const char *text)
{
	buf_addf(ctx, "%s\n", text);
}

/* The findings, a line each. */
static bool audit(struct fixture *f, struct buf *text)
{
	struct store_view *v;
	int64_t entries;
	bool ok;

	buf_reset(text);
	OK(f, store_view_open(f->uri, &v, &f->err));
	ok = view_audit(v, &entries, collect, text, &f->err);
	store_view_close(&v);
	assert_true(entries > 0);
	assert_int_equal(ok, text->len == 0);
	if (!ok)
		assert_string_equal(f->err.id, "store.audit");
	return ok;
}

static void tamper(struct fixture *f, const char *sql)
{
	char *message = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", sql, message);
	if (sqlite3_total_changes(db) == 0)
		fail_msg("%s: changes nothing", sql);
	sqlite3_close(db);
}

static void untouched_is_fine(void **state)
{
	struct fixture *f = *state;
	struct buf b = { 0 };
	bool more = true;

	fill(f);
	assert_true(audit(f, &b));
	while (more)
		OK(f, store_tidy(f->st, &more, &f->err));
	assert_true(audit(f, &b));
	fixture_reopen(f);
	assert_true(audit(f, &b));
	buf_fini(&b);
}

#define ENTRY_OF(n) "(SELECT seq FROM journal j JOIN docs d ON d.id = j.doc WHERE d.name = 'a' AND j.n = " #n ")"
#define MADE_OF(n) "(SELECT seq FROM journal WHERE doc IS NULL AND id IS NOT NULL AND n = " #n ")"

static const struct {
	const char *what, *sql, *says;
} attacks[] = {
	{ "a payload",
	  "UPDATE payloads SET body = substr(body, 1, length(body) - 2) || x'0100' WHERE seq = " ENTRY_OF(2),
	  "content was changed" },
	{ "payload and its hash", "UPDATE journal SET hash = zeroblob(32) WHERE seq = " ENTRY_OF(2), "it was changed" },
	{ "a client", "UPDATE journal SET client = 1 WHERE seq = " ENTRY_OF(3), "it was changed" },
	{ "a cause", "UPDATE journal SET cause = 2 WHERE seq = " MADE_OF(2), "it was changed" },
	{ "a payload gone", "DELETE FROM payloads WHERE seq = " ENTRY_OF(2), "its content is gone" },
	{ "an entry deleted", "DELETE FROM journal WHERE seq = " ENTRY_OF(2), "1 before it were deleted" },
	{ "the last entry of a document", "DELETE FROM journal WHERE seq = " ENTRY_OF(5),
	  "its last 1 of 5 entries are cut off" },
	{ "two payloads swapped",
	  "CREATE TEMP TABLE t AS SELECT * FROM payloads; UPDATE payloads SET body = (SELECT body FROM t WHERE seq "
	  "= " ENTRY_OF(2) ") WHERE seq = " ENTRY_OF(3),
	  "content was changed" },
	{ "two entries swapped",
	  "UPDATE journal SET seq = -1 WHERE seq = " ENTRY_OF(2) "; UPDATE journal SET seq = seq - 1 WHERE seq "
								 "= " ENTRY_OF(3) "; UPDATE journal SET seq = (SELECT "
										  "max(seq) + 1 FROM journal WHERE seq "
										  "< " ENTRY_OF(4) ") WHERE seq = -1",
	  "before it were deleted" },
	{ "what a flow made, the last", "DELETE FROM journal WHERE seq = " MADE_OF(4),
	  "the last 1 of 4 links are cut off" },
	{ "what a flow made", "DELETE FROM journal WHERE seq = " MADE_OF(2), "1 before it were deleted" },
	{ "the tail of the hub's chain",
	  "DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal WHERE stream = 8)",
	  "the chain of the hub: the last 1 of 2 links are cut off" },
	{ "a document's row", "UPDATE docs SET size = 7 WHERE name = 'a'", "\"a\": it was changed" },
	{ "a document taken away",
	  "DELETE FROM journal WHERE doc = (SELECT id FROM docs WHERE name = 'a'); DELETE FROM docs WHERE name = 'a'",
	  "\"b\": it was changed, or one before it was removed" },
	{ "the last document",
	  "DELETE FROM payloads WHERE seq IN (SELECT seq FROM journal WHERE doc = (SELECT id FROM docs WHERE name = "
	  "'c'));"
	  "DELETE FROM journal WHERE doc = (SELECT id FROM docs WHERE name = 'c'); DELETE FROM docs WHERE name = 'c'",
	  "the chain of connection \"other\": the last 1 of 1 links are cut off" },
	{ "an entry put in",
	  "INSERT INTO journal (seq, stream, n, kind, doc, id, hash, chain) SELECT 9999, stream, n, kind, doc, x'01', "
	  "hash, "
	  "chain FROM journal WHERE seq = " ENTRY_OF(2),
	  "entry 9999 belongs to no document" },
	{ "an original", "UPDATE archive SET bytes = x'6178' WHERE bytes = x'6162'",
	  "its bytes in the archive were changed" },
	{ "a name", "UPDATE names SET name = 'erq' WHERE name = 'erp'", "the table of names" },
	{ "a head", "UPDATE heads SET n = n + 1 WHERE stream = 8",
	  "the chain of the hub: the last 1 of 3 links are cut off" },
	{ "an effect's state", "UPDATE effects SET state = 15 WHERE key = 'm3'", "\"m3\" is not as its log says" },
	{ "an effect's key", "UPDATE effects SET key = 'mx' WHERE key = 'm3'", "\"mx\" is not as its log says" },
	{ "an effect's remote id", "UPDATE results SET remote_id = 'r2'", "\"m0\" is not as its log says" },
	{ "an effect deleted", "DELETE FROM effects WHERE key = 'm3'", "effect 4 was deleted" },
	{ "an effect put in",
	  "INSERT INTO effects SELECT 77, hash, connection, operation, flow, seq, state, blocked, attempt, planned_at, "
	  "changed_at, not_before, lane_hash, 'new', lane FROM effects WHERE key = 'm3'",
	  "effect 77 \"new\" is not as its log says" },
};

static void every_kind_of_tampering_is_found_and_placed(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(attacks); i++) {
		struct fixture *f;
		struct buf b = { 0 };

		assert_int_equal(fixture_setup(state), 0);
		f = *state;
		fill(f);
		store_close(&f->st);
		tamper(f, attacks[i].sql);
		if (audit(f, &b) || strstr(buf_text(&b), attacks[i].says) == NULL)
			fail_msg("%s: expected \"%s\", found:\n%s", attacks[i].what, attacks[i].says, buf_text(&b));
		buf_fini(&b);
		fixture_teardown(state);
	}
}

/* ---- crashes ---- */

enum { POINTS = 7 };

/* Ends the process at the point; what is before it was done. */
static void work_until(struct fixture *f, int point)
{
	struct store_doc d = doc_new("bank", "a", 1);
	struct store_row rows[8];
	struct store_position p;
	struct store_effect list[8];
	size_t n;

	memcpy(d.hash, hash_of_abc, STORE_HASH);
	OK(f, store_begin(f->st, &f->err));
	OK(f, store_doc_begin(f->st, &d, &f->err));
	append(f, &d, tx_rec(&f->a, "A0", 1), "A0", "");
	OK(f, store_archive(f->st, &d, 0, str("abc"), &f->err));
	if (point == 0)
		_exit(0);
	OK(f, store_commit(f->st, &f->err));
	if (point == 1)
		_exit(0);
	OK(f, store_begin(f->st, &f->err));
	append(f, &d, tx_rec(&f->a, "A1", 1), "A1", "");
	OK(f, store_doc_end(f->st, &d, str("taken"), STR_NONE, &f->err));
	if (point == 2)
		_exit(0);
	OK(f, store_commit(f->st, &f->err));
	if (point == 3)
		_exit(0);
	OK(f, store_begin(f->st, &f->err));
	next(f, "cash", "bank", 8, rows, &p);
	plan(f, "k0");
	advance(f, "cash", "bank", &p);
	if (point == 4)
		_exit(0);
	OK(f, store_commit(f->st, &f->err));
	if (point == 5)
		_exit(0);
	OK(f, store_begin(f->st, &f->err));
	OK(f, store_effect_claim(f->st, str("erp"), str("post"), f->now, 8, &f->a, list, &n, &f->err));
	OK(f, store_commit(f->st, &f->err));
	_exit(0);
}

static void a_crash_leaves_what_was_committed(void **state)
{
	static const size_t rows_left[POINTS] = { 0, 0, 0, 2, 2, 0, 0 };
	static const size_t planned[POINTS] = { 0, 0, 0, 0, 0, 1, 0 };
	static const size_t in_doubt[POINTS] = { 0, 0, 0, 0, 0, 0, 1 };

	for (int point = 0; point < POINTS; point++) {
		struct store_effect list[8];
		struct store_position p;
		struct store_row rows[8];
		struct buf b = { 0 };
		struct fixture *f;
		int status = -1;
		bool more = true;
		size_t n;
		pid_t pid;

		assert_int_equal(fixture_setup(state), 0);
		f = *state;
		store_close(&f->st);
		pid = fork();
		if (pid == 0) {
			if (!store_open(f->uri, &f->env, &f->st, &f->err))
				_exit(1);
			work_until(f, point);
		}
		assert_true(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
		OK(f, store_open(f->uri, &f->env, &f->st, &f->err));
		assert_int_equal(next(f, "cash", "bank", 8, rows, &p), rows_left[point]);
		OK(f, store_effect_unknown(f->st, str("erp"), str("post"), f->now, 8, &f->a, list, &n, &f->err));
		assert_int_equal(n, in_doubt[point]);
		while (more)
			OK(f, store_tidy(f->st, &more, &f->err));
		TX(f)
		{
			OK(f, store_effect_claim(f->st, str("erp"), str("post"), f->now, 8, &f->a, list, &n, &f->err));
			assert_int_equal(n, planned[point]);
			doc_taken(f, "bank", "next", 2, "B", 1);
		}
		if (!audit(f, &b))
			fail_msg("point %d: %s", point, buf_text(&b));
		buf_fini(&b);
		fixture_teardown(state);
	}
}

/* ---- opening ---- */

static void a_second_process_is_refused(void **state)
{
	struct fixture *f = *state;
	struct store *second;
	char pid[32];

	snprintf(pid, sizeof pid, "process %ld", (long)getpid());
	assert_false(store_open(f->uri, &f->env, &second, &f->err));
	assert_string_equal(f->err.id, "store.locked");
	assert_int_equal(f->err.class, ERR_RETRY);
	assert_non_null(strstr(f->err.msg, pid));
	assert_non_null(strstr(f->err.hint, "socket"));
	fixture_reopen(f);
}

static void refuses(struct fixture *f, const char *id, const char *hint)
{
	struct store_view *v;
	struct store *st;

	assert_false(store_open(f->uri, &f->env, &st, &f->err));
	assert_string_equal(f->err.id, id);
	assert_non_null(strstr(f->err.hint, hint));
	assert_false(store_view_open(f->uri, &v, &f->err));
	assert_string_equal(f->err.id, id);
}

static void other_schemas_and_files_are_refused(void **state)
{
	struct fixture *f = *state;
	FILE *file;

	store_close(&f->st);
	tamper(f, "INSERT INTO names (name) VALUES ('x'); PRAGMA user_version = 9999");
	refuses(f, "store.newer", "a newer loligo wrote it");
	tamper(f, "INSERT INTO names (name) VALUES ('y'); PRAGMA user_version = 1; PRAGMA application_id = 77");
	refuses(f, "store.foreign", "another file");
	file = fopen(f->path, "w");
	assert_non_null(file);
	for (int i = 0; i < 4096; i++)
		fputs("no database ", file);
	fclose(file);
	refuses(f, "store.damaged", "backup");
	unlink(f->path);
	assert_int_equal(mkdir(f->path, 0700), 0);
	refuses(f, "store.denied", "folder");
}

static void uris_and_folders(void **state)
{
	struct fixture *f = *state;
	struct store_view *v;
	struct store *st;
	char uri[256];

	assert_false(store_open("mysql:x", &f->env, &st, &f->err));
	assert_string_equal(f->err.id, "store.uri");
	assert_false(store_view_open("sqlite:", &v, &f->err));
	snprintf(uri, sizeof uri, "sqlite:%s/deep/er/hub.db", f->dir);
	assert_false(store_view_open(uri, &v, &f->err));
	assert_int_equal(f->err.class, ERR_DENIED);
	OK(f, store_open(uri, &f->env, &st, &f->err));
	store_close(&st);
}

static void a_copy_is_a_store(void **state)
{
	struct fixture *f = *state;
	char path[192], uri[224];
	struct store_position p;
	struct store_row rows[16];
	struct store *copy;
	size_t n;

	fill(f);
	snprintf(path, sizeof path, "%s/copy.db", f->dir);
	snprintf(uri, sizeof uri, "sqlite:%s", path);
	OK(f, store_copy("sqlite:/tmp/loligo-there-is-no-such-store.db", path, &f->err));
	assert_int_not_equal(access(path, F_OK), 0);
	OK(f, store_copy(f->uri, path, &f->err));
	assert_false(store_copy(f->uri, path, &f->err));
	OK(f, store_open(uri, &f->env, &copy, &f->err));
	OK(f, store_flow_next(copy, str("cash"), str("bank"), ALL_KINDS, 16, &f->a, rows, &n, &p, &f->err));
	assert_int_equal(n, 10);
	store_close(&copy);
}

/* ---- a full disk ---- */

static size_t fill_up(struct fixture *f)
{
	struct lg_rec *r = tx_rec(&f->a, "x", 1);
	char *big = calloc(1, 20001);
	size_t docs = 0;

	memset(big, 'x', 20000);
	rec_set_str(r, LG_TRANSACTION_REMITTANCE, str(big));
	free(big);
	for (;; docs++) {
		struct store_doc d = doc_new("bank", "a", 1);
		struct store_item item = { .rec = r };
		enum store_outcome outcome;
		lg_str id;

		item.identity = arena_printf(&f->a, "%zu", docs);
		if (!store_begin(f->st, &f->err) || !store_doc_begin(f->st, &d, &f->err) ||
		    !store_doc_append(f->st, &d, &item, &f->a, &id, &outcome, &f->err) ||
		    !store_doc_end(f->st, &d, str("taken"), STR_NONE, &f->err) || !store_commit(f->st, &f->err))
			break;
		assert_true(docs < 10000);
	}
	store_rollback(f->st);
	return docs;
}

static void a_full_disk_loses_nothing(void **state)
{
	struct fixture *f = *state;
	struct store_row rows[16];
	struct store_position p;
	struct buf b = { 0 };
	size_t docs, seen = 0, n;

	store_close(&f->st);
	if (mount("none", f->dir, "tmpfs", 0, "size=1m") != 0)
		skip();
	OK(f, store_open(f->uri, &f->env, &f->st, &f->err));
	docs = fill_up(f);
	assert_string_equal(f->err.id, "store.full");
	assert_int_equal(f->err.class, ERR_RETRY);
	assert_true(docs > 5);
	assert_int_equal(mount("none", f->dir, "tmpfs", MS_REMOUNT, "size=8m"), 0);
	TX(f)
	{
		doc_taken(f, "bank", "b", 2, "B", 1);
		while ((n = next(f, "cash", "bank", 16, rows, &p)) > 0) {
			seen += n;
			advance(f, "cash", "bank", &p);
		}
	}
	assert_int_equal(seen, docs + 1);
	assert_true(audit(f, &b));
	buf_fini(&b);
	store_close(&f->st);
	assert_int_equal(umount(f->dir), 0);
}

/* Without a store on it the mount can always go. */
static int disk_teardown(void **state)
{
	struct fixture *f = *state;

	store_close(&f->st);
	umount2(f->dir, MNT_DETACH);
	return fixture_teardown(state);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(untouched_is_fine),
		cmocka_unit_test(every_kind_of_tampering_is_found_and_placed),
		cmocka_unit_test(a_crash_leaves_what_was_committed),
		T(a_second_process_is_refused),
		T(other_schemas_and_files_are_refused),
		T(uris_and_folders),
		T(a_copy_is_a_store),
		cmocka_unit_test_setup_teardown(a_full_disk_loses_nothing, fixture_setup, disk_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
