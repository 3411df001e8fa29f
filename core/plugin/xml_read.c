#include "core/plugin/xml_reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes without an event after which a start tag counts as an attack: libxml2 compares each attribute of an element
   with all others. */
#define SILENT_MAX (128 * 1024)
#define TEXT_KEPT (1024 * 1024) /* a larger buffer, of an attachment, is given back */

uint32_t xml_line(const struct xml_reader *x)
{
	return x->parser->input && x->parser->input->line > 0 ? (uint32_t)x->parser->input->line : 1;
}

void xml_stop(struct xml_reader *x, lg_status status)
{
	if (x->status != LG_OK)
		return;
	x->status = status;
	if (!x->feeding) /* the parser's input must stay while it asks for bytes */
		xmlStopParser(x->parser);
}

void xml_refuse(struct xml_reader *x, const char *id, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (x->status != LG_OK)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	x->r->fail(x->r->job, id, xml_line(x), x->parser->input ? (uint32_t)x->parser->input->col : 0, "%s", text);
	xml_stop(x, LG_REJECT);
}

/* ---- names ---- */

static bool space_is(const char *uri, lg_str actual)
{
	lg_str s = str_of(uri);

	if (s.len > 0 && s.ptr[s.len - 1] == '*')
		return str_starts(actual, str_sub(s, 0, s.len - 1));
	return str_eq(s, actual);
}

static uint16_t find_name(const struct xml_reader *x, const xmlChar *local, const xmlChar *uri)
{
	const struct lg_xml *xml = x->table->xml;
	lg_str name = str_of((const char *)local), space = str_of((const char *)uri);
	uint16_t id = 0;

	for (uint32_t i = 0; i < xml->space_count && id == 0; i++)
		if (space_is(xml->spaces[i].uri, space))
			id = xml_name_find(x->table, (uint16_t)i, name);
	return id;
}

/* The parser keeps each name once, so that its address stands for it. */
static uint16_t name_of(struct xml_reader *x, const xmlChar *local, const xmlChar *uri)
{
	uintptr_t h = ((uintptr_t)local >> 3) ^ ((uintptr_t)uri >> 2);
	struct xml_memo *m;

	for (;; h++) {
		m = &x->memo[h % XML_MEMO];
		if (m->local == local && m->uri == uri && m->used)
			return m->name;
		if (!m->used)
			break;
	}
	if (x->memo_count == XML_MEMO * 3 / 4)
		return find_name(x, local, uri);
	x->memo_count++;
	*m = (struct xml_memo){ local, uri, find_name(x, local, uri), true };
	return m->name;
}

static const struct xml_state *edge(const struct xml_state *s, uint16_t name)
{
	uint32_t i = name & s->edge_mask;

	while (s->edges[i].name && s->edges[i].name != name)
		i = (i + 1) & s->edge_mask;
	return s->edges[i].to;
}

/* ---- elements ---- */

static void unknown(struct xml_reader *x, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri)
{
	if (x->depth == 0) {
		xml_refuse(x, "xml.unknown_root",
			   "the document is a \"%.80s\" of the namespace \"%.200s\", which is not read",
			   (const char *)local, uri ? (const char *)uri : "");
		return;
	}
	xml_note(x, "xml.unknown_element", local, "/%.100s%s%.100s is not read", prefix ? (const char *)prefix : "",
		 prefix ? ":" : "", (const char *)local);
}

/* SAX2 gives five pointers an attribute: name, prefix, namespace, value, end of the value. */
static void on_attribute(struct xml_reader *x, const struct xml_state *s, const xmlChar **at)
{
	const char *currency = x->table->xml->currency_attribute;
	lg_str name = str_of((const char *)at[0]), value = { (const char *)at[3], (size_t)(at[4] - at[3]) };

	for (uint16_t i = 0; i < s->attribute_count; i++)
		if (str_eq(x->table->names[s->attributes[i].name].local, name))
			xml_value(x, &s->attributes[i], value);
	if (!s->currency || currency == NULL || !str_is(name, currency))
		return;
	for (uint16_t i = 0; i < s->value_count; i++)
		if (s->values[i].row->currency)
			xml_currency(x, &s->values[i], value);
}

static void on_start(void *ctx, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri, int ns_count,
		     const xmlChar **ns, int attr_count, int defaulted, const xmlChar **attrs)
{
	struct xml_reader *x = ctx;
	const struct xml_state *s;
	uint16_t name;

	(void)ns_count, (void)ns, (void)defaulted;
	x->silent = 0;
	if (x->status != LG_OK)
		return;
	if (x->skip > 0 || (x->collect && x->frames[x->depth].state->mixed)) {
		x->skip++;
		return;
	}
	x->collect = false;
	name = name_of(x, local, uri);
	s = name ? edge(x->frames[x->depth].state, name) : NULL;
	if (s == NULL || s->skip) {
		if (s == NULL)
			unknown(x, local, prefix, uri);
		x->skip = 1;
		return;
	}
	if (x->depth == x->limits.depth) {
		xml_refuse(x, "xml.depth", "elements are nested more than %u deep", x->limits.depth);
		return;
	}
	x->frames[++x->depth] = (struct xml_frame){ s, local, prefix };
	if (s->open_count > 0)
		xml_scopes_open(x, s);
	if (s->attribute_count > 0 || s->currency)
		for (int i = 0; i < attr_count && x->status == LG_OK; i++)
			on_attribute(x, s, attrs + (size_t)i * 5);
	x->text.len = 0;
	x->collect = s->value_count > 0;
}

static void on_end(void *ctx, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri)
{
	struct xml_reader *x = ctx;
	const struct xml_state *s;

	(void)local, (void)prefix, (void)uri;
	x->silent = 0;
	if (x->status != LG_OK)
		return;
	if (x->skip > 0) {
		x->skip--;
		return;
	}
	s = x->frames[x->depth].state;
	if (x->collect)
		for (uint16_t i = 0; i < s->value_count && x->status == LG_OK; i++)
			xml_value(x, &s->values[i], buf_view(&x->text));
	if (x->text.cap > TEXT_KEPT)
		buf_fini(&x->text);
	x->collect = false;
	if (s->open_count > 0 && x->status == LG_OK)
		xml_scopes_close(x, s);
	if (x->status == LG_OK)
		x->depth--;
}

static void on_text(void *ctx, const xmlChar *text, int n)
{
	struct xml_reader *x = ctx;

	x->silent = 0;
	if (!x->collect || x->status != LG_OK)
		return;
	if (x->text.len + (size_t)n > x->limits.text) {
		xml_refuse(x, "xml.text_limit",
			   "the text of %.*s is longer than the limit of %llu bytes (text_max of the format)",
			   STRA(xml_path(x)), (unsigned long long)x->limits.text);
		return;
	}
	memcpy(buf_room(&x->text, (size_t)n), text, (size_t)n);
	x->text.len += (size_t)n;
}

/* ---- what is not accepted ---- */

static void on_entity(void *ctx, const xmlChar *name, int type, const xmlChar *public_id, const xmlChar *system_id,
		      xmlChar *content)
{
	(void)type, (void)public_id, (void)system_id, (void)content;
	xml_refuse(ctx, "xml.entity", "the document declares an entity (\"%.80s\"); entities are not expanded",
		   (const char *)name);
}

static void on_unparsed_entity(void *ctx, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id,
			       const xmlChar *notation)
{
	(void)notation;
	on_entity(ctx, name, 0, public_id, system_id, NULL);
}

static void on_attribute_declaration(void *ctx, const xmlChar *element, const xmlChar *name, int type, int def,
				     const xmlChar *value, xmlEnumeration *tree)
{
	(void)element, (void)type, (void)def, (void)value;
	xmlFreeEnumeration(tree);
	xml_refuse(ctx, "xml.dtd", "the document declares the attribute \"%.80s\" in a DTD; declarations are not used",
		   (const char *)name);
}

static void on_reference(void *ctx, const xmlChar *name)
{
	xml_refuse(ctx, "xml.entity", "the entity \"%.80s\" is not known", (const char *)name);
}

static xmlEntity *get_entity(void *ctx, const xmlChar *name)
{
	(void)ctx;
	return xmlGetPredefinedEntity(name);
}

static const char *error_id(const struct xml_reader *x, int code)
{
	const xmlParserInput *in = x->parser ? x->parser->input : NULL;

	switch (code) {
	case XML_ERR_INVALID_CHAR:
	case XML_ERR_INVALID_ENCODING:
	case XML_ERR_UNKNOWN_ENCODING:
	case XML_ERR_UNSUPPORTED_ENCODING:
	case XML_I18N_CONV_FAILED:
	case XML_I18N_NO_HANDLER:
		return "xml.encoding";
	case XML_ERR_UNDECLARED_ENTITY:
	case XML_WAR_UNDECLARED_ENTITY:
		return "xml.entity";
	case XML_ERR_DOCUMENT_EMPTY:
		return "xml.empty";
	default:
		return x->eof && in && in->cur >= in->end ? "xml.truncated" : "xml.not_well_formed";
	}
}

/* One line of what libxml2 says. */
static void on_error(void *ctx, xmlError *e)
{
	struct xml_reader *x = ctx;
	char text[400];
	size_t n = 0;

	if (x->status != LG_OK || (e->level == XML_ERR_WARNING && e->code != XML_WAR_UNDECLARED_ENTITY))
		return;
	for (const char *p = e->message ? e->message : "not well-formed"; *p && n < sizeof text - 1; p++)
		text[n++] = *p == '\n' ? ' ' : *p;
	while (n > 0 && text[n - 1] == ' ')
		n--;
	text[n] = '\0';
	if (e->domain == XML_FROM_NAMESPACE && e->level != XML_ERR_FATAL) {
		xml_note(x, "xml.namespace", NULL, ": %s", text);
		return;
	}
	x->r->fail(x->r->job, error_id(x, e->code), e->line > 0 ? (uint32_t)e->line : xml_line(x),
		   e->int2 > 0 ? (uint32_t)e->int2 : 0, "%s", text);
	xml_stop(x, LG_REJECT);
}

/* ---- bytes ---- */

static bool too_silent(const struct xml_reader *x)
{
	xmlParserInputState state = x->parser ? x->parser->instate : XML_PARSER_START;

	if (state == XML_PARSER_CDATA_SECTION || state == XML_PARSER_COMMENT || state == XML_PARSER_PI)
		return false; /* libxml2's own limit holds: 10 MB */
	return x->silent > SILENT_MAX;
}

/* The parser takes a short read for the end of what can be had, so the room is filled. */
static int on_bytes(void *ctx, char *out, int room)
{
	struct xml_reader *x = ctx;
	size_t n = 0;

	x->feeding = true;
	if (x->status == LG_OK && x->parser && too_silent(x))
		xml_refuse(x, "xml.markup_limit", "more than %d bytes of markup before an end", SILENT_MAX);
	x->feeding = false;
	if (x->status != LG_OK)
		return -1;
	while (n < (size_t)room && !x->eof) {
		lg_str part = str_sub(x->chunk, 0, (size_t)room - n);

		if (part.len == 0) {
			x->chunk = x->r->next(x->r->job);
			x->eof = x->chunk.len == 0;
			continue;
		}
		memcpy(out + n, part.ptr, part.len);
		x->chunk = str_from(x->chunk, part.len);
		n += part.len;
	}
	x->silent += n;
	return (int)n;
}

static const xmlSAXHandler handler = {
	.initialized = XML_SAX2_MAGIC,
	.startElementNs = on_start,
	.endElementNs = on_end,
	.characters = on_text,
	.cdataBlock = on_text,
	.ignorableWhitespace = on_text,
	.entityDecl = on_entity,
	.unparsedEntityDecl = on_unparsed_entity,
	.attributeDecl = on_attribute_declaration,
	.reference = on_reference,
	.getEntity = get_entity,
	.serror = on_error,
};

static void run(struct xml_reader *x)
{
	xmlSAXHandler sax = handler; /* copied by the parser */

	x->parser = xmlCreateIOParserCtxt(&sax, x, on_bytes, NULL, x, XML_CHAR_ENCODING_NONE);
	if (x->parser == NULL)
		die("xml: no memory for a parser");
	xmlCtxtUseOptions(x->parser, XML_PARSE_NONET | XML_PARSE_COMPACT);
	xmlParseDocument(x->parser);
	if (x->status == LG_OK && !x->parser->wellFormed)
		xml_refuse(x, "xml.not_well_formed", "the document is not well-formed XML");
	if (x->status == LG_OK)
		xml_notes_tell(x);
	if (x->parser->myDoc) /* made by libxml2 for the declarations of a DTD */
		xmlFreeDoc(x->parser->myDoc);
	xmlFreeParserCtxt(x->parser);
}

static struct xml_reader *reader_new(const struct lg_read *r, const struct lg_xml *xml,
				     const struct lg_xml_limits *limits, void *ctx)
{
	struct xml_reader *x = xalloc(sizeof *x);

	x->r = r;
	x->ctx = ctx;
	x->table = xml_table_of(xml);
	if (limits)
		x->limits = *limits;
	if (x->limits.depth == 0 || x->limits.depth > XML_DEPTH_MAX)
		x->limits.depth = 200;
	if (x->limits.text == 0)
		x->limits.text = 256u << 20;
	x->frames[0].state = x->table->root;
	x->scopes = xgrow(NULL, &x->scope_cap, 8, sizeof *x->scopes);
	x->scopes[x->scope_count++] = (struct xml_scope){ .line = 1 };
	return x;
}

lg_status xml_read(const struct lg_read *r, const struct lg_xml *xml, const struct lg_xml_limits *limits, void *ctx)
{
	struct xml_reader *x = reader_new(r, xml, limits, ctx);
	lg_status status;

	run(x);
	status = x->status;
	free(x->scopes);
	buf_fini(&x->text);
	arena_fini(&x->arena);
	free(x);
	return status;
}
