/* ids.h - is a text a well-formed identifier of some kind?  Spaces, dots, dashes and slashes between are allowed,
   letters in either case.  Check digits are tested where their rule is public and certain; the rest is judged by its
   form.

   iban    ISO 13616: country's length, mod 97          bic     ISO 9362: 8 or 11 characters
   vat     EU, GB, XI, NO, CH, with the country prefix  gln     GS1: 13 digits, mod 10
   se_org  10 digits, Luhn (12 with the century)        no_org  9 digits, mod 11
   dk_cvr  8 digits, mod 11                             fi_org  1234567-8, mod 11
   be_org  10 digits, mod 97                            es_nif  NIF, NIE and CIF
   fr_siren, fr_siret  Luhn
   lei     ISO 17442: 20 characters, mod 97             it_iva  11 digits, Luhn */
#pragma once
#include "core/base/def.h"
#include "core/plugin/loligo.h"

/* False also for a kind that is not known. */
bool ids_check(const char *kind, lg_str id);
