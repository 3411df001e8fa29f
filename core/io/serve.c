#include "core/io/serve.h"

#include "core/base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

struct server {
	uv_pipe_t pipe;
	serve_fn *fn;
	void *ctx;
	struct list requests; /* request::link */
	char *path;
	bool closing;
};

struct request {
	uv_pipe_t pipe;
	uv_write_t write;
	struct list link;
	struct server *server;
	struct buf in, out;
	bool asked, closing;
};

static void maybe_free(struct server *s)
{
	if (!s->closing || !list_empty(&s->requests) || uv_is_active((uv_handle_t *)&s->pipe))
		return;
	unlink(s->path);
	free(s->path);
	free(s);
}

static void on_request_closed(uv_handle_t *h)
{
	struct request *r = h->data;
	struct server *s = r->server;

	list_remove(&r->link);
	buf_fini(&r->in);
	buf_fini(&r->out);
	free(r);
	maybe_free(s);
}

static void close_request(struct request *r)
{
	if (r->closing)
		return;
	r->closing = true;
	uv_close((uv_handle_t *)&r->pipe, on_request_closed);
}

static void on_written(uv_write_t *w, int status)
{
	(void)status; /* who asked has gone: there is nobody to tell */
	close_request(w->data);
}

void serve_answer(struct request *r, lg_str text)
{
	uv_buf_t b;

	if (r->closing)
		return;
	buf_add(&r->out, text);
	b = uv_buf_init(r->out.ptr, (unsigned)r->out.len);
	r->write.data = r;
	if (uv_write(&r->write, (uv_stream_t *)&r->pipe, &b, 1, on_written) != 0)
		close_request(r);
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *out)
{
	struct request *r = h->data;

	(void)suggested;
	*out = uv_buf_init(buf_room(&r->in, 4096), 4096);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct request *r = stream->data;
	size_t end;

	(void)b;
	if (n < 0 || r->in.len + (size_t)MAX(n, 0) > SERVE_LINE_MAX) {
		uv_read_stop(stream);
		if (!r->asked)
			close_request(r);
		return;
	}
	r->in.len += (size_t)n;
	end = str_chr(buf_view(&r->in), '\n');
	if (r->asked || end == r->in.len)
		return;
	r->asked = true;
	uv_read_stop(stream);
	r->server->fn(r->server->ctx, r, str_sub(buf_view(&r->in), 0, end));
}

static void on_connection(uv_stream_t *stream, int status)
{
	struct server *s = stream->data;
	struct request *r;

	if (status != 0 || s->closing)
		return;
	r = xalloc(sizeof *r);
	r->server = s;
	uv_pipe_init(stream->loop, &r->pipe, 0);
	r->pipe.data = r;
	list_append(&s->requests, &r->link);
	if (uv_accept(stream, (uv_stream_t *)&r->pipe) != 0 ||
	    uv_read_start((uv_stream_t *)&r->pipe, on_alloc, on_read) != 0)
		close_request(r);
}

static bool unusable(struct err *err, const char *path, const char *why)
{
	return err_set(err, ERR_CONFIG, "serve.socket", "the socket \"%s\" cannot be used: %s", path, why);
}

static void on_failed_closed(uv_handle_t *h)
{
	struct server *s = h->data;

	free(s->path);
	free(s);
}

struct server *serve_open(struct loop *loop, const char *path, serve_fn *fn, void *ctx, struct err *err)
{
	struct server *s;
	mode_t mask;
	int rc;

	if (strlen(path) >= sizeof((struct sockaddr_un *)0)->sun_path) {
		unusable(err, path, "its path is too long");
		err_hint(err, "put the store into a folder with a shorter path");
		return NULL;
	}
	s = xalloc(sizeof *s);
	s->fn = fn;
	s->ctx = ctx;
	s->path = strdup(path);
	list_init(&s->requests);
	uv_pipe_init(loop_uv(loop), &s->pipe, 0);
	s->pipe.data = s;
	unlink(path); /* the store's lock says that no other hub is alive */
	mask = umask(0177);
	rc = uv_pipe_bind(&s->pipe, path);
	umask(mask);
	if (rc == 0)
		rc = uv_listen((uv_stream_t *)&s->pipe, 16, on_connection);
	if (rc == 0)
		return s;
	unusable(err, path, uv_strerror(rc));
	uv_close((uv_handle_t *)&s->pipe, on_failed_closed);
	return NULL;
}

static void on_server_closed(uv_handle_t *h)
{
	maybe_free(h->data);
}

void serve_close(struct server **sp)
{
	struct server *s = *sp;

	if (s == NULL)
		return;
	*sp = NULL;
	s->closing = true;
	list_each (pos, &s->requests)
		close_request(container_of(pos, struct request, link));
	uv_close((uv_handle_t *)&s->pipe, on_server_closed);
}

/* ---- the other side ---- */

static int dial(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof a.sun_path)
		return fd;
	memcpy(a.sun_path, path, strlen(path) + 1);
	if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
		return fd;
	close(fd);
	return -1;
}

bool serve_ask(const char *path, lg_str line, struct buf *answer, struct err *err)
{
	int fd = dial(path);
	ssize_t n = 1;

	if (fd < 0)
		return err_set(err, ERR_RETRY, "serve.nobody", "no hub answers at \"%s\": %s", path, strerror(errno));
	while (line.len > 0 && (n = send(fd, line.ptr, line.len, MSG_NOSIGNAL)) > 0)
		line = str_from(line, (size_t)n);
	if (n > 0)
		n = send(fd, "\n", 1, MSG_NOSIGNAL);
	while (n > 0) {
		n = recv(fd, buf_room(answer, 4096), 4096, 0);
		answer->len += (size_t)MAX(n, 0);
	}
	close(fd);
	if (n < 0)
		return err_set(err, ERR_RETRY, "serve.broken", "the hub did not answer: %s", strerror(errno));
	return true;
}
