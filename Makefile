# Cairn: one non-recursive makefile.
#
#   make            the release binary, build/release/cairn
#   make demo       from nothing to a running service with a matched community
#   make demo-stop  stop what make demo left running, remove its database
#   make check      everything that must hold (own set-up, own clean-up)
#   make check-slow faults and races under load, with control arms that must fail: minutes
#   make check-tsan what has threads, under ThreadSanitizer; no race may be suppressed
#   make dev        quick loop: debug build, unit tests, format, layer rules
#   make lint       clang-tidy, cppcheck, shellcheck
#   make install    the release binary, units, docs, samples below $(DESTDIR)$(prefix)
#   make fuzz-api N=200  requests made from openapi.yaml alone, N of each kind
#   make interop   other people's parsers over every zone; writes the table in docs/calendars.md
#   make fuzz T=60  each fuzz target for T seconds;  make bench  the measurements
#   make bench-service  the service against its peers
#   make bench-matcher  the matcher against LEMON, SciPy and GLPK alone
#   make bench-scheduler  the scheduler against GLPK alone
#
# V=release|debug|asan|tsan|cov|fuzz chooses the variant; objects lie under $(BUILD)/$(V)/.

V     ?= release
BUILD ?= build
O     := $(BUILD)/$(V)
PY    := /usr/bin/python3

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wvla \
	-Wformat=2 -Wwrite-strings -Wcast-qual -Wcast-align -Wundef -Wswitch-enum \
	-Wnull-dereference -Wdouble-promotion -Wimplicit-fallthrough
GCC_WARN := -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wjump-misses-init
HARDEN := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong \
	-fstack-clash-protection -fcf-protection
SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

CFLAGS_release := -O2 -g -DNDEBUG $(HARDEN)
CFLAGS_debug   := -O0 -g3
CFLAGS_asan    := -O1 -g3 $(SAN)
CFLAGS_tsan    := -O1 -g3 -fsanitize=thread
CFLAGS_cov     := -O0 -g3 --coverage
CFLAGS_fuzz    := -O1 -g3 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
LDFLAGS_release := -pie -Wl,-z,relro,-z,now
LDFLAGS_asan    := $(SAN)
LDFLAGS_tsan    := -fsanitize=thread
LDFLAGS_cov     := --coverage
LDFLAGS_fuzz    := -fsanitize=fuzzer,address,undefined

ifeq ($(V),fuzz)
CC := clang
GCC_WARN := -Wno-double-promotion # clang warns of INFINITY
endif
CC ?= gcc
CPPFLAGS := -std=c17 -D_GNU_SOURCE -I. -include base/banned.h -MMD -MP
CFLAGS   := $(WARN) $(GCC_WARN) $(CFLAGS_$(V)) -fPIE -pthread $(WERROR)
LDFLAGS  := $(LDFLAGS_$(V)) -pthread

# Floors of the house, each with the libraries it may use.
FLOORS := base matcher scheduler calendars db api
$(foreach f,$(FLOORS),$(eval SRC_$(f) := $(wildcard $(f)/*.c)))
$(foreach f,$(FLOORS),$(eval OBJ_$(f) := $(SRC_$(f):%.c=$(O)/%.o)))
OBJ_db  += $(O)/db/migrations.o
OBJ_api += $(O)/api/contract.o
LIB_pure := -lglpk -lm
LIB_calendars := -lical -licui18n -licuuc
LIB_db   := -lpq
LIB_api  := -lmicrohttpd -ljson-c -lcsv -lunistring -lcrypto -lcurl -lqrencode -lxml2
LIB_all  := $(LIB_pure) $(LIB_calendars) $(LIB_db) $(LIB_api)
OBJ_pure := $(OBJ_base) $(OBJ_matcher) $(OBJ_scheduler)
OBJ_all  := $(foreach f,$(FLOORS),$(OBJ_$(f)))
OBJ_nomain := $(filter-out $(O)/api/main.o,$(OBJ_all))
HELP := $(patsubst %.c,$(O)/%.o,$(wildcard tests/lib/*.c))
HELP_all := $(HELP) $(patsubst %.c,$(O)/%.o,$(wildcard tests/lib/db/*.c))

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all tests interop install check check-slow check-tsan fuzz-api demo demo-stop dev lint format fuzz bench bench-service bench-matcher bench-scheduler clean packages-build packages-check
all: $(O)/cairn

$(O)/cairn: $(OBJ_all)
	@echo "  LINK  $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LIB_all)

$(O)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $@"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<
# Loops over mentors, which the compiler makes wide.
$(BUILD)/release/matcher/rate_loops.o: CFLAGS += -O3

# Only db/ finds <libpq-fe.h>.
$(O)/db/%.o: CPPFLAGS += -I/usr/include/postgresql
$(O)/api/xml.o: CPPFLAGS += -isystem /usr/include/libxml2

# The migrations travel inside the binary: one artefact ships.
$(O)/db/migrations.S: $(wildcard db/migrations/*.sql) tools/embed.sh
	@mkdir -p $(@D)
	tools/embed.sh db_migration $(sort $(wildcard db/migrations/*.sql)) > $@
$(O)/db/migrations.o: $(O)/db/migrations.S
	$(CC) -c -o $@ $<

# So does the contract, as JSON (/v1/openapi.json) and as a page for people (/v1/docs).
$(O)/api/contract.json: openapi.yaml tools/yaml2json.py
	@mkdir -p $(@D)
	$(PY) tools/yaml2json.py $< > $@
$(O)/api/contract.html: $(O)/api/contract.json tools/contract_page.py
	$(PY) tools/contract_page.py $< > $@
$(O)/api/contract.S: $(O)/api/contract.json $(O)/api/contract.html tools/embed.sh
	tools/embed.sh api_contract $(filter-out %.sh,$^) > $@
$(O)/api/contract.o: $(O)/api/contract.S
	$(CC) -c -o $@ $<

# Tests: a folder decides what its programs link, so that an accidental call through
# a wall is a link error. unit and prop see pure objects only.
TESTS_pure := $(patsubst %.c,$(O)/%,$(wildcard tests/unit/test_*.c tests/prop/prop_*.c))
TESTS_calendars := $(patsubst %.c,$(O)/%,$(wildcard tests/golden/test_*.c))
TESTS_all := $(patsubst %.c,$(O)/%,$(wildcard tests/integration/test_*.c tests/faults/test_*.c))
BENCHES := $(patsubst tests/bench/%.c,$(O)/bench/%,$(wildcard tests/bench/*.c))
# The service bench's own tools; they link nothing of Cairn.
BENCH_TOOLS := $(patsubst tests/bench/service/%.c,$(O)/bench/%,$(wildcard tests/bench/service/*.c))
FUZZERS := $(patsubst %.c,$(O)/%,$(wildcard tests/fuzz/fuzz_*.c))

$(TESTS_pure): $(O)/%: $(O)/%.o $(HELP) $(OBJ_pure)
	@echo "  LINK  $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LIB_pure) -lcmocka
$(TESTS_calendars): $(O)/%: $(O)/%.o $(filter-out $(O)/tests/lib/people.o $(O)/tests/lib/orlib.o,$(HELP)) $(OBJ_base) $(OBJ_calendars)
	@echo "  LINK  $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LIB_calendars) -lm -lcmocka
$(TESTS_all): $(O)/%: $(O)/%.o $(HELP_all) $(OBJ_nomain)
	@echo "  LINK  $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LIB_all) -lcmocka
$(BENCHES): $(O)/bench/%: $(O)/tests/bench/%.o $(HELP) $(OBJ_nomain)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LIB_all) -lcmocka
$(BENCH_TOOLS): $(O)/bench/%: $(O)/tests/bench/service/%.o
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CC) $(LDFLAGS) -o $@ $^
# The other contenders for the matcher, each a program of its own.
MATCHER_TOOLS := $(patsubst tests/bench/matcher/%.c,$(O)/bench/%,$(wildcard tests/bench/matcher/*.c))
$(MATCHER_TOOLS): $(O)/bench/%: $(O)/tests/bench/matcher/%.o $(OBJ_base)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LIB_pure)
# Cohorts as GLPK alone forms them.
SCHEDULER_TOOLS := $(patsubst tests/bench/scheduler/%.c,$(O)/bench/%,$(wildcard tests/bench/scheduler/*.c))
$(SCHEDULER_TOOLS): $(O)/bench/%: $(O)/tests/bench/scheduler/%.o $(OBJ_base)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LIB_pure)
$(O)/bench/lemon: tests/bench/matcher/lemon.cpp
	@mkdir -p $(@D)
	@echo "  CXX   $@"
	@$(CXX) -std=c++17 -O3 -DNDEBUG -o $@ $< -l:liblemon.a
# In V=fuzz libFuzzer brings main(); elsewhere the replay driver does.
REPLAY := $(if $(filter fuzz,$(V)),,$(O)/tests/fuzz/replay.o)
$(FUZZERS): $(O)/%: $(O)/%.o $(OBJ_nomain) $(REPLAY)
	@echo "  LINK  $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LIB_all)

# The program of a next release, with one migration more: tests/http/test_upgrade.py.
NEXT_SQL := $(sort $(wildcard db/migrations/*.sql)) tests/lib/db/9001_next.sql
$(O)/tests/next.S: $(NEXT_SQL) tools/embed.sh
	@mkdir -p $(@D)
	tools/embed.sh db_migration $(NEXT_SQL) > $@
$(O)/tests/next.o: $(O)/tests/next.S
	$(CC) -c -o $@ $<
$(O)/cairn-next: $(filter-out $(O)/db/migrations.o,$(OBJ_all)) $(O)/tests/next.o
	@echo "  LINK  $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LIB_all)

tests: $(TESTS_pure) $(TESTS_calendars) $(TESTS_all) $(FUZZERS) $(O)/cairn-next $(O)/bench/generate $(O)/bench/points $(MATCHER_TOOLS) \
	$(O)/bench/generate-cohorts $(O)/bench/fits $(O)/bench/availability $(SCHEDULER_TOOLS)

packages-build:
	@tools/packages.sh install build
packages-check:
	@tools/packages.sh install build check

# The sanitizer build runs every test; the release binary serves the demo and the bench.
check: packages-check
	@$(MAKE) --no-print-directory V=asan all tests
	@$(PY) tests/run.py --build $(BUILD)/asan

# N requests of each kind and operation, from openapi.yaml alone.
fuzz-api: packages-check
	@$(MAKE) --no-print-directory V=asan all
	@CAIRN_FUZZ=$(or $(N),200) $(PY) tests/run.py --build $(BUILD)/asan --only http -k test_fuzz

check-slow: packages-check
	@$(MAKE) --no-print-directory V=asan all tests
	@$(PY) tests/run.py --build $(BUILD)/asan --only slow

prefix  ?= /usr/local
LIBDIR   = $(DESTDIR)$(prefix)/lib
SHARE    = $(DESTDIR)$(prefix)/share/doc/cairn
install: $(O)/cairn
	install -D -m 0755 $(O)/cairn $(DESTDIR)$(prefix)/bin/cairn
	install -D -m 0644 samples/systemd/cairn.sysusers $(LIBDIR)/sysusers.d/cairn.conf
	install -d $(LIBDIR)/systemd/system $(SHARE)
	for u in samples/systemd/*.service; do \
		sed 's|/usr/|$(prefix)/|' $$u > $(LIBDIR)/systemd/system/$${u##*/} || exit 1; \
	done
	chmod 0644 $(LIBDIR)/systemd/system/cairn-*.service
	cp -R README.md LICENSE openapi.yaml docs/. samples $(SHARE)/
	chmod -R u=rwX,go=rX $(SHARE)

check-tsan: packages-check
	@$(MAKE) --no-print-directory V=tsan all tests
	@$(PY) tests/run.py --build $(BUILD)/tsan --only integration,http

demo: packages-build
	@$(MAKE) --no-print-directory V=release all
	@$(PY) tools/demo.py $(BUILD)

demo-stop:
	@$(PY) tools/demo.py $(BUILD) --stop

dev:
	@$(MAKE) --no-print-directory V=debug all tests
	@$(PY) tests/run.py --build $(BUILD)/debug --only unit,prop,rules

lint:
	@tools/packages.sh install build check lint
	@tools/lint.sh

format:
	clang-format -i $(foreach f,$(FLOORS),$(wildcard $(f)/*.[ch])) $(wildcard tests/*/*.[ch])

fuzz:
	@tools/packages.sh install build lint
	@$(MAKE) --no-print-directory V=fuzz $(FUZZERS:$(O)/%=$(BUILD)/fuzz/%)
	@tools/fuzz.sh $(BUILD)/fuzz $(or $(T),60)

# Wants npm, which fetches two parsers; everything else is of make check.
interop:
	@tools/packages.sh install build check bench interop
	@$(MAKE) --no-print-directory V=asan $(BUILD)/asan/tests/golden/test_vtimezone
	@$(PY) tests/interop/matrix.py $(BUILD)/asan $(BUILD)/interop

bench: $(O)/cairn $(BENCHES)
	@tools/bench.sh $(O)

# Cairn against a Fastify service and pgbench on one database; BENCH_QUICK=1 while you
# work. The table is also in $(BUILD)/bench-service.txt.
bench-service:
	@tools/packages.sh install build check bench
	@$(MAKE) --no-print-directory V=release all $(BENCH_TOOLS:$(O)/%=$(BUILD)/release/%)
	@CAIRN_BUILD=$(BUILD)/release $(PY) -m tests.bench.service.bench $(BUILD)

# Cairn against LEMON, SciPy and GLPK alone on communities made by seed; BENCH_QUICK=1
# while you work. The tables are also in $(BUILD)/bench-matcher.txt and .csv.
bench-matcher:
	@tools/packages.sh install build check bench
	@$(MAKE) --no-print-directory V=release all $(patsubst $(O)/%,$(BUILD)/release/%,$(O)/bench/generate $(O)/bench/match $(O)/bench/points $(O)/bench/lemon $(MATCHER_TOOLS))
	@CAIRN_BUILD=$(BUILD)/release $(PY) -m tests.bench.matcher.bench $(BUILD)

# Cairn against GLPK alone on cohorts made by seed and on the shared communities, every
# plan checked by tests/lib/cohort_checker; BENCH_QUICK=1 while you work. The tables are
# also in $(BUILD)/bench-scheduler.txt and .csv.
bench-scheduler:
	@tools/packages.sh install build check bench
	@$(MAKE) --no-print-directory V=release all $(patsubst $(O)/%,$(BUILD)/release/%,$(O)/bench/generate $(O)/bench/generate-cohorts $(O)/bench/fits $(O)/bench/availability $(O)/bench/measure $(SCHEDULER_TOOLS))
	@CAIRN_BUILD=$(BUILD)/release $(PY) -m tests.bench.scheduler.bench $(BUILD)

clean:
	rm -rf $(BUILD)/release $(BUILD)/debug $(BUILD)/asan $(BUILD)/tsan $(BUILD)/cov $(BUILD)/fuzz

-include $(shell find $(O) -name '*.d' 2>/dev/null)
