/* regex.h - regular expressions in linear time: RE2 behind a C interface (the one C++ file of the project).
   RE2's syntax; no back references, no look-around.  Matching is safe from any number of threads at once. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define REGEX_MEMORY (1 << 20) /* bytes that one pattern may take */

struct regex;

/* NULL when the pattern is wrong or too large; why, of that size, then says so. */
struct regex *regex_new(const char *pattern, size_t len, char *why, size_t size);
void regex_free(struct regex *); /* NULL is fine */
/* Does it occur anywhere in the text? */
bool regex_match(const struct regex *, const char *text, size_t len);

#ifdef __cplusplus
}
#endif
