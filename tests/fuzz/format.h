/* format.h - what must hold for every format, whatever the bytes are. */
#pragma once
#include "core/plugin/format_run.h"

/* Reads the bytes whole and in small pieces: the same records, each with an identity, unchanged by the store's form; a
   refusal has a reason.  What was read is written, and what was written can be read.  Dies when one is not so; 0. */
int fuzz_format(const struct lg_format *f, const void *config, const uint8_t *data, size_t size);
