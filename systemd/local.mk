# The unit, its user and its folder. Paths are known only to make.
EXTRA_DIST += systemd/gumshoe.service.in systemd/sysusers.conf systemd/tmpfiles.conf.in
CLEANFILES += systemd/gumshoe.service systemd/tmpfiles.conf
noinst_DATA += systemd/gumshoe.service systemd/tmpfiles.conf

subst_paths = $(AM_V_GEN)$(MKDIR_P) systemd && \
	sed -e 's|@bindir[@]|$(bindir)|g' -e 's|@sysconfdir[@]|$(sysconfdir)|g'

systemd/gumshoe.service: $(srcdir)/systemd/gumshoe.service.in Makefile
	$(subst_paths) $(srcdir)/systemd/gumshoe.service.in >$@
systemd/tmpfiles.conf: $(srcdir)/systemd/tmpfiles.conf.in Makefile
	$(subst_paths) $(srcdir)/systemd/tmpfiles.conf.in >$@

if HAVE_SYSTEMD
INSTALL_LOCAL += install-systemd
UNINSTALL_LOCAL += uninstall-systemd
install-systemd: $(noinst_DATA)
	$(MKDIR_P) '$(DESTDIR)$(systemdsystemunitdir)' '$(DESTDIR)$(sysusersdir)' \
		'$(DESTDIR)$(tmpfilesdir)'
	$(INSTALL_DATA) systemd/gumshoe.service '$(DESTDIR)$(systemdsystemunitdir)/'
	$(INSTALL_DATA) $(srcdir)/systemd/sysusers.conf \
		'$(DESTDIR)$(sysusersdir)/gumshoe.conf'
	$(INSTALL_DATA) systemd/tmpfiles.conf '$(DESTDIR)$(tmpfilesdir)/gumshoe.conf'
uninstall-systemd:
	rm -f '$(DESTDIR)$(systemdsystemunitdir)/gumshoe.service' \
		'$(DESTDIR)$(sysusersdir)/gumshoe.conf' \
		'$(DESTDIR)$(tmpfilesdir)/gumshoe.conf'
endif
.PHONY: install-systemd uninstall-systemd
