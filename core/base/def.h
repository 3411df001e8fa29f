/* def.h - the few language extensions that the whole tree uses, in one place. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ATTR_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define ATTR_UNUSED __attribute__((unused))
#define ATTR_FALLTHROUGH __attribute__((fallthrough))
#define ATTR_NORETURN __attribute__((noreturn))

/* Runs fn(&variable) when the variable leaves its scope. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* Prints to stderr and aborts.  For broken invariants and for memory that is gone, never for input. */
ATTR_NORETURN void die(const char *fmt, ...) ATTR_PRINTF(1, 2);

/* malloc family that does not fail: on shortage the process ends (see core/README.md).
   Memory comes zeroed, except the part that xrealloc adds. */
void *xalloc(size_t size);
void *xrealloc(void *ptr, size_t size);
/* xrealloc for arrays, growing *cap by doubling until it holds `need` elements. */
void *xgrow(void *ptr, size_t *cap, size_t need, size_t elem);
