#include "register.h"

/* Countries whose VAT number is the company number behind the prefix; SE and NO carry something behind it. */
static const struct {
	const char *prefix;
	size_t digits, tail; /* of the company number; characters behind it */
} vat_is_number[] = {
	{ "SE", 10, 2 }, { "NO", 9, 3 }, { "NO", 9, 0 }, { "FI", 8, 0 }, { "DK", 8, 0 }, { "BE", 10, 0 },
};

static bool all_digits(lg_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
	return s.len > 0;
}

/* The company number inside a folded VAT number, so that both give one key. */
static lg_str company_number(lg_str vat)
{
	for (size_t i = 0; i < sizeof vat_is_number / sizeof vat_is_number[0]; i++) {
		size_t n = vat_is_number[i].digits;
		lg_str number = { vat.ptr + 2, n };

		if (vat.len == 2 + n + vat_is_number[i].tail && memcmp(vat.ptr, vat_is_number[i].prefix, 2) == 0 &&
		    all_digits(number))
			return number;
	}
	return vat;
}

/* A name: letters and digits of ASCII in upper case, other characters as they are, nothing between. */
static lg_str fold_name(lg_str s, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len && n < ITEMS_TEXT; i++) {
		char c = s.ptr[i];
		bool letter = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;

		if (c >= 'a' && c <= 'z')
			out[n++] = (char)(c - 'a' + 'A');
		else if (letter)
			out[n++] = c;
	}
	return (lg_str){ out, n };
}

lg_str party_number(const struct lg_host *h, const struct lg_rec *party)
{
	const struct lg_rec *legal = party ? h->rec->obj(party, LG_PARTY_LEGAL_ID) : NULL;
	lg_str id = legal ? h->rec->str(legal, LG_IDENTIFIER_VALUE) : (lg_str){ 0 };

	if (id.len > 0 || party == NULL)
		return id;
	return h->rec->str(party, LG_PARTY_VAT_ID);
}

lg_str party_key(const struct lg_host *h, const struct lg_rec *party, char *out)
{
	lg_str key = items_fold(party_number(h, party), out, ITEMS_TEXT);

	if (key.len > 0)
		return company_number(key);
	return party ? fold_name(h->rec->str(party, LG_PARTY_NAME), out) : key;
}
