#!/bin/sh
# Plays the demo: two weeks of a small factor, from files to books.  `make demo` calls it; a second run changes nothing.
set -u
loligo=${LOLIGO:-build/loligo}
config=config/demo/loligo.yaml
say() { printf '\n== %s\n' "$*"; }

say "what comes in: $(ls config/demo/inbox/*/*.xml | wc -l) invoices and credit notes of 3 clients, $(ls config/demo/bank/*.xml | wc -l) bank files"
"$loligo" -c $config run --once || exit 1
say "payments: what each was applied to, and the rule that decided"
"$loligo" -c $config report payments
say "what waits for a person, and why"
"$loligo" -c $config work
say "vouchers of the factor and of the clients"
"$loligo" -c $config report vouchers
say "trial balances"
"$loligo" -c $config report trial-balance
say "where the SIE files lie"
ls -l config/demo/out/*.se | awk '{print $5 " bytes  " $NF}'
say "every krona that came in"
"$loligo" -c $config report reconcile | grep received
reference=$("$loligo" -c $config --format jsonl report payments | sed -n 's/.*"bank_reference":"\([^"]*\)".*"to":"invoice".*"stage":"S4".*/\1/p' | head -n 1)
printf '\nask why, for instance:\n  build/loligo -c %s why %s\n' $config "${reference:-1001}"
