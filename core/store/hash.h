/* hash.h - SHA-256 with a kept context (one a thread), and a fast 64-bit hash for index columns.
   The 64-bit hash is stable for ever: it lies in the stores.  Whoever looks up by it compares the text as well. */
#pragma once
#include "core/base/def.h"
#include "core/plugin/loligo.h"

#define HASH_SIZE 32
#define HASH_HEX (2 * HASH_SIZE)

struct hash;

struct hash *hash_new(void);
void hash_free(struct hash **);
void hash_begin(struct hash *);
void hash_add(struct hash *, const void *bytes, size_t len);
void hash_end(struct hash *, uint8_t out[HASH_SIZE]);
void hash_of(struct hash *, lg_str bytes, uint8_t out[HASH_SIZE]);
void hash_hex(const uint8_t hash[HASH_SIZE], char out[HASH_HEX + 1]);

/* Never 0. `seed` separates the uses of one column. */
int64_t hash64(uint64_t seed, lg_str s);
