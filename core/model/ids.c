#include "core/model/ids.h"

#include "core/base/str.h"

#include <string.h>

#define ID_MAX 40

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* Letters and digits only, upper case, with a NUL; 0: too long, or something else stands there. */
static size_t squeeze(lg_str s, char out[ID_MAX + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (c != '\0' && strchr(" .-/", c) != NULL)
			continue;
		if ((!is_digit(c) && !is_letter(c)) || n == ID_MAX)
			return 0;
		out[n++] = c;
	}
	out[n] = '\0';
	return n;
}

/* '9' a digit, '#' one that is not 0, '@' a letter, '?' digit or letter, others themselves. */
static bool fits(const char *s, const char *pattern)
{
	for (; *pattern != '\0'; s++, pattern++) {
		bool ok = *pattern == '9'   ? is_digit(*s)
			  : *pattern == '#' ? is_digit(*s) && *s != '0'
			  : *pattern == '@' ? is_letter(*s)
			  : *pattern == '?' ? is_digit(*s) || is_letter(*s)
					    : *s == *pattern;

		if (!ok)
			return false;
	}
	return *s == '\0';
}

static bool digits(const char *s, size_t len)
{
	return strlen(s) == len && strspn(s, "0123456789") == len;
}

/* Sum of the first n digits times their weights. */
static int weigh(const char *s, const int *weights, size_t n)
{
	int sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (s[i] - '0') * weights[i];
	return sum;
}

static bool luhn(const char *s, size_t len)
{
	int sum = 0;

	for (size_t i = 0; i < len; i++) {
		int d = s[len - 1 - i] - '0';

		sum += i % 2 == 0 ? d : d * 2 > 9 ? d * 2 - 9 : d * 2;
	}
	return sum % 10 == 0;
}

static int mod97(const char *s, size_t len, int rest)
{
	for (size_t i = 0; i < len; i++) {
		int v = is_digit(s[i]) ? s[i] - '0' : s[i] - 'A' + 10;

		rest = (rest * (v > 9 ? 100 : 10) + v) % 97;
	}
	return rest;
}

/* ISO 7064 mod 11,10 over all digits, the check digit included. */
static bool mod11_10(const char *s)
{
	int p = 10;

	for (; s[1] != '\0'; s++) {
		p = (p + *s - '0') % 10;
		p = (p == 0 ? 10 : p) * 2 % 11;
	}
	return (p + *s - '0') % 10 == 1;
}

/* ---- IBAN, BIC, GLN, LEI ---- */

/* Country and length, from the IBAN registry. */
static const char iban_lengths[] = "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE2"
				   "0EG29ES24FI18FK18FO18FR27GB22"
				   "GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU2"
				   "0LV21LY25MC27MD24ME22MK19MN20"
				   "MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK2"
				   "4SM27SO23ST25SV28TL23TN24TR26"
				   "UA29VA22VG24XK20YE30";

static size_t iban_length(const char *country)
{
	for (const char *p = iban_lengths; *p != '\0'; p += 4)
		if (p[0] == country[0] && p[1] == country[1])
			return (size_t)((p[2] - '0') * 10 + p[3] - '0');
	return 0;
}

static bool is_iban(const char *s)
{
	size_t len = strlen(s);

	if (len < 5 || len != iban_length(s) || !is_digit(s[2]) || !is_digit(s[3]))
		return false;
	return mod97(s, 4, mod97(s + 4, len - 4, 0)) == 1;
}

static bool is_bic(const char *s)
{
	return fits(s, "????@@??") || fits(s, "????@@?????");
}

static bool is_gln(const char *s)
{
	int sum = 0;

	if (!digits(s, 13))
		return false;
	for (size_t i = 0; i < 13; i++)
		sum += (s[i] - '0') * (i % 2 == 0 ? 1 : 3);
	return sum % 10 == 0;
}

static bool is_lei(const char *s)
{
	return strlen(s) == 20 && is_digit(s[18]) && is_digit(s[19]) && mod97(s, 20, 0) == 1;
}

/* ---- company numbers ---- */

static bool is_se_org(const char *s)
{
	size_t len = strlen(s);

	if (len == 12 && (strncmp(s, "16", 2) == 0 || strncmp(s, "19", 2) == 0 || strncmp(s, "20", 2) == 0))
		s += 2;
	return digits(s, 10) && luhn(s, 10);
}

static bool is_no_org(const char *s)
{
	static const int w[] = { 3, 2, 7, 6, 5, 4, 3, 2, 1 };

	return digits(s, 9) && weigh(s, w, 9) % 11 == 0;
}

static bool is_dk_cvr(const char *s)
{
	static const int w[] = { 2, 7, 6, 5, 4, 3, 2, 1 };

	return digits(s, 8) && s[0] != '0' && weigh(s, w, 8) % 11 == 0;
}

static bool is_fi_org(const char *s)
{
	static const int w[] = { 7, 9, 10, 5, 8, 4, 2, 1 };

	return digits(s, 8) && weigh(s, w, 8) % 11 == 0;
}

static bool is_be_org(const char *s)
{
	if (!digits(s, 10) || s[0] > '1')
		return false;
	return 97 - mod97(s, 8, 0) == (s[8] - '0') * 10 + s[9] - '0';
}

static bool is_siren(const char *s)
{
	return digits(s, 9) && luhn(s, 9);
}

static bool is_siret(const char *s)
{
	return digits(s, 14) && luhn(s, 9) && luhn(s, 14);
}

static bool is_it_iva(const char *s)
{
	return digits(s, 11) && luhn(s, 11);
}

static char dni_letter(const char *s, size_t n)
{
	int rest = 0;

	for (size_t i = 0; i < n; i++)
		rest = (rest * 10 + s[i] - '0') % 23;
	return "TRWAGMYFPDXBNJZSQVHLCKE"[rest];
}

/* A company: letter, 7 digits, and a check that is written as a digit or as a letter; both are met for most kinds. */
static bool is_cif(const char *s)
{
	int sum = 0, check;

	for (size_t i = 1; i <= 7; i++) {
		int d = s[i] - '0';

		sum += i % 2 == 0 ? d : d * 2 > 9 ? d * 2 - 9 : d * 2;
	}
	check = (10 - sum % 10) % 10;
	return s[8] == '0' + check || s[8] == "JABCDEFGHI"[check];
}

static bool is_es_nif(const char *s)
{
	char nie[10];

	if (fits(s, "99999999@"))
		return dni_letter(s, 8) == s[8];
	if (!fits(s, "@9999999?"))
		return false;
	if (strchr("XYZ", s[0]) != NULL) {
		memcpy(nie, s, sizeof nie);
		nie[0] = (char)('0' + s[0] - 'X');
		return dni_letter(nie, 8) == s[8];
	}
	if (strchr("KLM", s[0]) != NULL)
		return dni_letter(s + 1, 7) == s[8];
	return strchr("ABCDEFGHJNPQRSUVW", s[0]) != NULL && is_cif(s);
}

/* ---- VAT numbers, without their prefix ---- */

static bool vat_at(const char *s)
{
	int sum = 4;

	for (size_t i = 1; i <= 7; i++) {
		int d = s[i] - '0';

		sum += i % 2 == 1 ? d : d * 2 > 9 ? d * 2 - 9 : d * 2;
	}
	return (10 - sum % 10) % 10 == s[8] - '0';
}

static bool vat_ee(const char *s)
{
	static const int w[] = { 3, 7, 1, 3, 7, 1, 3, 7, 1 };

	return weigh(s, w, 9) % 10 == 0;
}

static bool vat_el(const char *s)
{
	static const int w[] = { 256, 128, 64, 32, 16, 8, 4, 2 };

	return weigh(s, w, 8) % 11 % 10 == s[8] - '0';
}

static bool vat_fr(const char *s)
{
	int siren = 0;

	if (strncmp(s + 2, "000", 3) == 0) /* Monaco */
		return true;
	if (!is_siren(s + 2))
		return false;
	siren = mod97(s + 2, 9, 0);
	return !is_digit(s[0]) || !is_digit(s[1]) || (12 + 3 * siren) % 97 == (s[0] - '0') * 10 + s[1] - '0';
}

static bool vat_gb(const char *s)
{
	static const int w[] = { 8, 7, 6, 5, 4, 3, 2, 10, 1 };
	int rest = weigh(s, w, 9) % 97;

	return rest == 0 || rest == 42 || rest == 55;
}

static bool vat_hu(const char *s)
{
	static const int w[] = { 9, 7, 3, 1, 9, 7, 3, 1 };

	return weigh(s, w, 8) % 10 == 0;
}

static bool vat_ie(const char *s)
{
	static const int w[] = { 8, 7, 6, 5, 4, 3, 2 };
	int sum;

	if (!is_digit(s[1])) /* the old form: its second character stands for nothing here */
		return true;
	sum = weigh(s, w, 7) + (s[8] != '\0' && s[8] != 'W' ? (s[8] - 'A' + 1) * 9 : 0);
	return s[7] == "WABCDEFGHIJKLMNOPQRSTUV"[sum % 23];
}

static bool vat_lu(const char *s)
{
	int n = 0;

	for (size_t i = 0; i < 6; i++)
		n = n * 10 + s[i] - '0';
	return n % 89 == (s[6] - '0') * 10 + s[7] - '0';
}

static bool vat_mt(const char *s)
{
	static const int w[] = { 3, 4, 6, 7, 8, 9, 10, 1 };

	return weigh(s, w, 8) % 37 == 0;
}

/* Companies keep the mod 11 of their number, sole traders have mod 97 over the whole since 2020. */
static bool vat_nl(const char *s)
{
	static const int w[] = { 9, 8, 7, 6, 5, 4, 3, 2 };

	return weigh(s, w, 8) % 11 == s[8] - '0' || mod97(s, 12, mod97("NL", 2, 0)) == 1;
}

static bool vat_pl(const char *s)
{
	static const int w[] = { 6, 5, 7, 2, 3, 4, 5, 6, 7 };

	return weigh(s, w, 9) % 11 == s[9] - '0';
}

static bool vat_pt(const char *s)
{
	static const int w[] = { 9, 8, 7, 6, 5, 4, 3, 2 };
	int check = 11 - weigh(s, w, 8) % 11;

	return (check > 9 ? 0 : check) == s[8] - '0';
}

static bool vat_si(const char *s)
{
	static const int w[] = { 8, 7, 6, 5, 4, 3, 2 };
	int check = 11 - weigh(s, w, 7) % 11;

	return check != 11 && check % 10 == s[7] - '0';
}

static bool vat_sk(const char *s)
{
	int rest = 0;

	for (size_t i = 0; i < 10; i++)
		rest = (rest * 10 + s[i] - '0') % 11;
	return rest == 0;
}

static bool vat_ro(const char *s)
{
	static const int w[] = { 7, 5, 3, 2, 1, 7, 5, 3, 2 };
	size_t n = strlen(s) - 1;

	return weigh(s, w + 9 - n, n) * 10 % 11 % 10 == s[n] - '0';
}

static bool vat_se(const char *s)
{
	return luhn(s, 10) && strcmp(s + 10, "00") != 0;
}

static bool vat_no(const char *s)
{
	char number[10];

	memcpy(number, s, 9);
	number[9] = '\0';
	return is_no_org(number);
}

static bool vat_ch(const char *s)
{
	static const int w[] = { 5, 4, 3, 2, 7, 6, 5, 4, 1 };

	return weigh(s, w, 9) % 11 == 0;
}

/* Forms: as fits() reads them.  A country may have several rows; no function: judged by its form. */
static const struct {
	const char *country, *form;
	bool (*valid)(const char *);
} vat_forms[] = {
	{ "AT", "U99999999", vat_at },
	{ "BE", "9999999999", is_be_org },
	{ "BG", "999999999", NULL },
	{ "BG", "9999999999", NULL },
	{ "CY", "99999999@", NULL },
	{ "CZ", "99999999", NULL },
	{ "CZ", "999999999", NULL },
	{ "CZ", "9999999999", NULL },
	{ "DE", "#99999999", mod11_10 },
	{ "DK", "99999999", is_dk_cvr },
	{ "EE", "999999999", vat_ee },
	{ "EL", "999999999", vat_el },
	{ "ES", "?9999999?", is_es_nif },
	{ "FI", "99999999", is_fi_org },
	{ "FR", "??999999999", vat_fr },
	{ "GB", "999999999", vat_gb },
	{ "GB", "999999999999", vat_gb },
	{ "GB", "GD999", NULL },
	{ "GB", "HA999", NULL },
	{ "XI", "999999999", vat_gb },
	{ "XI", "999999999999", vat_gb },
	{ "HR", "99999999999", mod11_10 },
	{ "HU", "99999999", vat_hu },
	{ "IE", "9?99999@", vat_ie },
	{ "IE", "9999999@@", vat_ie },
	{ "IT", "99999999999", is_it_iva },
	{ "LT", "999999999", NULL },
	{ "LT", "999999999999", NULL },
	{ "LU", "99999999", vat_lu },
	{ "LV", "99999999999", NULL },
	{ "MT", "#9999999", vat_mt },
	{ "NL", "999999999B99", vat_nl },
	{ "PL", "9999999999", vat_pl },
	{ "PT", "#99999999", vat_pt },
	{ "RO", "#9", vat_ro },
	{ "RO", "#99", vat_ro },
	{ "RO", "#999", vat_ro },
	{ "RO", "#9999", vat_ro },
	{ "RO", "#99999", vat_ro },
	{ "RO", "#999999", vat_ro },
	{ "RO", "#9999999", vat_ro },
	{ "RO", "#99999999", vat_ro },
	{ "RO", "#999999999", vat_ro },
	{ "SE", "999999999999", vat_se },
	{ "SI", "#9999999", vat_si },
	{ "SK", "#999999999", vat_sk },
	{ "NO", "999999999", vat_no },
	{ "NO", "999999999MVA", vat_no },
	{ "CH", "E999999999", vat_ch },
	{ "CH", "E999999999MWST", vat_ch },
	{ "CH", "E999999999TVA", vat_ch },
	{ "CH", "E999999999IVA", vat_ch },
};

static bool is_vat(const char *s)
{
	for (size_t i = 0; i < ARRAY_LEN(vat_forms); i++) {
		const char *number = s + 2;

		if (strncmp(s, vat_forms[i].country, 2) != 0 || !fits(number, vat_forms[i].form))
			continue;
		if (number[0] == 'E' && s[0] == 'C')
			number++;
		return vat_forms[i].valid == NULL || vat_forms[i].valid(number);
	}
	return false;
}

static const struct {
	const char *kind;
	bool (*valid)(const char *);
} kinds[] = {
	{ "iban", is_iban },      { "bic", is_bic },       { "vat", is_vat },       { "gln", is_gln },
	{ "lei", is_lei },        { "se_org", is_se_org }, { "no_org", is_no_org }, { "dk_cvr", is_dk_cvr },
	{ "fi_org", is_fi_org },  { "be_org", is_be_org }, { "es_nif", is_es_nif }, { "fr_siren", is_siren },
	{ "fr_siret", is_siret }, { "it_iva", is_it_iva },
};

bool ids_check(const char *kind, lg_str id)
{
	char s[ID_MAX + 1];

	if (squeeze(id, s) == 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return kinds[i].valid(s);
	return false;
}
