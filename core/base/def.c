#include "core/base/def.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("loligo: fatal: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	abort();
}

void *xalloc(size_t size)
{
	void *ptr = calloc(1, size ? size : 1);

	if (ptr == NULL)
		die("out of memory (%zu bytes)", size);
	return ptr;
}

void *xrealloc(void *ptr, size_t size)
{
	ptr = realloc(ptr, size ? size : 1);
	if (ptr == NULL)
		die("out of memory (%zu bytes)", size);
	return ptr;
}

void *xgrow(void *ptr, size_t *cap, size_t need, size_t elem)
{
	size_t n = *cap ? *cap : 8;

	if (need <= *cap)
		return ptr;
	while (n < need) {
		if (n > SIZE_MAX / 2 / elem)
			die("array too large (%zu elements)", need);
		n *= 2;
	}
	*cap = n;
	return xrealloc(ptr, n * elem);
}
