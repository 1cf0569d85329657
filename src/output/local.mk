# SPDX-License-Identifier: Apache-2.0
# output: what leaves the house.
libcore_a_SOURCES += src/output/alertmanager.c src/output/alertmanager.h
libcore_a_SOURCES += src/output/auth.c src/output/auth.h
libcore_a_SOURCES += src/output/backoff.c src/output/backoff.h
libcore_a_SOURCES += src/output/body.c src/output/body.h
libcore_a_SOURCES += src/output/credential.c src/output/credential.h
libcore_a_SOURCES += src/output/datadog.c src/output/datadog.h
libcore_a_SOURCES += src/output/datadog_event.c src/output/datadog_event.h
libcore_a_SOURCES += src/output/datadog_log.c src/output/datadog_log.h
libcore_a_SOURCES += src/output/datadog_series.c src/output/datadog_series.h
libcore_a_SOURCES += src/output/destination.c src/output/destination.h
libcore_a_SOURCES += src/output/finding.c src/output/finding.h
libcore_a_SOURCES += src/output/links.c src/output/links.h
libcore_a_SOURCES += src/output/note.c src/output/note.h
libcore_a_SOURCES += src/output/request.c src/output/request.h
libcore_a_SOURCES += src/output/sender.c src/output/sender.h
libcore_a_SOURCES += src/output/tags.c src/output/tags.h
libcore_a_SOURCES += src/output/to_alertmanager.c
libcore_a_SOURCES += src/output/to_datadog.c
libcore_a_SOURCES += src/output/to_file.c
libcore_a_SOURCES += src/output/to_pagerduty.c
libcore_a_SOURCES += src/output/to_slack.c
libcore_a_SOURCES += src/output/to_webhook.c
libcore_a_SOURCES += src/output/weburl.c src/output/weburl.h
