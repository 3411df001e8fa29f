/* loader.h - finds plugins, judges them without running their code, and keeps what they offer.
   A plugin is never unloaded (callbacks and thread-exit handlers would run into nothing); a refused one stays mapped
   and inert.  The registry is filled on the loop thread before anything else runs and is constant afterwards. */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/map.h"
#include "core/plugin/loligo.h"

struct plugin {
	const char *path;
	struct lg_plugin desc; /* a copy: members that an older plugin lacks are NULL */
	struct lg_format *formats;
	struct lg_step *steps;
	struct lg_connector *connectors;
	struct lg_operation **operations; /* of each connector */
};

struct registry {
	struct arena arena;
	struct map formats, steps, connectors; /* name to the copied descriptor */
	struct plugin **plugins;
	size_t count, cap;
};

/* A zeroed registry is empty. */
void registry_fini(struct registry *);
/* Loads one file.  Refused with a reason: not a plugin, another ABI, a damaged or lying descriptor, a name that is
 * taken. */
bool registry_load(struct registry *, const char *path, struct err *);
/* Loads every .so of a folder, in order of name.  A refusal is told to `refused` and the others go on; false only when
   the folder cannot be read. */
bool registry_scan(struct registry *, const char *folder, void (*refused)(void *ctx, const struct err *), void *ctx,
		   struct err *);

const struct lg_format *registry_format(const struct registry *, lg_str name);
const struct lg_step *registry_step(const struct registry *, lg_str name);
const struct lg_connector *registry_connector(const struct registry *, lg_str name);
