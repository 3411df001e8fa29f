/* xml_priv.h - what the files of xml.h share. */
#pragma once
#include "core/base/err.h"
#include "core/plugin/host_text.h"
#include "core/plugin/xml.h"

/* ---- compiled tables (xml_compile.c) ---- */

/* A VALUE or CONST row at a state.  `up`: the scope it is about, counted from the innermost at that state. */
struct xml_action {
	const struct lg_xml_row *row;
	const struct field *field; /* NULL: only a hook */
	uint32_t bit;              /* its condition in that scope; 0: none */
	uint16_t name;             /* of an attribute */
	uint8_t up;
	lg_str value; /* CONST */
};

/* A row that opens a scope at a state, in order; `parent` counts from the innermost scope before any was opened. */
struct xml_open {
	const struct lg_xml_row *row;
	uint32_t need; /* conditions */
	uint8_t parent;
	bool variant; /* filled apart, and kept if it fits */
};

struct xml_state;

struct xml_edge {
	uint16_t name; /* 0: free slot */
	struct xml_state *to;
};

struct xml_state {
	struct xml_edge *edges; /* open addressing by name */
	uint32_t edge_mask;
	struct xml_action *values, *attributes;
	struct xml_open *opens;
	uint16_t value_count, attribute_count, open_count;
	bool skip, mixed, currency;
};

/* A name that the table knows: an element in a space, or an attribute (space XML_ATTRIBUTE). */
struct xml_name {
	lg_str local;
	uint16_t space, next; /* next with the same hash; 0: none */
};

#define XML_ATTRIBUTE 0xffff
#define XML_NAME_SLOTS 1024

struct xml_table {
	struct arena arena;
	const struct lg_xml *xml;
	struct xml_name *names; /* from 1 */
	uint16_t name_count;
	size_t name_cap;
	uint16_t slots[XML_NAME_SLOTS];
	struct xml_state *root;
	struct xml_table *next;
};

/* Never fails: a table that makes no sense is a bug of its plugin, die(). */
const struct xml_table *xml_table_of(const struct lg_xml *xml);
/* 0: the table does not know it. */
uint16_t xml_name_find(const struct xml_table *t, uint16_t space, lg_str local);
static inline bool xml_opens(const struct lg_xml_row *row)
{
	return row->kind == LG_XML_OBJECT || row->kind == LG_XML_GROUP || row->kind == LG_XML_RECORD ||
	       row->kind == LG_XML_SCRATCH;
}
static inline const struct lg_xml_row *xml_row(const struct lg_xml_rows *rows, uint32_t i)
{
	return (const struct lg_xml_row *)(const void *)((const char *)rows->rows + (size_t)i * rows->row_size);
}

/* ---- values (xml_value.c) ---- */

enum xml_set { XML_SET, XML_SAME, XML_DIFFERS, XML_BAD };

/* Sets the field, unless it has a value (XML_SAME, XML_DIFFERS) and `last` is false.  `why`: what it should be. */
enum xml_set xml_value_set(struct lg_rec *rec, const struct field *f, enum lg_xml_form form, lg_str text, bool last,
			   const char **why);
/* The text of a field that is not a list or an object, appended to `out`; false: absent. */
bool xml_value_text(const struct lg_rec *rec, const struct field *f, enum lg_xml_form form, int digits,
		    struct buf *out);
/* The other side of a pair in "a=b|c=d"; false: there is none. */
bool xml_map(const char *map, bool to_wire, lg_str from, lg_str *out);
