/* reread.c - parked documents that a person released, or that waited for another document, are read again from the
   archive: as new documents of their connection, with the same bytes. */
#include "core/flow/engine_priv.h"

#include "core/base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct found {
	int64_t doc;
	bool forced;
	lg_str connection, name;
	uint8_t hash[STORE_HASH];
	int fd;
};

struct reread {
	struct task task;
	struct engine *engine;
	struct arena arena;
	struct found *list;
	size_t count, cap;
	struct err err;
};

/* ---- the writer's thread ---- */

static bool on_released(void *ctx, const struct store_doc *d, bool forced)
{
	struct reread *r = ctx;
	struct found *f;

	r->list = xgrow(r->list, &r->cap, r->count + 1, sizeof *r->list);
	f = &r->list[r->count++];
	*f = (struct found){ .doc = d->id, .forced = forced, .fd = -1 };
	f->connection = arena_str(&r->arena, d->connection);
	f->name = arena_str(&r->arena, d->name);
	memcpy(f->hash, d->hash, sizeof f->hash);
	return true;
}

static bool write_chunk(void *ctx, lg_str chunk)
{
	struct found *f = ctx;

	while (chunk.len > 0) {
		ssize_t n = write(f->fd, chunk.ptr, chunk.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			close(f->fd);
			f->fd = -1;
			return false;
		}
		chunk = str_from(chunk, (size_t)n);
	}
	return true;
}

/* Into a file without a name: documents may be larger than memory. */
static bool copy_out(struct reread *r, struct found *f)
{
	char path[] = "/tmp/loligo-reread-XXXXXX";

	f->fd = mkstemp(path);
	if (f->fd < 0)
		return err_set(&r->err, ERR_RETRY, "reread.temporary", "no temporary file can be made: %s",
			       strerror(errno));
	unlink(path);
	if (!view_archive(store_view_own(r->engine->store), f->hash, write_chunk, f, &r->err))
		return false;
	if (f->fd < 0)
		return err_set(&r->err, ERR_RETRY, "reread.temporary", "\"%.*s\" cannot be copied out: %s",
			       STRA(f->name), strerror(errno));
	return true;
}

static void find_released(struct task *t)
{
	struct reread *r = container_of(t, struct reread, task);

	group_end(r->engine);
	if (store_docs_released(r->engine->store, on_released, r, &r->err))
		for (size_t i = 0; i < r->count; i++)
			if (!copy_out(r, &r->list[i]))
				break;
	worker_finish(r->engine->writer, t);
}

/* ---- the loop ---- */

static struct connection *connection_named(struct engine *e, lg_str name)
{
	const struct hub_connection *conf = hub_connection(e->hub, name);
	struct connection *c = conf ? &e->connections[conf - e->hub->connections] : NULL;

	return c && c->open && c->conf->format ? c : NULL;
}

static void hand_in(struct engine *e, struct found *f)
{
	struct connection *c = connection_named(e, f->connection);
	struct lg_document doc = { .size = sizeof doc, .name = f->name };

	if (f->fd < 0)
		return;
	if (c == NULL) {
		log_line(LG_LOG_WARNING, NULL, "\"%.*s\" was released, but there is no connection \"%.*s\" any more",
			 STRA(f->name), STRA(f->connection));
		close(f->fd);
		return;
	}
	intake_again(c, &doc, f->fd, f->doc, f->forced);
}

static void on_found(struct task *t)
{
	struct reread *r = container_of(t, struct reread, task);
	struct engine *e = r->engine;

	if (r->err.class != ERR_NONE)
		log_line(LG_LOG_ERROR, NULL, "released documents cannot be read again: %s", r->err.msg);
	for (size_t i = 0; i < r->count; i++)
		hand_in(e, &r->list[i]);
	e->tasks--;
	arena_fini(&r->arena);
	free(r->list);
	free(r);
	engine_wake(e);
}

void reread_look(struct engine *e)
{
	struct reread *r;

	if (!e->released)
		return;
	e->released = false;
	r = xalloc(sizeof *r);
	r->engine = e;
	r->task.run = find_released;
	r->task.done = on_found;
	e->tasks++;
	worker_put(e->writer, &r->task);
}
