/* chain.c - what every store computes alike: what an entry needs of a record, and the links of the hash chains (SHA-256
   over the link before, the head of the entry and the hash of its body). */
#include "core/store/store_priv.h"

#include <string.h>

static void put_int(struct buf *b, int64_t v)
{
	char *p = buf_room(b, 8);

	for (int i = 0; i < 8; i++)
		p[i] = (char)((uint64_t)v >> (8 * i));
	b->len += 8;
}

static void put_str(struct buf *b, lg_str s)
{
	put_int(b, (int64_t)s.len);
	buf_add(b, s);
}

/* ---- what an entry needs of a record ---- */

void prepared_make(struct hash *h, struct buf *body, const struct store_item *item, struct store_prepared *out)
{
	buf_reset(body);
	rec_encode(item->rec, REC_BODY, body);
	*out = (struct store_prepared){ .kind = rec_object(item->rec),
					.lookup = lookup_key(item->rec),
					.body = buf_view(body),
					.order = item->order,
					.client = rec_str(item->rec, LG_COMMON_CLIENT),
					.external_id = rec_str(item->rec, LG_COMMON_EXTERNAL_ID) };
	id_make(h, out->kind, item->identity, out->id);
	hash_of(h, out->body, out->hash);
}

void store_prepare(struct arena *a, struct store_item *item)
{
	struct store_prepared *p = arena_new(a, struct store_prepared);
	struct hash *h = hash_new();
	struct buf body = { 0 };

	prepared_make(h, &body, item, p);
	p->body = arena_str(a, p->body);
	p->order = arena_str(a, p->order);
	p->client = arena_str(a, p->client);
	p->external_id = arena_str(a, p->external_id);
	item->prepared = p;
	buf_fini(&body);
	hash_free(&h);
}

void prepared_entry(const struct store_prepared *p, struct entry *e)
{
	memcpy(e->id, p->id, ID_SIZE);
	memcpy(e->hash, p->hash, HASH_SIZE);
	e->kind = p->kind;
	e->body = p->body;
	e->order = p->order;
	e->external_id = p->external_id;
}

/* ---- links ---- */

static void start(struct buf *b, struct chain *c, char type)
{
	buf_reset(b);
	buf_char(b, type);
	buf_bytes(b, c->hash, HASH_SIZE);
	put_int(b, ++c->n);
}

void chain_entry(struct hash *h, struct buf *b, struct chain *c, const struct entry *e)
{
	const int64_t head[] = { e->seq, e->stream,          e->doc, e->kind, e->revision, e->client, e->step, e->cause,
				 e->at,  (int64_t)e->offset, e->line };

	start(b, c, 'e');
	for (size_t i = 0; i < ARRAY_LEN(head); i++)
		put_int(b, head[i]);
	if (e->kind != 0)
		buf_bytes(b, e->id, ID_SIZE);
	put_str(b, e->order);
	put_str(b, e->external_id);
	buf_bytes(b, e->hash, HASH_SIZE);
	hash_of(h, buf_view(b), c->hash);
}

void chain_doc(struct hash *h, struct buf *b, struct chain *c, const struct store_doc *d, int64_t ready,
	       const struct chain *entries)
{
	start(b, c, 'd');
	put_int(b, d->id);
	put_int(b, ready);
	put_str(b, d->connection);
	put_str(b, d->name);
	put_str(b, d->external_id);
	buf_bytes(b, d->hash, HASH_SIZE);
	put_int(b, d->size);
	put_int(b, d->received_at);
	put_int(b, d->modified);
	put_str(b, d->state);
	put_str(b, d->message);
	put_int(b, d->duplicate_of);
	put_int(b, entries->n);
	buf_bytes(b, entries->hash, HASH_SIZE);
	hash_of(h, buf_view(b), c->hash);
}

void chain_name(struct hash *h, struct buf *b, struct chain *c, int64_t id, lg_str name)
{
	start(b, c, 'n');
	put_int(b, id);
	put_str(b, name);
	hash_of(h, buf_view(b), c->hash);
}

/* ---- the log of effects ---- */

static const char *const effect_names[EFFECT_STATES] = {
	[EFFECT_PLANNED] = "planned",     [EFFECT_IN_FLIGHT] = "in_flight", [EFFECT_ACCEPTED] = "accepted",
	[EFFECT_CONFIRMED] = "confirmed", [EFFECT_REJECTED] = "rejected",   [EFFECT_UNKNOWN] = "unknown",
};

const char *effect_state_name(enum effect_state state)
{
	return state < EFFECT_STATES ? effect_names[state] : "?";
}

void effect_change_put(struct buf *b, const struct effect_change *c)
{
	buf_varint(b, (uint64_t)c->id);
	buf_char(b, (char)c->state);
	buf_varint(b, c->attempt);
	buf_varint(b, (uint64_t)c->seq);
	buf_varint(b, (uint64_t)c->at);
	buf_varint(b, c->key.len);
	buf_add(b, c->key);
	buf_varint(b, c->remote_id.len);
	buf_add(b, c->remote_id);
}

static uint64_t get_varint(lg_str *s, bool *bad)
{
	const char *at = s->ptr;
	uint64_t v = varint_next(&at, s->ptr + s->len, bad);

	*s = str_from(*s, (size_t)(at - s->ptr));
	return v;
}

static lg_str get_str(lg_str *s, bool *bad)
{
	uint64_t n = get_varint(s, bad);
	lg_str out = str_sub(*s, 0, (size_t)n);

	*bad = *bad || n > s->len;
	*s = str_from(*s, out.len);
	return out;
}

bool effect_change_get(lg_str *body, struct effect_change *c, bool *bad)
{
	*bad = false;
	if (body->len == 0)
		return false;
	c->id = (int64_t)get_varint(body, bad);
	c->state = body->len > 0 ? (enum effect_state)(unsigned char)*body->ptr : EFFECT_STATES;
	*body = str_from(*body, 1);
	c->attempt = (uint32_t)get_varint(body, bad);
	c->seq = (int64_t)get_varint(body, bad);
	c->at = (int64_t)get_varint(body, bad);
	c->key = get_str(body, bad);
	c->remote_id = get_str(body, bad);
	*bad = *bad || c->state >= EFFECT_STATES;
	return !*bad;
}

/* ---- documents' states ---- */

static const char *const doc_names[DOC_STATES] = {
	[DOC_PENDING] = "pending",     [DOC_TAKEN] = "taken",     [DOC_PARKED] = "parked",
	[DOC_DUPLICATE] = "duplicate", [DOC_ABORTED] = "aborted",
};

const char *doc_state_name(enum doc_state state)
{
	return state < DOC_STATES ? doc_names[state] : "?";
}

bool doc_state_of(lg_str name, enum doc_state *out)
{
	for (int i = 0; i < DOC_STATES; i++) {
		if (str_is(name, doc_names[i])) {
			*out = (enum doc_state)i;
			return true;
		}
	}
	return false;
}
