/* SPDX-License-Identifier: Apache-2.0 */
/* The names of record_values(), as tables. */
#include "rules/fields.h"

#include "rules/loader.h"
#include "rules/vocabulary.h"

/* clang-format off */
#define PLACE_FIELDS(X) \
	X("namespace", "Of the pod.") \
	X("pod", "Its name.") \
	X("container", "Its name.") \
	X("service", "The workload's name: of the Deployment, StatefulSet or DaemonSet.") \
	X("node", "Where it runs.")

#define LABEL_FIELDS(X) \
	PLACE_FIELDS(X) \
	X("instance", "How often the container had been restarted before.") \
	X("uid", "Of the pod.") \
	X("datadog_service", "The service that Datadog knows its logs by: of the pod's label, else the image's name.")

#define LOG_FIELDS(X) \
	X("message", "The whole record: its lines joined, without what the container runtime put before them.") \
	X("stream", "stdout or stderr.") \
	X("count", "How many occurrences the record stands for.") \
	LABEL_FIELDS(X)

#define EVENT_FIELDS(X) \
	X("message", "What the event says.") \
	X("count", "How many occurrences the record stands for: what an update added.") \
	LABEL_FIELDS(X) \
	X("reason", "BackOff, Unhealthy, Killing and so on.") \
	X("type", "Normal or Warning.") \
	X("kind", "Of the object that the event is about.") \
	X("name", "Of that object.") \
	X("component", "Who tells it, such as kubelet.")

#define POD_FIELDS(X) \
	X("message", "What the status says.") \
	X("count", "How many occurrences the record stands for.") \
	LABEL_FIELDS(X) \
	X("reason", "OOMKilled, CrashLoopBackOff, Error, Completed and so on.") \
	X("exit_code", "Of the container's end.") \
	X("state", "restarted or waiting.") \
	X("restarts", "The count in the status.") \
	X("kind", "Always Pod.") \
	X("name", "Of the pod.")

#define VOLUME_NUMBERS(X) \
	X("lines", "Lines that the container wrote in the slice; 0 if it was silent.") \
	X("bytes", "Bytes of them, as they stand in its log.") \
	X("silent_for", "Seconds since the end of the last slice with lines; 0 in one with lines.") \
	X("lines_before", "The mean of lines per slice over the 30 slices before, or as many as there are; of a silent container those before it fell silent. Without six of them there is no such field.") \
	X("bytes_before", "The same of bytes.") \
	X("slices_before", "How many of these slices were not silent.") \
	X("lines_ratio", "lines divided by lines_before. Without lines before there is no such field.") \
	X("bytes_ratio", "bytes divided by bytes_before.")

#define VOLUME_FIELDS(X) \
	VOLUME_NUMBERS(X) \
	X("message", "All of that as a text.") \
	PLACE_FIELDS(X) \
	X("uid", "Of the pod.")
/* clang-format on */

static const struct str label_fields[] = { LABEL_FIELDS(VOCABULARY_WORD) };
static const struct str log_fields[] = { LOG_FIELDS(VOCABULARY_WORD) };
static const struct str event_fields[] = { EVENT_FIELDS(VOCABULARY_WORD) };
static const struct str pod_fields[] = { POD_FIELDS(VOCABULARY_WORD) };
static const struct str volume_numbers[] = { VOLUME_NUMBERS(VOCABULARY_WORD) };
static const struct str volume_fields[] = { VOLUME_FIELDS(VOCABULARY_WORD) };

VOCABULARY(vocabulary_log_fields, "log_fields", log_fields, LOG_FIELDS);
VOCABULARY(vocabulary_event_fields, "event_fields", event_fields, EVENT_FIELDS);
VOCABULARY(vocabulary_pod_fields, "pod_fields", pod_fields, POD_FIELDS);
VOCABULARY(vocabulary_volume_fields, "volume_fields", volume_fields, VOLUME_FIELDS);

const struct str *
fields_labels(size_t *n)
{
	*n = ARRAY_LEN(label_fields);
	return label_fields;
}

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
field_is_volume(struct str name)
{
	const size_t n = ARRAY_LEN(volume_numbers);

	return word_find(name, volume_numbers, n) < n;
}

bool
field_is_body(enum record_category category, struct str name)
{
	return name.len > 0 && !field_is_known(category, name);
}
