/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of a log line that tells something: without the time, thread and logger that
 * well-known layouts put in front, which a timeline shows in its own columns anyway.
 */
#pragma once

#include "base/str.h"

/* A view into text: never empty unless text is. */
struct str headline(struct str text);
