rulesdir = $(pkgdatadir)/rules
dist_rules_DATA = rules/sock-shop.yaml rules/kubernetes.yaml rules/volume.yaml \
	rules/incidents.yaml
