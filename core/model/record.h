/* record.h - records as trees of typed fields in an arena.
   A record is built by one owner and not changed after it has been handed on.  Entries of an object are kept in order
   of field id, so that equal content gives equal bytes.  The functions mirror struct lg_records of the ABI, which
   points at them; see there for what happens with absent fields.  A field of the wrong type or object is a bug: die().
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/str.h"
#include "core/model/fields.h"

struct lg_rec *rec_new(struct arena *a, uint16_t object);
struct lg_rec *rec_clone(struct arena *a, const struct lg_rec *r);

uint16_t rec_object(const struct lg_rec *r);
bool rec_has(const struct lg_rec *r, uint16_t field);
lg_str rec_str(const struct lg_rec *r, uint16_t field);
bool rec_dec(const struct lg_rec *r, uint16_t field, lg_dec *out);
bool rec_date(const struct lg_rec *r, uint16_t field, lg_date *out);
bool rec_time(const struct lg_rec *r, uint16_t field, lg_time *out);
bool rec_int(const struct lg_rec *r, uint16_t field, int64_t *out);
bool rec_bool(const struct lg_rec *r, uint16_t field);
size_t rec_count(const struct lg_rec *r, uint16_t field);
const struct lg_rec *rec_obj(const struct lg_rec *r, uint16_t field);
const struct lg_rec *rec_obj_at(const struct lg_rec *r, uint16_t field, size_t i);
lg_str rec_str_at(const struct lg_rec *r, uint16_t field, size_t i);

void rec_set_str(struct lg_rec *r, uint16_t field, lg_str v); /* STR and JSON */
void rec_set_dec(struct lg_rec *r, uint16_t field, lg_dec v); /* AMOUNT and DEC */
void rec_set_date(struct lg_rec *r, uint16_t field, lg_date v);
void rec_set_time(struct lg_rec *r, uint16_t field, lg_time v);
void rec_set_int(struct lg_rec *r, uint16_t field, int64_t v);
void rec_set_bool(struct lg_rec *r, uint16_t field, bool v);
void rec_add_str(struct lg_rec *r, uint16_t field, lg_str v);
struct lg_rec *rec_add_obj(struct lg_rec *r, uint16_t field);
void rec_unset(struct lg_rec *r, uint16_t field);
void rec_copy(struct lg_rec *to, const struct lg_rec *from);
/* Adds one field that `from` has set. */
void rec_copy_field(struct lg_rec *to, const struct lg_rec *from, uint16_t field);
bool rec_equal(const struct lg_rec *a, const struct lg_rec *b);

/* Walks the fields that are set, in order of id: *at starts at 0; NULL at the end. */
const struct field *rec_walk(const struct lg_rec *r, size_t *at);

/* The table that plugins get. */
extern const struct lg_records rec_abi;

/* ---- binary body (codec.c): what the store keeps ---- */

enum rec_part { REC_BODY = 1, REC_COMMON = 2, REC_ALL = 3 };

/* Appends the record, or its own fields only (REC_BODY: what its content hash covers). */
void rec_encode(const struct lg_rec *r, enum rec_part part, struct buf *out);
/* Texts of the result point into `bytes`, which must outlive it.  Fields of a later version are skipped. */
struct lg_rec *rec_decode(struct arena *a, lg_str bytes, struct err *err);

/* ---- JSON (record_json.c): what the edges speak ---- */

/* One line, no newline behind it; amounts with at least the digits of their currency. */
void rec_to_json(const struct lg_rec *r, struct buf *out);
/* The value of one field that is no object and no list, as it stands in JSON. */
void rec_scalar_json(const struct lg_rec *r, const struct field *f, struct buf *out);
/* One JSON object.  The kind is its member `kind`, which may stand anywhere, or `kind` when it has none (0: required).
   Errors carry the line and column inside `text` and the path of the member. */
struct lg_rec *rec_from_json(struct arena *a, lg_str text, uint16_t kind, struct err *err);

/* Digits behind the point that a currency has (ISO 4217); 2 for unknown ones. */
int currency_digits(lg_str currency);
