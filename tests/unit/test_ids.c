#include "tests/unit/test.h"

#include "core/base/str.h"
#include "core/model/ids.h"

static const struct {
	const char *kind, *id;
	bool valid;
} cases[] = {
	{ "iban", "SE45 5000 0000 0583 9825 7466", true },
	{ "iban", "NO9386011117947", true },
	{ "iban", "DE89370400440532013000", true },
	{ "iban", "GB82 WEST 1234 5698 7654 32", true },
	{ "iban", "GB82 WEST 1234 5698 7654 33", false },
	{ "iban", "SE455000000005839825746", false }, /* one short */
	{ "iban", "XX45500000000583982574", false },
	{ "iban", "", false },
	{ "bic", "HANDSESS", true },
	{ "bic", "deutdeff500", true },
	{ "bic", "HANDSES", false },
	{ "bic", "HAND5ESS", false },
	{ "gln", "4006381333931", true },
	{ "gln", "4006381333932", false },
	{ "lei", "HWUPKR0MPOU8FGXBT394", true },
	{ "lei", "HWUPKR0MPOU8FGXBT395", false },
	{ "se_org", "556036-0793", true },
	{ "se_org", "165560360793", true },
	{ "se_org", "5560360794", false },
	{ "se_org", "556036079", false },
	{ "no_org", "974760673", true },
	{ "no_org", "974760674", false },
	{ "dk_cvr", "13585628", true },
	{ "dk_cvr", "13585627", false },
	{ "fi_org", "2077474-0", true },
	{ "fi_org", "2077474-1", false },
	{ "be_org", "0428.759.497", true },
	{ "be_org", "0428.759.498", false },
	{ "es_nif", "54362315K", true }, /* a person */
	{ "es_nif", "54362315Z", false },
	{ "es_nif", "X2482300W", true }, /* a foreigner */
	{ "es_nif", "J99216582", true }, /* a company */
	{ "es_nif", "J99216583", false },
	{ "es_nif", "B58378431", true },
	{ "fr_siren", "552 008 443", true },
	{ "fr_siret", "73282932000074", true },
	{ "it_iva", "00743110157", true },
	{ "it_iva", "00743110158", false },
	{ "vat", "SE556036079301", true },
	{ "vat", "SE556036079400", false },
	{ "vat", "ATU13585627", true },
	{ "vat", "BE0428759497", true },
	{ "vat", "DE136695976", true },
	{ "vat", "DE136695978", false },
	{ "vat", "DK13585628", true },
	{ "vat", "EE100931558", true },
	{ "vat", "EL094259216", true },
	{ "vat", "GR094259216", false }, /* Greece writes EL */
	{ "vat", "ESJ99216582", true },
	{ "vat", "FI20774740", true },
	{ "vat", "FR40303265045", true },
	{ "vat", "FR84323140391", false },
	{ "vat", "GB980780684", true },
	{ "vat", "HR33392005961", true },
	{ "vat", "HU12892312", true },
	{ "vat", "IE6433435F", true },
	{ "vat", "IE6433435E", false },
	{ "vat", "IT00743110157", true },
	{ "vat", "LU15027442", true },
	{ "vat", "MT11679112", true },
	{ "vat", "NL004495445B01", true },
	{ "vat", "NL004495445B", false },
	{ "vat", "PL8567346215", true },
	{ "vat", "PT501964843", true },
	{ "vat", "RO18547290", true },
	{ "vat", "SI50223054", true },
	{ "vat", "SK2022749619", true },
	{ "vat", "NO974760673MVA", true },
	{ "vat", "CHE-107.787.577 IVA", true },
	{ "vat", "XX123", false },
	{ "vat", "S", false },
	{ "vat", "DE13669597\xc3\xa9", false },
	{ "no_such_kind", "1", false },
};

static void tells_right_from_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (ids_check(cases[i].kind, str_of(cases[i].id)) != cases[i].valid)
			fail_msg("%s \"%s\" should be %s", cases[i].kind, cases[i].id,
				 cases[i].valid ? "valid" : "invalid");
}

static void long_texts_are_not_ids(void **state)
{
	char text[200];

	(void)state;
	memset(text, '1', sizeof text);
	assert_false(ids_check("iban", (lg_str){ text, sizeof text }));
	assert_false(ids_check("vat", (lg_str){ "\0\0", 2 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_right_from_wrong),
		cmocka_unit_test(long_texts_are_not_ids),
	};

	return cmocka_run_group_tests_name("ids", tests, NULL, NULL);
}
