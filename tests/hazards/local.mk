# Every known hazard has a test that fails without the protection against it.
EXTRA_DIST += tests/hazards/hazards
EXTRA_DIST += tests/hazards/H01-rotated-file.patch
EXTRA_DIST += tests/hazards/H02-inode-reuse.patch
EXTRA_DIST += tests/hazards/H03-hole.patch
EXTRA_DIST += tests/hazards/H03-truncated-and-grown.patch
EXTRA_DIST += tests/hazards/H04-rotated-uncommitted.patch
EXTRA_DIST += tests/hazards/H04-truncated-while-down.patch
EXTRA_DIST += tests/hazards/H05-open-record.patch
EXTRA_DIST += tests/hazards/H05-rotation.patch
EXTRA_DIST += tests/hazards/H06-endless-line.patch
EXTRA_DIST += tests/hazards/H07-held-while-full.patch
EXTRA_DIST += tests/hazards/H08-open-line.patch
EXTRA_DIST += tests/hazards/H15-full-disk.patch
EXTRA_DIST += tests/hazards/H15-full-disk-equals.patch
EXTRA_DIST += tests/hazards/H15-full-disk-pipe.patch
EXTRA_DIST += tests/hazards/H16-io-error.patch
EXTRA_DIST += tests/hazards/H17-no-memory.patch
EXTRA_DIST += tests/hazards/H18-clock.patch
EXTRA_DIST += tests/hazards/H19-late.patch
EXTRA_DIST += tests/hazards/H19-slowest-pod.patch
EXTRA_DIST += tests/hazards/H22-deleted.patch
EXTRA_DIST += tests/hazards/H22-same-name.patch
EXTRA_DIST += tests/hazards/H23-no-watches.patch
EXTRA_DIST += tests/hazards/H24-silent-stall.patch
EXTRA_DIST += tests/hazards/H25-new-key.patch
EXTRA_DIST += tests/hazards/H26-damaged-store.patch
EXTRA_DIST += tests/hazards/H27-two-daemons.patch
EXTRA_DIST += tests/hazards/H28-deleted-before-sent.patch

# make hazards HAZARDS='H05 H19'
HAZARDS =
.PHONY: hazards
hazards:
	$(srcdir)/tests/hazards/hazards --source '$(abs_top_srcdir)' --make '$(MAKE)' \
		--config="$$(./config.status --config)" $(HAZARDS)
