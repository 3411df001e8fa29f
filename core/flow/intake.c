/* intake.c - a document on its way in: bytes -> archive, format -> records -> the journal, all at one commit.

   The document is read twice: a first pass hashes it, so that a copy is known before anything is written; the second
   decodes in a job and hands packets (pieces of the archive and prepared records) to the writer, at most PACKETS_OPEN
   ahead of it, so that memory does not grow with the document.  What is appended stays invisible until store_doc_end.

   A connection's documents are decoded one after the other, in the order in which they were handed in. */
#include "core/flow/engine_priv.h"
#include "core/flow/sequence.h"

#include "core/base/log.h"
#include "core/model/identity.h"
#include "core/plugin/format_run.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#define CHUNK ((size_t)256 << 10)
#define PACKET_ITEMS 500
#define PACKET_BYTES ((size_t)1 << 20)
#define PACKETS_OPEN 4
#define GROUP_BYTES ((size_t)8 << 20) /* a large document does not make one large transaction */
#define FINDINGS_MAX 1000             /* of one document; the rest is counted */

struct finding {
	lg_str id, text;
	uint32_t line;
};

struct packet {
	struct task task;
	struct intake *in;
	struct arena arena;
	struct store_item *items;
	lg_str *chunks;
	struct finding *findings;
	size_t item_count, item_cap, chunk_count, chunk_cap, finding_count, finding_cap, bytes;
	bool last;
};

struct intake {
	struct list link;
	struct connection *conn;
	struct arena arena;
	struct store_doc doc;
	lg_taken_fn *on_taken;
	void *ctx;
	/* the bytes: a file, or text in the arena */
	int fd;
	lg_str text;
	/* the job */
	struct packet *packet;
	bool started, ran; /* ran: the job did, so that a last packet comes */
	int ends;          /* what is still to come before the end: the job's callback, the last packet */
	char *chunk;
	off_t at;
	int64_t finding_total;
	lg_status status;
	struct err err;
	atomic_bool stop; /* a copy, or the store failed: decoding may end */
	/* between job and writer */
	uv_sem_t room;
	/* the writer's */
	bool begun;
	atomic_bool failed; /* the loop learns of a commit that failed, and says so while packets are under way */
	struct err aside;   /* why it is left for another time */
	int64_t chunk_no, duplicate_of;
	int64_t replaces; /* the parked document that this one is again; 0: none */
	lg_str duplicate_name;
	struct sequence sequence;
};

static struct engine *engine_of(const struct intake *in)
{
	return in->conn->instance.engine;
}

/* ---- the writer's side ---- */

static bool look_for_copy(struct intake *in)
{
	struct engine *e = engine_of(in);
	struct store_doc known = { 0 };

	if (!store_doc_known(e->store, in->doc.hash, &in->arena, &known, &e->group_err))
		return false;
	if (known.id != 0) {
		if (in->replaces != 0 && !store_doc_reread(e->store, in->replaces, &e->group_err))
			return false;
		in->duplicate_of = known.id;
		in->duplicate_name = known.name;
		atomic_store(&in->stop, true);
		return true;
	}
	in->begun = store_doc_begin(e->store, &in->doc, &e->group_err);
	return in->begun;
}

/* The same record is in another large document that is still being taken in: this one is left, and read another time.
 */
static bool step_aside(struct intake *in)
{
	struct engine *e = engine_of(in);

	if (!str_is(str_of(e->group_err.id), "store.pending"))
		return false;
	in->aside = e->group_err;
	e->group_err = (struct err){ 0 };
	atomic_store(&in->stop, true);
	return true;
}

static bool write_items(struct intake *in, struct packet *p)
{
	struct engine *e = engine_of(in);
	enum store_outcome outcome;
	lg_str id;

	for (size_t i = 0; i < p->chunk_count; i++)
		if (!store_archive(e->store, &in->doc, in->chunk_no++, p->chunks[i], &e->group_err))
			return false;
	for (size_t i = 0; i < p->item_count; i++) {
		if (!store_doc_append(e->store, &in->doc, &p->items[i], &p->arena, &id, &outcome, &e->group_err))
			return step_aside(in);
		in->doc.records += outcome != STORE_SAME;
	}
	for (size_t i = 0; i < p->finding_count; i++)
		if (!store_doc_finding(e->store, &in->doc, p->findings[i].id, p->findings[i].line, p->findings[i].text,
				       &e->group_err))
			return false;
	return true;
}

static bool end_document(struct intake *in)
{
	struct engine *e = engine_of(in);
	char text[1200];
	int at;

	if (in->aside.class != ERR_NONE) {
		in->status = LG_CANCELED;
		in->err = in->aside;
	}
	if (in->status == LG_OK && !sequence_check(&in->sequence, e->store, &in->arena, &in->err, &e->group_err)) {
		if (e->group_err.class != ERR_NONE)
			return false;
		in->status = LG_REJECT;
	}
	e->untidy |= in->status != LG_OK;
	if (in->status == LG_CANCELED)
		return store_doc_end(e->store, &in->doc, LG_STR("aborted"), STR_NONE, &e->group_err);
	if (in->replaces != 0 && !store_doc_reread(e->store, in->replaces, &e->group_err))
		return false;
	if (in->status == LG_OK)
		return store_doc_end(e->store, &in->doc, LG_STR("taken"), STR_NONE, &e->group_err) &&
		       (in->sequence.count == 0 ||
			store_docs_retry(e->store, in->doc.connection, LG_STR("statement.sequence"), &e->group_err));
	if (in->err.hint[0] == '\0')
		err_hint(&in->err, "put a corrected file in its place, then `loligo work drop doc-%lld`",
			 (long long)in->doc.id);
	at = snprintf(text, sizeof text, "[%s] ", in->err.id);
	err_text(&in->err, text + at, sizeof text - (size_t)at);
	return store_doc_end(e->store, &in->doc, LG_STR("parked"), str_of(text), &e->group_err);
}

/* What is written is not kept until its commit. */
static void packet_empty(struct packet *p)
{
	arena_fini(&p->arena);
	free(p->items);
	free(p->chunks);
	free(p->findings);
}

static void write_packet(struct task *t)
{
	struct packet *p = container_of(t, struct packet, task);
	struct intake *in = p->in;
	struct engine *e = engine_of(in);
	bool ok = !in->failed && group_begin(e);

	if (ok && !in->begun && in->duplicate_of == 0)
		ok = look_for_copy(in);
	if (ok && in->begun && in->aside.class == ERR_NONE && !(p->last && in->status == LG_CANCELED))
		ok = write_items(in, p);
	if (ok && in->begun && p->last)
		ok = end_document(in);
	if (!ok) {
		in->failed = true;
		atomic_store(&in->stop, true);
	}
	e->group_bytes += p->bytes;
	packet_empty(p);
	uv_sem_post(&in->room);
	group_join(e, t);
	if (e->group_bytes >= GROUP_BYTES)
		group_end(e);
}

static void end_part(struct intake *in);

static void packet_done(struct task *t)
{
	struct packet *p = container_of(t, struct packet, task);
	struct intake *in = p->in;
	bool last = p->last;

	in->failed |= t->failed;
	free(p);
	if (last)
		end_part(in);
}

/* ---- the job's side ---- */

static struct packet *packet(struct intake *in)
{
	if (in->packet == NULL) {
		in->packet = xalloc(sizeof *in->packet);
		in->packet->in = in;
		in->packet->task.run = write_packet;
		in->packet->task.done = packet_done;
	}
	return in->packet;
}

/* Hands the packet over; waits while the writer is too far behind. */
static void hand_over(struct intake *in, bool last)
{
	struct packet *p = packet(in);

	in->packet = NULL;
	p->last = last;
	uv_sem_wait(&in->room);
	worker_put(engine_of(in)->writer, &p->task);
}

static void hand_over_when_full(struct intake *in)
{
	if (in->packet && (in->packet->item_count >= PACKET_ITEMS || in->packet->bytes >= PACKET_BYTES))
		hand_over(in, false);
}

static bool read_failed(struct intake *in)
{
	in->status = LG_RETRY;
	return err_set(&in->err, ERR_RETRY, "intake.read", "\"%.*s\" cannot be read: %s", STRA(in->doc.name),
		       strerror(errno));
}

/* The next piece of the document, in memory that lives until the next call. */
static bool next_piece(struct intake *in, lg_str *out)
{
	const struct seams *s = engine_of(in)->options.seams;
	ssize_t n;

	if (in->fd < 0) {
		*out = str_sub(in->text, (size_t)in->at, CHUNK);
	} else {
		n = s->pread(s->ctx, in->fd, in->chunk, CHUNK, in->at);
		if (n < 0)
			return read_failed(in);
		*out = (lg_str){ in->chunk, (size_t)n };
	}
	in->at += (off_t)out->len;
	return true;
}

static bool hash_all(struct intake *in)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	lg_str piece = { 0 };
	bool ok = md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1;

	do {
		ok = ok && next_piece(in, &piece) && EVP_DigestUpdate(md, piece.ptr, piece.len) == 1;
	} while (ok && piece.len > 0);
	ok = ok && EVP_DigestFinal_ex(md, in->doc.hash, NULL) == 1;
	EVP_MD_CTX_free(md);
	in->doc.size = in->at;
	in->at = 0;
	return ok;
}

static lg_str next_for_format(void *ctx)
{
	struct intake *in = ctx;
	lg_str piece = { 0 };
	struct packet *p;

	if (atomic_load(&in->stop) || !next_piece(in, &piece) || piece.len == 0)
		return STR_NONE;
	hand_over_when_full(in);
	p = packet(in);
	p->chunks = xgrow(p->chunks, &p->chunk_cap, p->chunk_count + 1, sizeof *p->chunks);
	p->chunks[p->chunk_count++] = arena_str(&p->arena, piece);
	p->bytes += piece.len;
	return piece;
}

/* Whose record it is, where the connection says so. */
static void set_client(struct intake *in, struct lg_rec *rec)
{
	const struct hub_client *client = in->conn->conf->client;

	if (client && !rec_has(rec, LG_COMMON_CLIENT))
		rec_set_str(rec, LG_COMMON_CLIENT, client->client.name);
}

static bool on_record(void *ctx, struct lg_rec *rec, uint64_t offset, uint32_t line)
{
	struct intake *in = ctx;
	struct packet *p = packet(in);
	struct store_item *item;

	if (atomic_load(&in->stop) || op_expired(op_current()))
		return false;
	set_client(in, rec);
	sequence_note(&in->sequence, rec, &in->arena);
	p->items = xgrow(p->items, &p->item_cap, p->item_count + 1, sizeof *p->items);
	item = &p->items[p->item_count++];
	*item = (struct store_item){ .rec = rec, .offset = offset, .line = line };
	item->identity = identity_of(rec, &p->arena);
	item->order = order_of(rec, &p->arena);
	if (!rec_has(rec,
		     LG_COMMON_EXTERNAL_ID)) /* a changed document under the same name is a revision of its records */
		rec_set_str(rec, LG_COMMON_EXTERNAL_ID, in->doc.external_id);
	store_prepare(&p->arena, item);
	item->rec = NULL;
	p->bytes += p->arena.used > p->bytes ? p->arena.used - p->bytes : 0;
	hand_over_when_full(in);
	return true;
}

static void on_finding(void *ctx, const char *id, uint32_t line, lg_str text)
{
	struct intake *in = ctx;
	struct packet *p = packet(in);

	if (++in->finding_total > FINDINGS_MAX)
		return;
	p->findings = xgrow(p->findings, &p->finding_cap, p->finding_count + 1, sizeof *p->findings);
	p->findings[p->finding_count++] =
		(struct finding){ arena_str(&p->arena, str_of(id)), arena_str(&p->arena, text), line };
}

/* A format reads as far as it wants; the archive has all. */
static void archive_rest(struct intake *in)
{
	while (next_for_format(in).len > 0)
		;
}

static lg_status decode_job(void *arg)
{
	struct intake *in = arg;
	struct engine *e = engine_of(in);
	const struct hub_connection *conf = in->conn->conf;
	struct format_in source = { in->doc.name, next_for_format, in };
	struct format_sink sink = { on_record, on_finding, in };

	in->ran = true;
	in->chunk = in->fd < 0 ? NULL : xalloc(CHUNK);
	if (hash_all(in)) {
		in->status = format_read(conf->format, conf->format_config, &e->host, &source, &sink, &in->err);
		if (in->status != LG_CANCELED)
			archive_rest(in);
		if (in->finding_total > FINDINGS_MAX)
			log_line(LG_LOG_WARNING, in->conn->instance.label, "\"%.*s\": %lld findings, %d of them kept",
				 STRA(in->doc.name), (long long)in->finding_total, FINDINGS_MAX);
	} else if (in->err.class == ERR_NONE) {
		in->status = LG_RETRY;
		err_set(&in->err, ERR_RETRY, "intake.hash", "\"%.*s\" cannot be hashed", STRA(in->doc.name));
	}
	/* Unread or cut off by the end of the run, so not parked: it will be handed in again. */
	if (in->status == LG_RETRY || atomic_load(&in->stop))
		in->status = LG_CANCELED;
	hand_over(in, true);
	free(in->chunk);
	return in->status;
}

static void on_decoded(void *ctx, lg_status status)
{
	struct intake *in = ctx;

	(void)status;   /* the last packet tells, when the writer is through with it */
	if (!in->ran) { /* canceled before it began */
		in->status = LG_CANCELED;
		in->ends--;
	}
	end_part(in);
}

static void start_next(struct connection *c)
{
	struct intake *in = list_empty(&c->intakes) ? NULL : container_of(c->intakes.next, struct intake, link);

	if (in == NULL || in->started)
		return;
	in->started = true;
	in->ends = 2;
	loop_work(&in->conn->ops, "decode", 0, decode_job, in, on_decoded, in);
}

/* ---- the end, on the loop ---- */

static void tell(struct intake *in)
{
	struct engine *e = engine_of(in);
	struct connection *c = in->conn;
	const char *label = c->instance.label;
	bool copy = in->duplicate_of != 0;
	lg_status status = in->failed ? LG_CANCELED : copy ? LG_OK : in->status;
	char text[1200];

	err_text(&in->err, text, sizeof text);
	if (status == LG_CANCELED) {
		if (in->err.class == ERR_RETRY)
			e->host.fail(&c->instance, LG_RETRY, "%s", text);
	} else if (copy) {
		e->result.duplicates++;
		log_line(LG_LOG_WARNING, label, "\"%.*s\" is a copy of \"%.*s\" and was not taken again",
			 STRA(in->doc.name), STRA(in->duplicate_name));
	} else if (status == LG_REJECT) {
		e->result.parked_documents++;
		log_line(LG_LOG_ERROR, label, "\"%.*s\" is parked: %s", STRA(in->doc.name), text);
	} else {
		e->result.documents++;
		e->released |= in->sequence.count > 0;
		for (size_t i = 0; i < c->reader_count; i++)
			*c->readers[i] = true;
	}
	in->on_taken(in->ctx, status, in->duplicate_name);
}

static void end_part(struct intake *in)
{
	struct connection *c = in->conn;
	struct engine *e = engine_of(in);

	if (--in->ends > 0)
		return;
	list_remove(&in->link);
	c->intake_count--;
	tell(in);
	if (in->fd >= 0)
		e->options.seams->close(e->options.seams->ctx, in->fd);
	uv_sem_destroy(&in->room);
	arena_fini(&in->arena);
	free(in);
	start_next(c);
	connection_end(c);
	engine_wake(e);
}

/* ---- handing in ---- */

/* A path below the hub's folder is kept relative to it: the hub and its folders may be moved together. */
static lg_str below_hub(const struct hub *hub, lg_str id)
{
	size_t n = hub->dir.len;

	return n > 0 && str_starts(id, hub->dir) && id.len > n + 1 && id.ptr[n] == '/' ? str_from(id, n + 1) : id;
}

static struct intake *intake_new(struct connection *c, const struct lg_document *doc, lg_taken_fn *fn, void *ctx)
{
	struct intake *in = xalloc(sizeof *in);

	in->conn = c;
	in->fd = -1;
	in->on_taken = fn;
	in->ctx = ctx;
	in->doc.connection = c->conf->name;
	in->doc.name = arena_str(&in->arena, doc->name);
	in->doc.external_id = arena_str(&in->arena, below_hub(c->instance.engine->hub, doc->external_id));
	in->doc.modified = doc->modified;
	in->doc.received_at = loop_now(c->instance.engine->loop);
	in->doc.received_at = loop_now(c->instance.engine->loop);
	if (uv_sem_init(&in->room, PACKETS_OPEN) != 0)
		die("no semaphore");
	return in;
}

static bool refuse(struct connection *c)
{
	struct engine *e = c->instance.engine;

	if (c->open && c->intake_count < DOCUMENTS_OPEN && !e->finishing && !atomic_load(&e->stopping))
		return false;
	c->starved = true;
	return true;
}

static lg_status queue(struct intake *in)
{
	struct connection *c = in->conn;

	list_append(&c->intakes, &in->link);
	c->intake_count++;
	c->idle = false;
	if (c->intake_count == 1)
		start_next(c);
	return LG_OK;
}

lg_status intake_fd(struct lg_instance *inst, const struct lg_document *doc, int fd, lg_taken_fn *fn, void *ctx)
{
	struct intake *in;

	if (refuse(inst->connection))
		return LG_FULL;
	in = intake_new(inst->connection, doc, fn, ctx);
	in->fd = fd;
	return queue(in);
}

lg_status intake_bytes(struct lg_instance *inst, const struct lg_document *doc, lg_str bytes, lg_taken_fn *fn,
		       void *ctx)
{
	struct intake *in;

	if (refuse(inst->connection))
		return LG_FULL;
	in = intake_new(inst->connection, doc, fn, ctx);
	in->text = arena_str(&in->arena, bytes);
	return queue(in);
}

static void forget(void *ctx, lg_status status, lg_str duplicate_of)
{
	(void)ctx; /* tell() has said it; the connector does not know of this document */
	(void)status;
	(void)duplicate_of;
}

void intake_again(struct connection *c, const struct lg_document *doc, int fd, int64_t replaces, bool forced)
{
	struct intake *in = intake_new(c, doc, forget, NULL);
	bool idle = c->idle;

	in->fd = fd;
	in->replaces = replaces;
	in->sequence.released = forced;
	queue(in);
	c->idle = idle; /* the source itself has not more to give than before */
}

static void drop_queued(struct intake *in)
{
	struct engine *e = engine_of(in);

	list_remove(&in->link);
	in->conn->intake_count--;
	in->on_taken(in->ctx, LG_CANCELED, STR_NONE);
	if (in->fd >= 0)
		e->options.seams->close(e->options.seams->ctx, in->fd);
	uv_sem_destroy(&in->room);
	arena_fini(&in->arena);
	free(in);
}

void intake_cancel(struct connection *c)
{
	list_each (pos, &c->intakes) {
		struct intake *in = container_of(pos, struct intake, link);

		atomic_store(&in->stop, true);
		if (!in->started)
			drop_queued(in);
	}
}
