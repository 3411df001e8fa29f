/* json.h - a pull parser and the escapes.  RFC 8259, numbers kept as the text they were (no JSON library of Debian does
   that, and an amount must not pass through a binary float), depth limited, duplicate names left to the caller. */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/str.h"

#define JSON_DEPTH_MAX 64

enum json_type {
	JSON_BAD, /* the error is set */
	JSON_END,
	JSON_NULL,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NUMBER, /* text as written */
	JSON_STRING, /* text decoded, UTF-8; "\u0000" and lone surrogates are refused */
	JSON_NAME,   /* of a member; its value follows */
	JSON_ARRAY,
	JSON_ARRAY_END,
	JSON_OBJECT,
	JSON_OBJECT_END
};

struct json {
	lg_str in;
	size_t at;
	struct arena *arena; /* for texts with escapes in them; others point into `in` */
	struct err *err;
	uint64_t objects; /* bit: the open container at that depth is an object */
	int depth;
	int state;
	size_t start; /* of the last token, for messages */
};

void json_init(struct json *j, lg_str in, struct arena *arena, struct err *err);
/* The next token; *text is set for numbers, strings and names. */
enum json_type json_next(struct json *j, lg_str *text);
/* Passes the value that begins with the token `t`; false on an error. *raw: its text as written. */
bool json_skip(struct json *j, enum json_type t, lg_str *raw);
/* Fills the error's line and column from a position in the text; returns false. */
bool json_place(const struct json *j, size_t at);

/* "text" with quotes. */
void json_quote(struct buf *b, lg_str s);
