/* serve.h - lines over a socket of the file system: how a command speaks to a hub that runs.
   One request a connection: a line, at most SERVE_LINE_MAX bytes; the answer is text, after which the hub closes. */
#pragma once
#include "core/base/str.h"
#include "core/io/loop.h"

#define SERVE_LINE_MAX ((size_t)1 << 20)

struct server;
struct request;

/* Runs on the loop; answers now or later, exactly once, by serve_answer. */
typedef void serve_fn(void *ctx, struct request *, lg_str line);

/* Only the owner of the process may connect (mode 0600).  A socket that a dead process left is replaced. */
struct server *serve_open(struct loop *, const char *path, serve_fn *, void *ctx, struct err *err);
/* Before the loop ends: closes the socket and every connection; removes the file. */
void serve_close(struct server **);
void serve_answer(struct request *, lg_str text); /* copied */

/* The other side, blocking: sends the line and appends the answer.  False with class ERR_RETRY when nobody listens. */
bool serve_ask(const char *path, lg_str line, struct buf *answer, struct err *err);
