#include "core/conf/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

struct reader {
	yaml_parser_t parser;
	yaml_event_t event;
	bool has_event;
	struct arena *arena;
	struct source *source;
	struct diag *diag;
	struct map anchors;       /* name -> node, or &unfinished */
	struct yaml_node **stack; /* children whose parent is not complete */
	size_t stack_len, stack_cap;
	size_t aliases;
	int depth;
	bool bad; /* something was reported that does not stop the reading */
};

static struct yaml_node unfinished;

static struct yaml_node *read_node(struct reader *r);

static struct place mark_place(const struct reader *r, yaml_mark_t mark)
{
	return (struct place){ r->source, (uint32_t)mark.line + 1, (uint32_t)mark.column + 1 };
}

static struct place here(const struct reader *r)
{
	return mark_place(r, r->event.start_mark);
}

/* ---- what can go wrong ---- */

/* A byte position as line and column. */
static struct place byte_place(struct source *s, size_t at)
{
	struct place p = { s, 1, 1 };
	lg_str before = str_sub(s->text, 0, at);

	while (before.len > 0) {
		bool newline = utf8_next(&before) == '\n';

		p.line += newline;
		p.column = newline ? 1 : p.column + 1;
	}
	return p;
}

static bool report_syntax(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	struct place at = p->error == YAML_READER_ERROR ? byte_place(r->source, p->problem_offset)
							: mark_place(r, p->problem_mark);
	lg_str line = source_line(r->source, at.line);

	diag_error(r->diag, at, "not valid YAML: %s%s%s", p->problem ? p->problem : "cannot be read",
		   p->context ? " " : "", p->context ? p->context : "");
	if (str_chr(line, '\t') < line.len)
		return diag_hint(r->diag, "indent with blanks: a tab may not stand here");
	if (p->context != NULL && p->context_mark.line + 1 != at.line)
		return diag_hint(r->diag, "it began at line %zu", p->context_mark.line + 1);
	return diag_hint(r->diag, "a text with \": \", \" #\", or one of []{}*&!|>%%@` in front needs quotes");
}

static bool next_event(struct reader *r)
{
	if (r->has_event)
		yaml_event_delete(&r->event);
	r->has_event = yaml_parser_parse(&r->parser, &r->event) != 0;
	return r->has_event || report_syntax(r);
}

/* ---- nodes ---- */

static struct yaml_node *new_node(struct reader *r, enum yaml_type type)
{
	struct yaml_node *n = arena_new(r->arena, struct yaml_node);

	n->type = (uint8_t)type;
	n->line = (uint32_t)r->event.start_mark.line + 1;
	n->column = (uint32_t)r->event.start_mark.column + 1;
	n->weight = 1;
	n->source = r->source;
	return n;
}

static void set_anchor(struct reader *r, lg_str name, struct yaml_node *n)
{
	if (name.len > 0)
		map_put(&r->anchors, name, n);
}

static lg_str anchor_name(struct reader *r, const yaml_char_t *anchor)
{
	return anchor ? arena_str(r->arena, str_of((const char *)anchor)) : STR_NONE;
}

static bool refuse_tag(struct reader *r, const yaml_char_t *tag)
{
	if (tag == NULL || strcmp((const char *)tag, "!") == 0)
		return true;
	diag_error(r->diag, here(r), "the tag \"%s\" is not used here", (const char *)tag);
	return diag_hint(r->diag, "leave it out: what a value means is decided by its key");
}

static struct yaml_node *read_scalar(struct reader *r)
{
	struct yaml_node *n = new_node(r, YAML_SCALAR);
	yaml_scalar_style_t style = r->event.data.scalar.style;

	if (!refuse_tag(r, r->event.data.scalar.tag))
		return NULL;
	n->plain = style == YAML_PLAIN_SCALAR_STYLE;
	n->block = style == YAML_LITERAL_SCALAR_STYLE;
	n->text =
		arena_str(r->arena, (lg_str){ (const char *)r->event.data.scalar.value, r->event.data.scalar.length });
	set_anchor(r, anchor_name(r, r->event.data.scalar.anchor), n);
	return n;
}

static struct yaml_node *read_alias(struct reader *r)
{
	lg_str name = str_of((const char *)r->event.data.alias.anchor);
	struct yaml_node *n = map_get(&r->anchors, name);

	if (n == NULL)
		diag_error(r->diag, here(r), "no anchor \"&%.*s\" stands before this", STRA(name));
	else if (n == &unfinished)
		diag_error(r->diag, here(r), "\"*%.*s\" stands inside what it names", STRA(name));
	else if (++r->aliases > YAML_ALIASES_MAX)
		diag_error(r->diag, here(r), "more than %d aliases in one file", YAML_ALIASES_MAX);
	else
		return n;
	return NULL;
}

static bool add_child(struct reader *r, struct yaml_node *parent, struct yaml_node *child)
{
	if (child == NULL)
		return false;
	parent->weight += child->weight;
	if (parent->weight > YAML_NODES_MAX) {
		diag_error(r->diag, yaml_place(parent), "more than %zu nodes, what aliases repeat included",
			   YAML_NODES_MAX);
		return diag_hint(r->diag,
				 "a file of this kind is mostly an attack: lists of aliases of lists of aliases");
	}
	r->stack = xgrow(r->stack, &r->stack_cap, r->stack_len + 1, sizeof(struct yaml_node *));
	r->stack[r->stack_len++] = child;
	return true;
}

static struct yaml_node *read_seq(struct reader *r)
{
	struct yaml_node *n = new_node(r, YAML_SEQ);
	size_t base = r->stack_len;
	lg_str anchor = anchor_name(r, r->event.data.sequence_start.anchor);

	if (!refuse_tag(r, r->event.data.sequence_start.tag))
		return NULL;
	set_anchor(r, anchor, &unfinished);
	for (;;) {
		if (!next_event(r))
			return NULL;
		if (r->event.type == YAML_SEQUENCE_END_EVENT)
			break;
		if (!add_child(r, n, read_node(r)))
			return NULL;
	}
	n->count = (uint32_t)(r->stack_len - base);
	n->items = arena_array(r->arena, struct yaml_node *, n->count);
	if (n->count > 0)
		memcpy(n->items, r->stack + base, n->count * sizeof *n->items);
	r->stack_len = base;
	set_anchor(r, anchor, n);
	return n;
}

/* The earlier pair with the key of pair i; `seen` is for maps too large to look at each pair. */
static const struct yaml_node *earlier(const struct yaml_node *n, uint32_t i, struct map *seen)
{
	struct yaml_node *key = n->pairs[i].key;

	if (n->count > 16)
		return map_put(seen, key->text, key);
	for (uint32_t j = 0; j < i; j++)
		if (str_eq(n->pairs[j].key->text, key->text))
			return n->pairs[j].key;
	return NULL;
}

static void refuse_duplicates(struct reader *r, const struct yaml_node *n)
{
	struct map seen = { 0 };

	for (uint32_t i = 0; i < n->count; i++) {
		const struct yaml_node *key = n->pairs[i].key, *first = earlier(n, i, &seen);

		if (first == NULL)
			continue;
		diag_error(r->diag, yaml_place(key), "the key \"%.*s\" stands twice in this map", STRA(key->text));
		diag_hint(r->diag, "it stands first at line %u", first->line);
		r->bad = true;
	}
	map_fini(&seen);
}

static bool read_pair(struct reader *r, struct yaml_node *n)
{
	struct yaml_node *key = read_node(r);

	if (key != NULL && key->type != YAML_SCALAR)
		return diag_error(r->diag, yaml_place(key), "a key must be a text, not %s", yaml_type_name(key));
	return add_child(r, n, key) && next_event(r) && add_child(r, n, read_node(r));
}

static struct yaml_node *read_map(struct reader *r)
{
	struct yaml_node *n = new_node(r, YAML_MAP);
	size_t base = r->stack_len;
	lg_str anchor = anchor_name(r, r->event.data.mapping_start.anchor);

	if (!refuse_tag(r, r->event.data.mapping_start.tag))
		return NULL;
	set_anchor(r, anchor, &unfinished);
	for (;;) {
		if (!next_event(r))
			return NULL;
		if (r->event.type == YAML_MAPPING_END_EVENT)
			break;
		if (!read_pair(r, n))
			return NULL;
	}
	n->count = (uint32_t)((r->stack_len - base) / 2);
	n->pairs = arena_array(r->arena, struct yaml_pair, n->count);
	for (uint32_t i = 0; i < n->count; i++)
		n->pairs[i] = (struct yaml_pair){ r->stack[base + 2 * i], r->stack[base + 2 * i + 1] };
	r->stack_len = base;
	refuse_duplicates(r, n);
	set_anchor(r, anchor, n);
	return n;
}

static struct yaml_node *read_container(struct reader *r, struct yaml_node *(*read)(struct reader *))
{
	struct yaml_node *n;

	if (r->depth >= YAML_DEPTH_MAX) {
		diag_error(r->diag, here(r), "nested deeper than %d levels", YAML_DEPTH_MAX);
		return NULL;
	}
	r->depth++;
	n = read(r);
	r->depth--;
	return n;
}

/* The node that the current event begins. */
static struct yaml_node *read_node(struct reader *r)
{
	switch (r->event.type) {
	case YAML_SCALAR_EVENT:
		return read_scalar(r);
	case YAML_ALIAS_EVENT:
		return read_alias(r);
	case YAML_SEQUENCE_START_EVENT:
		return read_container(r, read_seq);
	case YAML_MAPPING_START_EVENT:
		return read_container(r, read_map);
	default:
		diag_error(r->diag, here(r), "not valid YAML: a value was expected");
		return NULL;
	}
}

static struct yaml_node *read_document(struct reader *r)
{
	struct yaml_node *root;

	if (!next_event(r) || !next_event(r)) /* stream start, then document start or stream end */
		return NULL;
	if (r->event.type == YAML_STREAM_END_EVENT)
		return new_node(r, YAML_MAP);
	if (!next_event(r) || (root = read_node(r)) == NULL || !next_event(r) || !next_event(r))
		return NULL;
	if (r->event.type != YAML_STREAM_END_EVENT) {
		diag_error(r->diag, here(r), "a second document begins here");
		diag_hint(r->diag, "one file holds one document: remove the line \"---\"");
		return NULL;
	}
	return r->bad ? NULL : root;
}

static bool check_text(struct source *source, struct diag *d)
{
	lg_str rest = source->text;

	if (rest.len > YAML_SIZE_MAX)
		return diag_error(d, (struct place){ .source = source }, "larger than %zu MiB", YAML_SIZE_MAX >> 20);
	if (str_is_utf8(rest))
		return true;
	while (rest.len > 0) {
		lg_str before = rest;

		if (utf8_next(&rest) == 0xfffd && before.len - rest.len == 1) {
			diag_error(d, byte_place(source, source->text.len - before.len), "not UTF-8: the byte 0x%02x",
				   (unsigned char)before.ptr[0]);
			return diag_hint(d, "save the file as UTF-8");
		}
	}
	return false;
}

struct yaml_node *yaml_parse(struct arena *a, struct source *source, struct diag *d)
{
	struct reader r = { .arena = a, .source = source, .diag = d };
	struct yaml_node *root;

	if (!check_text(source, d))
		return NULL;
	if (!yaml_parser_initialize(&r.parser))
		die("out of memory (YAML parser)");
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)(source->text.len ? source->text.ptr : ""),
				     source->text.len);
	root = read_document(&r);
	if (r.has_event)
		yaml_event_delete(&r.event);
	yaml_parser_delete(&r.parser);
	map_fini(&r.anchors);
	free(r.stack);
	return root;
}

/* ---- files ---- */

/* Absolute folder of a path. */
static lg_str folder_of(struct arena *a, lg_str path)
{
	size_t slash = path.len;
	char *real;
	lg_str dir;

	while (slash > 0 && path.ptr[slash - 1] != '/')
		slash--;
	dir = slash == 0 ? LG_STR(".") : str_sub(path, 0, slash);
	real = realpath(arena_cstr(a, dir), NULL);
	dir = arena_str(a, real ? str_of(real) : dir);
	free(real);
	return dir;
}

bool source_read(struct arena *a, const char *path, size_t max, lg_str *out)
{
	struct stat st;
	size_t len = 0, size;
	char *text;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not hold up the start */

	if (fd < 0)
		return false;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		return false;
	}
	size = MIN((size_t)st.st_size, max) + 1;
	text = arena_bytes(a, size + 1);
	while (len < size) {
		ssize_t n = read(fd, text + len, size - len);

		if (n <= 0)
			break;
		len += (size_t)n;
	}
	close(fd);
	text[len] = '\0';
	*out = (lg_str){ text, len };
	return true;
}

struct source *source_open(struct arena *a, lg_str name, struct source *parent)
{
	struct source *s = arena_new(a, struct source);

	s->name = arena_str(a, name);
	s->dir = folder_of(a, name);
	s->parent = parent;
	if (!source_read(a, s->name.ptr, YAML_SIZE_MAX, &s->text))
		s->error = errno;
	return s;
}

bool source_report(struct source *s, struct place from, struct diag *d)
{
	if (s->error == 0)
		return true;
	if (from.source == NULL)
		from.source = s;
	return diag_error(d, from, "cannot read \"%.*s\": %s", STRA(s->name), strerror(s->error));
}

/* ---- looking ---- */

struct place yaml_place(const struct yaml_node *n)
{
	return n ? (struct place){ n->source, n->line, n->column } : (struct place){ 0 };
}

struct place yaml_place_in(const struct yaml_node *n, int line, int column)
{
	struct place p = yaml_place(n);
	lg_str text;

	if (n == NULL || n->filled || n->source == NULL || line < 1 || column < 1)
		return p;
	if (n->block) {
		text = source_line(n->source, n->line + 1);
		p.line = n->line + (uint32_t)line;
		p.column = (uint32_t)(text.len - str_trim(text).len + (size_t)column);
		return p;
	}
	text = source_line(n->source, n->line);
	if (line > 1 || str_chr(n->text, '\n') < n->text.len)
		return p;
	for (uint32_t i = 1; i < n->column && text.len > 0; i++)
		utf8_next(&text);
	if (n->plain && str_starts(text, n->text))
		p.column += (uint32_t)column - 1;
	else if (!n->plain && str_starts(str_from(text, 1), n->text))
		p.column += (uint32_t)column;
	return p;
}

struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
	if (map == NULL || map->type != YAML_MAP)
		return NULL;
	for (uint32_t i = 0; i < map->count; i++)
		if (str_is(map->pairs[i].key->text, key))
			return map->pairs[i].value;
	return NULL;
}

bool yaml_is_null(const struct yaml_node *n)
{
	return n == NULL || (n->type == YAML_SCALAR && n->plain &&
			     (n->text.len == 0 || str_is(n->text, "~") || str_is(n->text, "null")));
}

const char *yaml_type_name(const struct yaml_node *n)
{
	static const char *const names[] = { "a text", "a list", "a map" };

	return yaml_is_null(n) ? "nothing" : names[n->type];
}

struct yaml_node *yaml_scalar(struct arena *a, lg_str text, struct place at)
{
	struct yaml_node *n = arena_new(a, struct yaml_node);

	n->type = YAML_SCALAR;
	n->filled = true;
	n->line = at.line;
	n->column = at.column;
	n->source = at.source;
	n->weight = 1;
	n->text = arena_str(a, text);
	return n;
}
