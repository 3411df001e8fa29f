#include "core/store/hash.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct hash {
	EVP_MD_CTX *ctx;
};

/* Fetched once: looking the algorithm up costs more than a short hash. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;

static void fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

struct hash *hash_new(void)
{
	struct hash *h = xalloc(sizeof *h);

	pthread_once(&once, fetch);
	h->ctx = EVP_MD_CTX_new();
	if (sha256 == NULL || h->ctx == NULL || EVP_DigestInit_ex(h->ctx, sha256, NULL) != 1)
		die("libcrypto has no SHA-256");
	return h;
}

void hash_free(struct hash **h)
{
	if (*h == NULL)
		return;
	EVP_MD_CTX_free((*h)->ctx);
	free(*h);
	*h = NULL;
}

void hash_begin(struct hash *h)
{
	if (EVP_DigestInit_ex(h->ctx, NULL, NULL) != 1)
		die("libcrypto: SHA-256 cannot begin");
}

void hash_add(struct hash *h, const void *bytes, size_t len)
{
	if (EVP_DigestUpdate(h->ctx, bytes, len) != 1)
		die("libcrypto: SHA-256 cannot go on");
}

void hash_end(struct hash *h, uint8_t out[HASH_SIZE])
{
	if (EVP_DigestFinal_ex(h->ctx, out, NULL) != 1)
		die("libcrypto: SHA-256 cannot end");
}

void hash_of(struct hash *h, lg_str bytes, uint8_t out[HASH_SIZE])
{
	hash_begin(h);
	hash_add(h, bytes.ptr, bytes.len);
	hash_end(h, out);
}

void hash_hex(const uint8_t hash[HASH_SIZE], char out[HASH_HEX + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < HASH_SIZE; i++) {
		out[2 * i] = digits[hash[i] >> 4];
		out[2 * i + 1] = digits[hash[i] & 15];
	}
	out[HASH_HEX] = '\0';
}

/* FNV-1a over words of eight bytes in little-endian order, then the finish of MurmurHash3. */
int64_t hash64(uint64_t seed, lg_str s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	uint64_t h = 0xcbf29ce484222325u ^ (seed * 0x9e3779b97f4a7c15u) ^ s.len;

	for (size_t i = 0; i < s.len; i += 8) {
		uint64_t word = 0;

		for (size_t k = 0; k < 8 && i + k < s.len; k++)
			word |= (uint64_t)p[i + k] << (8 * k);
		h = (h ^ word) * 0x100000001b3u;
		h ^= h >> 32;
	}
	h = (h ^ h >> 33) * 0xff51afd7ed558ccdu;
	h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53u;
	h ^= h >> 33;
	return h ? (int64_t)h : 1;
}
