# The real daemon under faults, and the oracle that knows what must be found.
dist_check_SCRIPTS += tests/torture/torture.test
TESTS += tests/torture/torture.test
EXTRA_DIST += tests/torture/torture tests/torture/daemon.py tests/torture/node.py \
	tests/torture/oracle.py tests/torture/soak.py tests/torture/clockshim.c
EXTRA_DIST += tests/torture/crashshim.c tests/torture/memshim.c
check_DATA = tests/torture/clockshim.so tests/torture/crashshim.so tests/torture/memshim.so
CLEANFILES += tests/torture/clockshim.so tests/torture/crashshim.so tests/torture/memshim.so

tests/torture/clockshim.so: tests/torture/clockshim.c
	$(AM_V_at)$(MKDIR_P) $(@D)
	$(AM_V_CC)$(CC) $(DEFAULT_INCLUDES) $(AM_CPPFLAGS) $(WARN_CFLAGS) -O2 -shared -fPIC \
		-o $@ $(srcdir)/tests/torture/clockshim.c

tests/torture/crashshim.so: tests/torture/crashshim.c
	$(AM_V_at)$(MKDIR_P) $(@D)
	$(AM_V_CC)$(CC) $(DEFAULT_INCLUDES) $(AM_CPPFLAGS) $(WARN_CFLAGS) $(DEPS_CFLAGS) -O2 \
		-shared -fPIC -o $@ $(srcdir)/tests/torture/crashshim.c

tests/torture/memshim.so: tests/torture/memshim.c
	$(AM_V_at)$(MKDIR_P) $(@D)
	$(AM_V_CC)$(CC) $(DEFAULT_INCLUDES) $(AM_CPPFLAGS) $(WARN_CFLAGS) -O2 -shared -fPIC \
		-o $@ $(srcdir)/tests/torture/memshim.c

# make torture MINUTES=7 SEED=1
MINUTES = 2
RATE = 800
.PHONY: torture
torture: all tests/torture/clockshim.so
	GUMSHOE='$(abs_top_builddir)/gumshoe' $(srcdir)/tests/torture/torture storm burst \
		--minutes $(MINUTES) --rate $(RATE) $(SEED:%=--seed %) --lines 1000000 \
		--burst-rotate 5242880 --shim tests/torture/clockshim.so

# make soak SHARE=0.5 SOAK_SECONDS=60 LOGS=12 LINES=500
SHARE = 0.7
SOAK_SECONDS = 420
LOGS = 6
LINES = 200
.PHONY: soak
soak: all
	GUMSHOE='$(abs_top_builddir)/gumshoe' $(srcdir)/tests/torture/torture soak \
		--seconds $(SOAK_SECONDS) --share $(SHARE) --logs $(LOGS) \
		--lines-per-record $(LINES) $(SEED:%=--seed %)
