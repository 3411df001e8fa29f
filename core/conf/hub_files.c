/* hub_files.c - the main file and everything it includes: which files, which of them are client files, and the entries
   of each section with the name they have. */
#include "core/conf/hub_priv.h"

#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#define INCLUDE_DEPTH_MAX 16

static const char *const names[SECTIONS] = { "hub", "include", "clients", "connections", "ledgers", "flows" };

#define BIT(section) (1u << (section))
#define NOT_CLIENT (BIT(S_HUB) | BIT(S_INCLUDE) | BIT(S_LEDGERS) | BIT(S_FLOWS))

static int section_of(lg_str key)
{
	for (int i = 0; i < SECTIONS; i++)
		if (str_is(key, names[i]))
			return i;
	return SECTIONS;
}

static void read_file(struct loader *l, lg_str name, struct place from, int depth);

/* ---- what kind of file ---- */

/* Key of a line in block style: "key:" or "'key':" behind `indent` blanks; empty: none. */
static lg_str line_key(lg_str line, size_t *indent)
{
	lg_str text = str_trim(line), key;

	*indent = text.len ? (size_t)(text.ptr - line.ptr) : 0;
	if (text.len == 0 || text.ptr[0] == '#' || text.ptr[0] == '-')
		return STR_NONE;
	if (text.ptr[0] == '"' || text.ptr[0] == '\'') {
		size_t end = str_chr(str_from(text, 1), text.ptr[0]);

		return str_sub(text, 1, end);
	}
	key = str_sub(text, 0, str_chr(text, ':'));
	return key.len < text.len ? key : STR_NONE;
}

/* The sections that a text seems to have, without parsing it. */
static unsigned look_for_sections(lg_str text)
{
	unsigned mask = 0;
	lg_str line;
	size_t indent;

	while (str_split(&text, '\n', &line)) {
		lg_str key = line_key(line, &indent);
		int section = indent == 0 && key.len > 0 ? section_of(key) : SECTIONS;

		if (section < SECTIONS)
			mask |= BIT(section);
	}
	return mask;
}

static unsigned sections_of(const struct yaml_node *root)
{
	unsigned mask = 0;

	for (uint32_t i = 0; i < root->count; i++) {
		int section = section_of(root->pairs[i].key->text);

		if (section < SECTIONS)
			mask |= BIT(section);
	}
	return mask;
}

/* Below the main file's folder any folder of that name counts, elsewhere only the file's own. */
static bool in_clients_folder(const struct loader *l, const struct source *s)
{
	lg_str below = str_starts(s->dir, l->hub->dir) ? str_from(s->dir, l->hub->dir.len) : STR_NONE;

	return str_ends(s->dir, LG_STR("/clients")) || str_find(below, LG_STR("/clients/")) < below.len;
}

static bool is_client_file(const struct loader *l, const struct source *s, unsigned mask)
{
	return !(mask & NOT_CLIENT) && (in_clients_folder(l, s) || (mask & BIT(S_CLIENTS)));
}

/* "10427" of clients/10427.yaml */
static lg_str stem(lg_str path)
{
	size_t from = path.len;

	while (from > 0 && path.ptr[from - 1] != '/')
		from--;
	path = str_from(path, from);
	for (size_t i = path.len; i > 0; i--)
		if (path.ptr[i - 1] == '.')
			return str_sub(path, 0, i - 1);
	return path;
}

/* ---- clients of files that cannot be parsed ---- */

static void add_stub(struct loader *l, struct source *s, lg_str name)
{
	struct yaml_node *key = yaml_scalar(l->arena, name, (struct place){ .source = s });

	l->stubs = xgrow(l->stubs, &l->stub_cap, l->stub_count + 1, sizeof *l->stubs);
	l->stubs[l->stub_count++] = (struct yaml_pair){ key, NULL };
}

/* The keys one level below "clients:", by the look of the lines; else the name of the file. */
static void guess_clients(struct loader *l, struct source *s)
{
	lg_str text = s->text, line;
	size_t indent, level = 0, before = l->stub_count;
	bool inside = false;

	while (str_split(&text, '\n', &line)) {
		lg_str key = line_key(line, &indent);

		if (key.len == 0)
			continue;
		if (indent == 0)
			inside = str_is(key, "clients");
		else if (inside && level == 0)
			level = indent;
		if (inside && indent > 0 && indent == level)
			add_stub(l, s, key);
	}
	if (l->stub_count == before)
		add_stub(l, s, stem(s->name));
}

/* ---- include ---- */

static int on_glob_error(const char *path, int why)
{
	(void)path;
	return why != ENOENT && why != ENOTDIR;
}

/* The folder part of a file's name as people see it, with the slash. */
static lg_str shown_folder(const struct source *s)
{
	size_t n = s->name.len;

	while (n > 0 && s->name.ptr[n - 1] != '/')
		n--;
	return str_sub(s->name, 0, n);
}

static bool has_wildcard(lg_str pattern)
{
	return str_chr(pattern, '*') < pattern.len || str_chr(pattern, '?') < pattern.len ||
	       str_chr(pattern, '[') < pattern.len;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static const char *glob_pattern(const struct loader *l, const struct yaml_node *n)
{
	lg_str folder = str_starts(n->text, LG_STR("/")) ? STR_NONE : shown_folder(n->source);
	struct buf b = { 0 };
	const char *out;

	for (size_t i = 0; i < folder.len; i++) {
		if (strchr("*?[\\", folder.ptr[i]) != NULL)
			buf_char(&b, '\\');
		buf_char(&b, folder.ptr[i]);
	}
	buf_add(&b, n->text);
	out = arena_cstr(l->arena, buf_view(&b));
	buf_fini(&b);
	return out;
}

static void include_pattern(struct loader *l, const struct yaml_node *n, int depth)
{
	const char *pattern = glob_pattern(l, n);
	glob_t found;
	int rc;

	if (!has_wildcard(n->text)) {
		lg_str folder = str_starts(n->text, LG_STR("/")) ? STR_NONE : shown_folder(n->source);

		read_file(l, arena_printf(l->arena, "%.*s%.*s", STRA(folder), STRA(n->text)), yaml_place(n), depth);
		return;
	}
	rc = glob(pattern, GLOB_NOSORT, on_glob_error, &found);
	if (rc == GLOB_NOMATCH)
		return;
	if (rc != 0) {
		diag_error(l->diag, yaml_place(n), "cannot look for \"%.*s\": a folder cannot be read", STRA(n->text));
	} else {
		qsort(found.gl_pathv, found.gl_pathc, sizeof *found.gl_pathv, compare_paths);
		for (size_t i = 0; i < found.gl_pathc; i++)
			read_file(l, str_of(found.gl_pathv[i]), yaml_place(n), depth);
	}
	globfree(&found);
}

static void include(struct loader *l, const struct yaml_node *n, int depth)
{
	if (n->type == YAML_MAP) {
		diag_error(l->diag, yaml_place(n), "\"include\" must be a list of files, not a map");
		return;
	}
	if (n->type == YAML_SCALAR && !yaml_is_null(n))
		include_pattern(l, n, depth);
	for (uint32_t i = 0; n->type == YAML_SEQ && i < n->count; i++) {
		if (n->items[i]->type == YAML_SCALAR)
			include_pattern(l, n->items[i], depth);
		else
			diag_error(l->diag, yaml_place(n->items[i]), "a file name must stand here, not %s",
				   yaml_type_name(n->items[i]));
	}
}

/* ---- sections ---- */

static void add_entry(struct loader *l, int section, struct yaml_pair pair)
{
	struct section *s = &l->sections[section];
	const struct yaml_node *first = map_get(&s->names, pair.key->text);

	if (first != NULL) {
		diag_error(l->diag, yaml_place(pair.key), "\"%.*s\" stands twice in %s", STRA(pair.key->text),
			   names[section]);
		diag_hint(l->diag, "it stands first in %.*s, line %u", STRA(first->source->name), first->line);
		return;
	}
	map_put(&s->names, pair.key->text, pair.key);
	s->items = xgrow(s->items, &s->cap, s->count + 1, sizeof *s->items);
	s->items[s->count++] = pair;
}

static void add_section(struct loader *l, int section, struct yaml_pair pair)
{
	const struct yaml_node *n = pair.value;

	if (section == S_HUB) {
		add_entry(l, section, pair);
		return;
	}
	if (n->type != YAML_MAP && !yaml_is_null(n)) {
		diag_error(l->diag, yaml_place(n), "\"%s\" must be a map of names, not %s", names[section],
			   yaml_type_name(n));
		return;
	}
	for (uint32_t i = 0; n->type == YAML_MAP && i < n->count; i++) {
		if (n->pairs[i].key->text.len == 0)
			diag_error(l->diag, yaml_place(n->pairs[i].key), "a name must not be empty");
		else
			add_entry(l, section, n->pairs[i]);
	}
}

static void unknown_section(struct loader *l, const struct yaml_node *key)
{
	lg_str known[SECTIONS];

	if (str_starts(key->text, LG_STR("x-"))) /* a place for anchors */
		return;
	for (int i = 0; i < SECTIONS; i++)
		known[i] = str_of(names[i]);
	diag_error(l->diag, yaml_place(key), "unknown key \"%.*s\"", STRA(key->text));
	diag_suggest(l->diag, "keys", key->text, known, SECTIONS);
}

static void read_root(struct loader *l, const struct yaml_node *root, int depth)
{
	const struct yaml_node *inc = NULL;

	for (uint32_t i = 0; i < root->count; i++) {
		int section = section_of(root->pairs[i].key->text);

		if (section == SECTIONS)
			unknown_section(l, root->pairs[i].key);
		else if (section == S_INCLUDE)
			inc = root->pairs[i].value;
		else
			add_section(l, section, root->pairs[i]);
	}
	if (inc != NULL)
		include(l, inc, depth + 1);
}

/* clients/10427.yaml with nothing but the client's own keys. */
static void read_plain_client(struct loader *l, struct yaml_node *root)
{
	struct yaml_node *key = yaml_scalar(l->arena, stem(root->source->name), yaml_place(root));

	add_entry(l, S_CLIENTS, (struct yaml_pair){ key, root });
}

/* ---- files ---- */

static struct source *open_source(struct loader *l, lg_str name)
{
	struct source *s = source_open(l->arena, name, NULL);

	l->files = xgrow(l->files, &l->file_cap, l->file_count + 1, sizeof(struct source *));
	l->files[l->file_count++] = s;
	return s;
}

static struct yaml_node *parse_source(struct loader *l, struct source *s, struct place from)
{
	struct yaml_node *root;

	if (!source_report(s, s->contained ? (struct place){ .source = s } : from, l->diag)) {
		if (from.source == NULL && !s->contained)
			diag_hint(l->diag,
				  "`loligo -c FILE` names the configuration; without it, it is ./" HUB_DEFAULT);
		return NULL;
	}
	root = yaml_parse(l->arena, s, l->diag);
	if (root != NULL && root->type != YAML_MAP && !yaml_is_null(root)) {
		diag_error(l->diag, yaml_place(root), "a map must stand here, not %s", yaml_type_name(root));
		return NULL;
	}
	return root;
}

static void read_file(struct loader *l, lg_str name, struct place from, int depth)
{
	char *real = realpath(arena_cstr(l->arena, name), NULL);
	struct yaml_node *root;
	struct source *s;
	unsigned mask;

	if (real != NULL && map_put(&l->seen, arena_str(l->arena, str_of(real)), l) != NULL) {
		free(real);
		return;
	}
	free(real);
	if (depth > INCLUDE_DEPTH_MAX) {
		diag_error(l->diag, from, "included deeper than %d levels", INCLUDE_DEPTH_MAX);
		return;
	}
	s = open_source(l, name);
	if (depth == 0) {
		l->hub->dir = s->dir;
		l->hub->path = options_path(l->arena, s->dir, str_from(s->name, shown_folder(s).len));
		l->interpolate.secrets = options_path(l->arena, s->dir, LG_STR("secrets"));
	}
	s->contained = depth > 0 && is_client_file(l, s, look_for_sections(s->text));
	root = parse_source(l, s, from);
	if (root == NULL || root->type != YAML_MAP) {
		if (s->contained)
			guess_clients(l, s);
		return;
	}
	mask = sections_of(root);
	s->contained = depth > 0 && is_client_file(l, s, mask);
	interpolate(&l->interpolate, root);
	if (s->contained && mask == 0)
		read_plain_client(l, root);
	else
		read_root(l, root, depth);
}

void hub_read(struct loader *l, const char *path)
{
	read_file(l, str_of(path), (struct place){ 0 }, 0);
}
