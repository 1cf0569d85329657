/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The subcommands, each in its own file, and the table of them.
 */
#pragma once

#include "cli/option.h"

extern const struct command command_scan, command_run, command_incidents, command_show,
	command_reconcile, command_check, command_test, command_explain, command_status,
	command_schema, command_version;

/* Ended by NULL. */
extern const struct command *const command_table[];
