/* SPDX-License-Identifier: Apache-2.0 */
/* The names of record_values(), as tables. */
#include "rules/fields.h"

#include "rules/loader.h"
#include "rules/vocabulary.h"

static const struct str log_fields[] = {
	WORD("message"),
	WORD("stream"),
	WORD("count"),
	WORD("namespace"),
	WORD("pod"),
	WORD("container"),
	WORD("service"),
	WORD("node"),
	WORD("instance"),
	WORD("uid"),
	WORD("datadog_service"),
};

static const char *const log_fields_help_z[] = {
	"The whole record: its lines joined, without what the container runtime put before them.",
	"stdout or stderr.",
	"How many occurrences the record stands for.",
	"Of the pod.",
	"Its name.",
	"Its name.",
	"The workload's name: of the Deployment, StatefulSet or DaemonSet.",
	"Where it runs.",
	"How often the container had been restarted before.",
	"Of the pod.",
	"The service that Datadog knows its logs by: of the pod's label, else the image's name.",
};
VOCABULARY(vocabulary_log_fields, "log_fields", log_fields, log_fields_help_z);

static const struct str event_fields[] = {
	WORD("message"),
	WORD("count"),
	WORD("namespace"),
	WORD("pod"),
	WORD("container"),
	WORD("service"),
	WORD("node"),
	WORD("instance"),
	WORD("uid"),
	WORD("datadog_service"),
	WORD("reason"),
	WORD("type"),
	WORD("kind"),
	WORD("name"),
	WORD("component"),
};

static const char *const event_fields_help_z[] = {
	"What the event says.",
	"How many occurrences the record stands for: what an update added.",
	"Of the pod.",
	"Its name.",
	"Its name.",
	"The workload's name: of the Deployment, StatefulSet or DaemonSet.",
	"Where it runs.",
	"How often the container had been restarted before.",
	"Of the pod.",
	"The service that Datadog knows its logs by: of the pod's label, else the image's name.",
	"BackOff, Unhealthy, Killing and so on.",
	"Normal or Warning.",
	"Of the object that the event is about.",
	"Of that object.",
	"Who tells it, such as kubelet.",
};
VOCABULARY(vocabulary_event_fields, "event_fields", event_fields, event_fields_help_z);

static const struct str pod_fields[] = {
	WORD("message"),
	WORD("count"),
	WORD("namespace"),
	WORD("pod"),
	WORD("container"),
	WORD("service"),
	WORD("node"),
	WORD("instance"),
	WORD("uid"),
	WORD("datadog_service"),
	WORD("reason"),
	WORD("exit_code"),
	WORD("state"),
	WORD("restarts"),
	WORD("kind"),
	WORD("name"),
};

static const char *const pod_fields_help_z[] = {
	"What the status says.",
	"How many occurrences the record stands for.",
	"Of the pod.",
	"Its name.",
	"Its name.",
	"The workload's name: of the Deployment, StatefulSet or DaemonSet.",
	"Where it runs.",
	"How often the container had been restarted before.",
	"Of the pod.",
	"The service that Datadog knows its logs by: of the pod's label, else the image's name.",
	"OOMKilled, CrashLoopBackOff, Error, Completed and so on.",
	"Of the container's end.",
	"waiting, running or terminated.",
	"The count in the status.",
	"Always Pod.",
	"Of the pod.",
};
VOCABULARY(vocabulary_pod_fields, "pod_fields", pod_fields, pod_fields_help_z);

static const struct str volume_fields[] = {
	WORD("lines"),
	WORD("bytes"),
	WORD("silent_for"),
	WORD("lines_before"),
	WORD("bytes_before"),
	WORD("slices_before"),
	WORD("lines_ratio"),
	WORD("bytes_ratio"),
	WORD("message"),
	WORD("namespace"),
	WORD("pod"),
	WORD("container"),
	WORD("service"),
	WORD("node"),
	WORD("uid"),
};

static const char *const volume_fields_help_z[] = {
	"Lines that the container wrote in the slice; 0 if it was silent.",
	"Bytes of them, as they stand in its log.",
	"Seconds since the end of the last slice with lines; 0 in one with lines.",
	"The mean of lines per slice over the 30 slices before, or as many as there are; of a silent container those before it fell silent. Without six of them there is no such field.",
	"The same of bytes.",
	"How many of these slices were not silent.",
	"lines divided by lines_before. Without lines before there is no such field.",
	"bytes divided by bytes_before.",
	"All of that as a text.",
	"Of the pod.",
	"Its name.",
	"Its name.",
	"The workload's name: of the Deployment, StatefulSet or DaemonSet.",
	"Where it runs.",
	"Of the pod.",
};
VOCABULARY(
	vocabulary_volume_fields, "volume_fields", volume_fields, volume_fields_help_z);

const struct str *
fields_of(enum record_category category, size_t *n)
{
	if (category == RECORD_EVENT) {
		*n = ARRAY_LEN(event_fields);
		return event_fields;
	}
	if (category == RECORD_POD) {
		*n = ARRAY_LEN(pod_fields);
		return pod_fields;
	}
	if (category == RECORD_VOLUME) {
		*n = ARRAY_LEN(volume_fields);
		return volume_fields;
	}
	*n = ARRAY_LEN(log_fields);
	return log_fields;
}

bool
field_is_known(enum record_category category, struct str name)
{
	size_t n;
	const struct str *fields = fields_of(category, &n);

	return word_find(name, fields, n) < n;
}

bool
field_is_body(enum record_category category, struct str name)
{
	return name.len > 0 && !field_is_known(category, name);
}
