/* yaml.h - YAML to a tree that knows where everything stands.
   YAML 1.2 in its attitude: a scalar is a text, and the declared type of the field it fills decides what it means. Read
   with libyaml under limits on size, depth, nodes (aliases counted by what they expand to).  Refused: duplicate keys,
   keys that are not scalars, tags, more than one document, text that is not UTF-8. */
#pragma once
#include "core/conf/diag.h"

#define YAML_SIZE_MAX ((size_t)32 << 20) /* bytes of a file */
#define YAML_DEPTH_MAX 32
#define YAML_NODES_MAX ((size_t)4 << 20) /* of a file, aliases expanded */
#define YAML_ALIASES_MAX 10000

enum yaml_type { YAML_SCALAR, YAML_SEQ, YAML_MAP };

struct yaml_node;
struct yaml_pair {
	struct yaml_node *key, *value;
};

/* Belongs to the arena.  An alias is the node it names, so a node may have several parents. */
struct yaml_node {
	uint8_t type;          /* enum yaml_type */
	bool plain;            /* SCALAR: written without quotes */
	bool block;            /* SCALAR: written with | */
	bool filled;           /* SCALAR: interpolated; its text does not stand in the file */
	bool secret;           /* SCALAR: never to be printed */
	uint32_t line, column; /* from 1, in characters */
	uint32_t count;        /* SEQ, MAP */
	uint32_t weight;       /* nodes below and this one, aliases expanded */
	struct source *source;
	union {
		lg_str text;              /* SCALAR, with a NUL behind it */
		struct yaml_node **items; /* SEQ */
		struct yaml_pair *pairs;  /* MAP, in the order of the file */
	};
};

/* Reads a file; `name` is the path to open and to print.  Never NULL: source->error says why it could not be read. */
struct source *source_open(struct arena *a, lg_str name, struct source *parent);
/* Reports that it could not be read, at the place that names it (or at the file itself when that is nowhere). */
bool source_report(struct source *s, struct place from, struct diag *d);
/* Up to max + 1 bytes of a regular file, with a NUL behind them; false with errno. */
bool source_read(struct arena *a, const char *path, size_t max, lg_str *out);
/* Parses source->text; NULL with all that is wrong in d when it is not valid.  An empty text is an empty map. */
struct yaml_node *yaml_parse(struct arena *a, struct source *source, struct diag *d);

struct place yaml_place(const struct yaml_node *n);
/* The place of a line and column (from 1) inside the scalar's text. */
struct place yaml_place_in(const struct yaml_node *n, int line, int column);
/* Value of a key; NULL: not there, or not a map. */
struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);
/* Nothing was written: a plain scalar that is empty, `~` or `null`. */
bool yaml_is_null(const struct yaml_node *n);
/* "a text", "a list", "a map" */
const char *yaml_type_name(const struct yaml_node *n);
/* A scalar that no file holds. */
struct yaml_node *yaml_scalar(struct arena *a, lg_str text, struct place at);
