/* sqlite_schema.c - the tables.  A step is never changed once it was released; changes are steps at the end.

   Where an index would hold a long or a double text, it holds hash64 of it, and whoever reads compares the text.
   Names (connections, clients, flows, steps, tables) are numbers that `names` explains. */
#include "core/store/sqlite_priv.h"

const char *const sqlite_schema[] = {
	"CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
	/* A chain's length and last link, by stream. */
	"CREATE TABLE heads (stream INTEGER PRIMARY KEY, n INTEGER NOT NULL, hash BLOB NOT NULL);"

	/* ready: its place in the order in which documents ended; first, last, entries, head: of its journal entries and
	   their chain; link: of the connection's chain of documents; doomed: entries are still to be removed. */
	"CREATE TABLE docs (id INTEGER PRIMARY KEY, connection INTEGER NOT NULL, name TEXT, external_id TEXT, hash BLOB NOT NULL,"
	" size INTEGER, received_at INTEGER, modified INTEGER, state INTEGER NOT NULL, records INTEGER, message TEXT,"
	" duplicate_of INTEGER, ready INTEGER, first INTEGER, last INTEGER, entries INTEGER, head BLOB, ordered INTEGER,"
	" doomed INTEGER, link BLOB);"
	"CREATE INDEX docs_hash ON docs(hash);"
	"CREATE INDEX docs_name ON docs(connection, name);"
	"CREATE INDEX docs_ready ON docs(connection, ready) WHERE ready IS NOT NULL;"
	"CREATE INDEX docs_pending ON docs(id) WHERE state = 0;"
	"CREATE INDEX docs_doomed ON docs(id) WHERE doomed = 1;"
	/* id: document << 24 | chunk */
	"CREATE TABLE archive (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);"
	"CREATE TABLE findings (id INTEGER PRIMARY KEY, doc INTEGER NOT NULL, code TEXT, line INTEGER, text TEXT);"
	"CREATE INDEX findings_doc ON findings(doc);"
	"CREATE TABLE cursors (connection INTEGER NOT NULL, name TEXT NOT NULL, value TEXT, PRIMARY KEY (connection, name)) WITHOUT ROWID;"

	"CREATE TABLE journal (seq INTEGER PRIMARY KEY, stream INTEGER NOT NULL, n INTEGER NOT NULL, kind INTEGER NOT NULL,"
	" doc INTEGER, id BLOB, revision INTEGER, client INTEGER, at INTEGER, offset INTEGER, line INTEGER, external_id TEXT,"
	" step INTEGER, cause INTEGER, ord BLOB, hash BLOB NOT NULL, chain BLOB NOT NULL);"
	"CREATE INDEX journal_id ON journal(id) WHERE id IS NOT NULL;"
	"CREATE INDEX journal_order ON journal(doc, ord) WHERE ord IS NOT NULL;"
	"CREATE INDEX journal_cause ON journal(cause) WHERE cause IS NOT NULL;"
	"CREATE TABLE payloads (seq INTEGER PRIMARY KEY, body BLOB NOT NULL);"
	"CREATE TABLE lookups (hash INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (hash, seq)) WITHOUT ROWID;"

	"CREATE TABLE positions (flow INTEGER NOT NULL, stream INTEGER NOT NULL, doc INTEGER NOT NULL, ord BLOB, seq INTEGER NOT NULL,"
	" PRIMARY KEY (flow, stream)) WITHOUT ROWID;"
	/* ended: 0 while it is live */
	"CREATE TABLE waits (id INTEGER PRIMARY KEY AUTOINCREMENT, flow INTEGER NOT NULL, step INTEGER NOT NULL, seq INTEGER NOT NULL,"
	" record BLOB, client INTEGER, state TEXT NOT NULL, ended INTEGER NOT NULL, rule TEXT, reason TEXT, hint TEXT,"
	" amount INTEGER, scale INTEGER, currency TEXT, since INTEGER, suggestions TEXT, decision TEXT);"
	"CREATE INDEX waits_live ON waits(record, flow, step) WHERE ended = 0;"
	"CREATE INDEX waits_woken ON waits(flow) WHERE state = 'woken';"
	"CREATE TABLE topics (wait INTEGER NOT NULL, topic TEXT NOT NULL, PRIMARY KEY (wait, topic)) WITHOUT ROWID;"
	"CREATE INDEX topics_topic ON topics(topic);"
	"CREATE TABLE state (id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, tab INTEGER NOT NULL, key TEXT NOT NULL, keys BLOB,"
	" body BLOB NOT NULL);"
	"CREATE INDEX state_key ON state(hash);"
	"CREATE TABLE state_index (hash INTEGER NOT NULL, key TEXT NOT NULL, state INTEGER NOT NULL, PRIMARY KEY (hash, key, state))"
	" WITHOUT ROWID;"
	"CREATE TABLE numbers (sequence INTEGER PRIMARY KEY, value INTEGER NOT NULL);"

	/* state: 10 planned, 11 in flight, 12 unknown, 13 accepted, 14 rejected, 15 confirmed; attempt: plus 10.  So every
	   change overwrites the row where it is, and the conditions of the indexes are one comparison (SQLite builds a table
	   for an IN list at every row).  What grows is apart, in results.  blocked: an earlier effect of the lane is
	   unsettled. */
	"CREATE TABLE effects (id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, connection INTEGER NOT NULL, operation INTEGER NOT NULL,"
	" flow INTEGER NOT NULL, seq INTEGER NOT NULL, state INTEGER NOT NULL, blocked INTEGER NOT NULL, attempt INTEGER NOT NULL,"
	" planned_at INTEGER NOT NULL, changed_at INTEGER NOT NULL, not_before INTEGER NOT NULL, lane_hash INTEGER,"
	" key TEXT NOT NULL, lane TEXT);"
	"CREATE INDEX effects_key ON effects(hash);"
	"CREATE INDEX effects_seq ON effects(seq);"
	"CREATE INDEX effects_open ON effects(state, connection, operation, blocked, not_before) WHERE state < 15;"
	"CREATE INDEX effects_lane ON effects(lane_hash) WHERE lane_hash IS NOT NULL AND state < 13;"
	"CREATE TABLE results (effect INTEGER PRIMARY KEY, remote_hash INTEGER, remote_id TEXT, message TEXT);"
	"CREATE INDEX results_remote ON results(remote_hash) WHERE remote_hash IS NOT NULL;",
	/* A parked document that is read again: forced, by a person who knows of the gap, or because what was missing came. */
	"CREATE TABLE releases (doc INTEGER PRIMARY KEY, forced INTEGER NOT NULL, done INTEGER NOT NULL);"
	"CREATE INDEX releases_open ON releases(doc) WHERE done = 0;",
};

const int sqlite_schema_count = ARRAY_LEN(sqlite_schema);
