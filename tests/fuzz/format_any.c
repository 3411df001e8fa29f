/* format_any.c - the target of every format that has none of its own (fuzz_format_NAME.c): its defaults. */
#include "tests/fuzz/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (uint32_t i = 0; i < lg_plugin.format_count; i++)
		fuzz_format(&lg_plugin.formats[i], NULL, data, size);
	return 0;
}
