/* xml.h - XML by tables: the host's side of struct lg_xml (see there for what a table means).

   A table is compiled once a process into a graph of states: a state is a place in the document together with the rows
   that may apply there.  Reading is then a walk along the edges, by the numbers of element names; tables that are used
   in several places (a party, an allowance) and tables that contain themselves need no copies.
     xml_compile.c  table -> states         xml_value.c  texts of the wire <-> values of fields
     xml_read.c     SAX events -> scopes    xml_scope.c  scopes: objects being filled, variants, conditions
     xml_write.c    record -> document */
#pragma once
#include "core/base/arena.h"
#include "core/base/str.h"
#include "core/model/fields.h"
#include "core/plugin/loligo.h"

lg_status xml_read(const struct lg_read *r, const struct lg_xml *xml, const struct lg_xml_limits *limits, void *ctx);
lg_status xml_write(const struct lg_write *w, const struct lg_xml *xml, const struct lg_xml_row *row,
		    const struct lg_rec *rec);
