/* xml_reader.h - one document being read: shared by xml_read.c (events), xml_scope.c (objects) and xml_note.c (findings
   that are told once a path). */
#pragma once
#include "core/plugin/xml_priv.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>

struct xml_scope {
	const struct xml_open *open;  /* NULL: the document */
	struct lg_rec *obj, *top;     /* what is filled; the record that it is in */
	uint32_t have;                /* conditions that are met */
	bool failed;                  /* one is not */
	const struct xml_action *odd; /* variant: a currency that is not the document's, to be told if it is kept */
	lg_str odd_text;
	uint32_t line;
	uint64_t offset;
};

struct xml_frame {
	const struct xml_state *state;
	const xmlChar *local, *prefix;
};

#define XML_DEPTH_MAX 256 /* libxml2 itself goes no deeper */
#define XML_MEMO 1024     /* slots; a power of two */
#define XML_NOTES 256     /* slots */

/* A name as the parser gives it, by address, and what the table knows of it. */
struct xml_memo {
	const void *local, *uri;
	uint16_t name;
	bool used;
};

/* Something that was seen `count` times at one path. */
struct xml_note {
	const char *id;
	const void *where, *what;
	uint32_t line, count;
	lg_str text;
};

struct xml_reader {
	const struct lg_read *r;
	const struct xml_table *table;
	struct lg_xml_limits limits;
	void *ctx;
	xmlParserCtxt *parser;
	struct arena arena;

	struct xml_frame frames[XML_DEPTH_MAX + 1];
	size_t depth; /* of frames; 0: the document */
	struct xml_scope *scopes;
	size_t scope_count, scope_cap;
	unsigned skip; /* elements inside one that is passed over */
	bool collect;  /* text belongs to the innermost frame */
	struct buf text;
	lg_status status; /* other than LG_OK: over */

	lg_str chunk;  /* what is left of the last bytes */
	size_t silent; /* bytes since the last event */
	bool eof, feeding;

	struct xml_memo memo[XML_MEMO];
	size_t memo_count;
	struct xml_note notes[XML_NOTES];
	struct xml_note *order[XML_NOTES]; /* as they came */
	size_t note_count;
	uint32_t notes_lost;
};

void xml_stop(struct xml_reader *x, lg_status status);
/* Refuses the input at the place where the parser is; the first reason counts. */
void xml_refuse(struct xml_reader *x, const char *id, const char *fmt, ...) ATTR_PRINTF(3, 4);
uint32_t xml_line(const struct xml_reader *x);

/* xml_scope.c.  The scopes of the innermost frame's state. */
void xml_scopes_open(struct xml_reader *x, const struct xml_state *s);
void xml_scopes_close(struct xml_reader *x, const struct xml_state *s);
/* The text of the element or of one attribute, for each row about it. */
void xml_value(struct xml_reader *x, const struct xml_action *a, lg_str text);
/* A currency attribute and the field that it should agree with. */
void xml_currency(struct xml_reader *x, const struct xml_action *a, lg_str text);

/* xml_note.c.  `what` with `where` tells paths apart; the text is made at the first time only. */
void xml_note(struct xml_reader *x, const char *id, const void *what, const char *fmt, ...) ATTR_PRINTF(4, 5);
void xml_notes_tell(const struct xml_reader *x);
/* "/Invoice/cac:Party", memory of the reader. */
lg_str xml_path(struct xml_reader *x);
