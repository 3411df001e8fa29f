#pragma once
#include "loligo.h"

struct set_config {
	struct lg_expr_map fields;
};
