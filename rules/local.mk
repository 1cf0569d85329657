rulesdir = $(pkgdatadir)/rules
dist_rules_DATA = rules/sock-shop.yaml rules/kubernetes.yaml rules/incidents.yaml
morerulesdir = $(pkgdatadir)/more-rules
dist_morerules_DATA = more-rules/volume.yaml
