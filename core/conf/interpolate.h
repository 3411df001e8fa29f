/* interpolate.h - ${env:NAME}, ${file:PATH} and ${secret:NAME}, filled in after parsing, on whole string leaves. */
#pragma once
#include "core/conf/yaml.h"

struct interpolate_env {
	struct arena *arena;
	lg_str secrets; /* folder of the secrets, one file each; the environment's LOLIGO_SECRET_NAME is asked first */
	struct diag *diag;
};

/* Every value below the node, once.  A text that merely contains ${...} is an error, so is anything that is missing.
   ${file:} is relative to the file that says it; one newline at the end of a file is not part of its value. */
bool interpolate(const struct interpolate_env *env, struct yaml_node *node);
