# The configuration is installed where there is none yet; the copy beside the rules is
# always of this version.
confdir = $(sysconfdir)/gumshoe
dist_pkgdata_DATA = conf/gumshoe.yaml

datadogdir = $(pkgdatadir)/datadog
dist_datadog_DATA = conf/datadog/README.md
dist_datadog_DATA += conf/datadog/dashboard.json
dist_datadog_DATA += conf/datadog/monitor-findings-waiting.json
dist_datadog_DATA += conf/datadog/monitor-incident-opened.json
dist_datadog_DATA += conf/datadog/monitor-no-data.json

INSTALL_LOCAL += install-conf
UNINSTALL_LOCAL += uninstall-conf
.PHONY: install-conf uninstall-conf

install-conf:
	@$(MKDIR_P) '$(DESTDIR)$(confdir)'
	@test -f '$(DESTDIR)$(confdir)/gumshoe.yaml' || \
	  $(INSTALL_DATA) $(srcdir)/conf/gumshoe.yaml '$(DESTDIR)$(confdir)/gumshoe.yaml'

# What the operator has changed stays.
uninstall-conf:
	@! cmp -s $(srcdir)/conf/gumshoe.yaml '$(DESTDIR)$(confdir)/gumshoe.yaml' || \
	  rm -f '$(DESTDIR)$(confdir)/gumshoe.yaml'
