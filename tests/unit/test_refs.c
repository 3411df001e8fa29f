#include "tests/unit/test.h"

#include "core/base/str.h"
#include "core/model/refs.h"

#define OCR (LG_REF_SE_OCR | LG_REF_NO_KID10) /* one and the same rule */

static void knows_the_schemes(void **state)
{
	static const struct {
		const char *text, *bare;
		uint32_t has, has_not;
	} cases[] = {
		/* the vectors of the reference shelf */
		{ "1234574", "1234574", OCR | LG_REF_SE_OCR_LENGTH, LG_REF_RF },
		{ "123455", "123455", OCR, LG_REF_SE_OCR_LENGTH },
		{ "100004290", "100004290", OCR | LG_REF_SE_OCR_LENGTH, 0 },
		{ "12345674", "12345674", OCR, 0 },
		{ "123456789018", "123456789018", LG_REF_NO_KID11, OCR },
		{ "1234561", "1234561", LG_REF_FI, OCR },
		{ "12 34561", "1234561", LG_REF_FI, 0 },
		{ "RF18539007547034", "RF18539007547034", LG_REF_RF, OCR },
		{ "RF341234561", "RF341234561", LG_REF_RF, 0 },
		{ "210000000003139471430009017", "210000000003139471430009017", LG_REF_CH_QR, 0 },
		{ "+++090/1234/56701+++", "090123456701", LG_REF_BE_OGM, 0 },
		{ "+++000/0000/09797+++", "000000009797", LG_REF_BE_OGM, 0 },
		{ "***090/1234/56701***", "090123456701", LG_REF_BE_OGM, 0 },
		{ "8234567890123456", "8234567890123456", LG_REF_NL, 0 },
		/* as people write them */
		{ "OCR: 123 4574", "1234574", LG_REF_SE_OCR_LENGTH, 0 },
		{ "ocr-nr 1234574", "1234574", LG_REF_SE_OCR_LENGTH, 0 },
		{ "KID12345674", "12345674", LG_REF_NO_KID10, 0 },
		{ "Viite 12 34561", "1234561", LG_REF_FI, 0 },
		{ "rf18 5390 0754 7034", "RF18539007547034", LG_REF_RF, 0 },
		{ "21 00000 00003 13947 14300 09017", "210000000003139471430009017", LG_REF_CH_QR, 0 },
		{ "40-", "40-", LG_REF_NO_KID11, OCR },
		/* none of them */
		{ "1234575", "1234575", 0, OCR | LG_REF_NO_KID11 | LG_REF_FI },
		{ "RF19539007547034", "RF19539007547034", 0, LG_REF_RF },
		{ "RF18", "RF18", 0, LG_REF_RF },
		{ "0000000000", "0000000000", 0, ~0u },
		{ "", "", 0, ~0u },
		{ "faktura 1001", "FAKTURA1001", 0, ~0u },
		{ "1234574 & 5", "12345745", 0, ~0u },
		{ "7", "7", 0, ~0u },
		{ "12345678901234567890123456", "12345678901234567890123456", 0, OCR },
	};
	struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		lg_str bare;
		uint32_t bits = refs_check(str_of(cases[i].text), &a, &bare);

		if ((bits & cases[i].has) != cases[i].has || (bits & cases[i].has_not) != 0 ||
		    !str_is(bare, cases[i].bare))
			fail_msg("\"%s\": bits %x, bare \"%.*s\"", cases[i].text, bits, STRA(bare));
	}
	arena_fini(&a);
}

static void makes_what_it_knows(void **state)
{
	static const struct {
		enum lg_reference_scheme scheme;
		const char *payload, *made, *printed;
	} cases[] = {
		{ LG_REF_SE_OCR, "12345", "123455", "123455" },
		{ LG_REF_SE_OCR_LENGTH, "12345", "1234574", "1234574" },
		{ LG_REF_SE_OCR_LENGTH, "1000042", "100004290", "100004290" },
		{ LG_REF_NO_KID10, "1234567", "12345674", "12345674" },
		{ LG_REF_NO_KID11, "12345678901", "123456789018", "123456789018" },
		{ LG_REF_NO_KID11, "40", "40-", "40-" },
		{ LG_REF_FI, "123456", "1234561", "12 34561" },
		{ LG_REF_RF, "539007547034", "RF18539007547034", "RF18 5390 0754 7034" },
		{ LG_REF_RF, "1234561", "RF341234561", "RF34 1234 561" },
		{ LG_REF_CH_QR, "21000000000313947143000901", "210000000003139471430009017",
		  "21 00000 00003 13947 14300 09017" },
		{ LG_REF_BE_OGM, "0901234567", "090123456701", "+++090/1234/56701+++" },
		{ LG_REF_BE_OGM, "97", "000000009797", "+++000/0000/09797+++" },
		{ LG_REF_NL, "234567890123456", "8234567890123456", "8234567890123456" },
		/* no room, or no payload */
		{ LG_REF_SE_OCR, "", "", "" },
		{ LG_REF_SE_OCR, "12A", "", "" },
		{ LG_REF_SE_OCR, "1234567890123456789012345", "", "" },
		{ LG_REF_FI, "12", "", "" },
		{ LG_REF_RF, "1234567890123456789012", "", "" },
		{ LG_REF_BE_OGM, "12345678901", "", "" },
		{ LG_REF_NL, "12345", "", "" },
	};
	struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		lg_str made = refs_make(cases[i].scheme, str_of(cases[i].payload), &a);

		if (!str_is(made, cases[i].made))
			fail_msg("%s in scheme %d: \"%.*s\"", cases[i].payload, (int)cases[i].scheme, STRA(made));
		if (made.len == 0)
			continue;
		assert_true(str_is(refs_print(cases[i].scheme, made, &a), cases[i].printed));
		assert_true((refs_check(made, &a, NULL) & cases[i].scheme) != 0);
		assert_true((refs_check(str_of(cases[i].printed), &a, NULL) & cases[i].scheme) != 0);
	}
	arena_fini(&a);
}

/* What is made is known again, and any one wrong digit is noticed. */
static void one_wrong_digit_is_noticed(void **state)
{
	static const enum lg_reference_scheme schemes[] = { LG_REF_SE_OCR,  LG_REF_SE_OCR_LENGTH, LG_REF_FI,
							    LG_REF_RF,      LG_REF_CH_QR,         LG_REF_BE_OGM,
							    LG_REF_NO_KID11 };
	struct arena a = { 0 };

	(void)state;
	for (size_t s = 0; s < sizeof schemes / sizeof schemes[0]; s++) {
		for (int n = 1000; n < 1100; n++) {
			lg_str made = refs_make(schemes[s], arena_printf(&a, "%d", n), &a);
			char wrong[32];
			size_t at = made.len - 3;

			assert_true((refs_check(made, &a, NULL) & schemes[s]) != 0);
			memcpy(wrong, made.ptr, made.len);
			wrong[at] = wrong[at] == '9' ? '0' : (char)(wrong[at] + 1);
			assert_true((refs_check((lg_str){ wrong, made.len }, &a, NULL) & schemes[s]) == 0);
		}
		arena_reset(&a);
	}
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_the_schemes),
		cmocka_unit_test(makes_what_it_knows),
		cmocka_unit_test(one_wrong_digit_is_noticed),
	};

	return cmocka_run_group_tests_name("refs", tests, NULL, NULL);
}
