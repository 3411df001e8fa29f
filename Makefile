# Loligo.  Targets: all deps demo test bench fuzz format lint install dist clean; see README.md.
# Variants have their own tree:  make BUILD=build/asan SAN=address,undefined test
BUILD  ?= build
SAN    ?=
PREFIX ?= /usr/local
V      ?=
Q      := $(if $(V),,@)
say     = $(if $(V),,@printf '  %-5s %s\n' '$(1)' '$(2)')

VERSION   := 0.1.0
PKGS      := libuv libxml-2.0 yaml-0.1 sqlite3 libcrypto re2
PLUGINDIR := $(PREFIX)/lib/loligo/plugins

# Debian packages: what the hub links, and what building and testing need.  Reasons: README.md.
DEPS := build-essential pkg-config libuv1-dev libxml2-dev libyaml-dev libsqlite3-dev libssl-dev libre2-dev \
	clang libclang-rt-14-dev libcmocka-dev python3 python3-yaml valgrind hledger libxml2-utils sqlite3
DEPS_MISSING = $(shell dpkg-query -W -f '$${Package} $${Status}\n' $(DEPS) 2>/dev/null | \
	awk -v want="$(DEPS)" '/ok installed/ {have[$$1] = 1} END {n = split(want, w, " "); \
	for (i = 1; i <= n; i++) if (!have[w[i]]) print w[i]}')
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

# The building targets run in a second make, started after `deps`, so that pkg-config sees what was installed.
WRAPPED := all demo test bench fuzz install lint
.PHONY: $(WRAPPED) deps format fields dist clean
ifeq ($(LOLIGO_DEPS_DONE),)
all: ; $(Q)$(MAKE) --no-print-directory LOLIGO_DEPS_DONE=1 all
demo test bench fuzz lint: deps ; $(Q)$(MAKE) --no-print-directory LOLIGO_DEPS_DONE=1 $@
install: ; $(Q)$(MAKE) --no-print-directory LOLIGO_DEPS_DONE=1 install
else

cc-option = $(shell $(CC) -Werror $(1) -x c -c /dev/null -o /dev/null 2>/dev/null && echo $(1))

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wundef -Wcast-qual \
	-Wwrite-strings -Wvla -Wimplicit-fallthrough -Wnull-dereference -Wconversion -Wsign-conversion \
	-Wdouble-promotion -Wfloat-equal \
	-Werror=implicit-function-declaration -Werror=incompatible-pointer-types -Werror=int-conversion \
	-Werror=return-type -Werror=format-security \
	$(call cc-option,-Wmissing-variable-declarations)
HARDEN := $(call cc-option,-fstack-clash-protection) $(call cc-option,-ftrivial-auto-var-init=zero) \
	$(call cc-option,-fcf-protection=full) $(call cc-option,-fstrict-flex-arrays=3) \
	-fstack-protector-strong -fno-strict-overflow
SAN_FLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
OPT  := $(if $(SAN),-O1,-O3 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2) -g
# Bundled per library, so that a unit test links only what it needs.
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS))
PKG_LIBS   := $(shell pkg-config --libs $(PKGS)) -lstdc++ -ldl -lpthread
ALL_CFLAGS := -std=c11 -D_GNU_SOURCE $(WARN) $(OPT) $(HARDEN) $(SAN_FLAGS) -fPIC -fvisibility=hidden \
	-I. -Icore/plugin $(PKG_CFLAGS) -DLG_VERSION='"$(VERSION)"' $(CFLAGS)
# A check of C++ whose runtime a C program has not got.
SAN_CXX := $(if $(SAN),$(call cc-option,-fno-sanitize=function) -fno-sanitize=vptr)
ALL_CXXFLAGS := -std=c++17 -Wall -Wextra $(OPT) $(HARDEN) $(SAN_FLAGS) $(SAN_CXX) -fPIC -fvisibility=hidden -I. -Icore/plugin \
	$(PKG_CFLAGS) $(CXXFLAGS)
ALL_LDFLAGS := -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed $(SAN_FLAGS) $(LDFLAGS)
SO_LDFLAGS  := -shared $(ALL_LDFLAGS) $(if $(SAN),,-Wl,-z,defs)

LAYERS    := base model conf io store plugin flow admin cli
CORE_SRC  := $(filter-out core/cli/main.c,$(foreach l,$(LAYERS),$(wildcard core/$(l)/*.c core/$(l)/*/*.c)))
CORE_CXX  := $(wildcard core/*/*.cc)
CORE_OBJ  := $(CORE_SRC:%.c=$(BUILD)/obj/%.o) $(CORE_CXX:%.cc=$(BUILD)/obj/%.o)
LIBCORE   := $(BUILD)/libcore.a
# A plugin is a folder: its .c files, without those below its tests/.
PLUGIN_DIRS := $(patsubst %/,%,$(sort $(dir $(wildcard plugins/*/*/*.c connectors/*/*.c))))
PLUGINS   := $(foreach d,$(PLUGIN_DIRS),$(BUILD)/plugins/$(notdir $(d)).so)
UNIT_SRC  := $(wildcard tests/unit/test_*.c tests/steps/test_*.c plugins/*/*/tests/test_*.c connectors/*/tests/test_*.c)
UNITS     := $(foreach s,$(UNIT_SRC),$(BUILD)/tests/$(basename $(notdir $(s))))
# What several tests share: the fake hub of tests/steps.
TEST_SRC  := $(filter-out tests/steps/test_%,$(wildcard tests/steps/*.c))
LIBTEST   := $(BUILD)/libtest.a
# Programs that tests start: the corpus drivers.
DRIVERS   := $(foreach s,$(wildcard tests/corpus/*.c),$(BUILD)/corpus/$(basename $(notdir $(s))))
BENCH     := $(foreach s,$(wildcard tests/bench/*.c),$(BUILD)/bench/$(basename $(notdir $(s))))
# Fuzz targets: tests/fuzz/fuzz_NAME.c, and format_NAME for every format.  Only in a tree of clang's: tests/sanitize/build.sh.
FUZZ_OWN  := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_ANY  := $(filter-out $(FUZZ_OWN),$(patsubst plugins/formats/%,format_%,$(filter plugins/formats/%,$(PLUGIN_DIRS))))
FUZZERS   := $(addprefix $(BUILD)/fuzz/,$(FUZZ_OWN) $(FUZZ_ANY))

all: $(BUILD)/loligo $(PLUGINS)

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -MF $(@:.o=.d) -c $< -o $@

$(BUILD)/obj/%.o: %.cc
	@mkdir -p $(@D)
	$(call say,CXX,$<)
	$(Q)$(CXX) $(ALL_CXXFLAGS) -MMD -MP -MF $(@:.o=.d) -c $< -o $@

$(LIBCORE): $(CORE_OBJ)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/loligo: $(BUILD)/obj/core/cli/main.o $(LIBCORE)
	$(call say,LD,$@)
	$(Q)$(CC) -pie $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

# NAME_PKGS in a plugin's module.mk adds pkg-config packages, NAME_LIBS libraries.
-include $(wildcard plugins/*/*/module.mk connectors/*/module.mk)
define plugin_rule
$(BUILD)/plugins/$(notdir $(1)).so: $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard $(1)/*.c))
	@mkdir -p $$(@D)
	$$(call say,SO,$$@)
	$(Q)$$(CC) $$(SO_LDFLAGS) -o $$@ $$^ $(if $($(notdir $(1))_PKGS),$(shell pkg-config --libs $($(notdir $(1))_PKGS))) $($(notdir $(1))_LIBS)
endef
$(foreach d,$(PLUGIN_DIRS),$(eval $(call plugin_rule,$(d))))

$(LIBTEST): $(TEST_SRC:%.c=$(BUILD)/obj/%.o)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

define unit_rule
$(BUILD)/tests/$(basename $(notdir $(1))): $(1:%.c=$(BUILD)/obj/%.o) $(LIBTEST) $(LIBCORE)
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$(Q)$$(CC) $$(ALL_LDFLAGS) -o $$@ $$^ -lcmocka $(PKG_LIBS)
endef
$(foreach s,$(UNIT_SRC),$(eval $(call unit_rule,$(s))))

$(BUILD)/corpus/%: $(BUILD)/obj/tests/corpus/%.o $(LIBCORE)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(BUILD)/bench/%: $(BUILD)/obj/tests/bench/%.o $(LIBTEST) $(LIBCORE)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

define fuzz_rule
$(BUILD)/fuzz/$(1): $(2:%.c=$(BUILD)/obj/%.o) $(BUILD)/obj/tests/fuzz/format.o \
		$(if $(filter format_%,$(1)),$(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard plugins/formats/$(1:format_%=%)/*.c))) $(LIBCORE)
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$(Q)$$(CC) $$(ALL_LDFLAGS) -fsanitize=fuzzer -o $$@ $$^ $(PKG_LIBS)
endef
$(foreach n,$(FUZZ_OWN),$(eval $(call fuzz_rule,$(n),tests/fuzz/fuzz_$(n).c)))
$(foreach n,$(FUZZ_ANY),$(eval $(call fuzz_rule,$(n),tests/fuzz/format_any.c)))
fuzzers: $(FUZZERS)
units: $(UNITS)
.PHONY: fuzzers units
.SECONDARY: # objects made on the way are kept: the count of the tests is the last line of the output

demo: all
	$(Q)LOLIGO=$(BUILD)/loligo sh config/demo/demo.sh

# Every test prints TAP; the runner adds up and ends with "N passed, N failed, N skipped".
test: all $(UNITS) $(BENCH) $(DRIVERS)
	$(Q)BUILD=$(BUILD) CC='$(CC)' SAN='$(SAN)' UNITS='$(UNITS)' python3 tests/run.py $(TESTS)

bench: all $(BENCH)
	$(Q)BUILD=$(BUILD) sh tests/bench/run.sh

fuzz: ; $(Q)BUILD=$(BUILD) SECONDS_EACH=$(or $(SECONDS_EACH),60) sh tests/fuzz/run.sh

lint: ; $(Q)sh tests/lint/layers.sh && sh tests/lint/headers.sh

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PLUGINDIR) $(DESTDIR)$(PREFIX)/include \
		$(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/share/loligo
	install -m 755 $(BUILD)/loligo $(DESTDIR)$(PREFIX)/bin/
	install -m 644 $(PLUGINS) $(DESTDIR)$(PLUGINDIR)/
	install -m 644 core/plugin/loligo.h $(DESTDIR)$(PREFIX)/include/
	cp -R config/plans $(DESTDIR)$(PREFIX)/share/loligo/
	sed -e 's|@PREFIX@|$(PREFIX)|; s|@PLUGINDIR@|$(PLUGINDIR)|; s|@VERSION@|$(VERSION)|' core/plugin/loligo.pc.in \
		> $(DESTDIR)$(PREFIX)/lib/pkgconfig/loligo.pc

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
endif

deps:
	@missing="$(DEPS_MISSING)"; [ -z "$$missing" ] || { echo "installing: $$missing"; \
	$(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq $$missing >/dev/null; }

fields: ; awk -f core/model/fields.awk core/model/fields.def core/plugin/loligo.h > $(BUILD)/loligo.h && mv $(BUILD)/loligo.h core/plugin/loligo.h

format: ; clang-format -i $$(git ls-files '*.c' '*.h' | grep -vE 'loligo\.h|(_rows|tables|_schema|_facts|cel_func)\.c|sie/text\.c') # tables stand as they were laid out

dist: ; git archive --prefix=loligo-$(VERSION)/ -o loligo-$(VERSION).tar.gz HEAD

clean: ; rm -rf $(BUILD)
