#include "core/model/record.h"

#include "core/base/dec.h"
#include "core/model/identity.h"

#include <assert.h>
#include <string.h>

/* A value is 16 bytes: a text keeps its length in n, a list its count. */
struct entry {
	uint16_t field;
	uint8_t type, scale;
	uint32_t n;
	union {
		const char *s;
		int64_t i;
		struct lg_rec *obj;
		struct lg_rec **objs;
		lg_str *strs;
	} v;
};

struct lg_rec {
	struct arena *arena;
	struct entry *entries;
	const struct object *type;
	uint64_t have; /* a bit for each field that is set; see bit_of */
	uint16_t object, count, cap;
};

#define FIRST_CAP 8
#define COMMON_MOST 16    /* fields of OBJECT_COMMON, at most: tests/unit/test_record.c */
#define FIRST_CAP_KIND 24 /* a record has more fields than a part of one */

struct lg_rec *rec_new(struct arena *a, uint16_t object)
{
	struct lg_rec *r = arena_new(a, struct lg_rec);

	if (object_get(object) == NULL || object == OBJECT_COMMON)
		die("record: there is no object %u", object);
	r->arena = a;
	r->object = object;
	r->type = object_get(object);
	return r;
}

uint16_t rec_object(const struct lg_rec *r)
{
	return r->object;
}

static void wrong(const struct lg_rec *r, uint16_t field)
{
	const struct field *f = field_get(field);

	die("record: field 0x%04x (%s) does not fit a %s this way", field, f ? f->name : "unknown",
	    object_get(r->object)->name);
}

static bool belongs(const struct lg_rec *r, uint16_t field)
{
	uint16_t object = field_object(field);

	return object == r->object || (object == OBJECT_COMMON && r->type->is_kind);
}

/* Entries stand in order of id without a repetition, so that field number n has at most n - 1 of its object before it,
   and the common ones. */
static uint16_t behind(const struct lg_rec *r, uint16_t field)
{
	unsigned most = (field & 0xffu) + COMMON_MOST;

	return r->count < most ? r->count : (uint16_t)most;
}

/* field_get for a field of the record's own object, without the way there; NULL: look further. */
static const struct field *own_field(const struct lg_rec *r, uint16_t field)
{
	size_t n = field & 0xffu;

	if (field_object(field) != r->object || n == 0 || n > r->type->count)
		return NULL;
	return r->type->fields[n - 1].id == field ? &r->type->fields[n - 1] : NULL;
}

/* So that most questions for what is absent need no search.  Fields far apart may share a bit. */
static uint64_t bit_of(uint16_t field)
{
	return (uint64_t)1 << ((field ^ (field_object(field) == OBJECT_COMMON ? 0x20 : 0)) & 0x3f);
}

/* The entry of a field that is set; dies when the field is not one of `types` (bits of field_type). */
static const struct entry *find(const struct lg_rec *r, uint16_t field, unsigned types)
{
	if (r->have & bit_of(field)) {
		for (uint16_t i = behind(r, field); i > 0 && r->entries[i - 1].field >= field; i--) {
			const struct entry *e = &r->entries[i - 1];

			if (e->field != field)
				continue;
			if ((types & 1u << e->type) == 0)
				wrong(r, field);
			return e;
		}
	}
	if (!belongs(r, field))
		wrong(r, field);
	return NULL;
}

static uint16_t first_cap(const struct lg_rec *r)
{
	return r->type->is_kind ? FIRST_CAP_KIND : FIRST_CAP;
}

/* The entry to set, made when absent.  Mostly it comes behind those that are there. */
static struct entry *make(struct lg_rec *r, uint16_t field, unsigned types)
{
	const struct field *f = own_field(r, field);
	uint16_t at = behind(r, field);

	if (f == NULL && belongs(r, field))
		f = field_get(field);
	if (f == NULL || (types & 1u << f->type) == 0)
		wrong(r, field);
	while (at > 0 && r->entries[at - 1].field > field)
		at--;
	if (at > 0 && r->entries[at - 1].field == field)
		return &r->entries[at - 1];
	if (r->count == r->cap) {
		uint16_t cap = r->cap ? (uint16_t)(r->cap * 2) : first_cap(r);
		struct entry *more = arena_array(r->arena, struct entry, cap);

		if (r->count > 0)
			memcpy(more, r->entries, sizeof *more * r->count);
		r->entries = more;
		r->cap = cap;
	}
	if (at < r->count)
		memmove(&r->entries[at + 1], &r->entries[at], sizeof *r->entries * (size_t)(r->count - at));
	r->count++;
	r->have |= bit_of(field);
	r->entries[at] = (struct entry){ .field = field, .type = (uint8_t)f->type };
	return &r->entries[at];
}

#define BIT(t) (1u << FIELD_##t)
#define ANY 0xffffu

bool rec_has(const struct lg_rec *r, uint16_t field)
{
	return find(r, field, ANY) != NULL;
}

lg_str rec_str(const struct lg_rec *r, uint16_t field)
{
	const struct entry *e = find(r, field, BIT(STR) | BIT(JSON));

	return e ? (lg_str){ e->v.s, e->n } : STR_NONE;
}

bool rec_dec(const struct lg_rec *r, uint16_t field, lg_dec *out)
{
	const struct entry *e = find(r, field, BIT(AMOUNT) | BIT(DEC));

	*out = e ? (lg_dec){ e->v.i, e->scale } : DEC_ZERO;
	return e != NULL;
}

bool rec_date(const struct lg_rec *r, uint16_t field, lg_date *out)
{
	const struct entry *e = find(r, field, BIT(DATE));

	*out = e ? (lg_date)e->v.i : 0;
	return e != NULL;
}

bool rec_time(const struct lg_rec *r, uint16_t field, lg_time *out)
{
	const struct entry *e = find(r, field, BIT(TIME));

	*out = e ? e->v.i : 0;
	return e != NULL;
}

bool rec_int(const struct lg_rec *r, uint16_t field, int64_t *out)
{
	const struct entry *e = find(r, field, BIT(INT));

	*out = e ? e->v.i : 0;
	return e != NULL;
}

bool rec_bool(const struct lg_rec *r, uint16_t field)
{
	const struct entry *e = find(r, field, BIT(BOOL));

	return e && e->v.i;
}

size_t rec_count(const struct lg_rec *r, uint16_t field)
{
	const struct entry *e = find(r, field, ANY);

	if (e == NULL)
		return 0;
	return e->type == FIELD_OBJS || e->type == FIELD_STRS ? e->n : 1;
}

const struct lg_rec *rec_obj(const struct lg_rec *r, uint16_t field)
{
	const struct entry *e = find(r, field, BIT(OBJ));

	return e ? e->v.obj : NULL;
}

const struct lg_rec *rec_obj_at(const struct lg_rec *r, uint16_t field, size_t i)
{
	const struct entry *e = find(r, field, BIT(OBJ) | BIT(OBJS));

	if (e == NULL)
		return NULL;
	if (e->type == FIELD_OBJ)
		return i == 0 ? e->v.obj : NULL;
	return i < e->n ? e->v.objs[i] : NULL;
}

lg_str rec_str_at(const struct lg_rec *r, uint16_t field, size_t i)
{
	const struct entry *e = find(r, field, BIT(STRS));

	return e && i < e->n ? e->v.strs[i] : STR_NONE;
}

void rec_set_str(struct lg_rec *r, uint16_t field, lg_str v)
{
	struct entry *e;

	if (v.len == 0) {
		rec_unset(r, field);
		return;
	}
	if (v.len > UINT32_MAX)
		die("record: a text of %zu bytes", v.len);
	e = make(r, field, BIT(STR) | BIT(JSON));
	e->v.s = arena_str(r->arena, v).ptr;
	e->n = (uint32_t)v.len;
}

void rec_set_dec(struct lg_rec *r, uint16_t field, lg_dec v)
{
	struct entry *e = make(r, field, BIT(AMOUNT) | BIT(DEC));

	v = dec_reduce(v);
	e->v.i = v.coef;
	e->scale = v.scale;
}

void rec_set_date(struct lg_rec *r, uint16_t field, lg_date v)
{
	make(r, field, BIT(DATE))->v.i = v;
}

void rec_set_time(struct lg_rec *r, uint16_t field, lg_time v)
{
	make(r, field, BIT(TIME))->v.i = v;
}

void rec_set_int(struct lg_rec *r, uint16_t field, int64_t v)
{
	make(r, field, BIT(INT))->v.i = v;
}

void rec_set_bool(struct lg_rec *r, uint16_t field, bool v)
{
	make(r, field, BIT(BOOL))->v.i = v;
}

/* Lists have room for the next power of two. */
static void *room(struct lg_rec *r, void *list, uint32_t n, size_t elem)
{
	void *more;

	if (n != 0 && (n & (n - 1)) != 0)
		return list;
	more = arena_alloc(r->arena, (n ? (size_t)n * 2 : 1) * elem);
	if (n > 0)
		memcpy(more, list, n * elem);
	return more;
}

void rec_add_str(struct lg_rec *r, uint16_t field, lg_str v)
{
	struct entry *e = make(r, field, BIT(STRS));

	e->v.strs = room(r, e->v.strs, e->n, sizeof *e->v.strs);
	e->v.strs[e->n++] = arena_str(r->arena, v);
}

struct lg_rec *rec_add_obj(struct lg_rec *r, uint16_t field)
{
	struct entry *e = make(r, field, BIT(OBJ) | BIT(OBJS));
	struct lg_rec *o;

	if (e->type == FIELD_OBJ && e->v.obj != NULL)
		return e->v.obj;
	o = rec_new(r->arena, field_get(field)->ref);
	if (e->type == FIELD_OBJ) {
		e->v.obj = o;
	} else {
		e->v.objs = room(r, e->v.objs, e->n, sizeof *e->v.objs);
		e->v.objs[e->n++] = o;
	}
	return o;
}

void rec_unset(struct lg_rec *r, uint16_t field)
{
	const struct entry *e = find(r, field, ANY);

	if (e == NULL)
		return;
	r->count--;
	memmove(&r->entries[e - r->entries], e + 1, sizeof *e * (size_t)(&r->entries[r->count] - e));
}

static void copy_entry(struct lg_rec *to, const struct entry *e)
{
	struct entry *n;

	switch ((enum field_type)e->type) {
	case FIELD_STR:
	case FIELD_JSON:
		rec_set_str(to, e->field, (lg_str){ e->v.s, e->n });
		return;
	case FIELD_OBJ:
		rec_copy(rec_add_obj(to, e->field), e->v.obj);
		return;
	case FIELD_OBJS:
		for (uint32_t i = 0; i < e->n; i++)
			rec_copy(rec_add_obj(to, e->field), e->v.objs[i]);
		return;
	case FIELD_STRS:
		for (uint32_t i = 0; i < e->n; i++)
			rec_add_str(to, e->field, e->v.strs[i]);
		return;
	default:
		n = make(to, e->field, ANY);
		n->v.i = e->v.i;
		n->scale = e->scale;
	}
}

void rec_copy_field(struct lg_rec *to, const struct lg_rec *from, uint16_t field)
{
	const struct entry *e = find(from, field, ANY);

	if (e != NULL)
		copy_entry(to, e);
}

void rec_copy(struct lg_rec *to, const struct lg_rec *from)
{
	if (to->object != from->object)
		die("record: a %s cannot be copied into a %s", object_get(from->object)->name,
		    object_get(to->object)->name);
	for (uint16_t i = 0; i < from->count; i++)
		copy_entry(to, &from->entries[i]);
}

struct lg_rec *rec_clone(struct arena *a, const struct lg_rec *r)
{
	struct lg_rec *n = rec_new(a, r->object);

	rec_copy(n, r);
	return n;
}

static bool entry_equal(const struct entry *a, const struct entry *b)
{
	if (a->field != b->field || a->n != b->n || a->scale != b->scale)
		return false;
	switch ((enum field_type)a->type) {
	case FIELD_STR:
	case FIELD_JSON:
		return memcmp(a->v.s, b->v.s, a->n) == 0;
	case FIELD_OBJ:
		return rec_equal(a->v.obj, b->v.obj);
	case FIELD_OBJS:
		for (uint32_t i = 0; i < a->n; i++)
			if (!rec_equal(a->v.objs[i], b->v.objs[i]))
				return false;
		return true;
	case FIELD_STRS:
		for (uint32_t i = 0; i < a->n; i++)
			if (!str_eq(a->v.strs[i], b->v.strs[i]))
				return false;
		return true;
	default:
		return a->v.i == b->v.i;
	}
}

bool rec_equal(const struct lg_rec *a, const struct lg_rec *b)
{
	if (a->object != b->object || a->count != b->count)
		return false;
	for (uint16_t i = 0; i < a->count; i++)
		if (!entry_equal(&a->entries[i], &b->entries[i]))
			return false;
	return true;
}

const struct field *rec_walk(const struct lg_rec *r, size_t *at)
{
	return *at < r->count ? field_get(r->entries[(*at)++].field) : NULL;
}

const struct lg_records rec_abi = {
	.size = sizeof rec_abi,
	.kind = rec_object,
	.has = rec_has,
	.str = rec_str,
	.dec = rec_dec,
	.date = rec_date,
	.time = rec_time,
	.integer = rec_int,
	.boolean = rec_bool,
	.count = rec_count,
	.obj = rec_obj,
	.obj_at = rec_obj_at,
	.str_at = rec_str_at,
	.set_str = rec_set_str,
	.set_dec = rec_set_dec,
	.set_date = rec_set_date,
	.set_time = rec_set_time,
	.set_int = rec_set_int,
	.set_bool = rec_set_bool,
	.add_str = rec_add_str,
	.add_obj = rec_add_obj,
	.unset = rec_unset,
	.copy = rec_copy,
	.line_key = identity_line,
};

/* ---- for codec.c, which reads texts without copying them ---- */

#include "core/model/record_priv.h"

void rec_borrow_str(struct lg_rec *r, uint16_t field, lg_str v)
{
	struct entry *e = make(r, field, BIT(STR) | BIT(JSON));

	e->v.s = v.ptr;
	e->n = (uint32_t)v.len;
}

void rec_borrow_strs(struct lg_rec *r, uint16_t field, lg_str *strs, size_t n)
{
	struct entry *e = make(r, field, BIT(STRS));

	e->v.strs = strs;
	e->n = (uint32_t)n;
}

struct arena *rec_arena(const struct lg_rec *r)
{
	return r->arena;
}

void rec_remove_last(struct lg_rec *r, uint16_t field)
{
	struct entry *e = make(r, field, BIT(OBJS));

	if (e->n > 0)
		e->n--;
	if (e->n == 0)
		rec_unset(r, field);
}
