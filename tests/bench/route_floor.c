/* route_floor.c - the floor of durable routing: a bare SQLite program that writes the same rows, indexes, hashes and
   updates as tests/bench/store.c, in the same transactions of 1,000 records, and nothing else: no records, no names, no
   checks. usage: route_floor [RECORDS] [FILE]; prints "floor: N records/s, N ms CPU". */
#include <openssl/evp.h>
#include <sqlite3.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define BATCH 1000
#define BODY 190 /* bytes of a bank line's body */

static const char schema[] =
	"PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = "
	"-32768;"
	"PRAGMA wal_autocheckpoint = 4000;"
	"CREATE TABLE docs (id INTEGER PRIMARY KEY, connection INTEGER, name TEXT, hash BLOB, state INTEGER, ready "
	"INTEGER,"
	" first INTEGER, last INTEGER, head BLOB, link BLOB);"
	"CREATE INDEX docs_hash ON docs(hash); CREATE INDEX docs_name ON docs(connection, name);"
	"CREATE INDEX docs_ready ON docs(connection, ready);"
	"CREATE TABLE heads (stream INTEGER PRIMARY KEY, n INTEGER, hash BLOB);"
	"CREATE TABLE journal (seq INTEGER PRIMARY KEY, stream INTEGER, n INTEGER, kind INTEGER, doc INTEGER, id BLOB,"
	" revision INTEGER, offset INTEGER, line INTEGER, hash BLOB, chain BLOB);"
	"CREATE INDEX journal_id ON journal(id);"
	"CREATE TABLE payloads (seq INTEGER PRIMARY KEY, body BLOB);"
	"CREATE TABLE lookups (hash INTEGER, seq INTEGER, PRIMARY KEY (hash, seq)) WITHOUT ROWID;"
	"CREATE TABLE positions (flow INTEGER, stream INTEGER, seq INTEGER, PRIMARY KEY (flow, stream)) WITHOUT ROWID;"
	"CREATE TABLE effects (id INTEGER PRIMARY KEY, hash INTEGER, connection INTEGER, operation INTEGER, flow "
	"INTEGER,"
	" seq INTEGER, state INTEGER, blocked INTEGER, attempt INTEGER, planned_at INTEGER, changed_at INTEGER,"
	" not_before INTEGER, lane_hash INTEGER, key TEXT, lane TEXT);"
	"CREATE INDEX effects_key ON effects(hash); CREATE INDEX effects_seq ON effects(seq);"
	"CREATE INDEX effects_open ON effects(state, connection, operation, blocked, not_before) WHERE state < 15;"
	"CREATE INDEX effects_lane ON effects(lane_hash) WHERE lane_hash IS NOT NULL AND state < 13;"
	"CREATE TABLE results (effect INTEGER PRIMARY KEY, remote_hash INTEGER, remote_id TEXT, message TEXT);"
	"CREATE INDEX results_remote ON results(remote_hash) WHERE remote_hash IS NOT NULL;";

enum {
	BEGIN,
	COMMIT,
	DOC,
	DOC_END,
	HEAD,
	KNOWN,
	ENTRY,
	PAYLOAD,
	LOOKUP,
	READ,
	POSITION,
	BY_KEY,
	LANE,
	EFFECT,
	DUE,
	SET,
	BY_ID,
	RESULT,
	STATEMENTS
};

static const char *const texts[STATEMENTS] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[DOC] = "INSERT INTO docs (connection, name, hash, state) VALUES (1, ?, ?, 0)",
	[DOC_END] = "UPDATE docs SET state = 1, ready = ?, first = ?, last = ?, head = ?, link = ? WHERE id = ?",
	[HEAD] = "INSERT OR REPLACE INTO heads (stream, n, hash) VALUES (?, ?, ?)",
	[KNOWN] = "SELECT seq, revision, hash FROM journal WHERE id = ? ORDER BY seq DESC",
	[ENTRY] = "INSERT INTO journal (seq, stream, n, kind, doc, id, revision, offset, line, hash, chain)"
		  " VALUES (?, 5, ?, 4, ?, ?, 1, ?, ?, ?, ?)",
	[PAYLOAD] = "INSERT INTO payloads (seq, body) VALUES (?, ?)",
	[LOOKUP] = "INSERT INTO lookups (hash, seq) VALUES (?, ?)",
	[READ] = "SELECT j.seq, j.id, p.body FROM journal j JOIN payloads p ON p.seq = j.seq WHERE j.seq > ? ORDER BY "
		 "j.seq LIMIT 1000",
	[POSITION] = "INSERT OR REPLACE INTO positions (flow, stream, seq) VALUES (2, 1, ?)",
	[BY_KEY] = "SELECT id FROM effects WHERE hash = ? AND key = ?",
	[LANE] = "SELECT id FROM effects WHERE lane_hash = ? AND state < 13 ORDER BY id",
	[EFFECT] = "INSERT INTO effects (hash, connection, operation, flow, seq, state, blocked, attempt, planned_at, "
		   "changed_at,"
		   " not_before, lane_hash, key, lane) VALUES (?, 3, 4, 2, ?, 10, 0, 10, ?, ?, 0, ?, ?, ?)",
	[DUE] = "SELECT e.id, e.key, p.body FROM effects e JOIN payloads p ON p.seq = e.seq WHERE e.state = 10 AND "
		"e.state < 15"
		" AND e.connection = 3 AND e.operation = 4 AND e.blocked = 0 AND e.not_before <= ? ORDER BY "
		"e.not_before, e.id"
		" LIMIT 1000",
	[SET] = "UPDATE effects SET state = ?, attempt = ?, changed_at = ?, not_before = 0 WHERE id = ?",
	[BY_ID] = "SELECT state, attempt, lane_hash FROM effects WHERE id = ?",
	[RESULT] = "INSERT INTO results (effect, remote_hash, remote_id) VALUES (?, 99, 'out.jsonl')",
};

static sqlite3 *db;
static sqlite3_stmt *q[STATEMENTS];
static EVP_MD_CTX *ctx;
static int64_t effects[BATCH];
static unsigned char head[32];

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void must(int ok)
{
	if (ok)
		return;
	fprintf(stderr, "route_floor: %s\n", sqlite3_errmsg(db));
	exit(1);
}

static void run(int i)
{
	must(sqlite3_step(q[i]) == SQLITE_DONE);
	sqlite3_reset(q[i]);
}

static void sha(const void *a, size_t n, const void *b, size_t m, unsigned char out[32])
{
	EVP_DigestInit_ex(ctx, NULL, NULL);
	EVP_DigestUpdate(ctx, a, n);
	EVP_DigestUpdate(ctx, b, m);
	EVP_DigestFinal_ex(ctx, out, NULL);
}

static void put_head(int64_t stream, int64_t n)
{
	sqlite3_bind_int64(q[HEAD], 1, stream);
	sqlite3_bind_int64(q[HEAD], 2, n);
	sqlite3_bind_blob(q[HEAD], 3, head, 32, SQLITE_STATIC);
	run(HEAD);
}

static void append(int64_t doc, int64_t seq)
{
	char identity[64], body[BODY];
	unsigned char id[32], hash[32], row[96];
	int64_t lookup;
	int n = snprintf(identity, sizeof identity, "transaction:%032" PRIx64, seq);

	memset(body, 'x', sizeof body);
	memcpy(body, &seq, sizeof seq);
	memset(row, 0, sizeof row);
	sha(identity, (size_t)n, "", 0, id);
	sha(body, sizeof body, "", 0, hash);
	memcpy(row, head, 32);
	sha(row, sizeof row, hash, 32, head);
	memcpy(&lookup, id + 16, sizeof lookup);
	sqlite3_bind_blob(q[KNOWN], 1, id, 11, SQLITE_STATIC);
	run(KNOWN);
	sqlite3_bind_int64(q[ENTRY], 1, seq);
	sqlite3_bind_int64(q[ENTRY], 2, seq);
	sqlite3_bind_int64(q[ENTRY], 3, doc);
	sqlite3_bind_blob(q[ENTRY], 4, id, 11, SQLITE_STATIC);
	sqlite3_bind_int64(q[ENTRY], 5, seq * 700);
	sqlite3_bind_int64(q[ENTRY], 6, seq + 1);
	sqlite3_bind_blob(q[ENTRY], 7, hash, 32, SQLITE_STATIC);
	sqlite3_bind_blob(q[ENTRY], 8, head, 32, SQLITE_STATIC);
	run(ENTRY);
	sqlite3_bind_int64(q[PAYLOAD], 1, seq);
	sqlite3_bind_blob(q[PAYLOAD], 2, body, sizeof body, SQLITE_STATIC);
	run(PAYLOAD);
	sqlite3_bind_int64(q[LOOKUP], 1, lookup);
	sqlite3_bind_int64(q[LOOKUP], 2, seq);
	run(LOOKUP);
}

static void take_in(int64_t from)
{
	char name[32];
	unsigned char hash[32] = { 0 };
	int64_t doc;

	run(BEGIN);
	snprintf(name, sizeof name, "batch-%" PRId64, from);
	memcpy(hash, &from, sizeof from);
	sqlite3_bind_text(q[DOC], 1, name, -1, SQLITE_STATIC);
	sqlite3_bind_blob(q[DOC], 2, hash, 32, SQLITE_STATIC);
	run(DOC);
	doc = sqlite3_last_insert_rowid(db);
	for (int64_t i = 0; i < BATCH; i++)
		append(doc, from + i);
	sqlite3_bind_int64(q[DOC_END], 1, doc);
	sqlite3_bind_int64(q[DOC_END], 2, from);
	sqlite3_bind_int64(q[DOC_END], 3, from + BATCH - 1);
	sqlite3_bind_blob(q[DOC_END], 4, head, 32, SQLITE_STATIC);
	sqlite3_bind_blob(q[DOC_END], 5, head, 32, SQLITE_STATIC);
	sqlite3_bind_int64(q[DOC_END], 6, doc);
	run(DOC_END);
	put_head(5, doc);
	run(COMMIT);
}

/* One entry for all changes of effects of a transaction, as the hub's log of effects. */
static void put_log(int64_t seq, size_t bytes)
{
	static char body[BATCH * 80];
	unsigned char hash[32];

	sha(body, bytes, "", 0, hash);
	sha(head, 32, hash, 32, head);
	sqlite3_bind_int64(q[ENTRY], 1, seq);
	sqlite3_bind_int64(q[ENTRY], 2, seq);
	sqlite3_bind_null(q[ENTRY], 3);
	sqlite3_bind_null(q[ENTRY], 4);
	sqlite3_bind_blob(q[ENTRY], 7, hash, 32, SQLITE_STATIC);
	sqlite3_bind_blob(q[ENTRY], 8, head, 32, SQLITE_STATIC);
	run(ENTRY);
	sqlite3_bind_int64(q[PAYLOAD], 1, seq);
	sqlite3_bind_blob(q[PAYLOAD], 2, body, (int)bytes, SQLITE_STATIC);
	run(PAYLOAD);
	put_head(12, seq);
}

static void plan_one(int64_t seq, const unsigned char *id, int64_t at)
{
	char key[64], lane[32];
	int64_t hash, lane_hash;

	memcpy(&hash, id, sizeof hash);
	memcpy(&lane_hash, id + 2, sizeof lane_hash);
	snprintf(key, sizeof key, "out/append/tx-%016" PRIx64 "/1", (uint64_t)hash);
	snprintf(lane, sizeof lane, "tx-%016" PRIx64, (uint64_t)hash);
	sqlite3_bind_int64(q[BY_KEY], 1, hash);
	sqlite3_bind_text(q[BY_KEY], 2, key, -1, SQLITE_STATIC);
	run(BY_KEY);
	sqlite3_bind_int64(q[LANE], 1, lane_hash);
	run(LANE);
	sqlite3_bind_int64(q[EFFECT], 1, hash);
	sqlite3_bind_int64(q[EFFECT], 2, seq);
	sqlite3_bind_int64(q[EFFECT], 3, at);
	sqlite3_bind_int64(q[EFFECT], 4, at);
	sqlite3_bind_int64(q[EFFECT], 5, lane_hash);
	sqlite3_bind_text(q[EFFECT], 6, key, -1, SQLITE_STATIC);
	sqlite3_bind_text(q[EFFECT], 7, lane, -1, SQLITE_STATIC);
	run(EFFECT);
}

static void plan(int64_t from, int64_t at)
{
	static char bodies[BATCH][BODY];
	static unsigned char ids[BATCH][11];
	static int64_t seqs[BATCH];
	int n = 0;

	run(BEGIN);
	sqlite3_bind_int64(q[READ], 1, from - 1);
	while (n < BATCH && sqlite3_step(q[READ]) == SQLITE_ROW) {
		seqs[n] = sqlite3_column_int64(q[READ], 0);
		memcpy(ids[n], sqlite3_column_blob(q[READ], 1), 11);
		memcpy(bodies[n], sqlite3_column_blob(q[READ], 2), BODY);
		n++;
	}
	sqlite3_reset(q[READ]);
	for (int i = 0; i < n; i++)
		plan_one(seqs[i], ids[i], at);
	sqlite3_bind_int64(q[POSITION], 1, from + n - 1);
	run(POSITION);
	put_log(from + BATCH, (size_t)n * 52);
	run(COMMIT);
}

static void set(int64_t id, int state, int64_t at)
{
	sqlite3_bind_int(q[SET], 1, state);
	sqlite3_bind_int(q[SET], 2, 11);
	sqlite3_bind_int64(q[SET], 3, at);
	sqlite3_bind_int64(q[SET], 4, id);
	run(SET);
}

static void deliver(int64_t from, int64_t at)
{
	static char bodies[BATCH][BODY];
	int n = 0;

	run(BEGIN);
	sqlite3_bind_int64(q[DUE], 1, at);
	while (n < BATCH && sqlite3_step(q[DUE]) == SQLITE_ROW) {
		effects[n] = sqlite3_column_int64(q[DUE], 0);
		memcpy(bodies[n], sqlite3_column_blob(q[DUE], 2), BODY);
		n++;
	}
	sqlite3_reset(q[DUE]);
	for (int i = 0; i < n; i++)
		set(effects[i], 11, at);
	put_log(from + BATCH + 1, (size_t)n * 16);
	run(COMMIT);
	run(BEGIN);
	for (int i = 0; i < n; i++) {
		sqlite3_bind_int64(q[BY_ID], 1, effects[i]);
		must(sqlite3_step(q[BY_ID]) == SQLITE_ROW);
		sqlite3_reset(q[BY_ID]);
		set(effects[i], 15, at);
		sqlite3_bind_int64(q[LANE], 1, effects[i]);
		run(LANE);
		sqlite3_bind_int64(q[RESULT], 1, effects[i]);
		run(RESULT);
	}
	put_log(from + BATCH + 2, (size_t)n * 25);
	run(COMMIT);
}

static void start(const char *file)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char side[600];

	for (int i = 0; i < 3; i++) {
		snprintf(side, sizeof side, "%s%s", file, ends[i]);
		unlink(side);
	}
	must(sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) ==
	     SQLITE_OK);
	must(sqlite3_exec(db, schema, NULL, NULL, NULL) == SQLITE_OK);
	for (int i = 0; i < STATEMENTS; i++)
		must(sqlite3_prepare_v3(db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &q[i], NULL) == SQLITE_OK);
	ctx = EVP_MD_CTX_new();
	EVP_DigestInit_ex(ctx, EVP_sha256(), NULL);
}

int main(int argc, char **argv)
{
	int64_t total = argc > 1 ? strtoll(argv[1], NULL, 10) : 100000, begun, ms, seq = 1;
	struct rusage use;

	start(argc > 2 ? argv[2] : "/tmp/loligo-bench-floor.db");
	begun = now();
	for (int64_t i = 0; i < total; i += BATCH, seq += BATCH + 3) {
		take_in(seq);
		plan(seq, now());
		deliver(seq, now());
	}
	ms = now() - begun;
	getrusage(RUSAGE_SELF, &use);
	printf("floor: %lld records/s, %lld ms CPU, %ld KiB resident\n", (long long)(total * 1000 / (ms > 0 ? ms : 1)),
	       (long long)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000 +
		       (use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1000,
	       use.ru_maxrss);
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(q[i]);
	sqlite3_close(db);
	EVP_MD_CTX_free(ctx);
	return 0;
}
