/* refs.h - payment references with check digits: recognise, make, print.
   Schemes and vectors: Bankgirot's OCR manual (Luhn, length digit), ISO 11649 (RF), Nets' KID (mod 10, mod 11),
   Finance Finland's viite (weights 7-3-1), the Swiss QR reference (recursive mod 10), the Belgian OGM/VCS (mod 97) and
   the Dutch betalingskenmerk (weights 2, 4, 8, 5, 10, 9, 7, 3, 6, 1 from the right, mod 11; forms of 9 to 14 digits
   carry their payload's length in the second place). */
#pragma once
#include "core/base/arena.h"

/* Bits of enum lg_reference_scheme that `text` satisfies, 0: none.  As people write them: spaces, dashes, slashes,
   dots, the Belgian +++ and ***, lower case, a word such as "OCR:" or "viite" in front.  *bare (may be NULL): the
   characters that count, upper case, in the arena, also when no scheme fits; a mod 11 KID keeps its final dash. */
uint32_t refs_check(lg_str text, struct arena *a, lg_str *bare);

/* The reference that carries `payload` (digits; letters too for RF), empty when the scheme has no room for it.  QR and
   OGM are padded with zeros on the left; a KID of mod 11 may end in a dash. */
lg_str refs_make(enum lg_reference_scheme scheme, lg_str payload, struct arena *a);

/* A bare reference as it is printed: RF in fours, viite in fives from the right, QR 2 and fives, +++ddd/dddd/ddddd+++.
 */
lg_str refs_print(enum lg_reference_scheme scheme, lg_str bare, struct arena *a);
