EXTRA_DIST += doc/flow.md doc/ownership.md doc/decisions.md doc/outputs.md doc/verdicts.md \
	doc/gumshoe-rules.5.prose doc/gumshoe.yaml.5.prose

# The manual comes from the tables of the program, through src/manual. Where that cannot
# run (another machine's), the pages that `make dist` put beside the sources serve.
MANUAL = \
	doc/man/gumshoe.1		\
	doc/man/gumshoe-check.1		\
	doc/man/gumshoe-explain.1	\
	doc/man/gumshoe-incidents.1	\
	doc/man/gumshoe-reconcile.1	\
	doc/man/gumshoe-run.1		\
	doc/man/gumshoe-scan.1		\
	doc/man/gumshoe-schema.1	\
	doc/man/gumshoe-show.1		\
	doc/man/gumshoe-test.1		\
	doc/man/gumshoe-status.1	\
	doc/man/gumshoe-version.1	\
	doc/man/gumshoe-rules.5		\
	doc/man/gumshoe.yaml.5
if HAVE_MANUAL
man_MANS += $(MANUAL)
endif
CLEANFILES += $(MANUAL) doc/man/stamp doc/man/*.in

$(MANUAL): doc/man/stamp

doc/man/stamp: src/manual$(EXEEXT) $(srcdir)/doc/gumshoe-rules.5.prose \
		$(srcdir)/doc/gumshoe.yaml.5.prose
	$(AM_V_GEN)$(MKDIR_P) doc/man && rm -f $(MANUAL) $@
if CROSS_COMPILING
	$(AM_V_at)cp $(srcdir)/doc/man/*.in doc/man/
else
	$(AM_V_at)src/manual$(EXEEXT) $(srcdir)/doc doc/man
endif
	$(AM_V_at)for page in $(MANUAL); do \
	  sed 's|@rulesdir@|$(rulesdir)|g; s|@confdir@|$(confdir)|g' $$page.in >$$page || exit 1; done
	$(AM_V_at)touch $@

DIST_LOCAL += dist-manual
dist-manual: doc/man/stamp
	$(MKDIR_P) $(distdir)/doc/man && cp doc/man/*.in $(distdir)/doc/man/
.PHONY: dist-manual
