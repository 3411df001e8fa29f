/* codec.c - the binary body.
   body    := 0x01 (version) varint(kind) common... 0x00 own... 0x00
   field   := varint(number << 3 | wire) value, number being the low byte of the field id, never 0
   wire    0 zigzag varint (INT, DATE, TIME, BOOL)   1 varint(length) bytes (STR, JSON)
	   2 scale byte, zigzag varint (AMOUNT, DEC) 3 fields... 0x00 (OBJ)
	   4 varint(count) (fields... 0x00)* (OBJS)  5 varint(count) (varint(length) bytes)* (STRS)
   The wire type lets an older hub skip what a newer one wrote. */
#include "core/model/record.h"
#include "core/model/record_priv.h"

#include "core/base/dec.h"

#define VERSION 1
#define DEPTH_MAX 16

enum wire { WIRE_INT, WIRE_BYTES, WIRE_DEC, WIRE_OBJ, WIRE_OBJS, WIRE_STRS };

static const uint8_t wire_of[] = {
	[FIELD_STR] = WIRE_BYTES, [FIELD_JSON] = WIRE_BYTES, [FIELD_AMOUNT] = WIRE_DEC, [FIELD_DEC] = WIRE_DEC,
	[FIELD_INT] = WIRE_INT,   [FIELD_BOOL] = WIRE_INT,   [FIELD_DATE] = WIRE_INT,   [FIELD_TIME] = WIRE_INT,
	[FIELD_OBJ] = WIRE_OBJ,   [FIELD_OBJS] = WIRE_OBJS,  [FIELD_STRS] = WIRE_STRS,
};

static void put_zigzag(struct buf *b, int64_t v)
{
	buf_varint(b, (uint64_t)v << 1 ^ (uint64_t)(v >> 63));
}

static void put_text(struct buf *b, lg_str s)
{
	buf_varint(b, s.len);
	buf_add(b, s);
}

static void put_fields(const struct lg_rec *r, enum rec_part part, struct buf *b);

static void put_value(const struct lg_rec *r, const struct field *f, struct buf *b)
{
	size_t n = rec_count(r, f->id);
	int64_t i = 0;
	lg_date date;
	lg_dec d;

	switch (f->type) {
	case FIELD_STR:
	case FIELD_JSON:
		put_text(b, rec_str(r, f->id));
		return;
	case FIELD_AMOUNT:
	case FIELD_DEC:
		rec_dec(r, f->id, &d);
		buf_char(b, (char)d.scale);
		put_zigzag(b, d.coef);
		return;
	case FIELD_OBJ:
		put_fields(rec_obj(r, f->id), REC_BODY, b);
		return;
	case FIELD_OBJS:
		buf_varint(b, n);
		for (size_t k = 0; k < n; k++)
			put_fields(rec_obj_at(r, f->id, k), REC_BODY, b);
		return;
	case FIELD_STRS:
		buf_varint(b, n);
		for (size_t k = 0; k < n; k++)
			put_text(b, rec_str_at(r, f->id, k));
		return;
	case FIELD_DATE:
		rec_date(r, f->id, &date);
		i = date;
		break;
	case FIELD_TIME:
		rec_time(r, f->id, &i);
		break;
	case FIELD_INT:
		rec_int(r, f->id, &i);
		break;
	case FIELD_BOOL:
		i = rec_bool(r, f->id);
		break;
	}
	put_zigzag(b, i);
}

static void put_fields(const struct lg_rec *r, enum rec_part part, struct buf *b)
{
	const struct field *f;
	size_t at = 0;

	while ((f = rec_walk(r, &at)) != NULL) {
		bool common = field_object(f->id) == OBJECT_COMMON;

		if ((part & (common ? REC_COMMON : REC_BODY)) == 0)
			continue;
		buf_varint(b, (uint64_t)(f->id & 0xff) << 3 | wire_of[f->type]);
		put_value(r, f, b);
	}
	buf_char(b, 0);
}

void rec_encode(const struct lg_rec *r, enum rec_part part, struct buf *out)
{
	buf_char(out, VERSION);
	buf_varint(out, rec_object(r));
	if (part & REC_COMMON)
		put_fields(r, REC_COMMON, out);
	else
		buf_char(out, 0);
	put_fields(r, REC_BODY, out);
}

/* ---- reading ---- */

struct reader {
	struct arena *arena;
	const char *at, *end;
	bool bad;
};

static uint64_t get_varint(struct reader *rd)
{
	return varint_next(&rd->at, rd->end, &rd->bad);
}

static int64_t get_zigzag(struct reader *rd)
{
	uint64_t u = get_varint(rd);

	return (int64_t)(u >> 1 ^ (0 - (u & 1)));
}

static lg_str get_text(struct reader *rd)
{
	uint64_t n = get_varint(rd);
	lg_str s = { rd->at, (size_t)n };

	if (n > (uint64_t)(rd->end - rd->at)) {
		rd->bad = true;
		return STR_NONE;
	}
	rd->at += n;
	return s;
}

/* Every element takes at least one byte, so a count beyond the rest is damage. */
static size_t get_count(struct reader *rd)
{
	uint64_t n = get_varint(rd);

	if (n > (uint64_t)(rd->end - rd->at)) {
		rd->bad = true;
		return 0;
	}
	return (size_t)n;
}

static void get_fields(struct reader *rd, struct lg_rec *r, uint16_t object, int depth);

static lg_dec get_dec(struct reader *rd)
{
	lg_dec d = DEC_ZERO;

	if (rd->at < rd->end)
		d.scale = (uint8_t)*rd->at++;
	d.coef = get_zigzag(rd);
	if (d.scale > DEC_SCALE_MAX || d.coef == INT64_MIN)
		rd->bad = true;
	return rd->bad ? DEC_ZERO : d;
}

/* A field that this version does not know; r is NULL inside. */
static void skip(struct reader *rd, unsigned wire, int depth)
{
	size_t n = 1;

	if (wire == WIRE_OBJS || wire == WIRE_STRS)
		n = get_count(rd);
	for (; n > 0 && !rd->bad; n--) {
		if (wire == WIRE_INT)
			get_varint(rd);
		else if (wire == WIRE_BYTES || wire == WIRE_STRS)
			get_text(rd);
		else if (wire == WIRE_DEC)
			get_dec(rd);
		else if (wire == WIRE_OBJ || wire == WIRE_OBJS)
			get_fields(rd, NULL, 0, depth + 1);
		else
			rd->bad = true;
	}
}

static void get_texts(struct reader *rd, struct lg_rec *r, uint16_t id)
{
	size_t n = get_count(rd);
	size_t cap = 1;
	lg_str *strs;

	while (cap < n)
		cap *= 2;
	strs = arena_array(rd->arena, lg_str, cap);
	for (size_t k = 0; k < n && !rd->bad; k++)
		strs[k] = get_text(rd);
	if (n > 0 && !rd->bad)
		rec_borrow_strs(r, id, strs, n);
}

static void get_value(struct reader *rd, struct lg_rec *r, const struct field *f, int depth)
{
	size_t n = 1;
	lg_str s;

	switch (f->type) {
	case FIELD_STR:
	case FIELD_JSON:
		s = get_text(rd);
		if (s.len > 0)
			rec_borrow_str(r, f->id, s);
		return;
	case FIELD_AMOUNT:
	case FIELD_DEC:
		rec_set_dec(r, f->id, get_dec(rd));
		return;
	case FIELD_OBJS:
		n = get_count(rd);
		ATTR_FALLTHROUGH;
	case FIELD_OBJ:
		for (; n > 0 && !rd->bad; n--)
			get_fields(rd, rec_add_obj(r, f->id), f->ref, depth + 1);
		return;
	case FIELD_STRS:
		get_texts(rd, r, f->id);
		return;
	case FIELD_DATE:
		rec_set_date(r, f->id, (lg_date)get_zigzag(rd));
		return;
	case FIELD_TIME:
		rec_set_time(r, f->id, get_zigzag(rd));
		return;
	case FIELD_INT:
		rec_set_int(r, f->id, get_zigzag(rd));
		return;
	case FIELD_BOOL:
		rec_set_bool(r, f->id, get_zigzag(rd) != 0);
		return;
	}
}

static void get_fields(struct reader *rd, struct lg_rec *r, uint16_t object, int depth)
{
	if (depth > DEPTH_MAX)
		rd->bad = true;
	while (!rd->bad) {
		uint64_t tag = get_varint(rd);
		const struct field *f;

		if (tag == 0 || rd->bad)
			return;
		f = r && tag >> 3 <= 0xff ? field_get((uint16_t)((unsigned)object << 8 | (unsigned)(tag >> 3))) : NULL;
		if (f && wire_of[f->type] == (tag & 7))
			get_value(rd, r, f, depth);
		else
			skip(rd, (unsigned)(tag & 7), depth);
	}
}

struct lg_rec *rec_decode(struct arena *a, lg_str bytes, struct err *err)
{
	struct reader rd = { a, bytes.ptr, bytes.ptr + bytes.len, bytes.len < 2 || bytes.ptr[0] != VERSION };
	const struct object *o = NULL;
	struct lg_rec *r;
	uint64_t kind = 0;

	if (!rd.bad) {
		rd.at++;
		kind = get_varint(&rd);
		o = kind < OBJECT_MAX ? object_get((uint16_t)kind) : NULL;
	}
	if (rd.bad || o == NULL || !o->is_kind) {
		err_set(err, ERR_BUG, "record.damaged", "the stored record is damaged (%zu bytes)", bytes.len);
		return NULL;
	}
	r = rec_new(a, (uint16_t)kind);
	get_fields(&rd, r, OBJECT_COMMON, 0);
	get_fields(&rd, r, (uint16_t)kind, 0);
	if (rd.bad || rd.at != rd.end) {
		err_set(err, ERR_BUG, "record.damaged", "the stored %s is damaged at byte %zu", o->name,
			(size_t)(rd.at - bytes.ptr));
		return NULL;
	}
	return r;
}
