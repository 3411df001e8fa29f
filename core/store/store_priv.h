/* store_priv.h - for implementations of the store: their table of verbs, and what every store computes alike, so that a
   record has the same id and a chain the same links whatever keeps them. */
#pragma once
#include "core/store/hash.h"
#include "core/store/store.h"

/* `archive`, `made` and the rest mean the same in both tables, so that views have their own. */
struct store_verbs {
	void (*close)(struct store *);
	void (*rollback)(struct store *);
	struct store_view *(*own)(struct store *);
#define VERB_store(name, params) bool(*name) params;
#define VERB_view(name, params)
#define VERB(prefix, name, params, args) VERB_##prefix(name, params)
#include "core/store/verbs.def"
};
#undef VERB_store
#undef VERB_view

struct view_verbs {
	void (*close)(struct store_view *);
#define VERB_store(name, params)
#define VERB_view(name, params) bool(*name) params;
#define VERB(prefix, name, params, args) VERB_##prefix(name, params)
#include "core/store/verbs.def"
};
#undef VERB_store
#undef VERB_view

struct store {
	const struct store_verbs *verbs;
	struct store_env env;
};

struct store_view {
	const struct view_verbs *verbs;
};

/* ---- ids ---- */

/* Ten bytes of the hash of the identity, then the kind: those of one identity stand together. */
#define ID_SIZE 11
#define ID_HASH 10
#define ID_TEXT_MAX 32

void id_make(struct hash *, uint16_t kind, lg_str identity, uint8_t out[ID_SIZE]);
/* The identity of what a flow makes. */
void id_made(struct buf *, lg_str flow, lg_str step, lg_str key);
size_t id_text(const uint8_t id[ID_SIZE], char out[ID_TEXT_MAX]);
bool id_parse(lg_str text, uint8_t out[ID_SIZE]);

/* ---- by what else a person looks for a record ---- */

/* An invoice's number, a transaction's bank reference, a voucher's series and number; 0: this record has none.
   Upper and lower case, spaces and dashes do not matter. */
int64_t lookup_key(const struct lg_rec *);
int64_t lookup_of(lg_str text);
bool lookup_matches(const struct lg_rec *, lg_str text);

/* ---- chains ---- */

/* Streams by number: those of the hub itself, or a name's number with what it is of. */
enum stream_type { STREAM_SYSTEM, STREAM_IN, STREAM_MADE };
#define STREAM(type, n) ((int64_t)(n) << 2 | (int64_t)(type))
#define STREAM_TYPE(stream) ((enum stream_type)((stream)&3))
#define STREAM_NAME(stream) ((stream) >> 2)
#define STREAM_NAMES STREAM(STREAM_SYSTEM, 1)   /* the names that numbers stand for */
#define STREAM_HUB STREAM(STREAM_SYSTEM, 2)     /* decisions, cursors, config versions, prunes */
#define STREAM_EFFECTS STREAM(STREAM_SYSTEM, 3) /* what became of the effects, an entry a transaction */

struct chain {
	int64_t n;
	uint8_t hash[HASH_SIZE]; /* of the last link; zeros before the first */
};

/* A row of the journal.  Numbers stand for names. */
struct entry {
	int64_t seq, stream, n, doc, revision, client, step, cause, at;
	uint64_t offset;
	uint32_t line;
	uint16_t kind; /* 0: no record; then there is no id */
	uint8_t id[ID_SIZE];
	lg_str order, external_id;
	lg_str body;
	uint8_t hash[HASH_SIZE]; /* of the body */
};

/* All of a record that its entry needs. */
struct store_prepared {
	uint8_t id[ID_SIZE], hash[HASH_SIZE];
	uint16_t kind;
	int64_t lookup;
	lg_str body, order, client, external_id;
};
/* The body is put into the empty builder; order, client and external id are borrowed from the item. */
void prepared_make(struct hash *, struct buf *body, const struct store_item *, struct store_prepared *out);
void prepared_entry(const struct store_prepared *, struct entry *);

/* Moves the chain on by the entry (its seq, n and hash are set). */
void chain_entry(struct hash *, struct buf *scratch, struct chain *, const struct entry *);
void chain_doc(struct hash *, struct buf *scratch, struct chain *, const struct store_doc *, int64_t ready,
	       const struct chain *entries);
void chain_name(struct hash *, struct buf *scratch, struct chain *, int64_t id, lg_str name);

/* ---- the log of effects: the body of an entry in STREAM_EFFECTS ---- */

struct effect_change {
	int64_t id, seq, at;
	enum effect_state state;
	uint32_t attempt;
	lg_str key, remote_id; /* key: when planned */
};
void effect_change_put(struct buf *, const struct effect_change *);
/* Takes one off the front; false at the end, *bad when what is there is no change. */
bool effect_change_get(lg_str *body, struct effect_change *, bool *bad);

/* ---- documents' states ---- */

enum doc_state { DOC_PENDING, DOC_TAKEN, DOC_PARKED, DOC_DUPLICATE, DOC_ABORTED, DOC_STATES };
const char *doc_state_name(enum doc_state);
bool doc_state_of(lg_str name, enum doc_state *out);

bool sqlite_store_open(lg_str path, const struct store_env *env, struct store **out, struct err *err);
bool sqlite_view_open(lg_str path, struct store_view **out, struct err *err);
bool sqlite_copy(lg_str path, const char *to, struct err *err);
