/* control.h - persons' decisions, whether a hub runs or not: over its socket, or in the store itself. */
#pragma once
#include "core/base/err.h"

struct engine;
struct control;

/* Listens beside the store (hub.db.sock) as long as the engine runs. */
struct control *control_open(struct engine *, const char *path, struct err *);
void control_free(struct control **);
