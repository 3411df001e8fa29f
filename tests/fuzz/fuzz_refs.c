/* fuzz_refs.c - any bytes as a payment reference and as each kind of identifier; what is made from them is known again.
 */
#include "core/base/str.h"
#include "core/model/ids.h"
#include "core/model/refs.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const kinds[] = { "iban",   "bic",    "vat",    "gln",    "lei",      "se_org",   "no_org",
				     "dk_cvr", "fi_org", "be_org", "es_nif", "fr_siren", "fr_siret", "it_iva" };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	lg_str in = { (const char *)data, size }, bare;
	struct arena a = { 0 };
	uint32_t bits = refs_check(in, &a, &bare);

	for (unsigned i = 0; i < 9; i++) {
		enum lg_reference_scheme scheme = (enum lg_reference_scheme)(1u << i);
		lg_str made = refs_make(scheme, in, &a);

		if ((bits & scheme) != 0)
			refs_print(scheme, bare, &a);
		/* A payload of zeros only makes a reference that nobody should use. */
		if (made.len > 0 && (refs_check(made, &a, NULL) & scheme) == 0 && strspn(made.ptr, "0-") != made.len)
			die("fuzz: \"%.*s\" is not known again", STRA(made));
	}
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		ids_check(kinds[i], in);
	arena_fini(&a);
	return 0;
}
