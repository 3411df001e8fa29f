/* options_priv.h - between the files that make up options. */
#pragma once
#include "core/conf/options.h"

/* Parses the scalar (never null) into *at by the row's type and checks its range; false: reported. */
bool option_scalar(const struct options_env *env, const struct lg_option *o, const struct yaml_node *n, void *at);
/* Is the count of a list within the row's range; false: reported. */
bool option_count(const struct options_env *env, const struct lg_option *o, const struct yaml_node *n, size_t count);
/* An expression or template of the row; NULL: reported. */
const void *option_compiled(const struct options_env *env, const struct lg_option *o, const struct yaml_node *n);
/* An expression for the field that the key names. */
const struct lg_expr *option_setter(const struct options_env *env, const struct yaml_node *key,
				    const struct yaml_node *n);
/* The allowed values as a text: "1 to 10", "at least 5s", "keep, move, delete"; empty: all. */
lg_str option_range(struct arena *a, const struct lg_option *o);
/* "a duration", ... */
const char *option_type_text(enum lg_option_type t);
/* Bytes of the struct member; 0 for OBJ. */
size_t option_member_size(enum lg_option_type t);
