#include "core/conf/interpolate.h"

#include "core/conf/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_MAX ((size_t)64 << 10) /* bytes of a file that is a value */

/* what "name" rest */
static bool fail(const struct interpolate_env *env, const struct yaml_node *n, const char *what, lg_str name,
		 const char *rest, lg_str hint)
{
	diag_error(env->diag, yaml_place(n), "%s \"%.*s\"%s", what, STRA(name), rest);
	return diag_hint(env->diag, "%.*s", STRA(hint));
}

static bool is_name(lg_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!isalnum((unsigned char)s.ptr[i]) && (i == 0 || strchr("_-.", s.ptr[i]) == NULL))
			return false;
	return s.len > 0;
}

static bool fill_env(const struct interpolate_env *env, struct yaml_node *n, lg_str name)
{
	const char *value = getenv(arena_cstr(env->arena, name));

	if (value == NULL)
		return fail(env, n, "the environment variable", name, " is not set",
			    LG_STR("set it for the hub's process"));
	n->text = arena_str(env->arena, str_of(value));
	return true;
}

static bool fill_file(const struct interpolate_env *env, struct yaml_node *n, lg_str name)
{
	lg_str path = options_path(env->arena, n->source->dir, name), text;

	if (!source_read(env->arena, path.ptr, VALUE_MAX, &text))
		return fail(env, n, "cannot read the file", name, "",
			    arena_printf(env->arena, "%s; the path is relative to this file", strerror(errno)));
	if (text.len > VALUE_MAX || !str_is_utf8(text))
		return fail(env, n, "the file", name, " is no value", LG_STR("a text of at most 64 KiB in UTF-8"));
	if (str_ends(text, LG_STR("\n")))
		text.len--;
	if (str_ends(text, LG_STR("\r")))
		text.len--;
	n->text = arena_str(env->arena, text);
	return true;
}

/* LOLIGO_SECRET_NAME, in capitals, with _ for what a shell does not take. */
static const char *secret_variable(struct arena *a, lg_str name)
{
	char *var = arena_bytes(a, sizeof "LOLIGO_SECRET_" + name.len);
	size_t at = sizeof "LOLIGO_SECRET_" - 1;

	memcpy(var, "LOLIGO_SECRET_", at);
	for (size_t i = 0; i < name.len; i++)
		var[at++] = isalnum((unsigned char)name.ptr[i]) ? (char)toupper((unsigned char)name.ptr[i]) : '_';
	var[at] = '\0';
	return var;
}

static bool fill_secret(const struct interpolate_env *env, struct yaml_node *n, lg_str name)
{
	const char *var, *value;
	lg_str path;

	n->secret = true;
	if (!is_name(name))
		return fail(env, n, "no secret has a name like", name, "", LG_STR("letters, digits, and _ - . inside"));
	var = secret_variable(env->arena, name);
	value = getenv(var);
	if (value != NULL) {
		n->text = arena_str(env->arena, str_of(value));
		return true;
	}
	path = options_path(env->arena, env->secrets, name);
	if (!source_read(env->arena, path.ptr, VALUE_MAX, &n->text))
		return fail(env, n, "no secret", name, "",
			    arena_printf(env->arena, "write it to secrets/%.*s beside the main file, or set %s",
					 STRA(name), var));
	while (n->text.len > 0 && strchr("\r\n", n->text.ptr[n->text.len - 1]) != NULL)
		n->text.len--;
	n->text = arena_str(env->arena, n->text);
	return true;
}

static const struct {
	lg_str prefix;
	bool (*fill)(const struct interpolate_env *, struct yaml_node *, lg_str);
} kinds[] = {
	{ { "${env:", 6 }, fill_env },
	{ { "${file:", 7 }, fill_file },
	{ { "${secret:", 9 }, fill_secret },
};

/* Exactly one ${...}. */
static bool is_whole(lg_str s)
{
	return str_starts(s, LG_STR("${")) && str_chr(s, '}') == s.len - 1 &&
	       str_find(str_from(s, 2), LG_STR("${")) == s.len - 2;
}

static bool fill(const struct interpolate_env *env, struct yaml_node *n)
{
	lg_str text = n->text;

	if (n->filled || str_find(text, LG_STR("${")) == text.len)
		return true;
	n->filled = true;
	if (!is_whole(text))
		return fail(
			env, n, "${...} must be the whole value, not a part of", text, "",
			LG_STR("write just ${env:NAME}, ${file:PATH} or ${secret:NAME}, or put the whole text there"));
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_starts(text, kinds[i].prefix))
			return kinds[i].fill(env, n,
					     str_sub(text, kinds[i].prefix.len, text.len - kinds[i].prefix.len - 1));
	return fail(env, n, "nothing is known of", text, "",
		    LG_STR("${env:NAME}, ${file:PATH} and ${secret:NAME} are filled in"));
}

bool interpolate(const struct interpolate_env *env, struct yaml_node *n)
{
	bool ok = true;

	if (n->type == YAML_SCALAR)
		return fill(env, n);
	for (uint32_t i = 0; i < n->count; i++)
		ok &= interpolate(env, n->type == YAML_MAP ? n->pairs[i].value : n->items[i]);
	return ok;
}
