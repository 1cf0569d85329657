/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/vocabulary.h"

const struct vocabulary *const rule_vocabularies[] = { &vocabulary_keys,
	&vocabulary_logsource, &vocabulary_categories, &vocabulary_modifiers,
	&vocabulary_correlation, &vocabulary_types, &vocabulary_bounds,
	&vocabulary_incident, &vocabulary_template, &vocabulary_marks, &vocabulary_tests,
	&vocabulary_log_fields, &vocabulary_event_fields, &vocabulary_pod_fields, &vocabulary_volume_fields, NULL };
