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
	uint8_t at[]; /* by bit: which entry */
};

#define FIRST_CAP 8       /* entries that a record has room for at first, or as many as it has fields */
#define FIRST_CAP_KIND 24 /* a record has more fields than a part of one */
#define COMMON_MOST 16    /* fields of OBJECT_COMMON, at most: tests/unit/test_record.c */
#ifndef BIT_FAR
#define BIT_FAR 47 /* stands for all fields from there on, which are searched: tests/unit/test_record_far.c */
#endif
#define BITS 64

/* Bits that fields of the object have. */
static size_t bits_of(const struct object *type)
{
	return type->is_kind ? BITS : MIN(type->count, (size_t)BIT_FAR);
}

struct lg_rec *rec_new(struct arena *a, uint16_t object)
{
	const struct object *type = object_get(object);
	struct lg_rec *r;
	size_t cap, head;

	if (type == NULL || object == OBJECT_COMMON)
		die("record: there is no object %u", object);
	cap = type->is_kind ? FIRST_CAP_KIND : MIN(type->count, (size_t)FIRST_CAP);
	head = (sizeof *r + bits_of(type) + sizeof(struct entry) - 1) / sizeof(struct entry) * sizeof(struct entry);
	r = arena_room(a, head + cap * sizeof(struct entry));
	*r = (struct lg_rec){ .arena = a, .type = type, .object = object, .cap = (uint16_t)cap };
	r->entries = (struct entry *)r + head / sizeof(struct entry);
	return r;
}

uint16_t rec_object(const struct lg_rec *r)
{
	return r->object;
}

__attribute__((noinline, noreturn, cold)) static void wrong(const struct lg_rec *r, uint16_t field)
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

/* field_get for a field of the record's own object, without the way there; NULL: look further. */
static const struct field *own_field(const struct lg_rec *r, uint16_t field)
{
	size_t n = field & 0xffu;

	if (field_object(field) != r->object || n == 0 || n > r->type->count)
		return NULL;
	return r->type->fields[n - 1].id == field ? &r->type->fields[n - 1] : NULL;
}

/* The common fields have the last bits. */
static inline unsigned bit_of(uint16_t field)
{
	unsigned n = (field & 0xffu) - 1;

	return field_object(field) == OBJECT_COMMON ? n + BITS - COMMON_MOST : MIN(n, (unsigned)BIT_FAR);
}

/* Where the entry of a field stands, or would stand: by search from the end. */
__attribute__((noinline)) static uint16_t place(const struct lg_rec *r, uint16_t field)
{
	uint16_t at = r->count;

	while (at > 0 && r->entries[at - 1].field >= field)
		at--;
	return at;
}

__attribute__((noinline)) static const struct entry *absent(const struct lg_rec *r, uint16_t field)
{
	if (!belongs(r, field))
		wrong(r, field);
	return NULL;
}

/* The entry if it is the field's; dies when that is not one of `types` (bits of field_type). */
static inline const struct entry *checked(const struct lg_rec *r, size_t at, uint16_t field, unsigned types)
{
	const struct entry *e = &r->entries[at];

	if (at == r->count || e->field != field)
		return absent(r, field);
	if ((types & 1u << e->type) == 0)
		wrong(r, field);
	return e;
}

__attribute__((noinline)) static const struct entry *find_far(const struct lg_rec *r, uint16_t field, unsigned types)
{
	return checked(r, place(r, field), field, types);
}

/* The entry of a field that is set.  In line: each payment, line and voucher asks dozens of times. */
static inline __attribute__((always_inline)) const struct entry *find(const struct lg_rec *r, uint16_t field,
								      unsigned types)
{
	unsigned bit = bit_of(field);

	if ((r->have >> bit & 1) == 0)
		return absent(r, field);
	if (bit == BIT_FAR)
		return find_far(r, field, types);
	return checked(r, r->at[bit], field, types);
}

static void reserve(struct lg_rec *r, uint16_t cap)
{
	struct entry *more;

	if (cap <= r->cap)
		return;
	more = arena_alloc(r->arena, sizeof *more * cap);
	memcpy(more, r->entries, sizeof *more * r->count);
	r->entries = more;
	r->cap = cap;
}

/* Entries from `at` on have moved. */
static void renumber(struct lg_rec *r, uint16_t at)
{
	for (; at < r->count && bit_of(r->entries[at].field) != BIT_FAR; at++)
		r->at[bit_of(r->entries[at].field)] = (uint8_t)at;
}

/* Makes room for an entry that does not come last, or finds the field set. */
__attribute__((noinline)) static struct entry *make_between(struct lg_rec *r, const struct field *f)
{
	uint16_t at = place(r, f->id);
	struct entry *e;

	if (at < r->count && r->entries[at].field == f->id)
		return &r->entries[at];
	if (r->count == r->cap)
		reserve(r, (uint16_t)(r->cap * 2));
	e = &r->entries[at];
	memmove(e + 1, e, sizeof *e * (size_t)(r->count - at));
	r->count++;
	r->have |= (uint64_t)1 << bit_of(f->id);
	*e = (struct entry){ .field = f->id, .type = (uint8_t)f->type };
	renumber(r, at);
	return e;
}

/* Mostly a field comes behind those that are there, or is set already. */
static inline struct entry *append(struct lg_rec *r, const struct field *f)
{
	unsigned bit = bit_of(f->id);
	struct entry *e = &r->entries[r->count];

	if ((r->have >> bit & 1) && bit != BIT_FAR)
		return &r->entries[r->at[bit]];
	if (r->count == r->cap || (r->count > 0 && e[-1].field >= f->id))
		return make_between(r, f);
	r->have |= (uint64_t)1 << bit;
	if (bit != BIT_FAR)
		r->at[bit] = (uint8_t)r->count;
	r->count++;
	*e = (struct entry){ .field = f->id, .type = (uint8_t)f->type };
	return e;
}

__attribute__((noinline)) static struct entry *make_common(struct lg_rec *r, uint16_t field, unsigned types)
{
	const struct field *f = belongs(r, field) ? field_get(field) : NULL;

	if (f == NULL || (types & 1u << f->type) == 0)
		wrong(r, field);
	return append(r, f);
}

/* The entry to set, made when absent. */
static inline __attribute__((always_inline)) struct entry *make(struct lg_rec *r, uint16_t field, unsigned types)
{
	const struct field *f = own_field(r, field);

	if (f == NULL)
		return make_common(r, field, types);
	if ((types & 1u << f->type) == 0)
		wrong(r, field);
	return append(r, f);
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
	unsigned bit = bit_of(field);
	uint16_t at;

	if (e == NULL)
		return;
	at = (uint16_t)(e - r->entries);
	r->count--;
	memmove(&r->entries[at], e + 1, sizeof *e * (size_t)(r->count - at));
	renumber(r, at);
	if (bit != BIT_FAR || r->count == 0 || bit_of(r->entries[r->count - 1].field) != BIT_FAR)
		r->have &= ~((uint64_t)1 << bit);
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

/* A list with the room that room() expects. */
static void *list_room(struct arena *a, uint32_t n, size_t elem)
{
	size_t cap = 1;

	while (cap < n)
		cap *= 2;
	return arena_alloc(a, cap * elem);
}

/* What an entry points to, copied; a text goes to `text`. */
static void own_entry(struct arena *a, struct entry *e, char *text)
{
	const lg_str *strs = e->v.strs;
	struct lg_rec *const *objs = e->v.objs;

	switch ((enum field_type)e->type) {
	case FIELD_STR:
	case FIELD_JSON:
		memcpy(text, e->v.s, e->n);
		text[e->n] = '\0';
		e->v.s = text;
		return;
	case FIELD_OBJ:
		e->v.obj = rec_clone(a, e->v.obj);
		return;
	case FIELD_OBJS:
		e->v.objs = list_room(a, e->n, sizeof *objs);
		for (uint32_t i = 0; i < e->n; i++)
			e->v.objs[i] = rec_clone(a, objs[i]);
		return;
	case FIELD_STRS:
		e->v.strs = list_room(a, e->n, sizeof *strs);
		for (uint32_t i = 0; i < e->n; i++)
			e->v.strs[i] = arena_str(a, strs[i]);
		return;
	default:
		return;
	}
}

static bool is_text(const struct entry *e)
{
	return e->type == FIELD_STR || e->type == FIELD_JSON;
}

/* Into an empty record: the entries at once, the texts in one piece. */
static void copy_whole(struct lg_rec *to, const struct lg_rec *from)
{
	size_t size = 0;
	char *text;

	reserve(to, from->count);
	memcpy(to->entries, from->entries, sizeof *to->entries * from->count);
	to->count = from->count;
	to->have = from->have;
	memcpy(to->at, from->at, bits_of(from->type));
	for (uint16_t i = 0; i < from->count; i++)
		size += is_text(&from->entries[i]) ? (size_t)from->entries[i].n + 1 : 0;
	text = arena_bytes(to->arena, size);
	for (uint16_t i = 0; i < to->count; i++) {
		struct entry *e = &to->entries[i];

		own_entry(to->arena, e, text);
		text += is_text(e) ? (size_t)e->n + 1 : 0;
	}
}

void rec_copy(struct lg_rec *to, const struct lg_rec *from)
{
	if (to->object != from->object)
		die("record: a %s cannot be copied into a %s", object_get(from->object)->name,
		    object_get(to->object)->name);
	if (to->count == 0) {
		copy_whole(to, from);
		return;
	}
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
